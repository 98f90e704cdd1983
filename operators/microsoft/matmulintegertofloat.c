/* MatMulIntegerToFloat-1 and DynamicQuantizeMatMul-1 of com.microsoft: sums of products of 8-bit
 * integers, times the scales, plus a bias of the columns, in float32. DynamicQuantizeMatMul makes A
 * uint8 first, as DynamicQuantizeLinear does. Scales and zero points may be one number, one for
 * each row of A (column of B), or one for each of every matrix. Source: docs/ContribOperators.md of
 * ONNX Runtime. */
#include "operators/kernels/half.h"
#include "operators/quantize/dynamic.h"
#include "operators/quantize/matmul8.h"

enum { A, B, A_SCALE, B_SCALE, A_ZERO, B_ZERO, BIAS };
enum { DYNAMIC_B_SCALE = 2, DYNAMIC_B_ZERO, DYNAMIC_BIAS };

/* Inputs of either operator. */
struct product {
    struct matmul8 m;
    const hinge_tensor *a_scale, *b_scale, *bias;
    struct matmul8_side a_side, b_side;
};

static hinge_status read_product(const struct hinge_node *node, struct product *p)
{
    hinge_status status = HINGE_OK;
    if (p->a_scale)
        status = matmul8_read_side(node, p->a_scale, p->m.a, false, "a_scale", &p->a_side);
    if (!status)
        status = matmul8_read_side(node, p->b_scale, p->m.b, true, "b_scale", &p->b_side);
    if (!status)
        status = matmul8_read(node, &p->m, p->a_side.step == 0 || p->a_side.batched);
    if (status)
        return status;
    if (p->bias && (p->bias->rank != 1 || p->bias->dims[0] != p->m.batch.columns))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the bias is not a list of %lld values",
                       (long long)p->m.batch.columns);
    return HINGE_OK;
}

static hinge_status read_integers(const struct hinge_node *node, struct product *p)
{
    *p = (struct product){.m = {.a = node->inputs[A],
                                .b = node->inputs[B],
                                .a_zero = op_input(node, A_ZERO),
                                .b_zero = op_input(node, B_ZERO)},
                          .a_scale = node->inputs[A_SCALE],
                          .b_scale = node->inputs[B_SCALE],
                          .bias = op_input(node, BIAS)};
    return read_product(node, p);
}

/* a is A with its dims, and the type and data that it will have. */
static hinge_status read_dynamic(const struct hinge_node *node, hinge_tensor *a, struct product *p)
{
    *a = *node->inputs[A];
    a->type = HINGE_UINT8;
    a->data = NULL;
    *p = (struct product){
        .m = {.a = a, .b = node->inputs[B], .b_zero = op_input(node, DYNAMIC_B_ZERO)},
        .b_scale = node->inputs[DYNAMIC_B_SCALE],
        .bias = op_input(node, DYNAMIC_BIAS)};
    return read_product(node, p);
}

static hinge_status init(struct hinge_node *node)
{
    return matmul8_init(node, B, false);
}

static hinge_status infer_integers(const struct hinge_node *node)
{
    struct product p;
    hinge_status status = read_integers(node, &p);
    return status ? status : batch_infer(node, p.m.a, p.m.b);
}

static hinge_status infer_dynamic(const struct hinge_node *node)
{
    struct product p;
    hinge_tensor a;
    hinge_status status = read_dynamic(node, &a, &p);
    return status ? status : batch_infer(node, p.m.a, p.m.b);
}

/* Scratch for what is kept as float where it is half: bytes, a multiple of 64. */
static size_t floats_size(const hinge_tensor *x)
{
    return x && half_is(x->type) ? (size_t)round_up(hinge_count(x), 16) * sizeof(float) : 0;
}

static const float *floats_of(const hinge_tensor *x, char **scratch)
{
    float *floats = (float *)*scratch;
    if (!x || !half_is(x->type))
        return x ? x->data : NULL;
    half_load(x->type, floats, x->data, hinge_count(x));
    *scratch += floats_size(x);
    return floats;
}

static hinge_status prepare_integers(struct hinge_node *node, size_t *scratch)
{
    struct product p;
    hinge_status status = read_integers(node, &p);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    *scratch = floats_size(p.a_scale) + floats_size(p.b_scale) + floats_size(p.bias) +
               matmul8_scratch(node, &p.m, true);
    return HINGE_OK;
}

