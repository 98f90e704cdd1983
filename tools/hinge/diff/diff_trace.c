#include "diff/diff_trace.h"

#include <stdlib.h>
#include <string.h>

/* Marks of nodes to be looked at, and of values that have been found to be sources. */
struct walk {
    const struct diff *diff;
    bool *nodes, *values;
};

static void reach(struct walk *walk, size_t value)
{
    hinge_value_info info = {.size = sizeof info};
    const struct diff_state *state = diff_state(walk->diff, value);
    if (value >= walk->diff->n_states || !hinge_get_value(walk->diff->session, value, &info) ||
        info.is_constant)
        return;
    if ((state && state->verdict != DIFF_NOT_SEEN) || info.producer == HINGE_NO_INDEX)
        walk->values[value] = true;
    else
        walk->nodes[info.producer] = true;
}

/* What the node reads, its bodies too. */
static void reach_inputs(struct walk *walk, size_t node)
{
    const hinge_session *session = walk->diff->session;
    hinge_node_info info = {.size = sizeof info};
    hinge_graph_info graph = {.size = sizeof graph};
    hinge_value_info value = {.size = sizeof value};
    hinge_get_node(session, node, &info);
    for (size_t i = 0; i < info.n_inputs; i++)
        reach(walk, hinge_node_input(session, node, i));
    for (size_t g = 1; hinge_get_graph(session, g, &graph); g++)
        for (size_t v = 0; graph.parent_node == node && v < graph.n_values; v++)
            if (hinge_get_value(session, graph.first_value + v, &value))
                reach(walk, value.outer);
}

bool diff_trace(struct diff_trace *trace, const struct diff *diff, size_t value, hinge_error *error)
{
    hinge_graph_info graph = {.size = sizeof graph};
    hinge_value_info info = {.size = sizeof info};
    hinge_get_graph(diff->session, 0, &graph);
    struct walk walk = {diff, calloc(graph.n_nodes + 1, 1), calloc(graph.n_values + 1, 1)};
    *trace = (struct diff_trace){calloc(graph.n_nodes + 1, sizeof *trace->nodes),
                                 calloc(graph.n_values + 1, sizeof *trace->sources), 0, 0};
    bool ok =
        (walk.nodes && walk.values && trace->nodes && trace->sources) || error_no_memory(error);
    if (ok && hinge_get_value(diff->session, value, &info) && info.producer < graph.n_nodes)
        walk.nodes[info.producer] = true;
    /* Backwards: a node is marked before it is come to. */
    for (size_t n = graph.n_nodes; ok && n-- > 0;)
        if (walk.nodes[n])
            reach_inputs(&walk, n);
    for (size_t n = 0; ok && n < graph.n_nodes; n++)
        if (walk.nodes[n])
            trace->nodes[trace->n_nodes++] = n;
    for (size_t v = 0; ok && v < graph.n_values; v++)
        if (walk.values[v])
            trace->sources[trace->n_sources++] = v;
    free(walk.nodes);
    free(walk.values);
    if (!ok)
        diff_trace_free(trace);
    return ok;
}

void diff_trace_free(struct diff_trace *trace)
{
    free(trace->nodes);
    free(trace->sources);
    *trace = (struct diff_trace){0};
}
