/* ai.onnx.ml ArrayFeatureExtractor-1: of each row along the last axis of X the elements that Y
 * names. A single row (rank 1) gives a matrix of one row. */
#include "operators/op/copy.h"
#include "operators/op/index.h"

#define GRAIN 65536

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1];
    int64_t dims[HINGE_MAX_RANK] = {1};
    const int32_t rank = x->rank == 1 ? 2 : x->rank;
    if (x->rank == 0)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "X has rank 0, and hence no features");
    for (int32_t d = 0; d + 1 < x->rank; d++)
        dims[d] = x->dims[d];
    dims[rank - 1] = hinge_count(indices);
    return op_set_output(node, 0, x->type, rank, dims);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    *scratch = hinge_size(HINGE_INT64, hinge_count(node->inputs[1]));
    return HINGE_OK;
}

#define EXTRACT(element)                                                                           \
    for (int64_t row = begin; row < end; row++)                                                    \
        for (int64_t i = 0; i < n; i++)                                                            \
            ((element *)y)[row * n + i] = ((const element *)x->data)[row * limit + places[i]];     \
    break;

static void extract(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const hinge_tensor *x = node->inputs[0];
    const int64_t n = hinge_count(node->inputs[1]), limit = x->dims[x->rank - 1];
    const int64_t *places = node->scratch;
    void *y = node->outputs[0]->data;
    (void)thread;
    switch (op_element_size(x)) {
    case 4: EXTRACT(uint32_t)
    case 8: EXTRACT(uint64_t)
    default: EXTRACT(hinge_string)
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t n = hinge_count(node->inputs[1]);
    int64_t *places = node->scratch;
    hinge_status status = op_index_range(node, 1, x->dims[x->rank - 1]);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    for (int64_t i = 0; i < n; i++)
        places[i] = op_index(node->inputs[1], i, x->dims[x->rank - 1]);
    node->host->parallel(node, op_dims_count(x, 0, x->rank - 1), op_grain(GRAIN, n), extract,
                         (void *)(uintptr_t)node);
    return HINGE_OK;
}

const struct hinge_op op_arrayfeatureextractor[] = {
    {.name = "ArrayFeatureExtractor",
     .domain = "ai.onnx.ml",
     .since = 1,
     .signature = "(X: T, Y: int64) -> (Z: T); T: float double int64 int32 string",
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
