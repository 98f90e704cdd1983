#include "run/context.h"

#include <string.h>

/* Instances kept in a context; the least recently used goes first. */
#define MAX_INSTANCES 8

static hinge_status resize_output(struct host_caller *caller, hinge_tensor *tensor, int32_t rank,
                                  const int64_t *dims);

/* The context whose caller this is. */
static hinge_context *context_of(struct host_caller *caller)
{
    return (hinge_context *)(void *)((char *)caller - offsetof(hinge_context, caller));
}

hinge_status hinge_context_create(const hinge_session *session, hinge_context **result,
                                  hinge_error *error)
{
    *result = NULL;
    /* Plans and states grow under the session's lock; all else in it stays constant. */
    hinge_session *shared = (hinge_session *)(uintptr_t)session;
    const struct graph *graph = session->graph;
    hinge_context *context = memory_alloc_zeroed(&shared->allocator, sizeof *context);
    if (!context)
        return status_no_memory(error);
    context->session = shared;
    context->caller = (struct host_caller){.allocator = &shared->allocator,
                                           .threads = shared->threads,
                                           .graph = shared->graph,
                                           .model = shared->model,
                                           .strings = {&shared->allocator, NULL},
                                           .resize = resize_output};
    context->dynamic =
        memory_alloc_zeroed(&shared->allocator, graph->n_values * sizeof *context->dynamic);
    context->copies =
        memory_alloc_zeroed(&shared->allocator, graph->n_outputs * sizeof *context->copies);
    context->external =
        memory_alloc_zeroed(&shared->allocator, graph->n_outputs * sizeof *context->external);
    if (!context->dynamic || !context->copies || !context->external) {
        hinge_context_destroy(context);
        return status_no_memory(error);
    }
    *result = context;
    return HINGE_OK;
}

static void instance_destroy(hinge_context *context, struct instance *instance)
{
    plan_release(context->session, instance->plan);
    arena_free(&instance->arena);
    memory_free(&context->session->allocator, instance);
}

void hinge_context_destroy(hinge_context *context)
{
    if (!context)
        return;
    const hinge_allocator *allocator = &context->session->allocator;
    const struct graph *graph = context->session->graph;
    while (context->instances) {
        struct instance *next = context->instances->next;
        instance_destroy(context, context->instances);
        context->instances = next;
    }
    for (size_t v = 0; context->dynamic && v < graph->n_values; v++)
        memory_free(allocator, context->dynamic[v].memory);
    for (size_t i = 0; context->copies && i < graph->n_outputs; i++)
        memory_free(allocator, context->copies[i].memory);
    memory_free(allocator, context->dynamic);
    memory_free(allocator, context->copies);
    memory_free(allocator, context->external);
    memory_free(allocator, context->memory);
    memory_free(allocator, context->scratch);
    arena_free(&context->caller.strings);
    memory_free(allocator, context);
}

void hinge_cancel(hinge_context *context)
{
    atomic_store(&context->cancelled, true);
}

static hinge_status fill_nodes(hinge_context *context, struct instance *instance)
{
    const struct plan *plan = instance->plan;
    const struct graph *graph = context->session->graph;
    for (size_t s = 0; s < plan->n_steps; s++) {
        uint32_t index = plan->steps[s].node;
        const struct graph_node *graph_node = &graph->nodes[index];
        const hinge_tensor **inputs =
            arena_array(&instance->arena, graph_node->n_inputs, sizeof *inputs);
        hinge_tensor **outputs =
            arena_array(&instance->arena, graph_node->n_outputs, sizeof *outputs);
        if (!inputs || !outputs)
            return HINGE_NO_MEMORY;
        for (uint32_t i = 0; i < graph_node->n_inputs; i++)
            if (graph_node->inputs[i] != GRAPH_NONE)
                inputs[i] = &instance->tensors[graph_node->inputs[i]];
        for (uint32_t i = 0; i < graph_node->n_outputs; i++)
            if (graph_node->outputs[i] != GRAPH_NONE &&
                plan->values[graph_node->outputs[i]].place != PLAN_UNUSED)
                outputs[i] = &instance->tensors[graph_node->outputs[i]];
        struct host_node *node = &instance->nodes[s];
        host_node_set(node, &context->caller, index, inputs, outputs);
        node->state = &context->session->states[index];
        if (!plan->steps[s].dynamic) {
            node->node.attributes = node->state->attributes;
            node->node.state = node->state->state;
        }
    }
    return HINGE_OK;
}

