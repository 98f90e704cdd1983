/* AveragePool-1, -7, -10, -11, -19, -22: 1 to 3 spatial dimensions. A window that lies in the
 * padding alone gives NaN (0 / 0) where padding does not count. */
#include "operators/kernels/pool/pool.h"
#include "operators/nn/window.h"

enum { COUNT_INCLUDE_PAD = WINDOW_CEIL_MODE + 1 };

static const struct hinge_attribute_def attributes[] = {
    WINDOW_ATTRIBUTES,
    {.name = "ceil_mode", .type = HINGE_ATTR_INT},
    {.name = "count_include_pad", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

static hinge_status averagepool_run(const struct hinge_node *node)
{
    struct pool_shape shape;
    hinge_status status = window_pool(node, node->inputs[0], &shape);
    shape.count_pads = node->attributes[COUNT_INCLUDE_PAD].i != 0;
    return status ? status : window_pool_run(node, &shape, pool_mean);
}

static const char *channels_last(const struct hinge_node *node)
{
    return node->inputs[0]->type == HINGE_FLOAT ? "AveragePoolChannelsLast" : NULL;
}

const struct hinge_op op_averagepool[] = {
    {.name = "AveragePool",
     .gradient = "average_pool:",
     .since = 1,
     .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .attributes = attributes,
     .infer = window_pool_infer,
     .prepare = window_pool_prepare,
     .channels_last = channels_last,
     .integers = "com.microsoft::QLinearAveragePool-1(a, y)",
     .kernels = HINGE_KERNELS(OP_FLOATING(averagepool_run))},
    OP_END,
};
