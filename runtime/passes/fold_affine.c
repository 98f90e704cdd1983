/*
 * y = x scale[c] + shift[c] with constants (an inference BatchNormalization, a Mul or Add of a
 * constant per channel) after a linear operator: into its weight and bias, computed in double.
 * After another of its kind: both into one ChannelAffine. Before an activation: into a
 * ChannelAffine, which absorbs it.
 */
#include "passes/pass.h"

#include <string.h>

struct affine {
    float *scale, *shift;
    int64_t n_channels;
    uint32_t input; /* value; GRAPH_NONE: is no such node */
};

struct folding {
    struct pass_run *run;
    struct pass_shapes shapes;
    struct arena *arena; /* for the node at hand */
};

static bool is_float_variable(const struct graph *graph, uint32_t value)
{
    return value != GRAPH_NONE && !graph_is_constant(graph, value) &&
           graph->values[value].type_code == HINGE_FLOAT;
}

static hinge_status affine_of(const struct folding *folding, uint32_t index, int32_t rank,
                              int32_t axis, int64_t n_channels, struct affine *affine)
{
    struct graph *graph = folding->run->graph;
    struct arena *arena = folding->arena;
    const struct graph_node *node = &graph->nodes[index];
    *affine = (struct affine){.n_channels = n_channels, .input = GRAPH_NONE};
    if (n_channels <= 0 || !node->definition->affine || node->epilogue.addend ||
        node->epilogue.activation->kind != HINGE_ACT_NONE || !pass_has_one_output(graph, node))
        return HINGE_OK;
    affine->scale = arena_array(arena, (size_t)n_channels, sizeof *affine->scale);
    affine->shift = arena_array(arena, (size_t)n_channels, sizeof *affine->shift);
    struct host_caller caller = pass_caller(folding->run, NULL);
    struct host_node view;
    if (!affine->scale || !affine->shift || host_node_describe(&view, &caller, graph, node, arena))
        return HINGE_NO_MEMORY;
    unsigned input = 0;
    if (node->definition->affine(&view.node, rank, axis, n_channels, affine->scale, affine->shift,
                                 &input) &&
        input < node->n_inputs && is_float_variable(graph, node->inputs[input]) &&
        is_float_variable(graph, node->outputs[0]))
        affine->input = node->inputs[input];
    return HINGE_OK;
}

static bool is_float_constant(const struct graph *graph, uint32_t value)
{
    return graph_is_constant(graph, value) && graph->values[value].tensor.data &&
           graph->values[value].tensor.type == HINGE_FLOAT;
}

/* Whether what the operator says of its parts can be. */
static bool is_sound(const struct graph_node *node, const struct hinge_linear *linear,
                     const hinge_tensor *weight)
{
    int64_t n_groups = linear->n_groups;
    return linear->weight_axis < weight->rank && n_groups >= 1 && n_groups <= weight->dims[0] &&
           weight->dims[0] % n_groups == 0 && (linear->weight_axis > 0 || n_groups == 1) &&
           linear->bias > 0 && linear->bias != linear->weight && linear->bias <= node->max_inputs &&
           linear->axis < HINGE_MAX_RANK && linear->axis >= -HINGE_MAX_RANK;
}

/* Whether node can take over what follows it, and the number of its channels. */
static hinge_status linear_of(const struct folding *folding, uint32_t index,
                              struct hinge_linear *linear, int64_t *n_channels)
{
    struct graph *graph = folding->run->graph;
    const struct graph_node *node = &graph->nodes[index];
    *n_channels = 0;
    if (!node->definition->linear || node->epilogue.addend ||
        node->epilogue.activation->kind != HINGE_ACT_NONE)
        return HINGE_OK;
    struct host_caller caller = pass_caller(folding->run, NULL);
    struct host_node view;
    if (host_node_describe(&view, &caller, graph, node, folding->arena))
        return HINGE_NO_MEMORY;
    *linear = (struct hinge_linear){.n_groups = 1};
    if (!node->definition->linear(&view.node, linear) || linear->weight >= node->n_inputs ||
        !is_float_constant(graph, node->inputs[linear->weight]))
        return HINGE_OK;
    const hinge_tensor *weight = &graph->values[node->inputs[linear->weight]].tensor;
    if (!is_sound(node, linear, weight) ||
        __builtin_mul_overflow(weight->dims[linear->weight_axis], linear->n_groups, n_channels)) {
        *n_channels = 0;
        return HINGE_OK;
    }
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
    const struct host_session *session = run->passes->session;
    if (unused->storage == GRAPH_MAPPED && session->release)
        session->release(session->model, unused->tensor.data,
                         hinge_size(unused->tensor.type, hinge_count(&unused->tensor)));
    if (unused->n_readers == 0)
        graph_drop_constant(graph, old);
    return HINGE_OK;
}

