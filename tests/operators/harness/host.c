/* The services of a runtime, each watching that the operator keeps to the ABI. */
#include "tests/operators/harness/harness_internal.h"

#include "plugins/cpu.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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
    if (host->hook != HOST_RUN)
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

static void *host_block(struct host *host, struct host_blocks *blocks, size_t size)
{
    if (blocks->n == HOST_MAX_BLOCKS || size > (size_t)1 << 40)
        return NULL;
    struct guard *block = &blocks->blocks[blocks->n++];
    guard_open(block, size, 64, host->side, host->poison);
    return block->data;
}

static void *host_alloc(const struct hinge_node *node, size_t size)
{
    struct host *host = host_of(node);
    if ((host->hook != HOST_INIT && host->hook != HOST_PREPARE) || in_task)
        misuse(host, "alloc called outside of init and prepare");
    if (++host->n_allocations == host->fail_allocation)
        return NULL;
    return host_block(host, host->hook == HOST_INIT ? &host->state : &host->prepared, size);
}

static const void *host_pack(const struct hinge_node *node, size_t size, hinge_fill *fill,
                             void *argument)
{
    struct host *host = host_of(node);
    if (host->hook != HOST_INIT)
        misuse(host, "pack called outside of init");
    void *memory = host_alloc(node, size);
    if (memory)
        fill(argument, memory);
    return memory;
}

static void host_release(const struct hinge_node *node, unsigned input, size_t offset, size_t size)
{
    struct host *host = host_of(node);
    if (host->hook != HOST_INIT)
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
    if (host->hook != HOST_RUN || in_task || !y || host->outputs[output].map ||
        hinge_is_container(y->type) || (y->rank >= 0 && rank != y->rank) || rank < 0 ||
        rank > HINGE_MAX_RANK) {
        misuse(host, "resize called for an output that is not open, or outside of run");
        return HINGE_BAD_ARGUMENT;
    }
    for (int32_t d = 0; d < rank; d++) {
        if (dims[d] < 0 || (y->rank >= 0 && y->dims[d] != -1 && y->dims[d] != dims[d]))
            misuse(host, "resize changes a dimension that was known");
        y->dims[d] = dims[d];
    }
    y->rank = rank;
    guard_open(&host->outputs[output], hinge_size(y->type, hinge_count(y)),
               hinge_type_bits(y->type) >= 8 ? hinge_type_bits(y->type) / 8 : 1, host->side,
               host->poison);
    y->data = host->outputs[output].data;
    return HINGE_OK;
}

static char *host_alloc_string(const struct hinge_node *node, size_t size)
{
    struct host *host = host_of(node);
    pthread_mutex_lock(&host->lock);
    if (host->hook != HOST_RUN)
        misuse(host, "alloc_string called outside of run");
    char *bytes = host_block(host, &host->strings, size);
    pthread_mutex_unlock(&host->lock);
    return bytes;
}

static void host_log(const struct hinge_node *node, hinge_log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
    if (in_task)
        misuse(host_of(node), "log called from a parallel task");
}

struct host_value {
    struct host_value *next;
    _Alignas(64) unsigned char bytes[];
};

static void *new_value(struct host *host, size_t size)
{
    struct host_value *value = aligned_alloc(64, (sizeof *value + size + 63) / 64 * 64);
    if (!value)
        return NULL;
    memset(value->bytes, host->poison, size);
    value->next = host->values;
    host->values = value;
    return value->bytes;
}

static bool may_make_values(struct host *host, const char *what)
{
    if (host->hook != HOST_RUN || in_task)
        misuse(host, what);
    return host->hook == HOST_RUN;
}

static hinge_tensor *host_elements(const struct hinge_node *node, hinge_tensor *value,
                                   hinge_type type, int64_t n)
{
    struct host *host = host_of(node);
    if (!may_make_values(host, "elements called outside of run") || !hinge_is_container(type) ||
        n < 0 || n > INT32_MAX)
        return NULL;
    hinge_tensor *list = new_value(host, (size_t)n * sizeof *list);
    if (list)
        *value = (hinge_tensor){type, 1, {n}, list};
    return list;
}

