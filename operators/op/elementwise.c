/* Elementwise kernels: broadcasting, half types, and the split over threads around a row. */
#include "operators/op/elementwise.h"

#include <math.h>
#include <string.h>

#include "operators/kernels/broadcast.h"
#include "operators/kernels/copy.h"
#include "operators/kernels/half.h"

/* Fewer elements than this are not worth a second thread. */
#define GRAIN 16384
/* Elements of half types converted at a time, and of a variadic operator's running result. */
#define BLOCK 512
/* Bytes of an operand of two that are converted or repeated at a time. */
#define BLOCK_SIZE 4096

static void run_parts(const struct hinge_node *node, int64_t count, hinge_task *task, void *job)
{
    if (count <= GRAIN || node->n_threads == 1)
        task(job, 0, count, 0);
    else
        node->host->parallel(node, count, GRAIN, task, job);
}

/* Unary */

const struct hinge_attribute_def op_consumed_inputs[] = {
    {.name = "consumed_inputs", .type = HINGE_ATTR_INTS}, {.name = NULL}};

struct unary_job {
    op_unary_row *row;
    uint8_t *y;
    const uint8_t *x;
    size_t size_x, size_y;
    hinge_type half; /* HINGE_NO_TYPE where no conversion is needed */
    bool half_y;
};

static void unary_part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct unary_job *job = argument;
    const uint8_t *x = job->x + (size_t)begin * job->size_x;
    uint8_t *y = job->y + (size_t)begin * job->size_y;
    if (!job->half) {
        job->row(y, x, end - begin);
        return;
    }
    float block[BLOCK];
    for (int64_t i = begin; i < end; i += BLOCK) {
        const int64_t n = end - i < BLOCK ? end - i : BLOCK;
        const size_t offset = (size_t)(i - begin);
        half_load(job->half, block, (const uint16_t *)(const void *)x + offset, n);
        job->row(job->half_y ? (void *)block : y + offset * job->size_y, block, n);
        if (job->half_y)
            half_store(job->half, (uint16_t *)(void *)y + offset, block, n);
    }
}

hinge_status op_unary(const struct hinge_node *node, op_unary_row *row)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    struct unary_job job = {.row = row,
                            .y = y->data,
                            .x = x->data,
                            .size_x = hinge_size(x->type, 1),
                            .size_y = hinge_size(y->type, 1),
                            .half = half_is(x->type) ? x->type : HINGE_NO_TYPE,
                            .half_y = y->type == x->type};
    run_parts(node, hinge_count(x), unary_part, &job);
    return HINGE_OK;
}

/* Binary */

/* What is prepared of opsets 1 to 6: b's dims as those of a tensor of a's rank. */
struct op_alignment {
    int32_t rank;
    int64_t dims[HINGE_MAX_RANK];
};

const struct hinge_attribute_def op_aligned_attributes[] = {
    [OP_ALIGNED_AXIS] = {.name = "axis", .type = HINGE_ATTR_INT},
    [OP_ALIGNED_BROADCAST] = {.name = "broadcast", .type = HINGE_ATTR_INT},
    [OP_ALIGNED_CONSUMED_INPUTS] = {.name = "consumed_inputs", .type = HINGE_ATTR_INTS},
    {.name = NULL}};

/* Where b's dims begin in a's. */
static hinge_status aligned_axis(const struct hinge_node *node, int32_t *axis)
{
    const hinge_tensor *a = node->inputs[0], *b = node->inputs[1];
    const struct hinge_attribute *given = &node->attributes[OP_ALIGNED_AXIS];
    const bool broadcast = node->attributes[OP_ALIGNED_BROADCAST].i != 0;
    if (b->rank > a->rank || (!broadcast && b->rank != a->rank))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "B has rank %d, A %d%s", (int)b->rank, (int)a->rank,
                       broadcast ? "" : ", and broadcast is 0");
    const int64_t last = a->rank - b->rank;
    int64_t first = last;
    if (broadcast && given->present)
        first = given->i < 0 && given->i >= -a->rank ? given->i + a->rank : given->i;
    if (first < 0 || first > last)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "axis %lld does not leave room for B in A",
                       (long long)given->i);
    *axis = (int32_t)first;
    for (int32_t d = 0; d < b->rank; d++)
        if (b->dims[d] != a->dims[first + d] && !(broadcast && b->dims[d] == 1))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d of B is %lld where A's is %lld%s",
                           (int)d, (long long)b->dims[d], (long long)a->dims[first + d],
                           broadcast ? "" : ", and broadcast is 0");
    return HINGE_OK;
}

