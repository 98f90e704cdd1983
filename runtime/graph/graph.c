#include "graph/graph.h"

#include "base/tensor.h"

#include <stdio.h>
#include <string.h>

hinge_status graph_create(const hinge_allocator *allocator, struct graph **result)
{
    struct graph *graph = memory_alloc_zeroed(allocator, sizeof *graph);
    *result = graph;
    if (!graph)
        return HINGE_NO_MEMORY;
    graph->allocator = allocator;
    graph->arena.allocator = allocator;
    graph->name = graph->producer_name = graph->producer_version = "";
    graph->model_domain = graph->model_doc = graph->graph_doc = "";
    return HINGE_OK;
}

static void destroy_subgraphs(struct graph_attribute *attributes, uint32_t n_attributes)
{
    for (uint32_t a = 0; a < n_attributes; a++) {
        graph_destroy(attributes[a].graph);
        attributes[a].graph = NULL;
    }
}

void graph_destroy(struct graph *graph)
{
    if (!graph)
        return;
    for (size_t v = 0; v < graph->n_values; v++)
        if (graph->values[v].storage == GRAPH_OWNED)
            memory_free(graph->allocator, graph->values[v].tensor.data);
    for (uint32_t d = 0; d < graph->n_defaults; d++)
        if (graph->defaults[d].storage == GRAPH_OWNED)
            memory_free(graph->allocator, graph->defaults[d].tensor.data);
    for (size_t n = 0; n < graph->n_nodes; n++)
        destroy_subgraphs(graph->nodes[n].attributes, graph->nodes[n].n_attributes);
    for (uint32_t f = 0; f < graph->n_functions; f++) {
        destroy_subgraphs(graph->functions[f].attributes, graph->functions[f].n_attributes);
        graph_destroy(graph->functions[f].body);
    }
    memory_free(graph->allocator, graph->values);
    memory_free(graph->allocator, graph->nodes);
    memory_free(graph->allocator, graph->spares);
    arena_free(&graph->arena);
    memory_free(graph->allocator, graph);
}

uint32_t graph_add_value(struct graph *graph, const char *name)
{
    char *copy = arena_string(&graph->arena, name, strlen(name));
    if (!copy || graph->n_values >= GRAPH_NONE ||
        !memory_grow(graph->allocator, (void **)&graph->values, &graph->values_capacity,
                     graph->n_values, sizeof *graph->values))
        return GRAPH_NONE;
    graph->values[graph->n_values] = (struct graph_value){
        .name = copy, .tensor = {.rank = -1}, .producer = GRAPH_NONE, .outer = GRAPH_NONE};
    return (uint32_t)graph->n_values++;
}

static const struct hinge_activation no_activation = {.kind = HINGE_ACT_NONE};

static uint32_t *copy_indices(struct graph *graph, const uint32_t *indices, uint32_t n)
{
    uint32_t *copy = arena_array(&graph->arena, n, sizeof *copy);
    if (copy && n)
        memcpy(copy, indices, n * sizeof *copy);
    return copy;
}

uint32_t graph_add_node(struct graph *graph, const char *op, const char *domain, uint32_t opset,
                        const uint32_t *inputs, uint32_t n_inputs, const uint32_t *outputs,
                        uint32_t n_outputs)
{
    struct graph_node node = {.name = "",
                              .overload = "",
                              .op = arena_string(&graph->arena, op, strlen(op)),
                              .domain = arena_string(&graph->arena, domain, strlen(domain)),
                              .opset = opset,
                              .epilogue = {.activation = &no_activation},
                              .inputs = copy_indices(graph, inputs, n_inputs),
                              .n_inputs = n_inputs,
                              .outputs = copy_indices(graph, outputs, n_outputs),
                              .n_outputs = n_outputs};
    if (!node.op || !node.domain || !node.inputs || !node.outputs || graph->n_nodes >= GRAPH_NONE ||
        !memory_grow(graph->allocator, (void **)&graph->nodes, &graph->nodes_capacity,
                     graph->n_nodes, sizeof *graph->nodes))
        return GRAPH_NONE;
    uint32_t index = (uint32_t)graph->n_nodes++;
    graph->nodes[index] = node;
    for (uint32_t i = 0; i < n_inputs; i++)
        if (inputs[i] != GRAPH_NONE)
            graph->values[inputs[i]].n_readers++;
    for (uint32_t i = 0; i < n_outputs; i++)
        if (outputs[i] != GRAPH_NONE)
            graph->values[outputs[i]].producer = index;
    return index;
}

