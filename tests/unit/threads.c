/* The thread pool: every piece exactly once, thread numbers that exclude each other, callers that
 * meet. */
#include "run/threads.h"

#include "tests/support/main.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define N_THREADS 4
#define N_ITEMS 10007

struct count {
    atomic_int times[N_ITEMS];
    atomic_int inside[N_THREADS];
    atomic_bool wrong;
    int64_t grain;
};

static void count_items(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    struct count *count = argument;
    if (thread >= N_THREADS || atomic_fetch_add(&count->inside[thread], 1) != 0 || begin >= end ||
        (end - begin < count->grain && end != N_ITEMS))
        atomic_store(&count->wrong, true);
    for (int64_t i = begin; i < end; i++)
        atomic_fetch_add(&count->times[i], 1);
    atomic_fetch_sub(&count->inside[thread], 1);
}

static void check_once(struct threads *threads, int64_t grain)
{
    static _Thread_local struct count count;
    memset(&count, 0, sizeof count);
    count.grain = grain;
    threads_run(threads, N_ITEMS, grain, count_items, &count);
    int wrong = 0;
    for (int i = 0; i < N_ITEMS; i++)
        wrong += atomic_load(&count.times[i]) != 1;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_FALSE(atomic_load(&count.wrong));
}

static struct threads *create(unsigned n_threads)
{
    static hinge_allocator allocator;
    allocator = memory_allocator(NULL);
    struct threads *threads = NULL;
    CU_ASSERT_EQUAL_FATAL(threads_create(&allocator, n_threads, &threads, NULL), HINGE_OK);
    return threads;
}

static void every_item_once(void)
{
    for (unsigned n = 1; n <= N_THREADS; n++) {
        struct threads *threads = create(n);
        CU_ASSERT_EQUAL(threads_count(threads), n);
        static const int64_t grains[] = {0, 1, 7, 1000, 5004, N_ITEMS, N_ITEMS * 2};
        for (int round = 0; round < 50; round++)
            for (size_t g = 0; g < sizeof grains / sizeof grains[0]; g++)
                check_once(threads, grains[g]);
        threads_destroy(threads);
    }
}

static void nothing_to_do(void)
{
    struct threads *threads = create(2);
    threads_run(threads, 0, 1, count_items, NULL);
    threads_run(threads, -1, 1, count_items, NULL);
    threads_destroy(threads);
    threads_destroy(NULL);
}

static void *call_often(void *threads)
{
    for (int i = 0; i < 200; i++)
        check_once(threads, 16);
    return NULL;
}

static void callers_meet(void)
{
    struct threads *threads = create(2);
    pthread_t callers[3];
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&callers[i], NULL, call_often, threads), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(callers[i], NULL);
    threads_destroy(threads);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"every item once", every_item_once},
                                  {"nothing to do", nothing_to_do},
                                  {"callers meet", callers_meet},
                                  CU_TEST_INFO_NULL};
    return run_tests("threads", tests);
}
