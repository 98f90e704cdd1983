/* Rules of the Reduce operators, whose axes are an attribute at first and an input later. */
#include "passes/gradient/gradient.h"

/* The input that says which axes there are, or an attribute as such; GRAPH_NONE: all of them. */
static uint32_t axes_of(struct gradient *g)
{
    const struct hinge_attribute *attribute = gradient_attribute(g, "axes", HINGE_ATTR_INTS);
    if (!attribute)
        return gradient_input(g, 1);
    return attribute->present ? gradient_list(g, attribute->ints, attribute->count) : GRAPH_NONE;
}

static uint32_t keep_axes(struct gradient *g, uint32_t value, uint32_t axes)
{
    return gradient_attribute_int(g, "keepdims") || axes == GRAPH_NONE
               ? value
               : gradient_binary(g, "Unsqueeze", value, axes);
}

/* Elements that are as large as the largest, or as small as the smallest, share the derivative. */
static uint32_t by_extremum(struct gradient *g, uint32_t axes)
{
    const uint32_t chosen = gradient_expression(g, "Where(x == y, 1, 0)");
    const struct graph_attribute noop =
        gradient_int("noop_with_empty_axes", gradient_attribute_int(g, "noop_with_empty_axes"));
    const uint32_t n_chosen = gradient_node(g, "ReduceSum", GRADIENT_LIST(chosen, axes), &noop, 1);
    const uint32_t share = gradient_binary(g, "Div", gradient_dy(g), n_chosen);
    return gradient_binary(g, "Mul", chosen, share);
}

/* The node as if it had kept the axes, so that y and dy are broadcast to x. */
static void reduce(struct gradient *g, bool is_extremum)
{
    const uint32_t axes = axes_of(g);
    const uint32_t y = keep_axes(g, g->node.outputs[0], axes);
    const uint32_t dy = keep_axes(g, gradient_dy(g), axes);
    for (uint32_t i = 1; i < g->node.n_inputs; i++)
        if (g->is_wanted[i])
            gradient_fail(g, HINGE_UNSUPPORTED, "there is none by input %u", (unsigned)i);
    if (g->status)
        return;
    uint32_t outputs[] = {y};
    struct gradient kept = *g;
    kept.node.outputs = outputs;
    kept.dy = &dy;
    g->dx[0] = is_extremum ? by_extremum(&kept, axes) : gradient_expression(&kept, g->formulas);
    g->status = kept.status;
}

void gradient_reduce(struct gradient *g)
{
    reduce(g, false);
}

void gradient_reduce_extremum(struct gradient *g)
{
    reduce(g, true);
}
