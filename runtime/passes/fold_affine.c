/*
 * y = x scale[c] + shift[c] with constants (an inference BatchNormalization, a Mul or Add of a
 * constant per channel) after a linear operator: into its weight and bias, computed in double.
 * After another of its kind: both into one ChannelAffine.
 */
#include "load/load.h"
#include "passes/pass.h"
#include "run/host.h"

#include <string.h>

struct affine {
    float *scale, *shift;
    int64_t n_channels;
    uint32_t input; /* value */
};

static hinge_status affine_of(struct pass_run *run, uint32_t index, int32_t rank,
                              int64_t n_channels, struct arena *arena, struct affine *affine)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    *affine = (struct affine){.n_channels = n_channels, .input = GRAPH_NONE};
    if (n_channels <= 0 || !node->definition->affine || node->epilogue.addend ||
        node->epilogue.activation.kind != HINGE_ACT_NONE)
        return HINGE_OK;
    affine->scale = arena_array(arena, (size_t)n_channels, sizeof *affine->scale);
    affine->shift = arena_array(arena, (size_t)n_channels, sizeof *affine->shift);
    struct host_caller caller = {.allocator = graph->allocator, .graph = graph};
    struct host_node view;
    if (!affine->scale || !affine->shift || host_node_describe(&view, &caller, index, arena))
        return HINGE_NO_MEMORY;
    for (int64_t c = 0; c < n_channels; c++)
        affine->scale[c] = 1;
    unsigned input = 0;
    if (node->definition->affine(&view.node, rank, n_channels, affine->scale, affine->shift,
                                 &input))
        affine->input = node->inputs[input];
    return HINGE_OK;
}

static bool is_float_constant(const struct graph *graph, uint32_t value)
{
    return graph_is_constant(graph, value) && graph->values[value].tensor.data &&
           graph->values[value].tensor.type == HINGE_FLOAT;
}

/* Whether node can take over what follows it, and the number of its channels. */
static hinge_status linear_of(struct pass_run *run, uint32_t index, struct arena *arena,
                              struct hinge_linear *linear, int64_t *n_channels)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    *n_channels = 0;
    if (!node->definition->linear || node->epilogue.addend ||
        node->epilogue.activation.kind != HINGE_ACT_NONE)
        return HINGE_OK;
    struct host_caller caller = {.allocator = graph->allocator, .graph = graph};
    struct host_node view;
    if (host_node_describe(&view, &caller, index, arena))
        return HINGE_NO_MEMORY;
    *linear = (struct hinge_linear){.n_groups = 1};
    if (!node->definition->linear(&view.node, linear) || linear->weight >= node->n_inputs ||
        !is_float_constant(graph, node->inputs[linear->weight]))
        return HINGE_OK;
    const hinge_tensor *weight = &graph->values[node->inputs[linear->weight]].tensor;
    int64_t n_groups = linear->n_groups;
    if (linear->weight_axis >= weight->rank || n_groups < 1 || weight->dims[0] % n_groups ||
        (linear->weight_axis == 0 && n_groups > 1))
        return HINGE_OK;
    *n_channels = weight->dims[linear->weight_axis] * n_groups;
    uint32_t bias = linear->bias < node->n_inputs ? node->inputs[linear->bias] : GRAPH_NONE;
    if (bias != GRAPH_NONE && (!is_float_constant(graph, bias) ||
                               hinge_count(&graph->values[bias].tensor) != *n_channels))
        *n_channels = 0;
    return HINGE_OK;
}

/* weight'[.. c ..] = weight[.. c ..] scale[c] in a constant of its own. */
static uint32_t scaled_weight(struct graph *graph, uint32_t weight,
                              const struct hinge_linear *linear, const float *scale)
{
    hinge_tensor tensor = graph->values[weight].tensor;
    uint32_t result = graph_add_constant(graph, "", HINGE_FLOAT, tensor.rank, tensor.dims);
    if (result == GRAPH_NONE)
        return GRAPH_NONE;
    const float *from = tensor.data;
    float *to = graph->values[result].tensor.data;
    int64_t inner = 1, n_channels = tensor.dims[linear->weight_axis], count = hinge_count(&tensor);
    for (int32_t d = linear->weight_axis + 1; d < tensor.rank; d++)
        inner *= tensor.dims[d];
    for (int64_t i = 0; i < count; i += inner) {
        int64_t group = i / (count / linear->n_groups);
        double factor = (double)scale[group * n_channels + i / inner % n_channels];
        for (int64_t k = i; k < i + inner; k++)
            to[k] = (float)((double)from[k] * factor);
    }
    return result;
}

static uint32_t scaled_bias(struct graph *graph, uint32_t bias, const struct affine *affine)
{
    const float *from = bias == GRAPH_NONE ? NULL : graph->values[bias].tensor.data;
    uint32_t result = graph_add_constant(graph, "", HINGE_FLOAT, 1, &affine->n_channels);
    if (result == GRAPH_NONE)
        return GRAPH_NONE;
    float *to = graph->values[result].tensor.data;
    for (int64_t c = 0; c < affine->n_channels; c++)
        to[c] = (float)((from ? (double)from[c] * (double)affine->scale[c] : 0) +
                        (double)affine->shift[c]);
    return result;
}

static hinge_status replace_constant(struct pass_run *run, uint32_t node, uint32_t index,
                                     uint32_t value)
{
    struct graph *graph = run->graph;
    uint32_t old =
        index < graph->nodes[node].n_inputs ? graph->nodes[node].inputs[index] : GRAPH_NONE;
    if (value == GRAPH_NONE || graph_append_input(graph, node, index, value))
        return HINGE_NO_MEMORY;
    if (old == GRAPH_NONE)
        return HINGE_OK;
    const struct graph_value *unused = &graph->values[old];
    if (unused->storage == GRAPH_MAPPED)
        load_release(run->session->model, unused->tensor.data,
                     hinge_size(unused->tensor.type, hinge_count(&unused->tensor)));
    if (unused->n_readers == 0)
        graph_drop_constant(graph, old);
    return HINGE_OK;
}

