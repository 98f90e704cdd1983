/*
 * Jobs lie in slots, and one word has a bit for each slot whose job is open: all that an idle
 * worker looks at. A caller takes a slot, fills it, sets the bit, works on the job itself, and
 * waits until the workers that came have left. Pieces are handed out by an atomic counter.
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
#include "base/threads.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 1024u
/* Jobs that can have help at a time; callers beyond that work alone. */
#define N_SLOTS 32u
#define STOPPING ((uint64_t)1 << 63)
/* How long a worker looks out for the next job, and a caller for its helpers' end, before it
 * sleeps: about as long as waking up takes. */
#define SPIN_NS 100000
#define SPINS_PER_LOOK 32
/* Pieces a thread gets on average: small enough to even out, few enough to cost nothing. */
#define PIECES_PER_THREAD 4
/* Pieces that a worker does for one job before it goes to another that has one worker less. */
#define PIECES_PER_VISIT 4
/* With a stop: what a piece should take (matrix products read all of one operand again for each),
 * the part of a full piece that each thread begins with, how much larger than the last a piece may
 * be, and what a full piece takes that needs no more timing. */
#define PIECE_NS 5000000
#define FIRST_PART 256
#define GROWTH 16
#define SHORT_NS 50000

#define WAITING ((unsigned)1 << 31)

struct job {
    hinge_task *task;
    void *argument;
    struct threads_stop *stop;
    int64_t count, unit;
    uint64_t n_units, full_piece;                         /* pieces are of so many units at most */
    atomic_bool taken;                                    /* the slot, by a caller */
    _Alignas(MEMORY_ALIGNMENT) atomic_uint_fast64_t next; /* unit */
    atomic_bool stopped;
    atomic_uint inside; /* workers in it, and WAITING while the caller sleeps until they are out */
};

struct worker {
    hinge_threads *threads;
    pthread_t handle;
    unsigned index;
};

struct hinge_threads {
    struct job slots[N_SLOTS];
    _Alignas(MEMORY_ALIGNMENT) atomic_uint_fast64_t open; /* bit for each slot; STOPPING */
    atomic_uint n_sleeping;                               /* that nobody has woken yet */
    _Alignas(MEMORY_ALIGNMENT) hinge_allocator allocator;
    atomic_uint n_owners;
    pid_t process;
    unsigned n_started;
    pthread_mutex_t lock; /* guards n_woken and n_sleeping's changes */
    pthread_cond_t wake, left;
    unsigned n_woken; /* that have not noticed yet */
    struct worker workers[];
};

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* How one thread goes through a job. */
struct pace {
    uint64_t piece; /* units in the next one */
    bool is_timed;
    uint64_t begin_ns;
};

static struct pace pace_begin(const struct job *job)
{
    if (!job->stop)
        return (struct pace){.piece = job->full_piece};
    uint64_t first = job->full_piece / FIRST_PART;
    return (struct pace){first ? first : 1, true, now_ns()};
}

static void pace_adapt(struct pace *pace, const struct job *job)
{
    uint64_t end_ns = now_ns();
    double took = (double)(end_ns - pace->begin_ns) + 1;
    double piece = (double)pace->piece, full = (double)job->full_piece;
    pace->begin_ns = end_ns;
    pace->is_timed = took * full > SHORT_NS * piece;
    piece *= PIECE_NS / took < GROWTH ? PIECE_NS / took : GROWTH;
    if (!pace->is_timed || piece >= full)
        pace->piece = job->full_piece;
    else
        pace->piece = piece < 1 ? 1 : (uint64_t)piece;
}

static bool is_stopped(struct threads_stop *stop, uint64_t time_ns)
{
    if (atomic_load_explicit(&stop->raised, memory_order_relaxed))
        return true;
    if (stop->deadline_ns == 0 || time_ns < stop->deadline_ns)
        return false;
    atomic_store_explicit(&stop->raised, true, memory_order_relaxed);
    return true;
}

/* Does a piece; false when there is none left. next stays below 2^64: a thread that finds none left
 * closes the job, so each adds one full piece too many at most. */
static bool do_piece(struct job *job, struct pace *pace, unsigned thread)
{
    if (job->stop && is_stopped(job->stop, pace->begin_ns)) {
        if (atomic_exchange_explicit(&job->next, job->n_units, memory_order_relaxed) < job->n_units)
            atomic_store_explicit(&job->stopped, true, memory_order_relaxed);
        return false;
    }
    uint64_t unit = atomic_fetch_add_explicit(&job->next, pace->piece, memory_order_relaxed);
    if (unit >= job->n_units)
        return false;
    int64_t begin = (int64_t)unit * job->unit;
    bool is_last = job->n_units - unit <= pace->piece;
    int64_t end = is_last ? job->count : begin + (int64_t)pace->piece * job->unit;
    job->task(job->argument, begin, end, thread);
    if (pace->is_timed)
        pace_adapt(pace, job);
    return true;
}

static uint64_t bit_of(const hinge_threads *threads, const struct job *job)
{
    return (uint64_t)1 << (job - threads->slots);
}

static void close_job(hinge_threads *threads, struct job *job)
{
    uint64_t bit = bit_of(threads, job);
    if (atomic_load(&threads->open) & bit)
        atomic_fetch_and(&threads->open, ~bit);
}

