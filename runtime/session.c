/*
 * Opening a session, stage by stage: load, inline and bind, passes; planning and running follow in
 * hinge_run. The table of contents of the runtime.
 */
#include "session.h"

#include "load/load.h"
#include "passes/passes.h"
#include "plan/plan.h"

#include <string.h>
#include <unistd.h>

static unsigned thread_count(const hinge_options *options)
{
    if (options->n_threads)
        return options->n_threads;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (unsigned)cores : 1;
}

static bool has_static_inputs(const struct graph *graph)
{
    for (uint32_t i = 0; i < graph->n_inputs; i++) {
        size_t size;
        if (!host_tensor_size(&graph->values[graph->inputs[i]].tensor, &size))
            return false;
    }
    return true;
}

/* With all input shapes known, the first plan is made now: kernels chosen, weights packed. */
static hinge_status plan_ahead(hinge_session *session, hinge_error *error)
{
    const struct graph *graph = session->graph;
    if (!has_static_inputs(graph))
        return HINGE_OK;
    struct arena arena = {&session->allocator, NULL};
    hinge_tensor *inputs = arena_array(&arena, graph->n_inputs, sizeof *inputs);
    struct plan *plan;
    hinge_status status = HINGE_NO_MEMORY;
    if (inputs) {
        for (uint32_t i = 0; i < graph->n_inputs; i++)
            inputs[i] = graph->values[graph->inputs[i]].tensor;
        status = plan_get(session, inputs, &plan, error);
        if (!status)
            plan_release(session, plan);
    } else {
        status_no_memory(error);
    }
    arena_free(&arena);
    return status;
}

static hinge_status make_ready(hinge_session *session, const hinge_options *options,
                               hinge_error *error)
{
    hinge_status status =
        threads_create(&session->allocator, thread_count(options), &session->threads, error);
    if (!status)
        status = registry_create(options, &session->allocator, &session->registry, error);
    if (!status)
        status = passes_run(session, options, error);
    if (status)
        return status;
    session->states =
        memory_alloc_zeroed(&session->allocator, session->graph->n_nodes * sizeof *session->states);
    return session->states ? plan_ahead(session, error) : status_no_memory(error);
}

hinge_status session_options(const hinge_options *given, hinge_options *complete,
                             hinge_error *error)
{
    *complete = (hinge_options){0};
    if (!given)
        return HINGE_OK;
    if (given->size == 0)
        return status_fail(error, HINGE_BAD_ARGUMENT,
                           "hinge_options.size is 0, not sizeof(hinge_options)");
    memcpy(complete, given, given->size < sizeof *complete ? given->size : sizeof *complete);
    return HINGE_OK;
}

static hinge_status keep_path(hinge_session *session, const char *path, hinge_error *error)
{
    if (!path)
        return HINGE_OK;
    size_t size = strlen(path) + 1;
    session->path = memory_alloc(&session->allocator, size);
    if (!session->path)
        return status_no_memory(error);
    memcpy(session->path, path, size);
    return HINGE_OK;
}

static hinge_status open_model(const char *path, const void *bytes, size_t size,
                               const hinge_options *given, hinge_session **result,
                               hinge_error *error)
{
    *result = NULL;
    hinge_options options;
    hinge_status status = session_options(given, &options, error);
    if (status)
        return status;
    hinge_allocator allocator = memory_allocator(&options.allocator);
    hinge_session *session = memory_alloc_zeroed(&allocator, sizeof *session);
    if (!session)
        return status_no_memory(error);
    session->allocator = allocator;
    session->log = options.log;
    session->log_user = options.log_user;
    pthread_mutex_init(&session->lock, NULL);
    status = keep_path(session, path, error);
    if (!status)
        status = path ? load_path(path, &session->allocator, &session->model, error)
                      : load_memory(bytes, size, &session->allocator, &session->model, error);
    if (!status) {
        session->graph = session->model->graph;
        status = make_ready(session, &options, error);
        if (status && path)
            status_prefix_path(error, path);
    }
    if (status) {
        hinge_close(session);
        return status;
    }
    *result = session;
    return HINGE_OK;
}

hinge_status hinge_open(const char *path, const hinge_options *options, hinge_session **session,
                        hinge_error *error)
{
    return open_model(path, NULL, 0, options, session, error);
}

hinge_status hinge_open_memory(const void *bytes, size_t size, const hinge_options *options,
                               hinge_session **session, hinge_error *error)
{
    return open_model(NULL, bytes, size, options, session, error);
}

void hinge_close(hinge_session *session)
{
    if (!session)
        return;
    while (session->plans) {
        struct plan *next = session->plans->next;
        plan_destroy(session->plans);
        session->plans = next;
    }
    for (size_t n = 0; session->states && n < session->graph->n_nodes; n++)
        host_state_clear(&session->allocator, &session->states[n]);
    memory_free(&session->allocator, session->states);
    passes_log_destroy(session->pass_log);
    load_close(session->model);
    threads_destroy(session->threads);
    registry_destroy(session->registry);
    pthread_mutex_destroy(&session->lock);
    hinge_allocator allocator = session->allocator;
    memory_free(&allocator, session->path);
    memory_free(&allocator, session);
}

size_t hinge_n_inputs(const hinge_session *session)
{
    return session->graph->n_inputs;
}

size_t hinge_n_outputs(const hinge_session *session)
{
    return session->graph->n_outputs;
}

static const struct graph_value *find(const struct graph *graph, const uint32_t *list, size_t n,
                                      size_t index)
{
    return index < n ? &graph->values[list[index]] : NULL;
}

static const struct graph_value *input(const hinge_session *session, size_t index)
{
    const struct graph *graph = session->graph;
    return find(graph, graph->inputs, graph->n_inputs, index);
}

static const struct graph_value *output(const hinge_session *session, size_t index)
{
    const struct graph *graph = session->graph;
    return find(graph, graph->outputs, graph->n_outputs, index);
}

static const char *dim_name(const struct graph_value *value, int32_t axis)
{
    bool there = value && value->dim_names && axis >= 0 && axis < value->tensor.rank;
    return there ? value->dim_names[axis] : NULL;
}

const char *hinge_input_name(const hinge_session *session, size_t index)
{
    const struct graph_value *value = input(session, index);
    return value ? value->name : NULL;
}

const char *hinge_output_name(const hinge_session *session, size_t index)
{
    const struct graph_value *value = output(session, index);
    return value ? value->name : NULL;
}

const hinge_tensor *hinge_input_info(const hinge_session *session, size_t index)
{
    const struct graph_value *value = input(session, index);
    return value ? &value->tensor : NULL;
}

const hinge_tensor *hinge_output_info(const hinge_session *session, size_t index)
{
    const struct graph_value *value = output(session, index);
    return value ? &value->tensor : NULL;
}

const char *hinge_input_dim_name(const hinge_session *session, size_t index, int32_t axis)
{
    return dim_name(input(session, index), axis);
}

const char *hinge_output_dim_name(const hinge_session *session, size_t index, int32_t axis)
{
    return dim_name(output(session, index), axis);
}

int64_t hinge_tensor_count(const hinge_tensor *tensor)
{
    hinge_tensor bytes = *tensor;
    bytes.type = HINGE_UINT8;
    return hinge_tensor_size(&bytes);
}

int64_t hinge_tensor_size(const hinge_tensor *tensor)
{
    size_t size;
    return host_tensor_size(tensor, &size) ? (int64_t)size : -1;
}

const char *hinge_version(void)
{
    return HINGE_VERSION;
}
