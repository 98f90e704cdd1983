/*
 * Replaces every Gradient node by the nodes that compute it: reverse-mode differentiation. From y
 * back to xs, each node between them adds to the derivatives by its inputs what those by its
 * outputs make of it, by the rule of its operator. Where other values are given than those that the
 * attributes name, the nodes between are written once more for them.
 *
 * Behind the values that are given, the loader has appended xs, zs and y themselves.
 */
#include "passes/gradient/gradient.h"

#include "base/tensor.h"

#include <stdio.h>
#include <string.h>

struct expansion {
    struct gradient g;
    struct arena arena;
    struct graph_node call;
    uint32_t node;          /* its index */
    uint32_t n_xs, n_given; /* of xs; of xs and zs */
    const uint32_t *given, *named;
    uint32_t *points; /* for each of named: the value at which is differentiated, in y's graph */
    uint32_t y;

    /* For each of the n_values that there are at first: whether it is one of named, and what stands
     * for it where other values are given. */
    bool *is_named;
    uint32_t *replacements;
    size_t n_values;
    uint32_t *order; /* nodes between xs and y, each after those that it reads from */
    size_t n_order;

    /* For each value that there is then: whether it depends on xs and has a derivative by them, and
     * y's derivative by it so far; GRAPH_NONE: 0. */
    bool *is_needed;
    uint32_t *derivatives;
};

static bool no_memory(struct expansion *e)
{
    if (!e->g.status)
        e->g.status = status_no_memory(e->g.run->error);
    return false;
}

/* Calls visit for each value that a node, or a body of it, reads; a body that reads a value from
 * further out has one that stands for it. */
static void visit_reads(struct expansion *e, uint32_t index,
                        void (*visit)(struct expansion *e, uint32_t value, void *user), void *user)
{
    const struct graph_node *node = &e->g.graph->nodes[index];
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE)
            visit(e, node->inputs[i], user);
    for (uint32_t a = 0; a < node->n_attributes; a++) {
        const struct graph *body = node->attributes[a].graph;
        for (size_t v = 0; body && v < body->n_values; v++)
            if (body->values[v].outer != GRAPH_NONE)
                visit(e, body->values[v].outer, user);
    }
}

/* Order: depth first from the last node, without recursion. A node is entered once, and left when
 * all that it reads from has been. */

struct search {
    uint32_t *stack;
    size_t n, capacity;
    bool *is_entered; /* for each node */
    bool is_below;    /* of what xs and zs are computed from; they must not be met there */
};

static void push(struct expansion *e, uint32_t value, void *user)
{
    struct search *search = user;
    struct graph *graph = e->g.graph;
    if (e->is_named[value] && search->is_below)
        gradient_fail(&e->g, HINGE_BAD_MODEL,
                      "one of xs and zs is computed from another, \"%.100s\"",
                      graph->values[value].name);
    const uint32_t producer = graph->values[value].producer;
    if (e->is_named[value] || producer == GRAPH_NONE || search->is_entered[producer] ||
        !gradient_step(&e->g, 1))
        return;
    if (!memory_grow(graph->allocator, (void **)&search->stack, &search->capacity, search->n,
                     sizeof *search->stack))
        (void)no_memory(e);
    else
        search->stack[search->n++] = producer;
}

/* Takes what is on the stack and all below it; writes it to the order unless is_below. */
static void search_all(struct expansion *e, struct search *search)
{
    bool *is_left = arena_array(&e->arena, e->g.graph->n_nodes, sizeof *is_left);
    if (!is_left)
        (void)no_memory(e);
    while (search->n && !e->g.status) {
        const uint32_t node = search->stack[search->n - 1];
        if (!search->is_entered[node]) {
            search->is_entered[node] = true;
            visit_reads(e, node, push, search);
            continue;
        }
        search->n--;
        if (is_left[node])
            continue;
        is_left[node] = true;
        if (!search->is_below)
            e->order[e->n_order++] = node;
    }
}

static void find_order(struct expansion *e, bool is_below)
{
    const struct graph *graph = e->g.graph;
    struct search search = {.is_below = is_below};
    search.is_entered = arena_array(&e->arena, graph->n_nodes, sizeof *search.is_entered);
    if (!search.is_entered || !gradient_step(&e->g, graph->n_nodes)) {
        (void)no_memory(e);
        return;
    }
    if (!is_below)
        push(e, e->y, &search);
    for (uint32_t i = 0; i < e->n_given && is_below && !e->g.status; i++) {
        /* As read by nobody: it bounds the graph, but not the search below it. */
        const uint32_t value = e->named[i];
        e->is_named[value] = false;
        push(e, value, &search);
        e->is_named[value] = true;
        search_all(e, &search);
    }
    if (!is_below)
        search_all(e, &search);
    memory_free(graph->allocator, search.stack);
}

