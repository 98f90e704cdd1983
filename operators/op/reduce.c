/* The walk of the Reduce operators: neighbouring dimensions of one kind are merged; where the last
 * one is reduced, rows go into one accumulator, otherwise they go across many. */
#include "operators/op/reduce.h"

#include <math.h>
#include <string.h>

#include "operators/kernels/half.h"

#define BLOCK 1024  /* elements converted, and accumulators held, at a time */
#define GRAIN 16384 /* elements that are worth a thread */

const struct hinge_attribute_def op_reduce_axes_attribute[] = {
    {.name = "keepdims", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "axes", .type = HINGE_ATTR_INTS},
    {.name = NULL}};
const struct hinge_attribute_def op_reduce_axes_input[] = {
    {.name = "keepdims", .type = HINGE_ATTR_INT, .i = 1},
    {.name = "noop_with_empty_axes", .type = HINGE_ATTR_INT},
    {.name = NULL}};

/* Which dimensions are reduced, a bit each. */
static hinge_status reduced_axes(const struct hinge_node *node, uint32_t *mask)
{
    const hinge_tensor *x = node->inputs[0];
    const struct hinge_attribute *attribute = &node->attributes[1];
    int64_t values[HINGE_MAX_RANK];
    const int64_t *axes = values;
    size_t count = 0;
    bool noop = false;
    if (attribute->type == HINGE_ATTR_INTS) {
        axes = attribute->ints;
        count = attribute->count;
    } else {
        noop = attribute->i != 0;
        if (op_input(node, 1)) {
            hinge_status status = op_input_ints(node, 1, values, HINGE_MAX_RANK, &count);
            if (status)
                return status;
        }
    }
    *mask = 0;
    if (count == 0 && !noop)
        *mask = (UINT32_C(1) << x->rank) - 1;
    for (size_t i = 0; i < count; i++) {
        int32_t axis;
        hinge_status status = op_axis(node, "axis", axes[i], x->rank, &axis);
        if (status)
            return status;
        if (*mask >> axis & 1)
            return OP_FAIL(node, HINGE_BAD_MODEL, "axis %d is listed twice", (int)axis);
        *mask |= UINT32_C(1) << axis;
    }
    return HINGE_OK;
}

hinge_status op_infer_reduce(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK];
    int32_t rank = 0;
    uint32_t mask;
    hinge_status status = reduced_axes(node, &mask);
    if (status)
        return status;
    for (int32_t d = 0; d < x->rank; d++) {
        if (!(mask >> d & 1))
            dims[rank++] = x->dims[d];
        else if (node->attributes[0].i)
            dims[rank++] = 1;
    }
    return op_set_output(node, 0, x->type, rank, dims);
}

/* Kept and reduced dimensions with their steps in the input, each kind outermost first. */
struct walk {
    int32_t n_kept, n_reduced;
    int64_t kept[HINGE_MAX_RANK], kept_steps[HINGE_MAX_RANK];
    int64_t reduced[HINGE_MAX_RANK], reduced_steps[HINGE_MAX_RANK];
    bool rows;     /* the last dimension is reduced */
    int64_t inner; /* its size */
    int64_t n_reduced_rows, n_terms;
};

static void push(int64_t *dims, int64_t *steps, int32_t *n, int64_t dim, int64_t step, bool merge)
{
    if (merge) {
        dims[*n - 1] *= dim;
        steps[*n - 1] = step;
    } else {
        dims[*n] = dim;
        steps[(*n)++] = step;
    }
}

static void plan_walk(struct walk *walk, const hinge_tensor *x, uint32_t mask)
{
    int64_t step = hinge_count(x);
    int last = -1; /* the kind of the dimension before */
    *walk = (struct walk){.inner = 1, .n_reduced_rows = 1, .n_terms = 1};
    for (int32_t d = 0; d < x->rank; d++) {
        const int kind = (int)(mask >> d & 1);
        if (x->dims[d] == 1)
            continue;
        step = x->dims[d] ? step / x->dims[d] : 0;
        if (kind)
            push(walk->reduced, walk->reduced_steps, &walk->n_reduced, x->dims[d], step,
                 last == kind);
        else
            push(walk->kept, walk->kept_steps, &walk->n_kept, x->dims[d], step, last == kind);
        last = kind;
    }
    for (int32_t r = 0; r < walk->n_reduced; r++)
        walk->n_terms *= walk->reduced[r];
    walk->rows = last == 1;
    if (walk->rows)
        walk->inner = walk->reduced[--walk->n_reduced];
    else if (last == 0)
        walk->inner = walk->kept[--walk->n_kept];
    for (int32_t r = 0; r < walk->n_reduced; r++)
        walk->n_reduced_rows *= walk->reduced[r];
}

static int64_t offset_of(int64_t index, int32_t n, const int64_t *dims, const int64_t *steps)
{
    int64_t offset = 0;
    for (int32_t d = n; d-- > 0; index /= dims[d])
        offset += index % dims[d] * steps[d];
    return offset;
}

