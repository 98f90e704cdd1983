/* Made for an ABI that does not exist yet. */
#include <hinge/plugin.h>

static const struct hinge_op *const ops[] = {NULL};
extern HINGE_EXPORT const struct hinge_plugin hinge_plugin;
const struct hinge_plugin hinge_plugin = {.abi = HINGE_ABI + 1,
                                          .size = sizeof(struct hinge_plugin),
                                          .node_size = sizeof(struct hinge_node),
                                          .host_size = sizeof(struct hinge_host),
                                          .op_size = sizeof(struct hinge_op),
                                          .kernel_size = sizeof(struct hinge_kernel),
                                          .attribute_def_size = sizeof(struct hinge_attribute_def),
                                          .epilogue_size = sizeof(struct hinge_epilogue),
                                          .activation_size = sizeof(struct hinge_activation),
                                          .linear_size = sizeof(struct hinge_linear),
                                          .name = "wrong_abi",
                                          .version = "1",
                                          .ops = ops};