/* Other values than those that are named */

static void note_replaced(struct expansion *e, uint32_t value, void *user)
{
    bool *any = user;
    *any |= e->replacements[value] != GRAPH_NONE;
}

static uint32_t replaced(const struct expansion *e, uint32_t value)
{
    return value != GRAPH_NONE && e->replacements[value] != GRAPH_NONE ? e->replacements[value]
                                                                       : value;
}

/* The same node, reading what stands for its inputs; returns its index. */
static uint32_t copy_node(struct expansion *e, uint32_t index)
{
    struct graph *graph = e->g.graph;
    const struct graph_node from = graph->nodes[index];
    uint32_t *inputs = arena_array(&e->arena, from.n_inputs, sizeof *inputs);
    uint32_t *outputs = arena_array(&e->arena, from.n_outputs, sizeof *outputs);
    if (!inputs || !outputs) {
        (void)no_memory(e);
        return GRAPH_NONE;
    }
    for (uint32_t i = 0; i < from.n_inputs; i++)
        inputs[i] = replaced(e, from.inputs[i]);
    e->g.node = from;
    e->g.node.name = graph_node_name(graph, &from);
    gradient_copy(&e->g, inputs, outputs);
    for (uint32_t i = 0; i < from.n_outputs && !e->g.status; i++)
        if (from.outputs[i] != GRAPH_NONE && !e->is_named[from.outputs[i]])
            e->replacements[from.outputs[i]] = outputs[i];
    return e->g.status ? GRAPH_NONE : (uint32_t)graph->n_nodes - 1;
}

static void replace_named(struct expansion *e)
{
    bool is_other = false;
    for (uint32_t i = 0; i < e->n_given; i++) {
        e->points[i] = e->named[i];
        is_other |= e->given[i] != e->named[i];
    }
    if (!is_other)
        return;
    for (uint32_t i = 0; i < e->n_given; i++)
        if (e->given[i] != e->named[i]) {
            e->points[i] = gradient_unary(&e->g, "Identity", e->given[i]);
            e->replacements[e->named[i]] = e->points[i];
        }
    for (size_t k = 0; k < e->n_order && !e->g.status; k++) {
        bool any = false;
        visit_reads(e, e->order[k], note_replaced, &any);
        if (any)
            e->order[k] = copy_node(e, e->order[k]);
    }
    e->y = replaced(e, e->y);
}

/* What is needed: derivatives by values that depend on xs, as far as they are numbers that have
 * them. */

static bool is_floating(const struct graph *graph, uint32_t value)
{
    const hinge_type_code code = graph->values[value].type_code;
    return code == HINGE_FLOAT || code == HINGE_DOUBLE || code == HINGE_FLOAT16 ||
           code == HINGE_BFLOAT16;
}

static void note_needed(struct expansion *e, uint32_t value, void *user)
{
    bool *any = user;
    *any |= e->is_needed[value];
}

static bool is_flat(const struct expansion *e, const struct graph_node *node)
{
    struct gradient_rule rule;
    return (gradient_find_rule(e->g.run, node, &rule) && rule.is_flat) ||
           node->definition->flags & HINGE_OP_SHAPE_ONLY;
}

static bool is_named(const struct expansion *e, uint32_t value)
{
    return value < e->n_values && e->is_named[value];
}

static void find_needed(struct expansion *e)
{
    const struct graph *graph = e->g.graph;
    e->is_needed = arena_array(&e->arena, graph->n_values, sizeof *e->is_needed);
    if (!e->is_needed) {
        (void)no_memory(e);
        return;
    }
    for (uint32_t i = 0; i < e->n_xs; i++)
        e->is_needed[e->points[i]] = is_floating(graph, e->points[i]);
    for (size_t k = 0; k < e->n_order; k++) {
        const struct graph_node *node = &graph->nodes[e->order[k]];
        bool any = false;
        visit_reads(e, e->order[k], note_needed, &any);
        for (uint32_t i = 0; i < node->n_outputs && any && !is_flat(e, node); i++)
            if (node->outputs[i] != GRAPH_NONE && !is_named(e, node->outputs[i]))
                e->is_needed[node->outputs[i]] = is_floating(graph, node->outputs[i]);
    }
}

