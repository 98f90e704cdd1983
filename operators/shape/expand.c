/* Expand-8, -13: input 0 broadcast against the dimensions in input 1, both ways. */
#include "operators/op/copy.h"

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t wanted[HINGE_MAX_RANK], dims[HINGE_MAX_RANK];
    size_t n;
    hinge_status status = op_input_ints(node, 1, wanted, HINGE_MAX_RANK, &n);
    if (status)
        return status;
    int32_t n_wanted = (int32_t)n, rank = x->rank > n_wanted ? x->rank : n_wanted;
    for (int32_t d = 0; d < rank; d++) {
        int32_t own = d - (rank - x->rank), given = d - (rank - n_wanted);
        int64_t from = own < 0 ? 1 : x->dims[own], to = given < 0 ? 1 : wanted[given];
        if (to < 0 || (from != to && from != 1 && to != 1))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d of %lld cannot be expanded to %lld",
                           (int)own, (long long)from, (long long)to);
        dims[d] = from == 1 ? to : from;
    }
    return op_set_output(node, 0, x->type, rank, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    if (hinge_count(y) == 0)
        return HINGE_OK;
    struct copy copy = {.rank = y->rank, .size = op_element_size(x)};
    int64_t strides[HINGE_MAX_RANK];
    op_strides(x, strides);
    op_strides(y, copy.to);
    for (int32_t d = 0; d < y->rank; d++) {
        int32_t own = d - (y->rank - x->rank);
        copy.dims[d] = y->dims[d];
        copy.from[d] = own < 0 || x->dims[own] == 1 ? 0 : strides[own];
    }
    op_move(node, &copy, y, 0, x, 0);
    return HINGE_OK;
}

const struct hinge_op op_expand[] = {
    {.name = "Expand",
     .gradient = "SumTo(dy, x)",
     .since = 8,
     .signature = "(input: T, shape: int64) -> (output: T); T: " OP_TYPES_ALL_IR13,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
