/* Rules of operators that move elements: what they took from somewhere is added there. */
#include "passes/gradient/gradient.h"

#include <string.h>

static uint32_t reshape_to_list(struct gradient *g, uint32_t value)
{
    const int64_t all = -1;
    return gradient_reshape(g, value, gradient_list(g, &all, 1));
}

static uint32_t concat(struct gradient *g, const uint32_t *values, uint32_t n, int64_t axis_is)
{
    const struct graph_attribute axis = gradient_int("axis", axis_is);
    return gradient_node(g, "Concat", values, n, &axis, 1);
}

void gradient_transpose(struct gradient *g)
{
    const struct hinge_attribute *perm = gradient_attribute(g, "perm", HINGE_ATTR_INTS);
    const size_t rank = perm->count;
    int64_t inverse[HINGE_MAX_RANK];
    bool fits = rank <= HINGE_MAX_RANK;
    for (size_t i = 0; i < rank && fits; i++) {
        fits = perm->ints[i] >= 0 && perm->ints[i] < (int64_t)rank;
        if (fits)
            inverse[perm->ints[i]] = (int64_t)i;
    }
    if (!fits)
        gradient_fail(g, HINGE_BAD_MODEL, "perm is no order of axes");
    const struct graph_attribute order = gradient_ints("perm", inverse, rank);
    const uint32_t dy = gradient_dy(g);
    g->dx[0] = gradient_node(g, "Transpose", &dy, 1, &order, perm->present);
}

/* Concat and Split */