/* Backwards */

static void add_derivative(struct expansion *e, uint32_t value, uint32_t derivative)
{
    if (derivative == GRAPH_NONE || e->g.status)
        return;
    uint32_t *sum = &e->derivatives[value];
    *sum = *sum == GRAPH_NONE ? derivative : gradient_binary(&e->g, "Add", *sum, derivative);
}

/* Whether anything is to be done for a node; fills dy. */
static bool find_dy(struct expansion *e, const struct graph_node *node, uint32_t *dy)
{
    bool any = false;
    for (uint32_t i = 0; i < node->n_outputs; i++) {
        const uint32_t value = node->outputs[i];
        dy[i] = GRAPH_NONE;
        if (value == GRAPH_NONE || !e->is_needed[value] || is_named(e, value))
            continue;
        dy[i] = e->derivatives[value];
        any |= dy[i] != GRAPH_NONE;
    }
    return any;
}

static void apply_rule(struct expansion *e, const struct graph_node *node)
{
    struct gradient_rule rule;
    if (!gradient_find_rule(e->g.run, node, &rule))
        gradient_fail(&e->g, HINGE_UNSUPPORTED, "there is no rule for this operator");
    else if (node->epilogue.activation->kind != HINGE_ACT_NONE || node->epilogue.addend)
        gradient_fail(&e->g, HINGE_UNSUPPORTED, "it has been fused");
    else
        gradient_apply(&e->g, &rule);
    char text[256];
    if (e->g.status && e->g.status != HINGE_NO_MEMORY && e->g.run->error)
        status_prefix(e->g.run->error, "the derivative of %s",
                      graph_node_text(e->g.graph, node, text, sizeof text));
}

static void go_back(struct expansion *e, uint32_t index)
{
    const struct graph_node node = e->g.graph->nodes[index];
    uint32_t *dy = arena_array(&e->arena, node.n_outputs, sizeof *dy);
    uint32_t *dx = arena_array(&e->arena, node.n_inputs, sizeof *dx);
    bool *is_wanted = arena_array(&e->arena, node.n_inputs, sizeof *is_wanted);
    if (!dy || !dx || !is_wanted) {
        (void)no_memory(e);
        return;
    }
    if (!find_dy(e, &node, dy))
        return;
    for (uint32_t i = 0; i < node.n_inputs; i++) {
        dx[i] = GRAPH_NONE;
        is_wanted[i] = node.inputs[i] != GRAPH_NONE && e->is_needed[node.inputs[i]];
    }
    e->g.node = node;
    e->g.node.name = graph_node_name(e->g.graph, &node);
    e->g.dy = dy;
    e->g.dx = dx;
    e->g.is_wanted = is_wanted;
    if (dy[0] == GRAPH_NONE)
        dy[0] = gradient_dy_of(&e->g, 0);
    apply_rule(e, &node);
    for (uint32_t i = 0; i < node.n_inputs && !e->g.status; i++)
        if (is_wanted[i])
            add_derivative(e, node.inputs[i], dx[i]);
}

static void find_derivatives(struct expansion *e)
{
    const size_t n_values = e->g.graph->n_values;
    e->derivatives = arena_array(&e->arena, n_values, sizeof *e->derivatives);
    if (!e->derivatives) {
        (void)no_memory(e);
        return;
    }
    for (size_t v = 0; v < n_values; v++)
        e->derivatives[v] = GRAPH_NONE;
    if (e->is_needed[e->y])
        e->derivatives[e->y] = gradient_fill(&e->g, 1, e->y);
    for (size_t k = e->n_order; k-- && !e->g.status;)
        go_back(e, e->order[k]);
}

/* The whole */

/* How many tensors an attribute names. The operator that is bound may be another plugin's. */
static uint32_t count_names(const struct expansion *e, const char *name)
{
    const struct hinge_attribute *names = gradient_attribute(&e->g, name, HINGE_ATTR_STRINGS);
    return names ? (uint32_t)names->count : 0;
}

