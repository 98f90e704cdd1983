/* QLinearMatMul-10, -21: the sums of MatMulInteger times a scale a row, one a column and the
 * reciprocal of y's, which are multiplied in float32; y has one scale and zero point. With float8
 * among a, b and y, numbers are summed in double, one result after the other. */
#include "operators/kernels/convert.h"
#include "operators/kernels/half.h"
#include "operators/quantize/matmul8.h"
#include "operators/quantize/quantize.h"

enum { A, A_SCALE, A_ZERO, B, B_SCALE, B_ZERO, Y_SCALE, Y_ZERO };

struct job {
    struct matmul8 m;
    struct matmul8_side a_scale, b_scale;
    const float *a_scales, *b_scales;
    float y_scale;
    int32_t y_zero;
    float y_real; /* the zero point where y is float8 */
    float least, largest;
    const struct gemm_int8_call *call;
    hinge_tensor *y;
};

static hinge_status read_job(const struct hinge_node *node, struct job *job)
{
    const hinge_tensor *const *in = node->inputs;
    *job = (struct job){.m = {.a = in[A], .b = in[B], .a_zero = in[A_ZERO], .b_zero = in[B_ZERO]}};
    hinge_status status =
        matmul8_read_side(node, in[A_SCALE], in[A], false, "a_scale", &job->a_scale);
    if (!status)
        status = matmul8_read_side(node, in[B_SCALE], in[B], true, "b_scale", &job->b_scale);
    if (status)
        return status;
    if (hinge_count(in[Y_SCALE]) != 1 || hinge_count(in[Y_ZERO]) != 1)
        return OP_FAIL(node, HINGE_UNSUPPORTED, "y has %lld scales and %lld zero points, not one",
                       (long long)hinge_count(in[Y_SCALE]), (long long)hinge_count(in[Y_ZERO]));
    return matmul8_read(node, &job->m, job->a_scale.step == 0 || job->a_scale.batched);
}

static bool has_reals(const struct hinge_node *node)
{
    return minifloat_is(node->inputs[A]->type) || minifloat_is(node->inputs[B]->type) ||
           minifloat_is(node->inputs[Y_ZERO]->type);
}

static hinge_status init(struct hinge_node *node)
{
    return has_reals(node) ? HINGE_OK : matmul8_init(node, B, false);
}

static hinge_status infer(const struct hinge_node *node)
{
    struct job job;
    hinge_status status = read_job(node, &job);
    return status ? status : batch_infer(node, job.m.a, job.m.b);
}

/* Scratch for scales that are halves. */
static int64_t scales_size(const hinge_tensor *scales)
{
    return half_is(scales->type) ? round_up(hinge_count(scales), 16) * (int64_t)sizeof(float) : 0;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct job job;
    hinge_status status = read_job(node, &job);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    *scratch = (size_t)(scales_size(node->inputs[A_SCALE]) + scales_size(node->inputs[B_SCALE])) +
               matmul8_scratch(node, &job.m, true);
    return HINGE_OK;
}

static const float *floats_of(const hinge_tensor *scales, char **scratch)
{
    float *floats = (float *)*scratch;
    if (!half_is(scales->type))
        return scales->data;
    half_load(scales->type, floats, scales->data, hinge_count(scales));
    *scratch += scales_size(scales);
    return floats;
}

static void finish(const void *argument, const int32_t *sums, int64_t step, int64_t row,
                   int64_t column, int64_t count)
{
    const struct job *job = argument;
    const struct gemm_int8_call *call = job->call;
    const int64_t a_at = call->a_offsets ? call->a_offsets[step] : 0;
    const int64_t b_at = call->b_offsets ? call->b_offsets[step] : 0;
    const int64_t at = (step * call->rows + row) * call->columns + column;
    const float *b = job->b_scales + matmul8_number(&job->b_scale, b_at, call->depth, column);
    const float a = job->a_scales[matmul8_number(&job->a_scale, a_at, call->depth, row)];
    float scales[QUANTIZE_BLOCK];
    int32_t zeros[QUANTIZE_BLOCK];
    const struct quantize_by by = {scales, zeros, job->b_scale.step};
    for (int64_t i = 0; i < count; i += QUANTIZE_BLOCK) {
        const int64_t n = min_i64(count - i, QUANTIZE_BLOCK);
        for (int64_t k = 0; k < (by.step ? n : 1); k++) {
            scales[k] = a * b[by.step * (i + k)] / job->y_scale;
            zeros[k] = job->y_zero;
        }
        quantize_sums((uint8_t *)job->y->data + at + i, sums + i, 0, &by, job->least, job->largest,
                      n);
    }
}

