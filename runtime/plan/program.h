/*
 * A program: a graph that will not change any more, with what the operators made of its nodes. The
 * main graph has one, and so has every body. Constant once it is ready, but for the plans, which
 * its lock guards: any number of threads may plan and run it.
 */
#ifndef PLAN_PROGRAM_H
#define PLAN_PROGRAM_H

#include "host/host.h"

#include <stdatomic.h>

struct plan;

struct program {
    const struct host_session *session;
    struct graph *graph;
    struct node_state *states; /* for each node */
    struct node_state
        *spare_states; /* for each spare node, but for those that are the node itself */
    atomic_bool is_ready;
    atomic_size_t packed_size, cached_size; /* bytes of all states, and of them in the cache */
    pthread_mutex_t making;                 /* held while the states are made */

    pthread_mutex_t lock;
    struct plan *plans; /* most recently used first */
};

hinge_status program_create(struct program *program, const struct host_session *session,
                            struct graph *graph);
void program_destroy(struct program *program); /* one that is zero, too */

/* Makes the nodes' states the first time: a branch that is never taken packs nothing. */
hinge_status program_make_ready(struct program *program, hinge_error *error);

/* The inputs of a plan: the graph's own, then the values that it captures. */
static inline size_t program_n_inputs(const struct program *program)
{
    return (size_t)program->graph->n_inputs + program->graph->n_captures;
}

#endif
