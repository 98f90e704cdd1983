/* DepthToSpace against a loop over the output's coordinates. */
#include "tests/operators/harness.h"

#include <string.h>

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *mode = harness_attr(call, "mode");
    int64_t b = harness_attr_int(call, "blocksize", 1), at[4];
    int64_t n = x->dims[1] / (b * b);
    hinge_tensor *y = harness_output(
        call, 0, x->type, 4, (const int64_t[]){x->dims[0], n, x->dims[2] * b, x->dims[3] * b});
    for (int64_t i = 0; i < hinge_count(y); i++) {
        harness_coordinates(y, i, at);
        int64_t block = at[2] % b * b + at[3] % b;
        bool crd = mode && !strcmp(mode->s, "CRD");
        const int64_t from[] = {at[0], crd ? at[1] * b * b + block : block * n + at[1], at[2] / b,
                                at[3] / b};
        harness_move(y, i, x, harness_index(x, from));
    }
}

#define X TENSOR(HARNESS_T, -50, 50, 2, 12, HARNESS_N, 3)

void test_depthtospace(void)
{
    CHECK_OP(.op = "DepthToSpace", .opsets = {7, 11, 13}, .types = HARNESS_ALL_SIZES,
             .attributes = {ATTR_INT("blocksize", 2)}, .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "DepthToSpace", .opsets = {11, 13}, .types = HARNESS_ALL_SIZES,
             .attributes = {ATTR_INT("blocksize", 2), ATTR_STRING("mode", "CRD")}, .inputs = {X},
             .reference = reference);
    CHECK_OP(.op = "DepthToSpace", .attributes = {ATTR_INT("blocksize", 5)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 12, 2, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "12 channels cannot be made blocks of 5");
    CHECK_OP(.op = "DepthToSpace", .attributes = {ATTR_INT("blocksize", 0)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 12, 2, 2)}, .fails = HINGE_BAD_SHAPE);
    CHECK_OP(.op = "DepthToSpace", .attributes = {ATTR_INT("blocksize", 2)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 12, 2, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "rank 3");
    CHECK_OP(.op = "DepthToSpace",
             .attributes = {ATTR_INT("blocksize", 2), ATTR_STRING("mode", "RCD")},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 12, 2, 2)}, .fails = HINGE_BAD_MODEL,
             .says = "neither DCR nor CRD");
}
