/* The list of passes, and the driver that runs it. */
#include "base/tensor.h"
#include "bind/bind.h"
#include "passes/pass.h"
#include "plugins/signature.h"

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
    {"expand-gradients", "replace Gradient nodes by the nodes that compute the derivatives",
     pass_expand_gradients, false},
    {"fold-constants", "compute nodes that read only constants", pass_fold_constants, false},
    {"remove-no-ops", "drop nodes whose output is their input unchanged", pass_remove_no_ops,
     false},
    {"move-dequantize",
     "bring numbers that are only moved into place as the integers that they are",
     pass_move_dequantize, false},
    {"use-integers", "compute in integers what lies between DequantizeLinear and QuantizeLinear",
     pass_use_integers, false},
    {"fold-weights", "compute DequantizeLinear of constants, and what follows from it",
     pass_fold_weights, false},
    {"remove-dead", "drop nodes and constants that nobody reads", pass_remove_dead, false},
    {"fuse-patterns",
     "make one node of a Gelu, HardSwish, normalization or attention (0, not NaN, where all is "
     "masked) that smaller ones compute",
     pass_fuse_patterns, false},
    {"fold-affine", "fold y = x scale[c] + shift[c] into the weights before it, or into one node",
     pass_fold_affine, false},
    {"fuse-swish", "compute x Sigmoid(x) and x HardSigmoid(x) as one activation, 0 at -infinity",
     pass_fuse_swish, false},
    {"fuse-shuffle", "make one node of a split, a swap and a union of channels", pass_fuse_shuffle,
     false},
    {"channels-last", "put the channels last where convolutions gain more than Transposes take",
     pass_channels_last, false},
    {"merge-transposes", "make one Transpose, or none, of two after another", pass_merge_transposes,
     false},
    {"fuse-addend", "add a residual within the node that computes the other term", pass_fuse_addend,
     false},
    {"fuse-activation", "compute an activation within the node before it", pass_fuse_activation,
     false},
    {"concat-in-place", "compute what Concat puts together where it is to lie",
     pass_concat_in_place, false},
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
    struct pass_log *log = run->passes->log;
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

hinge_status pass_bind(struct pass_run *run, uint32_t node)
{
    return bind_node(run->passes->registry, run->passes->session, run->graph, node, run->error);
}

const struct hinge_op *pass_find_operator(const struct pass_run *run, const char *op,
                                          const char *domain, uint32_t opset,
                                          const hinge_type_code *types, uint32_t n)
{
    const struct graph_node node = {.op = op, .domain = domain};
    const struct registry_entry *entries;
    const size_t n_entries = registry_find(run->passes->registry, &node, &entries);
    struct signature_types bound;
    uint32_t bad;
    for (size_t i = 0; i < n_entries; i++)
        if (registry_covers(&entries[i], opset) &&
            signature_match(entries[i].op->signature, types, n, &bound, &bad) &&
            registry_kernel(entries[i].op, bound.codes[0], bound.codes[1]))
            return entries[i].op;
    return NULL;
}

bool pass_has_operator(const struct pass_run *run, const char *op, const char *domain,
                       uint32_t opset)
{
    const struct graph_node node = {.op = op, .domain = domain};
    const struct registry_entry *entries;
    const size_t n = registry_find(run->passes->registry, &node, &entries);
    for (size_t i = 0; i < n; i++)
        if (registry_covers(&entries[i], opset))
            return true;
    return false;
}

const char *pass_gradient(const struct pass_run *run, const struct graph_node *node)
{
    const struct registry_entry *entries;
    const char *text = node->definition->gradient;
    const size_t n = text ? 0 : registry_find(run->passes->registry, node, &entries);
    for (size_t i = 0; i < n && !text; i++)
        if (registry_covers(&entries[i], node->opset))
            text = entries[i].op->gradient;
    return text;
}

const struct hinge_attribute *pass_attribute(const struct graph_node *node, const char *name,
                                             enum hinge_attribute_type type)
{
    const struct hinge_attribute_def *defs = node->definition->attributes;
    for (size_t i = 0; defs && defs[i].name; i++)
        if (defs[i].type == type && strcmp(defs[i].name, name) == 0)
            return &node->bound[i];
    return NULL;
}

hinge_status pass_set_attribute(struct graph *graph, uint32_t index,
                                const struct graph_attribute *attribute)
{
    struct graph_node *node = &graph->nodes[index];
    struct graph_attribute *all =
        arena_array(&graph->arena, (size_t)node->n_attributes + 1, sizeof *all);
    if (!all)
        return HINGE_NO_MEMORY;
    uint32_t n = 0;
    for (uint32_t a = 0; a < node->n_attributes; a++)
        if (strcmp(node->attributes[a].name, attribute->name) != 0)
            all[n++] = node->attributes[a];
    all[n++] = *attribute;
    node->attributes = all;
    node->n_attributes = n;
    return HINGE_OK;
}

struct host_caller pass_caller(const struct pass_run *run, hinge_error *error)
{
    return (struct host_caller){.session = run->passes->session, .error = error};
}

uint32_t pass_sole_producer(const struct graph *graph, uint32_t value)
{
    if (value == GRAPH_NONE || graph->values[value].n_readers != 1 ||
        graph->values[value].is_output)
        return GRAPH_NONE;
    return graph->values[value].producer;
}

void pass_remove_node(struct graph *graph, uint32_t index)
{
    const struct graph_node *node = &graph->nodes[index];
    graph_remove_node(graph, index);
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE && graph_is_constant(graph, node->inputs[i]) &&
            graph->values[node->inputs[i]].n_readers == 0)
            graph_drop_constant(graph, node->inputs[i]);
}

