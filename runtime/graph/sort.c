/* Topological order: Kahn's algorithm, taking of the nodes that are ready always the one that stood
 * first. */
#include "graph/graph.h"

#include <string.h>

struct sorting {
    struct graph *graph;
    struct arena arena;
    uint32_t *waiting; /* for each node: inputs not yet there */
    uint32_t *first;   /* for each value: where its readers begin in readers */
    uint32_t *readers;
    uint32_t *heap; /* ready nodes, smallest index on top */
    size_t n_heap;
    uint32_t *order; /* old index for each new one */
    size_t n_order;
    bool reads_ahead; /* some node reads what does not come before it */
};

static void push(struct sorting *sorting, uint32_t node)
{
    size_t at = sorting->n_heap++;
    uint32_t *heap = sorting->heap;
    for (; at && heap[(at - 1) / 2] > node; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = node;
}

static uint32_t pop(struct sorting *sorting)
{
    uint32_t *heap = sorting->heap, top = heap[0], last = heap[--sorting->n_heap];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= sorting->n_heap)
            break;
        child += child + 1 < sorting->n_heap && heap[child + 1] < heap[child];
        if (heap[child] >= last)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return top;
}

/* Subgraphs read values of the graphs around them: those reads count for the node that holds them.
 */
typedef void visit_read(struct sorting *sorting, uint32_t node, uint32_t value);

static void visit_captures(struct sorting *sorting, const struct graph *graph, unsigned depth,
                           uint32_t node, visit_read *visit)
{
    for (size_t v = 0; v < graph->n_values; v++) {
        uint32_t outer = graph->values[v].outer;
        const struct graph *at = graph;
        for (unsigned d = 1; d < depth && outer != GRAPH_NONE; d++) {
            at = at->parent;
            outer = at->values[outer].outer;
        }
        if (outer != GRAPH_NONE)
            visit(sorting, node, outer);
    }
    for (size_t n = 0; n < graph->n_nodes; n++)
        for (uint32_t a = 0; a < graph->nodes[n].n_attributes; a++)
            if (graph->nodes[n].attributes[a].graph)
                visit_captures(sorting, graph->nodes[n].attributes[a].graph, depth + 1, node,
                               visit);
}

static void visit_reads(struct sorting *sorting, uint32_t index, visit_read *visit)
{
    const struct graph_node *node = &sorting->graph->nodes[index];
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE)
            visit(sorting, index, node->inputs[i]);
    for (uint32_t a = 0; a < node->n_attributes; a++)
        if (node->attributes[a].graph)
            visit_captures(sorting, node->attributes[a].graph, 1, index, visit);
}

static bool is_produced(const struct graph *graph, uint32_t value)
{
    uint32_t producer = graph->values[value].producer;
    return producer != GRAPH_NONE && !graph->nodes[producer].removed;
}

static void see_read(struct sorting *sorting, uint32_t node, uint32_t value)
{
    const struct graph *graph = sorting->graph;
    sorting->reads_ahead |= is_produced(graph, value) && graph->values[value].producer >= node;
}

/* Whether the graph is as sorting it would leave it, as after most passes. */
static bool is_sorted(struct sorting *sorting)
{
    const struct graph *graph = sorting->graph;
    for (uint32_t n = 0; n < graph->n_nodes && !sorting->reads_ahead; n++) {
        const struct graph_node *node = &graph->nodes[n];
        if (node->removed)
            return false;
        for (uint32_t i = 0; i < node->n_outputs; i++)
            if (node->outputs[i] != GRAPH_NONE && graph->values[node->outputs[i]].producer != n)
                return false;
        visit_reads(sorting, n, see_read);
    }
    return !sorting->reads_ahead;
}

static void count_read(struct sorting *sorting, uint32_t node, uint32_t value)
{
    sorting->waiting[node] += is_produced(sorting->graph, value);
    sorting->first[value + 1]++;
}

static void note_reader(struct sorting *sorting, uint32_t node, uint32_t value)
{
    sorting->readers[sorting->first[value]++] = node;
}

