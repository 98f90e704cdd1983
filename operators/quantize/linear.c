/* What QuantizeLinear and DequantizeLinear, of either domain, have in common: their scales over the
 * input, and blocks of it by way of float or int32. */
#include <math.h>
#include <string.h>

#include "operators/kernels/convert.h"
#include "operators/kernels/half.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"
#include "operators/quantize/quantize.h"

enum { X, SCALE, ZERO_POINT };

/* Elements that threads take at least, in units that fill whole bytes of every type. */
enum { UNIT = 64, GRAIN = 16384 / UNIT };

/* The grid. */

static hinge_status per_block(const struct hinge_node *node, int64_t block, struct quantize_grid *g,
                              int32_t axis)
{
    const hinge_tensor *x = node->inputs[X], *scale = node->inputs[SCALE];
    if (scale->rank != x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the scale of blocks has rank %d, the input %d",
                       (int)scale->rank, (int)x->rank);
    for (int32_t i = 0; i < x->rank; i++) {
        const int64_t parts =
            i == axis ? x->dims[i] / block + (x->dims[i] % block != 0) : x->dims[i];
        if (scale->dims[i] != parts)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d of the scale is %lld, not %lld",
                           (int)i, (long long)scale->dims[i], (long long)parts);
    }
    g->block = block;
    g->inner_step = 1;
    g->axis_step = g->inner;
    g->outer_step = scale->dims[axis] * g->inner;
    return HINGE_OK;
}

static hinge_status per_axis(const struct hinge_node *node, struct quantize_grid *g, int32_t axis)
{
    const hinge_tensor *scale = node->inputs[SCALE];
    if (scale->rank != 1 || scale->dims[0] != node->inputs[X]->dims[axis])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the scale is neither one number nor %lld",
                       (long long)node->inputs[X]->dims[axis]);
    g->axis_step = 1;
    return HINGE_OK;
}

static hinge_status read_grid(const struct hinge_node *node,
                              const struct quantize_attributes *attributes, struct quantize_grid *g)
{
    const hinge_tensor *x = node->inputs[X], *scale = node->inputs[SCALE];
    const hinge_tensor *zero_point = op_input(node, ZERO_POINT);
    const int64_t block = attributes->block_size;
    int32_t axis;
    *g = (struct quantize_grid){
        .axis = 1, .inner = max_i64(hinge_count(x), 1), .block = 1, .count = hinge_count(scale)};
    if (block < 0)
        return OP_FAIL(node, HINGE_BAD_VALUE, "block_size is %lld", (long long)block);
    if (zero_point && hinge_count(zero_point) != g->count)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%lld scales meet %lld zero points",
                       (long long)g->count, (long long)hinge_count(zero_point));
    if (scale->rank == 0 || (g->count == 1 && block == 0))
        return HINGE_OK;
    if (!attributes->has_axis)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the scale is not one number");
    hinge_status status = op_axis(node, "axis", attributes->axis, x->rank, &axis);
    if (status)
        return status;
    g->axis = max_i64(x->dims[axis], 1);
    g->inner = max_i64(op_dims_count(x, axis + 1, x->rank), 1);
    return block ? per_block(node, block, g, axis) : per_axis(node, g, axis);
}

hinge_status quantize_infer(const struct hinge_node *node,
                            const struct quantize_attributes *attributes)
{
    struct quantize_grid grid;
    hinge_status status = read_grid(node, attributes, &grid);
    return status ? status : op_infer_same(node);
}

/* The scales as float, or double where they are int32, and the zero points as int32, or float where
 * they are float8 or float4: once a run. */

/* What a quotient of this node is rounded to. */
static hinge_type precision_of(const struct hinge_node *node,
                               const struct quantize_attributes *attributes)
{
    const hinge_type scale = node->inputs[SCALE]->type;
    if (attributes->precision)
        return attributes->precision;
    return scale == HINGE_INT32 ? HINGE_DOUBLE : half_is(scale) ? scale : HINGE_FLOAT;
}

hinge_status quantize_prepare(const struct hinge_node *node,
                              const struct quantize_attributes *attributes, size_t *scratch)
{
    int64_t size;
    (void)attributes;
    if (!op_multiply(hinge_count(node->inputs[SCALE]), sizeof(double) + sizeof(int32_t), &size))
        return OP_FAIL(node, HINGE_LIMIT, "there are too many scales");
    *scratch = (size_t)size;
    return HINGE_OK;
}

struct job {
    const struct hinge_node *node;
    struct quantize_grid grid;
    hinge_type precision;
    const void *scale; /* float, or double where that is the precision */
    const int32_t *zero_point;
    float least, largest;
    struct minifloat_rule rule;
};

