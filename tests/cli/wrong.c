/* A plugin whose Relu adds 0.5 to the element of index 5, for hinge diff to find. */
#include <hinge/plugin.h>

static hinge_status relu(const struct hinge_node *node)
{
    const float *x = node->inputs[0]->data;
    float *y = node->outputs[0]->data;
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++)
        y[i] = (x[i] > 0 ? x[i] : 0) + (i == 5 ? 0.5f : 0);
    return HINGE_OK;
}

static const struct hinge_op operators[] = {
    {.name = "Relu",
     .since = 6,
     .signature = "(X: T) -> (Y: T); T: float",
     .kernels = HINGE_KERNELS({HINGE_FLOAT, relu})},
    {.name = NULL},
};

HINGE_PLUGIN("wrong", "1.0", 0, operators);
