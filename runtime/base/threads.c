/*
 * Jobs lie in slots, and one word has a bit for each slot whose job is open: all that an idle
 * worker looks at. A caller takes a slot, fills it, sets the bit, works on the job itself, and
 * waits until the workers that came have left. Pieces are handed out by atomic counters, one for
 * each share of the job: a thread takes its own share's first, so that from job to job it meets the
 * same parts of arrays in its cache, and then what the others have left.
 *
 * No lock is taken but to sleep and to wake. A worker enters a slot by counting itself in and then
 * looking at the bit once more; the caller clears the bit and then looks at the count. All four are
 * sequentially consistent, so either the worker sees the job closed or the caller sees the worker.
 * Sleeping works the same way, with the number of sleepers in place of the count.
 *
 * After fork a child has the memory but not the workers, and maybe a lock that one of them held. It
 * can do jobs nevertheless, because nobody enters them; before anything is slept on or woken, the
 * process is looked at.
 */
#include "base/threads_job.h"

#include <pthread.h>
#include <unistd.h>

#define MAX_THREADS 1024u
/* Jobs that can have help at a time; callers beyond that work alone. */
#define N_SLOTS 32u
#define STOPPING ((uint64_t)1 << 63)
/* How long a worker looks out for the next job, and a caller for its helpers' end, before it
 * sleeps: about as long as waking up takes. */
#define SPIN_NS 100000
#define SPINS_PER_LOOK 32
/* How long runs have left a core free before anybody counts on that. */
#define CALM_NS 1000000
/* Pieces that a worker does for one job before it goes to another that has one worker less. */
#define PIECES_PER_VISIT 4
#define WAITING ((unsigned)1 << 31)

struct worker {
    hinge_threads *threads;
    pthread_t handle;
    unsigned index;
};

struct hinge_threads {
    struct threads_job slots[N_SLOTS];
    _Alignas(MEMORY_ALIGNMENT) atomic_uint_fast64_t open; /* bit for each slot; STOPPING */
    atomic_uint n_sleeping;                               /* that nobody has woken yet */
    /* Of runs, and when they last left a core free; 0: long ago. */
    _Alignas(MEMORY_ALIGNMENT) atomic_uint n_runs;
    atomic_uint_fast64_t crowded_ns;
    _Alignas(MEMORY_ALIGNMENT) hinge_allocator allocator;
    atomic_uint n_owners;
    pid_t process;
    unsigned n_workers, n_started;
    pthread_mutex_t lock; /* guards n_woken and n_sleeping's changes */
    pthread_cond_t wake, left;
    unsigned n_woken; /* that have not noticed yet */
    struct worker workers[];
};

static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static uint64_t bit_of(const hinge_threads *threads, const struct threads_job *job)
{
    return (uint64_t)1 << (job - threads->slots);
}

static void close_job(hinge_threads *threads, struct threads_job *job)
{
    uint64_t bit = bit_of(threads, job);
    if (atomic_load(&threads->open) & bit)
        atomic_fetch_and(&threads->open, ~bit);
}

static void leave(hinge_threads *threads, struct threads_job *job)
{
    if (atomic_fetch_sub(&job->inside, 1) != (WAITING | 1))
        return;
    pthread_mutex_lock(&threads->lock);
    pthread_cond_broadcast(&threads->left);
    pthread_mutex_unlock(&threads->lock);
}

static unsigned n_helpers(struct threads_job *job)
{
    return atomic_load_explicit(&job->inside, memory_order_relaxed) & ~WAITING;
}

/* The open job with the fewest workers; of several the first behind last. */
static struct threads_job *fewest_helpers(hinge_threads *threads, uint64_t open, unsigned last)
{
    if ((open & (open - 1)) == 0)
        return &threads->slots[__builtin_ctzll(open)];
    struct threads_job *best = NULL;
    for (unsigned i = 1; i <= N_SLOTS; i++) {
        unsigned s = (last + i) % N_SLOTS;
        struct threads_job *job = &threads->slots[s];
        if (open >> s & 1 && (!best || n_helpers(job) < n_helpers(best)))
            best = job;
    }
    return best;
}

static bool is_wanted_elsewhere(hinge_threads *threads, struct threads_job *job, unsigned n_pieces)
{
    uint64_t others = atomic_load_explicit(&threads->open, memory_order_relaxed) &
                      ~(bit_of(threads, job) | STOPPING);
    if (others == 0)
        return false;
    unsigned fewest = n_helpers(fewest_helpers(threads, others, 0));
    return fewest + (n_pieces < PIECES_PER_VISIT) < n_helpers(job);
}

