/*
 * Opening a session, stage by stage: load, inline functions, bind operators, rewrite, prepare,
 * plan; running follows in hinge_run. The table of contents of the runtime.
 */
#include "plan/session.h"

#include "base/tensor.h"
#include "load/load.h"
#include "plan/plan.h"

#include <stdio.h>
#include <string.h>

/* Values that are wanted beside the model's outputs become outputs. */

static bool is_asked(const struct graph *graph, uint32_t index, const hinge_options *options,
                     bool *found)
{
    const struct graph_value *value = &graph->values[index];
    bool asked = options->all_values && *value->name && value->producer != GRAPH_NONE;
    for (size_t i = 0; i < options->n_values; i++)
        if (*value->name && strcmp(options->values[i], value->name) == 0)
            asked = found[i] = true;
    return asked && !value->is_output;
}

static hinge_status add_outputs(struct graph *graph, const hinge_options *options, bool *found)
{
    uint32_t *outputs = arena_array(&graph->arena, graph->n_values, sizeof *outputs);
    if (!outputs)
        return HINGE_NO_MEMORY;
    uint32_t n = 0;
    for (uint32_t v = 0; v < graph->n_values; v++)
        if (is_asked(graph, v, options, found))
            outputs[n++] = v;
    uint32_t *all = arena_array(&graph->arena, (size_t)graph->n_outputs + n, sizeof *all);
    if (!all)
        return HINGE_NO_MEMORY;
    if (graph->n_outputs)
        memcpy(all, graph->outputs, graph->n_outputs * sizeof *all);
    for (uint32_t i = 0; i < n; i++) {
        graph->values[outputs[i]].is_output = true;
        graph->values[outputs[i]].n_readers++;
        all[graph->n_outputs++] = outputs[i];
    }
    graph->outputs = all;
    return HINGE_OK;
}

static hinge_status ask_values(hinge_session *session, const hinge_options *options,
                               hinge_error *error)
{
    session->n_model_outputs = session->graph->n_outputs;
    if (!options->n_values && !options->all_values)
        return HINGE_OK;
    bool *found = memory_alloc_zeroed(&session->allocator, options->n_values * sizeof *found);
    if (!found)
        return status_no_memory(error);
    hinge_status status = add_outputs(session->graph, options, found);
    if (status)
        status_no_memory(error);
    for (size_t i = 0; i < options->n_values && !status; i++)
        if (!found[i])
            status =
                status_fail(error, HINGE_BAD_ARGUMENT,
                            "the model's main graph has no value \"%.100s\"", options->values[i]);
    memory_free(&session->allocator, found);
    return status;
}

/* Binding and rewriting */

/* Inputs that may be left out come last. */
static hinge_status order_inputs(hinge_session *session, hinge_error *error)
{
    struct graph *graph = session->graph;
    uint32_t *ordered = arena_array(&graph->arena, graph->n_inputs, sizeof *ordered), n = 0;
    if (!ordered)
        return status_no_memory(error);
    for (int with_default = 0; with_default < 2; with_default++)
        for (uint32_t i = 0; i < graph->n_inputs; i++)
            if ((graph->values[graph->inputs[i]].default_tensor != NULL) == with_default)
                ordered[n++] = graph->inputs[i];
    graph->inputs = ordered;
    return HINGE_OK;
}

static hinge_status rewrite(hinge_session *session, const hinge_options *options,
                            hinge_error *error)
{
    struct passes passes = {.registry = session->registry,
                            .session = &session->host,
                            .disabled = options->disabled_passes,
                            .n_disabled = options->n_disabled_passes,
                            .budget = &session->model->budget};
    session->n_nodes_loaded = session->graph->n_nodes;
    hinge_status status = passes_begin(&passes, error);
    session->pass_log = passes.log;
    if (!status)
        status = order_inputs(session, error);
    if (!status)
        status = passes_run(&passes, session->graph, false, error);
    if (!status)
        status = ask_values(session, options, error);
    if (!status)
        status = bind_model(session->registry, &session->host, session->graph,
                            options->allow_missing, &session->missing, error);
    return !status && !session->missing.n ? passes_run(&passes, session->graph, true, error)
                                          : status;
}

/* Programs */

static void list_graph(hinge_session *session, struct graph *graph, size_t parent_node,
                       const char *attribute, size_t *n_nodes, size_t *n_values)
{
    struct session_graph *entry = &session->graphs[graph->index];
    *entry = (struct session_graph){graph, *n_nodes, *n_values, parent_node, attribute};
    *n_nodes += graph->n_nodes;
    *n_values += graph->n_values;
    for (size_t n = 0; n < graph->n_nodes; n++)
        for (uint32_t a = 0; a < graph->nodes[n].n_attributes; a++)
            if (graph->nodes[n].attributes[a].graph)
                list_graph(session, graph->nodes[n].attributes[a].graph, entry->first_node + n,
                           graph->nodes[n].attributes[a].name, n_nodes, n_values);
}

