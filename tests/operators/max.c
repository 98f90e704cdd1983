/* Max against a > b ? a : b; NaN where one is. */
#include <math.h>

#include "tests/operators/harness.h"

static double of_floats(double a, double b)
{
    return isnan(a) || a > b ? a : b;
}

static int64_t of_integers(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t of_unsigned(int64_t a, int64_t b)
{
    return (uint64_t)a > (uint64_t)b ? a : b;
}

static void one(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_set(y, i, harness_get(x, i));
}

static void three(struct harness_call *call)
{
    hinge_tensor *y = harness_output_broadcast(call, 0, call->inputs[0]->type);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        double result =
            harness_get(call->inputs[0], harness_broadcast_index(y, i, call->inputs[0]));
        for (unsigned n = 1; n < 3; n++)
            result = of_floats(result, harness_get(call->inputs[n],
                                                   harness_broadcast_index(y, i, call->inputs[n])));
        harness_set(y, i, result);
    }
}

static void reference(struct harness_call *call)
{
    if (harness_is_floating(call->inputs[0]->type))
        harness_map2(call, HINGE_NO_TYPE, of_floats);
    else
        harness_map2_int(call, HINGE_NO_TYPE,
                         harness_is_signed(call->inputs[0]->type) ? of_integers : of_unsigned);
}

void test_max(void)
{
    CHECK_BROADCAST(.op = "Max", .opsets = {8, 12, 13}, .types = HARNESS_NUMBERS,
                    .inputs = {SCALAR(HARNESS_T, -99, 99), SCALAR(HARNESS_T, -99, 99)},
                    .reference = reference);
    CHECK_OP(.op = "Max", .types = HARNESS_NUMBERS, .reference = reference,
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {999},
                         .low = -99,
                         .high = 99,
                         .specials = HARNESS_SPECIALS_ALWAYS},
                        {.type = HARNESS_T,
                         .rank = 1,
                         .dims = {999},
                         .low = -99,
                         .high = 99,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = "Max", .opsets = {6, 8, 12}, .types = HARNESS_NUMBERS, .reference = one,
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)});
    CHECK_OP(.op = "Max", .types = HARNESS_NUMBERS, .reference = three,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, 1), TENSOR(HARNESS_T, -9, 9, 2, 3, HARNESS_N),
                        TENSOR(HARNESS_T, -9, 9, HARNESS_N)});
    CHECK_OP(.op = "Max", .types = HARNESS_NUMBERS, .reference = three,
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N), TENSOR(HARNESS_T, -9, 9, 1),
                        TENSOR(HARNESS_T, -9, 9, HARNESS_N)});
    CHECK_OP(.op = "Max",
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 2, 3), TENSOR(HINGE_FLOAT, 0, 1, 2, 4)},
             .fails = HINGE_BAD_SHAPE, .says = "broadcast");
    CHECK_OP(.op = "Max",
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3), OMITTED, TENSOR(HINGE_FLOAT, 0, 1, 3)},
             .fails = HINGE_BAD_MODEL, .says = "left out");
}
