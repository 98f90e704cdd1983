/* Where-9, -16: y = condition ? a : b, broadcast, for elements of any type of 8 bits or more. */
#include <string.h>

#include "operators/kernels/broadcast.h"
#include "operators/kernels/copy.h"
#include "operators/op/elementwise.h"

#define GRAIN 16384

struct element_16 {
    uint64_t low, high;
};

struct job {
    struct broadcast plan;
    const struct hinge_node *node;
};

#define WHERE where_1
#define WHERE_ELEMENT uint8_t
#include "operators/logic/where_tmpl.c"

#define WHERE where_2
#define WHERE_ELEMENT uint16_t
#include "operators/logic/where_tmpl.c"

#define WHERE where_4
#define WHERE_ELEMENT uint32_t
#include "operators/logic/where_tmpl.c"

#define WHERE where_8
#define WHERE_ELEMENT uint64_t
#include "operators/logic/where_tmpl.c"

#define WHERE where_16
#define WHERE_ELEMENT struct element_16
#include "operators/logic/where_tmpl.c"

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
     .gradient = "broadcast: | Where(a, dy, 0) | Where(a, 0, dy)",
     .since = 9,
     .signature = "(condition: B, X: T, Y: T) -> (output: T); T: " OP_TYPES_ALL_IR4 "; B: bool",
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .infer = op_infer_broadcast,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, where})},
    OP_END,
};
