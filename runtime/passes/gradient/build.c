/* What derivatives are built with: nodes that are bound as they are made, so that types and, where
 * they are known, shapes are there for whatever reads them. */
#include "passes/gradient/gradient.h"

#include "base/tensor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Gradient nodes that differentiate what others made multiply it each time, and many of a large
 * graph are the square of a small file. A step is a node or value that is looked at; making one,
 * with all that is done about it later, is some more. */
#define MAX_STEPS ((size_t)1 << 24)
#define STEPS_TO_MAKE 16

bool gradient_step(struct gradient *g, size_t n)
{
    if (g->status)
        return false;
    *g->n_steps += n;
    if (*g->n_steps > MAX_STEPS)
        gradient_fail(g, HINGE_LIMIT, "Gradient nodes take more than %zu steps", MAX_STEPS);
    return !g->status;
}

static bool make_step(struct gradient *g, uint32_t n_inputs, uint32_t n_outputs)
{
    return gradient_step(g, STEPS_TO_MAKE * (1 + (size_t)n_inputs + n_outputs));
}

void gradient_fail(struct gradient *g, hinge_status status, const char *format, ...)
{
    if (g->status)
        return;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    g->status = status_fail(g->run->error, status, "%s", text);
}

struct graph_attribute gradient_int(const char *name, int64_t value)
{
    return (struct graph_attribute){.name = name, .value = {.type = HINGE_ATTR_INT, .i = value}};
}

struct graph_attribute gradient_float(const char *name, float value)
{
    return (struct graph_attribute){.name = name, .value = {.type = HINGE_ATTR_FLOAT, .f = value}};
}

struct graph_attribute gradient_ints(const char *name, const int64_t *values, size_t count)
{
    return (struct graph_attribute){
        .name = name, .value = {.type = HINGE_ATTR_INTS, .count = count, .ints = values}};
}

static hinge_status copy_attributes(struct graph *graph, struct graph_node *node,
                                    const struct graph_attribute *attributes, uint32_t n)
{
    node->attributes = arena_array(&graph->arena, n, sizeof *node->attributes);
    if (!node->attributes)
        return HINGE_NO_MEMORY;
    for (uint32_t a = 0; a < n; a++) {
        struct graph_attribute *to = &node->attributes[node->n_attributes++];
        *to = attributes[a];
        if (to->value.type != HINGE_ATTR_INTS)
            continue;
        int64_t *ints = arena_array(&graph->arena, to->value.count, sizeof *ints);
        if (!ints)
            return HINGE_NO_MEMORY;
        if (to->value.count)
            memcpy(ints, to->value.ints, to->value.count * sizeof *ints);
        to->value.ints = ints;
    }
    return HINGE_OK;
}

/* "domain::Op" in its two parts; the version is that of the domain. */
static const char *split_name(const char *op, char domain[32], uint32_t *opset)
{
    const char *colons = strstr(op, "::");
    *domain = '\0';
    *opset = GRADIENT_OPSET;
    if (!colons)
        return op;
    snprintf(domain, 32, "%.*s", (int)(colons - op), op);
    *opset = 1;
    return colons + 2;
}

/* Adds a node that writes these values, and binds it. */
static void add_node(struct gradient *g, const struct graph_node *like, const uint32_t *inputs,
                     const uint32_t *outputs)
{
    struct graph *graph = g->graph;
    uint32_t node = graph_add_node(graph, like->op, like->domain, like->opset, inputs,
                                   like->n_inputs, outputs, like->n_outputs);
    if (node == GRAPH_NONE ||
        copy_attributes(graph, &graph->nodes[node], like->attributes, like->n_attributes) ||
        !(graph->nodes[node].name = arena_format(&graph->arena, "%.100s/gradient", g->node.name)))
        g->status = status_no_memory(g->run->error);
    bool known;
    if (!g->status)
        g->status = pass_bind(g->run, node);
    if (!g->status)
        g->status = pass_infer_node(g->run, node, &known);
}

static bool add_values(struct gradient *g, uint32_t *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        values[i] = graph_add_value(g->graph, "");
        if (values[i] == GRAPH_NONE)
            g->status = status_no_memory(g->run->error);
    }
    return !g->status;
}

