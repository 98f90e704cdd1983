#include "profile/peak.h"

#include "base/measure.h"
#include "profile/peak_loops.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { N_TRIALS = 20, N_ROUNDS = 1500000 };

#define MEMORY ((size_t)256 << 20)

static const struct loops {
    const char *isa;
    peak_fma *fma;
    peak_read *read;
} all_loops[] = {
    {"scalar", peak_fma_scalar, peak_read_scalar},
#ifdef PEAK_HAS_AVX2
    {"avx2", peak_fma_avx2, peak_read_avx2},
#endif
#ifdef PEAK_HAS_AVX512
    {"avx512", peak_fma_avx512, peak_read_avx512},
#endif
};

struct worker {
    const struct loops *loops;
    float *x; /* NULL: arithmetic */
    size_t count;
    bool fill;
    double work, start_ms, end_ms;
    float result;
    pthread_t thread;
};

static void *work(void *user)
{
    struct worker *worker = user;
    worker->result = 1;
    worker->start_ms = measure_now_ms();
    if (worker->fill) {
        memset(worker->x, 0, worker->count * sizeof *worker->x);
    } else if (worker->x) {
        worker->loops->read(worker->x, worker->count, &worker->result);
        worker->work = (double)(worker->count * sizeof *worker->x);
    } else {
        worker->work = worker->loops->fma(N_ROUNDS, &worker->result);
    }
    worker->end_ms = measure_now_ms();
    return NULL;
}

/* What all do a second, the last one's end counting; negative where there is no thread to be had.
 */
static double trial(struct worker *workers, unsigned n)
{
    unsigned n_started = 1;
    while (n_started < n &&
           pthread_create(&workers[n_started].thread, NULL, work, &workers[n_started]) == 0)
        n_started++;
    work(&workers[0]);
    double sum = 0, start = workers[0].start_ms, end = workers[0].end_ms;
    for (unsigned i = 0; i < n_started; i++) {
        if (i > 0)
            pthread_join(workers[i].thread, NULL);
        sum += workers[i].work;
        start = fmin(start, workers[i].start_ms);
        end = fmax(end, workers[i].end_ms);
    }
    return n_started < n ? -1 : sum / (end - start) * 1e3;
}

static double best(struct worker *workers, unsigned n)
{
    double rate = 0;
    for (int i = 0; i < N_TRIALS && rate >= 0; i++) {
        double now = trial(workers, n);
        rate = now < 0 ? now : fmax(rate, now);
    }
    return rate;
}

/* Each thread has a part of memory to itself, which it is the first to touch. */
static void share(struct worker *workers, unsigned n, float *x)
{
    size_t count = MEMORY / sizeof *x / n / PEAK_READ_MULTIPLE * PEAK_READ_MULTIPLE;
    for (unsigned i = 0; i < n; i++) {
        workers[i].x = x + i * count;
        workers[i].count = count;
    }
}

bool peak_measure(struct peak *peak, const char *isa, unsigned n_threads, hinge_error *error)
{
    const struct loops *loops = &all_loops[0];
    for (size_t i = 1; i < sizeof all_loops / sizeof *all_loops; i++)
        if (strcmp(all_loops[i].isa, isa) == 0)
            loops = &all_loops[i];
    struct worker *workers = calloc(n_threads, sizeof *workers);
    float *x = aligned_alloc(4096, MEMORY);
    bool good = (workers && x) || error_no_memory(error);
    for (unsigned i = 0; i < n_threads && good; i++)
        workers[i].loops = loops;
    if (good) {
        peak->flops = best(workers, n_threads);
        share(workers, n_threads, x);
        for (unsigned i = 0; i < n_threads; i++)
            workers[i].fill = true;
        bool is_filled = trial(workers, n_threads) >= 0;
        for (unsigned i = 0; i < n_threads; i++)
            workers[i].fill = false;
        peak->bytes = best(workers, n_threads);
        good = (peak->flops > 0 && is_filled && peak->bytes > 0) ||
               error_set(error, HINGE_LIMIT, "%u threads cannot be started", n_threads);
    }
    free(x);
    free(workers);
    return good;
}
