/*
 * Replaces every call of a model-local function by the function's nodes, also within subgraphs.
 * What they refer to (names, lists, tensors) stays in the function's body, which lives as long as
 * the model; a subgraph in the body is copied for each call.
 */
#include "passes/pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Functions that call functions twice each can make any number of nodes and values out of a small
 * file, and any depth of subgraphs. */
#define MAX_ADDED ((size_t)1 << 20)
#define MAX_DEPTH 64

/* The call that a node comes from: the one that is written in its function's body comes from that
 * of the function. */
struct call {
    const struct graph_function *function;
    const struct call *from;
};

struct inlining {
    struct pass_run *run;
    const struct graph_function **functions; /* ordered by identity */
    size_t n_functions;
    size_t n_added; /* nodes and values */
    struct arena arena;
};

/* A body being written into graph in place of the node `call`. */
struct expansion {
    struct inlining *inlining;
    struct graph *graph;
    const struct graph_function *function;
    struct graph_node call;
    const char *prefix; /* of names */
    uint32_t *values;   /* for each value of the body, that in graph; GRAPH_NONE: left out */
};

static int compare_identity(const char *domain_a, const char *name_a, const char *overload_a,
                            const struct graph_function *b)
{
    int order = strcmp(name_a, b->name);
    if (!order)
        order = strcmp(domain_a, b->domain);
    return order ? order : strcmp(overload_a, b->overload);
}

static int compare_functions(const void *a, const void *b)
{
    const struct graph_function *function = *(const struct graph_function *const *)a;
    return compare_identity(function->domain, function->name, function->overload,
                            *(const struct graph_function *const *)b);
}

static int compare_call(const void *key, const void *entry)
{
    const struct graph_node *node = key;
    return compare_identity(node->domain, node->op, node->overload,
                            *(const struct graph_function *const *)entry);
}

static const struct graph_function *find_function(const struct inlining *inlining,
                                                  const struct graph_node *node)
{
    const struct graph_function *const *found =
        bsearch(node, inlining->functions, inlining->n_functions, sizeof *inlining->functions,
                compare_call);
    return found ? *found : NULL;
}

static const struct graph_attribute *find_attribute(const struct graph_attribute *attributes,
                                                    uint32_t n_attributes, const char *name)
{
    for (uint32_t a = 0; a < n_attributes; a++)
        if (strcmp(attributes[a].name, name) == 0)
            return &attributes[a];
    return NULL;
}

static hinge_status copy_subgraph(struct expansion *expansion, const struct graph *from,
                                  struct graph *parent, const uint32_t *outer,
                                  struct graph **result);

/* The attributes of a node in the body, with references to the function's own replaced by what the
 * call gives, or by the default; where there is neither, the attribute is left out. */
static hinge_status copy_attributes(struct expansion *expansion, const struct graph_node *from,
                                    struct graph *graph, const uint32_t *outer,
                                    struct graph_node *node)
{
    hinge_error *error = expansion->inlining->run->error;
    node->n_attributes = 0;
    node->attributes = arena_array(&graph->arena, from->n_attributes, sizeof *node->attributes);
    if (!node->attributes)
        return HINGE_NO_MEMORY;
    for (uint32_t a = 0; a < from->n_attributes; a++) {
        struct graph_attribute attribute = from->attributes[a];
        const char *reference = attribute.reference;
        if (reference) {
            const struct graph_function *function = expansion->function;
            const struct graph_attribute *value =
                find_attribute(expansion->call.attributes, expansion->call.n_attributes, reference);
            if (!value)
                value = find_attribute(function->attributes, function->n_attributes, reference);
            if (!value || value->value.type == HINGE_ATTR_NONE)
                continue;
            if (value->graph)
                return status_fail(error, HINGE_UNSUPPORTED,
                                   "attribute %s is a graph, which no function can be given",
                                   reference);
            attribute.value = value->value;
            attribute.reference = NULL;
        }
        attribute.graph = NULL;
        struct graph_attribute *to = &node->attributes[node->n_attributes++];
        *to = attribute;
        if (!from->attributes[a].graph)
            continue;
        hinge_status status =
            copy_subgraph(expansion, from->attributes[a].graph, graph, outer, &to->graph);
        if (status)
            return status;
    }
    return HINGE_OK;
}

