/* Computes nodes that read only constants, or only shapes that are known, by their own kernels, in
 * the order of the graph; on the way all values get the shapes that are known without a run. First
 * without constants that a DequantizeLinear makes floats, which would hide that they are integers;
 * then, when what computes with integers has been found, these too. */
#include "host/evaluate.h"
#include "passes/pass.h"

#include <string.h>

static bool is_foldable(const struct graph *graph, const struct graph_node *node)
{
    if (node->definition->flags & HINGE_OP_NONDETERMINISTIC)
        return false;
    for (uint32_t a = 0; a < node->n_attributes; a++)
        if (node->attributes[a].graph)
            return false;
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] != GRAPH_NONE &&
            hinge_is_container(graph->values[node->outputs[i]].tensor.type))
            return false;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        uint32_t input = node->inputs[i];
        if (input != GRAPH_NONE && !(node->definition->flags & HINGE_OP_SHAPE_ONLY) &&
            (!graph_is_constant(graph, input) || !graph->values[input].tensor.data))
            return false;
    }
    return true;
}

/* Frees the constants that only the folded node read. */
static void drop_inputs(struct graph *graph, const struct graph_node *node)
{
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE && graph->values[node->inputs[i]].n_readers == 0)
            graph_drop_constant(graph, node->inputs[i]);
}

static hinge_status fold(struct pass_run *run, bool dequantizes)
{
    struct graph *graph = run->graph;
    for (uint32_t n = 0; n < graph->n_nodes; n++) {
        bool known;
        hinge_status status = pass_infer_node(run, n, &known);
        if (status)
            return status;
        if (!known || !is_foldable(graph, &graph->nodes[n]) ||
            (!dequantizes && strcmp(graph->nodes[n].op, "DequantizeLinear") == 0))
            continue;
        status = evaluate_node(run->passes->session, graph, n, run->passes->budget, run->error);
        /* What does not fit now may fit into a run, which gives memory back on its way. */
        if (status == HINGE_LIMIT || status == HINGE_NEEDS_DATA || status == HINGE_NO_MEMORY ||
            (status && graph->parent)) /* a branch that may never be taken */
            continue;
        if (status)
            return status;
        char text[256];
        pass_note(run, "computed %s", graph_node_text(graph, &graph->nodes[n], text, sizeof text));
        graph_remove_node(graph, n);
        drop_inputs(graph, &graph->nodes[n]);
    }
    return HINGE_OK;
}

hinge_status pass_fold_constants(struct pass_run *run)
{
    return fold(run, false);
}

hinge_status pass_fold_weights(struct pass_run *run)
{
    return fold(run, true);
}
