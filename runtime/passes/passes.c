/* The list of passes, and the driver that runs it. */
#include "passes/pass.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Those before binding see nodes without definition. */
static const struct {
    const char *name, *summary;
    hinge_status (*run)(struct pass_run *run);
    bool before_binding;
} passes[] = {
    {"inline-functions", "replace calls of the model's own functions by their nodes",
     pass_inline_functions, true},
    {"fold-constants", "compute nodes that read only constants", pass_fold_constants, false},
    {"remove-no-ops", "drop nodes whose output is their input unchanged", pass_remove_no_ops,
     false},
    {"remove-dead", "drop nodes and constants that nobody reads", pass_remove_dead, false},
    {"fold-affine", "fold y = x scale[c] + shift[c] into the weights before it, or into one node",
     pass_fold_affine, false},
    {"fuse-addend", "add a residual within the node that computes the other term", pass_fuse_addend,
     false},
    {"fuse-activation", "compute an activation within the node before it", pass_fuse_activation,
     false},
};
#define N_PASSES (sizeof passes / sizeof passes[0])

const char *hinge_pass_name(size_t index)
{
    return index < N_PASSES ? passes[index].name : NULL;
}

const char *hinge_pass_summary(size_t index)
{
    return index < N_PASSES ? passes[index].summary : NULL;
}

void pass_note(struct pass_run *run, const char *format, ...)
{
    struct pass_log *log = run->session->pass_log;
    struct pass_record *record = run->record;
    if (!memory_grow(log->allocator, (void **)&record->changes, &record->capacity,
                     record->n_changes, sizeof *record->changes))
        return;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *copy = arena_string(&log->arena, text, strlen(text));
    if (copy)
        record->changes[record->n_changes++] = copy;
}

hinge_status pass_bind(struct pass_run *run, size_t first)
{
    return registry_bind(run->session->registry, run->graph, first, run->error);
}

uint32_t pass_sole_producer(const struct graph *graph, uint32_t value)
{
    if (value == GRAPH_NONE || graph->values[value].n_readers != 1 ||
        graph->values[value].is_output)
        return GRAPH_NONE;
    uint32_t producer = graph->values[value].producer;
    return producer != GRAPH_NONE && graph->nodes[producer].definition ? producer : GRAPH_NONE;
}

bool pass_has_one_output(const struct graph *graph, const struct graph_node *node)
{
    for (uint32_t i = 1; i < node->n_outputs; i++)
        if (node->outputs[i] != GRAPH_NONE && graph->values[node->outputs[i]].n_readers)
            return false;
    return node->n_outputs > 0 && node->outputs[0] != GRAPH_NONE;
}

void pass_absorb(struct pass_run *run, uint32_t node, uint32_t reader)
{
    struct graph *graph = run->graph;
    uint32_t output = graph->nodes[reader].outputs[0];
    graph_remove_node(graph, reader);
    graph->values[graph->nodes[node].outputs[0]].producer = GRAPH_NONE;
    graph_set_output(graph, node, 0, output);
}

static hinge_status check_names(const hinge_options *options, hinge_error *error)
{
    for (size_t i = 0; i < options->n_disabled_passes; i++) {
        size_t p = 0;
        while (p < N_PASSES && strcmp(passes[p].name, options->disabled_passes[i]))
            p++;
        if (p == N_PASSES)
            return status_fail(error, HINGE_BAD_ARGUMENT, "there is no pass \"%s\"",
                               options->disabled_passes[i]);
    }
    return HINGE_OK;
}

static bool is_disabled(const hinge_options *options, const char *name)
{
    for (size_t i = 0; i < options->n_disabled_passes; i++)
        if (strcmp(options->disabled_passes[i], name) == 0)
            return true;
    return false;
}

static hinge_status create_log(hinge_session *session, hinge_error *error)
{
    struct pass_log *log = memory_alloc_zeroed(&session->allocator, sizeof *log);
    if (!log)
        return status_no_memory(error);
    session->pass_log = log;
    log->allocator = &session->allocator;
    log->arena.allocator = &session->allocator;
    log->records = arena_array(&log->arena, N_PASSES, sizeof *log->records);
    log->n_records = log->records ? N_PASSES : 0;
    return log->records ? HINGE_OK : status_no_memory(error);
}

hinge_status passes_run(hinge_session *session, const hinge_options *options, hinge_error *error)
{
    hinge_status status = check_names(options, error);
    if (!status)
        status = create_log(session, error);
    bool bound = false;
    session->n_nodes_loaded = session->graph->n_nodes;
    for (size_t p = 0; p < N_PASSES && !status; p++) {
        struct pass_record *record = &session->pass_log->records[p];
        struct pass_run run = {session, session->graph, error, record};
        *record = (struct pass_record){.name = passes[p].name,
                                       .disabled = is_disabled(options, passes[p].name),
                                       .nodes_before = session->graph->n_nodes};
        if (!bound && !passes[p].before_binding) {
            status = pass_bind(&run, 0);
            bound = true;
        }
        if (!status && !record->disabled)
            status = passes[p].run(&run);
        if (!status)
            status = graph_sort(session->graph, error);
        record->nodes_after = session->graph->n_nodes;
    }
    return status;
}

void passes_log_destroy(struct pass_log *log)
{
    if (!log)
        return;
    const hinge_allocator *allocator = log->allocator;
    for (size_t r = 0; r < log->n_records; r++)
        memory_free(allocator, log->records[r].changes);
    arena_free(&log->arena);
    memory_free(allocator, log);
}