static uint32_t *copy_list(struct graph *graph, const uint32_t *list, uint32_t n)
{
    uint32_t *copy = arena_array(&graph->arena, n, sizeof *copy);
    if (copy && n)
        memcpy(copy, list, n * sizeof *copy);
    return copy;
}

static bool copy_values(struct graph *graph, const struct graph *from, const uint32_t *outer)
{
    graph->values = memory_alloc(graph->allocator, from->n_values * sizeof *graph->values);
    if (!graph->values)
        return false;
    if (from->n_values)
        memcpy(graph->values, from->values, from->n_values * sizeof *graph->values);
    graph->n_values = graph->values_capacity = from->n_values;
    for (size_t v = 0; v < from->n_values; v++) {
        struct graph_value *value = &graph->values[v];
        /* The bytes stay the original's. */
        if (value->storage == GRAPH_OWNED)
            value->storage = GRAPH_MAPPED;
        if (value->outer == GRAPH_NONE || !outer)
            continue;
        value->outer = outer[value->outer];
        if (value->outer != GRAPH_NONE)
            graph->parent->values[value->outer].n_readers++;
    }
    return true;
}

/* outer is where the values of the enclosing body are now; NULL where they kept their indices, as
 * everything within a copy does. */
static hinge_status copy_subgraph(struct expansion *expansion, const struct graph *from,
                                  struct graph *parent, const uint32_t *outer,
                                  struct graph **result)
{
    struct graph *graph;
    if (graph_create(parent->allocator, result))
        return HINGE_NO_MEMORY;
    graph = *result;
    graph->name = from->name;
    graph->parent = parent;
    graph->inputs = copy_list(graph, from->inputs, from->n_inputs);
    graph->outputs = copy_list(graph, from->outputs, from->n_outputs);
    graph->n_inputs = from->n_inputs;
    graph->n_outputs = from->n_outputs;
    graph->nodes = memory_alloc(graph->allocator, from->n_nodes * sizeof *graph->nodes);
    graph->nodes_capacity = from->n_nodes;
    if (!graph->inputs || !graph->outputs || !graph->nodes || !copy_values(graph, from, outer))
        return HINGE_NO_MEMORY;
    for (size_t n = 0; n < from->n_nodes; n++) {
        struct graph_node *node = &graph->nodes[graph->n_nodes++];
        *node = from->nodes[n];
        node->n_attributes = 0;
        node->inputs = copy_list(graph, node->inputs, node->n_inputs);
        node->outputs = copy_list(graph, node->outputs, node->n_outputs);
        if (!node->inputs || !node->outputs)
            return HINGE_NO_MEMORY;
        for (uint32_t i = 0; i < node->n_inputs; i++) {
            uint32_t input = node->inputs[i];
            if (input != GRAPH_NONE && from->values[input].outer != GRAPH_NONE &&
                graph->values[input].outer == GRAPH_NONE)
                node->inputs[i] = GRAPH_NONE;
        }
        hinge_status status = copy_attributes(expansion, &from->nodes[n], graph, NULL, node);
        if (status)
            return status;
    }
    expansion->inlining->n_added += from->n_nodes + from->n_values;
    return HINGE_OK;
}

/* "call/name"; "" stays so. NULL where there is no memory. */
static const char *inner_name(struct expansion *expansion, const char *name)
{
    return *name ? arena_format(&expansion->graph->arena, "%s/%s", expansion->prefix, name) : "";
}

/* Gives the value at the call's output what the body returns there, where that cannot be written to
 * it directly. */
static hinge_status add_copy(struct expansion *expansion, uint32_t value, uint32_t output)
{
    if (value == GRAPH_NONE)
        return status_fail(expansion->inlining->run->error, HINGE_BAD_MODEL,
                           "function %s returns an input that is left out",
                           expansion->function->name);
    uint32_t copy = graph_add_node(expansion->graph, "Identity", "", 1, &value, 1, &output, 1);
    return copy == GRAPH_NONE ? HINGE_NO_MEMORY : HINGE_OK;
}

