/* StringConcat-20: X and behind it Y, broadcast. */
#include "operators/kernels/broadcast.h"
#include "operators/op/elementwise.h"

#include <stdatomic.h>
#include <string.h>

#define GRAIN 4096

struct job {
    const struct hinge_node *node;
    struct broadcast plan;
    atomic_bool no_memory;
};

/* The strings at the cursor, which goes on. */
static void next_pair(struct job *job, struct broadcast_cursor *cursor, hinge_string *x,
                      hinge_string *y)
{
    const hinge_string *all_x = job->node->inputs[0]->data, *all_y = job->node->inputs[1]->data;
    *x = all_x[broadcast_offset(&job->plan, cursor, 0)];
    *y = all_y[broadcast_offset(&job->plan, cursor, 1)];
    broadcast_advance(&job->plan, cursor, 1);
}

/* Memory for the results of [begin, end); NULL where there is none. */
static char *alloc_results(struct job *job, int64_t begin, int64_t end)
{
    struct broadcast_cursor cursor;
    hinge_string x, y;
    size_t size = 0;
    broadcast_seek(&job->plan, &cursor, begin);
    for (int64_t i = begin; i < end; i++) {
        next_pair(job, &cursor, &x, &y);
        if (x.size > SIZE_MAX - y.size || size > SIZE_MAX - x.size - y.size)
            return NULL;
        size += x.size + y.size;
    }
    return job->node->host->alloc_string(job->node, size);
}

static void part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    struct job *job = argument;
    hinge_string *z = job->node->outputs[0]->data, x, y;
    struct broadcast_cursor cursor;
    char *bytes = alloc_results(job, begin, end);
    (void)thread;
    if (!bytes) {
        atomic_store(&job->no_memory, true);
        return;
    }
    broadcast_seek(&job->plan, &cursor, begin);
    for (int64_t i = begin; i < end; i++) {
        next_pair(job, &cursor, &x, &y);
        if (x.size)
            memcpy(bytes, x.bytes, x.size);
        if (y.size)
            memcpy(bytes + x.size, y.bytes, y.size);
        z[i] = (hinge_string){bytes, x.size + y.size};
        bytes += z[i].size;
    }
}

static hinge_status run(const struct hinge_node *node)
{
    struct job job = {.node = node};
    if (hinge_count(node->outputs[0]) == 0)
        return HINGE_OK;
    op_binary_plan(node, &job.plan);
    node->host->parallel(node, hinge_count(node->outputs[0]), GRAIN, part, &job);
    return atomic_load(&job.no_memory) ? HINGE_NO_MEMORY : HINGE_OK;
}

const struct hinge_op op_stringconcat[] = {
    {.name = "StringConcat",
     .since = 20,
     .signature = "(X: T, Y: T) -> (Z: T); T: string",
     .infer = op_infer_broadcast,
     .kernels = HINGE_KERNELS({HINGE_STRING, run})},
    OP_END,
};