/* Rounds floats to a half type. */
static void round_to(hinge_type type, float *values, int64_t count)
{
    uint16_t halves[QUANTIZE_BLOCK];
    for (int64_t i = 0; half_is(type) && i < count; i += QUANTIZE_BLOCK) {
        const int64_t n = min_i64(count - i, QUANTIZE_BLOCK);
        half_store(type, halves, values + i, n);
        half_load(type, values + i, halves, n);
    }
}

/* Of float8 and float4 numbers too, whose places may begin within a byte. */
static void to_floats(hinge_type type, float *to, const void *from, int64_t at, int64_t count)
{
    if (hinge_type_bits(type) >= 8) {
        convert_to_float(type, to, (const char *)from + hinge_size(type, at), count);
        return;
    }
    int32_t codes[QUANTIZE_BLOCK];
    uint8_t bytes[QUANTIZE_BLOCK];
    for (int64_t i = 0; i < count; i += QUANTIZE_BLOCK) {
        const int64_t n = min_i64(count - i, QUANTIZE_BLOCK);
        quantize_load(HINGE_UINT4, codes, from, at + i, n);
        quantize_store(HINGE_UINT4, bytes, 0, codes, n);
        convert_to_float(type, to + i, bytes, n);
    }
}

static hinge_status read_job(const struct hinge_node *node,
                             const struct quantize_attributes *attributes, struct job *job)
{
    const hinge_tensor *scale = node->inputs[SCALE], *zero_point = op_input(node, ZERO_POINT);
    *job = (struct job){.node = node, .precision = precision_of(node, attributes)};
    hinge_status status = read_grid(node, attributes, &job->grid);
    const int64_t count = job->grid.count;
    int32_t *zero_points = (int32_t *)((double *)node->scratch + count);
    if (status)
        return status;
    job->scale = scale->data;
    if (job->precision == HINGE_DOUBLE) {
        convert_to_double(scale->type, node->scratch, scale->data, count);
        job->scale = node->scratch;
    } else if (scale->type != HINGE_FLOAT || half_is(job->precision)) {
        to_floats(scale->type, node->scratch, scale->data, 0, count);
        round_to(job->precision, node->scratch, count);
        job->scale = node->scratch;
    }
    if (zero_point && minifloat_is(zero_point->type))
        to_floats(zero_point->type, (float *)zero_points, zero_point->data, 0, count);
    else if (zero_point)
        quantize_load(zero_point->type, zero_points, zero_point->data, 0, count);
    else if (count)
        memset(zero_points, 0, (size_t)count * sizeof *zero_points);
    job->zero_point = zero_points;
    return HINGE_OK;
}

typedef void block_task(const struct job *job, const struct quantize_by *by, int64_t at,
                        int64_t count);

static void walk(const struct job *job, int64_t begin, int64_t end, block_task *task)
{
    for (int64_t at = begin; at < end;) {
        const struct quantize_run run = quantize_run_at(&job->grid, at);
        const int64_t count = min_i64(run.count, end - at);
        for (int64_t i = 0; i < count; i += QUANTIZE_BLOCK) {
            const int64_t scale = run.scale + (run.step ? i : 0);
            const struct quantize_by by = {(const float *)job->scale + scale,
                                           job->zero_point + scale, run.step};
            task(job, &by, at + i, min_i64(count - i, QUANTIZE_BLOCK));
        }
        at += count;
    }
}

/* Runs the task over units [begin, end) of the elements. */
static void walk_units(void *argument, int64_t begin, int64_t end, block_task *task)
{
    const struct job *job = argument;
    const int64_t count = hinge_count(job->node->inputs[X]);
    walk(job, begin * UNIT, min_i64(end * UNIT, count), task);
}

/* The zero point of element i of a block, of numbers that are float8 or float4. */
static float real_zero_point(const struct quantize_by *by, int64_t i)
{
    return ((const float *)(const void *)by->zero_point)[i * by->step];
}

/* Quantizing. */

/* Float8 and float4: the quotients, which stand in floats. */
static void store_reals(const struct job *job, const struct quantize_by *by, int64_t at,
                        float *floats, int64_t count)
{
    hinge_tensor *y = job->node->outputs[0];
    uint8_t bytes[QUANTIZE_BLOCK];
    int32_t codes[QUANTIZE_BLOCK];
    for (int64_t i = 0; i < count; i++)
        floats[i] += real_zero_point(by, i);
    convert_from_float(y->type, &job->rule, bytes, floats, count);
    if (y->type == HINGE_FLOAT4E2M1) {
        quantize_load(HINGE_UINT4, codes, bytes, 0, count);
        quantize_store(HINGE_UINT4, y->data, at, codes, count);
    } else {
        memcpy((uint8_t *)y->data + at, bytes, (size_t)count);
    }
}

