/* Compress-9, -11: the slices of input 0 along axis, or without axis its elements, for which the
 * condition holds; where the condition is shorter, the rest is left out. */
#include "operators/op/copy.h"

static hinge_status axis_of(const struct hinge_node *node, int32_t *axis)
{
    *axis = 0;
    return node->attributes[0].present
               ? op_axis(node, "axis", node->attributes[0].i, node->inputs[0]->rank, axis)
               : HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *condition = node->inputs[1];
    bool flat = !node->attributes[0].present;
    int64_t dims[HINGE_MAX_RANK] = {0};
    int32_t axis;
    hinge_status status = axis_of(node, &axis);
    if (status)
        return status;
    if (condition->rank != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "the condition has rank %d, not 1",
                       (int)condition->rank);
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d];
    if (condition->dims[0] > (flat ? hinge_count(x) : dims[axis]))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the condition has %lld entries, more than the input",
                       (long long)condition->dims[0]);
    dims[axis] = -1;
    return op_set_output(node, 0, x->type, flat ? 1 : x->rank, dims);
}

struct compress {
    const hinge_tensor *x;
    hinge_tensor *y;
    const uint8_t *keep;
    int64_t n_keep, n_slices, size;
    int64_t end; /* of y; keep may have changed since it was counted (see op/index.h) */
};

static void compress(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct compress *c = argument;
    int64_t to = 0;
    (void)thread;
    for (int64_t n = begin; n < end; n++)
        for (int64_t i = 0; i < c->n_keep; i++) {
            if (!c->keep[i] || to == c->end)
                continue;
            op_move_run(c->x->type, c->y->data, to, c->x->data, (n * c->n_slices + i) * c->size,
                        c->size);
            to += c->size;
        }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *condition = node->inputs[1];
    const uint8_t *keep = condition->data;
    bool flat = !node->attributes[0].present;
    int64_t dims[HINGE_MAX_RANK] = {0}, n_kept = 0;
    int32_t axis;
    hinge_status status = axis_of(node, &axis);
    if (status)
        return status;
    for (int64_t i = 0; i < condition->dims[0]; i++)
        n_kept += keep[i] != 0;
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d];
    dims[axis] = n_kept;
    status = node->host->resize(node, 0, flat ? 1 : x->rank, dims);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    int64_t outer = flat ? 1 : op_dims_count(x, 0, axis);
    int64_t n_slices = flat ? hinge_count(x) : x->dims[axis];
    const int64_t size =
        (flat ? 1 : op_dims_count(x, axis + 1, x->rank)) * (int64_t)op_element_size(x);
    struct compress c = {x, node->outputs[0], keep, condition->dims[0], n_slices, size, 0};
    c.end = outer * n_kept * size;
    op_move_parallel(node, node->outputs[0], outer, outer, compress, &c);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {{.name = "axis", .type = HINGE_ATTR_INT},
                                                        {.name = NULL}};

const struct hinge_op op_compress[] = {
    {.name = "Compress",
     .gradient = "move:",
     .since = 9,
     .signature = "(input: T, condition: T1) -> (output: T); T: " OP_TYPES_ALL_IR13 "; T1: bool",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