hinge_status op_infer_aligned(const struct hinge_node *node)
{
    int32_t axis;
    const hinge_status status = aligned_axis(node, &axis);
    return status ? status : op_infer_same(node);
}

hinge_status op_prepare_aligned(struct hinge_node *node, size_t *scratch)
{
    const hinge_tensor *a = node->inputs[0], *b = node->inputs[1];
    int32_t axis;
    (void)scratch;
    hinge_status status = aligned_axis(node, &axis);
    if (status)
        return status;
    struct op_alignment *aligned = node->host->alloc(node, sizeof *aligned);
    if (!aligned)
        return HINGE_NO_MEMORY;
    aligned->rank = a->rank;
    for (int32_t d = 0; d < a->rank; d++)
        aligned->dims[d] = d < axis || d >= axis + b->rank ? 1 : b->dims[d - axis];
    node->prepared = aligned;
    return HINGE_OK;
}

struct binary_job {
    op_binary_row *row;
    op_still_row *still; /* or NULL */
    struct broadcast plan;
    uint8_t *y;
    int inputs[2]; /* that the row takes first and second */
    const uint8_t *operands[2];
    size_t size, size_y; /* of an operand's element, of y's */
    hinge_type half, half_y;
};

/* Where the operand that the row takes first or second stands at the cursor. */
static const uint8_t *operand_at(const struct binary_job *job,
                                 const struct broadcast_cursor *cursor, int k)
{
    return job->operands[k] +
           (size_t)broadcast_offset(&job->plan, cursor, job->inputs[k]) * job->size;
}

/* Row by row, where they lie. */
static void binary_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct binary_job *job = argument;
    const struct broadcast *plan = &job->plan;
    const bool still_a = broadcast_inner_step(plan, job->inputs[0]) == 0;
    const bool still_b = broadcast_inner_step(plan, job->inputs[1]) == 0;
    struct broadcast_cursor cursor;
    broadcast_seek(plan, &cursor, begin);
    for (int64_t n; begin < end; begin += n, broadcast_advance(plan, &cursor, n)) {
        n = broadcast_piece(plan, &cursor, end - begin);
        const uint8_t *a = operand_at(job, &cursor, 0), *b = operand_at(job, &cursor, 1);
        uint8_t *y = job->y + (size_t)begin * job->size_y;
        if (still_a || still_b)
            job->still(y, a, b, still_a, n);
        else
            job->row(y, a, b, n);
    }
}

/* Elements of an operand as job->row takes them: side by side, halves as float. What stands still
 * is repeated, in whole units, so that a few take no longer than one. */
#define UNIT 64
struct operand_block {
    _Alignas(UNIT) uint8_t bytes[BLOCK_SIZE + UNIT];
    const uint8_t *held; /* the element that the block is full of, or NULL */
};

#define REPEAT(type)                                                                               \
    {                                                                                              \
        type *at = to;                                                                             \
        type element;                                                                              \
        memcpy(&element, value, sizeof element);                                                   \
        for (int64_t i = 0; i < count; i += UNIT / (int64_t)sizeof *at)                            \
            for (int64_t k = 0; k < UNIT / (int64_t)sizeof *at; k++)                               \
                at[i + k] = element;                                                               \
        break;                                                                                     \
    }

static void repeat(void *to, const void *value, size_t size, int64_t count)
{
    switch (size) {
    case 1: REPEAT(uint8_t)
    case 2: REPEAT(uint16_t)
    case 4: REPEAT(uint32_t)
    case 8: REPEAT(uint64_t)
    default: copy_fill(to, value, size, count);
    }
}

/* Puts n elements into the block from element `at` on, which x advances along or stands still. */
static void put_piece(const struct binary_job *job, struct operand_block *block, int64_t at,
                      const uint8_t *x, int64_t step, int64_t n)
{
    const size_t size = job->half ? sizeof(float) : job->size;
    uint8_t *to = block->bytes + (size_t)at * size;
    const bool is_all = step == 0 && (size_t)n * size == BLOCK_SIZE;
    if (step == 0 && at == 0 && block->held == x)
        return;
    block->held = is_all ? x : NULL;
    if (job->half) {
        float number;
        half_load(job->half, step ? (float *)(void *)to : &number,
                  (const uint16_t *)(const void *)x, step ? n : 1);
        if (step == 0)
            repeat(to, &number, size, n);
    } else if (step == 0) {
        repeat(to, x, size, n);
    } else {
        memcpy(to, x, (size_t)n * size);
    }
}

/* Whether the operand runs along with y from beginning to end. */
static bool runs_along(const struct broadcast *plan, int operand)
{
    int64_t step = 1;
    for (int32_t d = plan->rank; d-- > 0; step *= plan->dims[d])
        if (plan->steps[operand][d] != step)
            return false;
    return true;
}

