/* Requests for one model that come at about the same time go through it together, along its
 * symbolic batch dimension, each with the bits that it would have had alone. */
#ifndef SERVE_JOIN_H
#define SERVE_JOIN_H

#include "serve/models/run.h"

#include <stdatomic.h>

struct batch;

struct join {
    struct contexts *contexts;
    size_t max_rows; /* 1: nothing is joined */
    uint64_t max_delay_ns;
    atomic_size_t *n_queued;
    pthread_mutex_t lock;
    struct batch *open; /* that others may still join */
};

/* n_queued is counted down by those whose run begins. */
void join_create(struct join *join, struct contexts *contexts, size_t max_rows,
                 uint64_t max_delay_ns, atomic_size_t *n_queued);
void join_destroy(struct join *join);

/* How many rows the run has where it may be joined; otherwise 0. */
size_t join_rows(const struct join *join, const struct model_run *run);

/* Runs it with others. The first to come waits for them, at most max_delay_ns and until a context
 * is free; then all are run at once or, should that fail, each by itself. */
bool join_run(struct join *join, struct model_run *run, size_t rows, hinge_error *error);

#endif
