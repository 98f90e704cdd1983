/*
 * DequantizeLinear -> Reshape becomes Reshape -> DequantizeLinear, and so with every operator that
 * only moves or chooses numbers (HINGE_OP_VIEW, HINGE_OP_MOVES) and has a kernel for the integers;
 * a scale above 0 keeps the order by which a MaxPool chooses. A QuantizeLinear that a
 * DequantizeLinear with the same scale and zero point is thereby brought to goes, and nothing is
 * left of the two: the integers come back exactly.
 */
#include "passes/quantized.h"

#define MAX_INPUTS 8

/* Whether node moves the numbers of its input 0 alone, and could as integers of that type. */
static bool moves(const struct pass_run *run, const struct graph_node *node, hinge_type type)
{
    const struct graph *graph = run->graph;
    hinge_type_code types[MAX_INPUTS] = {(hinge_type_code)type};
    if (!(node->definition->flags & (HINGE_OP_VIEW | HINGE_OP_MOVES)) ||
        node->n_inputs > MAX_INPUTS || !pass_has_one_output(graph, node) || node->n_spares)
        return false;
    for (uint32_t i = 1; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE)
            types[i] = graph->values[node->inputs[i]].type_code;
    return pass_find_operator(run, node->op, node->domain, node->opset, types, node->n_inputs);
}

/* A value like `like`, of another type. */
static uint32_t add_integers(struct graph *graph, uint32_t like, hinge_type type)
{
    const uint32_t value = graph_add_value(graph, "");
    if (value == GRAPH_NONE)
        return GRAPH_NONE;
    const struct graph_value *from = &graph->values[like];
    struct graph_value *to = &graph->values[value];
    to->type_code = (hinge_type_code)type;
    to->is_static = from->is_static;
    to->tensor = from->tensor;
    to->tensor.type = type;
    return value;
}

static hinge_status move(struct pass_run *run, uint32_t index)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    struct quantized q;
    if (node->removed || !node->definition || node->n_inputs == 0 ||
        !quantized_of_value(graph, node->inputs[0], &q) || q.n_scales != 1 ||
        q.type == HINGE_INT32 || !moves(run, node, q.type))
        return HINGE_OK;
    const struct graph_node *dequantize = &graph->nodes[graph->values[node->inputs[0]].producer];
    const uint32_t output = node->outputs[0], opset = dequantize->opset;
    const char *op = dequantize->op, *domain = dequantize->domain;
    char from[256], to[256];
    pass_note(run, "moved %s behind %s", graph_node_text(graph, dequantize, from, sizeof from),
              graph_node_text(graph, node, to, sizeof to));
    const uint32_t floats = node->inputs[0];
    const uint32_t integers = add_integers(graph, output, q.type);
    if (integers == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    graph_set_input(graph, index, 0, q.integers);
    if (graph->values[floats].n_readers == 0)
        graph_remove_node(graph, graph->values[floats].producer);
    graph->nodes[index].name = graph_node_name(graph, &graph->nodes[index]);
    graph->values[output].producer = GRAPH_NONE;
    graph_set_output(graph, index, 0, integers);
    hinge_status status = pass_bind(run, index);
    if (status)
        return status;
    const uint32_t inputs[] = {integers, q.scale, q.zero_point};
    const uint32_t behind = graph_add_node(graph, op, domain, opset, inputs,
                                           q.zero_point == GRAPH_NONE ? 2 : 3, &output, 1);
    return behind == GRAPH_NONE ? HINGE_NO_MEMORY : pass_bind(run, behind);
}

/* Where node makes again the integers that its input comes from. */
static void cancel(struct pass_run *run, uint32_t index, uint32_t *replacements)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[index];
    struct quantized to, from;
    if (!quantized_of_quantize(graph, node, &to) ||
        !quantized_of_value(graph, node->inputs[0], &from) || !quantized_same(graph, &to, &from) ||
        !graph_replace_value(graph, to.integers, from.integers, replacements))
        return;
    char text[256];
    pass_note(run, "removed %s", graph_node_text(graph, node, text, sizeof text));
    graph_remove_node(graph, index);
}

hinge_status pass_move_dequantize(struct pass_run *run)
{
    struct graph *graph = run->graph;
    const size_t n_nodes = graph->n_nodes;
    hinge_status status = HINGE_OK;
    for (uint32_t n = 0; n < n_nodes && !status; n++)
        status = move(run, n);
    if (!status)
        status = graph_sort(graph, run->error);
    if (status)
        return status == HINGE_NO_MEMORY ? status_no_memory(run->error) : status;
    struct arena arena = {graph->allocator, NULL};
    uint32_t *replacements = arena_array(&arena, graph->n_values, sizeof *replacements);
    for (size_t v = 0; v < graph->n_values && replacements; v++)
        replacements[v] = GRAPH_NONE;
    for (uint32_t n = 0; n < graph->n_nodes && replacements; n++) {
        graph_follow(graph, n, replacements);
        cancel(run, n, replacements);
    }
    arena_free(&arena);
    return replacements ? HINGE_OK : status_no_memory(run->error);
}
