/* The activation functions over arrays of float32: the kind is looked up once, then a loop of its
 * own runs. */
#include "operators/kernels/activation.h"

/* Expands X for every kind but those with loops of their own. */
#define ACTIVATIONS(X)                                                                             \
    X(HINGE_ACT_NONE)                                                                              \
    X(HINGE_ACT_RELU)                                                                              \
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

/* Without always_inline the compiler may keep one loop for several kinds. */
#define ALWAYS_INLINE __attribute__((always_inline)) static inline

typedef vf32 apply_function(const struct hinge_activation *a, vf32 x);

#define APPLY(kind)                                                                                \
    ALWAYS_INLINE vf32 apply_##kind(const struct hinge_activation *a, vf32 x)                      \
    {                                                                                              \
        return activation_apply(kind, a->alpha, a->beta, x);                                       \
    }
ACTIVATIONS(APPLY)
APPLY(HINGE_ACT_LEAKY_RELU)
APPLY(HINGE_ACT_SIGMOID)
APPLY(HINGE_ACT_TANH)
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

/* Elements that are handled together where several loops pass over them: their arrays stay in the
 * first-level cache. A multiple of every VF32_LANES. */
enum { BLOCK = 512 };

/* Sigmoid and Tanh are chains of some 70 cycles, more than a CPU's window of instructions overlaps
 * well; two loops with a part of the chain each run faster. With 512-bit vectors the division
 * counts more: alone in a loop, it would take as long as all the rest. */
enum { IS_STAGED = VF32_LANES < 16 };

/* count is a multiple of VF32_LANES. */
static bool sigmoid_block(const float *x, float *y, int count)
{
    _Alignas(64) float r[BLOCK];
    _Alignas(64) float power[BLOCK];
    vi32 largest = vi32_zero(); /* bits of a magnitude */
    for (int i = 0; i < count; i += VF32_LANES) {
        const vf32 v = vf32_load(x + i);
        simd_prefetch(x + i);
        const struct vmath_sigmoid a = vmath_sigmoid_begin(v);
        largest = vi32_max(largest, vf32_as_vi32(vf32_abs(v)));
        vf32_store(r + i, a.r);
        vf32_store(power + i, a.power);
    }
    if (vm32_any(vi32_gt(largest, vf32_as_vi32(vf32_set1(VMATH_SIGMOID_NEAR)))))
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
    for (int i = 0; i < count; i += VF32_LANES) {
        simd_prefetch(x + i);
        vf32_store(d + i, vmath_tanh_begin(vf32_load(x + i)));
    }
    for (int i = 0; i < count; i += VF32_LANES)
        vf32_store(y + i, vmath_tanh_end(vf32_load(x + i), vf32_load(d + i)));
}

static void sigmoid_f32(const struct hinge_activation *a, const float *x, float *y, int64_t count)
{
    const int64_t whole = IS_STAGED ? count - count % VF32_LANES : 0;
    for (int64_t i = 0; i < whole; i += BLOCK) {
        const int n = whole - i < BLOCK ? (int)(whole - i) : BLOCK;
        if (!sigmoid_block(x + i, y + i, n))
            f32_loop(apply_HINGE_ACT_SIGMOID, false, *a, x + i, y + i, n);
    }
    f32_loop(apply_HINGE_ACT_SIGMOID, false, *a, x + whole, y + whole, count - whole);
}

static void tanh_f32(const struct hinge_activation *a, const float *x, float *y, int64_t count)
{
    const int64_t whole = IS_STAGED ? count - count % VF32_LANES : 0;
    for (int64_t i = 0; i < whole; i += BLOCK)
        tanh_block(x + i, y + i, whole - i < BLOCK ? (int)(whole - i) : BLOCK);
    f32_loop(apply_HINGE_ACT_TANH, false, *a, x + whole, y + whole, count - whole);
}

/* With alpha in (0, 1] the larger of x and alpha x. */
ALWAYS_INLINE vf32 apply_leaky_relu_max(const struct hinge_activation *a, vf32 x)
{
    return vf32_max(vf32_mul(x, vf32_set1(a->alpha)), x);
}

static void leaky_relu_f32(const struct hinge_activation *a, const float *x, float *y,
                           int64_t count)
{
    if (a->alpha > 0 && a->alpha <= 1)
        f32_loop(apply_leaky_relu_max, true, *a, x, y, count);
    else
        f32_loop(apply_HINGE_ACT_LEAKY_RELU, true, *a, x, y, count);
}

/* A function for each kind, so that each loop gets all registers and only the stack it needs. */
#define ROW(kind)                                                                                  \
    static void row_##kind(const struct hinge_activation *a, const float *x, float *y,             \
                           int64_t count)                                                          \
    {                                                                                              \
        f32_loop(apply_##kind, activation_is_short(kind), *a, x, y, count);                        \
    }
ACTIVATIONS(ROW)
#undef ROW

static void row_own(const struct hinge_activation *a, const float *x, float *y, int64_t count)
{
    a->row(a, x, y, count);
}

void activation_f32(const struct hinge_activation *activation, const float *x, float *y,
                    int64_t count)
{
    static hinge_activation_row *const rows[HINGE_N_ACTIVATIONS] = {
#define ROW(kind) [kind] = row_##kind,
        ACTIVATIONS(ROW)
#undef ROW
            [HINGE_ACT_LEAKY_RELU] = leaky_relu_f32,
        [HINGE_ACT_SIGMOID] = sigmoid_f32,
        [HINGE_ACT_TANH] = tanh_f32,
        [HINGE_ACT_OWN] = row_own,
    };
    rows[activation->kind](activation, x, y, count);
}
