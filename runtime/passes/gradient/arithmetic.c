/* Rules of operators with any number of inputs, and of those whose formula depends on attributes,
 * versions or inputs that may be left out. */
#include "passes/gradient/gradient.h"

#include <string.h>

/* Sum, Mean, Max, Min */

static void share(struct gradient *g, uint32_t dy)
{
    for (uint32_t i = 0; i < g->node.n_inputs && !g->status; i++)
        if (g->is_wanted[i])
            g->dx[i] = gradient_sum_to(g, dy, g->node.inputs[i]);
}

void gradient_sum(struct gradient *g)
{
    gradient_since(g, 8);
    share(g, gradient_dy(g));
}

void gradient_mean(struct gradient *g)
{
    gradient_since(g, 8);
    const uint32_t dy = gradient_dy(g);
    share(g, gradient_binary(g, "Div", dy, gradient_number(g, g->node.n_inputs, dy)));
}

/* 1 where an input is the one that was chosen, else 0. */
static uint32_t is_chosen(struct gradient *g, uint32_t input)
{
    const uint32_t y = g->node.outputs[0];
    const uint32_t same = gradient_binary(g, "Equal", g->node.inputs[input], y);
    const uint32_t one = gradient_number(g, 1, y), zero = gradient_number(g, 0, y);
    return gradient_node(g, "Where", GRADIENT_LIST(same, one, zero), NULL, 0);
}

/* Those that are equal share the derivative. */
void gradient_extremum(struct gradient *g)
{
    gradient_since(g, 8);
    uint32_t n_chosen = GRAPH_NONE;
    for (uint32_t i = 0; i < g->node.n_inputs && !g->status; i++) {
        const uint32_t chosen = is_chosen(g, i);
        n_chosen = i ? gradient_binary(g, "Add", n_chosen, chosen) : chosen;
    }
    const uint32_t dy = gradient_binary(g, "Div", gradient_dy(g), n_chosen);
    for (uint32_t i = 0; i < g->node.n_inputs && !g->status; i++)
        if (g->is_wanted[i])
            g->dx[i] = gradient_sum_to(g, gradient_binary(g, "Mul", dy, is_chosen(g, i)),
                                       g->node.inputs[i]);
}

/* Clip, whose bounds are attributes before opset 11 */

static uint32_t within(struct gradient *g, uint32_t dy, const char *op, uint32_t bound)
{
    if (bound == GRAPH_NONE || g->status)
        return dy;
    const uint32_t inside = gradient_binary(g, op, g->node.inputs[0], bound);
    return gradient_node(g, "Where", GRADIENT_LIST(inside, dy, gradient_number(g, 0, dy)), NULL, 0);
}

void gradient_clip(struct gradient *g)
{
    uint32_t dy = gradient_dy(g), low = gradient_input(g, 1), high = gradient_input(g, 2);
    if (gradient_opset(g) < 11) {
        low = gradient_expression(g, "min");
        high = gradient_expression(g, "max");
    }
    for (uint32_t i = 1; i < g->node.n_inputs; i++)
        if (g->is_wanted[i])
            gradient_fail(g, HINGE_UNSUPPORTED, "there is none by its bounds");
    dy = within(g, dy, "Greater", low);
    g->dx[0] = within(g, dy, "Less", high);
}

/* Gelu, approximated or not; com.microsoft's has no attribute */

void gradient_gelu(struct gradient *g)
{
    const struct hinge_attribute *approximate =
        gradient_attribute(g, "approximate", HINGE_ATTR_STRING);
    const bool is_tanh =
        approximate && approximate->s.size == 4 && memcmp(approximate->s.bytes, "tanh", 4) == 0;
    g->dx[0] = gradient_expression(
        g, is_tanh ? "t = Tanh(0.7978845608028654 * x * (1 + 0.044715 * x * x));"
                     "s = 0.7978845608028654 * (1 + 0.134145 * x * x);"
                     "dy * 0.5 * (1 + t + x * (1 - t * t) * s)"
                   : "p = 0.5 * (1 + Erf(x * 0.7071067811865476));"
                     "dy * (p + x * 0.3989422804014327 * Exp(-0.5 * x * x))");
}

/* Softmax and LogSoftmax: over all axes from one on before opset 13, over one since */

/* The sum over what the node normalizes, to be broadcast to value's shape; rows is value, or before
 * opset 13 a matrix of its elements. */
static uint32_t sum_of(struct gradient *g, uint32_t rows)
{
    const int64_t axis = gradient_opset(g) < 13 ? 1 : gradient_attribute_int(g, "axis");
    const uint32_t axes = gradient_list(g, &axis, 1);
    return gradient_binary(g, "ReduceSum", rows, axes);
}

static uint32_t rows_of(struct gradient *g, uint32_t value)
{
    const struct graph_attribute axis = gradient_int("axis", gradient_attribute_int(g, "axis"));
    return gradient_opset(g) < 13 ? gradient_node(g, "Flatten", &value, 1, &axis, 1) : value;
}

void gradient_softmax(struct gradient *g)
{
    const uint32_t y = rows_of(g, g->node.outputs[0]), dy = rows_of(g, gradient_dy(g));
    const uint32_t sum = sum_of(g, gradient_binary(g, "Mul", y, dy));
    const uint32_t dx = gradient_binary(g, "Mul", y, gradient_binary(g, "Sub", dy, sum));
    g->dx[0] = gradient_reshape_like(g, dx, g->node.inputs[0]);
}

void gradient_log_softmax(struct gradient *g)
{
    const uint32_t y = rows_of(g, g->node.outputs[0]), dy = rows_of(g, gradient_dy(g));
    const uint32_t p = gradient_unary(g, "Exp", y);
    const uint32_t dx = gradient_binary(g, "Sub", dy, gradient_binary(g, "Mul", p, sum_of(g, dy)));
    g->dx[0] = gradient_reshape_like(g, dx, g->node.inputs[0]);
}

/* What is the input itself at inference */

/* Whether a flag that is given as an input is known to be false. */
static bool is_false(const struct gradient *g, uint32_t value)
{
    if (value == GRAPH_NONE)
        return true;
    const hinge_tensor *tensor = &g->graph->values[value].tensor;
    return graph_is_constant(g->graph, value) && tensor->data && tensor->type == HINGE_BOOL &&
           tensor->rank == 0 && !*(const uint8_t *)tensor->data;
}

void gradient_dropout(struct gradient *g)
{
    gradient_since(g, 7);
    if (!is_false(g, gradient_input(g, 2)))
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none of training_mode");
    g->dx[0] = gradient_dy(g); /* the ratio changes nothing at inference */
}
