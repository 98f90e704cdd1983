/* Several callers of one pool: all get help, none waits for another, and any mixture of counts,
 * stops, nesting and ends is right. */
#include "base/threads.h"

#include "tests/support/main.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define N_CALLERS 5

static hinge_threads *create(unsigned n_threads)
{
    hinge_threads *threads = NULL;
    CU_ASSERT_EQUAL_FATAL(hinge_threads_create(n_threads, NULL, &threads, NULL), HINGE_OK);
    return threads;
}

struct call {
    hinge_threads *threads;
    struct threads_stop stop; /* makes pieces small */
    atomic_int n_helped;      /* items that a worker did */
    atomic_bool ends;
    atomic_int *n_running;
};

/* Sleeps, so that the threads share cores as well as they do on a machine with more. */
static void doze(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    struct call *call = argument;
    for (int64_t i = begin; i < end; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
        if (thread && atomic_load(call->n_running) == 2)
            atomic_fetch_add(&call->n_helped, 1);
    }
}

static void *call_dozing(void *argument)
{
    struct call *call = argument;
    atomic_fetch_add(call->n_running, 1);
    threads_run(call->threads, 600, 1, doze, call, &call->stop);
    atomic_fetch_sub(call->n_running, 1);
    return NULL;
}

/* The first has every worker when the second comes. */
static void help_is_shared(unsigned n_threads)
{
    atomic_int n_running = 0;
    static struct call first, second;
    first = (struct call){.threads = create(n_threads), .n_running = &n_running};
    second = (struct call){.threads = first.threads, .n_running = &n_running};
    pthread_t caller;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&caller, NULL, call_dozing, &first), 0);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    call_dozing(&second);
    pthread_join(caller, NULL);
    int a = atomic_load(&first.n_helped), b = atomic_load(&second.n_helped);
    CU_ASSERT_TRUE(a > 20 && b > 20);
    CU_ASSERT_TRUE(a < 4 * b && b < 4 * a);
    threads_release(first.threads);
}

static void callers_share_the_workers(void)
{
    help_is_shared(4);
    help_is_shared(3);
    help_is_shared(2);
}

/* Sleeps too; counts what workers did. */
static void doze_and_count(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    for (int64_t i = begin; i < end; i++)
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    if (thread)
        atomic_fetch_add((atomic_int *)argument, (int)(end - begin));
}

static bool is_helped(hinge_threads *threads, int64_t count)
{
    atomic_int n_helped = 0;
    threads_run(threads, count, 1, doze_and_count, &n_helped, NULL);
    return atomic_load(&n_helped) > 0;
}

static void no_help_where_runs_take_every_core(void)
{
    hinge_threads *threads = create(2);
    CU_ASSERT_TRUE(is_helped(threads, 60)); /* outside of any run */
    threads_begin_run(threads);
    CU_ASSERT_TRUE(is_helped(threads, 60));
    threads_begin_run(threads);
    CU_ASSERT_FALSE(is_helped(threads, 60));
    threads_end_run(threads);
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    CU_ASSERT_TRUE(is_helped(threads, 60));
    int n_helped = 0; /* right behind the end of a run: another one may be about to begin */
    for (int i = 0; i < 20; i++) {
        threads_begin_run(threads);
        threads_end_run(threads);
        n_helped += is_helped(threads, 6);
    }
    CU_ASSERT_TRUE(n_helped <= 10);
    threads_end_run(threads);
    threads_release(threads);
}

static void hold(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)begin, (void)end, (void)thread;
    struct call *call = argument;
    atomic_fetch_add(call->n_running, 1);
    while (!atomic_load(&call->ends))
        sched_yield();
}

static void *call_holding(void *argument)
{
    struct call *call = argument;
    threads_run(call->threads, 3, 1, hold, call, NULL);
    return NULL;
}

static void add_items(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    atomic_fetch_add((atomic_int_fast64_t *)argument, end - begin);
}

/* All threads are held in one job until the other's caller is done. */
static void nobody_waits_for_another(void)
{
    atomic_int n_running = 0;
    static struct call holding;
    holding = (struct call){.threads = create(3), .n_running = &n_running};
    pthread_t caller;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&caller, NULL, call_holding, &holding), 0);
    while (atomic_load(&n_running) < 3)
        sched_yield();
    for (int i = 0; i < 1000; i++) {
        atomic_int_fast64_t sum = 0;
        threads_run(holding.threads, 100, 1, add_items, &sum, NULL);
        CU_ASSERT_EQUAL(atomic_load(&sum), 100);
    }
    atomic_store(&holding.ends, true);
    pthread_join(caller, NULL);
    threads_release(holding.threads);
}

