/* Conv -> Relu becomes one Conv, and so does every pair of an operator that absorbs an activation
 * and one that is an activation. */
#include "passes/pass.h"
#include "run/host.h"

/* Epilogues are computed in float32 only. Operators that have one take inputs of one type, so a
 * constant tells it where the shapes before are not known. */
static bool is_float(const struct graph *graph, const struct pass_shapes *shapes,
                     const struct graph_node *node)
{
    hinge_type type = pass_shape(shapes, node->outputs[0]).type;
    for (uint32_t i = 0; i < node->n_inputs && type == HINGE_NO_TYPE; i++)
        if (graph_is_constant(graph, node->inputs[i]))
            type = graph->values[node->inputs[i]].tensor.type;
    return type == HINGE_FLOAT;
}

static bool absorbs(struct pass_run *run, const struct pass_shapes *shapes, uint32_t index)
{
    const struct graph_node *node = &run->graph->nodes[index];
    return is_float(run->graph, shapes, node) && node->epilogue.activation.kind == HINGE_ACT_NONE &&
           registry_all_have(run->session->registry, node, HINGE_OP_ABSORBS_ACTIVATION);
}

static hinge_status fuse(struct pass_run *run, const struct pass_shapes *shapes, uint32_t index)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    if (node->removed || !node->definition->activation || !pass_has_one_output(graph, node))
        return HINGE_OK;
    uint32_t producer = pass_sole_producer(graph, node->inputs[0]);
    if (producer == GRAPH_NONE || graph->nodes[producer].outputs[0] != node->inputs[0] ||
        !absorbs(run, shapes, producer))
        return HINGE_OK;
    struct hinge_activation activation;
    hinge_status status = host_activation(graph, index, &activation);
    if (status || activation.kind == HINGE_ACT_NONE)
        return status;
    char from[256], to[256];
    pass_note(run, "fused %s into %s", graph_node_text(node, from, sizeof from),
              graph_node_text(&graph->nodes[producer], to, sizeof to));
    graph->nodes[producer].epilogue.activation = activation;
    graph->nodes[producer].activation_op = node->op;
    graph->nodes[producer].activation_domain = node->domain;
    pass_absorb(run, producer, index);
    return HINGE_OK;
}

hinge_status pass_fuse_activation(struct pass_run *run)
{
    struct pass_shapes shapes;
    hinge_status status = pass_find_shapes(run, &shapes);
    for (uint32_t n = 0; n < run->graph->n_nodes && !status; n++)
        status = fuse(run, &shapes, n);
    arena_free(&shapes.arena);
    return status ? status_no_memory(run->error) : HINGE_OK;
}
