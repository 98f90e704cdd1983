/*
 * What operators say of their derivatives, carried out. At a corner of an activation the derivative
 * is that which `hinge activation` draws: see operators/kernels/activation/activation_derivative.h.
 */
#include "passes/gradient/gradient.h"

#include <string.h>

static const struct {
    const char *name;
    void (*build)(struct gradient *g);
} builders[] = {
#define BUILDER(name) {#name, gradient_##name},
    HINGE_RULES(BUILDER)
#undef BUILDER
};

/* What rules take for granted of a node: how many inputs, 1 where it is not said here, and that
 * attributes are there. */
static const struct need {
    const char *rule;
    uint32_t min_inputs, max_inputs;
    struct {
        const char *name;
        enum hinge_attribute_type type;
    } attributes[2];
} needs[] = {
    {"average_pool", 1, 1, {{"kernel_shape", HINGE_ATTR_INTS}, {"auto_pad", HINGE_ATTR_STRING}}},
    {"batch_normalization", 5, 5, {{0}}},
    {"clip", 1, 3, {{0}}},
    {"concat", 1, UINT32_MAX, {{0}}},
    {"conv", 2, 3, {{"auto_pad", HINGE_ATTR_STRING}}},
    {"conv_transpose", 2, 3, {{"auto_pad", HINGE_ATTR_STRING}}},
    {"cross_entropy", 2, 3, {{"reduction", HINGE_ATTR_STRING}, {"ignore_index", HINGE_ATTR_INT}}},
    {"cumsum", 2, 2, {{0}}},
    {"dropout", 1, 3, {{0}}},
    {"einsum", 1, UINT32_MAX, {{"equation", HINGE_ATTR_STRING}}},
    {"extremum", 1, UINT32_MAX, {{0}}},
    {"gather", 2, 2, {{0}}},
    {"gather_elements", 2, 2, {{0}}},
    {"gemm", 2, 3, {{"alpha", HINGE_ATTR_FLOAT}}},
    {"group_normalization", 3, 3, {{"epsilon", HINGE_ATTR_FLOAT}}},
    {"layer_normalization", 2, 3, {{0}}},
    {"lrn", 1, 1, {{"alpha", HINGE_ATTR_FLOAT}, {"size", HINGE_ATTR_INT}}},
    {"matmul", 2, 2, {{0}}},
    {"mean", 1, UINT32_MAX, {{0}}},
    {"move", 1, UINT32_MAX, {{0}}},
    {"negative_log_likelihood",
     2,
     3,
     {{"reduction", HINGE_ATTR_STRING}, {"ignore_index", HINGE_ATTR_INT}}},
    {"pad", 1, 4, {{0}}},
    {"reduce", 1, 2, {{0}}},
    {"reduce_extremum", 1, 2, {{0}}},
    {"resize", 1, 4, {{"mode", HINGE_ATTR_STRING}}},
    {"scatter_elements", 3, 3, {{"axis", HINGE_ATTR_INT}}},
    {"scatter_nd", 3, 3, {{0}}},
    {"split", 1, 2, {{0}}},
    {"sum", 1, UINT32_MAX, {{0}}},
    {"topk", 1, 2, {{"axis", HINGE_ATTR_INT}}},
    {"transpose", 1, 1, {{"perm", HINGE_ATTR_INTS}}},
};

static void check_needs(struct gradient *g, struct formula_name rule)
{
    static const struct need least = {.min_inputs = 1, .max_inputs = 1};
    const struct need *need = &least;
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (formula_is(rule, needs[i].rule))
            need = &needs[i];
    bool fits = g->node.n_inputs >= need->min_inputs && g->node.n_inputs <= need->max_inputs;
    for (uint32_t i = 0; i < need->min_inputs && fits; i++)
        fits = g->node.inputs[i] != GRAPH_NONE;
    for (int i = 0; i < 2 && fits && need->attributes[i].name; i++)
        fits = gradient_attribute(g, need->attributes[i].name, need->attributes[i].type) != NULL;
    if (!fits)
        gradient_fail(g, HINGE_UNSUPPORTED, "it has not the inputs and attributes of rule \"%.*s\"",
                      (int)rule.size, rule.text);
}

bool gradient_find_rule(const struct pass_run *run, const struct graph_node *node,
                        struct gradient_rule *rule)
{
    const char *text = pass_gradient(run, node);
    *rule = (struct gradient_rule){.build = NULL};
    if (!text)
        return false;
    const struct formula_name kind = formula_kind(text, &rule->formulas);
    rule->kind = kind;
    rule->is_flat = formula_is(kind, "flat");
    rule->broadcasts = formula_is(kind, "broadcast");
    for (size_t i = 0; i < sizeof builders / sizeof builders[0]; i++)
        if (formula_is(kind, builders[i].name))
            rule->build = builders[i].build;
    return true;
}

/* By the inputs that have a formula. */
static void apply_formulas(struct gradient *g, const struct gradient_rule *rule)
{
    for (uint32_t i = 0; i < g->node.n_inputs && !g->status; i++) {
        if (!g->is_wanted[i])
            continue;
        const struct formula_name formula = formula_by(rule->formulas, i);
        if (!formula.size)
            gradient_fail(g, HINGE_UNSUPPORTED, "there is none by input %u", (unsigned)i);
        else if (!formula_is_zero(formula))
            g->dx[i] = gradient_formula(g, formula);
        if (rule->broadcasts && g->dx[i] != GRAPH_NONE)
            g->dx[i] = gradient_sum_to(g, g->dx[i], g->node.inputs[i]);
    }
}

void gradient_apply(struct gradient *g, const struct gradient_rule *rule)
{
    for (uint32_t i = 1; i < g->node.n_outputs && rule->build != gradient_split; i++)
        if (g->dy[i] != GRAPH_NONE)
            gradient_fail(g, HINGE_UNSUPPORTED, "there is none of output %u", (unsigned)i);
    g->formulas = rule->formulas;
    if (!rule->build) {
        apply_formulas(g, rule);
        return;
    }
    check_needs(g, rule->kind);
    if (!g->status)
        rule->build(g);
}