void gradient_concat(struct gradient *g)
{
    gradient_since(g, 4);
    const uint32_t n = g->node.n_inputs;
    const int64_t at = gradient_axis(g);
    uint32_t *lists = arena_array(&g->graph->arena, n, sizeof *lists);
    uint32_t *parts = arena_array(&g->graph->arena, n, sizeof *parts);
    if (!lists || !parts) {
        g->status = status_no_memory(g->run->error);
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        lists[i] = gradient_dims(g, g->node.inputs[i], at, at + 1);
    const uint32_t sizes = concat(g, lists, n, 0);
    const struct graph_attribute axis = gradient_int("axis", at);
    gradient_node_of(g, "Split", GRADIENT_LIST(gradient_dy(g), sizes), &axis, 1, parts, n);
    for (uint32_t i = 0; i < n && !g->status; i++)
        g->dx[i] = parts[i];
}

void gradient_split(struct gradient *g)
{
    gradient_since(g, 2);
    const uint32_t n = g->node.n_outputs;
    uint32_t *parts = arena_array(&g->graph->arena, n, sizeof *parts);
    if (!parts) {
        g->status = status_no_memory(g->run->error);
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        parts[i] = gradient_dy_of(g, i);
    g->dx[0] = concat(g, parts, n, gradient_axis(g));
}

/* The others */

static uint32_t size_of(struct gradient *g, uint32_t value)
{
    const int64_t one = 1;
    return gradient_reshape(g, gradient_unary(g, "Size", value), gradient_list(g, &one, 1));
}

/* x after a Scatter operator has added updates to it, or put them into it. */
static uint32_t scatter_into(struct gradient *g, const char *op, uint32_t x, uint32_t indices,
                             uint32_t updates, const int64_t *axis_is, bool adds)
{
    struct graph_attribute attributes[] = {
        {.name = "reduction", .value = {.type = HINGE_ATTR_STRING, .s = {"none", 4}}},
        gradient_int("axis", axis_is ? *axis_is : 0)};
    if (adds)
        attributes[0].value.s = (struct hinge_string){"add", 3};
    const uint32_t inputs[] = {x, indices, updates};
    return gradient_node(g, op, inputs, 3, attributes, axis_is ? 2 : 1);
}

static uint32_t scatter(struct gradient *g, const char *op, uint32_t zeros, uint32_t indices,
                        uint32_t dy, const int64_t *axis_is)
{
    return scatter_into(g, op, zeros, indices, dy, axis_is, true);
}

uint32_t gradient_add_at(struct gradient *g, uint32_t numbers, uint32_t dy, uint32_t x)
{
    const int64_t axis = 0;
    const uint32_t scalar = gradient_number(g, 0, x);
    const uint32_t zeros = gradient_binary(g, "Expand", scalar, size_of(g, x));
    const uint32_t sums = scatter(g, "ScatterElements", zeros, reshape_to_list(g, numbers),
                                  reshape_to_list(g, dy), &axis);
    return gradient_reshape_like(g, sums, x);
}

/* Runs the node once more with the numbers of x's elements in x's place, from 1 on, which go the
 * same way and say where each came from; 0 is nowhere. Another input, such as what a Pad writes,
 * may be left out then. */
static void move(struct gradient *g, uint32_t left_out)
{
    const uint32_t x = g->node.inputs[0];
    const int64_t first = 1;
    const uint32_t one = gradient_unary(g, "Squeeze", gradient_list(g, &first, 1));
    const uint32_t end = gradient_binary(g, "Add", gradient_unary(g, "Size", x), one);
    const uint32_t numbers = gradient_node(g, "Range", GRADIENT_LIST(one, end, one), NULL, 0);
    uint32_t *inputs = arena_array(&g->graph->arena, g->node.n_inputs, sizeof *inputs);
    uint32_t *outputs = arena_array(&g->graph->arena, g->node.n_outputs, sizeof *outputs);
    if (!inputs || !outputs) {
        g->status = status_no_memory(g->run->error);
        return;
    }
    for (uint32_t i = 0; i < g->node.n_inputs; i++)
        inputs[i] = i == left_out ? GRAPH_NONE : g->node.inputs[i];
    inputs[0] = gradient_reshape_like(g, numbers, x);
    gradient_copy(g, inputs, outputs);
    if (g->status)
        return;
    const uint32_t at = gradient_binary(g, "Max", outputs[0], one);
    const uint32_t is_moved = gradient_binary(g, "GreaterOrEqual", outputs[0], one);
    const uint32_t dy = gradient_dy(g), zero = gradient_number(g, 0, dy);
    const uint32_t moved = gradient_node(g, "Where", GRADIENT_LIST(is_moved, dy, zero), NULL, 0);
    g->dx[0] = gradient_add_at(g, gradient_binary(g, "Sub", at, one), moved, x);
}

void gradient_move(struct gradient *g)
{
    move(g, GRAPH_NONE);
}

static bool is_constant_pad(const struct gradient *g)
{
    const struct hinge_attribute *mode = gradient_attribute(g, "mode", HINGE_ATTR_STRING);
    return !mode || (mode->s.size == 8 && memcmp(mode->s.bytes, "constant", 8) == 0);
}

/* Of a constant: the same pads, negative, cut off what was put there, and put zeros where something
 * was cut off; the constant has the rest. */
void gradient_pad(struct gradient *g)
{
    const uint32_t x = g->node.inputs[0], dy = gradient_dy(g);
    const struct hinge_attribute *given = gradient_attribute(g, "pads", HINGE_ATTR_INTS);
    gradient_since(g, 2);
    if (g->status)
        return;
    if (!is_constant_pad(g)) {
        move(g, 2);
        return;
    }
    const uint32_t pads =
        given ? gradient_list(g, given->ints, given->count) : gradient_input(g, 1);
    if (pads == GRAPH_NONE)
        gradient_fail(g, HINGE_UNSUPPORTED, "it has no pads");
    const uint32_t inputs[] = {dy, gradient_unary(g, "Neg", pads), GRAPH_NONE,
                               gradient_input(g, 3)};
    const uint32_t dx = gradient_node(g, "Pad", inputs, inputs[3] == GRAPH_NONE ? 2 : 4, NULL, 0);
    g->dx[0] = gradient_reshape_like(g, dx, x);
    if (g->node.n_inputs < 3 || !g->is_wanted[2])
        return;
    const struct graph_attribute keep = gradient_int("keepdims", 0);
    const uint32_t all = gradient_node(g, "ReduceSum", &dy, 1, &keep, 1);
    const uint32_t own = gradient_node(g, "ReduceSum", &dx, 1, &keep, 1);
    g->dx[2] = gradient_reshape_like(g, gradient_binary(g, "Sub", all, own), g->node.inputs[2]);
}

/* The sum from the other end. */
void gradient_cumsum(struct gradient *g)
{
    const struct graph_attribute attributes[] = {
        gradient_int("exclusive", gradient_attribute_int(g, "exclusive")),
        gradient_int("reverse", !gradient_attribute_int(g, "reverse"))};
    g->dx[0] =
        gradient_node(g, "CumSum", GRADIENT_LIST(gradient_dy(g), g->node.inputs[1]), attributes, 2);
}

/* x as [axes before, axis, axes behind], and dy as [axes before, indices, axes behind], with the
 * middle in front: rows that are added to rows. */
void gradient_gather(struct gradient *g)
{
    const uint32_t x = g->node.inputs[0], indices = reshape_to_list(g, g->node.inputs[1]);
    const int64_t axis = gradient_axis(g), last = -1;
    const int64_t swap[] = {1, 0, 2};
    const struct graph_attribute perm = gradient_ints("perm", swap, 3);
    const struct graph_attribute keep = gradient_int("keepdims", 1);
    uint32_t before, behind;
    if (axis == 0) {
        const int64_t one = 1;
        before = gradient_list(g, &one, 1);
    } else {
        const uint32_t dims = gradient_dims(g, x, 0, axis);
        before = gradient_node(g, "ReduceProd", &dims, 1, &keep, 1);
    }
    if (axis == -1) {
        const int64_t one = 1;
        behind = gradient_list(g, &one, 1);
    } else {
        const uint32_t dims = gradient_dims(g, x, axis + 1, 0);
        behind = gradient_node(g, "ReduceProd", &dims, 1, &keep, 1);
    }
    const uint32_t middle = gradient_dims(g, x, axis, axis + 1), n = size_of(g, indices);
    const uint32_t rows =
        gradient_reshape(g, gradient_dy(g), concat(g, (uint32_t[]){before, n, behind}, 3, 0));
    const uint32_t zeros = gradient_binary(g, "Expand", gradient_number(g, 0, x),
                                           concat(g, (uint32_t[]){middle, before, behind}, 3, 0));
    const uint32_t moved = gradient_node(g, "Transpose", &rows, 1, &perm, 1);
    const uint32_t column = gradient_binary(g, "Unsqueeze", indices, gradient_list(g, &last, 1));
    const uint32_t sums = scatter(g, "ScatterND", zeros, column, moved, NULL);
    g->dx[0] = gradient_reshape_like(g, gradient_node(g, "Transpose", &sums, 1, &perm, 1), x);
}

void gradient_gather_elements(struct gradient *g)
{
    const int64_t axis = gradient_axis(g);
    const uint32_t zeros = gradient_fill(g, 0, g->node.inputs[0]);
    g->dx[0] = scatter(g, "ScatterElements", zeros, g->node.inputs[1], gradient_dy(g), &axis);
}

/* The places that were written have the updates' derivative and none of the data's, unless updates
 * were added to them. */
static void scattered(struct gradient *g, const char *op, const char *gather,
                      const int64_t *axis_is)
{
    const uint32_t *in = g->node.inputs, dy = gradient_dy(g);
    const struct hinge_attribute *reduction = gradient_attribute(g, "reduction", HINGE_ATTR_STRING);
    const bool adds =
        reduction && reduction->s.size == 3 && memcmp(reduction->s.bytes, "add", 3) == 0;
    const bool puts =
        !reduction || (reduction->s.size == 4 && memcmp(reduction->s.bytes, "none", 4) == 0);
    if (!adds && !puts)
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none of reductions but \"add\"");
    if (g->is_wanted[0])
        g->dx[0] =
            adds ? dy : scatter_into(g, op, dy, in[1], gradient_fill(g, 0, in[2]), axis_is, false);
    const struct graph_attribute axis = gradient_int("axis", axis_is ? *axis_is : 0);
    const uint32_t inputs[] = {dy, in[1]};
    if (g->is_wanted[2])
        g->dx[2] = gradient_node(g, gather, inputs, 2, &axis, axis_is ? 1 : 0);
}

void gradient_scatter_elements(struct gradient *g)
{
    const int64_t axis = gradient_axis(g);
    scattered(g, "ScatterElements", "GatherElements", &axis);
}

void gradient_scatter_nd(struct gradient *g)
{
    scattered(g, "ScatterND", "GatherND", NULL);
}

void gradient_topk(struct gradient *g)
{
    const int64_t axis = gradient_axis(g);
    if (g->node.n_outputs < 2 || g->node.outputs[1] == GRAPH_NONE)
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none where it does not give the indices");
    if (!g->status)
        g->dx[0] = scatter(g, "ScatterElements", gradient_fill(g, 0, g->node.inputs[0]),
                           g->node.outputs[1], gradient_dy(g), &axis);
}
