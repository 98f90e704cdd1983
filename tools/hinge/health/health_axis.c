#include "health/health_axis.h"

#include "health/health.h"

#include <hinge/plugin.h>
#include <string.h>

/* Flags of the operator in the first plugin that has it. */
static uint32_t flags_of(const hinge_registry *registry, const hinge_node_info *node)
{
    for (size_t p = 0; p < hinge_n_plugins(registry); p++) {
        hinge_op_info op = {.size = sizeof op};
        for (size_t i = 0; hinge_get_op(registry, p, i, &op); i++)
            if (strcmp(op.name, node->op) == 0 && strcmp(op.domain, node->domain) == 0)
                return op.flags;
    }
    return 0;
}

static size_t producer_of(const hinge_session *session, size_t node, size_t input)
{
    hinge_value_info value = {.size = sizeof value};
    return hinge_get_value(session, hinge_node_input(session, node, input), &value)
               ? value.producer
               : HINGE_NO_INDEX;
}

static bool is_op(const hinge_node_info *node, const char *op)
{
    return strcmp(node->op, op) == 0 && !*node->domain;
}

/* The node in front, where this one only passes channels on; HINGE_NO_INDEX where it makes them or
 * nothing is in front. Of an elementwise node's inputs it is the first that a node makes. */
static size_t step_back(const hinge_session *session, const hinge_registry *registry, size_t index,
                        const hinge_node_info *node)
{
    hinge_activation_info activation = {.size = sizeof activation};
    uint32_t flags = flags_of(registry, node);
    if ((flags & HINGE_OP_VIEW) || is_op(node, "Transpose"))
        return producer_of(session, index, 0);
    bool is_activation = hinge_get_activation(session, index, &activation) && !activation.is_fused;
    if (!(flags & HINGE_OP_ELEMENTWISE) && !is_activation)
        return HINGE_NO_INDEX;
    size_t producer = HINGE_NO_INDEX;
    for (size_t i = 0; i < node->n_inputs && producer == HINGE_NO_INDEX; i++)
        producer = producer_of(session, index, i);
    return producer;
}

/* Axis 0 is the batch. */
static int32_t axis_of_size(const hinge_tensor *tensor, int64_t size)
{
    int32_t found = HEALTH_NO_AXIS;
    for (int32_t i = 1; i < tensor->rank; i++)
        if (tensor->dims[i] == size) {
            if (found != HEALTH_NO_AXIS)
                return HEALTH_NO_AXIS;
            found = i;
        }
    return found;
}

int32_t health_axis(const hinge_session *session, const hinge_tensor *shapes,
                    const hinge_registry *registry, size_t node)
{
    hinge_node_info info = {.size = sizeof info};
    const hinge_tensor *output = &shapes[node], *made;
    size_t maker = node, before;
    if (output->rank < 2)
        return HEALTH_NO_AXIS;
    /* Producers come before their readers, so that this ends. */
    while (hinge_get_node(session, maker, &info) &&
           (before = step_back(session, registry, maker, &info)) != HINGE_NO_INDEX)
        maker = before;
    made = &shapes[maker];
    if (made->rank < 2)
        return 1;
    bool is_last = is_op(&info, "MatMul") || is_op(&info, "Gemm");
    int64_t n_channels = made->dims[is_last ? made->rank - 1 : 1];
    int32_t same = is_last ? output->rank - 1 : 1;
    if (output->dims[same] == n_channels)
        return same;
    int32_t moved = axis_of_size(output, n_channels);
    return moved == HEALTH_NO_AXIS ? 1 : moved;
}
