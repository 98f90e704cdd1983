#include "run/dynamic.h"

#include <string.h>

hinge_status frame_create(struct frame *frame, struct program *program, struct host_caller *caller)
{
    const hinge_allocator *allocator = program->session->allocator;
    const struct graph *graph = program->graph;
    *frame = (struct frame){.program = program, .caller = caller};
    size_t n = graph->n_outputs;
    frame->inputs =
        memory_alloc_zeroed(allocator, program_n_inputs(program) * sizeof *frame->inputs);
    frame->external = memory_alloc_zeroed(allocator, n * sizeof *frame->external);
    for (int i = 0; i < 2; i++)
        frame->returned[i] = memory_alloc_zeroed(allocator, n * sizeof *frame->returned[i]);
    if (frame->inputs && frame->external && frame->returned[0] && frame->returned[1])
        return HINGE_OK;
    frame_destroy(frame);
    return HINGE_NO_MEMORY;
}

void frame_drop_values_of(struct frame *frame, struct instance *instance)
{
    if (!instance->holds)
        return;
    for (size_t v = 0; v < instance->plan->n_values; v++) {
        pool_drop(frame->caller->pool, instance->values[v].holder);
        instance->values[v].holder = NULL;
    }
    instance->holds = false;
}

static void instance_destroy(struct frame *frame, struct instance *instance)
{
    const hinge_allocator *allocator = frame->program->session->allocator;
    if (instance->values)
        frame_drop_values_of(frame, instance);
    for (size_t s = 0; instance->prepared && s < instance->plan->n_steps; s++)
        host_memory_free(allocator, &instance->prepared[s]);
    plan_release(frame->program, instance->plan);
    arena_free(&instance->arena);
    memory_free(allocator, instance);
}

void frame_destroy(struct frame *frame)
{
    if (!frame->program)
        return;
    const hinge_allocator *allocator = frame->program->session->allocator;
    if (frame->returned[0] && frame->returned[1])
        frame_drop_returned(frame);
    while (frame->instances) {
        struct instance *next = frame->instances->next;
        instance_destroy(frame, frame->instances);
        frame->instances = next;
    }
    memory_free(allocator, frame->inputs);
    memory_free(allocator, frame->external);
    memory_free(allocator, frame->returned[0]);
    memory_free(allocator, frame->returned[1]);
    memory_free(allocator, frame->memory);
    memory_free(allocator, frame->scratch);
    *frame = (struct frame){.program = NULL};
}

static hinge_status fill_node(struct frame *frame, struct instance *instance, size_t s)
{
    const struct plan *plan = instance->plan;
    struct graph *graph = frame->program->graph;
    const struct plan_step *step = &plan->steps[s];
    const struct graph_node *graph_node = step->node;
    const hinge_tensor **inputs =
        arena_array(&instance->arena, graph_node->n_inputs, sizeof *inputs);
    hinge_tensor **outputs = arena_array(&instance->arena, graph_node->n_outputs, sizeof *outputs);
    if (!inputs || !outputs)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < graph_node->n_inputs; i++)
        if (graph_node->inputs[i] != GRAPH_NONE)
            inputs[i] = &instance->values[graph_node->inputs[i]].tensor;
    for (uint32_t i = 0; i < graph_node->n_outputs; i++)
        if (graph_node->outputs[i] != GRAPH_NONE &&
            plan->values[graph_node->outputs[i]].place != PLAN_UNUSED)
            outputs[i] = &instance->values[graph_node->outputs[i]].tensor;
    struct host_node *node = &instance->nodes[s];
    host_node_set(node, frame->caller, graph, graph_node, inputs, outputs);
    node->node.state = step->state->state;
    node->node.prepared = step->prepared;
    node->is_dynamic = step->dynamic;
    node->last_reads = plan->releases + step->release;
    node->n_last_reads = step->n_releases;
    node->promised = arena_array(&instance->arena, graph_node->n_outputs, sizeof *node->promised);
    return node->promised ? HINGE_OK : HINGE_NO_MEMORY;
}

/* Lists what frame_bind has to point elsewhere from run to run. */
static hinge_status list_bound(struct instance *instance)
{
    const struct plan *plan = instance->plan;
    instance->inputs = arena_array(&instance->arena, plan->n_values, sizeof *instance->inputs);
    instance->outputs = arena_array(&instance->arena, plan->n_values, sizeof *instance->outputs);
    if (!instance->inputs || !instance->outputs)
        return HINGE_NO_MEMORY;
    for (uint32_t v = 0; v < plan->n_values; v++) {
        const struct plan_value *value = &plan->values[v];
        if (value->place == PLAN_INPUT)
            instance->inputs[instance->n_inputs++] = (struct bound_value){v, value->where};
        else if (value->place == PLAN_BLOCK && plan->blocks[value->where].output != GRAPH_NONE)
            instance->outputs[instance->n_outputs++] =
                (struct bound_value){v, plan->blocks[value->where].output};
    }
    return HINGE_OK;
}

