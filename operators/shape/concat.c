/* Concat-1, with 1 for the axis unless given, -4, -11, -13: the inputs one after another along
 * axis. */
#include "operators/op/copy.h"

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *first = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK];
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, first->rank, &axis);
    for (int32_t d = 0; d < first->rank; d++)
        dims[d] = first->dims[d];
    for (uint32_t i = 0; i < node->n_inputs && !status; i++) {
        const hinge_tensor *x = node->inputs[i];
        if (!x)
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is left out", (unsigned)i);
        if (x->rank != first->rank)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u has another rank than input 0",
                           (unsigned)i);
        for (int32_t d = 0; d < x->rank && !status; d++)
            if (d != axis && x->dims[d] != dims[d])
                return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d of input %u is %lld, not %lld",
                               (int)d, (unsigned)i, (long long)x->dims[d], (long long)dims[d]);
        if (i > 0 && x->dims[axis] > INT64_MAX - dims[axis])
            return OP_FAIL(node, HINGE_LIMIT, "dimension %d does not fit", (int)axis);
        if (i > 0)
            dims[axis] += x->dims[axis];
    }
    return status ? status : op_set_output(node, 0, first->type, first->rank, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    hinge_tensor *y = node->outputs[0];
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, y->rank, &axis);
    if (status || hinge_count(y) == 0)
        return status;
    int64_t inner = op_dims_count(y, axis + 1, y->rank) * (int64_t)op_element_size(y);
    int64_t outer = op_dims_count(y, 0, axis);
    int64_t to = 0;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        int64_t row = node->inputs[i]->dims[axis] * inner;
        if (row == 0)
            continue;
        struct copy copy = {.rank = 2,
                            .size = 1,
                            .dims = {outer, row},
                            .to = {y->dims[axis] * inner, 1},
                            .from = {row, 1}};
        op_move(node, &copy, y, to, node->inputs[i], 0);
        to += row;
    }
    return HINGE_OK;
}

static bool is_identity(const struct hinge_node *node)
{
    return node->n_inputs == 1;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .required = true}, {.name = NULL}};

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = 1}, {.name = NULL}};

const struct hinge_op op_concat[] = {
    {.name = "Concat",
     .since = 1,
     .until = 3,
     .signature = "(inputs...: T) -> (concat_result: T); T: " OP_TYPES_ALL_IR13,
     .attributes = attributes_1,
     .infer = infer,
     .flags = HINGE_OP_CONCATENATES,
     .is_identity = is_identity,
     .integers = "com.microsoft::QLinearConcat-1(y, a...)",
     .axis = "axis",
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    {.name = "Concat",
     .gradient = "concat:",
     .since = 4,
     .signature = "(inputs...: T) -> (concat_result: T); T: " OP_TYPES_ALL_IR13,
     .attributes = attributes,
     .infer = infer,
     .flags = HINGE_OP_CONCATENATES,
     .is_identity = is_identity,
     .integers = "com.microsoft::QLinearConcat-1(y, a...)",
     .axis = "axis",
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
