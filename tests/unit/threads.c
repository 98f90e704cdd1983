/* The thread pool: every piece exactly once whatever the count, thread numbers that exclude each
 * other, owners, and what is left of it after fork. */
#include "base/threads.h"

#include "tests/support/main.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_THREADS 4
#define N_ITEMS 10007
#define N_RANGES 4096

static hinge_threads *create(unsigned n_threads)
{
    hinge_threads *threads = NULL;
    CU_ASSERT_EQUAL_FATAL(hinge_threads_create(n_threads, NULL, &threads, NULL), HINGE_OK);
    return threads;
}

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

static bool runs_once(hinge_threads *threads, int64_t grain, struct threads_stop *stop)
{
    static struct count count;
    memset(&count, 0, sizeof count);
    count.grain = grain;
    bool wrong = threads_run(threads, N_ITEMS, grain, count_items, &count, stop);
    for (int i = 0; i < N_ITEMS; i++)
        wrong = wrong || atomic_load(&count.times[i]) != 1;
    return !wrong && !atomic_load(&count.wrong);
}

static void every_item_once(void)
{
    static const int64_t grains[] = {-1, 0, 1, 7, 1000, 5004, N_ITEMS, N_ITEMS * 2};
    struct threads_stop stop = {.deadline_ns = UINT64_MAX};
    for (unsigned n = 0; n <= N_THREADS; n++) {
        hinge_threads *threads = n ? create(n) : NULL;
        int wrong = 0;
        for (int round = 0; round < 50; round++)
            for (size_t g = 0; g < sizeof grains / sizeof grains[0]; g++)
                wrong += !runs_once(threads, grains[g], round % 2 ? &stop : NULL);
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(threads ? threads_count(threads) : n, n);
        threads_release(threads);
    }
}

static void nothing_to_do(void)
{
    hinge_threads *threads = create(2);
    CU_ASSERT_FALSE(threads_run(threads, 0, 1, count_items, NULL, NULL));
    CU_ASSERT_FALSE(threads_run(threads, -1, 1, count_items, NULL, NULL));
    CU_ASSERT_FALSE(threads_run(threads, INT64_MIN, 0, count_items, NULL, NULL));
    threads_release(threads);
    threads_release(NULL);
}

struct ranges {
    atomic_uint n;
    struct range {
        int64_t begin, end;
    } at[N_RANGES];
};

static void note_range(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    struct ranges *ranges = argument;
    unsigned i = atomic_fetch_add(&ranges->n, 1);
    if (i < N_RANGES)
        ranges->at[i] = (struct range){begin, end};
}

static int order_ranges(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static bool covers(hinge_threads *threads, int64_t count, int64_t grain, struct threads_stop *stop)
{
    static struct ranges ranges;
    atomic_store(&ranges.n, 0);
    bool wrong = threads_run(threads, count, grain, note_range, &ranges, stop);
    unsigned n = atomic_load(&ranges.n);
    if (wrong || n > N_RANGES)
        return false;
    qsort(ranges.at, n, sizeof ranges.at[0], order_ranges);
    int64_t reached = 0;
    for (unsigned i = 0; i < n; i++) {
        struct range range = ranges.at[i];
        wrong = wrong || range.begin != reached || range.end <= range.begin ||
                (range.end - range.begin < grain && range.end != count);
        reached = range.end;
    }
    return !wrong && reached == count;
}

static void counts_near_the_largest(void)
{
    static const int64_t counts[] = {INT64_MAX, INT64_MAX - 1, INT64_MAX / 2 + 1, INT64_MAX / 4};
    static const int64_t grains[] = {1,
                                     3,
                                     INT64_MAX / 16 - 1,
                                     INT64_MAX / 8 + 1,
                                     INT64_MAX / 3,
                                     INT64_MAX / 2,
                                     INT64_MAX / 2 + 1,
                                     INT64_MAX - 1,
                                     INT64_MAX};
    struct threads_stop stop = {0};
    for (unsigned n = 1; n <= N_THREADS; n++) {
        hinge_threads *threads = create(n);
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
            for (size_t g = 0; g < sizeof grains / sizeof grains[0]; g++) {
                CU_ASSERT_TRUE(covers(threads, counts[c], grains[g], NULL));
                CU_ASSERT_TRUE(covers(threads, counts[c], grains[g], &stop));
            }
        threads_release(threads);
    }
}

struct meeting {
    atomic_int_least64_t first[N_THREADS]; /* where each thread began; -1: not yet */
    atomic_uint n_here;
};

/* Nobody goes on before all have begun. */
static void meet(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)end;
    struct meeting *meeting = argument;
    if (atomic_load(&meeting->first[thread]) >= 0)
        return;
    atomic_store(&meeting->first[thread], begin);
    atomic_fetch_add(&meeting->n_here, 1);
    while (atomic_load(&meeting->n_here) < N_THREADS)
        sched_yield();
}

