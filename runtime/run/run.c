/* One run: check the inputs, take the instance, walk the steps, hand out the outputs. */
#include "base/tensor.h"
#include "run/context.h"

#include <string.h>

static bool is_bound(const hinge_context *context, size_t output)
{
    return context->bound[output].type != HINGE_NO_TYPE;
}

static bool overlap(const hinge_tensor *a, const hinge_tensor *b)
{
    size_t a_size, b_size;
    if (!tensor_size(a, &a_size) || !tensor_size(b, &b_size) || !a_size || !b_size)
        return false;
    uintptr_t a_begin = (uintptr_t)a->data, b_begin = (uintptr_t)b->data;
    return a_begin < b_begin + b_size && b_begin < a_begin + a_size;
}

/* The same for a value of any kind, which has been checked, with what it holds. */
static bool overlaps_value(const hinge_tensor *memory, const hinge_tensor *value)
{
    if (overlap(memory, value))
        return true;
    const hinge_tensor *elements = value->data;
    for (int64_t i = 0; hinge_is_container(value->type) && i < value->dims[0]; i++)
        if (overlaps_value(memory, &elements[i]))
            return true;
    return false;
}

/* Bound memory is written while the inputs, and other outputs, are read. */
static hinge_status check_overlaps(const hinge_context *context, hinge_error *error)
{
    const struct graph *graph = context->session->graph;
    for (uint32_t i = 0; i < graph->n_outputs; i++) {
        if (!is_bound(context, i))
            continue;
        const char *name = graph->values[graph->outputs[i]].name;
        for (uint32_t k = 0; k < graph->n_inputs; k++)
            if (overlaps_value(&context->bound[i], &context->inputs[k]))
                return status_fail(error, HINGE_BAD_ARGUMENT,
                                   "the memory of output \"%.100s\" overlaps input \"%.100s\"",
                                   name, graph->values[graph->inputs[k]].name);
        for (uint32_t k = i + 1; k < graph->n_outputs; k++)
            if (is_bound(context, k) && overlap(&context->bound[i], &context->bound[k]))
                return status_fail(error, HINGE_BAD_ARGUMENT,
                                   "the memory of output \"%.100s\" overlaps that of \"%.100s\"",
                                   name, graph->values[graph->outputs[k]].name);
    }
    return HINGE_OK;
}

static hinge_status check_result(const hinge_context *context, size_t output,
                                 const hinge_tensor *result, hinge_error *error)
{
    const struct graph *graph = context->session->graph;
    if (tensor_same(&context->bound[output], result))
        return HINGE_OK;
    char had[128], wanted[128];
    return status_fail(error, HINGE_BAD_ARGUMENT,
                       "output \"%.100s\" is of shape %s, but is bound to memory of shape %s",
                       graph->values[graph->outputs[output]].name,
                       tensor_shape_text(result, had, sizeof had),
                       tensor_shape_text(&context->bound[output], wanted, sizeof wanted));
}

/* Which bound outputs are written as they are computed. */
static hinge_status use_bound(hinge_context *context, const struct plan *plan, hinge_error *error)
{
    const struct graph *graph = context->session->graph;
    struct frame *frame = &context->frames[0];
    for (uint32_t i = 0; i < graph->n_outputs; i++) {
        frame->external[i] = NULL;
        const struct plan_value *value = &plan->values[graph->outputs[i]];
        if (!is_bound(context, i) || value->place == PLAN_DYNAMIC)
            continue;
        hinge_status status = check_result(context, i, &value->tensor, error);
        if (status)
            return status;
        if (value->place == PLAN_BLOCK && plan->blocks[value->where].output == i)
            frame->external[i] = context->bound[i].data;
    }
    return HINGE_OK;
}

/* What belongs to the caller or the session is not handed out, but copied. */
static hinge_status give_output(hinge_context *context, const struct instance *instance,
                                uint32_t index, hinge_tensor *output, hinge_error *error)
{
    const struct graph *graph = context->session->graph;
    enum plan_place place = instance->plan->values[graph->outputs[index]].place;
    *output = instance->values[graph->outputs[index]].tensor;
    if (is_bound(context, index)) {
        size_t size = 0;
        hinge_status status = check_result(context, index, output, error);
        if (status)
            return status;
        tensor_size(output, &size);
        if (size && output->data != context->bound[index].data)
            memcpy(context->bound[index].data, output->data, size);
        output->data = context->bound[index].data;
    } else if (place == PLAN_INPUT || place == PLAN_CONSTANT) {
        hinge_tensor copy;
        if (pool_share(&context->pool, output, &copy, &context->copies[index]))
            return status_no_memory(error);
        *output = copy;
    }
    return HINGE_OK;
}

