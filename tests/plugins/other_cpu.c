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
                                            .inputs = {1, 1},
                                            .outputs = {1, 1},
                                            .kernels = {{HINGE_NO_TYPE, run}}},
                                           {.name = NULL}};

HINGE_PLUGIN("other_cpu", "1", 1u << 31, op_other);
