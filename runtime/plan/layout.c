/* Memory of a plan: views and in-place results join their input's block; blocks get offsets in one
 * arena by best fit in the order of execution. */
#include "base/tensor.h"
#include "plan/plan.h"

#include <string.h>

struct layout {
    const struct program *program;
    struct plan *plan;
    uint32_t *reads;   /* for each value: by steps */
    uint32_t *pending; /* for each block: reads of its values still to come */
    bool *kept;        /* for each block: a model output lies in it */
};

static uint32_t block_of(const struct plan *plan, uint32_t value)
{
    return value != GRAPH_NONE && plan->values[value].place == PLAN_BLOCK
               ? plan->values[value].where
               : GRAPH_NONE;
}

static bool same_bytes(const hinge_tensor *a, const hinge_tensor *b)
{
    size_t a_size, b_size;
    return tensor_size(a, &a_size) && tensor_size(b, &b_size) && a_size == b_size;
}

/* Elements of the same width in the same places. */
static bool same_elements(const hinge_tensor *a, const hinge_tensor *b)
{
    return hinge_type_bits(a->type) == hinge_type_bits(b->type) && a->rank == b->rank &&
           memcmp(a->dims, b->dims, (size_t)a->rank * sizeof a->dims[0]) == 0;
}

static void join(struct layout *layout, uint32_t value, uint32_t over, bool is_view)
{
    struct plan_value *target = &layout->plan->values[value];
    const struct plan_value *source = &layout->plan->values[over];
    target->place = source->place;
    target->where = source->where;
    target->over = over;
    target->is_view = is_view;
    target->tensor.data = source->tensor.data;
}

/* A view may share memory with its source, unless that is not ours to hand out as an output. */
static bool try_view(struct layout *layout, const struct graph_node *node, uint32_t output)
{
    struct plan *plan = layout->plan;
    uint32_t source = node->inputs[0];
    if (source == GRAPH_NONE ||
        !same_bytes(&plan->values[source].tensor, &plan->values[output].tensor))
        return false;
    enum plan_place place = plan->values[source].place;
    bool foreign = place == PLAN_INPUT || place == PLAN_CONSTANT;
    if (place != PLAN_BLOCK && (!foreign || layout->program->graph->values[output].is_output))
        return false;
    join(layout, output, source, true);
    return true;
}

/* An input that dies here, of the output's very shape, with no other input in the same block that
 * is seen under another shape, or may not be written at all. */
static bool try_in_place(struct layout *layout, const struct graph_node *node, uint32_t output)
{
    struct plan *plan = layout->plan;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        uint32_t block = block_of(plan, node->inputs[i]);
        if (block == GRAPH_NONE || layout->kept[block] || !hinge_may_share(node->definition, i))
            continue;
        uint32_t reads = 0;
        bool fits = true;
        for (uint32_t k = 0; k < node->n_inputs; k++) {
            if (block_of(plan, node->inputs[k]) != block)
                continue;
            reads++;
            fits &=
                hinge_may_share(node->definition, k) &&
                same_elements(&plan->values[node->inputs[k]].tensor, &plan->values[output].tensor);
        }
        if (fits && reads == layout->pending[block]) {
            join(layout, output, node->inputs[i], false);
            return true;
        }
    }
    return false;
}

