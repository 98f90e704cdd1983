/* Div against a / b; integers truncated, by 0 they give 0, the least by -1 itself. */
#include "tests/operators/harness.h"

static double of_floats(double a, double b)
{
    return a / b;
}

static int64_t of_integers(int64_t a, int64_t b)
{
    return b == 0 ? 0 : b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

static int64_t of_unsigned(int64_t a, int64_t b)
{
    return b == 0 ? 0 : (int64_t)((uint64_t)a / (uint64_t)b);
}

static void reference(struct harness_call *call)
{
    if (harness_is_floating(call->inputs[0]->type))
        harness_map2(call, HINGE_NO_TYPE, of_floats);
    else
        harness_map2_int(call, HINGE_NO_TYPE,
                         harness_is_signed(call->inputs[0]->type) ? of_integers : of_unsigned);
}

void test_div(void)
{
    CHECK_BROADCAST(.op = "Div", .opsets = {7, 13, 14}, .types = HARNESS_NUMBERS,
                    .inputs = {SCALAR(HARNESS_T, -20, 20), SCALAR(HARNESS_T, -20, 20)},
                    .reference = reference);
    CHECK_OP(.op = "Div", .types = HARNESS_NUMBERS, .reference = reference,
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {999},
                         .low = -20,
                         .high = 20,
                         .specials = HARNESS_SPECIALS_ALWAYS},
                        {.type = HARNESS_T,
                         .rank = 1,
                         .dims = {999},
                         .low = -20,
                         .high = 20,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    /* Constants that affine and is_identity are asked about. */
    static const double neutral[] = {1, 1, 1};
    CHECK_OP(.op = "Div", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 4, 5),
                        CONSTANT(HINGE_FLOAT, 1, 2, 3, 1, 1)});
    CHECK_OP(.op = "Div", .reference = reference,
             .inputs = {CONSTANT(HINGE_FLOAT, 1, 2, 1, 3, 1), TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 4)});
    CHECK_OP(.op = "Div", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3), CONSTANT(HINGE_FLOAT, 1, 2, 3)});
    CHECK_OP(.op = "Div", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 3, 3), CONSTANT(HINGE_FLOAT, 1, 2, 3, 1, 3)});
    CHECK_OP(.op = "Div", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 4, 3), CONSTANT_LIST(HINGE_FLOAT, 1)});
    CHECK_OP(.op = "Div", .reference = reference,
             .inputs = {TENSOR(HINGE_INT64, -9, 9, 4, 3), CONSTANT_LIST(HINGE_INT64, 1)});
    CHECK_OP(.op = "Div", .reference = reference, .signed_zeros = true,
             .inputs = {LIST(HINGE_FLOAT, -0.0, 0, 2),
                        {.type = HINGE_FLOAT,
                         .rank = 1,
                         .dims = {3},
                         .values = neutral,
                         .constant = true}});
    CHECK_OP(.op = "Div", .reference = reference,
             .inputs = {SCALAR(HINGE_FLOAT, -9, 9), CONSTANT_LIST(HINGE_FLOAT, 1)});
    CHECK_OP(.op = "Div", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3), CONSTANT_LIST(HINGE_FLOAT, 1, 0, 2)});
    CHECK_OP(.op = "Div",
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 2, 3), TENSOR(HINGE_FLOAT, 0, 1, 2, 4)},
             .fails = HINGE_BAD_SHAPE, .says = "broadcast");
}