void gradient_node_of(struct gradient *g, const char *op, const uint32_t *inputs, uint32_t n_inputs,
                      const struct graph_attribute *attributes, uint32_t n_attributes,
                      uint32_t *outputs, uint32_t n_outputs)
{
    char domain[32];
    struct graph_node node = {.domain = domain,
                              .n_inputs = n_inputs,
                              .n_outputs = n_outputs,
                              .attributes = (struct graph_attribute *)attributes,
                              .n_attributes = n_attributes};
    node.op = split_name(op, domain, &node.opset);
    if (make_step(g, n_inputs, n_outputs) && add_values(g, outputs, n_outputs))
        add_node(g, &node, inputs, outputs);
}

uint32_t gradient_node(struct gradient *g, const char *op, const uint32_t *inputs,
                       uint32_t n_inputs, const struct graph_attribute *attributes,
                       uint32_t n_attributes)
{
    uint32_t output = GRAPH_NONE;
    gradient_node_of(g, op, inputs, n_inputs, attributes, n_attributes, &output, 1);
    return output;
}

void gradient_deliver(struct gradient *g, uint32_t value, uint32_t output)
{
    const struct graph_node identity = {
        .op = "Identity", .domain = "", .opset = GRADIENT_OPSET, .n_inputs = 1, .n_outputs = 1};
    if (make_step(g, 1, 1))
        add_node(g, &identity, &value, &output);
}

void gradient_copy(struct gradient *g, const uint32_t *inputs, uint32_t *outputs)
{
    for (uint32_t a = 0; a < g->node.n_attributes; a++)
        if (g->node.attributes[a].graph)
            gradient_fail(g, HINGE_UNSUPPORTED,
                          "%s has a graph of its own, which is not differentiated at other values",
                          g->node.op);
    if (make_step(g, g->node.n_inputs, g->node.n_outputs) &&
        add_values(g, outputs, g->node.n_outputs))
        add_node(g, &g->node, inputs, outputs);
}

uint32_t gradient_unary(struct gradient *g, const char *op, uint32_t x)
{
    return gradient_node(g, op, &x, 1, NULL, 0);
}

uint32_t gradient_binary(struct gradient *g, const char *op, uint32_t a, uint32_t b)
{
    return gradient_node(g, op, GRADIENT_LIST(a, b), NULL, 0);
}

/* Constants */

static uint32_t add_constant(struct gradient *g, hinge_type type, int32_t rank, const int64_t *dims,
                             const void *data, size_t size)
{
    if (!make_step(g, 0, 0))
        return GRAPH_NONE;
    uint32_t value = graph_add_constant(g->graph, "", type, rank, dims);
    if (value == GRAPH_NONE)
        g->status = status_no_memory(g->run->error);
    else if (size)
        memcpy(g->graph->values[value].tensor.data, data, size);
    return value;
}

uint32_t gradient_number(struct gradient *g, double number, uint32_t like)
{
    if (g->status)
        return GRAPH_NONE;
    const hinge_type_code code = g->graph->values[like].type_code;
    const float rounded = (float)number;
    if (code == HINGE_FLOAT)
        return add_constant(g, HINGE_FLOAT, 0, NULL, &rounded, sizeof rounded);
    uint32_t value = add_constant(g, HINGE_DOUBLE, 0, NULL, &number, sizeof number);
    if (code == HINGE_DOUBLE)
        return value;
    const struct graph_attribute to = gradient_int("to", (int64_t)code);
    return gradient_node(g, "Cast", &value, 1, &to, 1);
}

uint32_t gradient_list(struct gradient *g, const int64_t *values, size_t count)
{
    const int64_t dims[] = {(int64_t)count};
    return add_constant(g, HINGE_INT64, 1, dims, values, count * sizeof *values);
}

/* Shapes */

