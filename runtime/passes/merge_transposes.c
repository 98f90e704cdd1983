/* A Transpose of what a Transpose has made becomes one, or none where the second takes back what
 * the first did. Nodes with a way back stay: their spare nodes would have to follow. */
#include "passes/pass.h"

#include <string.h>

bool pass_is_transpose(const struct graph_node *node)
{
    return !node->removed && !strcmp(node->op, "Transpose") && !*node->domain && !node->n_spares;
}

/* The order of axes that a Transpose makes; NULL where it does not say, or value is made otherwise.
 */
static const struct hinge_attribute *order_of(const struct graph *graph, uint32_t value)
{
    const uint32_t producer = value == GRAPH_NONE ? GRAPH_NONE : graph->values[value].producer;
    if (producer == GRAPH_NONE || !pass_is_transpose(&graph->nodes[producer]))
        return NULL;
    const struct hinge_attribute *perm =
        pass_attribute(&graph->nodes[producer], "perm", HINGE_ATTR_INTS);
    return perm && perm->count > 0 && perm->count <= HINGE_MAX_RANK ? perm : NULL;
}

/* Order of what second makes of what first has made; false where they do not fit. */
static bool combine(const struct hinge_attribute *first, const struct hinge_attribute *second,
                    int64_t combined[HINGE_MAX_RANK])
{
    if (first->count != second->count)
        return false;
    for (size_t d = 0; d < second->count; d++) {
        const int64_t from = second->ints[d];
        if (from < 0 || from >= (int64_t)first->count)
            return false;
        combined[d] = first->ints[from];
    }
    return true;
}

static bool is_in_order(const int64_t *perm, size_t count)
{
    for (size_t d = 0; d < count; d++)
        if (perm[d] != (int64_t)d)
            return false;
    return true;
}

/* Lets a node read what went into two Transposes of its input that cancel each other. */
static void read_through(struct pass_run *run, uint32_t node, uint32_t i)
{
    struct graph *graph = run->graph;
    const uint32_t value = graph->nodes[node].inputs[i];
    const struct hinge_attribute *second = order_of(graph, value);
    if (!second)
        return;
    const struct graph_node *transpose = &graph->nodes[graph->values[value].producer];
    const struct hinge_attribute *first = order_of(graph, transpose->inputs[0]);
    int64_t combined[HINGE_MAX_RANK];
    if (!first || !combine(first, second, combined) || !is_in_order(combined, second->count))
        return;
    char text[256];
    pass_note(run, "%s turns nothing", graph_node_text(graph, transpose, text, sizeof text));
    graph_set_input(graph, node, i,
                    graph->nodes[graph->values[transpose->inputs[0]].producer].inputs[0]);
}

/* Makes a Transpose of a Transpose read what went into that. */
static hinge_status merge(struct pass_run *run, uint32_t index)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    const struct hinge_attribute *first = order_of(graph, node->inputs[0]),
                                 *second = order_of(graph, node->outputs[0]);
    int64_t combined[HINGE_MAX_RANK];
    if (!first || !second || !combine(first, second, combined) ||
        is_in_order(combined, second->count))
        return HINGE_OK;
    int64_t *perm = arena_array(&graph->arena, second->count, sizeof *perm);
    if (!perm)
        return HINGE_NO_MEMORY;
    memcpy(perm, combined, second->count * sizeof *perm);
    struct graph_attribute attribute = {.name = "perm", .value = *second};
    attribute.value.ints = perm;
    char text[256];
    pass_note(run, "made one of %s and the one before it",
              graph_node_text(graph, node, text, sizeof text));
    graph_set_input(graph, index, 0,
                    graph->nodes[graph->values[node->inputs[0]].producer].inputs[0]);
    hinge_status status = pass_set_attribute(graph, index, &attribute);
    return status ? status : pass_bind(run, index);
}

hinge_status pass_merge_transposes(struct pass_run *run)
{
    struct graph *graph = run->graph;
    hinge_status status = HINGE_OK;
    for (uint32_t n = 0; n < graph->n_nodes && !status; n++) {
        const struct graph_node *node = &graph->nodes[n];
        for (uint32_t i = 0; i < node->n_inputs && !node->removed && !node->n_spares; i++)
            read_through(run, n, i);
        if (pass_is_transpose(node))
            status = merge(run, n);
    }
    for (size_t n = graph->n_nodes; n-- > 0;)
        if (pass_is_transpose(&graph->nodes[n]) &&
            !graph->values[graph->nodes[n].outputs[0]].n_readers)
            graph_remove_node(graph, (uint32_t)n);
    return status == HINGE_NO_MEMORY ? status_no_memory(run->error) : status;
}
