/*
 * Shapes that are known without a run, inferred node by node from inputs whose dims are known; what
 * a model declares of its inner values is not believed. And what can be expected of shapes whatever
 * the unknown dims of the inputs are: by inferring with two sets of dims in their place, all
 * different, large, and odd in the first, and computing what follows from dims alone, as a plan
 * will.
 */
#include "base/tensor.h"
#include "host/evaluate.h"
#include "passes/pass.h"

#include <string.h>

static bool forget_outputs(struct graph *graph, const struct graph_node *node, hinge_tensor *kept)
{
    for (uint32_t i = 0; i < node->n_outputs; i++) {
        if (node->outputs[i] == GRAPH_NONE)
            continue;
        struct graph_value *value = &graph->values[node->outputs[i]];
        kept[i] = value->tensor;
        value->tensor = tensor_of_code(value->type_code);
        value->is_static = false;
    }
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE && !pass_is_static(graph, node->inputs[i]))
            return false;
    return true;
}

hinge_status pass_infer_node(struct pass_run *run, uint32_t index, bool *known)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    struct arena arena = {graph->allocator, NULL};
    struct host_caller caller = pass_caller(run, run->error);
    struct host_node view;
    hinge_tensor *kept = arena_array(&arena, node->n_outputs, sizeof *kept);
    hinge_status status =
        kept ? host_node_describe(&view, &caller, graph, node, &arena) : HINGE_NO_MEMORY;
    *known = false;
    if (!status && forget_outputs(graph, node, kept)) {
        status = host_infer(&view);
        *known = status == HINGE_OK;
        /* A branch that does not fit may never be taken. */
        if (status == HINGE_NEEDS_DATA || (status && status != HINGE_NO_MEMORY && graph->parent))
            status = HINGE_OK;
        else if (status)
            status = host_blame(&caller, graph, node, status);
    }
    for (uint32_t i = 0; i < node->n_outputs && kept; i++) {
        if (node->outputs[i] == GRAPH_NONE)
            continue;
        struct graph_value *value = &graph->values[node->outputs[i]];
        bool complete = !hinge_is_container(value->tensor.type) && tensor_is_known(&value->tensor);
        *known &= complete;
        value->is_static = complete;
        /* The description of a model's output stays what the model says, unless more is known. */
        if (!complete)
            value->tensor = value->is_output ? kept[i] : tensor_of_code(value->type_code);
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
        if (pass_is_static(graph, graph->inputs[i]))
            continue;
        hinge_tensor *tensor = &shapes->probes[probe][graph->inputs[i]];
        *tensor = value->tensor;
        for (int32_t d = 0; d < tensor->rank; d++)
            if (tensor->dims[d] < 0)
                tensor->dims[d] =
                    assumed(open, &n_open, value->dim_names ? value->dim_names[d] : NULL, probe);
    }
    return HINGE_OK;
}

/* Whether the inferred node's outputs follow from data that are known in this probe. Where it reads
 * a constant, init could give that up, which the model needs. */
static bool is_computable(const struct graph *graph, const struct host_node *view)
{
    const struct graph_node *node = view->graph_node;
    const struct hinge_op *op = node->definition;
    if ((op->flags & HINGE_OP_NONDETERMINISTIC) || host_has_bodies(node))
        return false;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i] == GRAPH_NONE)
            continue;
        if ((op->init && graph_is_constant(graph, node->inputs[i])) ||
            (!(op->flags & HINGE_OP_SHAPE_ONLY) && !view->node.inputs[i]->data))
            return false;
    }
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (view->node.outputs[i] && view->node.outputs[i]->type == HINGE_STRING)
            return false;
    return evaluate_is_small(&view->node);
}

static hinge_status compute(struct pass_shapes *shapes, struct host_node *view)
{
    struct node_state state = {.state = NULL};
    hinge_status status = host_init(view->caller, view->graph, view->graph_node, &state);
    view->node.state = state.state;
    if (!status)
        status = evaluate_inferred(view, &shapes->arena);
    host_state_clear(view->graph->allocator, view->graph_node, &state);
    return status;
}

/* Infers node's outputs among the tensors of a probe, and computes what is known of their data;
 * leaves them unknown where that fails. */
static hinge_status probe_node(struct pass_run *run, struct pass_shapes *shapes,
                               hinge_tensor *tensors, uint32_t index)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    const hinge_tensor **inputs = arena_array(&shapes->arena, node->n_inputs, sizeof *inputs);
    hinge_tensor **outputs = arena_array(&shapes->arena, node->n_outputs, sizeof *outputs);
    if (!inputs || !outputs)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i] == GRAPH_NONE)
            continue;
        inputs[i] = &tensors[node->inputs[i]];
        if (hinge_is_container(inputs[i]->type) || !tensor_is_known(inputs[i]))
            return HINGE_OK;
    }
    for (uint32_t i = 0; i < node->n_outputs; i++) {
        if (node->outputs[i] == GRAPH_NONE)
            continue;
        if (pass_is_static(graph, node->outputs[i])) /* known without a guess, and so are all */
            return HINGE_OK;
        outputs[i] = &tensors[node->outputs[i]];
    }
    struct host_caller caller = pass_caller(run, NULL);
    struct host_node view;
    host_node_set(&view, &caller, graph, node, inputs, outputs);
    hinge_status status = host_infer(&view);
    if (!status && is_computable(graph, &view))
        status = compute(shapes, &view);
    for (uint32_t i = 0; i < node->n_outputs && status; i++)
        if (outputs[i])
            *outputs[i] = tensor_of_code(graph->values[node->outputs[i]].type_code);
    return status == HINGE_NO_MEMORY ? status : HINGE_OK;
}

