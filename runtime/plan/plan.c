/*
 * Making a plan: walk the nodes with the concrete input shapes, infer every value, compute at once
 * what is already known (shape arithmetic), drop the steps that nobody needs then, prepare the
 * rest, lay out the memory.
 */
#include "plan/plan.h"

#include "base/tensor.h"
#include "host/evaluate.h"

#include <string.h>

struct planning {
    struct program *program;
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
           (output < node->min_outputs || graph->values[value].n_readers > 0);
}

/* A spare node that is the node itself has its state. */
static const struct node_state *state_of(const struct planning *planning, uint32_t index,
                                         const struct graph_node *node)
{
    const struct program *program = planning->program;
    const struct graph *graph = program->graph;
    if (node == &graph->nodes[index] || node->is_self)
        return &program->states[index];
    return &program->spare_states[node - graph->spares];
}

static void see_node(struct planning *planning, uint32_t index, const struct graph_node *graph_node,
                     struct host_node *node)
{
    struct graph *graph = planning->program->graph;
    for (uint32_t i = 0; i < graph_node->n_inputs; i++) {
        uint32_t value = graph_node->inputs[i];
        planning->inputs[i] = value == GRAPH_NONE ? NULL : &planning->plan->values[value].tensor;
    }
    for (uint32_t i = 0; i < graph_node->n_outputs; i++)
        planning->outputs[i] = plan_is_wanted(graph, graph_node, i)
                                   ? &planning->plan->values[graph_node->outputs[i]].tensor
                                   : NULL;
    host_node_set(node, &planning->caller, graph, graph_node, planning->inputs, planning->outputs);
    node->node.state = state_of(planning, index, graph_node)->state;
}

/* Whether the node's outputs can be computed here and now. */
static bool is_computable(const struct planning *planning, const struct host_node *node)
{
    const struct graph_node *graph_node = node->graph_node;
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
    const struct graph_node *graph_node = node->graph_node;
    hinge_status status = evaluate_inferred(node, &planning->plan->arena);
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

/* Whether the node reads what only a run knows: a value that appears then, or what a container
 * or a body holds. */
static bool reads_dynamic(const struct planning *planning, const struct graph_node *node)
{
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE &&
            (planning->dynamic[node->inputs[i]] ||
             hinge_is_container(planning->plan->values[node->inputs[i]].tensor.type)))
            return true;
    return host_has_bodies(node);
}

static bool has_unknown_output(const struct hinge_node *node)
{
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] && !tensor_is_known(node->outputs[i]))
            return true;
    return false;
}

static struct plan_step *add_step(struct planning *planning, uint32_t index,
                                  const struct graph_node *node, bool dynamic)
{
    struct plan_step *step = &planning->plan->steps[planning->plan->n_steps++];
    *step = (struct plan_step){
        .node = node, .state = state_of(planning, index, node), .index = index, .dynamic = dynamic};
    for (uint32_t i = 0; i < node->n_outputs && dynamic; i++)
        if (node->outputs[i] != GRAPH_NONE)
            planning->dynamic[node->outputs[i]] = true;
    return step;
}

static hinge_status plan_one(struct planning *planning, uint32_t index,
                             const struct graph_node *graph_node)
{
    struct host_node node;
    see_node(planning, index, graph_node, &node);
    bool dynamic = reads_dynamic(planning, graph_node);
    if (!dynamic) {
        hinge_status status = host_infer(&node);
        if (status && status != HINGE_NEEDS_DATA)
            return status;
        dynamic = status == HINGE_NEEDS_DATA || has_unknown_output(&node.node);
    }
    if (!dynamic && is_computable(planning, &node))
        return compute(planning, &node);
    add_step(planning, index, graph_node, dynamic);
    return HINGE_OK;
}

/* Where a rewritten node does not fit these shapes, what it stands for is planned; where its shapes
 * are only known in a run, both are. */
static hinge_status plan_node(struct planning *planning, uint32_t index)
{
    const struct graph *graph = planning->program->graph;
    const struct graph_node *node = &graph->nodes[index];
    struct plan *plan = planning->plan;
    size_t n_steps = plan->n_steps;
    hinge_status status = plan_one(planning, index, node);
    if (!node->n_spares || status == HINGE_NO_MEMORY)
        return status;
    bool dynamic = plan->n_steps > n_steps && plan->steps[n_steps].dynamic;
    if (!status && !dynamic)
        return HINGE_OK;
    if (dynamic)
        plan->steps[n_steps].n_spares = node->n_spares;
    status = HINGE_OK;
    for (uint32_t i = 0; i < node->n_spares && !status; i++) {
        const struct graph_node *spare = &graph->spares[node->spares[i]];
        if (dynamic)
            add_step(planning, index, spare, true);
        else
            status = plan_one(planning, index, spare);
    }
    return status;
}

