/*
 * Nodes that are faster with their channels as the last axis get them there. Operators that say so
 * (hinge_op.channels_last) are what a region grows from; it takes in all connected nodes to which
 * the order of axes does not matter, and is worked on as a whole: its tensors change their layout,
 * and a Transpose stands wherever a value enters or leaves it. Before the fusions, which then find
 * plain nodes. Everything holds by what is proven of ranks; shapes only tell what pays.
 */
#include "passes/channels_last.h"

/* Products whose time a convolution saves by the layout, for each element that is moved by a
 * Transpose. */
#define PRODUCTS_PER_MOVE 256
/* Elements that are moved in the time in which one tap of a row of outputs is gathered, from lines
 * that with the channels last are runs of channels. */
#define MOVES_PER_ROW 4
#define FULL_RUN 16 /* channels; shorter runs are no faster than lines */

/* A region, under the node that stands for it. */
struct region {
    double gain, moved; /* in elements */
    uint32_t n_nodes, n_transposes;
    uint32_t first; /* node */
};

static uint32_t find_region(struct layout *l, uint32_t node)
{
    while (l->regions[node] != node) {
        l->regions[node] = l->regions[l->regions[node]];
        node = l->regions[node];
    }
    return node;
}

/* Whether a constant means the same in any layout. */
static bool is_single(const hinge_tensor *constant)
{
    return hinge_count(constant) == 1;
}

static bool is_movable(const hinge_tensor *constant)
{
    return constant->data && constant->type != HINGE_STRING &&
           hinge_type_bits(constant->type) % 8 == 0;
}

bool layout_is_permuted(const struct layout *l, uint32_t node, uint32_t i)
{
    const uint32_t value = layout_node(l, node)->inputs[i];
    const int32_t rank = layout_rank(l, layout_node(l, node)->outputs[0]);
    if (value == GRAPH_NONE || (l->kinds[node] == HAS_FORM && i > 0))
        return false;
    if (l->kinds[node] == ELEMENTWISE && graph_is_constant(l->run->graph, value))
        return !is_single(&l->run->graph->values[value].tensor);
    return layout_rank(l, value) == rank;
}

/* Inputs of lower rank are aligned with the last axes, as they are since opset 7. */
static bool is_elementwise(const struct layout *l, const struct graph_node *node, int32_t rank)
{
    const struct graph *graph = l->run->graph;
    bool any = false;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        const uint32_t value = node->inputs[i];
        if (value == GRAPH_NONE)
            continue;
        if (!graph_is_constant(graph, value)) {
            any |= layout_rank(l, value) == rank;
            if (layout_rank(l, value) != rank && layout_rank(l, value) != 0)
                return false;
            continue;
        }
        const hinge_tensor *constant = &graph->values[value].tensor;
        const bool aligned = constant->rank == rank || *node->domain || node->opset >= 7;
        if (constant->rank > rank || (!is_single(constant) && !(aligned && is_movable(constant))))
            return false;
    }
    return any;
}

static bool works_along_axis(const struct layout *l, const struct graph_node *node, int32_t rank)
{
    const struct graph *graph = l->run->graph;
    struct layout_axes axes;
    bool any = false;
    if (!layout_find_axes(l, node, rank, &axes) || layout_rank(l, node->inputs[0]) != rank)
        return false;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        const uint32_t value = node->inputs[i];
        if (value == GRAPH_NONE || (!axes.attribute && i == axes.input))
            continue;
        if (graph_is_constant(graph, value) && !is_movable(&graph->values[value].tensor))
            return false;
        any |= !graph_is_constant(graph, value) && layout_rank(l, value) == rank;
        if (layout_rank(l, value) < 0 || layout_rank(l, value) > rank)
            return false;
    }
    return any;
}

/* The operator that computes the same with the channels last, or NULL. */
static hinge_status find_form(struct layout *l, uint32_t index, int32_t rank)
{
    struct graph *graph = l->run->graph;
    const struct graph_node *node = layout_node(l, index);
    l->forms[index] = NULL;
    if (!node->definition->channels_last || !node->n_inputs ||
        layout_rank(l, node->inputs[0]) != rank || graph_is_constant(graph, node->inputs[0]))
        return HINGE_OK;
    for (uint32_t i = 1; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE && !graph_is_constant(graph, node->inputs[i]))
            return HINGE_OK;
    struct arena arena = {graph->allocator, NULL};
    struct host_caller caller = pass_caller(l->run, NULL);
    struct host_node view;
    hinge_status status = host_node_describe(&view, &caller, graph, node, &arena);
    if (!status)
        l->forms[index] = node->definition->channels_last(&view.node);
    arena_free(&arena);
    if (l->forms[index] && !pass_has_operator(l->run, l->forms[index], "ai.hinge", 1))
        l->forms[index] = NULL;
    return status;
}

