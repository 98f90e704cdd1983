/* TopK against a choice of the best that is left, k times over. */
#include "tests/operators/harness.h"

#include <stdlib.h>

/* Whether element i comes before element j, which has the lower index. */
static bool before(const hinge_tensor *x, int64_t i, int64_t j, bool largest)
{
    if (!harness_is_floating(x->type)) {
        const int64_t a = harness_get_int(x, i), b = harness_get_int(x, j);
        if (x->type == HINGE_UINT64)
            return largest ? (uint64_t)a > (uint64_t)b : (uint64_t)a < (uint64_t)b;
        return largest ? a > b : a < b;
    }
    const double a = harness_get(x, i), b = harness_get(x, j);
    if (a != a || b != b)
        return largest ? b == b : a == a;
    return largest ? a > b : a < b;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t axis = harness_attr_int(call, "axis", -1), dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    const bool largest = harness_attr_int(call, "largest", 1);
    const int64_t k =
        call->opset < 10 ? harness_attr_int(call, "k", 0) : harness_get_int(call->inputs[1], 0);
    axis = axis < 0 ? axis + x->rank : axis;
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = d == axis ? k : x->dims[d];
    hinge_tensor *values = harness_output(call, 0, x->type, x->rank, dims);
    hinge_tensor *indices = harness_output(call, 1, HINGE_INT64, x->rank, dims);
    const int64_t n = x->dims[axis];
    bool *taken = malloc((size_t)n + 1);
    for (int64_t i = 0; i < hinge_count(indices); i++) {
        harness_coordinates(indices, i, at);
        if (at[axis] != 0)
            continue;
        for (int64_t j = 0; j < n; j++)
            taken[j] = false;
        for (int64_t rank = 0; rank < k; rank++) {
            int64_t best = -1, best_at = 0;
            for (int64_t j = 0; j < n; j++) {
                at[axis] = j;
                const int64_t here = harness_index(x, at);
                if (!taken[j] && (best < 0 || before(x, here, best_at, largest))) {
                    best = j;
                    best_at = here;
                }
            }
            taken[best] = true;
            at[axis] = rank;
            harness_move(values, harness_index(values, at), x, best_at);
            harness_set_int(indices, harness_index(indices, at), best);
        }
    }
    free(taken);
}

#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

static void errors(void)
{
    CHECK_OP(.op = "TopK", .n_outputs = 2, .inputs = {F32(2, 3), LIST(HINGE_INT64, 4)},
             .fails = HINGE_BAD_VALUE, .says = "k is 4, not in [0, 3]");
    CHECK_OP(.op = "TopK", .n_outputs = 2, .inputs = {F32(2, 3), CONSTANT_LIST(HINGE_INT64, -1)},
             .fails = HINGE_BAD_VALUE, .says = "k is -1");
    CHECK_OP(.op = "TopK", .n_outputs = 2, .inputs = {F32(2, 3), LIST(HINGE_INT64, 1, 1)},
             .fails = HINGE_LIMIT, .says = "input 1 has 2 elements");
    CHECK_OP(.op = "TopK", .n_outputs = 2, .inputs = {F32(2, 3), TENSOR(HINGE_INT64, 0, 1, 0)},
             .fails = HINGE_BAD_SHAPE, .says = "K is not one number");
    CHECK_OP(.op = "TopK", .n_outputs = 2, .attributes = {ATTR_INT("axis", 2)},
             .inputs = {F32(2, 3), LIST(HINGE_INT64, 1)}, .fails = HINGE_BAD_SHAPE, .says = "axis");
    CHECK_OP(.op = "TopK", .n_outputs = 2,
             .inputs = {SCALAR(HINGE_FLOAT, 0, 1), LIST(HINGE_INT64, 1)}, .fails = HINGE_BAD_SHAPE,
             .says = "axis");
    CHECK_OP(.op = "TopK", .opsets = {10}, .n_outputs = 2,
             .inputs = {TENSOR(HINGE_INT32, 0, 9, 3), LIST(HINGE_INT64, 1)},
             .fails = HINGE_BAD_MODEL, .says = "signature");
}

void test_topk(void)
{
    CHECK_OP(.op = "TopK", .n_outputs = 2, .opsets = {11, 24}, .types = HARNESS_NUMBERS,
             .inputs = {TENSOR(HARNESS_T, -100, 100, 5, 9, HARNESS_N), LIST(HINGE_INT64, 4)},
             .attributes = {ATTR_INT("axis", 1)}, .reference = reference);
    CHECK_OP(.op = "TopK", .n_outputs = 2, .types = HARNESS_NUMBERS,
             .inputs = {{.type = HARNESS_T,
                         .rank = 2,
                         .dims = {40, 13},
                         .low = -3,
                         .high = 3,
                         .specials = HARNESS_SPECIALS_ALWAYS},
                        CONSTANT_LIST(HINGE_INT64, 13)},
             .attributes = {ATTR_INT("largest", 0)}, .reference = reference, .signed_zeros = true);
    CHECK_OP(.op = "TopK", .n_outputs = 2,
             .inputs = {F32(3, 1000), CONSTANT_LIST(HINGE_INT64, 300)},
             .attributes = {ATTR_INT("sorted", 0)}, .reference = reference);
    CHECK_OP(.op = "TopK", .n_outputs = 2, .inputs = {F32(HARNESS_N, 3), LIST(HINGE_INT64, 2)},
             .attributes = {ATTR_INT("axis", -1)}, .reference = reference);
    CHECK_OP(.op = "TopK", .n_outputs = 2, .unwanted = 1,
             .inputs = {F32(7, 5), SCALAR(HINGE_INT64, 2, 2)}, .reference = reference);
    CHECK_OP(.op = "TopK", .n_outputs = 2, .unwanted = 2,
             .inputs = {F32(7, 5), LIST(HINGE_INT64, 2)}, .reference = reference);
    CHECK_OP(.op = "TopK", .n_outputs = 2, .inputs = {F32(7, 0), LIST(HINGE_INT64, 0)},
             .reference = reference);
    CHECK_OP(.op = "TopK", .opsets = {1, 9}, .n_outputs = 2, .inputs = {F32(6, 5)},
             .attributes = {ATTR_INT("k", 3), ATTR_INT("axis", 0)}, .reference = reference);
    CHECK_OP(.op = "TopK", .opsets = {10}, .n_outputs = 2,
             .inputs = {F32(6, 5), LIST(HINGE_INT64, 3)}, .reference = reference);
    CHECK_OP(.op = "TopK", .n_outputs = 2,
             .inputs = {LIST(HINGE_INT64, -9223372036854775807. - 1, 5, 9007199254740992, -1),
                        LIST(HINGE_INT64, 3)},
             .expect = {LIST(HINGE_INT64, 9007199254740992, 5, -1), LIST(HINGE_INT64, 2, 1, 3)});
    errors();
}
