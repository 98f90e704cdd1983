/*
 * One job at a time: the caller publishes it under the lock, works on it itself, and waits until
 * every worker that took part has left it. Pieces are handed out by an atomic counter. A worker
 * spins for some microseconds after a job, because the next node is usually that near, then sleeps.
 */
#include "run/threads.h"

#include <pthread.h>
#include <stdatomic.h>

#define SPIN_ROUNDS 4000
/* Pieces a thread gets on average: small enough to even out, few enough to cost nothing. */
#define PIECES_PER_THREAD 4

struct job {
    hinge_task *task;
    void *argument;
    int64_t count, piece;
};

struct worker {
    struct threads *threads;
    pthread_t handle;
    unsigned index;
};

struct threads {
    const hinge_allocator *allocator;
    unsigned n_workers, n_started;
    pthread_mutex_t lock; /* guards job, generation's increment, sleeping, stopping */
    pthread_cond_t wake, left;
    struct job job;
    atomic_uint generation; /* odd while a job is open */
    atomic_int_fast64_t next;
    atomic_uint n_inside; /* workers in the open job */
    atomic_flag busy;
    atomic_bool stopping;
    struct worker workers[];
};

static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void work(struct threads *threads, const struct job *job, unsigned index)
{
    for (;;) {
        int64_t begin = atomic_fetch_add_explicit(&threads->next, job->piece, memory_order_relaxed);
        if (begin >= job->count)
            return;
        int64_t end = job->count - begin < job->piece ? job->count : begin + job->piece;
        job->task(job->argument, begin, end, index);
    }
}

/* Waits for a job newer than seen; false when the pool ends. */
static bool wait_for_job(struct threads *threads, unsigned seen)
{
    for (int i = 0; i < SPIN_ROUNDS; i++) {
        if (atomic_load_explicit(&threads->generation, memory_order_acquire) != seen)
            return true;
        relax();
    }
    pthread_mutex_lock(&threads->lock);
    while (atomic_load(&threads->generation) == seen && !atomic_load(&threads->stopping))
        pthread_cond_wait(&threads->wake, &threads->lock);
    pthread_mutex_unlock(&threads->lock);
    return !atomic_load(&threads->stopping);
}

static void *worker_main(void *argument)
{
    struct worker *self = argument;
    struct threads *threads = self->threads;
    unsigned seen = 0;
    while (wait_for_job(threads, seen)) {
        pthread_mutex_lock(&threads->lock);
        seen = atomic_load(&threads->generation);
        bool open = seen & 1;
        struct job job = threads->job;
        if (open)
            atomic_fetch_add(&threads->n_inside, 1);
        pthread_mutex_unlock(&threads->lock);
        if (!open)
            continue;
        work(threads, &job, self->index);
        if (atomic_fetch_sub(&threads->n_inside, 1) == 1) {
            pthread_mutex_lock(&threads->lock);
            pthread_cond_signal(&threads->left);
            pthread_mutex_unlock(&threads->lock);
        }
    }
    return NULL;
}

void threads_run(struct threads *threads, int64_t count, int64_t grain, hinge_task *task,
                 void *argument)
{
    if (count <= 0)
        return;
    grain = grain < 1 ? 1 : grain;
    if (count <= grain || threads->n_started == 0 ||
        atomic_flag_test_and_set_explicit(&threads->busy, memory_order_acquire)) {
        task(argument, 0, count, 0);
        return;
    }
    int64_t n_pieces = (int64_t)(threads->n_started + 1) * PIECES_PER_THREAD;
    int64_t piece = count / n_pieces + (count % n_pieces != 0);
    pthread_mutex_lock(&threads->lock);
    threads->job = (struct job){task, argument, count, piece < grain ? grain : piece};
    struct job job = threads->job;
    atomic_store_explicit(&threads->next, 0, memory_order_relaxed);
    atomic_fetch_add(&threads->generation, 1);
    pthread_cond_broadcast(&threads->wake);
    pthread_mutex_unlock(&threads->lock);

    work(threads, &job, 0);

    pthread_mutex_lock(&threads->lock);
    atomic_fetch_add(&threads->generation, 1); /* closed: nobody enters any more */
    pthread_mutex_unlock(&threads->lock);
    for (int i = 0; i < SPIN_ROUNDS && atomic_load(&threads->n_inside); i++)
        relax();
    pthread_mutex_lock(&threads->lock);
    while (atomic_load(&threads->n_inside))
        pthread_cond_wait(&threads->left, &threads->lock);
    pthread_mutex_unlock(&threads->lock);
    atomic_flag_clear_explicit(&threads->busy, memory_order_release);
}

hinge_status threads_create(const hinge_allocator *allocator, unsigned n_threads,
                            struct threads **result, hinge_error *error)
{
    unsigned n_workers = n_threads > 1 ? n_threads - 1 : 0;
    struct threads *threads =
        memory_alloc_zeroed(allocator, sizeof *threads + n_workers * sizeof(struct worker));
    if (!threads)
        return status_no_memory(error);
    threads->allocator = allocator;
    threads->n_workers = n_workers;
    pthread_mutex_init(&threads->lock, NULL);
    pthread_cond_init(&threads->wake, NULL);
    pthread_cond_init(&threads->left, NULL);
    atomic_flag_clear(&threads->busy);
    for (unsigned i = 0; i < n_workers; i++) {
        struct worker *worker = &threads->workers[i];
        *worker = (struct worker){.threads = threads, .index = i + 1};
        if (pthread_create(&worker->handle, NULL, worker_main, worker)) {
            threads_destroy(threads);
            return status_fail(error, HINGE_LIMIT, "thread %u cannot be started", i + 1);
        }
        threads->n_started++;
    }
    *result = threads;
    return HINGE_OK;
}

void threads_destroy(struct threads *threads)
{
    if (!threads)
        return;
    pthread_mutex_lock(&threads->lock);
    atomic_store(&threads->stopping, true);
    atomic_fetch_add(&threads->generation, 2); /* ends the spinning too */
    pthread_cond_broadcast(&threads->wake);
    pthread_mutex_unlock(&threads->lock);
    for (unsigned i = 0; i < threads->n_started; i++)
        pthread_join(threads->workers[i].handle, NULL);
    pthread_cond_destroy(&threads->left);
    pthread_cond_destroy(&threads->wake);
    pthread_mutex_destroy(&threads->lock);
    memory_free(threads->allocator, threads);
}

unsigned threads_count(const struct threads *threads)
{
    return threads->n_started + 1;
}
