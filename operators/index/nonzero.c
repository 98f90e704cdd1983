/* NonZero-9, -13: the coordinates of the elements that are not zero, a column for each; those of a
 * scalar as of a list. -0 is zero, NaN is not; a complex number is zero where both of its parts
 * are, a string where it is empty. */
#include "operators/op/copy.h"

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[2] = {x->rank ? x->rank : 1, -1};
    return op_set_output(node, 0, HINGE_INT64, 2, dims);
}

static bool is_zero(const hinge_tensor *x, int64_t i)
{
    switch (x->type) {
    case HINGE_FLOAT: return ((const float *)x->data)[i] == 0;
    case HINGE_DOUBLE: return ((const double *)x->data)[i] == 0;
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16: return (((const uint16_t *)x->data)[i] & 0x7FFF) == 0;
    case HINGE_COMPLEX64:
        return ((const float *)x->data)[2 * i] == 0 && ((const float *)x->data)[2 * i + 1] == 0;
    case HINGE_COMPLEX128:
        return ((const double *)x->data)[2 * i] == 0 && ((const double *)x->data)[2 * i + 1] == 0;
    case HINGE_STRING: return ((const hinge_string *)x->data)[i].size == 0;
    default: break;
    }
    switch (op_element_size(x)) {
    case 1: return ((const uint8_t *)x->data)[i] == 0;
    case 2: return ((const uint16_t *)x->data)[i] == 0;
    case 4: return ((const uint32_t *)x->data)[i] == 0;
    default: return ((const uint64_t *)x->data)[i] == 0;
    }
}

/* Coordinates of the next row. */
static void advance(const hinge_tensor *x, int64_t *at)
{
    for (int32_t d = x->rank - 1; d-- > 0; at[d] = 0)
        if (++at[d] < x->dims[d])
            return;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t count = hinge_count(x), width = x->rank ? x->dims[x->rank - 1] : 1;
    int64_t dims[2] = {x->rank ? x->rank : 1, 0}, at[HINGE_MAX_RANK] = {0}, n = 0;
    for (int64_t i = 0; i < count; i++)
        dims[1] += !is_zero(x, i);
    hinge_status status = node->host->resize(node, 0, 2, dims);
    if (status)
        return status;
    int64_t *y = node->outputs[0]->data;
    for (int64_t row = 0, first; row < count; row += width, advance(x, at)) {
        first = n;
        /* Without a branch, which is foreseen of few masks; and of those that were counted, as
         * there may be more: see op/index.h. */
        for (int64_t k = 0; k < width && n < dims[1]; k++) {
            y[(dims[0] - 1) * dims[1] + n] = k;
            n += !is_zero(x, row + k);
        }
        for (int64_t d = 0; d < dims[0] - 1; d++)
            for (int64_t k = first; k < n; k++)
                y[d * dims[1] + k] = at[d];
    }
    return HINGE_OK;
}

const struct hinge_op op_nonzero[] = {
    {.name = "NonZero",
     .since = 9,
     .signature = "(X: T) -> (Y: int64); T: " OP_TYPES_ALL_IR4,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
