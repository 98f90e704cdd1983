#include "run/context.h"

#include "base/tensor.h"

#include <string.h>

hinge_status hinge_context_create(const hinge_session *session, hinge_context **result,
                                  hinge_error *error)
{
    *result = NULL;
    if (session->missing.n)
        return session_fail(session, bind_fail(session->registry, &session->missing, error), error);
    const hinge_allocator *allocator = &session->allocator;
    const struct graph *graph = session->graph;
    hinge_context *context = memory_alloc_zeroed(allocator, sizeof *context);
    if (!context)
        return session_fail(session, status_no_memory(error), error);
    /* Plans grow under their programs' locks; all else in a session stays constant. */
    context->session = (hinge_session *)(uintptr_t)session;
    context->pool.allocator = allocator;
    pthread_mutex_init(&context->strings_lock, NULL);
    context->caller = (struct host_caller){.session = &session->host,
                                           .strings = {allocator, NULL},
                                           .strings_lock = &context->strings_lock,
                                           .pool = &context->pool,
                                           .call = context_call};
    atomic_init(&context->stop.raised, false);
    atomic_init(&context->is_cancelled, false);
    atomic_init(&context->is_running, false);
    context->frames = memory_alloc_zeroed(allocator, session->n_graphs * sizeof *context->frames);
    context->inputs = memory_alloc_zeroed(allocator, graph->n_inputs * sizeof *context->inputs);
    context->small = memory_alloc(allocator, graph->n_inputs * sizeof *context->small);
    context->bound = memory_alloc_zeroed(allocator, graph->n_outputs * sizeof *context->bound);
    context->copies = memory_alloc_zeroed(allocator, graph->n_outputs * sizeof *context->copies);
    if (!context->frames || !context->inputs || !context->small || !context->bound ||
        !context->copies ||
        frame_create(&context->frames[0], &context->session->programs[0], &context->caller)) {
        hinge_context_destroy(context);
        return session_fail(session, status_no_memory(error), error);
    }
    *result = context;
    return HINGE_OK;
}

void context_drop_results(hinge_context *context)
{
    for (uint32_t g = 0; g < context->session->n_graphs; g++)
        if (context->frames[g].program) {
            frame_drop_returned(&context->frames[g]);
            frame_drop_values(&context->frames[g]);
        }
    for (uint32_t i = 0; i < context->session->graph->n_outputs; i++) {
        pool_drop(&context->pool, context->copies[i]);
        context->copies[i] = NULL;
    }
    arena_free(&context->caller.strings);
}

void hinge_context_destroy(hinge_context *context)
{
    if (!context)
        return;
    const hinge_allocator *allocator = &context->session->allocator;
    if (context->frames && context->copies)
        context_drop_results(context);
    for (uint32_t g = 0; context->frames && g < context->session->n_graphs; g++)
        frame_destroy(&context->frames[g]);
    pool_clear(&context->pool);
    memory_free(allocator, context->frames);
    memory_free(allocator, context->inputs);
    memory_free(allocator, context->small);
    memory_free(allocator, context->bound);
    memory_free(allocator, context->copies);
    arena_free(&context->caller.strings);
    pthread_mutex_destroy(&context->strings_lock);
    memory_free(allocator, context);
}

void hinge_cancel(hinge_context *context)
{
    atomic_store(&context->is_cancelled, true);
    atomic_store(&context->stop.raised, true);
}

static hinge_status check_bound(const hinge_session *session, size_t index,
                                const hinge_tensor *memory, hinge_error *error)
{
    const struct graph *graph = session->graph;
    if (index >= graph->n_outputs)
        return status_fail(error, HINGE_BAD_ARGUMENT, "the model has %u outputs, none numbered %zu",
                           (unsigned)graph->n_outputs, index);
    const struct graph_value *value = &graph->values[graph->outputs[index]];
    size_t size;
    if (!memory)
        return HINGE_OK;
    if (hinge_is_container(value->tensor.type))
        return status_fail(error, HINGE_BAD_ARGUMENT,
                           "output \"%.100s\" is a %s, which cannot be bound", value->name,
                           hinge_type_text(value->tensor.type));
    if (memory->type != value->tensor.type)
        return status_fail(error, HINGE_BAD_ARGUMENT, "output \"%.100s\" is of type %s, not %s",
                           value->name, hinge_type_text(value->tensor.type),
                           hinge_type_text(memory->type));
    if (!tensor_size(memory, &size) || (size && !memory->data))
        return status_fail(
            error, HINGE_BAD_ARGUMENT,
            "the memory for output \"%.100s\" has no data, or dims that are not known",
            value->name);
    return HINGE_OK;
}

hinge_status hinge_bind_output(hinge_context *context, size_t index, const hinge_tensor *memory,
                               hinge_error *error)
{
    hinge_status status = atomic_load(&context->is_running)
                              ? status_fail(error, HINGE_BAD_ARGUMENT, "the context is running")
                              : check_bound(context->session, index, memory, error);
    if (status)
        return session_fail(context->session, status, error);
    context->bound[index] = memory ? *memory : (hinge_tensor){.data = NULL};
    return HINGE_OK;
}