static void help(hinge_threads *threads, struct threads_job *job, unsigned thread)
{
    atomic_fetch_add(&job->inside, 1);
    if (atomic_load(&threads->open) & bit_of(threads, job)) {
        struct threads_pace pace = threads_job_pace(job);
        unsigned n_pieces = 0;
        bool done;
        do
            done = !threads_job_piece(job, &pace, thread);
        while (!done && !is_wanted_elsewhere(threads, job, ++n_pieces));
        if (done)
            close_job(threads, job);
    }
    leave(threads, job);
}

static void sleep_until_woken(hinge_threads *threads)
{
    pthread_mutex_lock(&threads->lock);
    atomic_fetch_add(&threads->n_sleeping, 1);
    if (atomic_load(&threads->open)) {
        atomic_fetch_sub(&threads->n_sleeping, 1);
    } else {
        while (threads->n_woken == 0)
            pthread_cond_wait(&threads->wake, &threads->lock);
        threads->n_woken--;
    }
    pthread_mutex_unlock(&threads->lock);
}

static void wake_sleepers(hinge_threads *threads, uint64_t n_wanted)
{
    if (atomic_load(&threads->n_sleeping) == 0 || !threads_are_here(threads))
        return;
    pthread_mutex_lock(&threads->lock);
    unsigned n_sleeping = atomic_load(&threads->n_sleeping);
    unsigned n = n_wanted < n_sleeping ? (unsigned)n_wanted : n_sleeping;
    atomic_fetch_sub(&threads->n_sleeping, n);
    threads->n_woken += n;
    pthread_mutex_unlock(&threads->lock);
    if (n == n_sleeping)
        pthread_cond_broadcast(&threads->wake);
    else
        for (unsigned i = 0; i < n; i++)
            pthread_cond_signal(&threads->wake);
}

/* Whether there are cores that no run is on, nor is about to be: between two short runs a worker
 * would be woken for nothing. */
static bool is_helpful(hinge_threads *threads)
{
    if (atomic_load_explicit(&threads->n_runs, memory_order_relaxed) > threads->n_workers)
        return false;
    uint64_t crowded_ns = atomic_load_explicit(&threads->crowded_ns, memory_order_relaxed);
    if (crowded_ns == 0)
        return true;
    if (threads_now_ns() - crowded_ns < CALM_NS)
        return false;
    atomic_store_explicit(&threads->crowded_ns, 0, memory_order_relaxed);
    return true;
}

/* The word of open slots once it is not 0. */
static uint64_t wait_for_jobs(hinge_threads *threads)
{
    uint64_t open, end_ns = threads_now_ns() + SPIN_NS;
    for (;;) {
        for (int i = 0; i < SPINS_PER_LOOK; i++) {
            open = atomic_load_explicit(&threads->open, memory_order_relaxed);
            if (open)
                return open;
            relax();
        }
        if (threads_now_ns() >= end_ns || !is_helpful(threads)) {
            sleep_until_woken(threads);
            end_ns = threads_now_ns() + SPIN_NS;
        }
    }
}

static void *worker_main(void *argument)
{
    struct worker *self = argument;
    hinge_threads *threads = self->threads;
    unsigned last = self->index;
    for (;;) {
        uint64_t open = wait_for_jobs(threads);
        if (open & STOPPING)
            return NULL;
        struct threads_job *job = fewest_helpers(threads, open, last);
        help(threads, job, self->index);
        last = (unsigned)(job - threads->slots);
    }
}

static struct threads_job *take_slot(hinge_threads *threads)
{
    for (unsigned s = 0; s < N_SLOTS; s++) {
        struct threads_job *job = &threads->slots[s];
        if (!atomic_load_explicit(&job->taken, memory_order_relaxed) &&
            !atomic_exchange_explicit(&job->taken, true, memory_order_acquire))
            return job;
    }
    return NULL;
}

static void wait_for_helpers(hinge_threads *threads, struct threads_job *job)
{
    if (atomic_load(&job->inside) == 0)
        return;
    uint64_t end_ns = threads_now_ns() + SPIN_NS;
    do {
        for (int i = 0; i < SPINS_PER_LOOK; i++) {
            if (atomic_load(&job->inside) == 0)
                return;
            relax();
        }
    } while (threads_now_ns() < end_ns);
    if (!threads_are_here(threads))
        return;
    pthread_mutex_lock(&threads->lock);
    atomic_fetch_or(&job->inside, WAITING);
    while (atomic_load(&job->inside) != WAITING)
        pthread_cond_wait(&threads->left, &threads->lock);
    atomic_fetch_and(&job->inside, ~WAITING);
    pthread_mutex_unlock(&threads->lock);
}