static void leave(hinge_threads *threads, struct job *job)
{
    if (atomic_fetch_sub(&job->inside, 1) != (WAITING | 1))
        return;
    pthread_mutex_lock(&threads->lock);
    pthread_cond_broadcast(&threads->left);
    pthread_mutex_unlock(&threads->lock);
}

static unsigned n_helpers(struct job *job)
{
    return atomic_load_explicit(&job->inside, memory_order_relaxed) & ~WAITING;
}

/* The open job with the fewest workers; of several the first behind last. */
static struct job *fewest_helpers(hinge_threads *threads, uint64_t open, unsigned last)
{
    if ((open & (open - 1)) == 0)
        return &threads->slots[__builtin_ctzll(open)];
    struct job *best = NULL;
    for (unsigned i = 1; i <= N_SLOTS; i++) {
        unsigned s = (last + i) % N_SLOTS;
        struct job *job = &threads->slots[s];
        if (open >> s & 1 && (!best || n_helpers(job) < n_helpers(best)))
            best = job;
    }
    return best;
}

static bool is_wanted_elsewhere(hinge_threads *threads, struct job *job, unsigned n_pieces)
{
    uint64_t others = atomic_load_explicit(&threads->open, memory_order_relaxed) &
                      ~(bit_of(threads, job) | STOPPING);
    if (others == 0)
        return false;
    unsigned fewest = n_helpers(fewest_helpers(threads, others, 0));
    return fewest + (n_pieces < PIECES_PER_VISIT) < n_helpers(job);
}

static void help(hinge_threads *threads, struct job *job, unsigned thread)
{
    atomic_fetch_add(&job->inside, 1);
    if (atomic_load(&threads->open) & bit_of(threads, job)) {
        struct pace pace = pace_begin(job);
        unsigned n_pieces = 0;
        bool done;
        do
            done = !do_piece(job, &pace, thread);
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

/* The word of open slots once it is not 0. */
static uint64_t wait_for_jobs(hinge_threads *threads)
{
    uint64_t open, end_ns = now_ns() + SPIN_NS;
    for (;;) {
        for (int i = 0; i < SPINS_PER_LOOK; i++) {
            open = atomic_load_explicit(&threads->open, memory_order_relaxed);
            if (open)
                return open;
            relax();
        }
        if (now_ns() >= end_ns) {
            sleep_until_woken(threads);
            end_ns = now_ns() + SPIN_NS;
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
        struct job *job = fewest_helpers(threads, open, last);
        help(threads, job, self->index);
        last = (unsigned)(job - threads->slots);
    }
}

static struct job *take_slot(hinge_threads *threads)
{
    for (unsigned s = 0; s < N_SLOTS; s++) {
        struct job *job = &threads->slots[s];
        if (!atomic_load_explicit(&job->taken, memory_order_relaxed) &&
            !atomic_exchange_explicit(&job->taken, true, memory_order_acquire))
            return job;
    }
    return NULL;
}

static void wait_for_helpers(hinge_threads *threads, struct job *job)
{
    if (atomic_load(&job->inside) == 0)
        return;
    uint64_t end_ns = now_ns() + SPIN_NS;
    do {
        for (int i = 0; i < SPINS_PER_LOOK; i++) {
            if (atomic_load(&job->inside) == 0)
                return;
            relax();
        }
    } while (now_ns() < end_ns);
    if (!threads_are_here(threads))
        return;
    pthread_mutex_lock(&threads->lock);
    atomic_fetch_or(&job->inside, WAITING);
    while (atomic_load(&job->inside) != WAITING)
        pthread_cond_wait(&threads->left, &threads->lock);
    atomic_fetch_and(&job->inside, ~WAITING);
    pthread_mutex_unlock(&threads->lock);
}

/* Sets the job's pieces: with a stop units of the grain, whose number in a piece adapts; without
 * one, full pieces from the start. */
static void job_set(struct job *job, unsigned n_threads, int64_t grain)
{
    int64_t n_full = n_threads > 1 ? (int64_t)n_threads * PIECES_PER_THREAD : 1;
    int64_t full = job->count / n_full + (job->count % n_full != 0);
    job->unit = job->stop || full < grain ? grain : full;
    job->n_units = (uint64_t)(job->count / job->unit + (job->count % job->unit != 0));
    job->full_piece = job->stop ? (uint64_t)(full / grain + (full % grain != 0)) : 1;
    atomic_store_explicit(&job->next, 0, memory_order_relaxed);
    atomic_store_explicit(&job->stopped, false, memory_order_relaxed);
}

static bool run_alone(struct job *job)
{
    struct pace pace = pace_begin(job);
    while (do_piece(job, &pace, 0))
        ;
    return atomic_load_explicit(&job->stopped, memory_order_relaxed);
}

static bool run_helped(hinge_threads *threads, struct job *job)
{
    atomic_fetch_or(&threads->open, bit_of(threads, job));
    wake_sleepers(threads, job->n_units - 1);
    run_alone(job);
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
    bool can_help = threads && threads->n_started && count > grain;
    struct job own = {.task = NULL}, *helped = can_help ? take_slot(threads) : NULL;
    if (!helped && !stop) {
        task(argument, 0, count, 0);
        return false;
    }
    struct job *job = helped ? helped : &own;
    job->task = task;
    job->argument = argument;
    job->stop = stop;
    job->count = count;
    job_set(job, helped ? threads->n_started + 1 : 1, grain);
    return helped ? run_helped(threads, helped) : run_alone(&own);
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