static bool is_all_ones(const float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (values[i] != 1)
            return false;
    return true;
}

/* The rank of a linear operator's output in every run, or -1: its input's. Where that is not known,
 * an operator whose channels lie at a fixed place from the front has outputs of its weight's rank.
 */
static int32_t output_rank(const struct folding *folding, uint32_t index,
                           const struct hinge_linear *linear)
{
    const struct graph *graph = folding->run->graph;
    const struct graph_node *node = &graph->nodes[index];
    int32_t rank = pass_rank(&folding->shapes, node->inputs[0]);
    return rank < 0 && linear->axis >= 0 ? graph->values[node->inputs[linear->weight]].tensor.rank
                                         : rank;
}

/* Where a linear operator before node can take it over. */
static hinge_status fold_into_linear(const struct folding *folding, uint32_t index,
                                     uint32_t producer, bool *done)
{
    struct pass_run *run = folding->run;
    struct graph *graph = run->graph;
    struct hinge_linear linear;
    int64_t n_channels;
    hinge_status status = linear_of(folding, producer, &linear, &n_channels);
    if (status || !n_channels)
        return status;
    struct affine affine;
    int32_t rank = output_rank(folding, producer, &linear);
    if (rank >= 0 && (linear.axis >= rank || -linear.axis > rank))
        return HINGE_OK;
    status = affine_of(folding, index, rank, linear.axis, n_channels, &affine);
    const struct graph_node *into = &graph->nodes[producer];
    if (status || affine.input != into->outputs[0])
        return status;
    uint32_t weight = into->inputs[linear.weight];
    uint32_t bias = linear.bias < into->n_inputs ? into->inputs[linear.bias] : GRAPH_NONE;
    char from[256], to[256];
    pass_note(run, "folded %s into %s",
              graph_node_text(graph, &graph->nodes[index], from, sizeof from),
              graph_node_text(graph, into, to, sizeof to));
    if (!is_all_ones(affine.scale, n_channels))
        status = replace_constant(run, producer, linear.weight,
                                  scaled_weight(graph, weight, &linear, affine.scale));
    if (!status)
        status = replace_constant(run, producer, linear.bias, scaled_bias(graph, bias, &affine));
    if (!status)
        status = pass_absorb(run, producer, index);
    *done = !status;
    return status;
}

static bool has_channel_affine(const struct pass_run *run)
{
    return pass_has_operator(run, "ChannelAffine", "ai.hinge", 1);
}

/* Puts a ChannelAffine in the place of node, and of the one before it where that is not GRAPH_NONE.
 * Unless all shapes are known, with a way back. */
