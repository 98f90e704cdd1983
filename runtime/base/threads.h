/* The intra-op thread pool: workers that help whoever calls, and sleep when nobody does. */
#ifndef BASE_THREADS_H
#define BASE_THREADS_H

#include "base/memory.h"
#include "base/status.h"

#include <hinge/plugin.h>

#include <stdatomic.h>

/* A pool with n_threads in all, the caller's counted; 0: one for each core. The pool keeps a copy
 * of the allocator and has one owner, the caller. */
hinge_status threads_create(const hinge_allocator *allocator, unsigned n_threads,
                            hinge_threads **threads, hinge_error *error);
/* One owner more; returns threads. */
hinge_threads *threads_retain(hinge_threads *threads);
/* One owner less; the last one waits for the workers' end, and must not be one of them. NULL is
 * allowed. In a forked child, where there are no workers, it only frees the memory. */
void threads_release(hinge_threads *threads);

unsigned threads_count(const hinge_threads *threads);
/* False in a process forked from the one that made the pool: the workers stayed behind. A system
 * call. */
bool threads_are_here(const hinge_threads *threads);

/* A run that may call threads_run begins and ends. While as many go on as there are threads, and a
 * millisecond longer, each does its jobs alone: helpers would take the cores from one another, and
 * wait for each other. */
void threads_begin_run(hinge_threads *threads);
void threads_end_run(hinge_threads *threads);

/* What ends a job before it is done. Whoever finds the deadline passed raises the flag. */
struct threads_stop {
    atomic_bool raised;
    uint64_t deadline_ns; /* of CLOCK_MONOTONIC; 0: none */
};

/*
 * Runs task over [0, count) in pieces of at least grain (the last may be smaller) and returns when
 * all are done. Any number of threads may call it at a time, and tasks may: the workers divide
 * themselves among the jobs that are open, and a caller works on its own alone. threads may be
 * NULL: the caller does everything. So it does in a forked child.
 *
 * Where stop is not NULL, pieces take about five milliseconds if the grain allows, none is begun
 * once the flag is raised, and the result says whether some were left undone.
 */
bool threads_run(hinge_threads *threads, int64_t count, int64_t grain, hinge_task *task,
                 void *argument, struct threads_stop *stop);

#endif
