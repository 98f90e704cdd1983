/* Conv -> Add(residual) becomes one Conv that adds the residual to its result. Only where the
 * residual is expected to have exactly the result's shape; unless both are known, with a way back.
 */
#include "passes/pass.h"

/* The node that computes one of sum's inputs and can add the other. */
static uint32_t find_absorber(struct pass_run *run, const struct pass_shapes *shapes,
                              const struct graph_node *sum)
{
    const struct graph *graph = run->graph;
    uint32_t best = GRAPH_NONE;
    if (sum->n_inputs != 2 || sum->inputs[0] == sum->inputs[1] || sum->inputs[0] == GRAPH_NONE ||
        sum->inputs[1] == GRAPH_NONE || !pass_same_shape(shapes, sum->inputs[0], sum->inputs[1]) ||
        pass_shape(shapes, sum->inputs[0]).type != HINGE_FLOAT)
        return GRAPH_NONE;
    for (int i = 0; i < 2; i++) {
        uint32_t producer = pass_sole_producer(graph, sum->inputs[i]);
        if (producer == GRAPH_NONE || (best != GRAPH_NONE && producer < best))
            continue;
        const struct graph_node *node = &graph->nodes[producer];
        if (node->epilogue.activation->kind == HINGE_ACT_NONE && !node->epilogue.addend &&
            node->outputs[0] == sum->inputs[i] &&
            (node->definition->flags & HINGE_OP_ABSORBS_ADDEND))
            best = producer;
    }
    return best;
}

static hinge_status fuse(struct pass_run *run, uint32_t into, uint32_t index)
{
    struct graph *graph = run->graph;
    const struct graph_node *sum = &graph->nodes[index];
    char from[256], to[256];
    pass_note(run, "fused %s into %s", graph_node_text(graph, sum, from, sizeof from),
              graph_node_text(graph, &graph->nodes[into], to, sizeof to));
    bool is_proven = pass_is_static(graph, sum->inputs[0]) && pass_is_static(graph, sum->inputs[1]);
    if (!is_proven && (pass_keep(run, into, into) || pass_keep(run, into, index)))
        return HINGE_NO_MEMORY;
    uint32_t addend = sum->inputs[graph->nodes[into].outputs[0] == sum->inputs[0]];
    /* Behind all inputs that the operator may have, a folded bias among them. */
    const struct graph_node *node = &graph->nodes[into];
    uint32_t position = node->max_inputs;
    if (node->n_inputs > position)
        position = node->n_inputs;
    if (graph_append_input(graph, into, position, addend))
        return HINGE_NO_MEMORY;
    graph->nodes[into].epilogue.addend = (int32_t)position;
    uint32_t n_spares = graph->nodes[into].n_spares;
    graph->nodes[into].n_spares = 0; /* the sum is among them already */
    hinge_status status = pass_absorb(run, into, index);
    graph->nodes[into].n_spares = n_spares;
    return status;
}

hinge_status pass_fuse_addend(struct pass_run *run)
{
    struct graph *graph = run->graph;
    struct pass_shapes shapes;
    hinge_status status = pass_find_shapes(run, &shapes);
    for (uint32_t n = 0; n < graph->n_nodes && !status; n++) {
        const struct graph_node *sum = &graph->nodes[n];
        if (sum->removed || !(sum->definition->flags & HINGE_OP_SUM) ||
            !pass_has_one_output(graph, sum) ||
            graph->values[sum->outputs[0]].type_code != HINGE_FLOAT)
            continue;
        uint32_t into = find_absorber(run, &shapes, sum);
        if (into != GRAPH_NONE)
            status = fuse(run, into, n);
    }
    arena_free(&shapes.arena);
    return status ? status_no_memory(run->error) : HINGE_OK;
}
