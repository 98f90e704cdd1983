/* The contexts that the requests for one model share: as many runs at once, the others wait. */
#ifndef SERVE_CONTEXTS_H
#define SERVE_CONTEXTS_H

#include "base/error.h"

#include <pthread.h>

struct job;

/*
 * Who finds a context free uses it in its own thread. Who has to wait lets a worker do it, which
 * takes one request after the other for as long as some wait: were each context handed from thread
 * to thread instead, the scheduler would often put the next one on a core that is busy and leave
 * the other idle for milliseconds.
 */
struct contexts {
    const hinge_session *session;
    pthread_mutex_t lock;
    hinge_context **all, **idle;
    size_t limit, n_all, n_idle;
    struct job *first, **end; /* that wait, in their order; all contexts were made by then */
    pthread_t *workers;       /* up to limit, from the first time that some wait */
    size_t n_workers;
    pthread_cond_t for_workers; /* some wait and a context is idle, or the end has come */
    bool is_ending, is_closing;
};

bool contexts_create(struct contexts *contexts, const hinge_session *session, size_t limit,
                     hinge_error *error);
/* Nobody may wait any more. Leaves it empty; calling it again does no harm. */
void contexts_destroy(struct contexts *contexts);

/* What a context is needed for, in whatever thread. */
typedef void contexts_use(void *user, hinge_context *context);
/* Where one is free, uses it and returns true; false with HINGE_OK where none is, or with another
 * status where none could be made. */
bool contexts_try(struct contexts *contexts, contexts_use *use, void *user, hinge_error *error);
/* Waits for one until deadline_ns of CLOCK_MONOTONIC (0: for ever) and until it was used. */
bool contexts_wait(struct contexts *contexts, uint64_t deadline_ns, contexts_use *use, void *user,
                   hinge_error *error);
/* Ends the runs that go on, or are about to begin; nobody gets a context any more. */
void contexts_cancel(struct contexts *contexts);

#endif
