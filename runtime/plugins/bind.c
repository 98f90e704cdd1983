/* A node against its operator's declaration: arity, attribute names and types, defaults. */
#include "plugins/registry.h"

#include <string.h>

static const char *attribute_type_text(enum hinge_attribute_type type)
{
    static const char *const texts[] = {"undefined",      "float",   "int",    "string",
                                        "tensor",         "graph",   "floats", "ints",
                                        "strings",        "tensors", "graphs", "sparse tensor",
                                        "sparse tensors", "type",    "types"};
    return (size_t)type < sizeof texts / sizeof texts[0] ? texts[type] : "unknown";
}

static hinge_status check_arity(const struct hinge_op *op, const struct graph_node *node,
                                hinge_error *error)
{
    const struct {
        const char *what;
        uint32_t n, min, max;
        const uint32_t *values;
    } sides[] = {{"inputs", node->n_inputs, op->inputs.min, op->inputs.max, node->inputs},
                 {"outputs", node->n_outputs, op->outputs.min, op->outputs.max, node->outputs}};
    for (int s = 0; s < 2; s++) {
        uint32_t max = s == 0 && node->epilogue.addend ? sides[s].max + 1 : sides[s].max;
        if (sides[s].n < sides[s].min || (sides[s].n > max && sides[s].max != UINT16_MAX))
            return status_fail(error, HINGE_BAD_MODEL, "has %u %s, but %s takes %u to %u",
                               (unsigned)sides[s].n, sides[s].what, op->name,
                               (unsigned)sides[s].min, (unsigned)sides[s].max);
    }
    for (uint32_t i = 0; i < op->inputs.min; i++)
        if (node->inputs[i] == GRAPH_NONE)
            return status_fail(error, HINGE_BAD_MODEL, "input %u is left out, but %s needs it",
                               (unsigned)i, op->name);
    return HINGE_OK;
}

static const struct graph_attribute *find(const struct graph_node *node, const char *name)
{
    for (uint32_t i = 0; i < node->n_attributes; i++)
        if (strcmp(node->attributes[i].name, name) == 0)
            return &node->attributes[i];
    return NULL;
}

static struct hinge_attribute default_value(const struct hinge_attribute_def *def)
{
    struct hinge_attribute value = {.type = def->type};
    if (def->type == HINGE_ATTR_FLOAT)
        value.f = def->f;
    else if (def->type == HINGE_ATTR_INT)
        value.i = def->i;
    else if (def->type == HINGE_ATTR_STRING)
        value.s = (hinge_string){def->s ? def->s : "", def->s ? strlen(def->s) : 0};
    return value;
}

hinge_status registry_bind_node(const struct registry_entry *entry, struct graph *graph,
                                struct graph_node *node, hinge_error *error)
{
    const struct hinge_op *op = entry->op;
    hinge_status status = check_arity(op, node, error);
    size_t n_defs = 0, n_found = 0;
    while (op->attributes && op->attributes[n_defs].name)
        n_defs++;
    struct hinge_attribute *bound = arena_array(&graph->arena, n_defs, sizeof *bound);
    if (!bound)
        return status_no_memory(error);
    for (size_t i = 0; i < n_defs && !status; i++) {
        const struct hinge_attribute_def *def = &op->attributes[i];
        const struct graph_attribute *given = find(node, def->name);
        if (!given && def->required)
            status = status_fail(error, HINGE_BAD_MODEL, "attribute %s is missing", def->name);
        else if (given && given->value.type != def->type)
            status =
                status_fail(error, HINGE_BAD_MODEL, "attribute %s is of type %s, not %s", def->name,
                            attribute_type_text(given->value.type), attribute_type_text(def->type));
        else
            bound[i] = given ? given->value : default_value(def);
        bound[i].present = given != NULL;
        n_found += given != NULL;
    }
    for (uint32_t i = 0; i < node->n_attributes && n_found < node->n_attributes && !status; i++) {
        bool known = false;
        for (size_t k = 0; k < n_defs && !known; k++)
            known = strcmp(op->attributes[k].name, node->attributes[i].name) == 0;
        if (!known)
            status = status_fail(error, HINGE_BAD_MODEL, "%s of opset %u has no attribute %s",
                                 op->name, (unsigned)node->opset, node->attributes[i].name);
    }
    if (status)
        return status;
    node->definition = op;
    node->plugin = entry->plugin;
    node->bound = bound;
    return HINGE_OK;
}