/* What a thread finds in its cache from the job before. */
static void begins_with_its_share(void)
{
    struct threads_stop stop = {0};
    hinge_threads *threads = create(N_THREADS);
    for (int round = 0; round < 20; round++) {
        struct meeting meeting = {.n_here = 0};
        for (int t = 0; t < N_THREADS; t++)
            atomic_store(&meeting.first[t], -1);
        threads_run(threads, 1000 * N_THREADS, 1, meet, &meeting, round % 2 ? &stop : NULL);
        for (int t = 0; t < N_THREADS; t++)
            CU_ASSERT_EQUAL(atomic_load(&meeting.first[t]), t * 1000);
    }
    threads_release(threads);
}

struct nest {
    hinge_threads *threads;
    atomic_int *leaves;
    int depth;
};

static void descend(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct nest *nest = argument;
    struct nest inner = {nest->threads, nest->leaves, nest->depth - 1};
    for (int64_t i = begin; i < end; i++) {
        if (nest->depth == 0)
            atomic_fetch_add(nest->leaves, 1);
        else
            threads_run(nest->threads, 5, 1, descend, &inner, NULL);
    }
}

static void tasks_open_jobs(void)
{
    for (unsigned n = 1; n <= N_THREADS; n++) {
        atomic_int leaves = 0;
        struct nest nest = {create(n), &leaves, 4};
        threads_run(nest.threads, 5, 1, descend, &nest, NULL);
        CU_ASSERT_EQUAL(atomic_load(&leaves), 5 * 5 * 5 * 5 * 5);
        threads_release(nest.threads);
    }
}

/* Deeper than there are jobs that can have help. */
static void sink(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct nest *nest = argument;
    struct nest inner = {nest->threads, nest->leaves, nest->depth - 1};
    for (int64_t i = begin; i < end; i++) {
        atomic_fetch_add(nest->leaves, 1);
        if (i == 0 && nest->depth > 0)
            threads_run(nest->threads, 2, 1, sink, &inner, NULL);
    }
}

static void jobs_a_hundred_deep(void)
{
    atomic_int leaves = 0;
    struct nest nest = {create(3), &leaves, 99};
    for (int i = 0; i < 20; i++)
        threads_run(nest.threads, 2, 1, sink, &nest, NULL);
    CU_ASSERT_EQUAL(atomic_load(&leaves), 20 * 100 * 2);
    threads_release(nest.threads);
}

static atomic_int n_blocks;

static void *counted_alloc(void *user, size_t size, size_t alignment)
{
    void *memory = NULL;
    if (*(bool *)user || posix_memalign(&memory, alignment, size))
        return NULL;
    atomic_fetch_add(&n_blocks, 1);
    return memory;
}

static void counted_release(void *user, void *memory)
{
    (void)user;
    atomic_fetch_sub(&n_blocks, 1);
    free(memory);
}