static void quantize_block(const struct job *job, const struct quantize_by *by, int64_t at,
                           int64_t count)
{
    const hinge_tensor *x = job->node->inputs[X];
    hinge_tensor *y = job->node->outputs[0];
    float floats[QUANTIZE_BLOCK], ones[QUANTIZE_BLOCK];
    int32_t values[QUANTIZE_BLOCK];
    const float *from = (const float *)x->data + at;
    struct quantize_by rest = *by;
    const bool is_real = minifloat_is(y->type);
    if (x->type != HINGE_FLOAT || half_is(job->precision) || is_real) {
        to_floats(x->type, floats, x->data, at, count);
        from = floats;
    }
    if (half_is(job->precision) || is_real) {
        round_to(job->precision, floats, count);
        for (int64_t i = 0; i < count; i++) {
            floats[i] /= by->scale[i * by->step];
            ones[i] = 1;
        }
        round_to(job->precision, floats, count);
        rest.scale = ones;
    }
    if (is_real) {
        store_reals(job, by, at, floats, count);
        return;
    }
    quantize_row(values, from, &rest, job->least, job->largest, count);
    quantize_store(y->type, y->data, at, values, count);
}

/* The quotient in double. */
static void quantize_block_double(const struct job *job, const struct quantize_by *by, int64_t at,
                                  int64_t count)
{
    const hinge_tensor *x = job->node->inputs[X];
    hinge_tensor *y = job->node->outputs[0];
    const double *scale = (const double *)job->scale + (by->zero_point - job->zero_point);
    double numbers[QUANTIZE_BLOCK];
    int32_t values[QUANTIZE_BLOCK];
    float floats[QUANTIZE_BLOCK];
    convert_to_double(x->type, numbers, (const char *)x->data + hinge_size(x->type, at), count);
    if (minifloat_is(y->type)) {
        for (int64_t i = 0; i < count; i++)
            floats[i] = (float)(numbers[i] / scale[i * by->step]);
        store_reals(job, by, at, floats, count);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        const double zero_point = by->zero_point[i * by->step];
        const double sum = nearbyint(numbers[i] / scale[i * by->step]) + zero_point;
        const double above = sum > (double)job->least ? sum : (double)job->least;
        values[i] = (int32_t)(above < (double)job->largest ? above : (double)job->largest);
    }
    quantize_store(y->type, y->data, at, values, count);
}

static void quantize_units(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    (void)thread;
    walk_units(argument, begin, end,
               job->precision == HINGE_DOUBLE ? quantize_block_double : quantize_block);
}

hinge_status quantize_run_linear(const struct hinge_node *node,
                                 const struct quantize_attributes *attributes)
{
    struct job job;
    hinge_status status = read_job(node, attributes, &job);
    if (status)
        return status;
    if (!minifloat_is(node->outputs[0]->type))
        quantize_range(node->outputs[0]->type, &job.least, &job.largest);
    job.rule.no_saturate = attributes->no_saturate;
    node->host->parallel(node, ceil_div(hinge_count(node->inputs[X]), UNIT), GRAIN, quantize_units,
                         &job);
    return HINGE_OK;
}

/* Restoring. */

static void restore_block(const struct job *job, const struct quantize_by *by, int64_t at,
                          int64_t count)
{
    const hinge_tensor *x = job->node->inputs[X];
    hinge_tensor *y = job->node->outputs[0];
    float floats[QUANTIZE_BLOCK];
    int32_t values[QUANTIZE_BLOCK];
    float *to = y->type == HINGE_FLOAT ? (float *)y->data + at : floats;
    if (x->type == HINGE_INT32) {
        const int32_t *from = (const int32_t *)x->data + at;
        for (int64_t i = 0; i < count; i++)
            to[i] = (float)((double)from[i] - (double)by->zero_point[i * by->step]) *
                    by->scale[i * by->step];
    } else if (minifloat_is(x->type)) {
        to_floats(x->type, to, x->data, at, count);
        for (int64_t i = 0; i < count; i++)
            to[i] = (to[i] - real_zero_point(by, i)) * by->scale[i * by->step];
    } else {
        quantize_load(x->type, values, x->data, at, count);
        quantize_restore(to, values, by, count);
    }
    if (half_is(y->type))
        half_store(y->type, (uint16_t *)y->data + at, floats, count);
}

static void restore_units(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    walk_units(argument, begin, end, restore_block);
}

hinge_status quantize_run_dequantize(const struct hinge_node *node,
                                     const struct quantize_attributes *attributes)
{
    struct job job;
    hinge_status status = read_job(node, attributes, &job);
    if (status)
        return status;
    node->host->parallel(node, ceil_div(hinge_count(node->inputs[X]), UNIT), GRAIN, restore_units,
                         &job);
    return HINGE_OK;
}