/* The next count elements of both operands at the cursor, which goes on. */
static void fill_blocks(const struct binary_job *job, struct operand_block *blocks,
                        const bool *is_there, struct broadcast_cursor *cursor, int64_t count)
{
    for (int64_t at = 0, n; at < count; at += n, broadcast_advance(&job->plan, cursor, n)) {
        n = broadcast_piece(&job->plan, cursor, count - at);
        for (int k = 0; k < 2; k++)
            if (!is_there[k])
                put_piece(job, &blocks[k], at, operand_at(job, cursor, k),
                          broadcast_inner_step(&job->plan, job->inputs[k]), n);
    }
}

/* Block by block. */
static void binary_blocks(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct binary_job *job = argument;
    const int64_t most = (int64_t)(BLOCK_SIZE / (job->half ? sizeof(float) : job->size));
    struct operand_block blocks[2];
    float y_block[BLOCK_SIZE / sizeof(float)];
    bool is_there[2];
    struct broadcast_cursor cursor;
    for (int k = 0; k < 2; k++) {
        is_there[k] = !job->half && runs_along(&job->plan, job->inputs[k]);
        blocks[k].held = NULL;
    }
    broadcast_seek(&job->plan, &cursor, begin);
    for (int64_t n; begin < end; begin += n) {
        n = end - begin < most ? end - begin : most;
        fill_blocks(job, blocks, is_there, &cursor, n);
        const void *x[2];
        for (int k = 0; k < 2; k++)
            x[k] = is_there[k] ? job->operands[k] + (size_t)begin * job->size : blocks[k].bytes;
        uint8_t *y = job->y + (size_t)begin * job->size_y;
        job->row(job->half_y ? (void *)y_block : y, x[0], x[1], n);
        if (job->half_y)
            half_store(job->half_y, (uint16_t *)(void *)y, y_block, n);
    }
}

void op_binary_plan(const struct hinge_node *node, struct broadcast *plan)
{
    const hinge_tensor *a = node->inputs[0], *b = node->inputs[1], *y = node->outputs[0];
    const struct op_alignment *aligned = node->prepared;
    broadcast_begin(plan, y->rank, y->dims);
    broadcast_operand(plan, a->rank, a->dims);
    broadcast_operand(plan, aligned ? aligned->rank : b->rank, aligned ? aligned->dims : b->dims);
    broadcast_merge(plan);
}

/* The row's first operand is input `first`. */
static hinge_status run_binary(const struct hinge_node *node, op_binary_row *row,
                               op_still_row *still, int first)
{
    hinge_tensor *y = node->outputs[0];
    const hinge_type type = node->inputs[0]->type;
    const int64_t count = hinge_count(y);
    if (count == 0)
        return HINGE_OK;
    struct binary_job job;
    job.row = row;
    job.still = still;
    job.y = y->data;
    for (int k = 0; k < 2; k++) {
        job.inputs[k] = k == 0 ? first : 1 - first;
        job.operands[k] = node->inputs[job.inputs[k]]->data;
    }
    job.size = hinge_size(type, 1);
    job.size_y = hinge_size(y->type, 1);
    job.half = half_is(type) ? type : HINGE_NO_TYPE;
    job.half_y = half_is(y->type) ? y->type : HINGE_NO_TYPE;
    op_binary_plan(node, &job.plan);
    const bool has_still =
        !broadcast_inner_step(&job.plan, 0) || !broadcast_inner_step(&job.plan, 1);
    run_parts(node, count, job.half || (has_still && !still) ? binary_blocks : binary_rows, &job);
    return HINGE_OK;
}

hinge_status op_binary(const struct hinge_node *node, op_binary_row *row)
{
    return run_binary(node, row, NULL, 0);
}

hinge_status op_binary_still(const struct hinge_node *node, op_binary_row *row, op_still_row *still)
{
    return run_binary(node, row, still, 0);
}

hinge_status op_binary_exchanged(const struct hinge_node *node, op_binary_row *row)
{
    return run_binary(node, row, NULL, 1);
}

/* Variadic: block by block, so that each is read and written once, and an output in an input's
 * memory is written only when that block of every input has been read. */

struct variadic_job {
    const struct hinge_node *node;
    op_binary_row *row;
    op_finish_row *finish;
};

