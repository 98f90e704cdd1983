/*
 * Making a plan: walk the nodes with the concrete input shapes, infer every value, compute at once
 * what is already known (shape arithmetic), drop the steps that nobody needs then, prepare the
 * rest, lay out the memory.
 */
#include "plan/plan.h"

#include "plan/evaluate.h"

#include <string.h>

/* Shape signatures kept for a session; the least recently used goes first. */
#define MAX_PLANS 32

struct planning {
    hinge_session *session;
    struct plan *plan;
    struct host_caller caller;
    const hinge_tensor **inputs; /* of the node at hand */
    hinge_tensor **outputs;
    bool *known; /* for each value: its data is there */
    bool *dynamic;
};

bool plan_is_wanted(const struct graph *graph, const struct graph_node *node, uint32_t output)
{
    uint32_t value = node->outputs[output];
    return value != GRAPH_NONE &&
           (output < node->definition->outputs.min || graph->values[value].n_readers > 0);
}

static void see_node(struct planning *planning, uint32_t index, struct host_node *node)
{
    const struct graph *graph = planning->session->graph;
    const struct graph_node *graph_node = &graph->nodes[index];
    for (uint32_t i = 0; i < graph_node->n_inputs; i++) {
        uint32_t value = graph_node->inputs[i];
        planning->inputs[i] = value == GRAPH_NONE ? NULL : &planning->plan->values[value].tensor;
    }
    for (uint32_t i = 0; i < graph_node->n_outputs; i++)
        planning->outputs[i] = plan_is_wanted(graph, graph_node, i)
                                   ? &planning->plan->values[graph_node->outputs[i]].tensor
                                   : NULL;
    host_node_set(node, &planning->caller, index, planning->inputs, planning->outputs);
    node->state = &planning->session->states[index];
}

static hinge_status prepare(struct planning *planning, struct host_node *node)
{
    hinge_session *session = planning->session;
    struct node_state *state = node->state;
    if (!atomic_load_explicit(&state->ready, memory_order_acquire)) {
        hinge_status status = host_prepare(node, session->registry);
        if (status)
            return status;
        session->packed_size += state->memory_size;
    }
    node->node.attributes = state->attributes;
    node->node.state = state->state;
    return HINGE_OK;
}

/* Whether the node's outputs can be computed here and now. */
static bool is_computable(const struct planning *planning, const struct host_node *node)
{
    const struct graph_node *graph_node = &planning->session->graph->nodes[node->index];
    uint32_t flags = graph_node->definition->flags;
    if (flags & HINGE_OP_NONDETERMINISTIC)
        return false;
    for (uint32_t i = 0; i < graph_node->n_inputs; i++)
        if (graph_node->inputs[i] != GRAPH_NONE && !planning->known[graph_node->inputs[i]] &&
            !(flags & HINGE_OP_SHAPE_ONLY))
            return false;
    return evaluate_is_small(&node->node);
}

static hinge_status compute(struct planning *planning, struct host_node *node)
{
    const struct graph_node *graph_node = &planning->session->graph->nodes[node->index];
    hinge_status status = prepare(planning, node);
    if (status)
        return status;
    status = evaluate_prepared(node, &planning->plan->arena);
    if (status)
        return status;
    for (uint32_t i = 0; i < graph_node->n_outputs; i++) {
        if (!node->node.outputs[i])
            continue;
        planning->known[graph_node->outputs[i]] = true;
        planning->plan->values[graph_node->outputs[i]].place = PLAN_CONSTANT;
    }
    return HINGE_OK;
}

static bool reads_dynamic(const struct planning *planning, const struct graph_node *node)
{
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE && planning->dynamic[node->inputs[i]])
            return true;
    return false;
}

static bool has_unknown_output(const struct hinge_node *node)
{
    size_t size;
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] && !host_tensor_size(node->outputs[i], &size))
            return true;
    return false;
}