uint32_t graph_add_constant(struct graph *graph, const char *name, hinge_type type, int32_t rank,
                            const int64_t *dims)
{
    hinge_tensor tensor = hinge_tensor_over(type, rank, dims, NULL);
    size_t size;
    if (!tensor_size(&tensor, &size) || !(tensor.data = memory_alloc(graph->allocator, size)))
        return GRAPH_NONE;
    uint32_t value = graph_add_value(graph, name);
    if (value == GRAPH_NONE)
        memory_free(graph->allocator, tensor.data);
    else
        graph_make_constant(graph, value, &tensor);
    return value;
}

void graph_make_constant(struct graph *graph, uint32_t index, const hinge_tensor *tensor)
{
    struct graph_value *value = &graph->values[index];
    if (value->producer != GRAPH_NONE) {
        struct graph_node *node = &graph->nodes[value->producer];
        for (uint32_t i = 0; i < node->n_outputs; i++)
            if (node->outputs[i] == index)
                node->outputs[i] = GRAPH_NONE;
    }
    value->producer = GRAPH_NONE;
    value->tensor = *tensor;
    value->type_code = (hinge_type_code)tensor->type;
    value->storage = GRAPH_OWNED;
    value->is_static = true;
}

void graph_drop_constant(struct graph *graph, uint32_t index)
{
    struct graph_value *value = &graph->values[index];
    if (value->storage == GRAPH_OWNED)
        memory_free(graph->allocator, value->tensor.data);
    value->tensor.data = NULL;
}

void graph_set_input(struct graph *graph, uint32_t node, uint32_t index, uint32_t value)
{
    uint32_t *input = &graph->nodes[node].inputs[index];
    if (value != GRAPH_NONE)
        graph->values[value].n_readers++;
    if (*input != GRAPH_NONE)
        graph->values[*input].n_readers--;
    *input = value;
}

hinge_status graph_append_input(struct graph *graph, uint32_t index, uint32_t position,
                                uint32_t value)
{
    struct graph_node *node = &graph->nodes[index];
    if (position >= node->n_inputs) {
        uint32_t *longer = arena_array(&graph->arena, (size_t)position + 1, sizeof *longer);
        if (!longer)
            return HINGE_NO_MEMORY;
        for (uint32_t i = 0; i <= position; i++)
            longer[i] = i < node->n_inputs ? node->inputs[i] : GRAPH_NONE;
        node->inputs = longer;
        node->n_inputs = position + 1;
    }
    graph_set_input(graph, index, position, value);
    return HINGE_OK;
}

void graph_set_output(struct graph *graph, uint32_t node, uint32_t index, uint32_t value)
{
    graph->nodes[node].outputs[index] = value;
    graph->values[value].producer = node;
}

/* The values that subgraphs of node read of graph have these readers no more. */
static void forget_captures(struct graph *graph, const struct graph_node *node)
{
    for (uint32_t a = 0; a < node->n_attributes; a++) {
        const struct graph *subgraph = node->attributes[a].graph;
        for (size_t v = 0; subgraph && v < subgraph->n_values; v++)
            if (subgraph->values[v].outer != GRAPH_NONE)
                graph->values[subgraph->values[v].outer].n_readers--;
    }
}

bool graph_replace_value(struct graph *graph, uint32_t old, uint32_t replacement,
                         uint32_t *replacements)
{
    struct graph_value *from = &graph->values[old], *to = &graph->values[replacement];
    if (from->is_output && (to->is_output || to->is_input || to->storage != GRAPH_NOT_CONSTANT ||
                            to->producer == GRAPH_NONE))
        return false;
    replacements[old] = replacement;
    to->n_readers += from->n_readers;
    from->n_readers = 0;
    if (!from->is_output)
        return true;
    for (uint32_t i = 0; i < graph->n_outputs; i++)
        if (graph->outputs[i] == old)
            graph->outputs[i] = replacement;
    from->is_output = false;
    to->is_output = true;
    to->name = from->name;
    to->tensor = from->tensor;
    to->type_code = from->type_code;
    to->dim_names = from->dim_names;
    from->name = "";
    return true;
}

static void follow(uint32_t *value, const uint32_t *replacements)
{
    if (*value != GRAPH_NONE && replacements[*value] != GRAPH_NONE)
        *value = replacements[*value];
}

void graph_follow(struct graph *graph, uint32_t index, const uint32_t *replacements)
{
    const struct graph_node *node = &graph->nodes[index];
    for (uint32_t i = 0; i < node->n_inputs; i++)
        follow(&node->inputs[i], replacements);
    for (uint32_t a = 0; a < node->n_attributes; a++) {
        struct graph *subgraph = node->attributes[a].graph;
        for (size_t v = 0; subgraph && v < subgraph->n_values; v++)
            follow(&subgraph->values[v].outer, replacements);
    }
}

