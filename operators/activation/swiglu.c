/* SwiGLU-28: y = b a / (1 + e^(-alpha a)) for inputs a, b of one shape. */
#include "operators/kernels/half.h"
#include "operators/kernels/half_round.h"
#include "operators/op/activation.h"

struct job {
    float alpha;
    const void *a, *b;
    void *y;
};

/* The lanes of y that mask names, through libm: a product of a and b may be too large where the
 * gate makes the result a number again. */
static vf32 swiglu_again(uint32_t mask, vf32 a, vf32 b, float alpha, vf32 y)
{
    float gates[VF32_LANES], factors[VF32_LANES], values[VF32_LANES];
    vf32_store(gates, a);
    vf32_store(factors, b);
    vf32_store(values, y);
    for (int lane = 0; lane < VF32_LANES; lane++)
        if (mask >> lane & 1)
            values[lane] = (float)activation_gated_swish_at((double)gates[lane],
                                                            (double)factors[lane], (double)alpha);
    return vf32_load(values);
}

static inline vf32 swiglu(vf32 a, vf32 b, float alpha)
{
    const float magnitude = fabsf(alpha);
    const bool usual = magnitude > 0x1p-20F && magnitude < 0x1p80F;
    const vm32 large = vf32_gt(vf32_abs(vf32_mul(a, b)), vf32_set1(0x1p100F));
    const vf32 y = activation_gated_swish(a, b, alpha);
    const uint32_t again = usual ? vm32_bits(large) : UINT32_MAX;
    return again ? swiglu_again(again, a, b, alpha, y) : y;
}

static void span_f32(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const float *a = job->a;
    const float *b = job->b;
    float *y = job->y;
    const float alpha = job->alpha;
    int64_t i = begin;
    for (; i + VF32_LANES <= end; i += VF32_LANES)
        vf32_store(y + i, swiglu(vf32_load(a + i), vf32_load(b + i), alpha));
    if (i < end) {
        const int n = (int)(end - i);
        vf32_store_n(y + i, swiglu(vf32_load_n(a + i, n), vf32_load_n(b + i, n), alpha), n);
    }
}

/* The function on the right side of a middle between two halves: a and a / 2, which the gate comes
 * as near to as float64 can tell, times b may be one. */
static double swiglu_beside_middle(double a, double b, float alpha)
{
    const double y = activation_gated_swish_at(a, b, (double)alpha);
    if (y == a * b && alpha != 0)
        return nextafter(y, 0);
    if (y == a / 2 * b && alpha != 0)
        return nextafter(y, a * (double)alpha > 0 ? copysign((double)INFINITY, y) : 0);
    return y;
}

/* Computes the lanes of y that doubtful names again. */
static vf32 settle(uint32_t doubtful, vf32 a, vf32 b, float alpha, vf32 y)
{
    float gates[VF32_LANES], factors[VF32_LANES], values[VF32_LANES];
    vf32_store(gates, a);
    vf32_store(factors, b);
    vf32_store(values, y);
    for (int lane = 0; lane < VF32_LANES; lane++)
        if (doubtful >> lane & 1)
            values[lane] = half_round_to_odd(
                swiglu_beside_middle((double)gates[lane], (double)factors[lane], alpha));
    return vf32_load(values);
}

static inline void span_half(hinge_type type, const struct job *job, int64_t begin, int64_t end)
{
    const uint16_t *a = job->a;
    const uint16_t *b = job->b;
    uint16_t *y = job->y;
    for (int64_t i = begin; i < end; i += VF32_LANES) {
        const int n = end - i < VF32_LANES ? (int)(end - i) : VF32_LANES;
        const vf32 gate = half_load_vector_n(type, a + i, n);
        const vf32 factor = half_load_vector_n(type, b + i, n);
        const vf32 value = swiglu(gate, factor, job->alpha);
        half_store_vector_n(type, y + i, value, n);
        const uint32_t doubtful =
            half_near_middle(half_type_of(type), value, half_load_vector_n(type, y + i, n));
        if (doubtful)
            half_store_vector_n(type, y + i, settle(doubtful, gate, factor, job->alpha, value), n);
    }
}

static void span_f16(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    span_half(HINGE_FLOAT16, argument, begin, end);
}

static void span_bf16(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    span_half(HINGE_BFLOAT16, argument, begin, end);
}

static void span_f64(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const double *a = job->a;
    const double *b = job->b;
    double *y = job->y;
    for (int64_t i = begin; i < end; i++)
        y[i] = activation_gated_swish_at(a[i], b[i], (double)job->alpha);
}

static hinge_status swiglu_run(const struct hinge_node *node)
{
    const hinge_type type = node->inputs[0]->type;
    hinge_task *span = type == HINGE_FLOAT     ? span_f32
                       : type == HINGE_DOUBLE  ? span_f64
                       : type == HINGE_FLOAT16 ? span_f16
                                               : span_bf16;
    struct job job = {node->attributes[0].f, node->inputs[0]->data, node->inputs[1]->data,
                      node->outputs[0]->data};
    node->host->parallel(node, hinge_count(node->inputs[0]), OP_ACTIVATION_GRAIN, span, &job);
    return HINGE_OK;
}

static hinge_status swiglu_infer(const struct hinge_node *node)
{
    const hinge_tensor *a = node->inputs[0];
    const hinge_tensor *b = node->inputs[1];
    bool same = a->rank == b->rank;
    for (int32_t d = 0; same && d < a->rank; d++)
        same = a->dims[d] == b->dims[d];
    if (!same)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "inputs 0 and 1 have different shapes");
    return op_infer_same(node);
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = NULL},
};

const struct hinge_op op_swiglu[] = {
    {.name = "SwiGLU",
     .gradient = "s = Sigmoid(alpha * a); dy * b * (s + alpha * a * s * (1 - s)) | "
                 "dy * a * Sigmoid(alpha * a)",
     .since = 28,
     .signature = "(A: T, B: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = attributes,
     .infer = swiglu_infer,
     .kernels = HINGE_KERNELS(OP_FLOATING(swiglu_run))},
    OP_END,
};
