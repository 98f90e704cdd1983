/* Follows the folder of the models. */
#ifndef SERVE_POLL_H
#define SERVE_POLL_H

#include "serve/models/repository.h"

/* A thread that looks at it now and then. */
struct poll_thread {
    struct repository *repository;
    uint64_t interval_ns;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ends;
    bool is_running, is_ending;
};

/* Looks every interval_ns; never with 0. */
bool poll_start(struct poll_thread *poll, struct repository *repository, uint64_t interval_ns,
                hinge_error *error);
/* Harmless where it was not started, and *poll is zero. */
void poll_stop(struct poll_thread *poll);

#endif