static hinge_status index_readers(struct sorting *sorting)
{
    const struct graph *graph = sorting->graph;
    for (uint32_t n = 0; n < graph->n_nodes; n++)
        if (!graph->nodes[n].removed)
            visit_reads(sorting, n, count_read);
    for (size_t v = 0; v < graph->n_values; v++)
        sorting->first[v + 1] += sorting->first[v];
    sorting->readers =
        arena_array(&sorting->arena, sorting->first[graph->n_values], sizeof *sorting->readers);
    if (!sorting->readers)
        return HINGE_NO_MEMORY;
    for (uint32_t n = 0; n < graph->n_nodes; n++)
        if (!graph->nodes[n].removed)
            visit_reads(sorting, n, note_reader);
    /* Filling moved each beginning to the next value's. */
    memmove(sorting->first + 1, sorting->first, graph->n_values * sizeof *sorting->first);
    sorting->first[0] = 0;
    return HINGE_OK;
}

static void order_nodes(struct sorting *sorting)
{
    const struct graph *graph = sorting->graph;
    for (uint32_t n = 0; n < graph->n_nodes; n++)
        if (!graph->nodes[n].removed && sorting->waiting[n] == 0)
            push(sorting, n);
    while (sorting->n_heap) {
        uint32_t index = pop(sorting);
        const struct graph_node *node = &graph->nodes[index];
        sorting->order[sorting->n_order++] = index;
        for (uint32_t i = 0; i < node->n_outputs; i++) {
            uint32_t value = node->outputs[i];
            if (value == GRAPH_NONE)
                continue;
            for (uint32_t r = sorting->first[value]; r < sorting->first[value + 1]; r++)
                if (--sorting->waiting[sorting->readers[r]] == 0)
                    push(sorting, sorting->readers[r]);
        }
    }
}

static hinge_status apply(struct sorting *sorting, hinge_error *error)
{
    struct graph *graph = sorting->graph;
    size_t n_live = 0;
    for (size_t n = 0; n < graph->n_nodes; n++)
        n_live += !graph->nodes[n].removed;
    if (sorting->n_order < n_live) {
        uint32_t stuck = 0;
        while (graph->nodes[stuck].removed || sorting->waiting[stuck] == 0)
            stuck++;
        char text[256];
        status_fail(error, HINGE_BAD_MODEL, "%s is part of a cycle, or reads from one",
                    graph_node_text(graph, &graph->nodes[stuck], text, sizeof text));
        if (error)
            strncpy(error->node, graph->nodes[stuck].name, sizeof error->node - 1);
        return HINGE_BAD_MODEL;
    }
    struct graph_node *sorted = arena_array(&sorting->arena, n_live, sizeof *sorted);
    if (!sorted)
        return HINGE_NO_MEMORY;
    for (size_t n = 0; n < n_live; n++) {
        sorted[n] = graph->nodes[sorting->order[n]];
        for (uint32_t i = 0; i < sorted[n].n_outputs; i++)
            if (sorted[n].outputs[i] != GRAPH_NONE)
                graph->values[sorted[n].outputs[i]].producer = (uint32_t)n;
    }
    if (n_live)
        memcpy(graph->nodes, sorted, n_live * sizeof *sorted);
    graph->n_nodes = n_live;
    return HINGE_OK;
}

hinge_status graph_sort(struct graph *graph, hinge_error *error)
{
    struct sorting sorting = {.graph = graph, .arena = {graph->allocator, NULL}};
    if (is_sorted(&sorting))
        return HINGE_OK;
    sorting.waiting = arena_array(&sorting.arena, graph->n_nodes, sizeof *sorting.waiting);
    sorting.heap = arena_array(&sorting.arena, graph->n_nodes + 1, sizeof *sorting.heap);
    sorting.order = arena_array(&sorting.arena, graph->n_nodes, sizeof *sorting.order);
    sorting.first = arena_array(&sorting.arena, graph->n_values + 2, sizeof *sorting.first);
    hinge_status status = HINGE_NO_MEMORY;
    if (sorting.waiting && sorting.heap && sorting.order && sorting.first)
        status = index_readers(&sorting);
    if (!status) {
        order_nodes(&sorting);
        status = apply(&sorting, error);
    }
    if (status == HINGE_NO_MEMORY)
        status_no_memory(error);
    arena_free(&sorting.arena);
    return status;
}
