/* One run: check the inputs, take the instance, walk the steps, hand out the outputs. */
#include "run/context.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void shape_text(const hinge_tensor *tensor, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int32_t d = 0; d < tensor->rank && used < size; d++) {
        const char *gap = d ? "x" : "";
        int n = tensor->dims[d] < 0
                    ? snprintf(text + used, size - used, "%s?", gap)
                    : snprintf(text + used, size - used, "%s%lld", gap, (long long)tensor->dims[d]);
        used += n > 0 ? (size_t)n : 0;
    }
    if (tensor->rank == 0)
        snprintf(text, size, "scalar");
}

static hinge_status check_tensor(const char *what, const char *name, const hinge_tensor *declared,
                                 const hinge_tensor *given, hinge_error *error)
{
    if (declared->type != HINGE_NO_TYPE && given->type != declared->type)
        return status_fail(error, HINGE_BAD_ARGUMENT, "%s \"%s\" is of type %s, not %s", what, name,
                           hinge_type_text(declared->type), hinge_type_text(given->type));
    size_t size;
    bool fits =
        host_tensor_size(given, &size) && (declared->rank < 0 || declared->rank == given->rank);
    for (int32_t d = 0; fits && d < declared->rank; d++)
        fits = declared->dims[d] < 0 || declared->dims[d] == given->dims[d];
    if (fits && hinge_type_bits(given->type))
        return HINGE_OK;
    char wanted[128], had[128];
    shape_text(declared, wanted, sizeof wanted);
    shape_text(given, had, sizeof had);
    return status_fail(error, HINGE_BAD_ARGUMENT, "%s \"%s\" is of shape %s, not %s", what, name,
                       declared->rank < 0 ? "any rank" : wanted, given->rank < 0 ? "none" : had);
}

hinge_status context_check_inputs(const struct graph *graph, const hinge_tensor *inputs,
                                  size_t n_inputs, hinge_error *error)
{
    if (n_inputs != graph->n_inputs)
        return status_fail(error, HINGE_BAD_ARGUMENT, "the model has %u inputs, not %zu",
                           (unsigned)graph->n_inputs, n_inputs);
    for (size_t i = 0; i < n_inputs; i++) {
        const struct graph_value *value = &graph->values[graph->inputs[i]];
        hinge_status status = check_tensor("input", value->name, &value->tensor, &inputs[i], error);
        if (status)
            return status;
    }
    return HINGE_OK;
}

static hinge_status check_data(const struct graph *graph, const hinge_tensor *inputs,
                               hinge_error *error)
{
    for (size_t i = 0; i < graph->n_inputs; i++)
        if (!inputs[i].data && hinge_count(&inputs[i]))
            return status_fail(error, HINGE_BAD_ARGUMENT, "input \"%s\" has no data",
                               graph->values[graph->inputs[i]].name);
    return HINGE_OK;
}

/* Prepares a step whose shapes could not be planned. */
static hinge_status begin_dynamic(hinge_context *context, struct instance *instance,
                                  struct host_node *node)
{
    hinge_session *session = context->session;
    struct hinge_node *view = &node->node;
    const struct graph_node *graph_node = &session->graph->nodes[node->index];
    for (uint32_t i = 0; i < view->n_outputs; i++)
        if (view->outputs[i])
            *view->outputs[i] = (hinge_tensor){.rank = -1};
    pthread_mutex_lock(&session->lock); /* definition and bound change when a state is made */
    bool ready = atomic_load_explicit(&node->state->ready, memory_order_acquire);
    hinge_status status = host_infer(node, ready ? node->state->op : graph_node->definition,
                                     ready ? node->state->attributes : graph_node->bound);
    if (!status && !ready) {
        status = host_prepare(node, session->registry);
        session->packed_size += status ? 0 : node->state->memory_size;
    }
    pthread_mutex_unlock(&session->lock);
    if (status)
        return status;
    view->attributes = node->state->attributes;
    view->state = node->state->state;
    for (uint32_t i = 0; i < view->n_outputs; i++) {
        hinge_tensor *output = view->outputs[i];
        size_t size;
        if (!output || !host_tensor_size(output, &size))
            continue;
        struct dynamic_memory *memory = &context->dynamic[output - instance->tensors];
        if (context_reserve(context, memory, size))
            return HINGE_NO_MEMORY;
        output->data = memory->memory;
    }
    size_t scratch;
    status = host_scratch(node, &scratch);
    return status ? status : context_reserve_scratch(context, scratch);
}

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void report(const hinge_context *context, const struct host_node *node, size_t step,
                   uint64_t start, const hinge_run_options *options)
{
    const struct graph_node *graph_node = &context->session->graph->nodes[node->index];
    hinge_node_event event = {.node = graph_node->name,
                              .op = graph_node->op,
                              .plugin = node->state->plugin->table->name,
                              .index = step,
                              .start_ns = start,
                              .end_ns = now_ns(),
                              .outputs = (const hinge_tensor *const *)node->node.outputs,
                              .n_outputs = node->node.n_outputs};
    options->on_node(options->on_node_user, &event);
}

