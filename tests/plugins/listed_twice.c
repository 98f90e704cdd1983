/* Two entries that answer for the same operator, opset and type. */
#include <hinge/plugin.h>

static hinge_status run(const struct hinge_node *node)
{
    (void)node;
    return HINGE_OK;
}

static const struct hinge_op op_twice[] = {{.name = "Twice",
                                            .domain = "test.plugins",
                                            .since = 1,
                                            .until = 3,
                                            .signature = "(X: T) -> (Y: T); T: float",
                                            .kernels = HINGE_KERNELS({HINGE_FLOAT, run})},
                                           {.name = "Twice",
                                            .domain = "test.plugins",
                                            .since = 3,
                                            .signature = "(X: T) -> (Y: T); T: float",
                                            .kernels = HINGE_KERNELS({HINGE_FLOAT, run})},
                                           {.name = NULL}};

HINGE_PLUGIN("listed_twice", "1", 0, op_twice);
