/* Conv -> Relu becomes one Conv, and so does every pair of an operator that absorbs an activation
 * and one that is an activation. */
#include "passes/pass.h"
#include "run/host.h"

static hinge_status activation_of(struct pass_run *run, uint32_t index,
                                  struct hinge_activation *activation)
{
    struct graph *graph = run->graph;
    *activation = (struct hinge_activation){.kind = HINGE_ACT_NONE};
    struct arena arena = {graph->allocator, NULL};
    struct host_caller caller = {.allocator = graph->allocator, .graph = graph};
    struct host_node view;
    hinge_status status = host_node_describe(&view, &caller, index, &arena);
    if (!status)
        graph->nodes[index].definition->activation(&view.node, activation);
    arena_free(&arena);
    return status;
}

static bool absorbs(struct pass_run *run, uint32_t index)
{
    const struct graph_node *node = &run->graph->nodes[index];
    return node->epilogue.activation.kind == HINGE_ACT_NONE &&
           registry_all_have(run->session->registry, node, HINGE_OP_ABSORBS_ACTIVATION);
}

hinge_status pass_fuse_activation(struct pass_run *run)
{
    struct graph *graph = run->graph;
    for (uint32_t n = 0; n < graph->n_nodes; n++) {
        const struct graph_node *node = &graph->nodes[n];
        if (node->removed || !node->definition->activation || !pass_has_one_output(graph, node))
            continue;
        uint32_t producer = pass_sole_producer(graph, node->inputs[0]);
        if (producer == GRAPH_NONE || graph->nodes[producer].outputs[0] != node->inputs[0] ||
            !absorbs(run, producer))
            continue;
        struct hinge_activation activation;
        if (activation_of(run, n, &activation))
            return status_no_memory(run->error);
        if (activation.kind == HINGE_ACT_NONE)
            continue;
        char from[256], to[256];
        pass_note(run, "fused %s into %s", graph_node_text(node, from, sizeof from),
                  graph_node_text(&graph->nodes[producer], to, sizeof to));
        graph->nodes[producer].epilogue.activation = activation;
        pass_absorb(run, producer, n);
    }
    return HINGE_OK;
}
