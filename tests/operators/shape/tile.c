/* Tile against a loop that takes every coordinate modulo the input's dimension. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    const bool one_axis = call->opset < 6;
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d] * (one_axis ? 1 : harness_get_int(call->inputs[1], d));
    if (one_axis)
        dims[harness_get_int(call->inputs[2], 0)] *= harness_get_int(call->inputs[1], 0);
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        harness_coordinates(y, i, at);
        for (int32_t d = 0; d < x->rank; d++)
            at[d] %= x->dims[d];
        harness_move(y, i, x, harness_index(x, at));
    }
}

#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

static void check_first_version(void)
{
    CHECK_OP(.op = "Tile", .opsets = {1, 5}, .reference = reference,
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) |
                      HARNESS_TYPE(HINGE_FLOAT16),
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, HARNESS_N, 2), LIST(HARNESS_T, 3),
                        CONSTANT_LIST(HARNESS_T, 1)});
    CHECK_OP(.op = "Tile", .opsets = {1}, .reference = reference,
             .inputs = {F32(2, 3), LIST(HINGE_INT64, 0), LIST(HINGE_INT64, 0)});
    CHECK_OP(.op = "Tile", .opsets = {1}, .fails = HINGE_BAD_VALUE, .says = "says 1.5 where",
             .inputs = {F32(2, 3), LIST(HINGE_FLOAT, 1.5), LIST(HINGE_FLOAT, 0)});
    CHECK_OP(.op = "Tile", .opsets = {1}, .fails = HINGE_BAD_SHAPE, .says = "axis",
             .inputs = {F32(2, 3), LIST(HINGE_FLOAT, 2), LIST(HINGE_FLOAT, 2)});
    CHECK_OP(.op = "Tile", .opsets = {1}, .fails = HINGE_BAD_SHAPE, .says = "cannot repeat -1",
             .inputs = {F32(2, 3), LIST(HINGE_FLOAT, -1), LIST(HINGE_FLOAT, 1)});
    CHECK_OP(.op = "Tile", .opsets = {1}, .fails = HINGE_BAD_SHAPE, .says = "tiles is not one",
             .inputs = {F32(2, 3), LIST(HINGE_FLOAT, 1, 2), LIST(HINGE_FLOAT, 1)});
}

void test_tile(void)
{
    CHECK_OP(.op = "Tile", .opsets = {7, 13}, .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, 3, HARNESS_N, 2),
                        CONSTANT_LIST(HINGE_INT64, 2, 1, 3)},
             .reference = reference);
    check_first_version();
    CHECK_OP(.op = "Tile", .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -50, 50, HARNESS_N), CONSTANT_LIST(HINGE_INT64, 3)},
             .reference = reference);
    CHECK_OP(.op = "Tile", .inputs = {F32(2, 3, 4, 5), LIST(HINGE_INT64, 3, 2, 4, 2)},
             .reference = reference);
    CHECK_OP(.op = "Tile", .inputs = {F32(2, 3), CONSTANT_LIST(HINGE_INT64, 1, 1)},
             .reference = reference);
    CHECK_OP(.op = "Tile", .inputs = {F32(2, 3), LIST(HINGE_INT64, 2, 0)}, .reference = reference);
    CHECK_OP(.op = "Tile", .inputs = {F32(2, 3), LIST(HINGE_INT64, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "1 repeats for an input of rank 2");
    CHECK_OP(.op = "Tile", .inputs = {F32(2, 3), LIST(HINGE_INT64, 2, -1)},
             .fails = HINGE_BAD_SHAPE, .says = "-1 times");
    CHECK_OP(.op = "Tile", .inputs = {F32(2, 3), LIST(HINGE_INT64, 2, 0x1p62)},
             .fails = HINGE_BAD_SHAPE, .says = "cannot repeat");
}