uint32_t gradient_dims(struct gradient *g, uint32_t value, int64_t from, int64_t to)
{
    if (g->status)
        return GRAPH_NONE;
    if (pass_is_static(g->graph, value)) {
        const hinge_tensor tensor = g->graph->values[value].tensor;
        const int64_t first = from < 0 ? from + tensor.rank : from;
        const int64_t last = to <= 0 ? to + tensor.rank : to;
        if (first >= 0 && first <= last && last <= tensor.rank)
            return gradient_list(g, tensor.dims + first, (size_t)(last - first));
    }
    const struct graph_attribute range[] = {gradient_int("start", from), gradient_int("end", to)};
    return gradient_node(g, "Shape", &value, 1, range, to == 0 ? 1 : 2);
}

uint32_t gradient_shape(struct gradient *g, uint32_t value)
{
    return gradient_dims(g, value, 0, 0);
}

uint32_t gradient_fill(struct gradient *g, double number, uint32_t like)
{
    uint32_t scalar = gradient_number(g, number, like);
    return gradient_binary(g, "Expand", scalar, gradient_shape(g, like));
}

static bool is_same_shape(const struct graph *graph, uint32_t a, uint32_t b)
{
    const hinge_tensor *x = &graph->values[a].tensor, *y = &graph->values[b].tensor;
    return pass_is_static(graph, a) && pass_is_static(graph, b) && x->rank == y->rank &&
           memcmp(x->dims, y->dims, (size_t)x->rank * sizeof x->dims[0]) == 0;
}

uint32_t gradient_sum_to(struct gradient *g, uint32_t value, uint32_t like)
{
    if (g->status || is_same_shape(g->graph, value, like))
        return value;
    return gradient_binary(g, "ai.hinge::SumTo", value, gradient_shape(g, like));
}

uint32_t gradient_reshape(struct gradient *g, uint32_t value, uint32_t shape)
{
    const struct graph_attribute allow_zero = gradient_int("allowzero", 1);
    return gradient_node(g, "Reshape", GRADIENT_LIST(value, shape), &allow_zero, 1);
}

uint32_t gradient_reshape_like(struct gradient *g, uint32_t value, uint32_t like)
{
    if (g->status || is_same_shape(g->graph, value, like))
        return value;
    return gradient_reshape(g, value, gradient_shape(g, like));
}

int32_t gradient_rank(const struct gradient *g, uint32_t value)
{
    if (g->status)
        return -1;
    const struct graph_value *v = &g->graph->values[value];
    const bool is_fed = v->is_input && !g->graph->parent; /* and checked then */
    return pass_is_static(g->graph, value) || is_fed ? v->tensor.rank : -1;
}

/* The node whose turn it is */

const struct hinge_attribute *gradient_attribute(const struct gradient *g, const char *name,
                                                 enum hinge_attribute_type type)
{
    return pass_attribute(&g->node, name, type);
}

int64_t gradient_attribute_int(const struct gradient *g, const char *name)
{
    const struct hinge_attribute *attribute = gradient_attribute(g, name, HINGE_ATTR_INT);
    return attribute ? attribute->i : 0;
}

int64_t gradient_axis(struct gradient *g)
{
    const int64_t axis = gradient_attribute_int(g, "axis");
    if (axis >= -HINGE_MAX_RANK && axis < HINGE_MAX_RANK)
        return axis;
    gradient_fail(g, HINGE_BAD_MODEL, "axis %lld is none of a tensor", (long long)axis);
    return 0;
}

uint32_t gradient_opset(const struct gradient *g)
{
    return *g->node.domain ? GRADIENT_OPSET : g->node.opset;
}

void gradient_since(struct gradient *g, uint32_t opset)
{
    if (gradient_opset(g) < opset)
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none before opset %u", (unsigned)opset);
}

uint32_t gradient_input(const struct gradient *g, uint32_t index)
{
    return index < g->node.n_inputs ? g->node.inputs[index] : GRAPH_NONE;
}

uint32_t gradient_dy(const struct gradient *g)
{
    return g->dy[0];
}

uint32_t gradient_dy_of(struct gradient *g, uint32_t output)
{
    if (g->dy[output] != GRAPH_NONE)
        return g->dy[output];
    if (g->node.outputs[output] == GRAPH_NONE)
        gradient_fail(g, HINGE_UNSUPPORTED, "there is none where output %u is left out",
                      (unsigned)output);
    return gradient_fill(g, 0, g->node.outputs[output]);
}
