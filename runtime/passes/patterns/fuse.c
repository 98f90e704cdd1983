/* What a rule finds in a graph becomes one node. */
#include "passes/patterns/pattern.h"

#include <string.h>

static bool has_operator(const struct graph *graph, const char *op)
{
    for (size_t n = 0; n < graph->n_nodes; n++)
        if (!graph->nodes[n].removed && strcmp(graph->nodes[n].op, op) == 0)
            return true;
    return false;
}

static uint32_t letter(const struct pattern_match *match, char name)
{
    return match->letters[name - 'a'];
}

/* Whether some plugin has what it becomes, for these types. */
static bool is_there(const struct pattern_finder *finder, const struct pattern_rule *rule)
{
    const hinge_type_code types[PATTERN_MAX_INPUTS] = {HINGE_FLOAT, HINGE_FLOAT, HINGE_FLOAT,
                                                       HINGE_FLOAT};
    return pass_find_operator(finder->run, rule->op, "", rule->opset, types,
                              (uint32_t)strlen(rule->inputs));
}

/* A constant of one element and more axes than input 0 would give the result more as well. */
static bool keeps_rank(struct pattern_finder *finder, const struct pattern_rule *rule,
                       const struct pattern_match *match)
{
    return match->scalar_rank == 0 ||
           match->scalar_rank <= pattern_rank(finder, letter(match, *rule->inputs), false);
}

static hinge_status set_attributes(struct graph *graph, uint32_t node,
                                   const struct pattern_rule *rule,
                                   const struct pattern_match *match)
{
    hinge_status status = HINGE_OK;
    for (size_t i = 0; i < sizeof rule->attributes / sizeof *rule->attributes && !status; i++) {
        const char *text = rule->attributes[i].text, from = rule->attributes[i].from;
        struct graph_attribute attribute = {.name = rule->attributes[i].name};
        struct hinge_attribute *value = &attribute.value;
        double number = 1;
        if (!attribute.name)
            break;
        value->present = true;
        value->type = HINGE_ATTR_FLOAT;
        if (text) {
            value->type = HINGE_ATTR_STRING;
            value->s = (hinge_string){text, strlen(text)};
        } else if (from == '-') {
            value->type = HINGE_ATTR_INT;
            value->i = -match->n_axes;
        } else {
            if (from != '1')
                pattern_number(graph, letter(match, from), &number);
            value->f = (float)(from == 'r' ? 1 / number : number);
        }
        status = pass_set_attribute(graph, node, &attribute);
    }
    return status;
}

/* What a Transpose with the last two axes the other way round gives; GRAPH_NONE where there is no
 * memory. */
static uint32_t turn_back(struct pass_run *run, const struct pattern_match *match)
{
    struct graph *graph = run->graph;
    const struct graph_node *node = &graph->nodes[match->turned];
    const int64_t *perm = pass_attribute(node, "perm", HINGE_ATTR_INTS)->ints;
    const uint32_t x = node->inputs[0], opset = node->opset;
    if (perm[0] == 0 && perm[1] == 1 && perm[2] == 3)
        return x;
    int64_t *turned = arena_array(&graph->arena, 4, sizeof *turned);
    const uint32_t y = graph_add_value(graph, "");
    if (!turned || y == GRAPH_NONE)
        return GRAPH_NONE;
    for (int i = 0; i < 4; i++)
        turned[i] = perm[i < 2 ? i : 5 - i];
    struct graph_attribute attribute = {.name = "perm", .value = {.type = HINGE_ATTR_INTS}};
    attribute.value.present = true;
    attribute.value.count = 4;
    attribute.value.ints = turned;
    const uint32_t index = graph_add_node(graph, "Transpose", "", opset, &x, 1, &y, 1);
    return index == GRAPH_NONE || pass_set_attribute(graph, index, &attribute) ||
                   pass_bind(run, index)
               ? GRAPH_NONE
               : y;
}

/* In the order in which they run. */
static void sort_nodes(struct pattern_match *match)
{
    for (uint32_t i = 1; i < match->n_nodes; i++)
        for (uint32_t k = i; k > 0 && match->nodes[k] < match->nodes[k - 1]; k--) {
            const uint32_t other = match->nodes[k];
            match->nodes[k] = match->nodes[k - 1];
            match->nodes[k - 1] = other;
        }
}

static hinge_status fuse(struct pass_run *run, const struct pattern_rule *rule,
                         struct pattern_match *match)
{
    struct graph *graph = run->graph;
    const struct graph_node *last = &graph->nodes[match->nodes[0]];
    const char *name = graph_node_name(graph, last);
    const uint32_t y = last->outputs[0];
    char text[256];
    pass_note(run, "made one %s of %u nodes up to %s", rule->op, match->n_nodes,
              graph_node_text(graph, last, text, sizeof text));
    uint32_t inputs[PATTERN_MAX_INPUTS], n = 0;
    for (; rule->inputs[n]; n++) {
        const bool is_turned =
            match->turned != GRAPH_NONE && rule->inputs[n] == match->turned_letter;
        inputs[n] = is_turned ? turn_back(run, match) : letter(match, rule->inputs[n]);
        if (inputs[n] == GRAPH_NONE)
            return HINGE_NO_MEMORY;
    }
    const uint32_t node = graph_add_node(graph, rule->op, "", rule->opset, inputs, n, &y, 1);
    if (node == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    graph->nodes[node].name = name;
    graph->nodes[node].only_rank = match->only_rank;
    hinge_status status = set_attributes(graph, node, rule, match);
    sort_nodes(match);
    for (uint32_t i = 0; i < match->n_nodes && rule->has_shapes && !status; i++)
        status = pass_keep(run, node, match->nodes[i]);
    for (uint32_t i = match->n_nodes; i-- > 0;)
        pass_remove_node(graph, match->nodes[i]);
    return status ? status : pass_bind(run, node);
}

static hinge_status apply(struct pattern_finder *finder, const struct pattern_rule *rule)
{
    const struct graph *graph = finder->run->graph;
    struct pattern pattern;
    struct pattern_match match;
    if (!has_operator(graph, rule->mark) || !is_there(finder, rule))
        return HINGE_OK;
    if (!pattern_read(&pattern, rule->pattern))
        return status_fail(finder->run->error, HINGE_BAD_ARGUMENT, "no pattern: %s", rule->pattern);
    hinge_status status = HINGE_OK;
    for (size_t n = finder->n_nodes; n-- > 0 && !status;) {
        if (pattern_find(finder, &pattern, (uint32_t)n, &match) && keeps_rank(finder, rule, &match))
            status = fuse(finder->run, rule, &match);
        status = status ? status : finder->status;
    }
    return status;
}

hinge_status pass_fuse_patterns(struct pass_run *run)
{
    struct pattern_finder finder = {.run = run, .n_nodes = run->graph->n_nodes};
    hinge_status status = HINGE_OK;
    for (size_t r = 0; r < n_pattern_rules && !status; r++)
        status = apply(&finder, &pattern_rules[r]);
    if (finder.has_shapes)
        arena_free(&finder.shapes.arena);
    return status == HINGE_NO_MEMORY ? status_no_memory(run->error) : status;
}
