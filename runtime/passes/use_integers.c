/*
 * DequantizeLinear -> Conv -> QuantizeLinear becomes QLinearConv, and so with every operator that
 * names one for the integers (hinge_op.integers). A Relu or Clip between the two goes where it only
 * does what QuantizeLinear does too when it saturates. Sums are exact then, so that a result may be
 * one quantum away from what sums of floats give.
 */
#include "passes/quantized.h"
#include "plugins/integer_form.h"

#include <math.h>
#include <string.h>

#define MAX_BIAS (1 << 28)

struct fusion {
    struct pass_run *run;
    struct graph *graph;
    struct arena arena;
    struct integer_form form;
    uint32_t target, clip, quantize; /* nodes; clip may be GRAPH_NONE */
    struct quantized *x, y;          /* x: by the target's inputs, where the form names these */
    uint32_t bias;                   /* a constant of int32, or GRAPH_NONE */
    /* The form's inputs; values that are still to be made are GRAPH_NONE, but have their types. */
    uint32_t *inputs, n_inputs;
    hinge_type_code *types;
};

/* The integer that QuantizeLinear makes of x. */
static float quantized_number(const struct fusion *f, float x)
{
    const float least = f->y.type == HINGE_INT8 ? -128 : 0;
    const float zero_point = (float)quantized_zero_point(f->graph, &f->y, 0);
    const float sum = nearbyintf(x / quantized_scale(f->graph, &f->y, 0)) + zero_point;
    return fminf(fmaxf(sum, least), least + 255);
}

/* Whether node only brings numbers into a range at whose ends those beyond are saturated too. */
static hinge_status is_saturation(const struct fusion *f, const struct graph_node *node, bool *is)
{
    struct hinge_activation activation = {.kind = HINGE_ACT_NONE};
    const float least = f->y.type == HINGE_INT8 ? -128 : 0;
    *is = false;
    if (!node->definition || !node->definition->activation || !node->n_inputs ||
        !pass_has_one_output(f->graph, node))
        return HINGE_OK;
    hinge_status status = host_activation(f->graph, node, &activation);
    if (activation.kind == HINGE_ACT_RELU)
        *is = quantized_number(f, 0) == least;
    else if (activation.kind == HINGE_ACT_CLIP)
        *is = activation.alpha <= activation.beta &&
              quantized_number(f, activation.alpha) == least &&
              quantized_number(f, activation.beta) == least + 255;
    return status;
}

/* Finds the node whose results quantize alone takes. */
static hinge_status find_target(struct fusion *f)
{
    const struct graph *graph = f->graph;
    f->target = pass_sole_producer(graph, graph->nodes[f->quantize].inputs[0]);
    f->clip = GRAPH_NONE;
    if (f->target == GRAPH_NONE)
        return HINGE_OK;
    bool is;
    hinge_status status = is_saturation(f, &graph->nodes[f->target], &is);
    if (status || !is)
        return status;
    f->clip = f->target;
    f->target = pass_sole_producer(graph, graph->nodes[f->clip].inputs[0]);
    return HINGE_OK;
}

/* Whether the target's input i is integers that the form takes: column_axis is that of the weight's
 * columns, each of which may have a scale of its own, or -1. */
static bool read_integers(const struct fusion *f, uint32_t i, int32_t column_axis)
{
    const struct graph *graph = f->graph;
    const struct graph_node *node = &graph->nodes[f->target];
    struct quantized *x = &f->x[i];
    if (i >= node->n_inputs || !quantized_of_value(graph, node->inputs[i], x) ||
        x->type == HINGE_INT32 || (!node->definition->linear && x->type != f->y.type))
        return false;
    const int32_t rank = graph->values[x->integers].tensor.rank;
    return x->n_scales == 1 || (rank > 1 && column_axis >= 0 &&
                                (x->axis < 0 ? x->axis + rank : x->axis) == column_axis);
}

/* What the operator says of this node; *does: whether there is a form, and its integers are so. */
static hinge_status find_form(struct fusion *f, bool *does)
{
    const struct graph_node *node = &f->graph->nodes[f->target];
    struct hinge_linear linear = {.n_groups = 1};
    struct host_caller caller = pass_caller(f->run, NULL);
    struct host_node view;
    *does = false;
    if (!node->definition || !node->definition->integers || !pass_has_one_output(f->graph, node) ||
        node->n_spares)
        return HINGE_OK;
    f->x = arena_array(&f->arena, node->n_inputs, sizeof *f->x);
    if (!f->x || host_node_describe(&view, &caller, f->graph, node, &f->arena))
        return HINGE_NO_MEMORY;
    if ((node->definition->fits_integers && !node->definition->fits_integers(&view.node)) ||
        !integer_form_read(node->definition->integers, &f->form))
        return HINGE_OK;
    const bool holds = node->definition->linear && node->definition->linear(&view.node, &linear);
    struct integer_input item;
    *does = true;
    for (const char *at = f->form.inputs; *does && integer_form_next(&at, node->n_inputs, &item);)
        for (uint32_t i = item.first; i < item.end && !item.is_bias && *does; i++)
            *does =
                read_integers(f, i, holds && i == linear.weight ? (int32_t)linear.weight_axis : -1);
    return HINGE_OK;
}

