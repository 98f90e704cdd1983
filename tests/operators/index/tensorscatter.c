/* TensorScatter against the standard's loop over the elements of the update. */
#include "tests/operators/harness.h"

#include <string.h>

static void reference(struct harness_call *call)
{
    const hinge_tensor *past = call->inputs[0], *update = call->inputs[1];
    const hinge_tensor *indices = call->n_inputs > 2 ? call->inputs[2] : NULL;
    int64_t axis = harness_attr_int(call, "axis", -2), at[HINGE_MAX_RANK];
    axis = axis < 0 ? axis + past->rank : axis;
    hinge_tensor *y = harness_output_like(call, 0, past);
    for (int64_t i = 0; i < hinge_count(past); i++)
        harness_move(y, i, past, i);
    for (int64_t i = 0; i < hinge_count(update); i++) {
        harness_coordinates(update, i, at);
        at[axis] += indices ? harness_get_int(indices, at[0]) : 0;
        at[axis] = (at[axis] % past->dims[axis] + past->dims[axis]) % past->dims[axis];
        harness_move(y, harness_index(y, at), update, i);
    }
}

#define SCATTER .op = "TensorScatter"
#define X(...) TENSOR(HARNESS_T, -50, 50, __VA_ARGS__)
#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)
#define CIRCULAR ATTR_STRING("mode", "circular")

void test_tensorscatter(void)
{
    CHECK_OP(SCATTER, .opsets = {24, 28}, .types = HARNESS_ALL_SIZES, .reference = reference,
             .inputs = {X(3, 5, HARNESS_N), X(3, 2, HARNESS_N), LIST(HINGE_INT64, 3, 0, 1)});
    CHECK_OP(SCATTER, .types = HARNESS_ALL_SIZES, .reference = reference, .attributes = {CIRCULAR},
             .inputs = {X(4, 2, 7, 3), X(4, 2, 5, 3), LIST(HINGE_INT64, 6, -1, 2, 1000003)});
    CHECK_OP(SCATTER, .reference = reference, .attributes = {ATTR_INT("axis", 1)},
             .inputs = {F32(2, 100, 8, 64), F32(2, 30, 8, 64)});
    CHECK_OP(SCATTER, .reference = reference, .attributes = {ATTR_INT("axis", -1), CIRCULAR},
             .inputs = {F32(2, 3, 9), F32(2, 3, 9), LIST(HINGE_INT64, 4, 0)});
    CHECK_OP(SCATTER, .reference = reference,
             .inputs = {F32(2, 3, 4), F32(2, 0, 4), LIST(HINGE_INT64, 3, 0)});
    CHECK_OP(SCATTER, .reference = reference, .attributes = {CIRCULAR},
             .inputs = {F32(2, 0, 4), F32(2, 0, 4), LIST(HINGE_INT64, 3, 0)});
    CHECK_OP(SCATTER, .inputs = {F32(2, 3, 4), F32(2, 2, 4), LIST(HINGE_INT64, 1, 2)},
             .fails = HINGE_BAD_VALUE, .says = "write index 2 of sample 1 is not in [0, 1]");
    CHECK_OP(SCATTER, .inputs = {F32(2, 3, 4), F32(2, 4, 4)}, .fails = HINGE_BAD_SHAPE,
             .says = "dimension 1 of the update is 4, of the cache 3");
    CHECK_OP(SCATTER, .inputs = {F32(2, 3, 4), F32(2, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "the update has rank 2, the cache 3");
    CHECK_OP(SCATTER, .inputs = {F32(2, 3), F32(2, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "axis is that of the batch");
    CHECK_OP(SCATTER, .inputs = {F32(2, 3, 4), F32(2, 3, 4), LIST(HINGE_INT64, 1)},
             .fails = HINGE_BAD_SHAPE, .says = "not one for each of 2 samples");
    CHECK_OP(SCATTER, .inputs = {F32(2, 3, 4), F32(2, 3, 4)}, .fails = HINGE_BAD_MODEL,
             .attributes = {ATTR_STRING("mode", "other")},
             .says = "mode is not linear or circular");
}
