/* The activation functions over arrays: the kind is looked up once, then a loop of its own runs.
 *
 * Half types are computed in float32, whose result is a few units of 2^-24 off. That rounds to the
 * right half number unless it falls that near to the middle of two: those elements, some in a
 * thousand, are computed again in float64. */
#include "operators/kernels/activation.h"

#include <math.h>
#include <string.h>

/* Expands X for every kind but those with loops of their own, so that each gets one in which the
 * kind is a constant. */
#define ACTIVATIONS(X)                                                                             \
    X(HINGE_ACT_NONE)                                                                              \
    X(HINGE_ACT_RELU)                                                                              \
    X(HINGE_ACT_LEAKY_RELU)                                                                        \
    X(HINGE_ACT_ELU)                                                                               \
    X(HINGE_ACT_SOFTPLUS)                                                                          \
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
#define ALWAYS_INLINE __attribute__((always_inline)) static inline

/* Whether loop overhead would count beside the kind's few operations. */
static inline bool is_short(enum hinge_activation_kind kind)
{
    return kind == HINGE_ACT_NONE || kind == HINGE_ACT_RELU || kind == HINGE_ACT_LEAKY_RELU ||
           kind == HINGE_ACT_CLIP || kind == HINGE_ACT_THRESHOLDED_RELU ||
           kind == HINGE_ACT_HARD_SIGMOID || kind == HINGE_ACT_SHRINK;
}

ALWAYS_INLINE void f32_loop(enum hinge_activation_kind kind, const struct hinge_activation *a,
                            const float *x, float *y, int64_t count)
{
    enum { LONGEST = 4 };
    const float alpha = a->alpha;
    const float beta = a->beta;
    const int n_vectors = is_short(kind) ? LONGEST : 2;
    const int64_t step = n_vectors * VF32_LANES;
    int64_t i = 0;
    for (; i + step <= count; i += step) {
        vf32 values[LONGEST];
        for (int k = 0; k < n_vectors; k++)
            values[k] = activation_apply(kind, alpha, beta, vf32_load(x + i + k * VF32_LANES));
        for (int k = 0; k < n_vectors; k++)
            vf32_store(y + i + k * VF32_LANES, values[k]);
    }
    for (; i < count; i += VF32_LANES) {
        const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;
        vf32_store_n(y + i, activation_apply(kind, alpha, beta, vf32_load_n(x + i, n)), n);
    }
}

/* Elements that are handled together where several loops pass over them: their arrays stay in the
 * first-level cache. A multiple of every VF32_LANES. */
enum { BLOCK = 512 };

/* Sigmoid and Tanh are chains of some 70 cycles, more than a CPU's window of instructions overlaps
 * well; two loops with a part of the chain each run faster. count is a multiple of VF32_LANES. */
static bool sigmoid_block(const float *x, float *y, int count)
{
    _Alignas(64) float r[BLOCK];
    _Alignas(64) float power[BLOCK];
    vm32 near = vm32_first(VF32_LANES);
    for (int i = 0; i < count; i += VF32_LANES) {
        const vf32 v = vf32_load(x + i);
        const struct vmath_sigmoid a = vmath_sigmoid_begin(v);
        near = vm32_and(near, vmath_sigmoid_is_near(v));
        vf32_store(r + i, a.r);
        vf32_store(power + i, a.power);
    }
    if (!vm32_all(near))
        return false;
    for (int i = 0; i < count; i += VF32_LANES) {
        const struct vmath_sigmoid a = {vf32_load(r + i), vf32_load(power + i)};
        vf32_store(y + i, vmath_sigmoid_end(a));
    }
    return true;
}

static void tanh_block(const float *x, float *y, int count)
{
    _Alignas(64) float d[BLOCK];
    for (int i = 0; i < count; i += VF32_LANES)
        vf32_store(d + i, vmath_tanh_begin(vf32_load(x + i)));
    for (int i = 0; i < count; i += VF32_LANES)
        vf32_store(y + i, vmath_tanh_end(vf32_load(x + i), vf32_load(d + i)));
}