static hinge_status replace_node(struct pass_run *run, uint32_t index, uint32_t before,
                                 const struct affine *affine)
{
    struct graph *graph = run->graph;
    uint32_t output = graph->nodes[index].outputs[0], inputs[3] = {affine->input};
    const char *name = graph->nodes[index].name;
    for (int i = 0; i < 2; i++) {
        inputs[i + 1] = graph_add_constant(graph, "", HINGE_FLOAT, 1, &affine->n_channels);
        if (inputs[i + 1] == GRAPH_NONE)
            return HINGE_NO_MEMORY;
        graph->values[inputs[i + 1]].type_code = HINGE_FLOAT;
        memcpy(graph->values[inputs[i + 1]].tensor.data, i ? affine->shift : affine->scale,
               (size_t)affine->n_channels * sizeof(float));
    }
    bool is_proven = pass_is_static(graph, affine->input) && pass_is_static(graph, output);
    uint32_t node = graph_add_node(graph, "ChannelAffine", "ai.hinge", 1, inputs, 3, &output, 1);
    if (node == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    graph->nodes[node].name = name;
    hinge_status status = pass_bind(run, node);
    if (!status && !is_proven && before != GRAPH_NONE)
        status = pass_keep(run, node, before);
    if (!status && !is_proven)
        status = pass_keep(run, node, index);
    if (status)
        return status;
    graph_remove_node(graph, index);
    if (before != GRAPH_NONE)
        graph_remove_node(graph, before);
    return HINGE_OK;
}

/* What node does along axis 1 of its output, where that is of known extent. */
static hinge_status affine_of_shape(const struct folding *folding, uint32_t index,
                                    struct affine *affine)
{
    const hinge_tensor shape =
        pass_shape(&folding->shapes, folding->run->graph->nodes[index].outputs[0]);
    affine->input = GRAPH_NONE;
    return shape.rank >= 2 && shape.type == HINGE_FLOAT
               ? affine_of(folding, index, shape.rank, 1, shape.dims[1], affine)
               : HINGE_OK;
}

/* Where the node before is of the same kind: both become one. */
static hinge_status merge(const struct folding *folding, uint32_t index, uint32_t producer)
{
    struct pass_run *run = folding->run;
    struct graph *graph = run->graph;
    struct affine first, second;
    hinge_status status = affine_of_shape(folding, producer, &first);
    if (!status)
        status = affine_of_shape(folding, index, &second);
    /* An operand that broadcasts makes the result larger than the input. */
    if (status || first.input == GRAPH_NONE || second.input != graph->nodes[producer].outputs[0] ||
        !pass_same_shape(&folding->shapes, first.input, graph->nodes[index].outputs[0]))
        return status;
    for (int64_t c = 0; c < first.n_channels; c++) {
        double scale = (double)second.scale[c];
        first.shift[c] = (float)((double)first.shift[c] * scale + (double)second.shift[c]);
        first.scale[c] = (float)((double)first.scale[c] * scale);
    }
    char a[256], b[256];
    pass_note(run, "merged %s and %s", graph_node_text(graph, &graph->nodes[producer], a, sizeof a),
              graph_node_text(graph, &graph->nodes[index], b, sizeof b));
    return replace_node(run, index, producer, &first);
}

static hinge_status fold_node(const struct folding *folding, uint32_t index)
{
    struct graph *graph = folding->run->graph;
    if (!graph->nodes[index].definition->affine)
        return HINGE_OK;
    for (uint32_t i = 0; i < graph->nodes[index].n_inputs; i++) {
        uint32_t producer = pass_sole_producer(graph, graph->nodes[index].inputs[i]);
        if (producer == GRAPH_NONE)
            continue;
        bool done = false;
        hinge_status status = fold_into_linear(folding, index, producer, &done);
        if (!status && !done && has_channel_affine(folding->run))
            status = merge(folding, index, producer);
        return status;
    }
    return HINGE_OK;
}

/* Where node is an activation and the one before it an affine one that cannot absorb it. */
static hinge_status prepare_activation(const struct folding *folding, uint32_t index)
{
    struct pass_run *run = folding->run;
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    uint32_t producer = node->definition->activation && node->n_inputs
                            ? pass_sole_producer(graph, node->inputs[0])
                            : GRAPH_NONE;
    if (producer == GRAPH_NONE || !has_channel_affine(run) ||
        (graph->nodes[producer].definition->flags & HINGE_OP_ABSORBS_ACTIVATION))
        return HINGE_OK;
    struct affine affine;
    hinge_status status = affine_of_shape(folding, producer, &affine);
    if (status || affine.input == GRAPH_NONE ||
        !pass_same_shape(&folding->shapes, affine.input, graph->nodes[producer].outputs[0]))
        return status;
    char text[256];
    pass_note(run, "made %s absorb an activation",
              graph_node_text(graph, &graph->nodes[producer], text, sizeof text));
    return replace_node(run, producer, GRAPH_NONE, &affine);
}

static hinge_status fold_each(struct folding *folding,
                              hinge_status (*fold)(const struct folding *folding, uint32_t index))
{
    const struct graph *graph = folding->run->graph;
    size_t n_nodes = graph->n_nodes; /* those that are added need no visit */
    hinge_status status = HINGE_OK;
    for (uint32_t n = 0; n < n_nodes && !status; n++) {
        struct arena arena = {graph->allocator, NULL};
        folding->arena = &arena;
        if (!graph->nodes[n].removed)
            status = fold(folding, n);
        arena_free(&arena);
    }
    return status;
}

hinge_status pass_fold_affine(struct pass_run *run)
{
    struct folding folding = {.run = run};
    hinge_status status = pass_find_shapes(run, &folding.shapes);
    if (!status)
        status = fold_each(&folding, fold_node);
    if (!status)
        status = fold_each(&folding, prepare_activation);
    arena_free(&folding.shapes.arena);
    return status == HINGE_NO_MEMORY ? status_no_memory(run->error) : status;
}
