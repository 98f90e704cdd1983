/* Made for an ABI that does not exist yet. */
#include <hinge/plugin.h>

static const struct hinge_op *const ops[] = {NULL};
extern HINGE_EXPORT const struct hinge_plugin hinge_plugin;
const struct hinge_plugin hinge_plugin = {.abi = HINGE_ABI + 1,
                                          .size = sizeof(struct hinge_plugin),
                                          .node_size = sizeof(struct hinge_node),
                                          .op_size = sizeof(struct hinge_op),
                                          .host_size = sizeof(struct hinge_host),
                                          .name = "wrong_abi",
                                          .version = "1",
                                          .ops = ops};
