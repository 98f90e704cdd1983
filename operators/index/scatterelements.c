/* ScatterElements-11, -13, -16, -18, Scatter-9: input 0 with each update put, or reduced, into
 * the element at the update's own coordinates, but along axis at the index that input 1 has there.
 * Of updates of the same element the last along axis counts, or they are reduced in that order. */
#include "operators/index/scatter_reduce.h"
#include "operators/op/index.h"

#define GRAIN 16384

enum { AXIS, REDUCTION };

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1], *updates = node->inputs[2];
    enum scatter_reduction reduction;
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[AXIS].i, x->rank, &axis);
    if (!status)
        status = scatter_reduction(node, REDUCTION, &reduction);
    if (status)
        return status;
    if (indices->rank != x->rank || updates->rank != x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "indices have rank %d, updates %d, the data %d",
                       (int)indices->rank, (int)updates->rank, (int)x->rank);
    for (int32_t d = 0; d < x->rank; d++) {
        const long long n = indices->dims[d];
        if (updates->dims[d] != n)
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "dimension %d of the updates is %lld, of the indices %lld", (int)d,
                           (long long)updates->dims[d], n);
        if (d != axis && n > x->dims[d])
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d of the indices is %lld, above %lld",
                           (int)d, n, (long long)x->dims[d]);
    }
    return op_infer_same(node);
}

struct scatter {
    enum scatter_reduction reduction;
    const hinge_tensor *indices, *updates;
    hinge_tensor *y;
    int32_t axis;
    int64_t limit, size, inner; /* units of an element; elements behind axis in the indices */
    int64_t strides[HINGE_MAX_RANK];
};

/* Lines of the indices along axis, which reach different elements. */
static void scatter(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct scatter *s = argument;
    const hinge_tensor *indices = s->indices;
    const int64_t n = indices->dims[s->axis];
    (void)thread;
    for (int64_t line = begin; line < end; line++) {
        int64_t rest = line, to = 0;
        for (int32_t d = indices->rank; d-- > 0;)
            if (d != s->axis) {
                to += rest % indices->dims[d] * s->strides[d];
                rest /= indices->dims[d];
            }
        int64_t i = line / s->inner * n * s->inner + line % s->inner;
        for (int64_t j = 0; j < n; j++, i += s->inner)
            scatter_row(s->reduction, s->y->type, s->y->data,
                        to + op_index(indices, i, s->limit) * s->strides[s->axis], s->updates->data,
                        i * s->size, s->size);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1];
    struct scatter s = {.indices = indices,
                        .updates = node->inputs[2],
                        .y = node->outputs[0],
                        .size = (int64_t)op_element_size(x)};
    hinge_status status = op_axis(node, "axis", node->attributes[AXIS].i, x->rank, &s.axis);
    if (!status)
        status = scatter_reduction(node, REDUCTION, &s.reduction);
    if (status)
        return status;
    s.limit = x->dims[s.axis];
    status = op_index_range(node, 1, s.limit);
    if (status || hinge_count(x) == 0)
        return status;
    op_copy_bytes(node, s.y->data, x->data, hinge_size(x->type, hinge_count(x)));
    if (hinge_count(indices) == 0)
        return HINGE_OK;
    op_strides(x, s.strides);
    s.inner = op_dims_count(indices, s.axis + 1, indices->rank);
    op_move_parallel(node, s.y, op_dims_count(indices, 0, s.axis) * s.inner,
                     op_grain(GRAIN, indices->dims[s.axis]), scatter, &s);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {{.name = "axis", .type = HINGE_ATTR_INT},
                                                        {.name = NULL}};
static const struct hinge_attribute_def attributes_16[] = {
    {.name = "axis", .type = HINGE_ATTR_INT},
    {.name = "reduction", .type = HINGE_ATTR_STRING, .s = "none"},
    {.name = NULL}};

#define SCATTER(onnx_name)                                                                         \
    .name = (onnx_name), .gradient = "scatter_elements:",                                          \
    .signature = "(data: T, indices: Tind, updates: T) -> (output: T); T: " OP_TYPES_ALL_IR13      \
                 "; Tind: int32 int64",                                                            \
    .infer = infer, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_scatterelements[] = {
    {SCATTER("ScatterElements"), .since = 11, .until = 15, .attributes = attributes},
    {SCATTER("ScatterElements"), .since = 16, .attributes = attributes_16},
    {SCATTER("Scatter"), .since = 9, .until = 10, .attributes = attributes},
    OP_END,
};
