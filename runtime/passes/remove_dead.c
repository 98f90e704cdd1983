/* Drops nodes whose outputs nobody reads, last ones first, and frees constants without readers. */
#include "passes/pass.h"

static bool is_read(const struct graph *graph, const struct graph_node *node)
{
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] != GRAPH_NONE && graph->values[node->outputs[i]].n_readers)
            return true;
    return false;
}

/* A body that no longer reads a value of the graph around it does not hold it either. */
static void forget_unread(struct graph *graph)
{
    for (size_t v = 0; v < graph->n_values; v++) {
        struct graph_value *value = &graph->values[v];
        if (value->outer == GRAPH_NONE || value->n_readers)
            continue;
        graph->parent->values[value->outer].n_readers--;
        value->outer = GRAPH_NONE;
    }
}

hinge_status pass_remove_dead(struct pass_run *run)
{
    struct graph *graph = run->graph;
    for (size_t n = graph->n_nodes; n-- > 0;) {
        if (graph->nodes[n].removed || is_read(graph, &graph->nodes[n]))
            continue;
        char text[256];
        pass_note(run, "removed %s", graph_node_text(graph, &graph->nodes[n], text, sizeof text));
        graph_remove_node(graph, (uint32_t)n);
    }
    for (uint32_t v = 0; v < graph->n_values; v++)
        if (graph_is_constant(graph, v) && graph->values[v].n_readers == 0)
            graph_drop_constant(graph, v);
    forget_unread(graph);
    return HINGE_OK;
}
