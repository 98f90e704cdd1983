/* ConcatFromSequence-11: a sequence's tensors one after another along axis, which with new_axis is
 * one that is put in. */
#include "operators/op/slices.h"
#include "operators/op/values.h"

static hinge_status infer(const struct hinge_node *node)
{
    int64_t new_axis = node->attributes[1].i;
    if (new_axis != 0 && new_axis != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "new_axis is %lld, not 0 or 1", (long long)new_axis);
    op_open_output(node, 0);
    return HINGE_OK;
}

/* The tensors' length along axis, 1 each where that is a new one; fails where they do not fit
 * together. */
static hinge_status total_length(const struct hinge_node *node, int32_t axis, int64_t *length)
{
    const hinge_tensor *sequence = node->inputs[0], *first = op_element(sequence, 0);
    char text[2][OP_TEXT_SIZE];
    *length = 0;
    for (int64_t i = 0; i < sequence->dims[0]; i++) {
        hinge_tensor x = *op_element(sequence, i);
        int64_t size = 1;
        if (!node->attributes[1].i && x.rank == first->rank) {
            size = x.dims[axis];
            x.dims[axis] = first->dims[axis];
        }
        if (!op_same_dims(&x, first))
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "element %lld has the shape %s, which does not fit %s of element 0",
                           (long long)i, op_dims_text(op_element(sequence, i), text[0]),
                           op_dims_text(first, text[1]));
        if (size > INT64_MAX - *length)
            return OP_FAIL(node, HINGE_LIMIT, "dimension %d does not fit", (int)axis);
        *length += size;
    }
    return HINGE_OK;
}

static hinge_status shape(const struct hinge_node *node, int32_t *axis, int32_t *rank,
                          int64_t *dims)
{
    const hinge_tensor *sequence = node->inputs[0], *first = op_element(sequence, 0);
    bool new_axis = node->attributes[1].i != 0;
    if (sequence->dims[0] == 0)
        return OP_FAIL(node, HINGE_BAD_VALUE, "the sequence has no elements");
    *rank = first->rank + new_axis;
    if (*rank > HINGE_MAX_RANK)
        return OP_FAIL(node, HINGE_LIMIT, "the output has rank %d, more than %d", (int)*rank,
                       HINGE_MAX_RANK);
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, *rank, axis);
    if (status)
        return status;
    int32_t from = 0;
    for (int32_t d = 0; d < *rank; d++)
        dims[d] = d == *axis && new_axis ? 0 : first->dims[from++];
    return total_length(node, *axis, &dims[*axis]);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *sequence = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    int64_t dims[HINGE_MAX_RANK];
    int32_t axis, rank = 0;
    hinge_status status = shape(node, &axis, &rank, dims);
    if (!status)
        status = node->host->resize(node, 0, rank, dims);
    if (status)
        return status;
    struct op_slices slices = {.type = y->type,
                               .outer = op_dims_count(y, 0, axis),
                               .inner = op_dims_count(y, axis + 1, y->rank),
                               .to_length = dims[axis]};
    for (int64_t i = 0; i < sequence->dims[0]; i++) {
        const hinge_tensor *x = op_element(sequence, i);
        slices.n = slices.from_length = node->attributes[1].i ? 1 : x->dims[axis];
        op_slices_copy(node, &slices, y->data, x->data);
        slices.to_first += slices.n;
    }
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .required = true},
    {.name = "new_axis", .type = HINGE_ATTR_INT},
    {.name = NULL}};

const struct hinge_op op_concatfromsequence[] = {
    {.name = "ConcatFromSequence",
     .since = 11,
     .signature = "(input_sequence: seq(T)) -> (concat_result: T); T: " OP_TYPES_ALL_IR3,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