static void several_owners(void)
{
    bool fails = true;
    hinge_allocator allocator = {counted_alloc, counted_release, &fails};
    hinge_threads *threads = NULL;
    hinge_error error;
    CU_ASSERT_EQUAL(hinge_threads_create(2, &allocator, &threads, &error), HINGE_NO_MEMORY);
    CU_ASSERT_PTR_NULL(threads);
    fails = false;
    CU_ASSERT_EQUAL_FATAL(hinge_threads_create(2, &allocator, &threads, &error), HINGE_OK);
    memset(&allocator, 0, sizeof allocator); /* the pool has its own copy */
    CU_ASSERT_TRUE(atomic_load(&n_blocks) > 0);
    CU_ASSERT_PTR_EQUAL(threads_retain(threads), threads);
    hinge_threads_release(threads);
    CU_ASSERT_TRUE(runs_once(threads, 16, NULL));
    threads_release(threads);
    CU_ASSERT_EQUAL(atomic_load(&n_blocks), 0);
    hinge_threads_release(NULL);
}

static void how_many_threads(void)
{
    hinge_error error;
    hinge_threads *threads = create(0);
    CU_ASSERT_EQUAL((long)threads_count(threads), sysconf(_SC_NPROCESSORS_ONLN));
    hinge_threads_release(threads);
    threads = create(1);
    CU_ASSERT_EQUAL(threads_count(threads), 1);
    hinge_threads_release(threads);
    CU_ASSERT_EQUAL(hinge_threads_create(1000000, NULL, &threads, &error), HINGE_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "1000000 threads"));
    CU_ASSERT_PTR_NULL(threads);
}

static double seconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void idle_threads_sleep(void)
{
    hinge_threads *threads = create(N_THREADS);
    CU_ASSERT_TRUE(runs_once(threads, 16, NULL));
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    CU_ASSERT_TRUE(seconds(CLOCK_PROCESS_CPUTIME_ID) - begin < 0.03);
    CU_ASSERT_TRUE(runs_once(threads, 16, NULL));
    threads_release(threads);
}

struct noise {
    hinge_threads *threads;
    atomic_bool ends;
};

static void do_nothing(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)argument, (void)begin, (void)end, (void)thread;
}

/* Keeps the pool's lock busy: workers fall asleep and are woken. */
static void *make_noise(void *argument)
{
    struct noise *noise = argument;
    for (long i = 0; !atomic_load(&noise->ends); i++) {
        threads_run(noise->threads, 8, 1, do_nothing, NULL, NULL);
        nanosleep(&(struct timespec){.tv_nsec = 40000 + i % 8 * 40000}, NULL);
    }
    return NULL;
}

/* 0 where the child could run a job and let go of the pool; it dies of an alarm where it hangs. */
static int in_child(hinge_threads *threads)
{
    alarm(60);
    bool good = !threads_are_here(threads) && runs_once(threads, 16, NULL);
    hinge_threads_release(threads);
    return good ? 0 : 1;
}

static void forked_children(void)
{
    struct noise noise = {.threads = create(N_THREADS)};
    pthread_t maker;
    CU_ASSERT_TRUE(threads_are_here(noise.threads));
    for (int round = 0; round < 30; round++) {
        if (round == 10)
            CU_ASSERT_EQUAL_FATAL(pthread_create(&maker, NULL, make_noise, &noise), 0);
        pid_t child = fork();
        if (child == 0)
            _exit(in_child(noise.threads));
        int status = -1;
        waitpid(child, &status, 0);
        CU_ASSERT_EQUAL(status, 0);
    }
    atomic_store(&noise.ends, true);
    pthread_join(maker, NULL);
    CU_ASSERT_TRUE(runs_once(noise.threads, 16, NULL));
    threads_release(noise.threads);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"every item once", every_item_once},
                                  {"nothing to do", nothing_to_do},
                                  {"counts near the largest", counts_near_the_largest},
                                  {"begins with its share", begins_with_its_share},
                                  {"tasks open jobs", tasks_open_jobs},
                                  {"jobs a hundred deep", jobs_a_hundred_deep},
                                  {"several owners", several_owners},
                                  {"how many threads", how_many_threads},
                                  {"idle threads sleep", idle_threads_sleep},
                                  {"forked children", forked_children},
                                  CU_TEST_INFO_NULL};
    return run_tests("threads", tests);
}
