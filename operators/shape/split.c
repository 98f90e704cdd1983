/* Split-1, -2, -11, -13, -18: parts along axis, of the sizes in split (an attribute up to opset 12,
 * in version 1 also an input of input 0's type, from 13 on one of int64) or of equal size; from 18
 * on into num_outputs, of which the last may be smaller. axis is 0 where version 1 leaves it out.
 */
#include "operators/op/copy.h"

/* Where the sizes are given: as integers, or in version 1 as numbers of input 1. */
struct sizes {
    const int64_t *list;
    bool is_input, are_given;
    int64_t count;
};

static struct sizes given_sizes(const struct hinge_node *node)
{
    const hinge_tensor *split = op_input(node, 1);
    if (split && node->opset < 13)
        return (struct sizes){.is_input = true, .are_given = true, .count = hinge_count(split)};
    if (split)
        return (struct sizes){split->data, false, true, hinge_count(split)};
    if (node->opset < 13 && node->attributes[1].present)
        return (struct sizes){node->attributes[1].ints, false, true,
                              (int64_t)node->attributes[1].count};
    return (struct sizes){.are_given = false};
}

static hinge_status size_of(const struct hinge_node *node, const struct sizes *sizes, int64_t k,
                            int64_t *size)
{
    if (sizes->is_input)
        return op_whole_number(node, 1, k, size);
    *size = sizes->list[k];
    return HINGE_OK;
}

/* Where split is left out. Up to opset 17 the parts must be equal. */
static hinge_status equal_size(const struct hinge_node *node, int64_t total, int64_t *size)
{
    int64_t n = node->n_outputs;
    if (node->opset >= 18 && node->attributes[1].present && node->attributes[1].i != n)
        return OP_FAIL(node, HINGE_BAD_MODEL, "num_outputs is %lld for %lld outputs",
                       (long long)node->attributes[1].i, (long long)n);
    if (node->opset < 18 && total % n)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "a dimension of %lld cannot be split into %lld",
                       (long long)total, (long long)n);
    *size = total / n + (total % n != 0);
    if (total - *size * (n - 1) < 0)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "a dimension of %lld cannot be split into %lld",
                       (long long)total, (long long)n);
    return HINGE_OK;
}

static hinge_status check_given(const struct hinge_node *node, const struct sizes *sizes,
                                int64_t total)
{
    int64_t left = total, size;
    if (sizes->count != node->n_outputs)
        return OP_FAIL(node, HINGE_BAD_MODEL, "split has %lld entries for %u outputs",
                       (long long)sizes->count, (unsigned)node->n_outputs);
    for (int64_t i = 0; i < sizes->count; i++) {
        const hinge_status status = size_of(node, sizes, i, &size);
        if (status)
            return status;
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

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *split = op_input(node, 1);
    int64_t dims[HINGE_MAX_RANK], equal = 0;
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &axis);
    if (status)
        return status;
    if (split && split->rank != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "split has rank %d, not 1", (int)split->rank);
    if (split && node->opset < 13 && node->attributes[1].present)
        return OP_FAIL(node, HINGE_BAD_MODEL, "split is there as an attribute and as an input");
    if (split && !split->data && hinge_count(split))
        return HINGE_NEEDS_DATA;
    int64_t total = x->dims[axis], left = total;
    const struct sizes sizes = given_sizes(node);
    status = sizes.are_given ? check_given(node, &sizes, total) : equal_size(node, total, &equal);
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = x->dims[d];
    for (uint32_t k = 0; k < node->n_outputs && !status; k++) {
        dims[axis] = left < equal ? left : equal;
        if (sizes.are_given)
            status = size_of(node, &sizes, k, &dims[axis]);
        left -= dims[axis];
        if (!status)
            status = op_set_output(node, k, x->type, x->rank, dims);
    }
    return status;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t equal = 0;
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &axis);
    if (status || hinge_count(x) == 0)
        return status;
    const struct sizes sizes = given_sizes(node);
    if (!sizes.are_given)
        status = equal_size(node, x->dims[axis], &equal);
    int64_t inner = op_dims_count(x, axis + 1, x->rank) * (int64_t)op_element_size(x);
    int64_t outer = op_dims_count(x, 0, axis), left = x->dims[axis];
    int64_t from = 0;
    for (uint32_t k = 0; k < node->n_outputs && !status; k++) {
        int64_t size = left < equal ? left : equal;
        if (sizes.are_given)
            status = size_of(node, &sizes, k, &size);
        int64_t row = size * inner;
        left -= size;
        struct copy copy = {.rank = 2,
                            .size = 1,
                            .dims = {outer, row},
                            .to = {row, 1},
                            .from = {x->dims[axis] * inner, 1}};
        if (row && node->outputs[k] && !status)
            op_move(node, &copy, node->outputs[k], 0, x, from);
        from += row;
    }
    return status;
}

static const struct hinge_attribute_def attributes_2[] = {
    {.name = "axis", .type = HINGE_ATTR_INT},
    {.name = "split", .type = HINGE_ATTR_INTS},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_18[] = {
    {.name = "axis", .type = HINGE_ATTR_INT},
    {.name = "num_outputs", .type = HINGE_ATTR_INT},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_13[] = {{.name = "axis", .type = HINGE_ATTR_INT},
                                                           {.name = NULL}};

#define SPLIT                                                                                      \
    .name = "Split", .gradient = "split:", .infer = infer,                                         \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_split[] = {
    {SPLIT, .since = 1, .until = 1,
     .signature = "(input: T, split?: T) -> (outputs...: T); T: float16 float double",
     .attributes = attributes_2},
    {SPLIT, .since = 2, .until = 12,
     .signature = "(input: T) -> (outputs...: T); T: " OP_TYPES_ALL_IR13,
     .attributes = attributes_2},
    {SPLIT, .since = 13, .until = 17,
     .signature = "(input: T, split?: int64) -> (outputs...: T); T: " OP_TYPES_ALL_IR13,
     .attributes = attributes_13},
    {SPLIT, .since = 18,
     .signature = "(input: T, split?: int64) -> (outputs...: T); T: " OP_TYPES_ALL_IR13,
     .attributes = attributes_18},
    OP_END,
};
