/* Tile-6, -13: dimension d of input 0 repeated repeats[d] times. Tile-1: dimension axis repeated
 * tiles times; both are whole numbers of input 0's type, as the standard has it, or int64, as it
 * says. */
#include "operators/op/copy.h"

static hinge_status repeats_along_axis(const struct hinge_node *node, int64_t *repeats)
{
    const int32_t rank = node->inputs[0]->rank;
    int64_t number[2];
    int32_t axis;
    for (unsigned k = 0; k < 2; k++) {
        if (hinge_count(node->inputs[k + 1]) != 1)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not one number", k ? "axis" : "tiles");
        const hinge_status status = op_whole_number(node, k + 1, 0, &number[k]);
        if (status)
            return status;
    }
    for (int32_t d = 0; d < rank; d++)
        repeats[d] = 1;
    const hinge_status status = op_axis(node, "axis", number[1], rank, &axis);
    if (!status)
        repeats[axis] = number[0];
    return status;
}

static hinge_status repeats_of(const struct hinge_node *node, int64_t *repeats)
{
    int32_t rank = node->inputs[0]->rank;
    size_t n;
    if (node->opset < 6)
        return repeats_along_axis(node, repeats);
    hinge_status status = op_input_ints(node, 1, repeats, HINGE_MAX_RANK, &n);
    if (!status && n != (size_t)rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%zu repeats for an input of rank %d", n, (int)rank);
    return status;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t repeats[HINGE_MAX_RANK], dims[HINGE_MAX_RANK];
    hinge_status status = repeats_of(node, repeats);
    for (int32_t d = 0; d < x->rank && !status; d++)
        if (repeats[d] < 0 || !op_multiply(x->dims[d], repeats[d], &dims[d]))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d of %lld cannot repeat %lld times",
                           (int)d, (long long)x->dims[d], (long long)repeats[d]);
    return status ? status : op_set_output(node, 0, x->type, x->rank, dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    int64_t repeats[HINGE_MAX_RANK], from[HINGE_MAX_RANK], to[HINGE_MAX_RANK];
    hinge_status status = repeats_of(node, repeats);
    if (status || hinge_count(y) == 0)
        return status;
    struct copy copy = {.rank = 2 * x->rank, .size = op_element_size(x)};
    op_strides(x, from);
    op_strides(y, to);
    for (int32_t d = 0; d < x->rank; d++) {
        copy.dims[2 * d] = repeats[d];
        copy.to[2 * d] = to[d] * x->dims[d];
        copy.from[2 * d] = 0;
        copy.dims[2 * d + 1] = x->dims[d];
        copy.to[2 * d + 1] = to[d];
        copy.from[2 * d + 1] = from[d];
    }
    op_move(node, &copy, y, 0, x, 0);
    return HINGE_OK;
}

static bool is_identity(const struct hinge_node *node)
{
    const hinge_tensor *repeats = node->inputs[1];
    if (!repeats->data || repeats->type != HINGE_INT64 || repeats->rank != 1)
        return false;
    for (int64_t i = 0; i < repeats->dims[0]; i++)
        if (((const int64_t *)repeats->data)[i] != 1)
            return false;
    return true;
}

const struct hinge_op op_tile[] = {
    {.name = "Tile",
     .since = 1,
     .until = 5,
     .signature = "(input: T, tiles: T1, axis: T1) -> (output: T); T: float16 float double; "
                  "T1: float16 float double int64",
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    {.name = "Tile",
     .gradient = "move:",
     .since = 6,
     .signature = "(input: T, repeats: T1) -> (output: T); T: " OP_TYPES_ALL_IR13 "; T1: int64",
     .infer = infer,
     .is_identity = is_identity,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
