/* Derivatives as formulas (plugins/formula.h): builds what they say for the node whose turn it is.
 */
#include "passes/gradient/gradient.h"

#include "plugins/formula.h"

#include <string.h>

static uint32_t build_number(void *user, double number)
{
    struct gradient *g = user;
    return gradient_number(g, number, gradient_dy(g));
}

/* The plugin that has the formula may be another than that whose attributes the node is bound to.
 */
static uint32_t attribute_value(struct gradient *g, struct formula_name name)
{
    const struct hinge_attribute_def *def = g->node.definition->attributes;
    while (def && def->name && !formula_is(name, def->name))
        def++;
    const char *declared = def && def->name ? def->name : "";
    const struct hinge_attribute *f = gradient_attribute(g, declared, HINGE_ATTR_FLOAT);
    if (f)
        return gradient_number(g, (double)f->f, gradient_dy(g));
    if (!gradient_attribute(g, declared, HINGE_ATTR_INT))
        gradient_fail(g, HINGE_UNSUPPORTED, "the operator has no number \"%.*s\"", (int)name.size,
                      name.text);
    return gradient_number(g, (double)gradient_attribute_int(g, declared), gradient_dy(g));
}

static uint32_t build_name(void *user, struct formula_name name)
{
    struct gradient *g = user;
    if (formula_is(name, "dy"))
        return gradient_dy(g);
    if (formula_is(name, "y"))
        return g->node.outputs[0];
    uint32_t input = GRAPH_NONE;
    if (name.size == 1 && (*name.text == 'x' || (*name.text >= 'a' && *name.text <= 'e')))
        input = gradient_input(g, *name.text == 'x' ? 0 : (uint32_t)(*name.text - 'a'));
    else
        return attribute_value(g, name);
    if (input == GRAPH_NONE)
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none where input %.1s is left out",
                      name.text);
    return input;
}

static uint32_t build_call(void *user, struct formula_name name, const uint32_t *arguments,
                           uint32_t n)
{
    struct gradient *g = user;
    char op[FORMULA_MAX_OP];
    memcpy(op, name.text, name.size);
    op[name.size] = '\0';
    if (strcmp(op, "Shape") == 0)
        return gradient_shape(g, arguments[0]);
    if (strcmp(op, "SumTo") == 0)
        return gradient_sum_to(g, arguments[0], arguments[1]);
    if (strcmp(op, "Like") == 0)
        return gradient_reshape_like(g, arguments[0], arguments[1]);
    return gradient_node(g, op, arguments, n, NULL, 0);
}

uint32_t gradient_formula(struct gradient *g, struct formula_name formula)
{
    static const struct formula_visitor visitor = {build_number, build_name, build_call};
    uint32_t value = GRAPH_NONE;
    const char *at;
    if (!g->status && !formula_visit(formula, &visitor, g, &value, &at))
        gradient_fail(g, HINGE_BAD_PLUGIN, "its derivative cannot be read at \"%.40s\"", at);
    return value;
}

uint32_t gradient_expression(struct gradient *g, const char *text)
{
    return gradient_formula(g, (struct formula_name){text, strlen(text)});
}