static hinge_status create_programs(hinge_session *session, hinge_error *error)
{
    session->n_graphs = 0;
    if (graph_number(session->graph, &session->n_graphs))
        return status_no_memory(error);
    session->graphs =
        memory_alloc_zeroed(&session->allocator, session->n_graphs * sizeof *session->graphs);
    if (!session->graphs)
        return status_no_memory(error);
    size_t n_nodes = 0, n_values = 0;
    list_graph(session, session->graph, SIZE_MAX, NULL, &n_nodes, &n_values);
    if (session->missing.n)
        return HINGE_OK;
    session->programs =
        memory_alloc_zeroed(&session->allocator, session->n_graphs * sizeof *session->programs);
    if (!session->programs)
        return status_no_memory(error);
    for (uint32_t g = 0; g < session->n_graphs; g++)
        if (program_create(&session->programs[g], &session->host, session->graphs[g].graph))
            return status_no_memory(error);
    return program_make_ready(&session->programs[0], error);
}

/* With all input shapes known, the first plan is made now: what does not fit is told at open. */
static hinge_status plan_ahead(hinge_session *session, hinge_error *error)
{
    const struct graph *graph = session->graph;
    for (uint32_t i = 0; i < graph->n_inputs; i++)
        if (!tensor_is_known(&graph->values[graph->inputs[i]].tensor))
            return HINGE_OK;
    struct arena arena = {&session->allocator, NULL};
    hinge_tensor *inputs = arena_array(&arena, graph->n_inputs, sizeof *inputs);
    struct plan *plan;
    hinge_status status = HINGE_NO_MEMORY;
    if (inputs) {
        for (uint32_t i = 0; i < graph->n_inputs; i++)
            inputs[i] = graph->values[graph->inputs[i]].tensor;
        status = plan_get(&session->programs[0], inputs, &plan, error);
        if (!status)
            plan_release(&session->programs[0], plan);
    } else {
        status_no_memory(error);
    }
    arena_free(&arena);
    return status;
}

static void release_mapped(const void *model, const void *bytes, size_t size)
{
    load_release(model, bytes, size);
}

static hinge_status make_ready(hinge_session *session, const hinge_options *options,
                               hinge_error *error)
{
    hinge_status status = HINGE_OK;
    session->host = (struct host_session){
        .allocator = &session->allocator,
        .release = release_mapped,
        .model = session->model,
        .log = options->log,
        .log_user = options->log_user,
        .options = options->direct_convolution ? HINGE_DIRECT_CONVOLUTION : 0};
    if (options->threads)
        session->host.threads = threads_retain(options->threads);
    else
        status =
            threads_create(&session->allocator, options->n_threads, &session->host.threads, error);
    if (!status)
        status = registry_create(options, &session->allocator, &session->registry, error);
    if (!status)
        session->host.cpu_features = session->registry->cpu_features;
    if (!status && options->cache &&
        cache_open(options->cache, &session->allocator, options->log, options->log_user,
                   &session->host.cache))
        status = status_no_memory(error);
    if (!status)
        status = rewrite(session, options, error);
    if (!status)
        status = create_programs(session, error);
    return !status && !session->missing.n ? plan_ahead(session, error) : status;
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

static hinge_status create(const hinge_options *options, hinge_session **result, hinge_error *error)
{
    hinge_allocator allocator = memory_allocator(&options->allocator);
    hinge_session *session = memory_alloc_zeroed(&allocator, sizeof *session);
    *result = session;
    if (!session)
        return status_no_memory(error);
    session->allocator = allocator;
    if (!options->memory_limit)
        return HINGE_OK;
    session->limit = memory_limit_create(&allocator, options->memory_limit);
    if (!session->limit)
        return status_no_memory(error);
    session->allocator = memory_limit_allocator(session->limit);
    return HINGE_OK;
}

static hinge_status open_model(const char *path, const void *bytes, size_t size,
                               const hinge_options *given, hinge_session **result,
                               hinge_error *error)
{
    *result = NULL;
    hinge_options options;
    hinge_session *session = NULL;
    hinge_status status = session_options(given, &options, error);
    if (!status)
        status = create(&options, &session, error);
    if (!status)
        status = keep_path(session, path, error);
    if (!status) {
        const struct load_options load = {.overridable_defaults = options.overridable_defaults,
                                          .memory_budget = options.constant_limit};
        status = path
                     ? load_path(path, &load, &session->allocator, &session->model, error)
                     : load_memory(bytes, size, &load, &session->allocator, &session->model, error);
        if (!status) {
            session->graph = session->model->graph;
            status = session_fail(session, make_ready(session, &options, error), error);
        } else if (status == HINGE_NO_MEMORY) { /* maybe by the limit */
            status = session_fail(session, status_no_memory(error), error);
        }
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
    for (uint32_t g = 0; session->programs && g < session->n_graphs; g++)
        program_destroy(&session->programs[g]);
    memory_free(&session->allocator, session->programs);
    memory_free(&session->allocator, session->graphs);
    passes_log_destroy(session->pass_log);
    bind_missing_free(&session->missing);
    load_close(session->model);
    threads_release(session->host.threads);
    cache_close(session->host.cache);
    registry_destroy(session->registry);
    memory_free(&session->allocator, session->path);
    struct memory_limit *limit = session->limit;
    hinge_allocator allocator = limit ? limit->inner : session->allocator;
    memory_free(&allocator, session);
    memory_limit_destroy(limit);
}