static hinge_status take_options(hinge_context *context, const hinge_run_options *options,
                                 hinge_error *error)
{
    context->options = (hinge_run_options){0};
    if (options && options->size < sizeof options->size)
        return status_fail(error, HINGE_BAD_ARGUMENT,
                           "hinge_run_options.size is %zu, not sizeof(hinge_run_options)",
                           options->size);
    if (options)
        memcpy(&context->options, options,
               options->size < sizeof *options ? options->size : sizeof *options);
    /* Parallel jobs that look at a clock are a little slower. */
    context->stop.deadline_ns = context->options.deadline_ns;
    context->caller.stop = context->options.deadline_ns ? &context->stop : NULL;
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
    if (n_outputs && !outputs)
        return status_fail(error, HINGE_BAD_ARGUMENT, "there is no place for %zu outputs",
                           n_outputs);
    hinge_status status = take_options(context, options, error);
    if (!status)
        status = context_take_inputs(context, inputs, n_inputs, true, error);
    if (!status)
        status = check_overlaps(context, error);
    if (status)
        return status;
    context_keep_inputs(context);
    struct frame *frame = &context->frames[0];
    struct instance *instance;
    context_drop_results(context);
    status = frame_instance(frame, context->inputs, &instance, error);
    if (!status)
        status = use_bound(context, instance->plan, error);
    if (!status) {
        frame_bind(frame, instance, context->inputs);
        status = context_run_steps(context, frame, instance);
    }
    for (uint32_t i = 0; i < graph->n_outputs && !status; i++) {
        hinge_tensor unwanted;
        if (i < n_outputs || is_bound(context, i))
            status =
                give_output(context, instance, i, i < n_outputs ? &outputs[i] : &unwanted, error);
    }
    pool_end_run(&context->pool);
    return status;
}

/* A cancellation counts once: for this run or, where it came too late, for the next one. */
static void end_stop(hinge_context *context, hinge_status status)
{
    if (status == HINGE_CANCELLED)
        atomic_store(&context->is_cancelled, false);
    context->stop.deadline_ns = 0;
    atomic_store(&context->stop.raised, false);
    if (atomic_load(&context->is_cancelled))
        atomic_store(&context->stop.raised, true);
}

static hinge_status begin(hinge_context *context, hinge_error *error)
{
    if (atomic_exchange(&context->is_running, true))
        return status_fail(error, HINGE_BAD_ARGUMENT,
                           "the context is running: one thread at a time may use it, and "
                           "on_node must not");
    if (error)
        *error = (hinge_error){.status = HINGE_OK};
    context->caller.error = error;
    context->caller.is_inline = !threads_are_here(context->session->host.threads);
    return HINGE_OK;
}

static void end(hinge_context *context)
{
    context->caller.error = NULL;
    atomic_store(&context->is_running, false);
}

hinge_status hinge_run(hinge_context *context, const hinge_tensor *inputs, size_t n_inputs,
                       hinge_tensor *outputs, size_t n_outputs, const hinge_run_options *options,
                       hinge_error *error)
{
    hinge_status status = begin(context, error);
    if (!status) {
        threads_begin_run(context->session->host.threads);
        status = run(context, inputs, n_inputs, outputs, n_outputs, options, error);
        threads_end_run(context->session->host.threads);
        end_stop(context, status);
        end(context);
    }
    return session_fail(context->session, status, error);
}

hinge_status hinge_plan(hinge_context *context, const hinge_tensor *inputs, size_t n_inputs,
                        hinge_error *error)
{
    struct instance *instance;
    hinge_status status = begin(context, error);
    if (!status) {
        context_drop_results(context);
        status = context_take_inputs(context, inputs, n_inputs, false, error);
        if (!status)
            status = frame_instance(&context->frames[0], context->inputs, &instance, error);
        end(context);
    }
    return session_fail(context->session, status, error);
}
