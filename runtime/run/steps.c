/* The walk over the steps of a plan: what is dynamic is made ready first, what nobody needs any
 * more is given up after. */
#include "run/dynamic.h"

#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Whether the run is to end. */
hinge_status context_check_stop(hinge_context *context)
{
    if (context->options.deadline_ns && now_ns() >= context->options.deadline_ns)
        atomic_store(&context->stop.raised, true);
    if (!atomic_load_explicit(&context->stop.raised, memory_order_relaxed))
        return HINGE_OK;
    context->caller.failed = false;
    return atomic_load(&context->is_cancelled) ? HINGE_CANCELLED : HINGE_DEADLINE;
}

static void report(hinge_context *context, const struct host_node *node, size_t step,
                   uint64_t start)
{
    const struct graph_node *graph_node = node->graph_node;
    const hinge_session *session = context->session;
    size_t index = (size_t)(graph_node - node->graph->nodes);
    hinge_node_event event = {.node = graph_node_name(node->graph, graph_node),
                              .op = graph_node->op,
                              .plugin = graph_node->plugin->table->name,
                              .index = step,
                              .start_ns = start,
                              .end_ns = now_ns(),
                              .outputs = (const hinge_tensor *const *)node->node.outputs,
                              .n_outputs = node->node.n_outputs,
                              .graph = node->graph->index,
                              .number = index < node->graph->n_nodes
                                            ? session->graphs[node->graph->index].first_node + index
                                            : SIZE_MAX};
    context->options.on_node(context->options.on_node_user, &event);
}

static void log_step(const struct host_node *node)
{
    char text[256];
    node->node.host->log(&node->node, HINGE_LOG_DEBUG, "running %s with %s",
                         graph_node_text(node->graph, node->graph_node, text, sizeof text),
                         node->graph_node->plugin->table->name);
}

static void end_calls(hinge_context *context, const struct graph_node *node)
{
    for (uint32_t a = 0; a < node->n_attributes; a++) {
        const struct graph *body = node->attributes[a].graph;
        if (!body || !context->frames[body->index].program)
            continue;
        frame_drop_returned(&context->frames[body->index]);
        frame_drop_values(&context->frames[body->index]);
    }
}

/* *is_begun tells whether the failure is of the kernel: no way back then. */
static hinge_status run_step(hinge_context *context, struct frame *frame, struct instance *instance,
                             size_t s, bool *is_begun)
{
    struct host_node *node = &instance->nodes[s];
    const struct plan_step *step = &instance->plan->steps[s];
    const hinge_run_options *options = &context->options;
    hinge_status status = context_check_stop(context);
    *is_begun = true;
    if (status)
        return status;
    uint64_t start = options->on_node ? now_ns() : 0;
    if (options->trace)
        log_step(node);
    if (step->dynamic) {
        status = dynamic_begin(context, frame, instance, s);
        *is_begun = !status;
        if (status)
            return status;
    }
    node->node.scratch = frame->scratch;
    if (!step->skip)
        status = host_run(node);
    if (step->node->n_attributes)
        end_calls(context, step->node);
    if (atomic_load_explicit(&context->stop.raised, memory_order_relaxed) &&
        (!status || !context->caller.failed))
        status = context_check_stop(context);
    if (!status && options->on_node)
        report(context, node, s, start);
    return status;
}

static void release_values(hinge_context *context, struct instance *instance,
                           const struct plan_step *step)
{
    for (uint32_t i = 0; i < step->n_releases; i++) {
        struct host_value *value = &instance->values[instance->plan->releases[step->release + i]];
        pool_drop(&context->pool, value->holder);
        value->holder = NULL;
    }
}

hinge_status context_run_steps(hinge_context *context, struct frame *frame,
                               struct instance *instance)
{
    const struct plan *plan = instance->plan;
    size_t n_skipped = 0; /* steps of a way back that is not taken */
    for (size_t s = 0; s < plan->n_steps; s++) {
        const struct plan_step *step = &plan->steps[s];
        bool is_begun = true;
        hinge_status status = HINGE_OK;
        if (n_skipped)
            n_skipped--;
        else
            status = run_step(context, frame, instance, s, &is_begun);
        if (!status && step->n_spares)
            n_skipped = step->n_spares;
        else if (status && (!step->n_spares || is_begun || status == HINGE_NO_MEMORY))
            return host_blame(&context->caller, frame->program->graph, step->node, status);
        release_values(context, instance, step);
    }
    return HINGE_OK;
}