static hinge_status run_step(hinge_context *context, struct instance *instance, size_t step,
                             const hinge_run_options *options)
{
    struct host_node *node = &instance->nodes[step];
    if (atomic_load_explicit(&context->cancelled, memory_order_relaxed))
        return HINGE_CANCELLED;
    uint64_t start = 0;
    if (options) {
        start = options->deadline_ns || options->on_node ? now_ns() : 0;
        if (options->deadline_ns && start >= options->deadline_ns)
            return HINGE_DEADLINE;
    }
    if (instance->plan->steps[step].dynamic) {
        hinge_status status = begin_dynamic(context, instance, node);
        if (status)
            return status;
    }
    node->node.scratch = context->scratch;
    if (!instance->plan->steps[step].skip) {
        hinge_status status = host_run(node);
        if (status)
            return status;
    }
    if (options && options->on_node)
        report(context, node, step, start, options);
    return HINGE_OK;
}

static hinge_status run_steps(hinge_context *context, struct instance *instance,
                              const hinge_run_options *options)
{
    for (size_t s = 0; s < instance->plan->n_steps; s++) {
        hinge_status status = run_step(context, instance, s, options);
        if (status) {
            const struct graph_node *node =
                &context->session->graph->nodes[instance->plan->steps[s].node];
            if (status == HINGE_CANCELLED || status == HINGE_DEADLINE)
                context->caller.failed = false;
            return host_blame(&context->caller, node, status);
        }
    }
    return HINGE_OK;
}

/* Which outputs may be written straight to the caller's memory. */
static hinge_status bind_outputs(const struct graph *graph, const struct plan *plan,
                                 const hinge_tensor *outputs, size_t n_outputs, void **external,
                                 hinge_error *error)
{
    for (size_t i = 0; i < graph->n_outputs; i++) {
        external[i] = NULL;
        if (i >= n_outputs || !outputs[i].data)
            continue;
        const struct plan_value *value = &plan->values[graph->outputs[i]];
        if (value->place == PLAN_DYNAMIC)
            continue;
        hinge_status status = check_tensor("output", graph->values[graph->outputs[i]].name,
                                           &value->tensor, &outputs[i], error);
        if (status)
            return status;
        if (value->place == PLAN_BLOCK && plan->blocks[value->where].output == i)
            external[i] = outputs[i].data;
    }
    return HINGE_OK;
}

static hinge_status hand_out(hinge_context *context, const struct instance *instance, size_t index,
                             hinge_tensor *output, hinge_error *error)
{
    const struct graph *graph = context->session->graph;
    const struct plan_value *value = &instance->plan->values[graph->outputs[index]];
    const hinge_tensor *result = &instance->tensors[graph->outputs[index]];
    void *target = output->data;
    size_t size;
    if (!host_tensor_size(result, &size))
        return status_fail(error, HINGE_BAD_PLUGIN, "output \"%s\" was not computed",
                           graph->values[graph->outputs[index]].name);
    if (target && value->place == PLAN_DYNAMIC) {
        hinge_status status = check_tensor("output", graph->values[graph->outputs[index]].name,
                                           result, output, error);
        if (status)
            return status;
    }
    /* What belongs to the caller or the session is not handed out, but copied. */
    if (!target && (value->place == PLAN_INPUT || value->place == PLAN_CONSTANT)) {
        if (context_reserve(context, &context->copies[index], size))
            return status_no_memory(error);
        target = context->copies[index].memory;
    }
    *output = *result;
    if (target) {
        if (target != result->data && size)
            memcpy(target, result->data, size);
        output->data = target;
    }
    return HINGE_OK;
}

static hinge_status run(hinge_context *context, const hinge_tensor *inputs, size_t n_inputs,
                        hinge_tensor *outputs, size_t n_outputs, const hinge_run_options *options,
                        hinge_error *error)
{
    const struct graph *graph = context->session->graph;
    if (n_outputs > graph->n_outputs)
        return status_fail(error, HINGE_BAD_ARGUMENT, "the model has %u outputs, not %zu",
                           (unsigned)graph->n_outputs, n_outputs);
    if (options && options->size == 0)
        return status_fail(error, HINGE_BAD_ARGUMENT,
                           "hinge_run_options.size is 0, not sizeof(hinge_run_options)");
    hinge_status status = context_check_inputs(graph, inputs, n_inputs, error);
    if (!status)
        status = check_data(graph, inputs, error);
    if (status)
        return status;
    context->caller.error = error;
    atomic_store(&context->cancelled, false);
    arena_free(&context->caller.strings);
    struct instance *instance;
    status = context_instance(context, inputs, &instance, error);
    if (!status)
        status = bind_outputs(graph, instance->plan, outputs, n_outputs, context->external, error);
    if (!status) {
        context_bind(context, instance, inputs, context->external);
        status = run_steps(context, instance, options);
    }
    for (size_t i = 0; i < n_outputs && !status; i++)
        status = hand_out(context, instance, i, &outputs[i], error);
    context->caller.error = NULL;
    return status;
}

hinge_status hinge_run(hinge_context *context, const hinge_tensor *inputs, size_t n_inputs,
                       hinge_tensor *outputs, size_t n_outputs, const hinge_run_options *options,
                       hinge_error *error)
{
    hinge_status status = run(context, inputs, n_inputs, outputs, n_outputs, options, error);
    if (status && context->session->path)
        status_prefix_path(error, context->session->path);
    return status;
}
