/* The graph's edits: counts and producers are held against a recount of everything after each of a
 * long sequence of random ones. Its order: against the definition of a topological one. */
#include "graph/graph.h"
#include "tests/support/counter.h"
#include "tests/support/main.h"

static uint64_t random_state = 1;

static uint32_t random_below(size_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % n);
}

static void count_captures(const struct graph_node *node, uint32_t *n_readers)
{
    for (uint32_t a = 0; a < node->n_attributes; a++) {
        const struct graph *subgraph = node->attributes[a].graph;
        for (size_t v = 0; subgraph && v < subgraph->n_values; v++)
            if (subgraph->values[v].outer != GRAPH_NONE)
                n_readers[subgraph->values[v].outer]++;
    }
}

/* Whether all counts and producers are what the nodes and outputs say. */
static bool is_consistent(const struct graph *graph)
{
    bool right = true;
    uint32_t *n_readers = calloc(graph->n_values + 1, sizeof *n_readers);
    uint32_t *producers = malloc((graph->n_values + 1) * sizeof *producers);
    CU_ASSERT_FATAL(n_readers && producers);
    memset(producers, 0xff, graph->n_values * sizeof *producers);
    for (uint32_t n = 0; n < graph->n_nodes; n++) {
        const struct graph_node *node = &graph->nodes[n];
        for (uint32_t i = 0; i < node->n_inputs && !node->removed; i++)
            if (node->inputs[i] != GRAPH_NONE)
                n_readers[node->inputs[i]]++;
        for (uint32_t i = 0; i < node->n_outputs && !node->removed; i++)
            if (node->outputs[i] != GRAPH_NONE)
                producers[node->outputs[i]] = n;
        if (!node->removed)
            count_captures(node, n_readers);
    }
    for (uint32_t i = 0; i < graph->n_outputs; i++) {
        n_readers[graph->outputs[i]]++;
        right &= graph->values[graph->outputs[i]].is_output;
    }
    for (size_t v = 0; v < graph->n_values; v++)
        right &=
            graph->values[v].n_readers == n_readers[v] && graph->values[v].producer == producers[v];
    free(n_readers);
    free(producers);
    return right;
}

static void set_outputs(struct graph *graph, const uint32_t *values, uint32_t n)
{
    graph->outputs = arena_array(&graph->arena, n, sizeof *graph->outputs);
    CU_ASSERT_PTR_NOT_NULL_FATAL(graph->outputs);
    graph->n_outputs = n;
    for (uint32_t i = 0; i < n; i++) {
        graph->outputs[i] = values[i];
        graph->values[values[i]].is_output = true;
        graph->values[values[i]].n_readers++;
    }
}

/* Gives node an attribute with a subgraph that stands for the values. */
static void capture(struct graph *graph, uint32_t node, const uint32_t *values, uint32_t n)
{
    struct graph_attribute *attribute = arena_array(&graph->arena, 1, sizeof *attribute);
    CU_ASSERT_PTR_NOT_NULL_FATAL(attribute);
    CU_ASSERT_EQUAL_FATAL(graph_create(graph->allocator, &attribute->graph), HINGE_OK);
    attribute->name = "body";
    attribute->value.type = HINGE_ATTR_GRAPH;
    attribute->graph->parent = graph;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t inner = graph_add_value(attribute->graph, "inner");
        CU_ASSERT_NOT_EQUAL_FATAL(inner, GRAPH_NONE);
        attribute->graph->values[inner].outer = values[i];
        graph->values[values[i]].n_readers++;
    }
    graph->nodes[node].attributes = attribute;
    graph->nodes[node].n_attributes = 1;
}

#define N_INPUTS 3
#define N_NODES 40

/* Inputs, then nodes that read up to three values before their own (or nothing) and write one or
 * two; the last two values are the outputs. */
