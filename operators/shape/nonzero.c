/* NonZero-9, -13: the coordinates of the elements that are not zero, a column for each; those of a
 * scalar as of a list. -0 is zero, NaN is not. */
#include "operators/op_copy.h"

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
    default: break;
    }
    switch (op_element_size(x)) {
    case 1: return ((const uint8_t *)x->data)[i] == 0;
    case 2: return ((const uint16_t *)x->data)[i] == 0;
    case 4: return ((const uint32_t *)x->data)[i] == 0;
    default: return ((const uint64_t *)x->data)[i] == 0;
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t count = hinge_count(x), dims[2] = {x->rank ? x->rank : 1, 0}, n = 0;
    for (int64_t i = 0; i < count; i++)
        dims[1] += !is_zero(x, i);
    hinge_status status = node->host->resize(node, 0, 2, dims);
    if (status)
        return status;
    int64_t *y = node->outputs[0]->data;
    for (int64_t i = 0; i < count; i++) {
        if (is_zero(x, i))
            continue;
        int64_t rest = i;
        if (x->rank == 0)
            y[0] = 0;
        for (int32_t d = x->rank; d-- > 0; rest /= x->dims[d])
            y[d * dims[1] + n] = rest % x->dims[d];
        n++;
    }
    return HINGE_OK;
}

const struct hinge_op op_nonzero[] = {
    {.name = "NonZero",
     .since = 9,
     .signature = "(X: T) -> (Y: int64); T: " OP_TYPES_NUMBER " bool",
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
