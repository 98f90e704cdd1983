#include "passes/patterns/pattern.h"

#include <math.h>
#include <string.h>

#define DIGITS 1e-6 /* of a constant, relative */

bool pattern_number(const struct graph *graph, uint32_t value, double *number)
{
    const hinge_tensor *tensor = &graph->values[value].tensor;
    if (!graph_is_constant(graph, value) || !tensor->data || hinge_count(tensor) != 1)
        return false;
    switch (tensor->type) {
    case HINGE_FLOAT: *number = (double)*(const float *)tensor->data; return true;
    case HINGE_INT32: *number = *(const int32_t *)tensor->data; return true;
    case HINGE_INT64: *number = (double)*(const int64_t *)tensor->data; return true;
    default: return false;
    }
}

int32_t pattern_rank(struct pattern_finder *finder, uint32_t value, bool expected)
{
    if (!finder->has_shapes && !finder->status) {
        finder->status = pass_find_shapes(finder->run, &finder->shapes);
        finder->has_shapes = true;
    }
    if (finder->status)
        return -1;
    const int32_t rank = pass_rank(&finder->shapes, value);
    return rank < 0 && expected ? pass_shape(&finder->shapes, value).rank : rank;
}

/* Of a value's graph, while a pattern is looked for. */
struct search {
    struct pattern_finder *finder;
    const struct graph *graph;
    const struct pattern *pattern;
    struct pattern_match found;
};

static bool find_part(struct search *search, uint32_t part, uint32_t value);

static bool find_number(struct search *search, double number, uint32_t value)
{
    double is;
    if (!pattern_number(search->graph, value, &is) || fabs(is - number) > DIGITS * fabs(number))
        return false;
    const int32_t rank = search->graph->values[value].tensor.rank;
    if (rank > search->found.scalar_rank)
        search->found.scalar_rank = rank;
    return true;
}

static bool find_letter(struct search *search, char letter, uint32_t value)
{
    uint32_t *is = &search->found.letters[letter - 'a'];
    double number;
    if (strchr("ers", letter)) {
        if (!pattern_number(search->graph, value, &number) || !find_number(search, number, value))
            return false;
    } else if (search->graph->values[value].type_code != HINGE_FLOAT) {
        return false;
    }
    if (*is == GRAPH_NONE)
        *is = value;
    return *is == value;
}

/* The node that gives value as its only output, noted as covered; NULL where it cannot be. */
static const struct graph_node *cover(struct search *search, uint32_t value)
{
    struct pattern_match *found = &search->found;
    const uint32_t index = search->graph->values[value].producer;
    if (index == GRAPH_NONE || index >= search->finder->n_nodes)
        return NULL;
    const struct graph_node *node = &search->graph->nodes[index];
    if (node->removed || !node->definition || *node->domain || node->n_spares ||
        !pass_has_one_output(search->graph, node) || node->outputs[0] != value)
        return NULL;
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] == GRAPH_NONE)
            return NULL;
    for (uint32_t i = 0; i < found->n_nodes; i++)
        if (found->nodes[i] == index)
            return node;
    if (found->n_nodes == PATTERN_MAX_NODES)
        return NULL;
    found->nodes[found->n_nodes++] = index;
    return node;
}

static bool find_inputs(struct search *search, const struct pattern_part *part,
                        const struct graph_node *node, bool is_swapped)
{
    for (uint32_t i = 0; i < part->n; i++)
        if (!find_part(search, part->arguments[i], node->inputs[is_swapped ? 1 - i : i]))
            return false;
    return true;
}

static bool find_operator(struct search *search, const struct pattern_part *part, uint32_t value)
{
    const struct graph_node *node = cover(search, value);
    if (!node || !formula_is(part->op, node->op) || node->n_inputs != part->n)
        return false;
    const struct pattern_match before = search->found;
    if (find_inputs(search, part, node, false))
        return true;
    search->found = before;
    return part->n == 2 && (node->definition->flags & HINGE_OP_COMMUTES) &&
           find_inputs(search, part, node, true);
}

/* The axes of a reduction: those of an attribute, or of a constant input. */
static const int64_t *axes_of(const struct search *search, const struct graph_node *node, size_t *n)
{
    const struct hinge_attribute *axes = pass_attribute(node, "axes", HINGE_ATTR_INTS);
    if (axes && axes->present) {
        *n = axes->count;
        return axes->ints;
    }
    if (node->n_inputs < 2 || !graph_is_constant(search->graph, node->inputs[1]))
        return NULL;
    const hinge_tensor *tensor = &search->graph->values[node->inputs[1]].tensor;
    *n = (size_t)hinge_count(tensor);
    return tensor->type == HINGE_INT64 ? tensor->data : NULL;
}

