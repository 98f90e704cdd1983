/* Uses one field of a header that is newer than the runtime's: USES names the struct. */
#include <hinge/plugin.h>

static hinge_status run(const struct hinge_node *node)
{
    (void)node;
    return HINGE_OK;
}

enum { USES_OP = 1, USES_KERNEL, USES_ATTRIBUTE, USES_PLUGIN };

static const struct hinge_attribute_def attributes[] = {
    {.name = "a", .type = HINGE_ATTR_INT},
    {.name = "b", .type = HINGE_ATTR_INT, .grown = USES == USES_ATTRIBUTE},
    {.name = NULL}};

static const struct hinge_kernel kernels[] = {{.type = HINGE_DOUBLE, .run = run},
                                              {HINGE_FLOAT, run, .grown = USES == USES_KERNEL},
                                              {.run = NULL}};

static const struct hinge_op op_first[] = {{.name = "GrownFirst",
                                            .domain = "test.plugins",
                                            .since = 1,
                                            .signature = "(X: T) -> (Y: T); T: float",
                                            .kernels = HINGE_KERNELS({HINGE_FLOAT, run})},
                                           {.name = "GrownSecond",
                                            .domain = "test.plugins",
                                            .since = 1,
                                            .signature = "(X: T) -> (Y: T); T: float double",
                                            .kernels = kernels,
                                            .attributes = attributes,
                                            .grown = USES == USES_OP},
                                           {.name = NULL}};

static const struct hinge_op *const ops[] = {op_first, NULL};
HINGE_EXTERN_C HINGE_EXPORT const struct hinge_plugin hinge_plugin;
const struct hinge_plugin hinge_plugin = {HINGE_PLUGIN_SIZES,          0, "grown", "1", 0, ops,
                                          .grown = USES == USES_PLUGIN};
