/* The activation functions over arrays: the kind is looked up once, then a loop of its own runs.
 * Half types are computed in float32. */
#include "operators/kernels/activation.h"

/* Expands X for every kind, so that each gets a loop in which the kind is a constant. */
#define ACTIVATIONS(X)                                                                             \
    X(HINGE_ACT_NONE)                                                                              \
    X(HINGE_ACT_RELU)                                                                              \
    X(HINGE_ACT_LEAKY_RELU)                                                                        \
    X(HINGE_ACT_ELU)                                                                               \
    X(HINGE_ACT_SOFTPLUS)                                                                          \
    X(HINGE_ACT_SIGMOID)                                                                           \
    X(HINGE_ACT_TANH)                                                                              \
    X(HINGE_ACT_CLIP)                                                                              \
    X(HINGE_ACT_SELU)                                                                              \
    X(HINGE_ACT_CELU)                                                                              \
    X(HINGE_ACT_THRESHOLDED_RELU)                                                                  \
    X(HINGE_ACT_HARD_SIGMOID)                                                                      \
    X(HINGE_ACT_HARD_SWISH)                                                                        \
    X(HINGE_ACT_SWISH)                                                                             \
    X(HINGE_ACT_MISH)                                                                              \
    X(HINGE_ACT_GELU)                                                                              \
    X(HINGE_ACT_GELU_TANH)                                                                         \
    X(HINGE_ACT_SOFTSIGN)                                                                          \
    X(HINGE_ACT_SHRINK)                                                                            \
    X(HINGE_ACT_ERF)                                                                               \
    X(HINGE_ACT_EXP)                                                                               \
    X(HINGE_ACT_LOG)

/* One loop for a memory type. Without always_inline the compiler may keep one loop with the switch
 * inside. */
#define LOOP(name, type, load, load_n, store, store_n)                                             \
    __attribute__((always_inline)) static inline void name##_loop(                                 \
        enum hinge_activation_kind kind, const struct hinge_activation *a, const type *x, type *y, \
        int64_t count)                                                                             \
    {                                                                                              \
        const float alpha = a->alpha;                                                              \
        const float beta = a->beta;                                                                \
        int64_t i = 0;                                                                             \
        for (; i + 2 * VF32_LANES <= count; i += 2 * VF32_LANES) {                                 \
            const vf32 first = activation_apply(kind, alpha, beta, load(x + i));                   \
            const vf32 second = activation_apply(kind, alpha, beta, load(x + i + VF32_LANES));     \
            store(y + i, first);                                                                   \
            store(y + i + VF32_LANES, second);                                                     \
        }                                                                                          \
        for (; i < count; i += VF32_LANES) {                                                       \
            const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;                  \
            store_n(y + i, activation_apply(kind, alpha, beta, load_n(x + i, n)), n);              \
        }                                                                                          \
    }

LOOP(f32, float, vf32_load, vf32_load_n, vf32_store, vf32_store_n)
LOOP(f16, uint16_t, vf32_load_f16, vf32_load_f16_n, vf32_store_f16, vf32_store_f16_n)
LOOP(bf16, uint16_t, vf32_load_bf16, vf32_load_bf16_n, vf32_store_bf16, vf32_store_bf16_n)

void activation_f32(const struct hinge_activation *activation, const float *x, float *y,
                    int64_t count)
{
    switch (activation->kind) {
#define CASE(kind)                                                                                 \
    case kind: f32_loop(kind, activation, x, y, count); break;
        ACTIVATIONS(CASE)
#undef CASE
    case HINGE_N_ACTIVATIONS: break;
    }
}

void activation_f16(const struct hinge_activation *activation, const uint16_t *x, uint16_t *y,
                    int64_t count)
{
    switch (activation->kind) {
#define CASE(kind)                                                                                 \
    case kind: f16_loop(kind, activation, x, y, count); break;
        ACTIVATIONS(CASE)
#undef CASE
    case HINGE_N_ACTIVATIONS: break;
    }
}

void activation_bf16(const struct hinge_activation *activation, const uint16_t *x, uint16_t *y,
                     int64_t count)
{
    switch (activation->kind) {
#define CASE(kind)                                                                                 \
    case kind: bf16_loop(kind, activation, x, y, count); break;
        ACTIVATIONS(CASE)
#undef CASE
    case HINGE_N_ACTIVATIONS: break;
    }
}
