/* The activation functions over arrays of float32: the kind is looked up once, then a loop of its
 * own runs. */
#include "operators/kernels/activation/activation.h"

#include <math.h>

/* Expand X for every kind that is computed in one loop, and in two with what each takes. LeakyRelu
 * has a row of its own. */
#define IN_ONE_LOOP(X)                                                                             \
    X(HINGE_ACT_NONE)                                                                              \
    X(HINGE_ACT_RELU)                                                                              \
    X(HINGE_ACT_ELU)                                                                               \
    X(HINGE_ACT_CLIP)                                                                              \
    X(HINGE_ACT_SELU)                                                                              \
    X(HINGE_ACT_CELU)                                                                              \
    X(HINGE_ACT_THRESHOLDED_RELU)                                                                  \
    X(HINGE_ACT_HARD_SIGMOID)                                                                      \
    X(HINGE_ACT_HARD_SWISH)                                                                        \
    X(HINGE_ACT_SWISH)                                                                             \
    X(HINGE_ACT_GELU)                                                                              \
    X(HINGE_ACT_SOFTSIGN)                                                                          \
    X(HINGE_ACT_SHRINK)                                                                            \
    X(HINGE_ACT_ERF)                                                                               \
    X(HINGE_ACT_EXP)                                                                               \
    X(HINGE_ACT_LOG)

#define IN_STAGES(X)                                                                               \
    X(HINGE_ACT_SIGMOID, vmath_sigmoid, VMATH_SIGMOID_NEAR)                                        \
    X(HINGE_ACT_TANH, vmath_tanh, INFINITY)                                                        \
    X(HINGE_ACT_SOFTPLUS, vmath_softplus, INFINITY)                                                \
    X(HINGE_ACT_MISH, activation_mish, INFINITY)                                                   \
    X(HINGE_ACT_GELU_TANH, activation_gelu_tanh, INFINITY)

/* Without always_inline the compiler may keep one loop for several kinds. */
#define ALWAYS_INLINE __attribute__((always_inline)) static inline

typedef vf32 apply_function(const struct hinge_activation *a, vf32 x);

#define APPLY(kind)                                                                                \
    ALWAYS_INLINE vf32 apply_##kind(const struct hinge_activation *a, vf32 x)                      \
    {                                                                                              \
        return activation_apply(kind, a->alpha, a->beta, x);                                       \
    }
#define STAGED_APPLY(kind, function, limit) APPLY(kind)
IN_ONE_LOOP(APPLY)
IN_STAGES(STAGED_APPLY)
APPLY(HINGE_ACT_LEAKY_RELU)
#undef STAGED_APPLY
#undef APPLY

enum { CACHE_LINE = 64 / sizeof(float) };

ALWAYS_INLINE void f32_loop(apply_function *apply, bool is_short, struct hinge_activation a,
                            const float *x, float *y, int64_t count)
{
    enum { LONGEST = 4 };
    const int n_vectors = is_short ? LONGEST : 2;
    const int step = n_vectors * VF32_LANES;
    int64_t i = 0;
    for (; i + step <= count; i += step) {
        vf32 values[LONGEST];
        for (int k = 0; k < step && !is_short; k += CACHE_LINE)
            simd_prefetch(x + i + k);
        for (int k = 0; k < n_vectors; k++)
            values[k] = apply(&a, vf32_load(x + i + k * VF32_LANES));
        for (int k = 0; k < n_vectors; k++)
            vf32_store(y + i + k * VF32_LANES, values[k]);
    }
    for (; i < count; i += VF32_LANES) {
        const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;
        vf32_store_n(y + i, apply(&a, vf32_load_n(x + i, n)), n);
    }
}

/* Where a function is a chain of 70 to 110 cycles, more than a CPU's window of instructions
 * overlaps well, two loops with a part of the chain each run faster. With 512-bit vectors the
 * division counts more: alone in a loop, it would take as long as all the rest. */
enum { IS_STAGED = VF32_LANES < 16 };

/* Elements between the two loops: their arrays stay in the first-level cache. A multiple of every
 * VF32_LANES. */
enum { BLOCK = 512 };

typedef struct vmath_stage begin_function(vf32 x);
typedef vf32 end_function(vf32 x, struct vmath_stage stage);

