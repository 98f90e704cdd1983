/* A Concat (HINGE_OP_CONCATENATES) along the last axis goes where each of its inputs can be
 * computed right where it is to lie (hinge_op.into): one node after the other writes its channels
 * into the same tensor. */
#include "passes/pass.h"

#include <stdlib.h>

struct part {
    uint32_t node;
    int64_t first; /* channel */
};

/* Whether the axis of channels is the last one, and all dims are known for every run. */
static bool is_along_channels(const struct graph *graph, const struct graph_node *node)
{
    const uint32_t output = node->outputs[0];
    if (node->removed || !node->definition || !node->definition->axis ||
        !(node->definition->flags & HINGE_OP_CONCATENATES) || node->n_spares ||
        node->n_inputs < 2 || !pass_is_static(graph, output))
        return false;
    const int32_t rank = graph->values[output].tensor.rank;
    const struct hinge_attribute *axis =
        pass_attribute(node, node->definition->axis, HINGE_ATTR_INT);
    return axis && rank >= 3 && (axis->i == rank - 1 || axis->i == -1);
}

static bool can_write_into(const struct pass_run *run, uint32_t value, uint32_t index)
{
    const struct graph *graph = run->graph;
    if (index == GRAPH_NONE || !pass_is_static(graph, value))
        return false;
    const struct graph_node *node = &graph->nodes[index];
    return node->definition && node->definition->into && node->outputs[0] == value &&
           pass_has_one_output(graph, node) && !node->n_spares && !node->epilogue.addend &&
           pass_has_operator(run, node->definition->into, "ai.hinge", 1);
}

static bool find_parts(const struct pass_run *run, const struct graph_node *concat,
                       struct part *parts)
{
    const struct graph *graph = run->graph;
    int64_t first = 0;
    for (uint32_t i = 0; i < concat->n_inputs; i++) {
        const uint32_t value = concat->inputs[i];
        const uint32_t producer = pass_sole_producer(graph, value);
        if (!can_write_into(run, value, producer))
            return false;
        const hinge_tensor *tensor = &graph->values[value].tensor;
        parts[i] = (struct part){producer, first};
        first += tensor->dims[tensor->rank - 1];
    }
    return true;
}

static int in_order(const void *a, const void *b)
{
    const struct part *first = a, *second = b;
    return first->node < second->node ? -1 : first->node > second->node;
}

static hinge_status set_number(struct graph *graph, uint32_t node, const char *name, int64_t number)
{
    struct graph_attribute attribute = {.name = name, .value = {.type = HINGE_ATTR_INT}};
    attribute.value.present = true;
    attribute.value.i = number;
    return pass_set_attribute(graph, node, &attribute);
}

/* A value like the whole, of which only some channels are there yet. */
static uint32_t add_unfinished(struct graph *graph, uint32_t whole)
{
    const uint32_t value = graph_add_value(graph, "");
    if (value == GRAPH_NONE)
        return GRAPH_NONE;
    const struct graph_value *from = &graph->values[whole];
    struct graph_value *to = &graph->values[value];
    to->type_code = from->type_code;
    to->tensor = from->tensor;
    to->is_static = from->is_static;
    to->is_channels_last = from->is_channels_last;
    return value;
}

/* The part's node goes on with what before has so far. */
static hinge_status write_into(struct pass_run *run, const struct part *part, uint32_t before,
                               uint32_t output)
{
    struct graph *graph = run->graph;
    const hinge_tensor *whole = &graph->values[output].tensor;
    struct graph_node *node = &graph->nodes[part->node];
    const uint32_t position = node->max_inputs;
    node->name = graph_node_name(graph, node);
    node->op = node->definition->into;
    node->domain = "ai.hinge";
    node->opset = 1;
    hinge_status status = set_number(graph, part->node, "channels", whole->dims[whole->rank - 1]);
    if (!status)
        status = set_number(graph, part->node, "first_channel", part->first);
    if (!status && before != GRAPH_NONE)
        status = graph_append_input(graph, part->node, position, before);
    graph->values[graph->nodes[part->node].outputs[0]].producer = GRAPH_NONE;
    graph_set_output(graph, part->node, 0, output);
    return status ? status : pass_bind(run, part->node);
}

static hinge_status put_in_place(struct pass_run *run, uint32_t index, struct part *parts)
{
    struct graph *graph = run->graph;
    const struct graph_node *concat = &graph->nodes[index];
    const uint32_t n = concat->n_inputs, output = concat->outputs[0];
    char text[256];
    pass_note(run, "compute the %u parts of %s in place", (unsigned)n,
              graph_node_text(graph, concat, text, sizeof text));
    qsort(parts, n, sizeof *parts, in_order);
    graph_remove_node(graph, index);
    graph->values[output].producer = GRAPH_NONE;
    uint32_t before = GRAPH_NONE;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t next = i + 1 < n ? add_unfinished(graph, output) : output;
        hinge_status status =
            next == GRAPH_NONE ? HINGE_NO_MEMORY : write_into(run, &parts[i], before, next);
        if (status)
            return status;
        before = next;
    }
    return HINGE_OK;
}

hinge_status pass_concat_in_place(struct pass_run *run)
{
    const struct graph *graph = run->graph;
    struct arena arena = {graph->allocator, NULL};
    hinge_status status = HINGE_OK;
    for (uint32_t n = 0; n < graph->n_nodes && !status; n++) {
        const struct graph_node *node = &graph->nodes[n];
        if (!is_along_channels(graph, node))
            continue;
        struct part *parts = arena_array(&arena, node->n_inputs, sizeof *parts);
        if (!parts)
            status = HINGE_NO_MEMORY;
        else if (find_parts(run, node, parts))
            status = put_in_place(run, n, parts);
    }
    arena_free(&arena);
    return status == HINGE_NO_MEMORY ? status_no_memory(run->error) : status;
}
