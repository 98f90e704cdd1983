/* Gather-1, -11, -13: the slices of input 0 along axis that the indices name. */
#include "operators/op/copy.h"
#include "operators/op/index.h"

#define GRAIN_SIZE 65536

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1];
    int64_t dims[2 * HINGE_MAX_RANK];
    int32_t axis, rank = 0;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &axis);
    if (status)
        return status;
    for (int32_t d = 0; d < axis; d++)
        dims[rank++] = x->dims[d];
    for (int32_t d = 0; d < indices->rank; d++)
        dims[rank++] = indices->dims[d];
    for (int32_t d = axis + 1; d < x->rank; d++)
        dims[rank++] = x->dims[d];
    return op_set_output(node, 0, x->type, rank, dims);
}

struct gather {
    const hinge_tensor *indices;
    int64_t n_indices, limit;
    hinge_type type;
    int64_t row; /* units of a slice */
    const void *from;
    void *to;
};

static void gather_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct gather *g = argument;
    int64_t from = begin / g->n_indices * g->limit * g->row;
    const bool whole = hinge_type_bits(g->type) >= 8;
    int64_t i = begin % g->n_indices;
    (void)thread;
    for (int64_t r = begin; r < end; r++) {
        const int64_t at = from + op_index(g->indices, i, g->limit) * g->row;
        if (whole && g->row == 4)
            memcpy((char *)g->to + r * 4, (const char *)g->from + at, 4);
        else if (whole && g->row == 8)
            memcpy((char *)g->to + r * 8, (const char *)g->from + at, 8);
        else
            op_move_run(g->type, g->to, r * g->row, g->from, at, g->row);
        if (++i == g->n_indices) {
            i = 0;
            from += g->limit * g->row;
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1];
    hinge_tensor *y = node->outputs[0];
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &axis);
    if (!status)
        status = op_index_range(node, 1, x->dims[axis]);
    if (status || hinge_count(y) == 0)
        return status;
    struct gather g = {
        .indices = indices,
        .n_indices = hinge_count(indices),
        .limit = x->dims[axis],
        .type = x->type,
        .row = op_dims_count(x, axis + 1, x->rank) * (int64_t)op_element_size(x),
        .from = x->data,
        .to = y->data,
    };
    int64_t n_rows = op_dims_count(x, 0, axis) * g.n_indices;
    op_move_parallel(node, y, n_rows, op_grain(GRAIN_SIZE, g.row), gather_rows, &g);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {{.name = "axis", .type = HINGE_ATTR_INT},
                                                        {.name = NULL}};

const struct hinge_op op_gather[] = {
    {.name = "Gather",
     .gradient = "gather:",
     .since = 1,
     .signature =
         "(data: T, indices: Tind) -> (output: T); T: " OP_TYPES_ALL_IR13 "; Tind: int32 int64",
     .flags = HINGE_OP_MOVES,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
