/* Where-9, -16: y = condition ? a : b, broadcast, for elements of any type of 8 bits or more. */
#include "operators/kernels/broadcast.h"
#include "operators/op.h"

#define GRAIN 16384

struct element_16 {
    uint64_t low, high;
};

struct job {
    struct broadcast plan;
    const struct hinge_node *node;
};

/* A task for elements of one size. */
#define WHERE(name, type)                                                                          \
    static void name(void *argument, int64_t begin, int64_t end, unsigned thread)                  \
    {                                                                                              \
        (void)thread;                                                                              \
        const struct job *job = argument;                                                          \
        const struct broadcast *plan = &job->plan;                                                 \
        const int64_t step_c = broadcast_inner_step(plan, 0);                                      \
        const int64_t step_a = broadcast_inner_step(plan, 1);                                      \
        const int64_t step_b = broadcast_inner_step(plan, 2);                                      \
        struct broadcast_cursor cursor;                                                            \
        broadcast_seek(plan, &cursor, begin);                                                      \
        for (int64_t n; begin < end; begin += n, broadcast_advance(plan, &cursor, n)) {            \
            n = broadcast_piece(plan, &cursor, end - begin);                                       \
            const uint8_t *c = job->node->inputs[0]->data;                                         \
            const type *a = job->node->inputs[1]->data, *b = job->node->inputs[2]->data;           \
            type *y = (type *)job->node->outputs[0]->data + begin;                                 \
            c += broadcast_offset(plan, &cursor, 0);                                               \
            a += broadcast_offset(plan, &cursor, 1);                                               \
            b += broadcast_offset(plan, &cursor, 2);                                               \
            if (step_c && step_a && step_b) {                                                      \
                for (int64_t i = 0; i < n; i++)                                                    \
                    y[i] = c[i] ? a[i] : b[i];                                                     \
            } else {                                                                               \
                for (int64_t i = 0; i < n; i++)                                                    \
                    y[i] = c[i * step_c] ? a[i * step_a] : b[i * step_b];                          \
            }                                                                                      \
        }                                                                                          \
    }

WHERE(where_1, uint8_t)
WHERE(where_2, uint16_t)
WHERE(where_4, uint32_t)
WHERE(where_8, uint64_t)
WHERE(where_16, struct element_16)

static hinge_task *task_of(hinge_type type)
{
    switch (hinge_type_bits(type)) {
    case 8: return where_1;
    case 16: return where_2;
    case 32: return where_4;
    case 64: return where_8;
    case 128: return where_16;
    default: return NULL;
    }
}

static hinge_status where(const struct hinge_node *node)
{
    const hinge_tensor *y = node->outputs[0];
    const int64_t count = hinge_count(y);
    struct job job;
    job.node = node;
    if (count == 0)
        return HINGE_OK;
    broadcast_begin(&job.plan, y->rank, y->dims);
    for (unsigned i = 0; i < 3; i++)
        broadcast_operand(&job.plan, node->inputs[i]->rank, node->inputs[i]->dims);
    broadcast_merge(&job.plan);
    if (count <= GRAIN || node->n_threads == 1)
        task_of(y->type)(&job, 0, count, 0);
    else
        node->host->parallel(node, count, GRAIN, task_of(y->type), &job);
    return HINGE_OK;
}

const struct hinge_op op_where[] = {
    {.name = "Where",
     .since = 9,
     .signature = "(condition: B, X: T, Y: T) -> (output: T); T: " OP_TYPES_ALL_IR4 "; B: bool",
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_broadcast,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, where})},
    OP_END,
};