/* Elements [begin, begin + count) of the broadcast input, as float where they are halves. */
static void gather(const struct hinge_tensor *y, const hinge_tensor *x, int64_t begin,
                   int64_t count, void *to)
{
    const size_t size = hinge_size(x->type, 1);
    struct broadcast plan;
    struct broadcast_cursor cursor;
    broadcast_begin(&plan, y->rank, y->dims);
    broadcast_operand(&plan, x->rank, x->dims);
    broadcast_merge(&plan);
    broadcast_seek(&plan, &cursor, begin);
    const bool half = half_is(x->type);
    for (int64_t i = 0, n; i < count; i += n, broadcast_advance(&plan, &cursor, n)) {
        n = broadcast_piece(&plan, &cursor, count - i);
        const bool still = broadcast_inner_step(&plan, 0) == 0;
        const uint8_t *from =
            (const uint8_t *)x->data + (size_t)broadcast_offset(&plan, &cursor, 0) * size;
        uint8_t *at = (uint8_t *)to + (size_t)i * (half ? sizeof(float) : size);
        const size_t to_size = half ? sizeof(float) : size;
        if (half)
            half_load(x->type, (float *)(void *)at, (const uint16_t *)(const void *)from,
                      still ? 1 : n);
        else
            memcpy(at, from, still ? size : (size_t)n * size);
        if (still)
            copy_fill(at + to_size, at, to_size, n - 1);
    }
}

static void variadic_part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct variadic_job *job = argument;
    const hinge_tensor *y = job->node->outputs[0];
    const bool half = half_is(y->type);
    const size_t size = hinge_size(y->type, 1);
    _Alignas(64) uint8_t total[BLOCK * sizeof(double)], next[BLOCK * sizeof(double)];
    for (int64_t at = begin; at < end; at += BLOCK) {
        const int64_t n = end - at < BLOCK ? end - at : BLOCK;
        uint8_t *to = (uint8_t *)y->data + (size_t)at * size;
        gather(y, job->node->inputs[0], at, n, total);
        for (uint32_t i = 1; i < job->node->n_inputs; i++) {
            gather(y, job->node->inputs[i], at, n, next);
            job->row(total, total, next, n);
        }
        if (job->finish)
            job->finish(total, job->node->n_inputs, n);
        if (half)
            half_store(y->type, (uint16_t *)(void *)to, (const float *)(const void *)total, n);
        else
            memcpy(to, total, (size_t)n * size);
    }
}

hinge_status op_variadic(const struct hinge_node *node, op_binary_row *row, op_finish_row *finish)
{
    if (node->n_inputs == 2 && !finish)
        return op_binary(node, row);
    struct variadic_job job = {node, row, finish};
    run_parts(node, hinge_count(node->outputs[0]), variadic_part, &job);
    return HINGE_OK;
}

/* Hooks */

bool op_channel_constant(const struct hinge_node *node, int32_t rank, int32_t axis,
                         int64_t n_channels, struct op_channel_constant *found)
{
    const hinge_tensor *a = node->inputs[0], *b = node->inputs[1];
    if (!a->data == !b->data || a->type != HINGE_FLOAT || b->type != HINGE_FLOAT)
        return false;
    found->constant = a->data ? 0 : 1;
    found->input = 1 - found->constant;
    const hinge_tensor *c = node->inputs[found->constant];
    found->values = c->data;
    found->step = 0;
    const int32_t own_axis = c->rank + (axis < 0 ? axis : axis - rank); /* in the constant */
    if (rank < 0 ? c->rank > 1 : c->rank > rank)
        return false;
    for (int32_t d = 0; d < c->rank; d++) {
        if (c->dims[d] == 1)
            continue;
        if ((rank < 0 && axis >= 0) || d != own_axis || c->dims[d] != n_channels)
            return false;
        found->step = 1;
    }
    return true;
}

static bool all_equal(const hinge_tensor *x, double value)
{
    const int64_t count = hinge_count(x);
    for (int64_t i = 0; i < count; i++) {
        double element;
        switch (x->type) {
        case HINGE_FLOAT: element = (double)((const float *)x->data)[i]; break;
        case HINGE_DOUBLE: element = ((const double *)x->data)[i]; break;
        case HINGE_INT32: element = (double)((const int32_t *)x->data)[i]; break;
        case HINGE_INT64: element = (double)((const int64_t *)x->data)[i]; break;
        default: return false;
        }
        if (element != value || !signbit(element) != !signbit(value))
            return false;
    }
    return true;
}

bool op_is_neutral(const struct hinge_node *node, double value)
{
    const hinge_tensor *x = node->inputs[0], *c = node->inputs[1];
    if (!c->data || x->rank < c->rank)
        return false;
    const int32_t lead = x->rank - c->rank;
    for (int32_t d = 0; d < c->rank; d++)
        if (c->dims[d] != 1 && c->dims[d] != x->dims[lead + d])
            return false;
    return all_equal(c, value);
}
