#include "operators/matrix/batch.h"

#include <string.h>

struct batch_operand batch_operand_of(const hinge_tensor *t, bool is_right,
                                      struct batch_layout layout)
{
    if (t->rank == 1 && is_right)
        return (struct batch_operand){
            .rows = t->dims[0], .columns = 1, .row_step = 1, .column_step = 1};
    if (t->rank == 1)
        return (struct batch_operand){
            .rows = 1, .columns = t->dims[0], .row_step = t->dims[0], .column_step = 1};
    int64_t steps[HINGE_MAX_RANK], step = 1;
    for (int32_t d = t->rank; d-- > 0; step *= t->dims[d])
        steps[d] = step;
    const int32_t row = layout.batch_at_1 ? 0 : t->rank - 2, column = t->rank - 1;
    struct batch_operand o = {.rank = t->rank - 2};
    for (int32_t i = 0; i < o.rank; i++) {
        const int32_t d = layout.batch_at_1 ? i + 1 : i;
        o.dims[i] = t->dims[d];
        o.steps[i] = steps[d];
    }
    o.rows = t->dims[layout.transposed ? column : row];
    o.columns = t->dims[layout.transposed ? row : column];
    o.row_step = steps[layout.transposed ? column : row];
    o.column_step = steps[layout.transposed ? row : column];
    return o;
}

/* The batch axes of an operand, right-aligned: their steps. */
static void set_steps(const struct batch_operand *o, const struct batch *s, int64_t *step)
{
    for (int32_t i = 0; i < s->rank; i++) {
        const int32_t axis = o->rank - s->rank + i;
        step[i] = axis < 0 || o->dims[axis] == 1 ? 0 : o->steps[axis];
    }
}

static hinge_status broadcast(const struct hinge_node *node, struct batch *s)
{
    const struct batch_operand *operands[2] = {&s->a, &s->b};
    for (int t = 0; t < 2; t++)
        if (operands[t]->rank > s->rank)
            s->rank = operands[t]->rank;
    for (int32_t i = 0; i < s->rank; i++) {
        s->dims[i] = 1;
        for (int t = 0; t < 2; t++) {
            const int32_t axis = operands[t]->rank - s->rank + i;
            const int64_t extent = axis < 0 ? 1 : operands[t]->dims[axis];
            if (extent != 1 && s->dims[i] != 1 && extent != s->dims[i])
                return OP_FAIL(node, HINGE_BAD_SHAPE, "batches of %lld and %lld do not broadcast",
                               (long long)s->dims[i], (long long)extent);
            if (extent != 1)
                s->dims[i] = extent;
        }
        if (__builtin_mul_overflow(s->count, s->dims[i], &s->count))
            return OP_FAIL(node, HINGE_LIMIT, "the batch is too large");
    }
    return HINGE_OK;
}

hinge_status batch_read_as(const struct hinge_node *node, const hinge_tensor *a,
                           struct batch_layout a_layout, const hinge_tensor *b,
                           struct batch_layout b_layout, struct batch *s)
{
    *s = (struct batch){.count = 1};
    if (a->rank < 1 || b->rank < 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "an input is a scalar");
    s->a = batch_operand_of(a, false, a_layout);
    s->b = batch_operand_of(b, true, b_layout);
    s->rows = s->a.rows;
    s->depth = s->a.columns;
    s->columns = s->b.columns;
    if (s->b.rows != s->depth)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld columns of A meet %lld rows of B",
                       (long long)s->depth, (long long)s->b.rows);
    hinge_status status = broadcast(node, s);
    if (status)
        return status;
    set_steps(&s->a, s, s->a_step);
    set_steps(&s->b, s, s->b_step);
    return HINGE_OK;
}

hinge_status batch_read(const struct hinge_node *node, const hinge_tensor *a, const hinge_tensor *b,
                        struct batch *s)
{
    const struct batch_layout as_it_lies = {.transposed = false};
    return batch_read_as(node, a, as_it_lies, b, as_it_lies, s);
}

hinge_status batch_set_output(const struct hinge_node *node, const hinge_tensor *a,
                              const hinge_tensor *b, const struct batch *s)
{
    int64_t dims[HINGE_MAX_RANK];
    int32_t rank = s->rank;
    memcpy(dims, s->dims, sizeof dims);
    if (a->rank > 1)
        dims[rank++] = s->rows;
    if (b->rank > 1)
        dims[rank++] = s->columns;
    return op_set_dims(node, 0, rank, dims);
}

hinge_status batch_infer(const struct hinge_node *node, const hinge_tensor *a,
                         const hinge_tensor *b)
{
    struct batch s;
    hinge_status status = batch_read(node, a, b, &s);
    return status ? status : batch_set_output(node, a, b, &s);
}

void batch_merge(const hinge_tensor *a, const hinge_tensor *b, struct batch *s)
{
    if (b->rank > 2 || a->rank < 2)
        return;
    s->rows *= s->count;
    s->count = 1;
    s->rank = 0;
}

/* Where the matrices of step i of the batch begin. */
static void offsets_at(const struct batch *s, int64_t i, int64_t *a, int64_t *b)
{
    *a = *b = 0;
    for (int32_t d = s->rank; d-- > 0;) {
        const int64_t at = i % s->dims[d];
        i /= s->dims[d];
        *a += at * s->a_step[d];
        *b += at * s->b_step[d];
    }
}

size_t batch_offsets_size(const struct batch *s)
{
    return s->count > 1 ? ((size_t)s->count * 2 * sizeof(int64_t) + 63) / 64 * 64 : 0;
}

struct job {
    const struct batch *batch;
    int64_t *a, *b;
};

static void set_offsets(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    for (int64_t i = begin; i < end; i++)
        offsets_at(job->batch, i, &job->a[i], &job->b[i]);
}

void batch_set_offsets(const struct hinge_node *node, const struct batch *s, int64_t *offsets)
{
    struct job job = {s, offsets, offsets + s->count};
    node->host->parallel(node, s->count, 4096, set_offsets, &job);
}
