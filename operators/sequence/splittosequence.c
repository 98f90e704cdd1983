/* SplitToSequence-11, -24: the parts of a tensor along axis. A scalar split is the size of all but
 * the last, a list the size of each; without split they are of size 1, and keepdims of 0 takes the
 * axis away. */
#include "operators/op/index.h"
#include "operators/op/slices.h"
#include "operators/op/values.h"

static hinge_status check_list(const struct hinge_node *node, const hinge_tensor *split,
                               int64_t total)
{
    int64_t left = total;
    for (int64_t i = 0; i < split->dims[0]; i++) {
        int64_t size = op_index_raw(split, i);
        if (size < 0 || size > left)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "part %lld of split is %lld with %lld left",
                           (long long)i, (long long)size, (long long)left);
        left -= size;
    }
    if (left)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the parts of split leave over %lld of %lld",
                       (long long)left, (long long)total);
    return HINGE_OK;
}

/* How many parts there are, and the size of all but the last where split is no list. */
static hinge_status count_parts(const struct hinge_node *node, int64_t total, int64_t *n,
                                int64_t *size)
{
    const hinge_tensor *split = op_input(node, 1);
    *size = 1;
    if (split && split->rank > 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "split has rank %d, not 0 or 1", (int)split->rank);
    if (split && split->rank == 1) {
        *n = split->dims[0];
        return check_list(node, split, total);
    }
    if (split)
        *size = op_index_raw(split, 0);
    if (*size < 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "split is %lld, not positive", (long long)*size);
    *n = total / *size + (total % *size != 0);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *split = op_input(node, 1);
    int64_t n = 0, size = 1, dims[HINGE_MAX_RANK];
    int32_t axis, rank = 0;
    hinge_tensor *elements;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &axis);
    if (!status)
        status = count_parts(node, x->dims[axis], &n, &size);
    if (!status)
        status = op_elements(node, node->outputs[0], HINGE_SEQUENCE, n, &elements);
    if (status)
        return status;
    bool keep = split || node->attributes[1].i;
    for (int32_t d = 0; d < x->rank; d++)
        if (d != axis || keep)
            dims[rank++] = x->dims[d];
    struct op_slices slices = {.type = x->type,
                               .outer = op_dims_count(x, 0, axis),
                               .inner = op_dims_count(x, axis + 1, x->rank),
                               .from_length = x->dims[axis]};
    for (int64_t i = 0; i < n && !status; i++) {
        int64_t left = x->dims[axis] - slices.from_first;
        slices.n = split && split->rank ? op_index_count(split, i, left)
                   : left < size        ? left
                                        : size;
        slices.to_length = slices.n;
        if (keep)
            dims[axis] = slices.n;
        status = node->host->tensor(node, &elements[i], x->type, rank, dims);
        if (!status)
            op_slices_copy(node, &slices, elements[i].data, x->data);
        slices.from_first += slices.n;
    }
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "axis", .type = HINGE_ATTR_INT},
    {.name = "keepdims", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL}};

#define SPLITTOSEQUENCE(types)                                                                     \
    .name = "SplitToSequence", .attributes = attributes,                                           \
    .signature =                                                                                   \
        "(input: T, split?: I) -> (output_sequence: seq(T)); T: " types "; I: int32 int64",        \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_splittosequence[] = {
    {.since = 11, .until = 23, SPLITTOSEQUENCE(OP_TYPES_ALL_IR3)},
    {.since = 24, SPLITTOSEQUENCE(OP_TYPES_ALL_IR4)},
    OP_END,
};