static void need_reads(const struct graph_node *node, bool *needed)
{
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != GRAPH_NONE)
            needed[node->inputs[i]] = true;
    for (uint32_t i = 0; i < node->n_captures; i++)
        needed[node->captures[i]] = true;
}

/* Drops the steps whose outputs neither the graph's outputs nor a later step needs. */
static hinge_status drop_unneeded(struct planning *planning)
{
    const struct graph *graph = planning->program->graph;
    struct plan *plan = planning->plan;
    bool *needed = arena_array(&plan->arena, graph->n_values, sizeof *needed);
    if (!needed)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < graph->n_outputs; i++)
        needed[graph->outputs[i]] = true;
    size_t end = plan->n_steps, first = plan->n_steps;
    for (size_t s = end; s-- > 0;) {
        const struct graph_node *node = plan->steps[s].node;
        bool use = false;
        for (uint32_t i = 0; i < node->n_outputs; i++)
            use |= node->outputs[i] != GRAPH_NONE && needed[node->outputs[i]];
        if (!use)
            continue;
        need_reads(node, needed);
        plan->steps[--first] = plan->steps[s];
    }
    plan->n_steps = end - first;
    memmove(plan->steps, plan->steps + first, plan->n_steps * sizeof *plan->steps);
    return HINGE_OK;
}

static hinge_status prepare_steps(struct planning *planning, const struct graph_node **blamed)
{
    struct plan *plan = planning->plan;
    for (size_t s = 0; s < plan->n_steps; s++) {
        struct plan_step *step = &plan->steps[s];
        if (step->dynamic)
            continue;
        struct host_node node;
        see_node(planning, step->index, step->node, &node);
        *blamed = step->node;
        size_t scratch;
        hinge_status status = host_prepare(&node, &plan->memory, &scratch);
        if (status)
            return status;
        step->prepared = node.node.prepared;
        plan->scratch_size = scratch > plan->scratch_size ? scratch : plan->scratch_size;
    }
    return HINGE_OK;
}

static void begin_input(struct planning *planning, uint32_t value, uint32_t where,
                        const hinge_tensor *input)
{
    struct plan_value *planned = &planning->plan->values[value];
    planned->tensor = *input;
    planned->tensor.data = NULL;
    if (hinge_is_container(planned->tensor.type))
        planned->tensor.dims[0] = -1;
    planned->place = PLAN_INPUT;
    planned->where = where;
    planning->plan->inputs[where] = planned->tensor;
}

/* Values as they are before any node: constants, inputs, what is captured. */
static void begin_values(struct planning *planning, const hinge_tensor *inputs)
{
    const struct graph *graph = planning->program->graph;
    struct plan *plan = planning->plan;
    for (size_t v = 0; v < graph->n_values; v++) {
        struct plan_value *value = &plan->values[v];
        value->over = GRAPH_NONE;
        if (graph_is_constant(graph, (uint32_t)v)) {
            value->tensor = graph->values[v].tensor;
            value->place = PLAN_CONSTANT;
            planning->known[v] = value->tensor.data != NULL;
        } else {
            value->tensor = tensor_of_code(graph->values[v].type_code);
        }
    }
    for (uint32_t i = 0; i < graph->n_inputs; i++)
        begin_input(planning, graph->inputs[i], i, &inputs[i]);
    for (uint32_t i = 0; i < graph->n_captures; i++)
        begin_input(planning, graph->captures[i], graph->n_inputs + i,
                    &inputs[graph->n_inputs + i]);
}

static bool reserve(struct planning *planning)
{
    const struct graph *graph = planning->program->graph;
    struct plan *plan = planning->plan;
    uint32_t arity = 0;
    for (size_t n = 0; n < graph->n_nodes + graph->n_spares; n++) {
        const struct graph_node *node =
            n < graph->n_nodes ? &graph->nodes[n] : &graph->spares[n - graph->n_nodes];
        arity = node->n_inputs > arity ? node->n_inputs : arity;
        arity = node->n_outputs > arity ? node->n_outputs : arity;
    }
    struct arena *arena = &plan->arena;
    plan->n_values = graph->n_values;
    plan->values = arena_array(arena, graph->n_values, sizeof *plan->values);
    plan->steps = arena_array(arena, graph->n_nodes + graph->n_spares, sizeof *plan->steps);
    plan->inputs = arena_array(arena, program_n_inputs(planning->program), sizeof *plan->inputs);
    planning->known = arena_array(arena, graph->n_values, sizeof *planning->known);
    planning->dynamic = arena_array(arena, graph->n_values, sizeof *planning->dynamic);
    planning->inputs = arena_array(arena, arity, sizeof *planning->inputs);
    planning->outputs = arena_array(arena, arity, sizeof *planning->outputs);
    return plan->values && plan->steps && plan->inputs && planning->known && planning->dynamic &&
           planning->inputs && planning->outputs;
}

