/* A node against its operator's declaration: arity, attribute names and types, defaults. */
#include "plugins/registry.h"

#include "plugins/signature.h"

#include <stdio.h>
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
    struct signature_arity arity = signature_arity(op->signature);
    const struct {
        const char *what;
        uint32_t n, min, max;
    } sides[] = {{"inputs", node->n_inputs, arity.min_inputs, arity.max_inputs},
                 {"outputs", node->n_outputs, arity.min_outputs, arity.max_outputs}};
    for (int s = 0; s < 2; s++) {
        if (sides[s].n >= sides[s].min && sides[s].n <= sides[s].max)
            continue;
        char most[32] = "any number";
        if (sides[s].max != SIGNATURE_ANY)
            snprintf(most, sizeof most, "%u", (unsigned)sides[s].max);
        return status_fail(error, HINGE_BAD_MODEL, "has %u %s, but %s takes %u to %s",
                           (unsigned)sides[s].n, sides[s].what, op->name, (unsigned)sides[s].min,
                           most);
    }
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        size_t size;
        const char *name = signature_name(op->signature, false, i, &size);
        if (node->inputs[i] == GRAPH_NONE && signature_is_required(op->signature, false, i))
            return status_fail(error, HINGE_BAD_MODEL,
                               "input %u (%.*s) is left out, but %s needs it", (unsigned)i,
                               (int)size, name, op->name);
    }
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

static hinge_status check_attributes(const struct hinge_op *op, const struct graph_node *node,
                                     hinge_error *error)
{
    for (uint32_t i = 0; i < node->n_attributes; i++) {
        const struct hinge_attribute_def *def = op->attributes;
        while (def && def->name && strcmp(def->name, node->attributes[i].name) != 0)
            def++;
        if (!def || !def->name)
            return status_fail(error, HINGE_BAD_MODEL, "%s of opset %u has no attribute %s",
                               op->name, (unsigned)node->opset, node->attributes[i].name);
        if (node->attributes[i].value.type != def->type)
            return status_fail(error, HINGE_BAD_MODEL, "attribute %s is of type %s, not %s",
                               def->name, attribute_type_text(node->attributes[i].value.type),
                               attribute_type_text(def->type));
    }
    return HINGE_OK;
}

static hinge_tensor *copy_declared(struct graph *body, const uint32_t *values, uint32_t n)
{
    hinge_tensor *declared = arena_array(&body->arena, n, sizeof *declared);
    for (uint32_t i = 0; i < n && declared; i++) {
        declared[i] = body->values[values[i]].tensor;
        declared[i].data = NULL;
    }
    return declared;
}

/* Types are inferred over what a body declares; the first to bind it keeps that. */
static bool tell_body(struct hinge_attribute *bound, struct graph *body)
{
    if (!body->declared_inputs)
        body->declared_inputs = copy_declared(body, body->inputs, body->n_inputs);
    if (!body->declared_outputs)
        body->declared_outputs = copy_declared(body, body->outputs, body->n_outputs);
    bound->graph.n_inputs = body->n_inputs;
    bound->graph.n_outputs = body->n_outputs;
    bound->graph.inputs = body->declared_inputs;
    bound->graph.outputs = body->declared_outputs;
    return body->declared_inputs && body->declared_outputs;
}

hinge_status registry_bind(const struct registry_entry *entry, struct graph *graph,
                           struct graph_node *node,
                           hinge_status (*run)(const struct hinge_node *node), hinge_error *error)
{
    const struct hinge_op *op = entry->op;
    hinge_status status = check_arity(op, node, error);
    if (!status)
        status = check_attributes(op, node, error);
    if (status)
        return status;
    size_t n_defs = 0;
    while (op->attributes && op->attributes[n_defs].name)
        n_defs++;
    struct hinge_attribute *bound = arena_array(&graph->arena, n_defs, sizeof *bound);
    struct graph **bodies = arena_array(&graph->arena, n_defs, sizeof *bodies);
    if (!bound || !bodies)
        return status_no_memory(error);
    for (size_t i = 0; i < n_defs; i++) {
        const struct hinge_attribute_def *def = &op->attributes[i];
        const struct graph_attribute *given = find(node, def->name);
        if (!given && def->required)
            return status_fail(error, HINGE_BAD_MODEL, "attribute %s is missing", def->name);
        bound[i] = given ? given->value : default_value(def);
        bound[i].present = given != NULL;
        if (given && given->graph) {
            bodies[i] = given->graph;
            if (!tell_body(&bound[i], given->graph))
                return status_no_memory(error);
        }
    }
    struct signature_arity arity = signature_arity(op->signature);
    node->definition = op;
    node->plugin = entry->plugin;
    node->run = run;
    node->bound = bound;
    node->bodies = bodies;
    node->min_outputs = arity.min_outputs;
    node->max_inputs = arity.max_inputs;
    return HINGE_OK;
}