/* Nodes with a way back stay: their spare nodes would have to follow. */
static hinge_status classify(struct layout *l, uint32_t index)
{
    const struct graph *graph = l->run->graph;
    const struct graph_node *node = layout_node(l, index);
    l->kinds[index] = STAYS;
    l->regions[index] = index;
    if (node->removed || node->n_spares || host_has_bodies(node) ||
        !pass_has_one_output(graph, node) || node->epilogue.addend ||
        node->epilogue.activation->kind != HINGE_ACT_NONE)
        return HINGE_OK;
    const int32_t rank = layout_rank(l, node->outputs[0]);
    if (rank < 3)
        return HINGE_OK;
    hinge_status status = find_form(l, index, rank);
    if (l->forms[index])
        l->kinds[index] = HAS_FORM;
    else if (works_along_axis(l, node, rank))
        l->kinds[index] = HAS_AXIS;
    else if ((node->definition->flags & HINGE_OP_ELEMENTWISE) && is_elementwise(l, node, rank))
        l->kinds[index] = ELEMENTWISE;
    return status;
}

/* Whether the model itself turns a value there: into the new layout, or back. */
static bool turns(const struct graph_node *node, int32_t (*axis)(int32_t d, int32_t rank))
{
    const struct hinge_attribute *perm =
        pass_is_transpose(node) ? pass_attribute(node, "perm", HINGE_ATTR_INTS) : NULL;
    bool all = perm && perm->count >= 3;
    for (size_t d = 0; all && d < perm->count; d++)
        all = perm->ints[d] == axis((int32_t)d, (int32_t)perm->count);
    return all;
}

static void unite(struct layout *l, uint32_t index)
{
    const struct graph *graph = l->run->graph;
    const struct graph_node *node = layout_node(l, index);
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        if (!layout_is_permuted(l, index, i) || graph_is_constant(graph, node->inputs[i]))
            continue;
        l->n_inside[node->inputs[i]]++;
        const uint32_t producer = graph->values[node->inputs[i]].producer;
        if (producer != GRAPH_NONE && l->kinds[producer] != STAYS)
            l->regions[find_region(l, producer)] = find_region(l, index);
    }
}

/* Elements, as far as can be expected; 0 where that is not known. */
static double elements(const struct layout *l, uint32_t value)
{
    const hinge_tensor shape = pass_shape(&l->shapes, value);
    double count = shape.rank < 0 ? 0 : 1;
    for (int32_t d = 0; d < shape.rank; d++)
        count *= (double)l->shapes.probes[0][value].dims[d];
    return count;
}

/* What the layout saves a node that has a form, as elements that could be moved in that time: of a
 * linear one by its products and by what it gathers for them, of another one, and of a depthwise
 * one, by what it reads. */
static double gain_of(const struct layout *l, const struct graph_node *node)
{
    if (!node->definition->linear || node->n_inputs < 2 || node->inputs[1] == GRAPH_NONE)
        return elements(l, node->inputs[0]);
    const hinge_tensor *weight = &l->run->graph->values[node->inputs[1]].tensor;
    if (weight->rank > 1 && weight->dims[1] == 1)
        return elements(l, node->inputs[0]);
    const double channels = weight->rank > 0 && weight->dims[0] > 0 ? (double)weight->dims[0] : 1;
    const double taps = (double)hinge_count(weight) / channels, y = elements(l, node->outputs[0]);
    const hinge_tensor *output = &l->shapes.probes[0][node->outputs[0]];
    const double width = output->rank > 2 ? (double)output->dims[output->rank - 1] : 0;
    const bool gathers = weight->rank > 1 &&
                         hinge_count(weight) > weight->dims[0] * weight->dims[1] &&
                         (weight->dims[0] >= FULL_RUN || weight->dims[1] >= FULL_RUN);
    return y * taps / PRODUCTS_PER_MOVE +
           (gathers && width > 0 ? y / channels / width * taps * MOVES_PER_ROW : 0);
}

static bool leaves(const struct layout *l, uint32_t value)
{
    return l->run->graph->values[value].n_readers > l->n_inside[value];
}