static bool is_known(const struct pass_shapes *shapes, uint32_t value)
{
    for (int probe = 0; probe < 2; probe++)
        if (value >= shapes->n_values || !tensor_is_known(&shapes->probes[probe][value]))
            return false;
    return shapes->probes[0][value].rank == shapes->probes[1][value].rank;
}

bool pass_same_shape(const struct pass_shapes *shapes, uint32_t a, uint32_t b)
{
    if (!is_known(shapes, a) || !is_known(shapes, b))
        return false;
    for (int probe = 0; probe < 2; probe++)
        if (!tensor_same(&shapes->probes[probe][a], &shapes->probes[probe][b]))
            return false;
    return true;
}

hinge_tensor pass_shape(const struct pass_shapes *shapes, uint32_t value)
{
    if (!is_known(shapes, value))
        return TENSOR_UNKNOWN;
    hinge_tensor tensor = shapes->probes[0][value];
    tensor.data = NULL;
    for (int32_t d = 0; d < tensor.rank; d++)
        if (tensor.dims[d] != shapes->probes[1][value].dims[d])
            tensor.dims[d] = -1;
    return tensor;
}

bool pass_is_static(const struct graph *graph, uint32_t value)
{
    return graph_is_constant(graph, value) || graph->values[value].is_static;
}

int32_t pass_rank(const struct pass_shapes *shapes, uint32_t value)
{
    return value < shapes->n_values ? shapes->ranks[value] : -1;
}

/* The rank of what a node writes, from the ranks of what it reads; -1 where that does not tell. */
static int32_t rank_of_output(const struct graph_node *node, const int32_t *ranks)
{
    if (!node->definition || !node->n_inputs || node->inputs[0] == GRAPH_NONE)
        return -1;
    int32_t rank = ranks[node->inputs[0]];
    if (node->definition->linear || node->definition->channels_last ||
        (node->definition->axis && pass_attribute(node, node->definition->axis, HINGE_ATTR_INT)))
        return rank;
    if (!(node->definition->flags & HINGE_OP_ELEMENTWISE))
        return -1;
    for (uint32_t i = 1; i < node->n_inputs && rank >= 0; i++) {
        int32_t other = node->inputs[i] == GRAPH_NONE ? 0 : ranks[node->inputs[i]];
        rank = other < 0 || other > rank ? other : rank;
    }
    return rank;
}

static hinge_status find_ranks(const struct graph *graph, struct pass_shapes *shapes)
{
    shapes->ranks = arena_array(&shapes->arena, graph->n_values, sizeof *shapes->ranks);
    if (!shapes->ranks)
        return HINGE_NO_MEMORY;
    for (uint32_t v = 0; v < graph->n_values; v++) {
        const struct graph_value *value = &graph->values[v];
        /* What is fed is checked against what the model declares. */
        bool is_known = pass_is_static(graph, v) || (value->is_input && !graph->parent);
        shapes->ranks[v] = is_known ? value->tensor.rank : -1;
    }
    for (size_t n = 0; n < graph->n_nodes; n++) {
        const struct graph_node *node = &graph->nodes[n];
        if (node->n_outputs && node->outputs[0] != GRAPH_NONE &&
            shapes->ranks[node->outputs[0]] < 0)
            shapes->ranks[node->outputs[0]] = rank_of_output(node, shapes->ranks);
    }
    return HINGE_OK;
}

hinge_status pass_find_shapes(struct pass_run *run, struct pass_shapes *shapes)
{
    const struct graph *graph = run->graph;
    *shapes = (struct pass_shapes){.arena = {graph->allocator, NULL}, .n_values = graph->n_values};
    hinge_status status = find_ranks(graph, shapes);
    for (int probe = 0; probe < 2 && !status; probe++) {
        hinge_tensor *tensors = arena_array(&shapes->arena, graph->n_values, sizeof *tensors);
        shapes->probes[probe] = tensors;
        if (!tensors)
            return HINGE_NO_MEMORY;
        for (uint32_t v = 0; v < graph->n_values; v++)
            tensors[v] = pass_is_static(graph, v) ? graph->values[v].tensor : TENSOR_UNKNOWN;
        status = assume_inputs(graph, shapes, probe);
        for (uint32_t n = 0; n < graph->n_nodes && !status; n++)
            status = probe_node(run, shapes, tensors, n);
    }
    return status;
}