static void new_block(struct plan *plan, uint32_t value, uint32_t step)
{
    struct plan_value *target = &plan->values[value];
    size_t size = 0;
    tensor_size(&target->tensor, &size);
    target->place = PLAN_BLOCK;
    target->where = (uint32_t)plan->n_blocks;
    plan->blocks[plan->n_blocks++] = (struct plan_block){
        .size = (size + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT,
        .first = step,
        .last = step,
        .output = GRAPH_NONE};
}

static bool is_only_output(const struct graph *graph, const struct graph_node *node)
{
    for (uint32_t i = 1; i < node->n_outputs; i++)
        if (plan_is_wanted(graph, node, i))
            return false;
    return true;
}

static void place_output(struct layout *layout, uint32_t step, uint32_t index)
{
    struct plan *plan = layout->plan;
    const struct graph *graph = layout->program->graph;
    const struct graph_node *node = plan->steps[step].node;
    uint32_t value = node->outputs[index];
    if (plan->steps[step].dynamic) {
        /* A step and its way back write the same values. */
        plan->n_dynamic += plan->values[value].place != PLAN_DYNAMIC;
        plan->values[value].place = PLAN_DYNAMIC;
        return;
    }
    uint32_t flags = index == 0 ? node->definition->flags : 0;
    if ((flags & HINGE_OP_VIEW) && try_view(layout, node, value))
        plan->steps[step].skip = is_only_output(graph, node);
    else if (!(flags & HINGE_OP_IN_PLACE) || !try_in_place(layout, node, value))
        new_block(plan, value, step);
    uint32_t block = block_of(plan, value);
    if (block != GRAPH_NONE) {
        layout->pending[block] += layout->reads[value];
        layout->kept[block] |= graph->values[value].is_output;
    }
}

static void place_all(struct layout *layout)
{
    struct plan *plan = layout->plan;
    const struct graph *graph = layout->program->graph;
    for (uint32_t s = 0; s < plan->n_steps; s++) {
        const struct graph_node *node = plan->steps[s].node;
        for (uint32_t i = 0; i < node->n_outputs; i++)
            if (plan_is_wanted(graph, node, i))
                place_output(layout, s, i);
        for (uint32_t i = 0; i < node->n_inputs; i++) {
            uint32_t block = block_of(plan, node->inputs[i]);
            if (block == GRAPH_NONE)
                continue;
            layout->pending[block]--;
            plan->blocks[block].last = s;
        }
        for (uint32_t i = 0; i < node->n_captures; i++) {
            uint32_t block = block_of(plan, node->captures[i]);
            if (block == GRAPH_NONE)
                continue;
            layout->pending[block]--;
            plan->blocks[block].last = s;
        }
    }
}

/* Reads by steps alone: nodes that were computed while planning, or that nobody needs, do not read.
 */
static void count_reads(struct layout *layout)
{
    const struct plan *plan = layout->plan;
    for (size_t s = 0; s < plan->n_steps; s++) {
        const struct graph_node *node = plan->steps[s].node;
        for (uint32_t i = 0; i < node->n_inputs; i++)
            if (node->inputs[i] != GRAPH_NONE)
                layout->reads[node->inputs[i]]++;
        for (uint32_t i = 0; i < node->n_captures; i++)
            layout->reads[node->captures[i]]++;
    }
}

struct gap {
    size_t offset, size;
};

/* Best fit among the gaps; grows the arena where none fits. */
static size_t take_gap(struct gap *gaps, size_t *n_gaps, size_t size, size_t *arena_size)
{
    size_t best = *n_gaps;
    for (size_t i = 0; i < *n_gaps; i++)
        if (gaps[i].size >= size && (best == *n_gaps || gaps[i].size < gaps[best].size))
            best = i;
    if (best < *n_gaps) {
        size_t offset = gaps[best].offset;
        gaps[best].offset += size;
        gaps[best].size -= size;
        if (gaps[best].size == 0)
            memmove(gaps + best, gaps + best + 1, (--*n_gaps - best) * sizeof *gaps);
        return offset;
    }
    /* The last gap, where it ends the arena, is the beginning of what is missing. */
    if (*n_gaps && gaps[*n_gaps - 1].offset + gaps[*n_gaps - 1].size == *arena_size) {
        size_t offset = gaps[*n_gaps - 1].offset;
        (*n_gaps)--;
        *arena_size = offset + size;
        return offset;
    }
    size_t offset = *arena_size;
    *arena_size += size;
    return offset;
}

static void give_gap(struct gap *gaps, size_t *n_gaps, size_t offset, size_t size)
{
    size_t i = 0;
    while (i < *n_gaps && gaps[i].offset < offset)
        i++;
    memmove(gaps + i + 1, gaps + i, (*n_gaps - i) * sizeof *gaps);
    gaps[i] = (struct gap){offset, size};
    (*n_gaps)++;
    if (i + 1 < *n_gaps && gaps[i].offset + gaps[i].size == gaps[i + 1].offset) {
        gaps[i].size += gaps[i + 1].size;
        memmove(gaps + i + 1, gaps + i + 2, (*n_gaps - i - 2) * sizeof *gaps);
        (*n_gaps)--;
    }
    if (i > 0 && gaps[i - 1].offset + gaps[i - 1].size == gaps[i].offset) {
        gaps[i - 1].size += gaps[i].size;
        memmove(gaps + i, gaps + i + 1, (*n_gaps - i - 1) * sizeof *gaps);
        (*n_gaps)--;
    }
}

static hinge_status assign_offsets(const struct program *program, struct plan *plan)
{
    struct arena arena = {program->session->allocator, NULL};
    size_t n = plan->n_blocks;
    struct gap *gaps = arena_array(&arena, n + 2, sizeof *gaps);
    /* The blocks that end at each step, as lists of block + 1. */
    uint32_t *ending = arena_array(&arena, plan->n_steps + 1, sizeof *ending);
    uint32_t *next = arena_array(&arena, n + 1, sizeof *next);
    if (!gaps || !ending || !next) {
        arena_free(&arena);
        return HINGE_NO_MEMORY;
    }
    size_t n_gaps = 0, begun = 0;
    for (size_t s = 0; s < plan->n_steps; s++) {
        for (; begun < n && plan->blocks[begun].first == s; begun++) {
            struct plan_block *block = &plan->blocks[begun];
            block->offset = take_gap(gaps, &n_gaps, block->size, &plan->arena_size);
            if (block->last < plan->n_steps) {
                next[begun] = ending[block->last];
                ending[block->last] = (uint32_t)begun + 1;
            }
        }
        for (uint32_t b = ending[s]; b; b = next[b - 1])
            if (plan->blocks[b - 1].size)
                give_gap(gaps, &n_gaps, plan->blocks[b - 1].offset, plan->blocks[b - 1].size);
    }
    arena_free(&arena);
    return HINGE_OK;
}

/* A block that holds a model output stays to the end, and the caller's memory may take its place.
 */
static void keep_outputs(struct layout *layout)
{
    struct plan *plan = layout->plan;
    const struct graph *graph = layout->program->graph;
    for (size_t b = 0; b < plan->n_blocks; b++)
        if (layout->kept[b])
            plan->blocks[b].last = (uint32_t)plan->n_steps;
    for (uint32_t i = 0; i < graph->n_outputs; i++) {
        uint32_t block = block_of(plan, graph->outputs[i]);
        if (block != GRAPH_NONE && plan->blocks[block].output == GRAPH_NONE)
            plan->blocks[block].output = i;
    }
}

static bool may_hold(const struct plan_value *value)
{
    return value->place == PLAN_DYNAMIC ||
           (value->place == PLAN_INPUT && hinge_is_container(value->tensor.type));
}

/* After which step each value that may hold a buffer is needed no more: the last that writes or
 * reads it; graph outputs stay. */
static hinge_status find_releases(const struct program *program, struct plan *plan)
{
    const struct graph *graph = program->graph;
    struct arena arena = {program->session->allocator, NULL};
    uint32_t *last = arena_array(&arena, plan->n_values, sizeof *last);
    plan->releases = arena_array(&plan->arena, plan->n_values, sizeof *plan->releases);
    if (!last || !plan->releases) {
        arena_free(&arena);
        return HINGE_NO_MEMORY;
    }
    for (uint32_t s = 0; s < plan->n_steps; s++) {
        const struct graph_node *node = plan->steps[s].node;
        for (uint32_t i = 0; i < node->n_inputs; i++)
            if (node->inputs[i] != GRAPH_NONE)
                last[node->inputs[i]] = s + 1;
        for (uint32_t i = 0; i < node->n_outputs; i++)
            if (node->outputs[i] != GRAPH_NONE)
                last[node->outputs[i]] = s + 1;
        for (uint32_t i = 0; i < node->n_captures; i++)
            last[node->captures[i]] = s + 1;
    }
    for (uint32_t i = 0; i < graph->n_outputs; i++)
        last[graph->outputs[i]] = 0;
    for (uint32_t v = 0; v < plan->n_values; v++)
        if (may_hold(&plan->values[v]) && last[v])
            plan->steps[last[v] - 1].n_releases++;
    for (uint32_t s = 0, at = 0; s < plan->n_steps; s++) {
        plan->steps[s].release = at;
        at += plan->steps[s].n_releases;
        plan->steps[s].n_releases = 0;
    }
    for (uint32_t v = 0; v < plan->n_values; v++)
        if (may_hold(&plan->values[v]) && last[v]) {
            struct plan_step *step = &plan->steps[last[v] - 1];
            plan->releases[step->release + step->n_releases++] = v;
        }
    arena_free(&arena);
    return HINGE_OK;
}

hinge_status layout_plan(const struct program *program, struct plan *plan)
{
    size_t n_outputs = 0;
    for (size_t s = 0; s < plan->n_steps; s++)
        n_outputs += plan->steps[s].node->n_outputs;
    struct arena arena = {program->session->allocator, NULL};
    struct layout layout = {program, plan,
                            arena_array(&arena, plan->n_values, sizeof *layout.reads),
                            arena_array(&arena, n_outputs, sizeof *layout.pending),
                            arena_array(&arena, n_outputs, sizeof *layout.kept)};
    plan->blocks = arena_array(&plan->arena, n_outputs, sizeof *plan->blocks);
    hinge_status status = HINGE_NO_MEMORY;
    if (layout.reads && layout.pending && layout.kept && plan->blocks) {
        count_reads(&layout);
        place_all(&layout);
        keep_outputs(&layout);
        status = assign_offsets(program, plan);
    }
    arena_free(&arena);
    return status ? status : find_releases(program, plan);
}
