/* CenterCropPad against a look for each element of the output. */
#include "tests/operators/text.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *shape = call->inputs[1];
    const struct harness_attribute *axes = harness_attr(call, "axes");
    int64_t dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d];
    for (int64_t i = 0; i < hinge_count(shape); i++) {
        const int64_t axis = axes ? axes->ints[i] : i;
        dims[axis < 0 ? axis + x->rank : axis] = harness_get_int(shape, i);
    }
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        bool inside = true;
        harness_coordinates(y, i, at);
        for (int32_t d = 0; d < x->rank; d++) {
            if (dims[d] > x->dims[d])
                at[d] -= (dims[d] - x->dims[d]) / 2;
            else
                at[d] += (x->dims[d] - dims[d]) / 2;
            inside &= at[d] >= 0 && at[d] < x->dims[d];
        }
        if (inside)
            harness_move(y, i, x, harness_index(x, at));
        else if (x->type == HINGE_STRING)
            harness_set_string(y, i, (hinge_string){"", 0});
    }
}

#define CROP .op = "CenterCropPad"
#define X(...) TENSOR(HARNESS_T, -50, 50, __VA_ARGS__)
#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

void test_centercroppad(void)
{
    CHECK_OP(CROP, .opsets = {18, 28}, .types = HARNESS_ALL_SIZES, .reference = reference,
             .inputs = {X(7, HARNESS_N), LIST(HINGE_INT64, 4, 65)});
    CHECK_OP(CROP, .types = HARNESS_ALL_SIZES, .reference = reference,
             .inputs = {X(3, 6, 5), CONSTANT_LIST(HINGE_INT32, 9, 2)},
             .attributes = {ATTR_INTS("axes", -1, 1)});
    CHECK_OP(CROP, .reference = reference,
             .inputs = {F32(300, 200, 3), LIST(HINGE_INT64, 224, 224, 3)});
    CHECK_OP(CROP, .reference = reference, .inputs = {F32(3, 0), LIST(HINGE_INT64, 2, 4)});
    CHECK_OP(CROP, .reference = reference, .inputs = {F32(3, 5), LIST(HINGE_INT64, 2, 0)});
    CHECK_OP(CROP, .reference = reference,
             .inputs = {MATRIX_OF_STRINGS(2, "a", "b", "c", "d"), LIST(HINGE_INT64, 1, 5)});
    CHECK_OP(CROP, .inputs = {F32(3, 5), LIST(HINGE_INT64, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "shape has 1 dimensions for 2 axes");
    CHECK_OP(CROP, .inputs = {F32(3, 5), LIST(HINGE_INT64, 2, -1)}, .fails = HINGE_BAD_VALUE,
             .says = "dimension 1 of shape is -1");
    CHECK_OP(CROP, .inputs = {F32(3, 5), LIST(HINGE_INT64, 2, 3)}, .fails = HINGE_BAD_SHAPE,
             .attributes = {ATTR_INTS("axes", 1, -1)}, .says = "axis 1 is there twice");
}
