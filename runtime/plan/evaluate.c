#include "plan/evaluate.h"

#include <string.h>

/* Shape arithmetic is a few elements long; what is larger belongs into a run. */
#define SMALL_SIZE ((size_t)16 << 10)

static bool total_size(const struct hinge_node *node, size_t *total)
{
    *total = 0;
    for (uint32_t i = 0; i < node->n_outputs; i++) {
        size_t size;
        if (node->outputs[i] &&
            (!host_tensor_size(node->outputs[i], &size) || !memory_add(*total, size, total)))
            return false;
    }
    return true;
}

bool evaluate_is_small(const struct hinge_node *node)
{
    size_t total;
    return total_size(node, &total) && total <= SMALL_SIZE;
}

static hinge_status run(struct host_node *node)
{
    size_t scratch;
    hinge_status status = host_scratch(node, &scratch);
    if (status)
        return status;
    const hinge_allocator *allocator = node->caller->allocator;
    if (scratch && !(node->node.scratch = memory_alloc(allocator, scratch)))
        return HINGE_NO_MEMORY;
    status = host_run(node);
    memory_free(allocator, node->node.scratch);
    node->node.scratch = NULL;
    return status;
}

hinge_status evaluate_prepared(struct host_node *node, struct arena *arena)
{
    for (uint32_t i = 0; i < node->node.n_outputs; i++) {
        hinge_tensor *output = node->node.outputs[i];
        size_t size;
        if (!output)
            continue;
        if (!host_tensor_size(output, &size) || !(output->data = arena_alloc(arena, size + 1)))
            return HINGE_NO_MEMORY;
    }
    return run(node);
}

/* Inferred outputs of node with memory of their own. */
static hinge_status give_memory(struct host_node *node, size_t limit)
{
    size_t total;
    if (!total_size(&node->node, &total))
        return HINGE_NEEDS_DATA;
    if (total > limit)
        return HINGE_LIMIT;
    for (uint32_t i = 0; i < node->node.n_outputs; i++) {
        hinge_tensor *output = node->node.outputs[i];
        size_t size = 0;
        if (!output)
            continue;
        host_tensor_size(output, &size);
        output->data = memory_alloc(node->caller->allocator, size);
        if (!output->data)
            return HINGE_NO_MEMORY;
    }
    return HINGE_OK;
}

hinge_status evaluate_node(const struct registry *registry, struct threads *threads,
                           struct graph *graph, uint32_t index, size_t limit, hinge_error *error)
{
    const struct graph_node *graph_node = &graph->nodes[index];
    uint32_t n_inputs = graph_node->n_inputs, n_outputs = graph_node->n_outputs;
    struct arena arena = {graph->allocator, NULL};
    const hinge_tensor **inputs = arena_array(&arena, n_inputs, sizeof *inputs);
    hinge_tensor **outputs = arena_array(&arena, n_outputs, sizeof *outputs);
    hinge_tensor *results = arena_array(&arena, n_outputs, sizeof *results);
    struct node_state state = {.op = NULL};
    struct host_caller caller = {.allocator = graph->allocator,
                                 .threads = threads,
                                 .graph = graph,
                                 .error = error,
                                 .strings = {graph->allocator, NULL}};
    struct host_node node;
    hinge_status status = HINGE_NO_MEMORY;
    if (!inputs || !outputs || !results)
        goto out;
    for (uint32_t i = 0; i < n_inputs; i++)
        if (graph_node->inputs[i] != GRAPH_NONE)
            inputs[i] = &graph->values[graph_node->inputs[i]].tensor;
    for (uint32_t i = 0; i < n_outputs; i++)
        if (graph_node->outputs[i] != GRAPH_NONE)
            outputs[i] = &results[i];
    host_node_set(&node, &caller, index, inputs, outputs);
    node.state = &state;
    status = host_infer(&node, graph_node->definition, graph_node->bound);
    if (!status)
        status = give_memory(&node, limit);
    if (!status)
        status = host_prepare(&node, registry);
    if (!status)
        status = run(&node);
    for (uint32_t i = 0; i < n_outputs && !status; i++) {
        if (!outputs[i])
            continue;
        graph_make_constant(graph, graph_node->outputs[i], outputs[i]);
        results[i].data = NULL;
    }
    arena_adopt(&graph->arena, &caller.strings);
out:
    for (uint32_t i = 0; results && i < n_outputs; i++)
        memory_free(graph->allocator, results[i].data);
    host_state_clear(graph->allocator, &state);
    arena_free(&caller.strings);
    arena_free(&arena);
    return status && status != HINGE_NEEDS_DATA && status != HINGE_LIMIT
               ? host_blame(&caller, graph_node, status)
               : status;
}
