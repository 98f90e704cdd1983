/* Drops nodes that say of themselves that output 0 is input 0 unchanged. */
#include "passes/pass.h"

static hinge_status is_no_op(struct pass_run *run, uint32_t index, bool *result)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    *result = false;
    if (node->removed || !node->definition->is_identity || !node->n_inputs || !node->n_outputs ||
        node->inputs[0] == GRAPH_NONE || node->outputs[0] == GRAPH_NONE)
        return HINGE_OK;
    for (uint32_t i = 1; i < node->n_outputs; i++)
        if (node->outputs[i] != GRAPH_NONE && graph->values[node->outputs[i]].n_readers)
            return HINGE_OK;
    if (!pass_is_alike(graph, node->inputs[0], node->outputs[0]))
        return HINGE_OK;
    struct arena arena = {graph->allocator, NULL};
    struct host_caller caller = pass_caller(run, NULL);
    struct host_node view;
    hinge_status status = host_node_describe(&view, &caller, graph, node, &arena);
    if (!status)
        *result = node->definition->is_identity(&view.node);
    arena_free(&arena);
    return status;
}

hinge_status pass_remove_no_ops(struct pass_run *run)
{
    struct graph *graph = run->graph;
    struct arena arena = {graph->allocator, NULL};
    uint32_t *replacements = arena_array(&arena, graph->n_values, sizeof *replacements);
    hinge_status status = replacements ? HINGE_OK : HINGE_NO_MEMORY;
    for (size_t v = 0; v < graph->n_values && replacements; v++)
        replacements[v] = GRAPH_NONE;
    for (uint32_t n = 0; n < graph->n_nodes && !status; n++) {
        const struct graph_node *node = &graph->nodes[n];
        bool no_op;
        graph_follow(graph, n, replacements);
        status = is_no_op(run, n, &no_op);
        if (status || !no_op ||
            !graph_replace_value(graph, node->outputs[0], node->inputs[0], replacements))
            continue;
        char text[256];
        pass_note(run, "removed %s", graph_node_text(graph, node, text, sizeof text));
        graph_remove_node(graph, n);
    }
    arena_free(&arena);
    return status ? status_no_memory(run->error) : HINGE_OK;
}
