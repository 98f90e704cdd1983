/* The intra-op thread pool: workers that help whoever calls, and sleep when nobody does. */
#ifndef RUN_THREADS_H
#define RUN_THREADS_H

#include "base/memory.h"
#include "base/status.h"

#include <hinge/plugin.h>

struct threads;

/* A pool with n_threads in all, the caller's counted. */
hinge_status threads_create(const hinge_allocator *allocator, unsigned n_threads,
                            struct threads **threads, hinge_error *error);
void threads_destroy(struct threads *threads);
unsigned threads_count(const struct threads *threads);

/* Runs task over [0, count) in pieces of at least grain (the last may be smaller) and returns when
 * all are done. While the pool serves one caller, others run their jobs by themselves. */
void threads_run(struct threads *threads, int64_t count, int64_t grain, hinge_task *task,
                 void *argument);

#endif
