/* SwiGLU-28: y = b a / (1 + e^(-alpha a)) for inputs a, b of one shape. */
#include "operators/activation/activation_family.h"

struct job {
    float alpha;
    const void *a, *b;
    void *y;
};

/* A product of a and b may be too large where the gate makes the result a number again: b is kept
 * 2^8 too small then. */
static inline vf32 swiglu(vf32 a, vf32 b, float alpha)
{
    const vm32 huge = vf32_gt(vf32_abs(b), vf32_set1(0x1p100F));
    const vf32 scaled = vf32_select(huge, vf32_mul(b, vf32_set1(0x1p-8F)), b);
    const vf32 y = activation_gated_swish(a, scaled, alpha);
    return vf32_select(huge, vf32_mul(y, vf32_set1(0x1p8F)), y);
}

#define SWIGLU(suffix, type, load_n, store_n)                                                      \
    static void span_##suffix(void *argument, int64_t begin, int64_t end, unsigned thread)         \
    {                                                                                              \
        (void)thread;                                                                              \
        const struct job *job = argument;                                                          \
        const type *a = job->a;                                                                    \
        const type *b = job->b;                                                                    \
        type *y = job->y;                                                                          \
        const float alpha = job->alpha;                                                            \
        for (int64_t i = begin; i < end; i += VF32_LANES) {                                        \
            const int n = end - i < VF32_LANES ? (int)(end - i) : VF32_LANES;                      \
            store_n(y + i, swiglu(load_n(a + i, n), load_n(b + i, n), alpha), n);                  \
        }                                                                                          \
    }                                                                                              \
    SWIGLU_RUN(suffix)

#define SWIGLU_RUN(suffix)                                                                         \
    static hinge_status swiglu_##suffix(const struct hinge_node *node)                             \
    {                                                                                              \
        struct job job = {node->attributes[0].f, node->inputs[0]->data, node->inputs[1]->data,     \
                          node->outputs[0]->data};                                                 \
        node->host->parallel(node, hinge_count(node->inputs[0]), ACTIVATION_GRAIN, span_##suffix,  \
                             &job);                                                                \
        return HINGE_OK;                                                                           \
    }

SWIGLU(f32, float, vf32_load_n, vf32_store_n)
SWIGLU(f16, uint16_t, vf32_load_f16_n, vf32_store_f16_n)
SWIGLU(bf16, uint16_t, vf32_load_bf16_n, vf32_store_bf16_n)

static void span_f64(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const double *b = job->b;
    const struct hinge_activation swish = {.kind = HINGE_ACT_SWISH, .alpha = job->alpha};
    double *y = job->y;
    for (int64_t i = begin; i < end; i++) {
        double gate;
        activation_f64(&swish, (const double *)job->a + i, &gate, 1);
        y[i] = gate * b[i];
    }
}
SWIGLU_RUN(f64)

static hinge_status swiglu_infer(const struct hinge_node *node)
{
    const hinge_tensor *a = node->inputs[0];
    const hinge_tensor *b = node->inputs[1];
    bool same = a->type == b->type && a->rank == b->rank;
    for (int32_t d = 0; same && d < a->rank; d++)
        same = a->dims[d] == b->dims[d];
    if (!same)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "inputs 0 and 1 have different types or shapes");
    return op_infer_same(node);
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = NULL},
};

const struct hinge_op op_swiglu[] = {
    {.name = "SwiGLU",
     .since = 28,
     .inputs = {2, 2},
     .outputs = {1, 1},
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = attributes,
     .infer = swiglu_infer,
     .kernels = {{HINGE_FLOAT, swiglu_f32},
                 {HINGE_DOUBLE, swiglu_f64},
                 {HINGE_FLOAT16, swiglu_f16},
                 {HINGE_BFLOAT16, swiglu_bf16}}},
    OP_END,
};