/* count is a multiple of VF32_LANES, at most BLOCK. Gives up, and returns false, where a magnitude
 * is above limit. */
ALWAYS_INLINE bool staged_block(begin_function *begin, end_function *end, float limit,
                                const float *x, float *y, int count)
{
    _Alignas(64) float a[BLOCK], b[BLOCK];
    vi32 largest = vi32_zero(); /* bits of a magnitude */
    for (int i = 0; i < count; i += VF32_LANES) {
        const vf32 v = vf32_load(x + i);
        const struct vmath_stage stage = begin(v);
        simd_prefetch(x + i);
        largest = vi32_max(largest, vf32_as_vi32(vf32_abs(v)));
        vf32_store(a + i, stage.a);
        vf32_store(b + i, stage.b);
    }
    if (limit < INFINITY && vm32_any(vi32_gt(largest, vf32_as_vi32(vf32_set1(limit)))))
        return false;
    for (int i = 0; i < count; i += VF32_LANES) {
        const struct vmath_stage stage = {vf32_load(a + i), vf32_load(b + i)};
        vf32_store(y + i, end(vf32_load(x + i), stage));
    }
    return true;
}

ALWAYS_INLINE void staged_loop(begin_function *begin, end_function *end, float limit,
                               apply_function *apply, struct hinge_activation a, const float *x,
                               float *y, int64_t count)
{
    const int64_t whole = IS_STAGED ? count - count % VF32_LANES : 0;
    for (int64_t i = 0; i < whole; i += BLOCK) {
        const int n = whole - i < BLOCK ? (int)(whole - i) : BLOCK;
        if (!staged_block(begin, end, limit, x + i, y + i, n))
            f32_loop(apply, false, a, x + i, y + i, n);
    }
    f32_loop(apply, false, a, x + whole, y + whole, count - whole);
}

/* With alpha in (0, 1] the larger of x and alpha x. */
ALWAYS_INLINE vf32 apply_leaky_relu_max(const struct hinge_activation *a, vf32 x)
{
    return vf32_max(vf32_mul(x, vf32_set1(a->alpha)), x);
}

/* A function for each kind, so that each loop gets all registers and only the stack it needs. */
#define ROW(kind)                                                                                  \
    static void row_##kind(const struct hinge_activation *a, const float *x, float *y,             \
                           int64_t count)                                                          \
    {                                                                                              \
        f32_loop(apply_##kind, activation_is_short(kind), *a, x, y, count);                        \
    }
#define STAGED_ROW(kind, function, limit)                                                          \
    static void row_##kind(const struct hinge_activation *a, const float *x, float *y,             \
                           int64_t count)                                                          \
    {                                                                                              \
        staged_loop(function##_begin, function##_end, limit, apply_##kind, *a, x, y, count);       \
    }
IN_ONE_LOOP(ROW)
IN_STAGES(STAGED_ROW)
#undef ROW
#undef STAGED_ROW

static void row_HINGE_ACT_LEAKY_RELU(const struct hinge_activation *a, const float *x, float *y,
                                     int64_t count)
{
    if (a->alpha > 0 && a->alpha <= 1)
        f32_loop(apply_leaky_relu_max, true, *a, x, y, count);
    else
        f32_loop(apply_HINGE_ACT_LEAKY_RELU, true, *a, x, y, count);
}

static void row_unusual(const struct hinge_activation *a, const float *x, float *y, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = (float)activation_at(a, (double)x[i]);
}

void activation_f32(const struct hinge_activation *activation, const float *x, float *y,
                    int64_t count)
{
#define ROW(kind) [kind] = row_##kind,
#define STAGED_ROW(kind, function, limit) ROW(kind)
    static hinge_activation_row *const rows[HINGE_N_ACTIVATIONS] = {
        IN_ONE_LOOP(ROW) IN_STAGES(STAGED_ROW) ROW(HINGE_ACT_LEAKY_RELU)};
#undef ROW
#undef STAGED_ROW
    if (activation->kind >= HINGE_N_ACTIVATIONS)
        activation->row(activation, x, y, count);
    else if (activation_is_usual(activation))
        rows[activation->kind](activation, x, y, count);
    else
        row_unusual(activation, x, y, count);
}
