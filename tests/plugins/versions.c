/* A sound plugin: an operator of its own whose meaning changes with the opset, and one that stands
 * in for a standard one in one type alone. */
#include <hinge/plugin.h>

static hinge_status fill(const struct hinge_node *node, float value)
{
    float *y = node->outputs[0]->data;
    int64_t count = hinge_count(node->outputs[0]);
    for (int64_t i = 0; i < count; i++)
        y[i] = value;
    return HINGE_OK;
}

static hinge_status one(const struct hinge_node *node)
{
    return fill(node, 1);
}

static hinge_status two(const struct hinge_node *node)
{
    return fill(node, 2);
}

static const struct hinge_op op_version[] = {{.name = "Version",
                                              .domain = "test.plugins",
                                              .since = 1,
                                              .until = 2,
                                              .signature = "(X: T) -> (Y: T); T: float",
                                              .kernels = HINGE_KERNELS({HINGE_FLOAT, one})},
                                             {.name = "Version",
                                              .domain = "test.plugins",
                                              .since = 3,
                                              .until = 5,
                                              .signature = "(X: T) -> (Y: T); T: float",
                                              .kernels = HINGE_KERNELS({HINGE_FLOAT, two})},
                                             {.name = NULL}};

static const struct hinge_op op_relu[] = {{.name = "Relu",
                                           .since = 6,
                                           .signature = "(X: T) -> (Y: T); T: double",
                                           .kernels = HINGE_KERNELS({HINGE_DOUBLE, two})},
                                          {.name = NULL}};

HINGE_PLUGIN("versions", "1", 0, op_version, op_relu);