static void sigmoid_f32(const struct hinge_activation *a, const float *x, float *y, int64_t count)
{
    const int64_t whole = count - count % VF32_LANES;
    for (int64_t i = 0; i < whole; i += BLOCK) {
        const int n = whole - i < BLOCK ? (int)(whole - i) : BLOCK;
        if (!sigmoid_block(x + i, y + i, n))
            f32_loop(HINGE_ACT_SIGMOID, a, x + i, y + i, n);
    }
    f32_loop(HINGE_ACT_SIGMOID, a, x + whole, y + whole, count - whole);
}

static void tanh_f32(const struct hinge_activation *a, const float *x, float *y, int64_t count)
{
    const int64_t whole = count - count % VF32_LANES;
    for (int64_t i = 0; i < whole; i += BLOCK)
        tanh_block(x + i, y + i, whole - i < BLOCK ? (int)(whole - i) : BLOCK);
    f32_loop(HINGE_ACT_TANH, a, x + whole, y + whole, count - whole);
}

/* value rounded to odd: a further rounding, to 22 bits or fewer, then gives what rounding value
 * itself would. */
static float round_to_odd(double value)
{
    const float nearest = (float)value;
    int32_t bits;
    memcpy(&bits, &nearest, sizeof bits);
    if (isnan(value) || isinf(nearest) || (double)nearest == value || bits & 1)
        return nearest;
    bits += fabs((double)nearest) < fabs(value) ? 1 : -1;
    float odd;
    memcpy(&odd, &bits, sizeof odd);
    return odd;
}

/* Computes the lanes of y that doubtful names again. */
static vf32 settle(const struct hinge_activation *a, uint32_t doubtful, vf32 x, vf32 y)
{
    float arguments[VF32_LANES];
    float values[VF32_LANES];
    vf32_store(arguments, x);
    vf32_store(values, y);
    for (int lane = 0; lane < VF32_LANES; lane++)
        if (doubtful >> lane & 1)
            values[lane] = round_to_odd(activation_at(a, (double)arguments[lane]));
    return vf32_load(values);
}

/* The lanes of y that lie so near to the middle between two halves that y's error counts: beyond
 * share of the way there. half is y rounded, least the smallest normal half, to_middle half the
 * distance of halves from 1 on. Beyond limit all is infinite. */
struct half_type {
    float least, to_middle, share, limit;
};

static inline uint32_t near_middle(struct half_type type, vf32 y, vf32 half)
{
    const vf32 magnitude = vf32_abs(y);
    const vf32 power = vf32_and(magnitude, vf32_set1(INFINITY));
    const vf32 edge =
        vf32_mul(vf32_max(vf32_set1(type.least), power), vf32_set1(type.to_middle * type.share));
    const vm32 doubtful = vf32_gt(vf32_abs(vf32_sub(y, half)), edge);
    return vm32_bits(vm32_and(doubtful, vf32_lt(magnitude, vf32_set1(type.limit))));
}

/* 4 units of the last place of float32 are 2^-10 of the way in float16, 2^-13 in bfloat16. */
static const struct half_type type_f16 = {0x1p-14F, 0x1p-11F, 0.999F, 0x1p16F};
static const struct half_type type_bf16 = {0x1p-126F, 0x1p-8F, 0.9998F, INFINITY};

/* Kinds that only choose need no test and run four vectors at a time. The others are computed by
 * activation_f32, a block at a time. */
