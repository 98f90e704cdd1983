/*
 * Reshape -> Transpose -> Reshape that split an axis into groups, swap the two halves of it, and
 * put them together again become one ShuffleChannels, to which the order of the other axes does not
 * matter: what is around it may have its channels last. Where all shapes are known.
 */
#include "passes/pass.h"

struct shuffle {
    uint32_t nodes[3];
    uint32_t input, output;
    int64_t axis, groups;
};

static bool has_one_output(const struct graph *graph, const struct graph_node *node)
{
    return !node->removed && node->definition && !node->n_spares && node->n_inputs > 0 &&
           node->inputs[0] != GRAPH_NONE && pass_has_one_output(graph, node);
}

/* The node that gives value, to one reader alone, where it has the flag. */
static uint32_t find_producer(const struct graph *graph, uint32_t value, unsigned flag)
{
    const uint32_t index = pass_sole_producer(graph, value);
    return index != GRAPH_NONE && has_one_output(graph, &graph->nodes[index]) &&
                   (graph->nodes[index].definition->flags & flag)
               ? index
               : GRAPH_NONE;
}

/* The axis that a permutation swaps with the one behind it, all others staying; -1 for others. */
static int64_t swapped_axis(const struct hinge_attribute *perm, int32_t rank)
{
    int64_t axis = -1;
    if (!perm || !perm->present || perm->count != (size_t)rank)
        return -1;
    for (int32_t d = 0; d < rank; d++) {
        if (perm->ints[d] == d)
            continue;
        if (axis >= 0 || d + 1 == rank || perm->ints[d] != d + 1 || perm->ints[d + 1] != d)
            return -1;
        axis = d++;
    }
    return axis;
}

/* Whether split is whole but for its axis, which is there in two parts. */
static bool is_split(const hinge_tensor *whole, const hinge_tensor *split, int64_t axis)
{
    if (split->rank != whole->rank + 1)
        return false;
    for (int32_t d = 0; d < whole->rank; d++)
        if (whole->dims[d] !=
            (d == axis ? split->dims[d] * split->dims[d + 1] : split->dims[d + (d > axis)]))
            return false;
    return true;
}

/* The three nodes whose last one is at index. */
static bool find_shuffle(const struct graph *graph, uint32_t index, struct shuffle *s)
{
    const struct graph_node *last = &graph->nodes[index];
    if (!has_one_output(graph, last) || !(last->definition->flags & HINGE_OP_VIEW))
        return false;
    const uint32_t middle = find_producer(graph, last->inputs[0], HINGE_OP_MOVES);
    if (middle == GRAPH_NONE)
        return false;
    const struct graph_node *node = &graph->nodes[middle];
    const uint32_t first = find_producer(graph, node->inputs[0], HINGE_OP_VIEW);
    if (first == GRAPH_NONE)
        return false;
    *s = (struct shuffle){.nodes = {first, middle, index},
                          .input = graph->nodes[first].inputs[0],
                          .output = last->outputs[0]};
    const struct graph_value *x = &graph->values[s->input], *y = &graph->values[s->output];
    const struct graph_value *split = &graph->values[node->inputs[0]];
    if (!pass_is_static(graph, s->input) || !pass_is_static(graph, node->inputs[0]) ||
        !pass_is_static(graph, s->output) || x->type_code != HINGE_FLOAT ||
        y->tensor.rank != x->tensor.rank)
        return false;
    s->axis = swapped_axis(pass_attribute(node, "perm", HINGE_ATTR_INTS), split->tensor.rank);
    if (s->axis < 0 || !is_split(&x->tensor, &split->tensor, s->axis))
        return false;
    for (int32_t d = 0; d < x->tensor.rank; d++)
        if (x->tensor.dims[d] != y->tensor.dims[d])
            return false;
    s->groups = split->tensor.dims[s->axis];
    return s->groups > 0;
}

static hinge_status set_number(struct graph *graph, uint32_t node, const char *name, int64_t number)
{
    struct graph_attribute attribute = {.name = name, .value = {.type = HINGE_ATTR_INT}};
    attribute.value.present = true;
    attribute.value.i = number;
    return pass_set_attribute(graph, node, &attribute);
}

static hinge_status replace(struct pass_run *run, const struct shuffle *s)
{
    struct graph *graph = run->graph;
    char first[256], last[256];
    pass_note(run, "made one node of %s to %s",
              graph_node_text(graph, &graph->nodes[s->nodes[0]], first, sizeof first),
              graph_node_text(graph, &graph->nodes[s->nodes[2]], last, sizeof last));
    const char *name = graph_node_name(graph, &graph->nodes[s->nodes[2]]);
    const uint32_t node =
        graph_add_node(graph, "ShuffleChannels", "ai.hinge", 1, &s->input, 1, &s->output, 1);
    if (node == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    graph->nodes[node].name = name;
    for (int i = 2; i >= 0; i--)
        pass_remove_node(graph, s->nodes[i]);
    hinge_status status = set_number(graph, node, "axis", s->axis);
    if (!status)
        status = set_number(graph, node, "groups", s->groups);
    return status ? status : pass_bind(run, node);
}

hinge_status pass_fuse_shuffle(struct pass_run *run)
{
    const struct graph *graph = run->graph;
    const size_t n_nodes = graph->n_nodes; /* those that are added need no visit */
    hinge_status status = HINGE_OK;
    struct shuffle shuffle;
    if (!pass_has_operator(run, "ShuffleChannels", "ai.hinge", 1))
        return HINGE_OK;
    for (uint32_t n = 0; n < n_nodes && !status; n++)
        if (find_shuffle(graph, n, &shuffle))
            status = replace(run, &shuffle);
    return status == HINGE_NO_MEMORY ? status_no_memory(run->error) : status;
}
