#include "base/threads_job.h"

/* Pieces a thread gets on average: small enough to even out, few enough to cost nothing. */
#define PIECES_PER_THREAD 4
/* With a stop: what a piece should take (matrix products read all of one operand again for each),
 * the part of a full piece that each thread begins with, how much larger than the last a piece may
 * be, and what a full piece takes that needs no more timing. */
#define PIECE_NS 5000000
#define FIRST_PART 256
#define GROWTH 16
#define SHORT_NS 50000

struct threads_pace threads_job_pace(const struct threads_job *job)
{
    if (!job->stop)
        return (struct threads_pace){.piece = job->full_piece};
    uint64_t first = job->full_piece / FIRST_PART;
    return (struct threads_pace){first ? first : 1, true, threads_now_ns()};
}

static void pace_adapt(struct threads_pace *pace, const struct threads_job *job)
{
    uint64_t end_ns = threads_now_ns();
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

/* Units [begin, end) of a piece; false when there is none left. */
static bool take_piece(struct threads_job *job, uint64_t size, unsigned thread, uint64_t *begin,
                       uint64_t *end)
{
    for (unsigned i = 0; i < job->n_shares; i++) {
        struct threads_share *share = &job->shares[(thread + i) % job->n_shares];
        /* Looked at first, next exceeds end by one full piece for each thread at most. */
        if (atomic_load_explicit(&share->next, memory_order_relaxed) >= share->end)
            continue;
        *begin = atomic_fetch_add_explicit(&share->next, size, memory_order_relaxed);
        if (*begin >= share->end)
            continue;
        *end = share->end - *begin < size ? share->end : *begin + size;
        return true;
    }
    return false;
}

/* Leaves what has not been begun undone. */
static void abandon(struct threads_job *job)
{
    for (unsigned s = 0; s < job->n_shares; s++) {
        struct threads_share *share = &job->shares[s];
        if (atomic_exchange_explicit(&share->next, share->end, memory_order_relaxed) < share->end)
            atomic_store_explicit(&job->stopped, true, memory_order_relaxed);
    }
}

bool threads_job_piece(struct threads_job *job, struct threads_pace *pace, unsigned thread)
{
    uint64_t begin, end;
    if (job->stop && is_stopped(job->stop, pace->begin_ns)) {
        abandon(job);
        return false;
    }
    if (!take_piece(job, pace->piece, thread, &begin, &end))
        return false;
    job->task(job->argument, (int64_t)begin * job->unit,
              end == job->n_units ? job->count : (int64_t)end * job->unit, thread);
    if (pace->is_timed)
        pace_adapt(pace, job);
    return true;
}

void threads_job_set(struct threads_job *job, unsigned n_threads, int64_t grain)
{
    int64_t n_full = n_threads > 1 ? (int64_t)n_threads * PIECES_PER_THREAD : 1;
    int64_t full = job->count < n_full ? 1 : job->count / n_full;
    job->unit = job->stop || full < grain ? grain : full;
    job->n_units = (uint64_t)(job->count / job->unit + (job->count % job->unit != 0));
    job->full_piece = job->stop ? (uint64_t)(full / grain + (full % grain != 0)) : 1;
    job->n_shares = n_threads < THREADS_MAX_SHARES ? n_threads : THREADS_MAX_SHARES;
    for (unsigned s = 0; s < job->n_shares; s++) {
        struct threads_share *share = &job->shares[s];
        const uint64_t size = job->n_units / job->n_shares, rest = job->n_units % job->n_shares;
        atomic_store_explicit(&share->next, s * size + (s < rest ? s : rest), memory_order_relaxed);
        share->end = (s + 1) * size + (s + 1 < rest ? s + 1 : rest);
    }
    atomic_store_explicit(&job->stopped, false, memory_order_relaxed);
}

bool threads_job_alone(struct threads_job *job)
{
    struct threads_pace pace = threads_job_pace(job);
    while (threads_job_piece(job, &pace, 0))
        ;
    return atomic_load_explicit(&job->stopped, memory_order_relaxed);
}