static hinge_status make(struct planning *planning, const hinge_tensor *inputs)
{
    const struct graph *graph = planning->program->graph;
    if (!reserve(planning))
        return status_no_memory(planning->caller.error);
    begin_values(planning, inputs);
    for (uint32_t n = 0; n < graph->n_nodes; n++) {
        hinge_status status = plan_node(planning, n);
        if (status)
            return host_blame(&planning->caller, graph, &graph->nodes[n], status);
    }
    if (drop_unneeded(planning))
        return status_no_memory(planning->caller.error);
    const struct graph_node *blamed = NULL;
    hinge_status status = prepare_steps(planning, &blamed);
    if (status)
        return host_blame(&planning->caller, graph, blamed, status);
    return layout_plan(planning->program, planning->plan) ? status_no_memory(planning->caller.error)
                                                          : HINGE_OK;
}

static hinge_status plan_create(struct program *program, const hinge_tensor *inputs,
                                struct plan **result, hinge_error *error)
{
    const hinge_allocator *allocator = program->session->allocator;
    struct plan *plan = memory_alloc_zeroed(allocator, sizeof *plan);
    if (!plan)
        return status_no_memory(error);
    plan->arena.allocator = allocator;
    pthread_mutex_t strings_lock;
    pthread_mutex_init(&strings_lock, NULL);
    struct planning planning = {.program = program,
                                .plan = plan,
                                .caller = {.session = program->session,
                                           .error = error,
                                           .strings = {allocator, NULL},
                                           .strings_lock = &strings_lock}};
    hinge_status status = make(&planning, inputs);
    /* Strings computed here belong to the plan. */
    arena_adopt(&plan->arena, &planning.caller.strings);
    pthread_mutex_destroy(&strings_lock);
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
    host_memory_free(allocator, &plan->memory);
    arena_free(&plan->arena);
    memory_free(allocator, plan);
}

bool plan_fits(const struct program *program, const struct plan *plan, const hinge_tensor *inputs)
{
    size_t n = program_n_inputs(program);
    for (size_t i = 0; i < n; i++)
        if (!tensor_same(&plan->inputs[i], &inputs[i]))
            return false;
    return true;
}

/* Drops the plans that nobody uses beyond the limit. */
static void trim(struct program *program)
{
    size_t n = 0;
    for (struct plan **at = &program->plans; *at;) {
        struct plan *plan = *at;
        if (++n > PLAN_MOST && plan->n_users == 0) {
            *at = plan->next;
            plan_destroy(plan);
        } else {
            at = &plan->next;
        }
    }
}

/* The plan for these inputs among the program's, taken into use and to the front; NULL where there
 * is none. The lock is held. */
static struct plan *find(struct program *program, const hinge_tensor *inputs)
{
    struct plan **at = &program->plans;
    while (*at && !plan_fits(program, *at, inputs))
        at = &(*at)->next;
    struct plan *plan = *at;
    if (!plan)
        return NULL;
    *at = plan->next;
    plan->next = program->plans;
    program->plans = plan;
    plan->n_users++;
    return plan;
}

hinge_status plan_get(struct program *program, const hinge_tensor *inputs, struct plan **result,
                      hinge_error *error)
{
    pthread_mutex_lock(&program->lock);
    *result = find(program, inputs);
    pthread_mutex_unlock(&program->lock);
    if (*result)
        return HINGE_OK;
    /* Nobody waits while a plan is made; where two make the same one, one of them goes. */
    struct plan *made = NULL;
    hinge_status status = plan_create(program, inputs, &made, error);
    if (status)
        return status;
    pthread_mutex_lock(&program->lock);
    *result = find(program, inputs);
    if (!*result) {
        made->next = program->plans;
        program->plans = made;
        made->n_users = 1;
        *result = made;
        made = NULL;
        trim(program);
    }
    pthread_mutex_unlock(&program->lock);
    plan_destroy(made);
    return HINGE_OK;
}

void plan_release(struct program *program, struct plan *plan)
{
    pthread_mutex_lock(&program->lock);
    plan->n_users--;
    pthread_mutex_unlock(&program->lock);
}