static bool run_helped(hinge_threads *threads, struct threads_job *job)
{
    atomic_fetch_or(&threads->open, bit_of(threads, job));
    wake_sleepers(threads, job->n_units - 1);
    threads_job_alone(job);
    close_job(threads, job);
    wait_for_helpers(threads, job);
    bool stopped = atomic_load_explicit(&job->stopped, memory_order_relaxed);
    atomic_store_explicit(&job->taken, false, memory_order_release);
    return stopped;
}

bool threads_run(hinge_threads *threads, int64_t count, int64_t grain, hinge_task *task,
                 void *argument, struct threads_stop *stop)
{
    if (count <= 0)
        return false;
    grain = grain < 1 ? 1 : grain;
    struct threads_job own = {.task = NULL};
    struct threads_job *helped =
        threads && threads->n_started && count > grain && is_helpful(threads) ? take_slot(threads)
                                                                              : NULL;
    if (!helped && !stop) {
        task(argument, 0, count, 0);
        return false;
    }
    struct threads_job *job = helped ? helped : &own;
    job->task = task;
    job->argument = argument;
    job->stop = stop;
    job->count = count;
    threads_job_set(job, helped ? threads->n_started + 1 : 1, grain);
    return helped ? run_helped(threads, helped) : threads_job_alone(&own);
}

void threads_begin_run(hinge_threads *threads)
{
    atomic_fetch_add_explicit(&threads->n_runs, 1, memory_order_relaxed);
}

void threads_end_run(hinge_threads *threads)
{
    if (threads->n_workers &&
        atomic_load_explicit(&threads->n_runs, memory_order_relaxed) > threads->n_workers)
        atomic_store_explicit(&threads->crowded_ns, threads_now_ns(), memory_order_relaxed);
    atomic_fetch_sub_explicit(&threads->n_runs, 1, memory_order_relaxed);
}

static unsigned n_cores(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > MAX_THREADS ? MAX_THREADS : (unsigned)cores;
}

hinge_status threads_create(const hinge_allocator *allocator, unsigned n_threads,
                            hinge_threads **result, hinge_error *error)
{
    if (n_threads > MAX_THREADS)
        return status_fail(error, HINGE_LIMIT, "%u threads are more than %u", n_threads,
                           MAX_THREADS);
    unsigned n_workers = (n_threads ? n_threads : n_cores()) - 1;
    hinge_threads *threads =
        memory_alloc_zeroed(allocator, sizeof *threads + n_workers * sizeof(struct worker));
    if (!threads)
        return status_no_memory(error);
    threads->allocator = *allocator;
    threads->process = getpid();
    threads->n_workers = n_workers;
    atomic_store(&threads->n_owners, 1);
    pthread_mutex_init(&threads->lock, NULL);
    pthread_cond_init(&threads->wake, NULL);
    pthread_cond_init(&threads->left, NULL);
    for (unsigned i = 0; i < n_workers; i++) {
        struct worker *worker = &threads->workers[i];
        *worker = (struct worker){.threads = threads, .index = i + 1};
        if (pthread_create(&worker->handle, NULL, worker_main, worker)) {
            threads_release(threads);
            return status_fail(error, HINGE_LIMIT, "thread %u cannot be started", i + 1);
        }
        threads->n_started++;
    }
    *result = threads;
    return HINGE_OK;
}

hinge_threads *threads_retain(hinge_threads *threads)
{
    atomic_fetch_add_explicit(&threads->n_owners, 1, memory_order_relaxed);
    return threads;
}

static void end_workers(hinge_threads *threads)
{
    atomic_fetch_or(&threads->open, STOPPING);
    wake_sleepers(threads, threads->n_started);
    for (unsigned i = 0; i < threads->n_started; i++)
        pthread_join(threads->workers[i].handle, NULL);
    pthread_cond_destroy(&threads->left);
    pthread_cond_destroy(&threads->wake);
    pthread_mutex_destroy(&threads->lock);
}

void threads_release(hinge_threads *threads)
{
    if (!threads || atomic_fetch_sub_explicit(&threads->n_owners, 1, memory_order_acq_rel) != 1)
        return;
    if (threads_are_here(threads))
        end_workers(threads);
    hinge_allocator allocator = threads->allocator;
    memory_free(&allocator, threads);
}

unsigned threads_count(const hinge_threads *threads)
{
    return threads->n_started + 1;
}

bool threads_are_here(const hinge_threads *threads)
{
    return threads->process == getpid();
}

hinge_status hinge_threads_create(unsigned n_threads, const hinge_allocator *allocator,
                                  hinge_threads **threads, hinge_error *error)
{
    *threads = NULL;
    hinge_allocator chosen = memory_allocator(allocator);
    return threads_create(&chosen, n_threads, threads, error);
}

void hinge_threads_release(hinge_threads *threads)
{
    threads_release(threads);
}