static hinge_status fill(struct frame *frame, struct instance *instance)
{
    const struct plan *plan = instance->plan;
    struct arena *arena = &instance->arena;
    instance->values = arena_array(arena, plan->n_values, sizeof *instance->values);
    instance->nodes = arena_array(arena, plan->n_steps, sizeof *instance->nodes);
    instance->prepared = arena_array(arena, plan->n_steps, sizeof *instance->prepared);
    instance->memos = arena_array(arena, plan->n_steps, sizeof *instance->memos);
    if (!instance->values || !instance->nodes || !instance->prepared || !instance->memos)
        return HINGE_NO_MEMORY;
    for (size_t v = 0; v < plan->n_values; v++)
        instance->values[v].tensor = plan->values[v].tensor;
    hinge_status status = list_bound(instance);
    for (size_t s = 0; s < plan->n_steps && !status; s++)
        status = fill_node(frame, instance, s);
    for (size_t s = 0; s < plan->n_steps && !status; s++)
        if (plan->steps[s].dynamic)
            status = dynamic_create(instance, s);
    return status;
}

static hinge_status instance_create(struct frame *frame, const hinge_tensor *inputs,
                                    struct instance **result, hinge_error *error)
{
    const hinge_allocator *allocator = frame->program->session->allocator;
    struct plan *plan;
    hinge_status status = plan_get(frame->program, inputs, &plan, error);
    if (status)
        return status;
    struct instance *instance = memory_alloc_zeroed(allocator, sizeof *instance);
    if (!instance) {
        plan_release(frame->program, plan);
        return status_no_memory(error);
    }
    instance->plan = plan;
    instance->arena.allocator = allocator;
    if (fill(frame, instance)) {
        instance_destroy(frame, instance);
        return status_no_memory(error);
    }
    *result = instance;
    return HINGE_OK;
}

static void trim_instances(struct frame *frame)
{
    struct instance **at = &frame->instances;
    for (size_t n = 0; *at && n < FRAME_MOST_INSTANCES; n++)
        at = &(*at)->next;
    while (*at) {
        struct instance *next = (*at)->next;
        instance_destroy(frame, *at);
        *at = next;
    }
}

hinge_status frame_instance(struct frame *frame, const hinge_tensor *inputs,
                            struct instance **result, hinge_error *error)
{
    const hinge_allocator *allocator = frame->program->session->allocator;
    struct instance **at = &frame->instances;
    while (*at && !plan_fits(frame->program, (*at)->plan, inputs))
        at = &(*at)->next;
    struct instance *instance = *at;
    if (instance) {
        *at = instance->next;
    } else {
        hinge_status status = instance_create(frame, inputs, &instance, error);
        if (status)
            return status;
    }
    instance->next = frame->instances;
    frame->instances = instance;
    trim_instances(frame);

    size_t size = instance->plan->arena_size;
    /* There is an address for values without elements too. */
    if (size > frame->memory_size || !frame->memory) {
        memory_free(allocator, frame->memory);
        frame->memory = memory_alloc(allocator, size);
        frame->memory_size = frame->memory ? size : 0;
        if (!frame->memory)
            return status_no_memory(error);
    }
    if (frame_reserve_scratch(frame, instance->plan->scratch_size))
        return status_no_memory(error);
    *result = instance;
    return HINGE_OK;
}

void frame_bind(struct frame *frame, struct instance *instance, const hinge_tensor *inputs)
{
    const struct plan *plan = instance->plan;
    for (size_t i = 0; i < instance->n_inputs; i++) {
        const struct bound_value *bound = &instance->inputs[i];
        hinge_tensor *tensor = &instance->values[bound->value].tensor;
        tensor->data = inputs[bound->where].data;
        if (hinge_is_container(tensor->type))
            tensor->dims[0] = inputs[bound->where].dims[0];
    }
    if (instance->arena_base != frame->memory) {
        instance->arena_base = frame->memory;
        for (size_t v = 0; v < plan->n_values; v++)
            if (plan->values[v].place == PLAN_BLOCK)
                instance->values[v].tensor.data =
                    frame->memory + plan->blocks[plan->values[v].where].offset;
    }
    for (size_t i = 0; i < instance->n_outputs; i++) {
        const struct bound_value *bound = &instance->outputs[i];
        unsigned char *own = frame->external[bound->where];
        instance->values[bound->value].tensor.data =
            own ? own : frame->memory + plan->blocks[plan->values[bound->value].where].offset;
    }
}

hinge_status frame_reserve_scratch(struct frame *frame, size_t size)
{
    const hinge_allocator *allocator = frame->program->session->allocator;
    if (size <= frame->scratch_size)
        return HINGE_OK;
    memory_free(allocator, frame->scratch);
    frame->scratch = memory_alloc(allocator, size);
    frame->scratch_size = frame->scratch ? size : 0;
    return frame->scratch ? HINGE_OK : HINGE_NO_MEMORY;
}

void frame_drop_values(struct frame *frame)
{
    for (struct instance *instance = frame->instances; instance; instance = instance->next)
        frame_drop_values_of(frame, instance);
}

void frame_drop_returned(struct frame *frame)
{
    for (int set = 0; set < 2; set++)
        for (uint32_t i = 0; i < frame->program->graph->n_outputs; i++) {
            pool_drop(frame->caller->pool, frame->returned[set][i]);
            frame->returned[set][i] = NULL;
        }
}