/* Finds or makes, for every value of the body, the one that stands for it. */
static hinge_status map_values(struct expansion *expansion)
{
    const struct graph *body = expansion->function->body;
    const struct graph_node *call = &expansion->call;
    struct graph *graph = expansion->graph;
    uint32_t *values = expansion->values;
    bool *is_mapped = arena_array(&expansion->inlining->arena, body->n_values, sizeof *is_mapped);
    if (!is_mapped)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < body->n_inputs; i++) {
        values[body->inputs[i]] = i < call->n_inputs ? call->inputs[i] : GRAPH_NONE;
        is_mapped[body->inputs[i]] = true;
    }
    for (uint32_t i = 0; i < call->n_outputs; i++) {
        if (call->outputs[i] == GRAPH_NONE || is_mapped[body->outputs[i]])
            continue;
        values[body->outputs[i]] = call->outputs[i];
        is_mapped[body->outputs[i]] = true;
    }
    for (size_t v = 0; v < body->n_values; v++) {
        if (is_mapped[v])
            continue;
        const char *name = inner_name(expansion, body->values[v].name);
        values[v] = name ? graph_add_value(graph, name) : GRAPH_NONE;
        if (values[v] == GRAPH_NONE)
            return HINGE_NO_MEMORY;
        graph->values[values[v]].tensor = body->values[v].tensor;
        graph->values[values[v]].dim_names = body->values[v].dim_names;
    }
    return HINGE_OK;
}

static hinge_status copy_node(struct expansion *expansion, const struct graph_node *from)
{
    struct graph *graph = expansion->graph;
    struct arena *arena = &expansion->inlining->arena;
    uint32_t *inputs = arena_array(arena, from->n_inputs, sizeof *inputs);
    uint32_t *outputs = arena_array(arena, from->n_outputs, sizeof *outputs);
    const char *name = inner_name(expansion, from->name);
    if (!inputs || !outputs || !name)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < from->n_inputs; i++)
        inputs[i] = from->inputs[i] == GRAPH_NONE ? GRAPH_NONE : expansion->values[from->inputs[i]];
    for (uint32_t i = 0; i < from->n_outputs; i++)
        outputs[i] =
            from->outputs[i] == GRAPH_NONE ? GRAPH_NONE : expansion->values[from->outputs[i]];
    uint32_t index = graph_add_node(graph, from->op, from->domain, from->opset, inputs,
                                    from->n_inputs, outputs, from->n_outputs);
    if (index == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    graph->nodes[index].name = name;
    graph->nodes[index].overload = from->overload;
    return copy_attributes(expansion, from, graph, expansion->values, &graph->nodes[index]);
}

static hinge_status check_call(const struct expansion *expansion)
{
    const struct graph_function *function = expansion->function;
    const struct graph_node *call = &expansion->call;
    hinge_error *error = expansion->inlining->run->error;
    if (call->n_inputs > function->body->n_inputs || call->n_outputs > function->body->n_outputs)
        return status_fail(error, HINGE_BAD_MODEL,
                           "has %u inputs and %u outputs, but the function has %u and %u",
                           (unsigned)call->n_inputs, (unsigned)call->n_outputs,
                           (unsigned)function->body->n_inputs, (unsigned)function->body->n_outputs);
    for (uint32_t a = 0; a < call->n_attributes; a++)
        if (!find_attribute(function->attributes, function->n_attributes, call->attributes[a].name))
            return status_fail(error, HINGE_BAD_MODEL, "the function has no attribute %s",
                               call->attributes[a].name);
    expansion->inlining->n_added += function->body->n_nodes + function->body->n_values;
    return expansion->inlining->n_added > MAX_ADDED
               ? status_fail(error, HINGE_LIMIT, "functions make more than %zu nodes and values",
                             MAX_ADDED)
               : HINGE_OK;
}

/* Writes the body of the function that node calls behind graph's nodes. */
static hinge_status expand(struct expansion *expansion, uint32_t index)
{
    struct graph *graph = expansion->graph;
    const struct graph *body = expansion->function->body;
    expansion->call = graph->nodes[index];
    const struct graph_node *call = &expansion->call;
    hinge_status status = check_call(expansion);
    if (status)
        return status;
    bool is_named_by_output = !*call->name && call->n_outputs && call->outputs[0] != GRAPH_NONE;
    expansion->prefix = is_named_by_output ? graph->values[call->outputs[0]].name : call->name;
    expansion->values =
        arena_array(&expansion->inlining->arena, body->n_values, sizeof *expansion->values);
    status = expansion->values ? map_values(expansion) : HINGE_NO_MEMORY;
    for (size_t n = 0; n < body->n_nodes && !status; n++)
        status = copy_node(expansion, &body->nodes[n]);
    for (uint32_t i = 0; i < call->n_outputs && !status; i++)
        if (call->outputs[i] != GRAPH_NONE &&
            expansion->values[body->outputs[i]] != call->outputs[i])
            status = add_copy(expansion, expansion->values[body->outputs[i]], call->outputs[i]);
    return status;
}

