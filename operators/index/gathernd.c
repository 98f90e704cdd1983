/* GatherND-11, -12, -13: each row of the indices names a slice of input 0, behind batch_dims
 * leading dimensions that both share. */
#include "operators/op/copy.h"
#include "operators/op/index.h"

#define GRAIN_SIZE 65536

static int64_t batch_dims(const struct hinge_node *node)
{
    return node->opset < 12 ? 0 : node->attributes[0].i;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1];
    int64_t batch = batch_dims(node), dims[2 * HINGE_MAX_RANK];
    int32_t rank = 0;
    if (batch < 0 || batch >= indices->rank || batch >= x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "batch_dims is %lld for ranks %d and %d",
                       (long long)batch, (int)x->rank, (int)indices->rank);
    int64_t n_named = indices->dims[indices->rank - 1];
    if (n_named > x->rank - batch)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the indices name %lld dimensions of %lld",
                       (long long)n_named, (long long)(x->rank - batch));
    for (int32_t d = 0; d < batch; d++)
        if (indices->dims[d] != x->dims[d])
            return OP_FAIL(node, HINGE_BAD_SHAPE, "batch dimension %d is %lld and %lld", (int)d,
                           (long long)x->dims[d], (long long)indices->dims[d]);
    for (int32_t d = 0; d < indices->rank - 1; d++)
        dims[rank++] = indices->dims[d];
    for (int32_t d = (int32_t)(batch + n_named); d < x->rank; d++)
        dims[rank++] = x->dims[d];
    return op_set_output(node, 0, x->type, rank, dims);
}

struct gather {
    const hinge_tensor *indices;
    int32_t n_named;
    int64_t limits[HINGE_MAX_RANK], strides[HINGE_MAX_RANK]; /* of the named dimensions */
    int64_t rows_in_batch, batch_stride;
    hinge_type type;
    int64_t size; /* units of a slice */
    const void *from;
    void *to;
};

static void gather(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct gather *g = argument;
    (void)thread;
    for (int64_t row = begin; row < end; row++) {
        int64_t at = row / g->rows_in_batch * g->batch_stride;
        for (int32_t k = 0; k < g->n_named; k++)
            at += op_index(g->indices, row * g->n_named + k, g->limits[k]) * g->strides[k];
        op_move_run(g->type, g->to, row * g->size, g->from, at, g->size);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1];
    hinge_tensor *y = node->outputs[0];
    int32_t batch = (int32_t)batch_dims(node), last = indices->rank - 1;
    struct gather g = {.indices = indices,
                       .n_named = (int32_t)indices->dims[last],
                       .type = x->type,
                       .from = x->data,
                       .to = y->data};
    int64_t strides[HINGE_MAX_RANK];
    hinge_status status = op_index_tuples(node, 1, x->dims + batch);
    if (status || hinge_count(y) == 0)
        return status;
    op_strides(x, strides);
    for (int32_t k = 0; k < g.n_named; k++) {
        g.limits[k] = x->dims[batch + k];
        g.strides[k] = strides[batch + k];
    }
    g.rows_in_batch = op_dims_count(indices, batch, last);
    g.batch_stride = op_dims_count(x, batch, x->rank) * (int64_t)op_element_size(x);
    g.size = op_dims_count(x, batch + g.n_named, x->rank) * (int64_t)op_element_size(x);
    op_move_parallel(node, y, op_dims_count(indices, 0, last), op_grain(GRAIN_SIZE, g.size), gather,
                     &g);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "batch_dims", .type = HINGE_ATTR_INT}, {.name = NULL}};

#define GATHER_ND                                                                                  \
    .name = "GatherND", .gradient = "move:",                                                       \
    .signature = "(data: T, indices: int64) -> (output: T); T: " OP_TYPES_ALL_IR13,                \
    .infer = infer, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_gathernd[] = {
    {GATHER_ND, .since = 11, .until = 11},
    {GATHER_ND, .since = 12, .attributes = attributes},
    OP_END,
};