static hinge_status prepare_dynamic(struct hinge_node *node, size_t *scratch)
{
    struct product p;
    hinge_tensor a;
    hinge_status status = read_dynamic(node, &a, &p);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    const int64_t count = hinge_count(&a);
    *scratch =
        dynamic_scratch(count) + (size_t)round_up(count, 64) + matmul8_scratch(node, &p.m, true);
    return HINGE_OK;
}

struct job {
    const struct product *p;
    const struct gemm_int8_call *call;
    const float *a_scales, *b_scales, *bias;
    hinge_tensor *y;
};

static void finish(const void *argument, const int32_t *sums, int64_t step, int64_t row,
                   int64_t column, int64_t count)
{
    const struct job *job = argument;
    const struct gemm_int8_call *call = job->call;
    const struct matmul8_side *b_side = &job->p->b_side;
    const int64_t a_at = call->a_offsets ? call->a_offsets[step] : 0;
    const int64_t b_at = call->b_offsets ? call->b_offsets[step] : 0;
    const int64_t at = (step * call->rows + row) * call->columns + column;
    const float a = job->a_scales[matmul8_number(&job->p->a_side, a_at, call->depth, row)];
    const float *b = job->b_scales + matmul8_number(b_side, b_at, call->depth, column);
    float values[QUANTIZE_BLOCK];
    for (int64_t i = 0; i < count; i += QUANTIZE_BLOCK) {
        const int64_t n = min_i64(count - i, QUANTIZE_BLOCK);
        float *y = job->y->type == HINGE_FLOAT ? (float *)job->y->data + at + i : values;
        for (int64_t k = 0; k < n; k++)
            y[k] = (float)sums[i + k] * (a * b[b_side->step * (i + k)]);
        if (job->bias)
            for (int64_t k = 0; k < n; k++)
                y[k] += job->bias[column + i + k];
        if (half_is(job->y->type))
            half_store(job->y->type, (uint16_t *)job->y->data + at + i, values, n);
    }
}

static void multiply(const struct hinge_node *node, const struct product *p, struct job *job,
                     void *scratch)
{
    struct gemm_int8_call call = matmul8_call(node, &p->m);
    job->p = p;
    job->call = &call;
    job->y = node->outputs[0];
    call.finish = finish;
    call.finish_argument = job;
    matmul8_offsets(&p->m, &call, scratch);
    gemm_int8_run(&call);
}

static hinge_status run_integers(const struct hinge_node *node)
{
    struct product p;
    struct job job;
    char *scratch = node->scratch;
    hinge_status status = read_integers(node, &p);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    job.a_scales = floats_of(p.a_scale, &scratch);
    job.b_scales = floats_of(p.b_scale, &scratch);
    job.bias = floats_of(p.bias, &scratch);
    multiply(node, &p, &job, scratch);
    return HINGE_OK;
}

static hinge_status run_dynamic(const struct hinge_node *node)
{
    struct product p;
    struct job job;
    hinge_tensor a;
    hinge_status status = read_dynamic(node, &a, &p);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    const int64_t count = hinge_count(&a);
    uint8_t *bytes = (uint8_t *)node->scratch + dynamic_scratch(count), zero_point;
    float scale;
    const hinge_tensor zero = {.type = HINGE_UINT8, .data = &zero_point};
    dynamic_quantize(node, node->inputs[A]->data, count, node->scratch, bytes, &scale, &zero_point);
    a.data = bytes;
    p.m.a_zero = &zero;
    job.a_scales = &scale;
    job.b_scales = p.b_scale->data;
    job.bias = p.bias ? p.bias->data : NULL;
    multiply(node, &p, &job, bytes + round_up(count, 64));
    return HINGE_OK;
}

const struct hinge_op op_matmulintegertofloat[] = {
    {.name = "MatMulIntegerToFloat",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(A: T1, B: T2, a_scale: T3, b_scale: T3, a_zero_point?: T1, b_zero_point?: T2, "
                  "bias?: T3) -> (Y: T3); T1: int8 uint8; T2: int8 uint8; T3: float float16",
     .init = init,
     .infer = infer_integers,
     .prepare = prepare_integers,
     .kernels = HINGE_KERNELS({HINGE_INT8, run_integers}, {HINGE_UINT8, run_integers})},
    {.name = "DynamicQuantizeMatMul",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(A: T1, B: T2, b_scale: T1, b_zero_point?: T2, bias?: T1) -> (Y: T1); "
                  "T1: float; T2: int8 uint8",
     .init = init,
     .infer = infer_dynamic,
     .prepare = prepare_dynamic,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run_dynamic})},
    OP_END,
};
