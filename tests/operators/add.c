/* Add against a + b; integers wrap. */
#include "tests/operators/harness.h"

static double of_floats(double a, double b)
{
    return a + b;
}

static int64_t of_integers(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static void reference(struct harness_call *call)
{
    if (harness_is_floating(call->inputs[0]->type))
        harness_map2(call, HINGE_NO_TYPE, of_floats);
    else
        harness_map2_int(call, HINGE_NO_TYPE, of_integers);
}

void test_add(void)
{
    CHECK_BROADCAST(.op = "Add", .opsets = {7, 13, 14}, .types = HARNESS_NUMBERS,
                    .inputs = {SCALAR(HARNESS_T, -99, 99), SCALAR(HARNESS_T, -99, 99)},
                    .reference = reference);
    CHECK_OP(.op = "Add", .types = HARNESS_NUMBERS, .reference = reference,
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
    /* Constants that affine and is_identity are asked about. */
    static const double neutral[] = {-0.0, -0.0, -0.0};
    CHECK_OP(.op = "Add", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 4, 5),
                        CONSTANT(HINGE_FLOAT, 1, 2, 3, 1, 1)});
    CHECK_OP(.op = "Add", .reference = reference,
             .inputs = {CONSTANT(HINGE_FLOAT, 1, 2, 1, 3, 1), TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 4)});
    CHECK_OP(.op = "Add", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3), CONSTANT(HINGE_FLOAT, 1, 2, 3)});
    CHECK_OP(.op = "Add", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 3, 3), CONSTANT(HINGE_FLOAT, 1, 2, 3, 1, 3)});
    CHECK_OP(.op = "Add", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 4, 3), CONSTANT_LIST(HINGE_FLOAT, -0.0)});
    CHECK_OP(.op = "Add", .reference = reference,
             .inputs = {TENSOR(HINGE_INT64, -9, 9, 4, 3), CONSTANT_LIST(HINGE_INT64, -0.0)});
    CHECK_OP(.op = "Add", .reference = reference, .signed_zeros = true,
             .inputs = {LIST(HINGE_FLOAT, -0.0, 0, 2),
                        {.type = HINGE_FLOAT,
                         .rank = 1,
                         .dims = {3},
                         .values = neutral,
                         .constant = true}});
    CHECK_OP(.op = "Add", .reference = reference,
             .inputs = {SCALAR(HINGE_FLOAT, -9, 9), CONSTANT_LIST(HINGE_FLOAT, -0.0)});
    static const double zero[] = {0, 0, 0};
    CHECK_OP(.op = "Add", .reference = reference, .signed_zeros = true,
             .inputs = {
                 LIST(HINGE_FLOAT, -0.0, 0, 2),
                 {.type = HINGE_FLOAT, .rank = 1, .dims = {3}, .values = zero, .constant = true}});
    CHECK_OP(.op = "Add",
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 2, 3), TENSOR(HINGE_FLOAT, 0, 1, 2, 4)},
             .fails = HINGE_BAD_SHAPE, .says = "broadcast");
}