/* Adds a node's part to its region; entered[v] is the region that v was last counted for. */
static void count_node(struct layout *l, uint32_t index, struct region *regions, uint32_t *entered)
{
    const struct graph *graph = l->run->graph;
    const struct graph_node *node = layout_node(l, index);
    const uint32_t of = find_region(l, index);
    struct region *region = &regions[of];
    if (!region->n_nodes++)
        region->first = index;
    if (l->kinds[index] == HAS_FORM)
        region->gain += gain_of(l, node);
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        const uint32_t value = node->inputs[i];
        if (!layout_is_permuted(l, index, i) || graph_is_constant(graph, value) ||
            entered[value] == of)
            continue;
        const uint32_t producer = graph->values[value].producer;
        if (producer != GRAPH_NONE &&
            (l->kinds[producer] != STAYS || turns(layout_node(l, producer), layout_new_axis)))
            continue;
        entered[value] = of;
        region->moved += elements(l, value);
        region->n_transposes++;
    }
    if (leaves(l, node->outputs[0])) {
        region->moved += elements(l, node->outputs[0]);
        region->n_transposes++;
    }
}

/* Regions that do not pay stay as they are. */
static hinge_status choose(struct layout *l)
{
    struct region *regions = arena_array(&l->shapes.arena, l->n_nodes, sizeof *regions);
    uint32_t *entered = arena_array(&l->shapes.arena, l->n_values, sizeof *entered);
    if (!regions || !entered)
        return HINGE_NO_MEMORY;
    for (size_t v = 0; v < l->n_values; v++)
        entered[v] = GRAPH_NONE;
    for (uint32_t n = 0; n < l->n_nodes; n++)
        if (l->kinds[n] != STAYS)
            count_node(l, n, regions, entered);
    for (uint32_t n = 0; n < l->n_nodes; n++) {
        const struct region *region = &regions[find_region(l, n)];
        if (l->kinds[n] == STAYS)
            continue;
        char text[256];
        if (region->gain <= region->moved)
            l->kinds[n] = STAYS;
        else if (region->first == n)
            pass_note(l->run, "put the channels last in %u nodes from %s on, with %u Transposes",
                      (unsigned)region->n_nodes,
                      graph_node_text(l->run->graph, layout_node(l, n), text, sizeof text),
                      (unsigned)region->n_transposes);
    }
    return HINGE_OK;
}

static hinge_status begin(struct layout *l)
{
    struct arena *arena = &l->shapes.arena;
    const struct graph *graph = l->run->graph;
    l->n_nodes = graph->n_nodes;
    l->n_values = graph->n_values;
    l->kinds = arena_array(arena, l->n_nodes, sizeof *l->kinds);
    l->forms = arena_array(arena, l->n_nodes, sizeof *l->forms);
    l->outputs = arena_array(arena, l->n_nodes, sizeof *l->outputs);
    l->regions = arena_array(arena, l->n_nodes, sizeof *l->regions);
    l->n_inside = arena_array(arena, l->n_values, sizeof *l->n_inside);
    l->twins = arena_array(arena, l->n_values, sizeof *l->twins);
    if (!l->kinds || !l->forms || !l->outputs || !l->regions || !l->n_inside || !l->twins)
        return HINGE_NO_MEMORY;
    for (size_t v = 0; v < l->n_values; v++)
        l->twins[v] = GRAPH_NONE;
    hinge_status status = HINGE_OK;
    for (uint32_t n = 0; n < l->n_nodes && !status; n++)
        status = classify(l, n);
    for (uint32_t n = 0; n < l->n_nodes && !status; n++)
        if (l->kinds[n] != STAYS)
            unite(l, n);
        else if (turns(layout_node(l, n), layout_old_axis))
            l->n_inside[layout_node(l, n)->inputs[0]]++;
    return status ? status : choose(l);
}

hinge_status pass_channels_last(struct pass_run *run)
{
    struct layout l = {.run = run};
    hinge_status status = pass_find_shapes(run, &l.shapes);
    if (!status)
        status = begin(&l);
    for (uint32_t n = 0; n < l.n_nodes && !status; n++)
        if (l.kinds[n] != STAYS)
            status = layout_turn(&l, n);
    if (!status)
        status = layout_restore_outputs(&l);
    arena_free(&l.shapes.arena);
    return status == HINGE_NO_MEMORY ? status_no_memory(run->error) : status;
}