struct stress {
    hinge_threads *threads;
    struct threads_stop stop; /* of another caller's at times */
    struct stress *all;
    uint32_t state;
    bool wrong;
};

static uint32_t draw(struct stress *stress, uint32_t below)
{
    stress->state = stress->state * 1664525u + 1013904223u;
    return (stress->state >> 8) % below;
}

struct sum {
    hinge_threads *threads;
    int64_t nested;
    atomic_int_fast64_t n_items;
    atomic_uint inside[8];
    atomic_bool wrong;
};

static void sum_items(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    struct sum *sum = argument;
    if (thread >= threads_count(sum->threads) || atomic_fetch_add(&sum->inside[thread], 1))
        atomic_store(&sum->wrong, true);
    atomic_int_fast64_t inner = 0;
    if (sum->nested)
        threads_run(sum->threads, sum->nested, 1, add_items, &inner, NULL);
    if (atomic_load(&inner) != sum->nested)
        atomic_store(&sum->wrong, true);
    atomic_fetch_add(&sum->n_items, end - begin);
    atomic_fetch_sub(&sum->inside[thread], 1);
}

static void one_job(struct stress *stress, bool may_be_stopped)
{
    struct sum sum = {.threads = stress->threads, .nested = draw(stress, 8) ? 0 : 9};
    int64_t count = 1 + draw(stress, draw(stress, 2) ? 5000 : 20), grain = draw(stress, 50);
    struct threads_stop *stop = may_be_stopped ? &stress->stop : NULL;
    bool stopped = threads_run(stress->threads, count, grain, sum_items, &sum, stop);
    int64_t n_items = atomic_load(&sum.n_items);
    bool good = stopped ? may_be_stopped && n_items < count : n_items == count;
    stress->wrong = stress->wrong || !good || atomic_load(&sum.wrong);
}

static void *call_at_random(void *argument)
{
    struct stress *stress = argument;
    for (int i = 0; i < 400; i++) {
        if (draw(stress, 16) == 0)
            atomic_store(&stress->all[draw(stress, N_CALLERS)].stop.raised, true);
        if (draw(stress, 16) == 0)
            nanosleep(&(struct timespec){.tv_nsec = draw(stress, 300000)}, NULL);
        if (draw(stress, 8) == 0)
            atomic_store(&stress->stop.raised, false);
        one_job(stress, draw(stress, 2));
    }
    threads_release(stress->threads);
    return NULL;
}

/* Each caller owns the pool, and the last one that lets go ends it. */
static void anything_at_any_time(void)
{
    for (unsigned round = 0; round < 12; round++) {
        static struct stress all[N_CALLERS];
        pthread_t callers[N_CALLERS];
        hinge_threads *threads = create(1 + round % 6);
        for (unsigned i = 0; i < N_CALLERS; i++)
            all[i] = (struct stress){threads_retain(threads), {0}, all, round * N_CALLERS + i, 0};
        for (unsigned i = 0; i < N_CALLERS; i++)
            CU_ASSERT_EQUAL_FATAL(pthread_create(&callers[i], NULL, call_at_random, &all[i]), 0);
        threads_release(threads);
        for (unsigned i = 0; i < N_CALLERS; i++) {
            pthread_join(callers[i], NULL);
            CU_ASSERT_FALSE(all[i].wrong);
        }
    }
}

static void *make_and_end(void *argument)
{
    bool *wrong = argument;
    for (unsigned i = 0; i < 100; i++) {
        hinge_threads *threads = NULL;
        atomic_int_fast64_t sum = 0;
        if (hinge_threads_create(1 + i % 4, NULL, &threads, NULL))
            *wrong = true;
        if (i % 3)
            threads_run(threads, 1000, 1, add_items, &sum, NULL);
        *wrong = *wrong || atomic_load(&sum) != (i % 3 ? 1000 : 0);
        hinge_threads_release(threads);
    }
    return NULL;
}

static void pools_come_and_go(void)
{
    bool wrong[2] = {false, false};
    pthread_t other;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&other, NULL, make_and_end, &wrong[0]), 0);
    make_and_end(&wrong[1]);
    pthread_join(other, NULL);
    CU_ASSERT_FALSE(wrong[0] || wrong[1]);
}

int main(void)
{
    static CU_TestInfo tests[] = {
        {"callers share the workers", callers_share_the_workers},
        {"no help where runs take every core", no_help_where_runs_take_every_core},
        {"nobody waits for another", nobody_waits_for_another},
        {"anything at any time", anything_at_any_time},
        {"pools come and go", pools_come_and_go},
        CU_TEST_INFO_NULL};
    return run_tests("threads_callers", tests);
}
