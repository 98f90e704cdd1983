/* Conv -> Relu becomes one Conv, and so does every pair of an operator that absorbs an activation
 * and one that is an activation. */
#include "passes/pass.h"

/* Epilogues are computed in float32 only. */
static bool absorbs(const struct graph *graph, const struct graph_node *node)
{
    return graph->values[node->outputs[0]].type_code == HINGE_FLOAT &&
           node->epilogue.activation->kind == HINGE_ACT_NONE &&
           (node->definition->flags & HINGE_OP_ABSORBS_ACTIVATION);
}

/* An operator of another plugin may not know the kind, and computes it by row then. */
static bool can_compute(const struct graph_node *by, const struct graph_node *node,
                        const struct hinge_activation *activation)
{
    return activation->kind != HINGE_ACT_NONE &&
           (activation->row || by->plugin->built_in || by->plugin == node->plugin);
}

static hinge_status fuse(struct pass_run *run, uint32_t index)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    if (node->removed || !node->definition->activation || !pass_has_one_output(graph, node) ||
        node->n_inputs == 0 || !pass_is_alike(graph, node->inputs[0], node->outputs[0]))
        return HINGE_OK;
    uint32_t producer = pass_sole_producer(graph, node->inputs[0]);
    if (producer == GRAPH_NONE || graph->nodes[producer].outputs[0] != node->inputs[0] ||
        !absorbs(graph, &graph->nodes[producer]))
        return HINGE_OK;
    struct hinge_activation *activation = arena_alloc(&graph->arena, sizeof *activation);
    if (!activation)
        return HINGE_NO_MEMORY;
    hinge_status status = host_activation(graph, node, activation);
    if (status || !can_compute(&graph->nodes[producer], node, activation))
        return status;
    char from[256], to[256];
    pass_note(run, "fused %s into %s", graph_node_text(graph, node, from, sizeof from),
              graph_node_text(graph, &graph->nodes[producer], to, sizeof to));
    graph->nodes[producer].epilogue.activation = activation;
    graph->nodes[producer].activation_op = node->op;
    graph->nodes[producer].activation_domain = node->domain;
    return pass_absorb(run, producer, index);
}

hinge_status pass_fuse_activation(struct pass_run *run)
{
    hinge_status status = HINGE_OK;
    for (uint32_t n = 0; n < run->graph->n_nodes && !status; n++)
        status = fuse(run, n);
    return status ? status_no_memory(run->error) : HINGE_OK;
}
