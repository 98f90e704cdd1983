/* A plugin of elementwise operators that declare no activation, for hinge activation. */
#include <hinge/plugin.h>

enum { TIMES, LABEL, LEVELS };

static const struct hinge_attribute_def attributes[] = {
    {.name = "times", .type = HINGE_ATTR_INT, .i = 2},
    {.name = "label", .type = HINGE_ATTR_STRING, .s = ""},
    {.name = "levels", .type = HINGE_ATTR_FLOATS},
    {.name = NULL}};

static hinge_status times(const struct hinge_node *node)
{
    const float *x = node->inputs[0]->data;
    float *y = node->outputs[0]->data;
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++)
        y[i] = (float)node->attributes[TIMES].i * x[i];
    return HINGE_OK;
}

static hinge_status first(const struct hinge_node *node)
{
    *(float *)node->outputs[0]->data = 0;
    return HINGE_OK;
}

static hinge_status one(const struct hinge_node *node)
{
    node->outputs[0]->rank = 1;
    node->outputs[0]->dims[0] = 1;
    return HINGE_OK;
}

static const struct hinge_op operators[] = {
    {.name = "Times",
     .domain = "test",
     .since = 2,
     .until = 4,
     .signature = "(x: T) -> (y: T); T: float",
     .flags = HINGE_OP_ELEMENTWISE,
     .attributes = attributes,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, times})},
    {.name = "It's 'quoted'",
     .domain = "test",
     .since = 1,
     .signature = "(x: T) -> (y: T); T: float",
     .flags = HINGE_OP_ELEMENTWISE,
     .attributes = attributes,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, times})},
    {.name = "Whole",
     .domain = "test",
     .since = 1,
     .signature = "(x: T) -> (y: T); T: float",
     .kernels = HINGE_KERNELS({HINGE_FLOAT, times})},
    {.name = "Integers",
     .domain = "test",
     .since = 1,
     .signature = "(x: T) -> (y: T); T: int32",
     .flags = HINGE_OP_ELEMENTWISE,
     .kernels = HINGE_KERNELS({HINGE_INT32, times})},
    {.name = "Shrinking",
     .domain = "test",
     .since = 1,
     .signature = "(x: T) -> (y: T); T: float",
     .flags = HINGE_OP_ELEMENTWISE,
     .infer = one,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, first})},
    {.name = NULL},
};

HINGE_PLUGIN("elementwise", "1.0", 0, operators);
