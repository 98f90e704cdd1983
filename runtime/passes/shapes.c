/* Shapes that are known without a run: inferred node by node from inputs whose dims are known. What
 * a model declares of its inner values is not believed. */
#include "passes/pass.h"
#include "run/host.h"

#include <string.h>

bool pass_has_shape(const struct graph *graph, uint32_t value)
{
    size_t size;
    return host_tensor_size(&graph->values[value].tensor, &size) &&
           graph->values[value].tensor.type != HINGE_NO_TYPE;
}

static bool forget_outputs(struct graph *graph, const struct graph_node *node, hinge_tensor *kept)
{
    for (uint32_t i = 0; i < node->n_outputs; i++) {
        if (node->outputs[i] == GRAPH_NONE)
            continue;
        struct graph_value *value = &graph->values[node->outputs[i]];
        kept[i] = value->tensor;
        value->tensor = (hinge_tensor){.rank = -1};
    }
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE && !pass_has_shape(graph, node->inputs[i]))
            return false;
    return true;
}

hinge_status pass_infer_node(struct pass_run *run, uint32_t index, bool *known)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    struct arena arena = {graph->allocator, NULL};
    struct host_caller caller = {
        .allocator = graph->allocator, .graph = graph, .error = run->error};
    struct host_node view;
    hinge_tensor *kept = arena_array(&arena, node->n_outputs, sizeof *kept);
    hinge_status status =
        kept ? host_node_describe(&view, &caller, index, &arena) : HINGE_NO_MEMORY;
    *known = false;
    if (!status && forget_outputs(graph, node, kept)) {
        status = host_infer(&view, node->definition, node->bound);
        *known = status == HINGE_OK;
        if (status == HINGE_NEEDS_DATA)
            status = HINGE_OK;
        else if (status)
            status = host_blame(&caller, node, status);
    }
    for (uint32_t i = 0; i < node->n_outputs && kept; i++) {
        if (node->outputs[i] == GRAPH_NONE)
            continue;
        bool has_shape = pass_has_shape(graph, node->outputs[i]);
        *known &= has_shape;
        /* The description of a model's output stays what the model says, unless more is known. */
        if (!has_shape)
            graph->values[node->outputs[i]].tensor =
                graph->values[node->outputs[i]].is_output ? kept[i] : (hinge_tensor){.rank = -1};
    }
    arena_free(&arena);
    return status;
}