/* A number of the bias in units of the sums. */
static double bias_number(const struct fusion *f, const hinge_tensor *bias,
                          const struct quantized *q, int64_t i)
{
    const int64_t channel = f->x[1].n_scales == 1 ? 0 : i;
    const double unit = (double)quantized_scale(f->graph, &f->x[0], 0) *
                        (double)quantized_scale(f->graph, &f->x[1], channel);
    if (bias->type == HINGE_FLOAT)
        return nearbyint((double)((const float *)bias->data)[i] / unit);
    const int64_t at = q->n_scales == 1 ? 0 : i;
    const double ratio = (double)quantized_scale(f->graph, q, at) / unit;
    const double number =
        (double)((const int32_t *)bias->data)[i] - (double)quantized_zero_point(f->graph, q, at);
    /* The scale is meant to be the unit, which is rounded to float32. */
    return fabs(ratio - 1) < 1e-6 ? number : nearbyint(number * ratio);
}

/* Sets f->bias from the target's input i; *fits: there is none, or it is a constant, of floats or
 * dequantized, and small enough. */
static hinge_status read_bias(struct fusion *f, uint32_t i, bool *fits)
{
    struct graph *graph = f->graph;
    const struct graph_node *node = &graph->nodes[f->target];
    *fits = true;
    if (i >= node->n_inputs || node->inputs[i] == GRAPH_NONE)
        return HINGE_OK;
    struct quantized q = {.n_scales = 1};
    uint32_t from = node->inputs[i];
    if (quantized_of_value(graph, from, &q))
        from = q.integers;
    *fits = f->x[0].n_scales == 1 && node->n_inputs > 2 && f->x[1].n_scales > 0 &&
            graph_is_constant(graph, from) && graph->values[from].tensor.data;
    if (!*fits)
        return HINGE_OK;
    const hinge_tensor bias = graph->values[from].tensor;
    const int64_t count = hinge_count(&bias);
    *fits = bias.type == (from == node->inputs[i] ? HINGE_FLOAT : HINGE_INT32) &&
            (bias.rank == 1 || (bias.rank == 2 && bias.dims[0] == 1)) &&
            (q.n_scales == 1 || q.n_scales == count) &&
            (f->x[1].n_scales == 1 || f->x[1].n_scales == count);
    for (int64_t k = 0; k < count && *fits; k++)
        *fits = fabs(bias_number(f, &bias, &q, k)) <= MAX_BIAS;
    if (!*fits)
        return HINGE_OK;
    f->bias = graph_add_constant(graph, "", HINGE_INT32, bias.rank, bias.dims);
    if (f->bias == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    graph->values[f->bias].type_code = HINGE_INT32;
    int32_t *to = graph->values[f->bias].tensor.data;
    for (int64_t k = 0; k < count; k++)
        to[k] = (int32_t)bias_number(f, &bias, &q, k);
    return HINGE_OK;
}

static void append(struct fusion *f, uint32_t value, hinge_type type)
{
    f->inputs[f->n_inputs] = value;
    f->types[f->n_inputs++] = (hinge_type_code)type;
}

/* Scale and zero point, behind the integers where these are wanted. */
static void append_quantized(struct fusion *f, const struct quantized *q, bool integers)
{
    if (integers)
        append(f, q->integers, q->type);
    append(f, q->scale, HINGE_FLOAT);
    append(f, q->zero_point, q->type);
}

/* Lists the form's inputs. *op: the operator for their types; NULL where there is none, or the bias
 * does not fit. */
static hinge_status list_inputs(struct fusion *f, const struct hinge_op **op)
{
    const uint32_t n = f->graph->nodes[f->target].n_inputs;
    struct integer_input item;
    size_t most = 0;
    hinge_status status = HINGE_OK;
    bool fits = true;
    *op = NULL;
    for (const char *at = f->form.inputs; integer_form_next(&at, n, &item);)
        most += 3 * (1 + (size_t)item.end - item.first);
    f->inputs = arena_array(&f->arena, most, sizeof *f->inputs);
    f->types = arena_array(&f->arena, most, sizeof *f->types);
    f->n_inputs = 0;
    f->bias = GRAPH_NONE;
    if (!f->inputs || !f->types)
        return HINGE_NO_MEMORY;
    for (const char *at = f->form.inputs; !status && fits && integer_form_next(&at, n, &item);) {
        if (item.is_y)
            append_quantized(f, &f->y, false);
        else if (item.is_bias)
            status = read_bias(f, item.first, &fits);
        if (item.is_bias)
            append(f, f->bias, f->bias == GRAPH_NONE ? HINGE_NO_TYPE : HINGE_INT32);
        for (uint32_t i = item.first; i < item.end && !item.is_bias; i++)
            append_quantized(f, &f->x[i], true);
    }
    while (f->n_inputs && f->types[f->n_inputs - 1] == 0)
        f->n_inputs--;
    if (!status && fits)
        *op = pass_find_operator(f->run, f->form.op, f->form.domain, f->form.opset, f->types,
                                 f->n_inputs);
    return status;
}

/* Zero points that are left out where the numbers were dequantized are not in the form. */
static hinge_status add_zero_points(struct fusion *f)
{
    struct graph *graph = f->graph;
    for (uint32_t i = 0; i < f->n_inputs; i++) {
        if (f->inputs[i] != GRAPH_NONE || f->types[i] == 0)
            continue;
        const uint32_t value = graph_add_constant(graph, "", (hinge_type)f->types[i], 0, NULL);
        if (value == GRAPH_NONE)
            return HINGE_NO_MEMORY;
        graph->values[value].type_code = f->types[i];
        memset(graph->values[value].tensor.data, 0, 1);
        f->inputs[i] = value;
    }
    return HINGE_OK;
}

/* Those that the form declares: numbers and words as the target has them, by default too, which may
 * be another one here. */
static hinge_status set_attributes(const struct fusion *f, uint32_t index,
                                   const struct hinge_attribute_def *defs)
{
    struct graph *graph = f->graph;
    hinge_status status = HINGE_OK;
    for (; defs && defs->name && !status; defs++) {
        const struct graph_node *target = &graph->nodes[f->target];
        const struct hinge_attribute *has = pass_attribute(target, defs->name, defs->type);
        struct graph_attribute attribute = {.name = defs->name, .value = {.type = defs->type}};
        const bool is_opset = strcmp(defs->name, "opset") == 0 && defs->type == HINGE_ATTR_INT;
        if (has)
            attribute.value = *has;
        else if (is_opset)
            attribute.value.i = target->opset;
        if (is_opset ||
            (has && (has->present || defs->type == HINGE_ATTR_INT ||
                     defs->type == HINGE_ATTR_FLOAT || defs->type == HINGE_ATTR_STRING))) {
            attribute.value.present = true;
            status = pass_set_attribute(graph, index, &attribute);
        }
    }
    return status;
}

/* The target, and what only it read. */
static void remove_target(const struct fusion *f)
{
    struct graph *graph = f->graph;
    const struct graph_node *target = &graph->nodes[f->target];
    graph_remove_node(graph, f->target);
    for (uint32_t i = 0; i < target->n_inputs; i++) {
        const uint32_t value = target->inputs[i];
        if (value != GRAPH_NONE && graph->values[value].n_readers == 0 &&
            graph->values[value].producer != GRAPH_NONE)
            graph_remove_node(graph, graph->values[value].producer);
    }
}

static hinge_status replace(struct fusion *f, const struct hinge_op *op)
{
    struct graph *graph = f->graph;
    const uint32_t output = graph->nodes[f->quantize].outputs[0];
    char text[256];
    hinge_status status = add_zero_points(f);
    if (status)
        return status;
    pass_note(f->run, "made %s a %s",
              graph_node_text(graph, &graph->nodes[f->target], text, sizeof text), op->name);
    const char *name = graph_node_name(graph, &graph->nodes[f->target]);
    const char *domain = op->domain ? op->domain : "";
    const uint32_t node =
        graph_add_node(graph, op->name, domain, f->form.opset, f->inputs, f->n_inputs, &output, 1);
    if (node == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    graph->nodes[node].name = name;
    status = set_attributes(f, node, op->attributes);
    if (!status)
        status = pass_bind(f->run, node);
    if (status)
        return status;
    graph_remove_node(graph, f->quantize);
    if (f->clip != GRAPH_NONE)
        graph_remove_node(graph, f->clip);
    remove_target(f);
    return HINGE_OK;
}

static hinge_status fuse(struct fusion *f)
{
    const struct hinge_op *op = NULL;
    bool does = false;
    if (!quantized_of_quantize(f->graph, &f->graph->nodes[f->quantize], &f->y) ||
        f->y.n_scales != 1)
        return HINGE_OK;
    hinge_status status = find_target(f);
    if (!status && f->target != GRAPH_NONE)
        status = find_form(f, &does);
    if (!status && does)
        status = list_inputs(f, &op);
    return status || !op ? status : replace(f, op);
}

hinge_status pass_use_integers(struct pass_run *run)
{
    const size_t n_nodes = run->graph->n_nodes;
    hinge_status status = HINGE_OK;
    for (uint32_t n = 0; n < n_nodes && !status; n++) {
        struct fusion f = {
            .run = run, .graph = run->graph, .arena = {run->graph->allocator, NULL}, .quantize = n};
        status = fuse(&f);
        arena_free(&f.arena);
    }
    return status == HINGE_NO_MEMORY ? status_no_memory(run->error) : status;
}
