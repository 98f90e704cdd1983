#include "host/evaluate.h"

#include "base/tensor.h"

#include <string.h>

/* Shape arithmetic is a few elements long; what is larger belongs into a run. */
#define SMALL_SIZE ((size_t)16 << 10)

static bool total_size(const struct hinge_node *node, size_t *total)
{
    *total = 0;
    for (uint32_t i = 0; i < node->n_outputs; i++) {
        size_t size;
        if (!node->outputs[i])
            continue;
        if (hinge_is_container(node->outputs[i]->type) || !tensor_size(node->outputs[i], &size) ||
            !memory_add(*total, size, total))
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
    const hinge_allocator *allocator = node->caller->session->allocator;
    struct host_memory *memory = NULL;
    size_t scratch = 0;
    node->promised = memory_alloc(allocator, node->node.n_outputs * sizeof *node->promised);
    hinge_status status = node->promised ? host_prepare(node, &memory, &scratch) : HINGE_NO_MEMORY;
    if (!status && scratch && !(node->node.scratch = memory_alloc(allocator, scratch)))
        status = HINGE_NO_MEMORY;
    if (!status)
        status = host_run(node);
    memory_free(allocator, node->promised);
    memory_free(allocator, node->node.scratch);
    node->promised = NULL;
    node->node.scratch = NULL;
    node->node.prepared = NULL;
    host_memory_free(allocator, &memory);
    return status;
}

hinge_status evaluate_inferred(struct host_node *node, struct arena *arena)
{
    for (uint32_t i = 0; i < node->node.n_outputs; i++) {
        hinge_tensor *output = node->node.outputs[i];
        size_t size;
        if (!output)
            continue;
        if (!tensor_size(output, &size) || !(output->data = arena_alloc(arena, size + 1)))
            return HINGE_NO_MEMORY;
    }
    return run(node);
}

/* Inferred outputs of node with memory of their own. */
static hinge_status give_memory(struct host_node *node, struct budget *budget)
{
    size_t total;
    if (!total_size(&node->node, &total))
        return HINGE_NEEDS_DATA;
    if (!budget_take(budget, total))
        return HINGE_LIMIT;
    for (uint32_t i = 0; i < node->node.n_outputs; i++) {
        hinge_tensor *output = node->node.outputs[i];
        size_t size = 0;
        if (!output)
            continue;
        tensor_size(output, &size);
        output->data = memory_alloc(node->caller->session->allocator, size);
        if (!output->data)
            return HINGE_NO_MEMORY;
    }
    return HINGE_OK;
}

/* The description of the node over the graph's values, with results of its own. */
static hinge_status describe(struct host_node *node, struct host_caller *caller,
                             struct graph *graph, uint32_t index, struct arena *arena,
                             struct host_value **results)
{
    const struct graph_node *graph_node = &graph->nodes[index];
    hinge_status status = host_node_describe(node, caller, graph, graph_node, arena);
    *results = arena_array(arena, graph_node->n_outputs, sizeof **results);
    hinge_tensor **outputs = arena_array(arena, graph_node->n_outputs, sizeof *outputs);
    if (status || !*results || !outputs)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < graph_node->n_outputs; i++)
        if (graph_node->outputs[i] != GRAPH_NONE)
            outputs[i] = &(*results)[i].tensor;
    node->node.outputs = outputs;
    return HINGE_OK;
}

hinge_status evaluate_node(const struct host_session *session, struct graph *graph, uint32_t index,
                           struct budget *budget, hinge_error *error)
{
    const struct graph_node *graph_node = &graph->nodes[index];
    struct arena arena = {graph->allocator, NULL};
    struct node_state state = {.state = NULL};
    struct host_caller caller = {
        .session = session, .error = error, .strings = {graph->allocator, NULL}};
    pthread_mutex_t lock;
    pthread_mutex_init(&lock, NULL);
    caller.strings_lock = &lock;
    struct host_node node;
    struct host_value *results = NULL;
    hinge_status status = describe(&node, &caller, graph, index, &arena, &results);
    if (!status)
        status = host_infer(&node);
    if (!status)
        status = give_memory(&node, budget);
    if (!status)
        status = host_init(&caller, graph, graph_node, &state);
    node.node.state = state.state;
    if (!status)
        status = run(&node);
    for (uint32_t i = 0; i < graph_node->n_outputs && !status; i++) {
        if (graph_node->outputs[i] == GRAPH_NONE)
            continue;
        graph_make_constant(graph, graph_node->outputs[i], &results[i].tensor);
        results[i].tensor.data = NULL;
    }
    arena_adopt(&graph->arena, &caller.strings);
    for (uint32_t i = 0; results && i < graph_node->n_outputs; i++)
        memory_free(graph->allocator, results[i].tensor.data);
    host_state_clear(graph->allocator, graph_node, &state);
    arena_free(&arena);
    pthread_mutex_destroy(&lock);
    bool is_silent = status == HINGE_NEEDS_DATA || (status == HINGE_LIMIT && !caller.failed);
    return is_silent ? status : host_blame(&caller, graph, graph_node, status);
}
