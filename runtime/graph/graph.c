#include "graph/graph.h"

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
    for (size_t n = 0; n < graph->n_nodes; n++)
        destroy_subgraphs(graph->nodes[n].attributes, graph->nodes[n].n_attributes);
    for (uint32_t f = 0; f < graph->n_functions; f++) {
        destroy_subgraphs(graph->functions[f].attributes, graph->functions[f].n_attributes);
        graph_destroy(graph->functions[f].body);
    }
    memory_free(graph->allocator, graph->values);
    memory_free(graph->allocator, graph->nodes);
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
    int64_t size = hinge_tensor_size(&tensor);
    if (size < 0 || !(tensor.data = memory_alloc(graph->allocator, (size_t)size)))
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
    value->storage = GRAPH_OWNED;
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

const char *graph_node_text(const struct graph_node *node, char *text, size_t size)
{
    const char *domain = *node->domain ? node->domain : "";
    const char *colons = *node->domain ? "::" : "";
    if (*node->name)
        snprintf(text, size, "node \"%s\" (%s%s%s)", node->name, domain, colons, node->op);
    else
        snprintf(text, size, "node without name (%s%s%s)", domain, colons, node->op);
    return text;
}
