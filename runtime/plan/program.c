#include "plan/program.h"

#include "plan/plan.h"

hinge_status program_create(struct program *program, const struct host_session *session,
                            struct graph *graph)
{
    const hinge_allocator *allocator = session->allocator;
    *program = (struct program){.session = session, .graph = graph};
    atomic_init(&program->is_ready, false);
    atomic_init(&program->packed_size, 0);
    atomic_init(&program->cached_size, 0);
    program->states = memory_alloc_zeroed(allocator, graph->n_nodes * sizeof *program->states);
    program->spare_states =
        memory_alloc_zeroed(allocator, graph->n_spares * sizeof *program->spare_states);
    pthread_mutex_init(&program->making, NULL);
    pthread_mutex_init(&program->lock, NULL);
    return program->states && program->spare_states ? HINGE_OK : HINGE_NO_MEMORY;
}

void program_destroy(struct program *program)
{
    if (!program->session)
        return;
    const hinge_allocator *allocator = program->session->allocator;
    const struct graph *graph = program->graph;
    while (program->plans) {
        struct plan *next = program->plans->next;
        plan_destroy(program->plans);
        program->plans = next;
    }
    for (size_t n = 0; program->states && n < graph->n_nodes; n++)
        host_state_clear(allocator, &graph->nodes[n], &program->states[n]);
    for (size_t n = 0; program->spare_states && n < graph->n_spares; n++)
        host_state_clear(allocator, &graph->spares[n], &program->spare_states[n]);
    memory_free(allocator, program->states);
    memory_free(allocator, program->spare_states);
    pthread_mutex_destroy(&program->making);
    pthread_mutex_destroy(&program->lock);
    program->session = NULL;
}

static hinge_status make(struct program *program, struct host_caller *caller,
                         const struct graph_node *node, struct node_state *state)
{
    if (state->is_made)
        return HINGE_OK;
    hinge_status status = host_init(caller, program->graph, node, state);
    if (status)
        return host_blame(caller, program->graph, node, status);
    atomic_fetch_add(&program->packed_size, state->memory_size);
    atomic_fetch_add(&program->cached_size, state->cached_size);
    return HINGE_OK;
}

/* Spare nodes first: a node may give up the constants that they read. */
static hinge_status make_states(struct program *program, hinge_error *error)
{
    const struct graph *graph = program->graph;
    struct host_caller caller = {.session = program->session, .error = error};
    hinge_status status = HINGE_OK;
    for (size_t n = 0; n < graph->n_spares && !status; n++)
        if (!graph->spares[n].is_self)
            status = make(program, &caller, &graph->spares[n], &program->spare_states[n]);
    for (size_t n = 0; n < graph->n_nodes && !status; n++)
        status = make(program, &caller, &graph->nodes[n], &program->states[n]);
    return status;
}

hinge_status program_make_ready(struct program *program, hinge_error *error)
{
    if (atomic_load_explicit(&program->is_ready, memory_order_acquire))
        return HINGE_OK;
    pthread_mutex_lock(&program->making);
    hinge_status status = HINGE_OK;
    if (!atomic_load(&program->is_ready))
        status = make_states(program, error);
    if (!status)
        atomic_store_explicit(&program->is_ready, true, memory_order_release);
    pthread_mutex_unlock(&program->making);
    return status;
}
