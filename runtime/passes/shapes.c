/*
 * Shapes that are known without a run, inferred node by node from inputs whose dims are known; what
 * a model declares of its inner values is not believed. And what can be said of shapes whatever the
 * unknown dims of the inputs are: by inferring with two sets of dims in their place, all different,
 * large, and odd in the first.
 */
#include "passes/pass.h"
#include "run/host.h"

#include <string.h>

static bool has_shape(const struct graph *graph, uint32_t value)
{
    size_t size;
    return host_tensor_size(&graph->values[value].tensor, &size) &&
           graph->values[value].tensor.type != HINGE_NO_TYPE;
}

static bool forget_outputs(struct graph *graph, const struct graph_node *node, hinge_tensor *kept)
{
    for (uint32_t i = 0; i < node->n_outputs; i++) {
        if (node->outputs[i] == GRAPH_NONE)
            continue;
        struct graph_value *value = &graph->values[node->outputs[i]];
        kept[i] = value->tensor;
        value->tensor = (hinge_tensor){.rank = -1};
    }
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE && !has_shape(graph, node->inputs[i]))
            return false;
    return true;
}

hinge_status pass_infer_node(struct pass_run *run, uint32_t index, bool *known)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    struct arena arena = {graph->allocator, NULL};
    struct host_caller caller = {
        .allocator = graph->allocator, .graph = graph, .error = run->error};
    struct host_node view;
    hinge_tensor *kept = arena_array(&arena, node->n_outputs, sizeof *kept);
    hinge_status status =
        kept ? host_node_describe(&view, &caller, index, &arena) : HINGE_NO_MEMORY;
    *known = false;
    if (!status && forget_outputs(graph, node, kept)) {
        status = host_infer(&view, node->definition, node->bound);
        *known = status == HINGE_OK;
        if (status == HINGE_NEEDS_DATA)
            status = HINGE_OK;
        else if (status)
            status = host_blame(&caller, node, status);
    }
    for (uint32_t i = 0; i < node->n_outputs && kept; i++) {
        if (node->outputs[i] == GRAPH_NONE)
            continue;
        bool complete = has_shape(graph, node->outputs[i]);
        *known &= complete;
        /* The description of a model's output stays what the model says, unless more is known. */
        if (!complete)
            graph->values[node->outputs[i]].tensor =
                graph->values[node->outputs[i]].is_output ? kept[i] : (hinge_tensor){.rank = -1};
    }
    arena_free(&arena);
    return status;
}

/* A dimension that the model leaves open, by its name where it has one. */
struct open_dim {
    const char *name;
};

static int64_t assumed(struct open_dim *open, uint32_t *n_open, const char *name, int probe)
{
    uint32_t i = 0;
    while (i < *n_open && !(name && open[i].name && strcmp(open[i].name, name) == 0))
        i++;
    if (i == *n_open)
        open[(*n_open)++].name = name;
    return probe == 0 ? 227 + 2 * (int64_t)i : 1024 + 32 * (int64_t)i;
}

static hinge_status assume_inputs(const struct graph *graph, struct pass_shapes *shapes, int probe)
{
    uint32_t n_open = 0;
    size_t most = (size_t)graph->n_inputs * HINGE_MAX_RANK;
    struct open_dim *open = arena_array(&shapes->arena, most, sizeof *open);
    if (!open)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < graph->n_inputs; i++) {
        const struct graph_value *value = &graph->values[graph->inputs[i]];
        hinge_tensor *tensor = &shapes->probes[probe][graph->inputs[i]];
        *tensor = value->tensor;
        for (int32_t d = 0; d < tensor->rank; d++)
            if (tensor->dims[d] < 0)
                tensor->dims[d] =
                    assumed(open, &n_open, value->dim_names ? value->dim_names[d] : NULL, probe);
    }
    return HINGE_OK;
}

/* Infers node's outputs among the tensors of a probe; leaves them unknown where that fails. */
static hinge_status probe_node(struct pass_run *run, struct pass_shapes *shapes,
                               hinge_tensor *tensors, uint32_t index)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    const hinge_tensor **inputs = arena_array(&shapes->arena, node->n_inputs, sizeof *inputs);
    hinge_tensor **outputs = arena_array(&shapes->arena, node->n_outputs, sizeof *outputs);
    if (!inputs || !outputs)
        return HINGE_NO_MEMORY;
    size_t size;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i] == GRAPH_NONE)
            continue;
        inputs[i] = &tensors[node->inputs[i]];
        if (inputs[i]->type == HINGE_NO_TYPE || !host_tensor_size(inputs[i], &size))
            return HINGE_OK;
    }
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] != GRAPH_NONE)
            outputs[i] = &tensors[node->outputs[i]];
    struct host_caller caller = {.allocator = graph->allocator, .graph = graph};
    struct host_node view;
    host_node_set(&view, &caller, index, inputs, outputs);
    hinge_status status = host_infer(&view, node->definition, node->bound);
    for (uint32_t i = 0; i < node->n_outputs && status; i++)
        if (outputs[i])
            *outputs[i] = (hinge_tensor){.rank = -1};
    return status == HINGE_NO_MEMORY ? status : HINGE_OK;
}

hinge_status pass_find_shapes(struct pass_run *run, struct pass_shapes *shapes)
{
    const struct graph *graph = run->graph;
    *shapes = (struct pass_shapes){.arena = {graph->allocator, NULL}, .n_values = graph->n_values};
    hinge_status status = HINGE_OK;
    for (int probe = 0; probe < 2 && !status; probe++) {
        hinge_tensor *tensors = arena_array(&shapes->arena, graph->n_values, sizeof *tensors);
        shapes->probes[probe] = tensors;
        if (!tensors)
            return HINGE_NO_MEMORY;
        for (size_t v = 0; v < graph->n_values; v++)
            tensors[v] = graph_is_constant(graph, (uint32_t)v) ? graph->values[v].tensor
                                                               : (hinge_tensor){.rank = -1};
        status = assume_inputs(graph, shapes, probe);
        for (uint32_t n = 0; n < graph->n_nodes && !status; n++)
            status = probe_node(run, shapes, tensors, n);
    }
    return status;
}

static bool is_known(const struct pass_shapes *shapes, uint32_t value)
{
    size_t size;
    for (int probe = 0; probe < 2; probe++)
        if (value >= shapes->n_values || shapes->probes[probe][value].type == HINGE_NO_TYPE ||
            !host_tensor_size(&shapes->probes[probe][value], &size))
            return false;
    return shapes->probes[0][value].rank == shapes->probes[1][value].rank;
}

bool pass_same_shape(const struct pass_shapes *shapes, uint32_t a, uint32_t b)
{
    if (!is_known(shapes, a) || !is_known(shapes, b))
        return false;
    for (int probe = 0; probe < 2; probe++) {
        const hinge_tensor *x = &shapes->probes[probe][a], *y = &shapes->probes[probe][b];
        if (x->type != y->type || x->rank != y->rank ||
            memcmp(x->dims, y->dims, (size_t)x->rank * sizeof x->dims[0]) != 0)
            return false;
    }
    return true;
}

hinge_tensor pass_shape(const struct pass_shapes *shapes, uint32_t value)
{
    if (!is_known(shapes, value))
        return (hinge_tensor){.rank = -1};
    hinge_tensor tensor = shapes->probes[0][value];
    tensor.data = NULL;
    for (int32_t d = 0; d < tensor.rank; d++)
        if (tensor.dims[d] != shapes->probes[1][value].dims[d])
            tensor.dims[d] = -1;
    return tensor;
}