static bool is_within(const struct call *call, const struct graph_function *function)
{
    while (call && call->function != function)
        call = call->from;
    return call != NULL;
}

static hinge_status inline_call(struct inlining *inlining, struct graph *graph, uint32_t index,
                                const struct graph_function *function, const struct call *from)
{
    struct pass_run *run = inlining->run;
    struct expansion expansion = {.inlining = inlining, .graph = graph, .function = function};
    hinge_status status =
        is_within(from, function)
            ? status_fail(run->error, HINGE_BAD_MODEL, "function %s calls itself", function->name)
            : expand(&expansion, index);
    char text[256];
    graph_node_text(graph, &graph->nodes[index], text, sizeof text);
    if (status == HINGE_NO_MEMORY) {
        status_no_memory(run->error);
    } else if (status && run->error) {
        status_prefix(run->error, "%s", text);
        snprintf(run->error->node, sizeof run->error->node, "%s", graph->nodes[index].name);
    }
    if (status)
        return status;
    pass_note(run, "inlined %s", text);
    graph_remove_node(graph, index);
    return HINGE_OK;
}

/* Inlines all calls in graph, which was itself written by the call `from` (NULL: by the model). */
static hinge_status inline_graph(struct inlining *inlining, struct graph *graph,
                                 const struct call *from, unsigned depth)
{
    struct {
        const struct call **of; /* for each node: the call that it comes from */
        size_t n, capacity;
    } calls = {NULL, 0, 0};
    hinge_status status = depth > MAX_DEPTH
                              ? status_fail(inlining->run->error, HINGE_LIMIT,
                                            "subgraphs are nested more than %d deep", MAX_DEPTH)
                              : HINGE_OK;
    for (uint32_t n = 0; n < graph->n_nodes && !status; n++) {
        const struct call *origin = n < calls.n ? calls.of[n] : from;
        const struct graph_function *function = find_function(inlining, &graph->nodes[n]);
        for (uint32_t a = 0; a < graph->nodes[n].n_attributes && !function && !status; a++)
            if (graph->nodes[n].attributes[a].graph)
                status =
                    inline_graph(inlining, graph->nodes[n].attributes[a].graph, origin, depth + 1);
        if (!function || status)
            continue;
        struct call *call = arena_alloc(&inlining->arena, sizeof *call);
        size_t n_before = graph->n_nodes;
        status = call ? inline_call(inlining, graph, n, function, origin)
                      : status_no_memory(inlining->run->error);
        if (!status)
            *call = (struct call){function, origin};
        for (; calls.n < graph->n_nodes && !status; calls.n++) {
            if (!memory_grow(graph->allocator, (void **)&calls.of, &calls.capacity, calls.n,
                             sizeof *calls.of))
                status = status_no_memory(inlining->run->error);
            else
                calls.of[calls.n] = calls.n < n_before ? from : call;
        }
    }
    memory_free(graph->allocator, calls.of);
    return !status && depth > 0 ? graph_sort(graph, inlining->run->error) : status;
}

hinge_status pass_inline_functions(struct pass_run *run)
{
    struct graph *graph = run->graph;
    if (!graph->n_functions)
        return HINGE_OK;
    struct inlining inlining = {
        .run = run, .n_functions = graph->n_functions, .arena = {graph->allocator, NULL}};
    inlining.functions =
        arena_array(&inlining.arena, graph->n_functions, sizeof *inlining.functions);
    if (!inlining.functions)
        return status_no_memory(run->error);
    for (uint32_t f = 0; f < graph->n_functions; f++)
        inlining.functions[f] = &graph->functions[f];
    qsort(inlining.functions, inlining.n_functions, sizeof *inlining.functions, compare_functions);
    hinge_status status = inline_graph(&inlining, graph, NULL, 0);
    arena_free(&inlining.arena);
    return status;
}
