/* Transpose against a loop that carries every element's coordinates over. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *perm = harness_attr(call, "perm");
    int64_t dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK], from[HINGE_MAX_RANK];
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[perm ? perm->ints[d] : x->rank - 1 - d];
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        harness_coordinates(y, i, at);
        for (int32_t d = 0; d < x->rank; d++)
            from[perm ? perm->ints[d] : x->rank - 1 - d] = at[d];
        harness_move(y, i, x, harness_index(x, from));
    }
}

static void check_all_permutations(void)
{
    for (int64_t code = 0; code < 256; code++) {
        int64_t p[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
        if ((1U << p[0] | 1U << p[1] | 1U << p[2] | 1U << p[3]) == 15)
            CHECK_OP(.op = "Transpose", .attributes = {ATTR_INTS("perm", p[0], p[1], p[2], p[3])},
                     .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 17, 2, 33)}, .reference = reference);
    }
}

static void check_refusals(void)
{
    CHECK_OP(.op = "Transpose", .attributes = {ATTR_INTS("perm", 0, 0)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "axis 0 is there twice");
    CHECK_OP(.op = "Transpose", .attributes = {ATTR_INTS("perm", 1, 2)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "axis 2");
    CHECK_OP(.op = "Transpose", .attributes = {ATTR_INTS("perm", 0)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "perm has 1 entries");
}

void test_transpose(void)
{
    CHECK_OP(.op = "Transpose",
             .types = HARNESS_TYPE(HINGE_INT4) | HARNESS_TYPE(HINGE_UINT4) |
                      HARNESS_TYPE(HINGE_INT2) | HARNESS_TYPE(HINGE_UINT2),
             .attributes = {ATTR_INTS("perm", 1, 0, 2)},
             .inputs = {TENSOR(HARNESS_T, -2, 1, 3, 5, 7)}, .reference = reference);
    CHECK_OP(.op = "Transpose", .opsets = {7, 13, 21, 23}, .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, 19, HARNESS_N)}, .reference = reference);
    CHECK_OP(.op = "Transpose", .types = HARNESS_ALL_SIZES, .attributes = {ATTR_INTS("perm", 1, 0)},
             .inputs = {TENSOR(HARNESS_T, -50, 50, HARNESS_N, 64)}, .reference = reference);
    CHECK_OP(.op = "Transpose", .types = HARNESS_ALL_SIZES, .attributes = {ATTR_INTS("perm", 1, 0)},
             .inputs = {TENSOR(HARNESS_T, -50, 50, HARNESS_N, 3)}, .reference = reference);
    CHECK_OP(.op = "Transpose", .attributes = {ATTR_INTS("perm", 0, 2, 1, 3, 4)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 8, HARNESS_N, 5)}, .reference = reference);
    CHECK_OP(.op = "Transpose", .attributes = {ATTR_INTS("perm", 0, 2, 3, 1)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 48, 31, 30)}, .reference = reference);
    for (int64_t channels = 2; channels <= 5; channels++)
        CHECK_OP(.op = "Transpose", .types = HARNESS_ALL_SIZES,
                 .attributes = {ATTR_INTS("perm", 0, 2, 3, 1)}, .reference = reference,
                 .inputs = {TENSOR(HARNESS_T, -50, 50, 2, channels, 37, 71)});
    CHECK_OP(.op = "Transpose",
             .inputs = {{.type = HINGE_STRING,
                         .rank = 2,
                         .dims = {2, 3},
                         .strings = (const char *const[]){"a", "", "ccc", "dd", "e", "hinge"}}},
             .reference = reference);
    CHECK_OP(.op = "Transpose", .inputs = {SCALAR(HINGE_FLOAT, -9, 9)}, .reference = reference);
    CHECK_OP(.op = "Transpose", .attributes = {ATTR_INTS("perm", 1, 0)}, .bench = true,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1024, 1024)}, .reference = reference);
    CHECK_OP(.op = "Transpose", .attributes = {ATTR_INTS("perm", 0, 2, 3, 1)}, .bench = true,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 64, 112, 112)}, .reference = reference);
    CHECK_OP(.op = "Transpose", .attributes = {ATTR_INTS("perm", 0, 2, 3, 1)}, .bench = true,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 3, 224, 224)}, .reference = reference);
    check_all_permutations();
    check_refusals();
}