static hinge_status plan_node(struct planning *planning, uint32_t index)
{
    struct plan *plan = planning->plan;
    const struct graph_node *graph_node = &planning->session->graph->nodes[index];
    struct host_node node;
    see_node(planning, index, &node);
    bool dynamic = reads_dynamic(planning, graph_node);
    if (!dynamic) {
        hinge_status status = host_infer(&node, graph_node->definition, graph_node->bound);
        if (status && status != HINGE_NEEDS_DATA)
            return status;
        dynamic = status == HINGE_NEEDS_DATA || has_unknown_output(&node.node);
    }
    if (!dynamic && is_computable(planning, &node))
        return compute(planning, &node);
    for (uint32_t i = 0; i < graph_node->n_outputs && dynamic; i++)
        if (graph_node->outputs[i] != GRAPH_NONE)
            planning->dynamic[graph_node->outputs[i]] = true;
    plan->steps[plan->n_steps++] = (struct plan_step){.node = index, .dynamic = dynamic};
    return HINGE_OK;
}

/* Drops the steps whose outputs neither the model's outputs nor a later step needs. */
static hinge_status drop_unneeded(struct planning *planning)
{
    const struct graph *graph = planning->session->graph;
    struct plan *plan = planning->plan;
    bool *needed = arena_array(&plan->arena, graph->n_values, sizeof *needed);
    if (!needed)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < graph->n_outputs; i++)
        needed[graph->outputs[i]] = true;
    size_t end = plan->n_steps, first = plan->n_steps;
    for (size_t s = end; s-- > 0;) {
        const struct graph_node *node = &graph->nodes[plan->steps[s].node];
        bool use = false;
        for (uint32_t i = 0; i < node->n_outputs; i++)
            use |= node->outputs[i] != GRAPH_NONE && needed[node->outputs[i]];
        if (!use)
            continue;
        for (uint32_t i = 0; i < node->n_inputs; i++)
            if (node->inputs[i] != GRAPH_NONE)
                needed[node->inputs[i]] = true;
        plan->steps[--first] = plan->steps[s];
    }
    plan->n_steps = end - first;
    memmove(plan->steps, plan->steps + first, plan->n_steps * sizeof *plan->steps);
    return HINGE_OK;
}

static hinge_status prepare_steps(struct planning *planning, uint32_t *blamed)
{
    struct plan *plan = planning->plan;
    for (size_t s = 0; s < plan->n_steps; s++) {
        if (plan->steps[s].dynamic)
            continue;
        struct host_node node;
        see_node(planning, plan->steps[s].node, &node);
        *blamed = plan->steps[s].node;
        hinge_status status = prepare(planning, &node);
        size_t scratch = 0;
        if (!status)
            status = host_scratch(&node, &scratch);
        if (status)
            return status;
        plan->scratch_size = scratch > plan->scratch_size ? scratch : plan->scratch_size;
    }
    return HINGE_OK;
}

/* Values as they are before any node: constants and inputs. */
static void begin_values(struct planning *planning, const hinge_tensor *inputs)
{
    const struct graph *graph = planning->session->graph;
    struct plan *plan = planning->plan;
    for (size_t v = 0; v < graph->n_values; v++) {
        struct plan_value *value = &plan->values[v];
        value->over = GRAPH_NONE;
        if (graph_is_constant(graph, (uint32_t)v)) {
            value->tensor = graph->values[v].tensor;
            value->place = PLAN_CONSTANT;
            planning->known[v] = value->tensor.data != NULL;
        } else {
            value->tensor = (hinge_tensor){.rank = -1};
        }
    }
    for (uint32_t i = 0; i < graph->n_inputs; i++) {
        struct plan_value *value = &plan->values[graph->inputs[i]];
        value->tensor = inputs[i];
        value->tensor.data = NULL;
        value->place = PLAN_INPUT;
        value->where = i;
        plan->inputs[i] = value->tensor;
    }
}