static hinge_status instance_create(hinge_context *context, const hinge_tensor *inputs,
                                    struct instance **result, hinge_error *error)
{
    const hinge_allocator *allocator = &context->session->allocator;
    struct plan *plan;
    hinge_status status = plan_get(context->session, inputs, &plan, error);
    if (status)
        return status;
    struct instance *instance = memory_alloc_zeroed(allocator, sizeof *instance);
    if (!instance) {
        plan_release(context->session, plan);
        return status_no_memory(error);
    }
    instance->plan = plan;
    instance->arena.allocator = allocator;
    instance->tensors = arena_array(&instance->arena, plan->n_values, sizeof *instance->tensors);
    instance->nodes = arena_array(&instance->arena, plan->n_steps, sizeof *instance->nodes);
    instance->external = arena_array(&instance->arena, context->session->graph->n_outputs,
                                     sizeof *instance->external);
    if (!instance->tensors || !instance->nodes || !instance->external)
        status = HINGE_NO_MEMORY;
    if (!status) {
        for (size_t v = 0; v < plan->n_values; v++)
            instance->tensors[v] = plan->values[v].tensor;
        status = fill_nodes(context, instance);
    }
    if (status) {
        instance_destroy(context, instance);
        return status_no_memory(error);
    }
    *result = instance;
    return HINGE_OK;
}

static void trim_instances(hinge_context *context)
{
    struct instance **at = &context->instances;
    for (size_t n = 0; *at && n < MAX_INSTANCES; n++)
        at = &(*at)->next;
    while (*at) {
        struct instance *next = (*at)->next;
        instance_destroy(context, *at);
        *at = next;
    }
}

hinge_status context_instance(hinge_context *context, const hinge_tensor *inputs,
                              struct instance **result, hinge_error *error)
{
    struct instance **at = &context->instances;
    while (*at && !plan_fits(context->session, (*at)->plan, inputs))
        at = &(*at)->next;
    struct instance *instance = *at;
    if (instance) {
        *at = instance->next;
    } else {
        hinge_status status = instance_create(context, inputs, &instance, error);
        if (status)
            return status;
    }
    instance->next = context->instances;
    context->instances = instance;
    trim_instances(context);

    size_t size = instance->plan->arena_size;
    if (size > context->memory_size) {
        memory_free(&context->session->allocator, context->memory);
        context->memory = memory_alloc(&context->session->allocator, size);
        context->memory_size = context->memory ? size : 0;
        if (!context->memory)
            return status_no_memory(error);
    }
    if (context_reserve_scratch(context, instance->plan->scratch_size))
        return status_no_memory(error);
    *result = instance;
    return HINGE_OK;
}

void context_bind(hinge_context *context, struct instance *instance, const hinge_tensor *inputs,
                  void *const *external)
{
    const struct plan *plan = instance->plan;
    size_t n_outputs = context->session->graph->n_outputs;
    bool moved = instance->arena_base != context->memory ||
                 memcmp(instance->external, external, n_outputs * sizeof *external) != 0;
    instance->arena_base = context->memory;
    if (moved)
        memcpy(instance->external, external, n_outputs * sizeof *external);
    for (size_t v = 0; v < plan->n_values; v++) {
        const struct plan_value *value = &plan->values[v];
        if (value->place == PLAN_INPUT) {
            instance->tensors[v].data = inputs[value->where].data;
        } else if (value->place == PLAN_BLOCK && moved) {
            const struct plan_block *block = &plan->blocks[value->where];
            void *own = block->output == GRAPH_NONE ? NULL : external[block->output];
            instance->tensors[v].data = own ? own : context->memory + block->offset;
        }
    }
}

hinge_status context_reserve(hinge_context *context, struct dynamic_memory *memory, size_t size)
{
    if (memory->memory && size <= memory->size)
        return HINGE_OK;
    memory_free(&context->session->allocator, memory->memory);
    memory->memory = memory_alloc(&context->session->allocator, size);
    memory->size = memory->memory ? size : 0;
    return memory->memory ? HINGE_OK : HINGE_NO_MEMORY;
}

hinge_status context_reserve_scratch(hinge_context *context, size_t size)
{
    if (size <= context->scratch_size)
        return HINGE_OK;
    struct dynamic_memory scratch = {context->scratch, context->scratch_size};
    hinge_status status = context_reserve(context, &scratch, size);
    context->scratch = scratch.memory;
    context->scratch_size = scratch.size;
    return status;
}

static hinge_status resize_output(struct host_caller *caller, hinge_tensor *tensor, int32_t rank,
                                  const int64_t *dims)
{
    hinge_context *context = context_of(caller);
    size_t value = (size_t)(tensor - context->instances->tensors);
    if (rank < 0 || rank > HINGE_MAX_RANK ||
        context->instances->plan->values[value].place != PLAN_DYNAMIC)
        return HINGE_BAD_PLUGIN;
    tensor->rank = rank;
    memcpy(tensor->dims, dims, (size_t)rank * sizeof *dims);
    size_t size;
    if (!host_tensor_size(tensor, &size))
        return HINGE_BAD_SHAPE;
    hinge_status status = context_reserve(context, &context->dynamic[value], size);
    tensor->data = context->dynamic[value].memory;
    return status;
}
