/* Jobs that are stopped by a flag or a deadline: soon, and without beginning anything more. */
#include "base/threads.h"

#include "tests/support/main.h"

#include <time.h>

#define N_THREADS 4
#define MANY 1000000

static const unsigned thread_counts[] = {0, 1, 2, N_THREADS};
#define N_COUNTS (sizeof thread_counts / sizeof thread_counts[0])

static hinge_threads *create(unsigned n_threads)
{
    hinge_threads *threads = NULL;
    if (n_threads)
        CU_ASSERT_EQUAL_FATAL(hinge_threads_create(n_threads, NULL, &threads, NULL), HINGE_OK);
    return threads;
}

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void take(uint64_t ns)
{
    uint64_t end = now_ns() + ns;
    while (now_ns() < end)
        ;
}

struct work {
    struct threads_stop stop;
    uint64_t item_ns;
    int64_t raise_at;
    atomic_int_fast64_t n_done;
    atomic_int n_pieces, n_after; /* pieces in all, and those begun by a thread that had raised */
    atomic_bool raised_by[N_THREADS];
};

static void work_on(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    struct work *work = argument;
    atomic_fetch_add(&work->n_pieces, 1);
    if (atomic_load(&work->raised_by[thread]))
        atomic_fetch_add(&work->n_after, 1);
    if (work->item_ns)
        take(work->item_ns * (uint64_t)(end - begin));
    int64_t done = atomic_fetch_add(&work->n_done, end - begin) + end - begin;
    if (work->raise_at && done >= work->raise_at) {
        atomic_store(&work->stop.raised, true);
        atomic_store(&work->raised_by[thread], true);
    }
}

static void raised_before(void)
{
    for (size_t c = 0; c < N_COUNTS; c++) {
        hinge_threads *threads = create(thread_counts[c]);
        static struct work work;
        work = (struct work){.stop = {.raised = true}};
        CU_ASSERT_TRUE(threads_run(threads, MANY, 1, work_on, &work, &work.stop));
        CU_ASSERT_TRUE(threads_run(threads, 1, 1, work_on, &work, &work.stop));
        CU_ASSERT_FALSE(threads_run(threads, 0, 1, work_on, &work, &work.stop));
        work.stop = (struct threads_stop){.deadline_ns = now_ns() - 1};
        CU_ASSERT_TRUE(threads_run(threads, MANY, 1, work_on, &work, &work.stop));
        CU_ASSERT_TRUE(atomic_load(&work.stop.raised));
        CU_ASSERT_EQUAL(atomic_load(&work.n_done), 0);
        threads_release(threads);
    }
}

/* A million items of 10 us: 10 s, of which some tens of ms are done. */
static void raised_in_between(void)
{
    for (size_t c = 0; c < N_COUNTS; c++) {
        hinge_threads *threads = create(thread_counts[c]);
        static struct work work;
        work = (struct work){.item_ns = 10000, .raise_at = 3000};
        CU_ASSERT_TRUE(threads_run(threads, MANY, 1, work_on, &work, &work.stop));
        CU_ASSERT_TRUE(atomic_load(&work.n_done) >= 3000);
        CU_ASSERT_TRUE(atomic_load(&work.n_done) < 20000);
        CU_ASSERT_EQUAL(atomic_load(&work.n_after), 0);
        threads_release(threads);
    }
}

static void deadline_passes(void)
{
    for (size_t c = 0; c < N_COUNTS; c++) {
        hinge_threads *threads = create(thread_counts[c]);
        static struct work work;
        uint64_t begin = now_ns();
        work = (struct work){.stop = {.deadline_ns = begin + 30000000}, .item_ns = 10000};
        CU_ASSERT_TRUE(threads_run(threads, MANY, 1, work_on, &work, &work.stop));
        CU_ASSERT_TRUE(now_ns() >= begin + 30000000);
        CU_ASSERT_TRUE(now_ns() < begin + 1000000000);
        CU_ASSERT_TRUE(atomic_load(&work.stop.raised));
        threads_release(threads);
    }
}

/* Raised when all is done, or never: nothing was left undone. */
static void not_stopped(void)
{
    for (size_t c = 0; c < N_COUNTS; c++) {
        hinge_threads *threads = create(thread_counts[c]);
        static struct work work;
        work = (struct work){.raise_at = MANY};
        CU_ASSERT_FALSE(threads_run(threads, MANY, 1, work_on, &work, &work.stop));
        CU_ASSERT_EQUAL(atomic_load(&work.n_done), MANY);
        work = (struct work){.raise_at = 1};
        CU_ASSERT_FALSE(threads_run(threads, 1, 1, work_on, &work, &work.stop));
        work = (struct work){.stop = {.deadline_ns = now_ns() + 3600000000000}};
        CU_ASSERT_FALSE(threads_run(threads, MANY, 3, work_on, &work, &work.stop));
        CU_ASSERT_FALSE(atomic_load(&work.stop.raised));
        CU_ASSERT_EQUAL(atomic_load(&work.n_done), MANY);
        threads_release(threads);
    }
}

/* Short work is not cut up for the stop's sake, long work is, down to the grain. */
static void pieces_fit_the_time(void)
{
    for (size_t c = 0; c < N_COUNTS; c++) {
        hinge_threads *threads = create(thread_counts[c]);
        static struct work work;
        work = (struct work){0};
        threads_run(threads, 1000, 1, work_on, &work, &work.stop);
        CU_ASSERT_TRUE(atomic_load(&work.n_pieces) <= 40);
        work = (struct work){.item_ns = 20000}; /* 80 ms in all */
        threads_run(threads, 4000, 1, work_on, &work, &work.stop);
        CU_ASSERT_TRUE(atomic_load(&work.n_pieces) >= 15);
        work = (struct work){.item_ns = 20000};
        threads_run(threads, 4000, 1000, work_on, &work, &work.stop);
        CU_ASSERT_EQUAL(atomic_load(&work.n_pieces), 4);
        threads_release(threads);
    }
}

int main(void)
{
    static CU_TestInfo tests[] = {{"raised before", raised_before},
                                  {"raised in between", raised_in_between},
                                  {"deadline passes", deadline_passes},
                                  {"not stopped", not_stopped},
                                  {"pieces fit the time", pieces_fit_the_time},
                                  CU_TEST_INFO_NULL};
    return run_tests("threads_stop", tests);
}
