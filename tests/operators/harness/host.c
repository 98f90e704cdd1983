/* The services of a runtime, each watching that the operator keeps to the ABI. */
#include "tests/operators/harness/harness_internal.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_THREADS 4

/* Set while a task runs on this thread: services for hooks are out of reach then. */
static _Thread_local bool in_task;

static void misuse(struct host *host, const char *what)
{
    if (!host->misuse[0])
        snprintf(host->misuse, sizeof host->misuse, "%s", what);
}

static struct host *host_of(const struct hinge_node *node)
{
    struct node *own = (struct node *)(uintptr_t)node->host;
    if (node != &own->abi)
        misuse(&own->host, "a service called with a copy of the node");
    return &own->host;
}

static hinge_status host_fail(const struct hinge_node *node, hinge_status status,
                              const char *format, ...)
{
    struct host *host = host_of(node);
    if (in_task)
        misuse(host, "fail called from a parallel task");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(host->sentence, sizeof host->sentence, format, arguments);
    va_end(arguments);
    host->said = true;
    return status;
}

/* Pieces of different sizes, none below the grain but the last. */
static int64_t piece_end(int64_t begin, int64_t count, int64_t grain, unsigned number)
{
    static const int64_t extra[] = {0, 1, 7, 3, 0, 13};
    int64_t size = (grain > 0 ? grain : 1) + extra[number % 6];
    return size < count - begin ? begin + size : count;
}

struct job {
    pthread_mutex_t lock;
    int64_t next, count, grain;
    unsigned n_pieces;
    hinge_task *task;
    void *argument;
};

struct worker {
    struct job *job;
    unsigned index;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct job *job = worker->job;
    in_task = true;
    for (;;) {
        pthread_mutex_lock(&job->lock);
        int64_t begin = job->next;
        int64_t end =
            begin < job->count ? piece_end(begin, job->count, job->grain, job->n_pieces++) : begin;
        job->next = end;
        pthread_mutex_unlock(&job->lock);
        if (begin == end)
            break;
        job->task(job->argument, begin, end, worker->index);
    }
    in_task = false;
    return NULL;
}

static void run_threads(int64_t count, int64_t grain, hinge_task *task, void *argument)
{
    struct job job = {PTHREAD_MUTEX_INITIALIZER, 0, count, grain, 0, task, argument};
    struct worker workers[MAX_THREADS];
    pthread_t threads[MAX_THREADS];
    unsigned n_started = 0;
    for (unsigned i = 0; i < MAX_THREADS; i++)
        workers[i] = (struct worker){&job, i};
    for (unsigned i = 1; i < MAX_THREADS; i++, n_started++)
        if (pthread_create(&threads[i], NULL, work, &workers[i]))
            break;
    work(&workers[0]);
    for (unsigned i = 1; i <= n_started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&job.lock);
}

static void host_parallel(const struct hinge_node *node, int64_t count, int64_t grain,
                          hinge_task *task, void *argument)
{
    struct host *host = host_of(node);
    if (!host->in_run)
        misuse(host, "parallel called outside of run");
    if (in_task) {
        misuse(host, "parallel called from a parallel task");
        return;
    }
    host->n_parallel++;
    if (count <= 0)
        return;
    if (host->threading == HOST_THREADS) {
        run_threads(count, grain, task, argument);
        return;
    }
    in_task = true;
    if (host->threading == HOST_INLINE) {
        task(argument, 0, count, 0);
    } else {
        unsigned number = 0;
        for (int64_t begin = 0, end; begin < count; begin = end, number++) {
            end = piece_end(begin, count, grain, number);
            task(argument, begin, end, number % host_n_threads(host->threading));
        }
    }
    in_task = false;
}

static void *host_block(struct host *host, size_t size)
{
    if (host->n_blocks == HOST_MAX_BLOCKS || size > (size_t)1 << 40)
        return NULL;
    struct guard *block = &host->blocks[host->n_blocks++];
    guard_open(block, size, 64, host->side, host->poison);
    return block->data;
}

static void *host_alloc(const struct hinge_node *node, size_t size)
{
    struct host *host = host_of(node);
    if (!host->in_init)
        misuse(host, "alloc called outside of init");
    if (++host->n_allocations == host->fail_allocation)
        return NULL;
    return host_block(host, size);
}

static void host_release(const struct hinge_node *node, unsigned input, size_t offset, size_t size)
{
    struct host *host = host_of(node);
    if (!host->in_init)
        misuse(host, "release called outside of init");
    const hinge_tensor *x = input < node->n_inputs ? node->inputs[input] : NULL;
    if (!x || !x->data || offset > hinge_size(x->type, hinge_count(x)) ||
        size > hinge_size(x->type, hinge_count(x)) - offset ||
        host->n_released == HARNESS_MAX_INPUTS) {
        misuse(host, "release called for what is no part of a constant input");
        return;
    }
    host->released[host->n_released].input = input;
    host->released[host->n_released].offset = offset;
    host->released[host->n_released++].size = size;
}

static hinge_status host_resize(const struct hinge_node *node, unsigned output, int32_t rank,
                                const int64_t *dims)
{
    struct host *host = host_of(node);
    hinge_tensor *y = output < node->n_outputs ? node->outputs[output] : NULL;
    if (!host->in_run || in_task || !y || host->outputs[output].map || rank != y->rank) {
        misuse(host, "resize called for an output that is not open, or outside of run");
        return HINGE_BAD_ARGUMENT;
    }
    for (int32_t d = 0; d < rank; d++) {
        if (dims[d] < 0 || (y->dims[d] != -1 && y->dims[d] != dims[d]))
            misuse(host, "resize changes a dimension that was known");
        y->dims[d] = dims[d];
    }
    guard_open(&host->outputs[output], hinge_size(y->type, hinge_count(y)),
               hinge_type_bits(y->type) >= 8 ? hinge_type_bits(y->type) / 8 : 1, host->side,
               host->poison);
    y->data = host->outputs[output].data;
    return HINGE_OK;
}

static char *host_alloc_string(const struct hinge_node *node, size_t size)
{
    struct host *host = host_of(node);
    if (!host->in_run || in_task)
        misuse(host, "alloc_string called outside of run");
    return host_block(host, size);
}

unsigned host_n_threads(enum host_threading threading)
{
    return threading == HOST_INLINE ? 1 : MAX_THREADS;
}

void host_open(struct host *host, enum host_threading threading, enum guard_side side, int poison)
{
    memset(host, 0, sizeof *host);
    host->table = (struct hinge_host){.size = sizeof host->table,
                                      .fail = host_fail,
                                      .parallel = host_parallel,
                                      .alloc = host_alloc,
                                      .release = host_release,
                                      .resize = host_resize,
                                      .alloc_string = host_alloc_string};
    host->threading = threading;
    host->side = side;
    host->poison = poison;
}

bool host_intact(const struct host *host)
{
    for (int i = 0; i < host->n_blocks; i++)
        if (!guard_intact(&host->blocks[i]))
            return false;
    for (int i = 0; i < HARNESS_MAX_OUTPUTS; i++)
        if (!guard_intact(&host->outputs[i]))
            return false;
    return true;
}

void host_close(struct host *host)
{
    for (int i = 0; i < host->n_blocks; i++)
        guard_close(&host->blocks[i]);
    for (int i = 0; i < HARNESS_MAX_OUTPUTS; i++)
        guard_close(&host->outputs[i]);
}