union block {
    double f64[BLOCK];
    int64_t i64[BLOCK];
    float f32[BLOCK];
};

static bool is_floating(hinge_type type)
{
    return type == HINGE_FLOAT || type == HINGE_DOUBLE || half_is(type);
}

/* uint64 as an int64 of the same order, and back. */
#define ORDERED(x) ((int64_t)((uint64_t)(x) ^ UINT64_C(1) << 63))

static void load_ints(const hinge_tensor *x, int64_t at, int64_t count, bool ordered, int64_t *to)
{
    switch (x->type) {
#define LOAD(name, type, expression)                                                               \
    case name:                                                                                     \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const type v = ((const type *)x->data)[at + i];                                        \
            to[i] = (int64_t)(expression);                                                         \
        }                                                                                          \
        break;
        LOAD(HINGE_BOOL, uint8_t, v != 0)
        LOAD(HINGE_UINT8, uint8_t, v)
        LOAD(HINGE_INT8, int8_t, v)
        LOAD(HINGE_INT32, int32_t, v)
        LOAD(HINGE_UINT32, uint32_t, v)
        LOAD(HINGE_INT64, int64_t, v)
        LOAD(HINGE_UINT64, uint64_t, ordered ? ORDERED(v) : (int64_t)v)
#undef LOAD
    default: break;
    }
}

struct job {
    const struct op_reduction *reduction;
    const hinge_tensor *x;
    hinge_tensor *y;
    struct walk walk;
    bool ints, ordered;
};

static void add_exponentials(double *total, const double *x, const double *shift, int64_t count,
                             bool across)
{
    for (int64_t i = 0; i < count; i++)
        total[across ? i : 0] += exp(x[i] - shift[across ? i : 0]);
}

/* The largest or smallest of count > 0 numbers of 8 bits, compared as unsigned ones. */
static int64_t extreme_byte(const struct job *job, const uint8_t *x, int64_t count)
{
    const bool is_signed = job->x->type == HINGE_INT8, smallest = job->reduction->start > 0;
    const uint8_t flip = (uint8_t)((is_signed ? 0x80 : 0) ^ (smallest ? 0xFF : 0));
    uint8_t most = 0;
    for (int64_t i = 0; i < count; i++) {
        const uint8_t v = x[i] ^ flip;
        most = v > most ? v : most;
    }
    most ^= flip;
    if (job->x->type == HINGE_BOOL)
        return most != 0;
    return is_signed ? (int8_t)most : most;
}

/* Elements [at, at + count) of the input into the accumulators; with a shift, their exponentials.
 */
static void take(const struct job *job, int64_t at, int64_t count, union block *total,
                 const double *shift)
{
    const struct op_reduction *reduction = job->reduction;
    const hinge_tensor *x = job->x;
    const bool across = !job->walk.rows;
    union block block;
    if (x->type == HINGE_FLOAT && !shift) {
        reduction->step_float(total->f64, (const float *)x->data + at, count, across);
        return;
    }
    if (reduction->ordered && !across && hinge_type_bits(x->type) == 8) {
        const int64_t byte = extreme_byte(job, (const uint8_t *)x->data + at, count);
        reduction->step_int(total->i64, &byte, 1, false);
        return;
    }
    for (int64_t i = 0, n; i < count; i += n) {
        n = count - i < BLOCK ? count - i : BLOCK;
        if (job->ints) {
            load_ints(x, at + i, n, job->ordered, block.i64);
            reduction->step_int(total->i64, block.i64, n, across);
            continue;
        }
        if (half_is(x->type)) {
            float floats[BLOCK];
            half_load(x->type, floats, (const uint16_t *)x->data + at + i, n);
            for (int64_t k = 0; k < n; k++)
                block.f64[k] = (double)floats[k];
        } else if (x->type == HINGE_FLOAT) {
            for (int64_t k = 0; k < n; k++)
                block.f64[k] = (double)((const float *)x->data)[at + i + k];
        } else if (x->type == HINGE_DOUBLE) {
            memcpy(block.f64, (const double *)x->data + at + i, (size_t)n * sizeof(double));
        } else {
            int64_t ints[BLOCK];
            load_ints(x, at + i, n, false, ints);
            for (int64_t k = 0; k < n; k++)
                block.f64[k] =
                    x->type == HINGE_UINT64 ? (double)(uint64_t)ints[k] : (double)ints[k];
        }
        if (shift)
            add_exponentials(total->f64, block.f64, shift, n, across);
        else
            reduction->step_double(total->f64, block.f64, n, across);
    }
}

static void store_int(hinge_tensor *y, int64_t at, uint64_t value)
{
    switch (hinge_type_bits(y->type)) {
    case 8: ((uint8_t *)y->data)[at] = (uint8_t)value; break;
    case 32: ((uint32_t *)y->data)[at] = (uint32_t)value; break;
    default: ((uint64_t *)y->data)[at] = value; break;
    }
}