static hinge_status host_tensor(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                                int32_t rank, const int64_t *dims)
{
    struct host *host = host_of(node);
    if (!may_make_values(host, "tensor called outside of run") || !hinge_type_bits(type) ||
        rank < 0 || rank > HINGE_MAX_RANK)
        return HINGE_BAD_ARGUMENT;
    *value = (hinge_tensor){.type = type, .rank = rank};
    for (int32_t d = 0; d < rank; d++)
        value->dims[d] = dims[d];
    value->data = new_value(host, hinge_size(type, hinge_count(value)));
    return value->data ? HINGE_OK : HINGE_NO_MEMORY;
}

static hinge_status host_share(const struct hinge_node *node, hinge_tensor *value,
                               const hinge_tensor *from)
{
    if (!may_make_values(host_of(node), "share called outside of run"))
        return HINGE_BAD_ARGUMENT;
    *value = *from;
    return HINGE_OK;
}

static hinge_status host_graph_types(const struct hinge_node *node, unsigned attribute,
                                     const hinge_type_code *inputs, uint32_t n_inputs,
                                     hinge_type_code *outputs, uint32_t n_outputs)
{
    (void)attribute, (void)inputs, (void)n_inputs, (void)outputs, (void)n_outputs;
    return host_fail(node, HINGE_UNSUPPORTED, "the harness has no graphs");
}

static hinge_status host_call(const struct hinge_node *node, unsigned attribute,
                              const hinge_tensor *const *inputs, uint32_t n_inputs,
                              hinge_tensor *outputs, uint32_t n_outputs)
{
    (void)attribute, (void)inputs, (void)n_inputs, (void)outputs, (void)n_outputs;
    return host_fail(node, HINGE_UNSUPPORTED, "the harness has no graphs");
}

unsigned host_n_threads(enum host_threading threading)
{
    return threading == HOST_INLINE ? 1 : MAX_THREADS;
}

/* So that every kernel of a product is met: the best one, one without tiles, and one for no CPU in
 * particular. */
uint64_t host_cpu_features(enum host_threading threading)
{
    const uint64_t tiles = HINGE_CPU_AMX_INT8 | HINGE_CPU_AMX_BF16;
    switch (threading) {
    case HOST_INLINE: return cpu_features();
    case HOST_THREADS: return cpu_features() & ~tiles;
    default: return 0;
    }
}

void host_open(struct host *host, enum host_threading threading, enum guard_side side, int poison)
{
    memset(host, 0, sizeof *host);
    host->table = (struct hinge_host){.size = sizeof host->table,
                                      .fail = host_fail,
                                      .log = host_log,
                                      .parallel = host_parallel,
                                      .alloc = host_alloc,
                                      .release = host_release,
                                      .resize = host_resize,
                                      .alloc_string = host_alloc_string,
                                      .elements = host_elements,
                                      .tensor = host_tensor,
                                      .share = host_share,
                                      .graph_types = host_graph_types,
                                      .call = host_call,
                                      .pack = host_pack};
    pthread_mutex_init(&host->lock, NULL);
    host->threading = threading;
    host->side = side;
    host->poison = poison;
}

static bool blocks_intact(const struct host_blocks *blocks)
{
    for (int i = 0; i < blocks->n; i++)
        if (!guard_intact(&blocks->blocks[i]))
            return false;
    return true;
}

bool host_intact(const struct host *host)
{
    for (int i = 0; i < HARNESS_MAX_OUTPUTS; i++)
        if (!guard_intact(&host->outputs[i]))
            return false;
    return blocks_intact(&host->state) && blocks_intact(&host->prepared) &&
           blocks_intact(&host->strings);
}

static void blocks_close(struct host_blocks *blocks)
{
    for (int i = 0; i < blocks->n; i++)
        guard_close(&blocks->blocks[i]);
    blocks->n = 0;
}

void host_forget_prepared(struct host *host)
{
    blocks_close(&host->prepared);
}

void host_close(struct host *host)
{
    blocks_close(&host->state);
    blocks_close(&host->prepared);
    blocks_close(&host->strings);
    for (int i = 0; i < HARNESS_MAX_OUTPUTS; i++)
        guard_close(&host->outputs[i]);
    while (host->values) {
        struct host_value *value = host->values;
        host->values = value->next;
        free(value);
    }
    pthread_mutex_destroy(&host->lock);
}