/* With float8. All types have elements of a byte. */

static double element(const hinge_tensor *t, int64_t i)
{
    double value;
    convert_to_double(t->type, &value, (const char *)t->data + i, 1);
    return value;
}

static void store_real(const struct job *job, int64_t at, float product)
{
    hinge_tensor *y = job->y;
    if (minifloat_is(y->type)) {
        const float value = product + job->y_real;
        convert_from_float(y->type, NULL, (char *)y->data + at, &value, 1);
    } else {
        quantize_floats(y->type, y->data, at, &product, 1, job->y_zero, 1);
    }
}

static void real_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const struct gemm_int8_call *call = job->call;
    const struct matmul8 *m = &job->m;
    const int64_t depth = call->depth, columns = call->columns;
    for (int64_t i = begin; i < end; i++) {
        const int64_t step = i / call->rows, row = i % call->rows;
        const int64_t a_at = call->a_offsets ? call->a_offsets[step] : 0;
        const int64_t b_at = call->b_offsets ? call->b_offsets[step] : 0;
        const double a_zero = element(m->a_zero, matmul8_number(&m->a_side, a_at, depth, row));
        const float a = job->a_scales[matmul8_number(&job->a_scale, a_at, depth, row)];
        for (int64_t j = 0; j < columns; j++) {
            const double b_zero = element(m->b_zero, matmul8_number(&m->b_side, b_at, depth, j));
            const float b = job->b_scales[matmul8_number(&job->b_scale, b_at, depth, j)];
            double sum = 0;
            for (int64_t k = 0; k < depth; k++)
                sum += (element(m->a, a_at + row * depth + k) - a_zero) *
                       (element(m->b, b_at + k * columns + j) - b_zero);
            store_real(job, i * columns + j, (float)sum * (a * b / job->y_scale));
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    struct job job;
    char *scratch = node->scratch;
    hinge_status status = read_job(node, &job);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    const hinge_tensor *y_scale = node->inputs[Y_SCALE];
    struct gemm_int8_call call = matmul8_call(node, &job.m);
    job.y = node->outputs[0];
    job.a_scales = floats_of(node->inputs[A_SCALE], &scratch);
    job.b_scales = floats_of(node->inputs[B_SCALE], &scratch);
    if (half_is(y_scale->type))
        half_load(y_scale->type, &job.y_scale, y_scale->data, 1);
    else
        job.y_scale = *(const float *)y_scale->data;
    if (minifloat_is(job.y->type)) {
        convert_to_float(job.y->type, &job.y_real, node->inputs[Y_ZERO]->data, 1);
    } else {
        quantize_load(job.y->type, &job.y_zero, node->inputs[Y_ZERO]->data, 0, 1);
        quantize_range(job.y->type, &job.least, &job.largest);
    }
    call.finish = finish;
    call.finish_argument = &job;
    job.call = &call;
    matmul8_offsets(&job.m, &call, scratch);
    if (has_reals(node))
        node->host->parallel(node, call.batch * call.rows,
                             op_grain(4096, call.depth * call.columns), real_rows, &job);
    else
        gemm_int8_run(&call);
    return HINGE_OK;
}

#define ENTRY(first, last, quantized, scale, constraint, ...)                                      \
    {                                                                                              \
        .name = "QLinearMatMul", .since = (first), .until = (last),                                \
        .signature = "(a: T1, a_scale: " scale ", a_zero_point: T1, b: T2, b_scale: " scale        \
                     ", b_zero_point: T2, y_scale: " scale                                         \
                     ", y_zero_point: T3) -> (y: T3); T1: " quantized constraint                   \
                     "; T2: " quantized "; T3: " quantized,                                        \
        .init = init, .infer = infer, .prepare = prepare, .kernels = HINGE_KERNELS(__VA_ARGS__)    \
    }

#define TYPES_21 "int8 uint8 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz"

const struct hinge_op op_qlinearmatmul[] = {
    ENTRY(10, 20, "int8 uint8", "float", "", {HINGE_INT8, run}, {HINGE_UINT8, run}),
    ENTRY(21, 0, TYPES_21, "TS", "; TS: float float16 bfloat16", {HINGE_NO_TYPE, run}),
    OP_END,
};
