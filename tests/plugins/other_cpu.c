/* Needs a CPU feature that no CPU here has. */
#include <hinge/plugin.h>

static hinge_status run(const struct hinge_node *node)
{
    (void)node;
    return HINGE_OK;
}

static const struct hinge_op op_other[] = {{.name = "Other",
                                            .domain = "test.plugins",
                                            .since = 1,
                                            .signature = "(X: T) -> (Y: T); T: float double",
                                            .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
                                           {.name = NULL}};

HINGE_PLUGIN("other_cpu", "1", UINT64_C(1) << 63, op_other);
