/* Compress against a loop over the slices that are kept. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *condition = call->inputs[1];
    const struct harness_attribute *given = harness_attr(call, "axis");
    int64_t kept[1024], n_kept = 0, dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    for (int64_t i = 0; i < hinge_count(condition); i++)
        if (harness_get_int(condition, i))
            kept[n_kept++] = i;
    if (!given) {
        hinge_tensor *y = harness_output(call, 0, x->type, 1, &n_kept);
        for (int64_t i = 0; i < n_kept; i++)
            harness_move(y, i, x, kept[i]);
        return;
    }
    int64_t axis = given->i < 0 ? given->i + x->rank : given->i;
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = d == axis ? n_kept : x->dims[d];
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        harness_coordinates(y, i, at);
        at[axis] = kept[at[axis]];
        harness_move(y, i, x, harness_index(x, at));
    }
}

#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

void test_compress(void)
{
    CHECK_OP(.op = "Compress", .opsets = {9, 11}, .types = HARNESS_ALL_SIZES,
             .attributes = {ATTR_INT("axis", 1)},
             .inputs = {TENSOR(HARNESS_T, -50, 50, 3, 6, HARNESS_N),
                        LIST(HINGE_BOOL, 0, 1, 1, 0, 1)},
             .reference = reference);
    CHECK_OP(.op = "Compress", .inputs = {F32(5, 6), TENSOR(HINGE_BOOL, 0, 1, 29)},
             .reference = reference);
    CHECK_OP(.op = "Compress", .attributes = {ATTR_INT("axis", -1)},
             .inputs = {F32(5, 3), LIST(HINGE_BOOL, 0, 0, 0)}, .reference = reference);
    CHECK_OP(.op = "Compress", .attributes = {ATTR_INT("axis", 1)},
             .inputs = {F32(5, 3), TENSOR(HINGE_BOOL, 0, 1, 4)}, .fails = HINGE_BAD_SHAPE,
             .says = "4 entries, more");
    CHECK_OP(.op = "Compress", .inputs = {F32(2), TENSOR(HINGE_BOOL, 0, 1, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "3 entries, more");
    CHECK_OP(.op = "Compress", .inputs = {F32(2), LIST(HINGE_INT32, 1)}, .fails = HINGE_BAD_MODEL,
             .says = "signature");
}