static void store_double(hinge_tensor *y, int64_t at, double value)
{
    const float narrow = (float)value;
    if (y->type == HINGE_FLOAT)
        ((float *)y->data)[at] = narrow;
    else if (y->type == HINGE_DOUBLE)
        ((double *)y->data)[at] = value;
    else if (half_is(y->type))
        half_store(y->type, (uint16_t *)y->data + at, &narrow, 1);
    else if (y->type == HINGE_UINT64)
        store_int(y, at, value >= 0x1p64 ? UINT64_MAX : value > 0 ? (uint64_t)value : 0);
    else
        store_int(y, at,
                  (uint64_t)(value >= 0x1p63    ? INT64_MAX
                             : value >= -0x1p63 ? (int64_t)value
                                                : INT64_MIN));
}

static void store(const struct job *job, int64_t at, int64_t count, const union block *total,
                  const double *shift)
{
    const struct op_reduction *reduction = job->reduction;
    const int64_t n = job->walk.n_terms;
    for (int64_t i = 0; i < count; i++) {
        if (job->ints) {
            int64_t value = total->i64[i];
            if (reduction->finish_int)
                value = reduction->finish_int(value, n);
            store_int(job->y, at + i, (uint64_t)(job->ordered ? ORDERED(value) : value));
        } else {
            double value = total->f64[i];
            if (reduction->finish)
                value = reduction->finish(value, n);
            store_double(job->y, at + i, shift ? value + shift[i] : value);
        }
    }
}

/* value, or what of the type comes next to it. */
static int64_t nearest(hinge_type type, int64_t value)
{
    int64_t least = INT64_MIN, most = INT64_MAX;
    switch (type) {
    case HINGE_BOOL: least = 0, most = 1; break;
    case HINGE_UINT8: least = 0, most = UINT8_MAX; break;
    case HINGE_INT8: least = INT8_MIN, most = INT8_MAX; break;
    case HINGE_UINT32: least = 0, most = UINT32_MAX; break;
    case HINGE_INT32: least = INT32_MIN, most = INT32_MAX; break;
    default: break;
    }
    return value < least ? least : value > most ? most : value;
}

static void start(const struct job *job, int64_t count, union block *total)
{
    const int64_t first = nearest(job->x->type, job->reduction->start_int);
    for (int64_t i = 0; i < count; i++) {
        if (job->ints)
            total->i64[i] = first;
        else
            total->f64[i] = job->reduction->start;
    }
}

/* Results [at, at + count), which lie side by side in the last kept dimension. */
static void reduce_piece(const struct job *job, int64_t at, int64_t count)
{
    const struct walk *walk = &job->walk;
    const int64_t across = walk->rows ? 1 : walk->inner;
    const int64_t base =
        offset_of(at / across, walk->n_kept, walk->kept, walk->kept_steps) + at % across;
    const int64_t length = walk->rows ? walk->inner : count;
    union block total;
    double shift[BLOCK];
    start(job, count, &total);
    for (int64_t r = 0; r < walk->n_reduced_rows; r++)
        take(job, base + offset_of(r, walk->n_reduced, walk->reduced, walk->reduced_steps), length,
             &total, NULL);
    if (!job->reduction->shifted_exponentials) {
        store(job, at, count, &total, NULL);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        /* Infinity less infinity is to be no NaN. */
        shift[i] = isfinite(total.f64[i]) ? total.f64[i] : 0;
        total.f64[i] = 0;
    }
    for (int64_t r = 0; r < walk->n_reduced_rows; r++)
        take(job, base + offset_of(r, walk->n_reduced, walk->reduced, walk->reduced_steps), length,
             &total, shift);
    store(job, at, count, &total, shift);
}

static void part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const int64_t across = job->walk.rows ? 1 : job->walk.inner;
    for (int64_t at = begin, n; at < end; at += n) {
        n = across - at % across < end - at ? across - at % across : end - at;
        n = n < BLOCK ? n : BLOCK;
        reduce_piece(job, at, n);
    }
}

hinge_status op_reduce(const struct hinge_node *node, const struct op_reduction *reduction)
{
    struct job job = {.reduction = reduction, .x = node->inputs[0], .y = node->outputs[0]};
    uint32_t mask;
    hinge_status status = reduced_axes(node, &mask);
    if (status)
        return status;
    job.ints = !is_floating(job.x->type) && reduction->step_int;
    job.ordered = reduction->ordered && job.x->type == HINGE_UINT64;
    plan_walk(&job.walk, job.x, mask);
    const int64_t n_results = hinge_count(job.y);
    if (n_results == 0)
        return HINGE_OK;
    const int64_t terms = job.walk.n_terms > 0 ? job.walk.n_terms : 1;
    const int64_t grain = terms < GRAIN ? GRAIN / terms : 1;
    if (n_results <= grain || node->n_threads == 1)
        part(&job, 0, n_results, 0);
    else
        node->host->parallel(node, n_results, grain, part, &job);
    return HINGE_OK;
}