/* Where a linear operator before node can take it over. */
static hinge_status fold_into_linear(struct pass_run *run, uint32_t index, uint32_t producer,
                                     struct arena *arena, bool *done)
{
    struct graph *graph = run->graph;
    struct hinge_linear linear;
    int64_t n_channels;
    hinge_status status = linear_of(run, producer, arena, &linear, &n_channels);
    if (status || !n_channels)
        return status;
    const struct graph_node *into = &graph->nodes[producer];
    uint32_t weight = into->inputs[linear.weight];
    uint32_t bias = linear.bias < into->n_inputs ? into->inputs[linear.bias] : GRAPH_NONE;
    struct affine affine;
    status = affine_of(run, index, graph->values[weight].tensor.rank, n_channels, arena, &affine);
    if (status || affine.input != into->outputs[0])
        return status;
    char from[256], to[256];
    pass_note(run, "folded %s into %s", graph_node_text(&graph->nodes[index], from, sizeof from),
              graph_node_text(into, to, sizeof to));
    status = replace_constant(run, producer, linear.weight,
                              scaled_weight(graph, weight, &linear, affine.scale));
    if (!status)
        status = replace_constant(run, producer, linear.bias, scaled_bias(graph, bias, &affine));
    if (!status)
        pass_absorb(run, producer, index);
    *done = !status;
    return status;
}

static hinge_status add_channel_affine(struct pass_run *run, uint32_t first, uint32_t second,
                                       const struct affine *affine)
{
    struct graph *graph = run->graph;
    uint32_t output = graph->nodes[second].outputs[0], inputs[3] = {affine->input};
    const char *name = graph->nodes[second].name;
    for (int i = 0; i < 2; i++) {
        inputs[i + 1] = graph_add_constant(graph, "", HINGE_FLOAT, 1, &affine->n_channels);
        if (inputs[i + 1] == GRAPH_NONE)
            return HINGE_NO_MEMORY;
        memcpy(graph->values[inputs[i + 1]].tensor.data, i ? affine->shift : affine->scale,
               (size_t)affine->n_channels * sizeof(float));
    }
    graph_remove_node(graph, second);
    graph_remove_node(graph, first);
    uint32_t node = graph_add_node(graph, "ChannelAffine", "ai.hinge", 1, inputs, 3, &output, 1);
    if (node == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    graph->nodes[node].name = name;
    return pass_bind(run);
}

/* Where the node before is of the same kind: both become one. */
static hinge_status merge(struct pass_run *run, uint32_t index, uint32_t producer,
                          struct arena *arena)
{
    struct graph *graph = run->graph;
    uint32_t middle = graph->nodes[producer].outputs[0];
    const hinge_tensor *tensor = &graph->values[middle].tensor;
    if (!pass_has_shape(graph, middle) || tensor->rank < 2 || tensor->type != HINGE_FLOAT)
        return HINGE_OK;
    struct affine first, second;
    hinge_status status = affine_of(run, producer, tensor->rank, tensor->dims[1], arena, &first);
    if (!status)
        status = affine_of(run, index, tensor->rank, tensor->dims[1], arena, &second);
    if (status || first.input == GRAPH_NONE || second.input != middle)
        return status;
    /* An operand that broadcasts makes the result larger than the input. */
    uint32_t output = graph->nodes[index].outputs[0];
    const hinge_tensor *before = &graph->values[first.input].tensor;
    const hinge_tensor *after = &graph->values[output].tensor;
    if (!pass_has_shape(graph, first.input) || !pass_has_shape(graph, output) ||
        before->rank != after->rank ||
        memcmp(before->dims, after->dims, (size_t)after->rank * sizeof after->dims[0]) != 0)
        return HINGE_OK;
    for (int64_t c = 0; c < first.n_channels; c++) {
        double scale = second.scale[c];
        first.shift[c] = (float)((double)first.shift[c] * scale + (double)second.shift[c]);
        first.scale[c] = (float)((double)first.scale[c] * scale);
    }
    char a[256], b[256];
    pass_note(run, "merged %s and %s", graph_node_text(&graph->nodes[producer], a, sizeof a),
              graph_node_text(&graph->nodes[index], b, sizeof b));
    return add_channel_affine(run, producer, index, &first);
}

static hinge_status fold_node(struct pass_run *run, uint32_t index, struct arena *arena)
{
    const struct graph *graph = run->graph;
    for (uint32_t i = 0; i < graph->nodes[index].n_inputs; i++) {
        uint32_t producer = pass_sole_producer(graph, graph->nodes[index].inputs[i]);
        if (producer == GRAPH_NONE)
            continue;
        bool done = false;
        hinge_status status = fold_into_linear(run, index, producer, arena, &done);
        if (!status && !done)
            status = merge(run, index, producer, arena);
        return status;
    }
    return HINGE_OK;
}

hinge_status pass_fold_affine(struct pass_run *run)
{
    struct graph *graph = run->graph;
    size_t n_nodes = graph->n_nodes;
    for (size_t n = 0; n < n_nodes; n++) {
        if (graph->nodes[n].removed || !graph->nodes[n].definition->affine)
            continue;
        struct arena arena = {graph->allocator, NULL};
        hinge_status status = fold_node(run, (uint32_t)n, &arena);
        arena_free(&arena);
        if (status)
            return status == HINGE_NO_MEMORY ? status_no_memory(run->error) : status;
    }
    return HINGE_OK;
}