static struct graph *random_graph(const hinge_allocator *allocator)
{
    struct graph *graph;
    CU_ASSERT_EQUAL_FATAL(graph_create(allocator, &graph), HINGE_OK);
    graph->inputs = arena_array(&graph->arena, N_INPUTS, sizeof *graph->inputs);
    CU_ASSERT_PTR_NOT_NULL_FATAL(graph->inputs);
    for (graph->n_inputs = 0; graph->n_inputs < N_INPUTS; graph->n_inputs++) {
        uint32_t value = graph_add_value(graph, "input");
        graph->inputs[graph->n_inputs] = value;
        graph->values[value].is_input = true;
    }
    for (int n = 0; n < N_NODES; n++) {
        uint32_t inputs[3], outputs[2], n_inputs = random_below(4), n_outputs = 1 + random_below(2);
        for (uint32_t i = 0; i < n_inputs; i++)
            inputs[i] = random_below(5) ? random_below(graph->n_values) : GRAPH_NONE;
        for (uint32_t i = 0; i < n_outputs; i++)
            outputs[i] = graph_add_value(graph, "");
        uint32_t node = graph_add_node(graph, "Op", "", 13, inputs, n_inputs, outputs, n_outputs);
        CU_ASSERT_NOT_EQUAL_FATAL(node, GRAPH_NONE);
        if (random_below(4) == 0)
            capture(graph, node, (uint32_t[]){random_below(outputs[0])}, 1);
    }
    uint32_t last = (uint32_t)graph->n_values - 1;
    set_outputs(graph, (uint32_t[]){last, last - 1, last}, 3);
    return graph;
}

static bool replace(struct graph *graph, uint32_t old, uint32_t replacement)
{
    uint32_t *replacements = malloc(graph->n_values * sizeof *replacements);
    CU_ASSERT_PTR_NOT_NULL_FATAL(replacements);
    for (size_t v = 0; v < graph->n_values; v++)
        replacements[v] = GRAPH_NONE;
    bool replaced = graph_replace_value(graph, old, replacement, replacements);
    for (uint32_t n = 0; n < graph->n_nodes; n++)
        graph_follow(graph, n, replacements);
    free(replacements);
    return replaced;
}

static void edit(struct graph *graph)
{
    uint32_t node = random_below(graph->n_nodes), value = random_below(graph->n_values);
    switch (random_below(4)) {
    case 0: graph_remove_node(graph, node); break;
    case 1:
        if (!graph->nodes[node].removed && graph->nodes[node].n_inputs)
            graph_set_input(graph, node, random_below(graph->nodes[node].n_inputs), value);
        break;
    case 2:
        if (!graph->nodes[node].removed)
            CU_ASSERT_EQUAL(graph_append_input(
                                graph, node, graph->nodes[node].n_inputs + random_below(2), value),
                            HINGE_OK);
        break;
    default: {
        uint32_t other = random_below(graph->n_values);
        if (other != value)
            replace(graph, value, other);
    }
    }
}

static void test_edits(void)
{
    struct counter counter = {0};
    hinge_allocator allocator = counter_allocator(&counter);
    for (int round = 0; round < 50; round++) {
        struct graph *graph = random_graph(&allocator);
        CU_ASSERT(is_consistent(graph));
        bool right = true;
        for (int i = 0; i < 60 && right; i++) {
            edit(graph);
            right = is_consistent(graph);
            CU_ASSERT(right);
        }
        graph_destroy(graph);
        CU_ASSERT_EQUAL(counter.n_live, 0);
    }
}

