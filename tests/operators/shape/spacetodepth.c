/* SpaceToDepth against a loop over the input's coordinates. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t b = harness_attr_int(call, "blocksize", 1), at[4];
    hinge_tensor *y = harness_output(
        call, 0, x->type, 4,
        (const int64_t[]){x->dims[0], x->dims[1] * b * b, x->dims[2] / b, x->dims[3] / b});
    for (int64_t i = 0; i < hinge_count(x); i++) {
        harness_coordinates(x, i, at);
        const int64_t to[] = {at[0], (at[2] % b * b + at[3] % b) * x->dims[1] + at[1], at[2] / b,
                              at[3] / b};
        harness_move(y, harness_index(y, to), x, i);
    }
}

void test_spacetodepth(void)
{
    CHECK_OP(.op = "SpaceToDepth", .opsets = {7, 13}, .types = HARNESS_ALL_SIZES,
             .attributes = {ATTR_INT("blocksize", 3)},
             .inputs = {TENSOR(HARNESS_T, -50, 50, HARNESS_N, 2, 6, 9)}, .reference = reference);
    for (int64_t width = 2; width <= 82; width += 16)
        CHECK_OP(.op = "SpaceToDepth", .types = HARNESS_ALL_SIZES, .reference = reference,
                 .attributes = {ATTR_INT("blocksize", 2)},
                 .inputs = {TENSOR(HARNESS_T, -50, 50, 1, 3, 4, width)});
    CHECK_OP(.op = "SpaceToDepth", .attributes = {ATTR_INT("blocksize", 4)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 2, 8, 9)}, .fails = HINGE_BAD_SHAPE,
             .says = "8x9 cannot be cut into blocks of 4");
    CHECK_OP(.op = "SpaceToDepth", .attributes = {ATTR_INT("blocksize", -1)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 2, 8, 9)}, .fails = HINGE_BAD_SHAPE);
    CHECK_OP(.op = "SpaceToDepth", .attributes = {ATTR_INT("blocksize", 1)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 8, 9)}, .fails = HINGE_BAD_SHAPE,
             .says = "rank 3");
}
