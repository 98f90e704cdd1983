/* A parallel job: its units, and how threads take pieces of them. */
#ifndef BASE_THREADS_JOB_H
#define BASE_THREADS_JOB_H

#include "base/memory.h"
#include "base/threads.h"

#include <time.h>

/* Threads beyond so many share their counters. */
#define THREADS_MAX_SHARES 8u

/* Units [next, end) are to be done. */
struct threads_share {
    _Alignas(MEMORY_ALIGNMENT) atomic_uint_fast64_t next;
    uint64_t end;
};

struct threads_job {
    hinge_task *task;
    void *argument;
    struct threads_stop *stop;
    int64_t count, unit;
    uint64_t n_units, full_piece; /* pieces are of so many units at most */
    unsigned n_shares;
    atomic_bool taken; /* the slot, by a caller */
    struct threads_share shares[THREADS_MAX_SHARES];
    _Alignas(MEMORY_ALIGNMENT) atomic_bool stopped;
    atomic_uint
        inside; /* workers in it, and the highest bit while the caller sleeps until they are out */
};

/* How one thread goes through a job. */
struct threads_pace {
    uint64_t piece; /* units in the next one */
    bool is_timed;
    uint64_t begin_ns;
};

static inline uint64_t threads_now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Sets the pieces of a job whose task, count and stop are set: with a stop units of the grain,
 * whose number in a piece adapts; without one, full pieces from the start. */
void threads_job_set(struct threads_job *job, unsigned n_threads, int64_t grain);

struct threads_pace threads_job_pace(const struct threads_job *job);
/* Does a piece; false when there is none left. */
bool threads_job_piece(struct threads_job *job, struct threads_pace *pace, unsigned thread);
/* Does all pieces that are left, as thread 0; true where some were left undone. */
bool threads_job_alone(struct threads_job *job);

#endif