static hinge_status make(struct planning *planning, const hinge_tensor *inputs)
{
    struct plan *plan = planning->plan;
    const struct graph *graph = planning->session->graph;
    uint32_t arity = 0;
    for (size_t n = 0; n < graph->n_nodes; n++) {
        arity = graph->nodes[n].n_inputs > arity ? graph->nodes[n].n_inputs : arity;
        arity = graph->nodes[n].n_outputs > arity ? graph->nodes[n].n_outputs : arity;
    }
    plan->n_values = graph->n_values;
    plan->values = arena_array(&plan->arena, graph->n_values, sizeof *plan->values);
    plan->steps = arena_array(&plan->arena, graph->n_nodes, sizeof *plan->steps);
    plan->inputs = arena_array(&plan->arena, graph->n_inputs, sizeof *plan->inputs);
    planning->known = arena_array(&plan->arena, graph->n_values, sizeof *planning->known);
    planning->dynamic = arena_array(&plan->arena, graph->n_values, sizeof *planning->dynamic);
    planning->inputs = arena_array(&plan->arena, arity, sizeof *planning->inputs);
    planning->outputs = arena_array(&plan->arena, arity, sizeof *planning->outputs);
    if (!plan->values || !plan->steps || !plan->inputs || !planning->known || !planning->dynamic ||
        !planning->inputs || !planning->outputs)
        return status_no_memory(planning->caller.error);
    begin_values(planning, inputs);
    for (size_t n = 0; n < graph->n_nodes; n++) {
        hinge_status status = plan_node(planning, (uint32_t)n);
        if (status)
            return host_blame(&planning->caller, &graph->nodes[n], status);
    }
    hinge_status status = drop_unneeded(planning);
    if (status)
        return status_no_memory(planning->caller.error);
    uint32_t blamed = 0;
    status = prepare_steps(planning, &blamed);
    if (status)
        return host_blame(&planning->caller, &graph->nodes[blamed], status);
    status = layout_plan(planning->session, plan);
    return status ? status_no_memory(planning->caller.error) : HINGE_OK;
}

static hinge_status plan_create(hinge_session *session, const hinge_tensor *inputs,
                                struct plan **result, hinge_error *error)
{
    struct plan *plan = memory_alloc_zeroed(&session->allocator, sizeof *plan);
    if (!plan)
        return status_no_memory(error);
    plan->arena.allocator = &session->allocator;
    struct planning planning = {.session = session,
                                .plan = plan,
                                .caller = {.allocator = &session->allocator,
                                           .threads = session->threads,
                                           .graph = session->graph,
                                           .model = session->model,
                                           .error = error,
                                           .strings = {&session->allocator, NULL}}};
    hinge_status status = make(&planning, inputs);
    /* Strings computed here belong to the plan. */
    arena_adopt(&plan->arena, &planning.caller.strings);
    if (status) {
        plan_destroy(plan);
        return status;
    }
    *result = plan;
    return HINGE_OK;
}

void plan_destroy(struct plan *plan)
{
    if (!plan)
        return;
    const hinge_allocator *allocator = plan->arena.allocator;
    arena_free(&plan->arena);
    memory_free(allocator, plan);
}

bool plan_fits(const hinge_session *session, const struct plan *plan, const hinge_tensor *inputs)
{
    for (uint32_t i = 0; i < session->graph->n_inputs; i++) {
        const hinge_tensor *have = &plan->inputs[i];
        if (have->type != inputs[i].type || have->rank != inputs[i].rank)
            return false;
        for (int32_t d = 0; d < have->rank; d++)
            if (have->dims[d] != inputs[i].dims[d])
                return false;
    }
    return true;
}

/* Drops the plans that nobody uses beyond the limit. */
static void trim(hinge_session *session)
{
    size_t n = 0;
    for (struct plan **at = &session->plans; *at;) {
        struct plan *plan = *at;
        if (++n > MAX_PLANS && plan->n_users == 0) {
            *at = plan->next;
            plan_destroy(plan);
        } else {
            at = &plan->next;
        }
    }
}

hinge_status plan_get(hinge_session *session, const hinge_tensor *inputs, struct plan **result,
                      hinge_error *error)
{
    hinge_status status = HINGE_OK;
    pthread_mutex_lock(&session->lock);
    struct plan **at = &session->plans;
    while (*at && !plan_fits(session, *at, inputs))
        at = &(*at)->next;
    struct plan *plan = *at;
    if (plan)
        *at = plan->next;
    else
        status = plan_create(session, inputs, &plan, error);
    if (!status) {
        plan->next = session->plans;
        session->plans = plan;
        plan->n_users++;
        trim(session);
        *result = plan;
    }
    pthread_mutex_unlock(&session->lock);
    return status;
}

void plan_release(hinge_session *session, struct plan *plan)
{
    pthread_mutex_lock(&session->lock);
    plan->n_users--;
    pthread_mutex_unlock(&session->lock);
}