void graph_remove_node(struct graph *graph, uint32_t index)
{
    struct graph_node *node = &graph->nodes[index];
    if (node->removed)
        return;
    node->removed = true;
    forget_captures(graph, node);
    destroy_subgraphs(node->attributes, node->n_attributes);
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE)
            graph->values[node->inputs[i]].n_readers--;
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] != GRAPH_NONE && graph->values[node->outputs[i]].producer == index)
            graph->values[node->outputs[i]].producer = GRAPH_NONE;
}

uint32_t graph_add_spare(struct graph *graph, const struct graph_node *node)
{
    if (graph->n_spares >= GRAPH_NONE ||
        !memory_grow(graph->allocator, (void **)&graph->spares, &graph->spares_capacity,
                     graph->n_spares, sizeof *graph->spares))
        return GRAPH_NONE;
    struct graph_node *spare = &graph->spares[graph->n_spares];
    *spare = *node;
    spare->spares = NULL;
    spare->n_spares = 0;
    spare->inputs = copy_indices(graph, node->inputs, node->n_inputs);
    spare->outputs = copy_indices(graph, node->outputs, node->n_outputs);
    return spare->inputs && spare->outputs ? (uint32_t)graph->n_spares++ : GRAPH_NONE;
}

hinge_status graph_append_spare(struct graph *graph, uint32_t index, uint32_t spare)
{
    struct graph_node *node = &graph->nodes[index];
    uint32_t *longer = arena_array(&graph->arena, (size_t)node->n_spares + 1, sizeof *longer);
    if (!longer || spare == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    if (node->n_spares)
        memcpy(longer, node->spares, node->n_spares * sizeof *longer);
    longer[node->n_spares++] = spare;
    node->spares = longer;
    return HINGE_OK;
}

void graph_borrow_constants(struct graph *graph)
{
    for (size_t v = 0; v < graph->n_values; v++) {
        struct graph_value *value = &graph->values[v];
        if (value->outer == GRAPH_NONE || !graph_is_constant(graph->parent, value->outer))
            continue;
        value->tensor = graph->parent->values[value->outer].tensor;
        value->type_code = graph->parent->values[value->outer].type_code;
        value->storage = GRAPH_BORROWED;
        value->is_static = true;
    }
}

static hinge_status find_captures(struct graph *graph)
{
    graph->captures = arena_array(&graph->arena, graph->n_values, sizeof *graph->captures);
    if (!graph->captures)
        return HINGE_NO_MEMORY;
    graph->n_captures = 0;
    for (uint32_t v = 0; v < graph->n_values; v++)
        if (graph->values[v].outer != GRAPH_NONE && !graph_is_constant(graph, v) &&
            graph->values[v].n_readers)
            graph->captures[graph->n_captures++] = v;
    return HINGE_OK;
}

static hinge_status number_bodies(struct graph *graph, struct graph_node *node, uint32_t *n_graphs)
{
    node->n_captures = 0;
    for (uint32_t a = 0; a < node->n_attributes; a++) {
        struct graph *body = node->attributes[a].graph;
        if (!body)
            continue;
        hinge_status status = graph_number(body, n_graphs);
        if (status)
            return status;
        uint32_t *captures = arena_array(&graph->arena, (size_t)node->n_captures + body->n_captures,
                                         sizeof *captures);
        if (!captures)
            return HINGE_NO_MEMORY;
        if (node->n_captures)
            memcpy(captures, node->captures, node->n_captures * sizeof *captures);
        for (uint32_t i = 0; i < body->n_captures; i++)
            captures[node->n_captures++] = body->values[body->captures[i]].outer;
        node->captures = captures;
    }
    return HINGE_OK;
}

hinge_status graph_number(struct graph *graph, uint32_t *n_graphs)
{
    graph->index = (*n_graphs)++;
    hinge_status status = HINGE_OK;
    for (size_t n = 0; n < graph->n_nodes && !status; n++)
        if (graph->nodes[n].n_attributes)
            status = number_bodies(graph, &graph->nodes[n], n_graphs);
    return status ? status : find_captures(graph);
}

const char *graph_node_name(const struct graph *graph, const struct graph_node *node)
{
    if (*node->name || !graph)
        return node->name;
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] != GRAPH_NONE && *graph->values[node->outputs[i]].name)
            return graph->values[node->outputs[i]].name;
    return "";
}

const char *graph_node_text(const struct graph *graph, const struct graph_node *node, char *text,
                            size_t size)
{
    const char *colons = *node->domain ? "::" : "";
    const char *name = graph_node_name(graph, node);
    if (*node->name)
        snprintf(text, size, "node \"%s\" (%s%s%s)", node->name, node->domain, colons, node->op);
    else if (*name)
        snprintf(text, size, "the node of \"%s\" (%s%s%s)", name, node->domain, colons, node->op);
    else
        snprintf(text, size, "node without name (%s%s%s)", node->domain, colons, node->op);
    return text;
}