static void test_replaced_output(void)
{
    hinge_allocator allocator = memory_allocator(NULL);
    struct graph *graph;
    CU_ASSERT_EQUAL_FATAL(graph_create(&allocator, &graph), HINGE_OK);
    uint32_t x = graph_add_value(graph, "x"), y = graph_add_value(graph, ""),
             z = graph_add_value(graph, "result");
    graph->values[x].is_input = true;
    uint32_t first = graph_add_node(graph, "Op", "", 1, &x, 1, &y, 1);
    uint32_t second = graph_add_node(graph, "Op", "", 1, &y, 1, &z, 1);
    set_outputs(graph, &z, 1);
    CU_ASSERT_FALSE(replace(graph, z, x)); /* an input stays what it is */
    CU_ASSERT_EQUAL(graph->outputs[0], z);
    graph->values[z].tensor = (hinge_tensor){HINGE_FLOAT, 1, {5}, NULL};
    CU_ASSERT(replace(graph, z, y));
    graph_remove_node(graph, second);
    CU_ASSERT_EQUAL(graph->outputs[0], y);
    CU_ASSERT(graph->values[y].is_output && !graph->values[z].is_output);
    CU_ASSERT_STRING_EQUAL(graph->values[y].name, "result");
    CU_ASSERT_EQUAL(graph->values[y].tensor.dims[0], 5);
    CU_ASSERT_EQUAL(graph->values[y].producer, first);
    CU_ASSERT(is_consistent(graph));
    graph_destroy(graph);
}

/* Each live node comes after the producers of all it reads, its subgraphs included. */
static bool is_sorted(const struct graph *graph)
{
    for (uint32_t n = 0; n < graph->n_nodes; n++) {
        const struct graph_node *node = &graph->nodes[n];
        if (node->removed)
            return false;
        for (uint32_t i = 0; i < node->n_inputs; i++) {
            uint32_t producer = node->inputs[i] == GRAPH_NONE
                                    ? GRAPH_NONE
                                    : graph->values[node->inputs[i]].producer;
            if (producer != GRAPH_NONE && producer >= n)
                return false;
        }
        for (uint32_t a = 0; a < node->n_attributes; a++)
            for (size_t v = 0; v < node->attributes[a].graph->n_values; v++) {
                uint32_t outer = node->attributes[a].graph->values[v].outer;
                if (graph->values[outer].producer != GRAPH_NONE &&
                    graph->values[outer].producer >= n)
                    return false;
            }
    }
    return true;
}

static void test_sort(void)
{
    struct counter counter = {0};
    hinge_allocator allocator = counter_allocator(&counter);
    for (int round = 0; round < 50; round++) {
        struct graph *graph = random_graph(&allocator);
        CU_ASSERT(is_sorted(graph));
        for (int i = 0; i < 40; i++) {
            uint32_t a = random_below(graph->n_nodes), b = random_below(graph->n_nodes);
            struct graph_node node = graph->nodes[a];
            graph->nodes[a] = graph->nodes[b];
            graph->nodes[b] = node;
        }
        for (uint32_t n = 0; n < graph->n_nodes; n++)
            for (uint32_t i = 0; i < graph->nodes[n].n_outputs; i++)
                graph->values[graph->nodes[n].outputs[i]].producer = n;
        graph_remove_node(graph, random_below(graph->n_nodes));
        CU_ASSERT_EQUAL(graph_sort(graph, NULL), HINGE_OK);
        CU_ASSERT_EQUAL(graph->n_nodes, N_NODES - 1);
        CU_ASSERT(is_sorted(graph) && is_consistent(graph));
        /* What is sorted takes nothing to sort. */
        counter.fail_at = counter.n + 1;
        CU_ASSERT_EQUAL(graph_sort(graph, NULL), HINGE_OK);
        counter.fail_at = 0;
        graph_destroy(graph);
        CU_ASSERT_EQUAL(counter.n_live, 0);
    }
}

static void test_cycle(void)
{
    hinge_allocator allocator = memory_allocator(NULL);
    struct graph *graph;
    hinge_error error;
    CU_ASSERT_EQUAL_FATAL(graph_create(&allocator, &graph), HINGE_OK);
    uint32_t a = graph_add_value(graph, "a"), b = graph_add_value(graph, "b");
    graph_add_node(graph, "Up", "", 1, &a, 1, &b, 1);
    graph->nodes[0].name = "up";
    graph_add_node(graph, "Down", "", 1, &b, 1, &a, 1);
    CU_ASSERT_EQUAL(graph_sort(graph, &error), HINGE_BAD_MODEL);
    CU_ASSERT_STRING_EQUAL(error.node, "up");
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "cycle"));
    graph_destroy(graph);
}

