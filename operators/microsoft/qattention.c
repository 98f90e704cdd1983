/* com.microsoft QAttention-1: Attention whose input and weights are 8-bit integers, which are
 * projected as integers; what follows is computed in float32. Scale and zero point of the input are
 * one number, those of the weights one or one for each column. Source: docs/ContribOperators.md of
 * ONNX Runtime. */
#include "operators/kernels/convert.h"
#include "operators/kernels/simd/simd.h"
#include "operators/microsoft/attention_node.h"
#include "operators/quantize/matmul8.h"

enum { X, WEIGHTS, BIAS, X_SCALE, WEIGHT_SCALE, MASK, X_ZERO, WEIGHT_ZERO, PAST };

struct plan {
    struct attention_sizes sizes;
    struct attention_layout at;
    struct matmul8 m;
    struct matmul8_side scales; /* of the weights */
};

static hinge_status read_product(const struct hinge_node *node, struct plan *p)
{
    const hinge_tensor *scale = node->inputs[X_SCALE], *zero = op_input(node, X_ZERO);
    p->m = (struct matmul8){.a = node->inputs[X],
                            .b = node->inputs[WEIGHTS],
                            .a_zero = zero,
                            .b_zero = op_input(node, WEIGHT_ZERO)};
    if (hinge_count(scale) != 1 || (zero && hinge_count(zero) != 1))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input_scale or input_zero_point is not one number");
    hinge_status status = matmul8_read(node, &p->m, true);
    return status ? status
                  : matmul8_read_side(node, node->inputs[WEIGHT_SCALE], p->m.b, true,
                                      "weight_scale", &p->scales);
}

/* Numbers of the weights' scales, kept as float in front of the product's scratch. */
static int64_t n_scales(const struct plan *p)
{
    return p->scales.step ? p->sizes.width : 1;
}

static size_t scales_size(const struct plan *p)
{
    return (hinge_size(HINGE_FLOAT, n_scales(p)) + 63) / 64 * 64;
}

static hinge_status plan(const struct hinge_node *node, struct plan *p)
{
    hinge_status status = attention_read(node, -1, &p->sizes);
    if (!status)
        status = read_product(node, p);
    p->at.size = 0;
    if (status || attention_is_empty(node))
        return status;
    return attention_lay_out(node, &p->sizes, scales_size(p) + matmul8_scratch(node, &p->m, true),
                             &p->at);
}

struct job {
    const struct plan *p;
    const float *scales, *bias;
    float x_scale, *y;
};

static void finish(const void *argument, const int32_t *sums, int64_t step, int64_t row,
                   int64_t column, int64_t count)
{
    const struct job *job = argument;
    const int64_t width = job->p->sizes.width;
    const bool each = job->p->scales.step != 0;
    const float *scales = job->scales + (each ? column : 0), *bias = job->bias + column;
    float *y = job->y + (step * job->p->m.batch.rows + row) * width + column;
    const vf32 x_scale = vf32_set1(job->x_scale);
    vf32 scale = vf32_mul(x_scale, vf32_set1(scales[0]));
    for (int64_t i = 0; i < count; i += VF32_LANES) {
        const int n = (int)min_i64(VF32_LANES, count - i);
        if (each)
            scale = vf32_mul(x_scale, vf32_load_n(scales + i, n));
        const vf32 product = vf32_mul(vi32_to_vf32(vi32_load_n(sums + i, n)), scale);
        vf32_store_n(y + i, vf32_add(product, vf32_load_n(bias + i, n)), n);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    struct plan p;
    const hinge_tensor *scale = node->inputs[WEIGHT_SCALE];
    hinge_status status = plan(node, &p);
    if (status || attention_is_empty(node))
        return status;
    char *scratch = (char *)node->scratch + p.at.project;
    struct job job = {.p = &p,
                      .scales = (float *)(void *)scratch,
                      .bias = attention_bias(node, &p.sizes, &p.at),
                      .y = (float *)(void *)((char *)node->scratch + p.at.projected)};
    struct gemm_int8_call call = matmul8_call(node, &p.m);
    convert_to_float(scale->type, (float *)(void *)scratch, scale->data, n_scales(&p));
    convert_to_float(scale->type, &job.x_scale, node->inputs[X_SCALE]->data, 1);
    call.finish = finish;
    call.finish_argument = &job;
    matmul8_offsets(&p.m, &call, scratch + scales_size(&p));
    gemm_int8_run(&call);
    attention_attend(node, &p.sizes, &p.at);
    return HINGE_OK;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct plan p;
    hinge_status status = plan(node, &p);
    *scratch = status ? 0 : p.at.size;
    return status;
}

static hinge_status init(struct hinge_node *node)
{
    return matmul8_init(node, WEIGHTS, false);
}

const struct hinge_op op_qattention[] = {
    {.name = "QAttention",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(input: T1, weight: T2, bias: T3, input_scale: T3, weight_scale: T3, "
                  "mask_index?: T4, input_zero_point?: T1, weight_zero_point?: T2, past?: T3) -> "
                  "(output: T3, present?: T3); T1: int8 uint8; T2: int8 uint8; T3: float float16; "
                  "T4: int32",
     .attributes = qattention_attributes,
     .init = init,
     .infer = attention_infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_INT8, run}, {HINGE_UINT8, run})},
    OP_END,
};
