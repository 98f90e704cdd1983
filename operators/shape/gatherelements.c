/* GatherElements-11, -13: element i is input 0's at i's own coordinates, but along axis at the
 * index that input 1 has there. */
#include "operators/op_copy.h"
#include "operators/op_index.h"

#define GRAIN 16384

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1];
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &axis);
    if (status)
        return status;
    if (indices->rank != x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "indices have rank %d, the data %d",
                       (int)indices->rank, (int)x->rank);
    for (int32_t d = 0; d < x->rank; d++)
        if (d != axis && indices->dims[d] > x->dims[d])
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d of the indices is %lld, above %lld",
                           (int)d, (long long)indices->dims[d], (long long)x->dims[d]);
    return op_set_output(node, 0, x->type, x->rank, indices->dims);
}

struct gather {
    const hinge_tensor *indices;
    int32_t axis;
    int64_t limit;
    hinge_type type;
    int64_t size; /* units of an element */
    int64_t strides[HINGE_MAX_RANK];
    const void *from;
    void *to;
};

static void gather(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct gather *g = argument;
    const hinge_tensor *indices = g->indices;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        int64_t rest = i, at = op_index(indices, i, g->limit) * g->strides[g->axis];
        for (int32_t d = indices->rank; d-- > 0; rest /= indices->dims[d])
            if (d != g->axis)
                at += rest % indices->dims[d] * g->strides[d];
        op_move_run(g->type, g->to, i * g->size, g->from, at, g->size);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct gather g = {.indices = node->inputs[1],
                       .type = x->type,
                       .size = (int64_t)op_element_size(x),
                       .from = x->data,
                       .to = node->outputs[0]->data};
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &g.axis);
    if (status)
        return status;
    g.limit = x->dims[g.axis];
    status = op_index_range(node, 1, g.limit);
    if (status || hinge_count(g.indices) == 0)
        return status;
    op_strides(x, g.strides);
    op_move_parallel(node, node->outputs[0], hinge_count(g.indices), GRAIN, gather, &g);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {{.name = "axis", .type = HINGE_ATTR_INT},
                                                        {.name = NULL}};

const struct hinge_op op_gatherelements[] = {
    {.name = "GatherElements",
     .since = 11,
     .signature =
         "(data: T, indices: Tind) -> (output: T); T: " OP_TYPES_ALL_IR13 "; Tind: int32 int64",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