static void test_constants(void)
{
    struct counter counter = {0};
    hinge_allocator allocator = counter_allocator(&counter);
    struct graph *graph;
    CU_ASSERT_EQUAL_FATAL(graph_create(&allocator, &graph), HINGE_OK);
    uint32_t c = graph_add_constant(graph, "c", HINGE_FLOAT, 2, (int64_t[]){2, 3});
    CU_ASSERT_NOT_EQUAL_FATAL(c, GRAPH_NONE);
    CU_ASSERT(graph_is_constant(graph, c));
    memset(graph->values[c].tensor.data, 0, 6 * sizeof(float));
    size_t n_live = counter.n_live;
    graph_drop_constant(graph, c);
    CU_ASSERT_EQUAL(counter.n_live, n_live - 1);
    CU_ASSERT_PTR_NULL(graph->values[c].tensor.data);
    CU_ASSERT_EQUAL(graph_add_constant(graph, "", HINGE_FLOAT, 2, (int64_t[]){INT64_MAX / 2, 16}),
                    GRAPH_NONE);
    CU_ASSERT_EQUAL(graph_add_constant(graph, "", HINGE_FLOAT, 1, (int64_t[]){-1}), GRAPH_NONE);

    uint32_t y = graph_add_value(graph, "y"), z = graph_add_value(graph, "z");
    uint32_t node = graph_add_node(graph, "Op", "", 1, &c, 1, (uint32_t[]){y, z}, 2);
    hinge_tensor tensor = {HINGE_FLOAT, 1, {4}, memory_alloc(&allocator, 16)};
    graph_make_constant(graph, z, &tensor);
    CU_ASSERT_EQUAL(graph->nodes[node].outputs[1], GRAPH_NONE);
    CU_ASSERT_EQUAL(graph->nodes[node].outputs[0], y);
    CU_ASSERT(graph_is_constant(graph, z) && is_consistent(graph));
    graph_destroy(graph);
    CU_ASSERT_EQUAL(counter.n_live, 0);
}

/* Everything that allocates, until the first failure; whether all went well. */
static bool build(const hinge_allocator *allocator, struct graph **result)
{
    if (graph_create(allocator, result))
        return false;
    struct graph *graph = *result;
    uint32_t value = graph_add_value(graph, "x");
    for (int n = 0; n < 200; n++) {
        uint32_t next = value == GRAPH_NONE ? GRAPH_NONE : graph_add_value(graph, "y");
        if (next == GRAPH_NONE)
            return false;
        uint32_t node = graph_add_node(graph, "Op", "", 1, &value, 1, &next, 1);
        if (node == GRAPH_NONE || graph_append_input(graph, node, 3, value))
            return false;
        value = next;
    }
    graph_remove_node(graph, 199);
    return graph_add_constant(graph, "c", HINGE_FLOAT, 1, (int64_t[]){9}) != GRAPH_NONE &&
           graph_sort(graph, NULL) == HINGE_OK;
}

static void test_allocation_failures(void)
{
    bool done = false, failed = true;
    for (size_t fail_at = 1; failed; fail_at++) {
        struct counter counter = {.fail_at = fail_at};
        hinge_allocator allocator = counter_allocator(&counter);
        struct graph *graph = NULL;
        done = build(&allocator, &graph);
        failed = counter_failed(&counter);
        CU_ASSERT_EQUAL(done, !failed);
        CU_ASSERT(!graph || is_consistent(graph));
        graph_destroy(graph);
        CU_ASSERT_EQUAL(counter.n_live, 0);
    }
}

int main(void)
{
    return run_tests("graph", (CU_TestInfo[]){{"edits", test_edits},
                                              {"replaced output", test_replaced_output},
                                              {"sort", test_sort},
                                              {"cycle", test_cycle},
                                              {"constants", test_constants},
                                              {"allocation failures", test_allocation_failures},
                                              CU_TEST_INFO_NULL});
}