static void begin(struct expansion *e)
{
    const struct graph *graph = e->g.graph;
    e->n_values = graph->n_values;
    e->n_xs = count_names(e, "xs");
    e->n_given = e->n_xs + count_names(e, "zs");
    if (e->call.n_inputs != 2 * (uint64_t)e->n_given + 1 || e->call.n_outputs > e->n_xs) {
        gradient_fail(&e->g, HINGE_BAD_MODEL, "inputs and outputs are not those that it names");
        return;
    }
    e->given = e->call.inputs;
    e->named = e->call.inputs + e->n_given;
    e->y = e->call.inputs[2 * e->n_given];
    e->points = arena_array(&e->arena, e->n_given, sizeof *e->points);
    e->is_named = arena_array(&e->arena, e->n_values, sizeof *e->is_named);
    e->replacements = arena_array(&e->arena, e->n_values, sizeof *e->replacements);
    e->order = arena_array(&e->arena, graph->n_nodes, sizeof *e->order);
    if (!e->points || !e->is_named || !e->replacements || !e->order ||
        !gradient_step(&e->g, e->n_values)) {
        (void)no_memory(e);
        return;
    }
    for (size_t v = 0; v < e->n_values; v++)
        e->replacements[v] = GRAPH_NONE;
    for (uint32_t i = 0; i < e->n_given; i++) {
        if (e->is_named[e->named[i]])
            gradient_fail(&e->g, HINGE_BAD_MODEL, "\"%.100s\" is named twice",
                          graph->values[e->named[i]].name);
        e->is_named[e->named[i]] = true;
    }
    if (graph->values[e->y].outer != GRAPH_NONE && !graph_is_constant(graph, e->y) &&
        !e->is_named[e->y])
        gradient_fail(&e->g, HINGE_UNSUPPORTED, "y, \"%.100s\", is computed outside of this graph",
                      graph->values[e->y].name);
}

static void finish(struct expansion *e)
{
    e->g.node = e->call;
    e->g.node.name = graph_node_name(e->g.graph, &e->call);
    graph_remove_node(e->g.graph, e->node);
    for (uint32_t i = 0; i < e->call.n_outputs && !e->g.status; i++) {
        if (e->call.outputs[i] == GRAPH_NONE)
            continue;
        const uint32_t derivative = e->derivatives[e->points[i]];
        gradient_deliver(
            &e->g, derivative == GRAPH_NONE ? gradient_fill(&e->g, 0, e->given[i]) : derivative,
            e->call.outputs[i]);
    }
}

static hinge_status expand(struct pass_run *run, uint32_t index, size_t *n_steps)
{
    struct graph *graph = run->graph;
    struct expansion e = {.g = {.run = run, .graph = graph, .n_steps = n_steps},
                          .arena = {graph->allocator, NULL},
                          .call = graph->nodes[index],
                          .node = index};
    const size_t n_before = graph->n_nodes;
    char text[256];
    graph_node_text(graph, &e.call, text, sizeof text);
    e.g.node = e.call;
    e.g.node.name = graph_node_name(graph, &e.call);
    begin(&e);
    if (!e.g.status)
        find_order(&e, false);
    if (!e.g.status)
        find_order(&e, true);
    if (!e.g.status)
        replace_named(&e);
    if (!e.g.status)
        find_needed(&e);
    if (!e.g.status)
        find_derivatives(&e);
    if (!e.g.status)
        finish(&e);
    arena_free(&e.arena);
    if (!e.g.status) {
        pass_note(run, "expanded %s to %zu nodes", text, graph->n_nodes - n_before);
    } else if (e.g.status != HINGE_NO_MEMORY && run->error) {
        status_prefix(run->error, "%s", text);
        if (!run->error->node[0])
            snprintf(run->error->node, sizeof run->error->node, "%s", e.g.node.name);
    }
    return e.g.status;
}

static bool is_gradient(const struct graph_node *node)
{
    return !node->removed && strcmp(node->op, "Gradient") == 0 &&
           strcmp(node->domain, "ai.onnx.preview.training") == 0;
}

/* In the order of the graph: what one makes may be what another differentiates. */
hinge_status pass_expand_gradients(struct pass_run *run)
{
    struct graph *graph = run->graph;
    const size_t n_nodes = graph->n_nodes;
    size_t n_steps = 0;
    bool known, any = false;
    hinge_status status = HINGE_OK;
    for (size_t n = 0; n < n_nodes; n++)
        any |= is_gradient(&graph->nodes[n]);
    for (uint32_t n = 0; n < n_nodes && any && !status; n++)
        status = pass_infer_node(run, n, &known);
    for (uint32_t n = 0; n < n_nodes && any && !status; n++)
        if (is_gradient(&graph->nodes[n]))
            status = expand(run, n, &n_steps);
    return status;
}