#define HALF_LOOPS(name, load, load_n, store, store_n)                                             \
    ALWAYS_INLINE void name##_choose(enum hinge_activation_kind kind,                              \
                                     const struct hinge_activation *a, const uint16_t *x,          \
                                     uint16_t *y, int64_t count)                                   \
    {                                                                                              \
        enum { N_VECTORS = 4 };                                                                    \
        int64_t i = 0;                                                                             \
        for (; i + N_VECTORS * VF32_LANES <= count; i += N_VECTORS * VF32_LANES) {                 \
            vf32 values[N_VECTORS];                                                                \
            for (int k = 0; k < N_VECTORS; k++)                                                    \
                values[k] =                                                                        \
                    activation_apply(kind, a->alpha, a->beta, load(x + i + k * VF32_LANES));       \
            for (int k = 0; k < N_VECTORS; k++)                                                    \
                store(y + i + k * VF32_LANES, values[k]);                                          \
        }                                                                                          \
        for (; i < count; i += VF32_LANES) {                                                       \
            const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;                  \
            store_n(y + i, activation_apply(kind, a->alpha, a->beta, load_n(x + i, n)), n);        \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    /* Rounds values, which are a of arguments; count is at most BLOCK. */                         \
    static void name##_round(const struct hinge_activation *a, const float *arguments,             \
                             const float *values, uint16_t *y, int count)                          \
    {                                                                                              \
        int i = 0;                                                                                 \
        for (; i + VF32_LANES <= count; i += VF32_LANES) {                                         \
            const vf32 value = vf32_load(values + i);                                              \
            store(y + i, value);                                                                   \
            const uint32_t doubtful = near_middle(type_##name, value, load(y + i));                \
            if (doubtful)                                                                          \
                store(y + i, settle(a, doubtful, vf32_load(arguments + i), value));                \
        }                                                                                          \
        if (i < count) {                                                                           \
            const int n = count - i;                                                               \
            const vf32 value = vf32_load_n(values + i, n);                                         \
            store_n(y + i, value, n);                                                              \
            const uint32_t doubtful = near_middle(type_##name, value, load_n(y + i, n));           \
            store_n(y + i, settle(a, doubtful, vf32_load_n(arguments + i, n), value), n);          \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static void name##_compute(const struct hinge_activation *a, const uint16_t *x, uint16_t *y,   \
                               int64_t count)                                                      \
    {                                                                                              \
        _Alignas(64) float arguments[BLOCK];                                                       \
        _Alignas(64) float values[BLOCK];                                                          \
        for (int64_t i = 0; i < count; i += BLOCK) {                                               \
            const int n = count - i < BLOCK ? (int)(count - i) : BLOCK;                            \
            int k = 0;                                                                             \
            for (; k + VF32_LANES <= n; k += VF32_LANES)                                           \
                vf32_store(arguments + k, load(x + i + k));                                        \
            if (k < n)                                                                             \
                vf32_store_n(arguments + k, load_n(x + i + k, n - k), n - k);                      \
            activation_f32(a, arguments, values, n);                                               \
            name##_round(a, arguments, values, y + i, n);                                          \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    void activation_##name(const struct hinge_activation *activation, const uint16_t *x,           \
                           uint16_t *y, int64_t count)                                             \
    {                                                                                              \
        switch (activation->kind) {                                                                \
        case HINGE_ACT_NONE: name##_choose(HINGE_ACT_NONE, activation, x, y, count); break;        \
        case HINGE_ACT_RELU: name##_choose(HINGE_ACT_RELU, activation, x, y, count); break;        \
        case HINGE_ACT_THRESHOLDED_RELU:                                                           \
            name##_choose(HINGE_ACT_THRESHOLDED_RELU, activation, x, y, count);                    \
            break;                                                                                 \
        case HINGE_ACT_OWN:                                                                        \
        case HINGE_N_ACTIVATIONS: break;                                                           \
        default: name##_compute(activation, x, y, count); break;                                   \
        }                                                                                          \
    }

HALF_LOOPS(f16, vf32_load_f16, vf32_load_f16_n, vf32_store_f16, vf32_store_f16_n)
HALF_LOOPS(bf16, vf32_load_bf16, vf32_load_bf16_n, vf32_store_bf16, vf32_store_bf16_n)

void activation_f32(const struct hinge_activation *activation, const float *x, float *y,
                    int64_t count)
{
    switch (activation->kind) {
    case HINGE_ACT_SIGMOID: sigmoid_f32(activation, x, y, count); break;
    case HINGE_ACT_TANH: tanh_f32(activation, x, y, count); break;
#define CASE(kind)                                                                                 \
    case kind: f32_loop(kind, activation, x, y, count); break;
        ACTIVATIONS(CASE)
#undef CASE
    case HINGE_ACT_OWN: activation->row(activation, x, y, count); break;
    case HINGE_N_ACTIVATIONS: break;
    }
}