bool pass_has_one_output(const struct graph *graph, const struct graph_node *node)
{
    for (uint32_t i = 1; i < node->n_outputs; i++)
        if (node->outputs[i] != GRAPH_NONE && graph->values[node->outputs[i]].n_readers)
            return false;
    return node->n_outputs > 0 && node->outputs[0] != GRAPH_NONE;
}

bool pass_is_alike(const struct graph *graph, uint32_t input, uint32_t output)
{
    if (input == GRAPH_NONE || output == GRAPH_NONE ||
        graph->values[input].type_code != graph->values[output].type_code)
        return false;
    return !pass_is_static(graph, input) || !pass_is_static(graph, output) ||
           tensor_same(&graph->values[input].tensor, &graph->values[output].tensor);
}

hinge_status pass_absorb(struct pass_run *run, uint32_t node, uint32_t reader)
{
    struct graph *graph = run->graph;
    uint32_t output = graph->nodes[reader].outputs[0];
    if (graph->nodes[node].n_spares) {
        hinge_status status = pass_keep(run, node, reader);
        if (status)
            return status;
    }
    graph_remove_node(graph, reader);
    graph->values[graph->nodes[node].outputs[0]].producer = GRAPH_NONE;
    graph_set_output(graph, node, 0, output);
    return HINGE_OK;
}

/* Constants that a way back reads stay. */
static void count_constants(struct graph *graph, const struct graph_node *spare)
{
    for (uint32_t i = 0; i < spare->n_inputs; i++)
        if (graph_is_constant(graph, spare->inputs[i]))
            graph->values[spare->inputs[i]].n_readers++;
}

hinge_status pass_keep(struct pass_run *run, uint32_t node, uint32_t from)
{
    struct graph *graph = run->graph;
    const struct graph_node *source = &graph->nodes[from];
    if (source->n_spares) {
        for (uint32_t i = 0; i < source->n_spares && from != node; i++)
            if (graph_append_spare(graph, node, source->spares[i]))
                return HINGE_NO_MEMORY;
        return HINGE_OK;
    }
    uint32_t spare = graph_add_spare(graph, source);
    if (spare == GRAPH_NONE || graph_append_spare(graph, node, spare))
        return HINGE_NO_MEMORY;
    graph->spares[spare].is_self = from == node;
    if (from != node)
        count_constants(graph, &graph->spares[spare]);
    return HINGE_OK;
}

static bool is_pass(const char *name)
{
    for (size_t p = 0; p < N_PASSES; p++)
        if (strcmp(passes[p].name, name) == 0)
            return true;
    return false;
}

static bool is_disabled(const struct passes *with, const char *name)
{
    for (size_t i = 0; i < with->n_disabled; i++)
        if (strcmp(with->disabled[i], name) == 0)
            return true;
    return false;
}

hinge_status passes_begin(struct passes *with, hinge_error *error)
{
    for (size_t i = 0; i < with->n_disabled; i++)
        if (!is_pass(with->disabled[i]))
            return status_fail(error, HINGE_BAD_ARGUMENT, "there is no pass \"%s\"",
                               with->disabled[i]);
    const hinge_allocator *allocator = with->session->allocator;
    struct pass_log *log = memory_alloc_zeroed(allocator, sizeof *log);
    if (!log)
        return status_no_memory(error);
    with->log = log;
    log->allocator = allocator;
    log->arena.allocator = allocator;
    log->records = arena_array(&log->arena, N_PASSES, sizeof *log->records);
    if (!log->records)
        return status_no_memory(error);
    log->n_records = N_PASSES;
    for (size_t p = 0; p < N_PASSES; p++)
        log->records[p] = (struct pass_record){.name = passes[p].name,
                                               .disabled = is_disabled(with, passes[p].name)};
    return HINGE_OK;
}

/* What is known of the values of the graph around a body. */
static void see_outer(const struct graph *graph, struct graph *body)
{
    graph_borrow_constants(body);
    for (size_t v = 0; v < body->n_values; v++) {
        struct graph_value *value = &body->values[v];
        if (value->outer == GRAPH_NONE || graph_is_constant(body, (uint32_t)v))
            continue;
        value->is_static = pass_is_static(graph, value->outer);
        if (value->is_static)
            value->tensor = graph->values[value->outer].tensor;
    }
}

static hinge_status run_bodies(struct passes *with, struct graph *graph, hinge_error *error)
{
    hinge_status status = HINGE_OK;
    for (size_t n = 0; n < graph->n_nodes; n++)
        for (uint32_t a = 0; a < graph->nodes[n].n_attributes && !status; a++) {
            struct graph *body = graph->nodes[n].attributes[a].graph;
            if (!body)
                continue;
            see_outer(graph, body);
            status = passes_run(with, body, true, error);
        }
    return status;
}

hinge_status passes_run(struct passes *with, struct graph *graph, bool bound, hinge_error *error)
{
    hinge_status status = HINGE_OK;
    for (size_t p = 0; p < N_PASSES && !status; p++) {
        struct pass_record *record = &with->log->records[p];
        struct pass_run run = {with, graph, error, record};
        if (passes[p].before_binding == bound)
            continue;
        if (!graph->parent)
            record->nodes_before = graph->n_nodes;
        if (!record->disabled)
            status = passes[p].run(&run);
        if (!status)
            status = graph_sort(graph, error);
        if (!graph->parent)
            record->nodes_after = graph->n_nodes;
    }
    return !status && bound ? run_bodies(with, graph, error) : status;
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
