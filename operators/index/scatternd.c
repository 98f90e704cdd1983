/* ScatterND-11, -13, -16, -18: input 0 with each slice that a row of the indices names replaced by,
 * or reduced with, its slice of the updates. Of updates of the same slice the last counts, or they
 * are reduced in their order. */
#include "operators/index/scatter_reduce.h"
#include "operators/kernels/integer.h"
#include "operators/op/index.h"

#define GRAIN 16384
#define CACHE_LINE 64

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1], *updates = node->inputs[2];
    enum scatter_reduction reduction;
    hinge_status status = scatter_reduction(node, 0, &reduction);
    if (status)
        return status;
    if (x->rank == 0 || indices->rank == 0)
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "the data have rank %d, the indices %d, not 1 at least", (int)x->rank,
                       (int)indices->rank);
    const int32_t last = indices->rank - 1;
    const int64_t n_named = indices->dims[last];
    if (n_named > x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the indices name %lld dimensions of %d",
                       (long long)n_named, (int)x->rank);
    const int32_t rank = last + x->rank - (int32_t)n_named;
    if (updates->rank != rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the updates have rank %d, not %d",
                       (int)updates->rank, (int)rank);
    for (int32_t d = 0; d < rank; d++) {
        const int64_t expected = d < last ? indices->dims[d] : x->dims[d - last + n_named];
        if (updates->dims[d] != expected)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d of the updates is %lld, not %lld",
                           (int)d, (long long)updates->dims[d], (long long)expected);
    }
    return op_infer_same(node);
}

struct scatter {
    enum scatter_reduction reduction;
    const hinge_tensor *indices, *updates;
    hinge_tensor *y;
    int64_t n_rows, n_named;
    int64_t strides[HINGE_MAX_RANK];
    int64_t size, slice; /* units of an element, of a slice */
};

/* Elements [begin, end) of every slice: rows may name the same one. */
static void scatter(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct scatter *s = argument;
    const int64_t first = begin * s->size, count = (end - begin) * s->size;
    (void)thread;
    for (int64_t row = 0; row < s->n_rows; row++) {
        int64_t to = first;
        for (int64_t k = 0; k < s->n_named; k++)
            to += op_index(s->indices, row * s->n_named + k, s->y->dims[k]) * s->strides[k];
        scatter_row(s->reduction, s->y->type, s->y->data, to, s->updates->data,
                    row * s->slice + first, count);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1];
    const int32_t last = indices->rank - 1;
    struct scatter s = {.indices = indices,
                        .updates = node->inputs[2],
                        .y = node->outputs[0],
                        .n_named = indices->dims[last],
                        .n_rows = op_dims_count(indices, 0, last),
                        .size = (int64_t)op_element_size(x)};
    hinge_status status = scatter_reduction(node, 0, &s.reduction);
    if (!status)
        status = op_index_tuples(node, 1, x->dims);
    if (status || hinge_count(x) == 0)
        return status;
    op_copy_bytes(node, s.y->data, x->data, hinge_size(x->type, hinge_count(x)));
    if (s.n_rows == 0)
        return HINGE_OK;
    op_strides(x, s.strides);
    const int64_t width = op_dims_count(x, (int32_t)s.n_named, x->rank);
    s.slice = width * s.size;
    /* Neighbours in a cache line are one thread's. */
    const int64_t grain = max_i64(op_grain(GRAIN, s.n_rows), CACHE_LINE / s.size);
    op_move_parallel(node, s.y, width, grain, scatter, &s);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes_16[] = {
    {.name = "reduction", .type = HINGE_ATTR_STRING, .s = "none"}, {.name = NULL}};

#define SCATTER_ND                                                                                 \
    .name = "ScatterND", .gradient = "scatter_nd:",                                                \
    .signature = "(data: T, indices: int64, updates: T) -> (output: T); T: " OP_TYPES_ALL_IR13,    \
    .infer = infer, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_scatternd[] = {
    {SCATTER_ND, .since = 11, .until = 15},
    {SCATTER_ND, .since = 16, .attributes = attributes_16},
    OP_END,
};