static bool find_mean(struct search *search, const struct pattern_part *part, uint32_t value)
{
    const struct graph_node *node = cover(search, value);
    if (!node || strcmp(node->op, "ReduceMean") != 0)
        return false;
    const struct hinge_attribute *keepdims = pass_attribute(node, "keepdims", HINGE_ATTR_INT);
    size_t n = 0;
    const int64_t *axes = axes_of(search, node, &n);
    if (!axes || n == 0 || n > HINGE_MAX_RANK || !keepdims || keepdims->i != 1)
        return false;
    uint32_t seen = 0; /* bit i: the axis that is number i from the end */
    const uint32_t x = node->inputs[0];
    for (size_t i = 0; i < n; i++) {
        const int32_t rank = axes[i] < 0 ? 0 : pattern_rank(search->finder, x, true);
        const int64_t from_end = rank - 1 - axes[i];
        if (rank < 0 || from_end < 0 || from_end >= (int64_t)n)
            return false;
        seen |= 1U << from_end;
        if (rank > 0 && pattern_rank(search->finder, x, false) < 0)
            search->found.only_rank = rank; /* every value on the way has x's */
    }
    if (seen != (1U << n) - 1 || (search->found.n_axes && search->found.n_axes != (int32_t)n))
        return false;
    search->found.n_axes = (int32_t)n;
    return find_part(search, part->arguments[0], node->inputs[0]);
}

static bool find_turned(struct search *search, const struct pattern_part *part, uint32_t value)
{
    const struct graph_node *node = cover(search, value);
    if (!node || strcmp(node->op, "Transpose") != 0)
        return false;
    const struct hinge_attribute *perm = pass_attribute(node, "perm", HINGE_ATTR_INTS);
    if (!perm || !perm->present || perm->count != 4)
        return false;
    search->found.turned = search->graph->values[value].producer;
    search->found.turned_letter = search->pattern->parts[part->arguments[0]].letter;
    return find_part(search, part->arguments[0], node->inputs[0]);
}

static bool find_rows(struct search *search, const struct pattern_part *part, uint32_t value)
{
    const struct graph_node *node = cover(search, value);
    if (!node || strcmp(node->op, "Softmax") != 0)
        return false;
    const struct hinge_attribute *axis = pass_attribute(node, "axis", HINGE_ATTR_INT);
    return axis && (axis->i == -1 || axis->i == 3) &&
           find_part(search, part->arguments[0], node->inputs[0]);
}

static bool find_either(struct search *search, const struct pattern_part *part, uint32_t value)
{
    const struct pattern_match before = search->found;
    for (uint32_t i = 0; i < part->n; i++) {
        if (find_part(search, part->arguments[i], value))
            return true;
        search->found = before;
    }
    return false;
}

static bool find_part(struct search *search, uint32_t index, uint32_t value)
{
    const struct pattern_part *part = &search->pattern->parts[index];
    switch (part->kind) {
    case PATTERN_NUMBER: return find_number(search, part->number, value);
    case PATTERN_LETTER: return find_letter(search, part->letter, value);
    case PATTERN_EITHER: return find_either(search, part, value);
    case PATTERN_MEAN: return find_mean(search, part, value);
    case PATTERN_TURNED: return find_turned(search, part, value);
    case PATTERN_ROWS: return find_rows(search, part, value);
    case PATTERN_OP: return find_operator(search, part, value);
    }
    return false;
}

/* How often covered nodes read value. */
static uint32_t count_reads(const struct search *search, uint32_t value)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < search->found.n_nodes; k++) {
        const struct graph_node *node = &search->graph->nodes[search->found.nodes[k]];
        for (uint32_t i = 0; i < node->n_inputs; i++)
            n += node->inputs[i] == value;
    }
    return n;
}

/* Whether what is within is read there only, and is none of the letters. */
static bool is_closed(const struct search *search)
{
    for (uint32_t k = 1; k < search->found.n_nodes; k++) {
        const uint32_t value = search->graph->nodes[search->found.nodes[k]].outputs[0];
        if (search->graph->values[value].n_readers != count_reads(search, value))
            return false;
        for (size_t i = 0; i < sizeof search->found.letters / sizeof search->found.letters[0]; i++)
            if (search->found.letters[i] == value)
                return false;
    }
    return true;
}

bool pattern_find(struct pattern_finder *finder, const struct pattern *pattern, uint32_t node,
                  struct pattern_match *match)
{
    const struct graph *graph = finder->run->graph;
    struct search search = {.finder = finder, .graph = graph, .pattern = pattern};
    memset(search.found.letters, 0xff, sizeof search.found.letters);
    search.found.turned = GRAPH_NONE;
    if (graph->nodes[node].removed || graph->nodes[node].n_outputs == 0 ||
        graph->nodes[node].outputs[0] == GRAPH_NONE ||
        !find_part(&search, pattern->root, graph->nodes[node].outputs[0]) || !is_closed(&search))
        return false;
    *match = search.found;
    return true;
}
