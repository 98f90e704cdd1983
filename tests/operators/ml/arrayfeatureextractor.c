/* ArrayFeatureExtractor against a loop over rows and indices. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *indices = call->inputs[1];
    const int64_t limit = x->dims[x->rank - 1], n = hinge_count(indices);
    int64_t dims[HINGE_MAX_RANK] = {1, n}, n_rows = 1;
    for (int32_t d = 0; d + 1 < x->rank; d++)
        n_rows *= dims[d] = x->dims[d];
    dims[x->rank == 1 ? 1 : x->rank - 1] = n;
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank == 1 ? 2 : x->rank, dims);
    for (int64_t row = 0; row < n_rows; row++)
        for (int64_t i = 0; i < n; i++) {
            const int64_t index = harness_get_int(indices, i);
            harness_move(y, row * n + i, x, row * limit + (index < 0 ? index + limit : index));
        }
}

#define TYPES                                                                                      \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_INT64) |          \
     HARNESS_TYPE(HINGE_INT32))
#define EXTRACTOR .op = "ArrayFeatureExtractor", .domain = "ai.onnx.ml"
#define F32(...) TENSOR(HINGE_FLOAT, -9, 9, __VA_ARGS__)

void test_arrayfeatureextractor(void)
{
    CHECK_OP(EXTRACTOR, .types = TYPES, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, 5), TENSOR(HINGE_INT64, 0, 4, HARNESS_N)});
    CHECK_OP(
        EXTRACTOR, .types = TYPES, .reference = reference,
        .inputs = {TENSOR(HARNESS_T, -9, 9, 2, HARNESS_N, 5), TENSOR(HINGE_INT64, -5, 4, 2, 2)});
    CHECK_OP(EXTRACTOR, .reference = reference,
             .inputs = {F32(5), TENSOR(HINGE_INT64, 0, 4, HARNESS_N)});
    CHECK_OP(EXTRACTOR, .reference = reference, .inputs = {F32(2, 5), SCALAR(HINGE_INT64, 0, 4)});
    CHECK_OP(EXTRACTOR, .reference = reference,
             .inputs = {{.type = HINGE_STRING,
                         .rank = 1,
                         .dims = {3},
                         .strings = (const char *const[]){"a", "hinge", ""}},
                        LIST(HINGE_INT64, 2, 1)});
    CHECK_OP(EXTRACTOR, .inputs = {F32(2, 5), LIST(HINGE_INT64, 5)}, .fails = HINGE_BAD_VALUE,
             .says = "index 5 at position 0");
    CHECK_OP(EXTRACTOR, .inputs = {SCALAR(HINGE_FLOAT, 0, 1), LIST(HINGE_INT64, 0)},
             .fails = HINGE_BAD_SHAPE, .says = "rank 0");
}
