/* The activation functions over arrays of half types. They are computed in float32, whose result is
 * a few units of 2^-24 off. Rounded, that is the right half number unless it falls that near to the
 * middle of two. For the functions without parameters all 65536 inputs have been tried (the test
 * exactness tries them again) and the few that go wrong are listed here; for the others, results
 * near a middle, some in a thousand, are computed again in float64. */
#include "operators/kernels/activation/activation.h"
#include "operators/kernels/half.h"
#include "operators/kernels/half_round.h"

/* Elements that are handled together, because several loops pass over them: their arrays stay in
 * the first-level cache. */
enum { BLOCK = 512 };

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

/* y, which is a + b rounded, rounded to odd instead. */
static double beside_sum(double a, double b, double y)
{
    const double sum = a + b, part = sum - a;
    const double rest = (a - (sum - part)) + (b - part);
    int64_t bits;
    memcpy(&bits, &y, sizeof bits);
    const bool inexact = rest > 0 || rest < 0;
    return inexact && !(bits & 1) ? nextafter(y, copysign((double)INFINITY, rest)) : y;
}

/* activation(x) on the right side of a middle between two halves, where a function that bends away
 * from a straight line does so by less than float64 can tell. */
static double beside_middle(const struct hinge_activation *a, double x)
{
    const double y = activation_at(a, x);
    const double alpha = (double)a->alpha, beta = (double)a->beta;
    switch (a->kind) {
    case HINGE_ACT_ELU: return x < 0 && y == alpha * x ? nextafter(y, 0) : y;
    case HINGE_ACT_SELU: return x < 0 && y == alpha * beta * x ? nextafter(y, 0) : y;
    case HINGE_ACT_SWISH:
        if (y != x / 2 || alpha == 0)
            return y;
        return nextafter(y, alpha * x > 0 ? copysign((double)INFINITY, y) : 0);
    case HINGE_ACT_HARD_SIGMOID: return beside_sum(alpha * x, beta, y);
    default: return y;
    }
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
            values[lane] = half_round_to_odd(beside_middle(a, (double)arguments[lane]));
    return vf32_load(values);
}

/* The float16 inputs whose float32 result rounds to the wrong half, because the function comes
 * within a few units of 2^-24 of the middle between two. bfloat16 has none. Some stand there twice:
 * the search knows the lengths 0, 3 and 9. */
static const struct {
    int n;
    uint16_t inputs[9];
} f16_exceptions[HINGE_N_ACTIVATIONS] = {
    [HINGE_ACT_SIGMOID] = {3, {0x9d80, 0x9d80, 0x9d80}},
    [HINGE_ACT_SOFTPLUS] = {3, {0x8430, 0x8431, 0x8431}},
    [HINGE_ACT_HARD_SWISH] = {3, {0x0001, 0x0001, 0x0001}},
    [HINGE_ACT_SWISH] = {3, {0x0001, 0x0001, 0x0001}},
    [HINGE_ACT_MISH] = {9,
                        {0x1685, 0x373c, 0x3e49, 0x8fbf, 0x9100, 0xb1bc, 0xb1bc, 0xb1bc, 0xb1bc}},
    [HINGE_ACT_GELU] = {3, {0x0001, 0x157c, 0x957c}},
    [HINGE_ACT_GELU_TANH] = {3, {0x157c, 0x35a7, 0x8e55}},
    [HINGE_ACT_EXP] = {3, {0x1f79, 0x25cf, 0x25cf}},
    [HINGE_ACT_LOG] = {3, {0x1d78, 0x1d78, 0x1d78}},
};

/* With n a constant, the compiler makes vectors of it. */
ALWAYS_INLINE bool has_any(const uint16_t *inputs, int n, const uint16_t *x, int count)
{
    uint16_t found = 0;
    for (int i = 0; i < count; i++) {
        uint16_t equal = 0;
        for (int k = 0; k < n; k++)
            equal |= x[i] == inputs[k];
        found |= equal;
    }
    return found != 0;
}

static bool has_exception(enum hinge_activation_kind kind, const uint16_t *x, int count)
{
    const uint16_t *inputs = f16_exceptions[kind].inputs;
    switch (f16_exceptions[kind].n) {
    case 3: return has_any(inputs, 3, x, count);
    case 9: return has_any(inputs, 9, x, count);
    default: return false;
    }
}

/* Sigmoid bends towards 1/2, so that next to 0, where it all but meets middles of float16, it lies
 * on that side of them: one unit of the last place tells. */
static inline vf32 sigmoid_beside_middle(vf32 y)
{
    const vi32 below = vi32_sra(vf32_as_vi32(vf32_sub(y, vf32_set1(0.5F))), 31);
    return vi32_as_vf32(vi32_sub(vf32_as_vi32(y), vi32_or(below, vi32_set1(1))));
}

static void f16_store_sigmoid(uint16_t *to, const float *from, int count)
{
    int i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES)
        vf32_store_f16(to + i, sigmoid_beside_middle(vf32_load(from + i)));
    if (i < count) {
        const vf32 y = vf32_load_n(from + i, count - i);
        vf32_store_f16_n(to + i, sigmoid_beside_middle(y), count - i);
    }
}

/* Whether all inputs have been tried with these parameters. */
static bool is_tried(const struct hinge_activation *a)
{
    switch (a->kind) {
    case HINGE_ACT_SIGMOID:
    case HINGE_ACT_TANH:
    case HINGE_ACT_SOFTPLUS:
    case HINGE_ACT_SOFTSIGN:
    case HINGE_ACT_HARD_SWISH:
    case HINGE_ACT_MISH:
    case HINGE_ACT_GELU:
    case HINGE_ACT_GELU_TANH:
    case HINGE_ACT_ERF:
    case HINGE_ACT_EXP:
    case HINGE_ACT_LOG: return true;
    case HINGE_ACT_ELU:
    case HINGE_ACT_CELU:
    case HINGE_ACT_SWISH: return a->alpha == 1;
    case HINGE_ACT_SHRINK: return a->beta == 0;
    case HINGE_ACT_SELU: return a->alpha == 1.67326319F && a->beta == 1.05070102F;
    default: return false;
    }
}

/* alpha x rounded to odd, for products above 2^-100: one unit towards 0 where rounding to nearest
 * went away from it, then the last bit set where anything is left over. */
static inline vf32 odd_product(vf32 x, vf32 alpha)
{
    const vf32 product = vf32_mul(x, alpha);
    const vf32 rest = vf32_fma_once(x, alpha, vf32_neg(product));
    const vi32 too_large = vi32_sra(vf32_as_vi32(vf32_xor(rest, product)), 31);
    const vi32 odd = vi32_or(vi32_add(vf32_as_vi32(product), too_large), vi32_set1(1));
    const vm32 inexact = vf32_gt(vf32_abs(rest), vf32_zero()); /* not for infinite products */
    return vf32_select(inexact, vi32_as_vf32(odd), product);
}

/* LeakyRelu: float16 alone, whose results are 0 below 2^-25. */
static inline vf32 choose(enum hinge_activation_kind kind, const struct hinge_activation *a, vf32 x)
{
    if (kind == HINGE_ACT_LEAKY_RELU)
        return vf32_select(vf32_lt(x, vf32_zero()), odd_product(x, vf32_set1(a->alpha)), x);
    return activation_apply(kind, a->alpha, a->beta, x);
}

/* Kinds that only choose run four vectors at a time. In all that follows type and kind are
 * constants. */
ALWAYS_INLINE void choose_row(hinge_type type, enum hinge_activation_kind kind,
                              const struct hinge_activation *a, const uint16_t *x, uint16_t *y,
                              int64_t count)
{
    enum { N_VECTORS = 4 };
    int64_t i = 0;
    for (; i + N_VECTORS * VF32_LANES <= count; i += N_VECTORS * VF32_LANES) {
        vf32 values[N_VECTORS];
        for (int k = 0; k < N_VECTORS; k++)
            values[k] = choose(kind, a, half_load_vector(type, x + i + k * VF32_LANES));
        for (int k = 0; k < N_VECTORS; k++)
            half_store_vector(type, y + i + k * VF32_LANES, values[k]);
    }
    for (; i < count; i += VF32_LANES) {
        const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;
        half_store_vector_n(type, y + i, choose(kind, a, half_load_vector_n(type, x + i, n)), n);
    }
}

/* As half_store, where the right half must be found. */
ALWAYS_INLINE void round_row(hinge_type type, const struct hinge_activation *a,
                             const float *arguments, const float *values, uint16_t *y, int count)
{
    const struct half_type *half = half_type_of(type);
    int i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES) {
        const vf32 value = vf32_load(values + i);
        half_store_vector(type, y + i, value);
        const uint32_t doubtful = half_near_middle(half, value, half_load_vector(type, y + i));
        if (doubtful)
            half_store_vector(type, y + i, settle(a, doubtful, vf32_load(arguments + i), value));
    }
    if (i < count) {
        const int n = count - i;
        const vf32 value = vf32_load_n(values + i, n);
        half_store_vector_n(type, y + i, value, n);
        const uint32_t doubtful = half_near_middle(half, value, half_load_vector_n(type, y + i, n));
        half_store_vector_n(type, y + i, settle(a, doubtful, vf32_load_n(arguments + i, n), value),
                            n);
    }
}

/* The others are computed by activation_f32, a block at a time. */
ALWAYS_INLINE void compute_row(hinge_type type, const struct hinge_activation *a, const uint16_t *x,
                               uint16_t *y, int64_t count)
{
    _Alignas(64) float arguments[BLOCK];
    _Alignas(64) float values[BLOCK];
    const bool tried = is_tried(a);
    for (int64_t i = 0; i < count; i += BLOCK) {
        const int n = count - i < BLOCK ? (int)(count - i) : BLOCK;
        half_load(type, arguments, x + i, n);
        activation_f32(a, arguments, values, n);
        if (!tried || (type == HINGE_FLOAT16 && has_exception(a->kind, x + i, n)))
            round_row(type, a, arguments, values, y + i, n);
        else if (type == HINGE_FLOAT16 && a->kind == HINGE_ACT_SIGMOID)
            f16_store_sigmoid(y + i, values, n);
        else
            half_store(type, y + i, values, n);
    }
}

/* Whether the kind is one of those that only choose, for which it is done then. */
ALWAYS_INLINE bool choose_any(hinge_type type, const struct hinge_activation *a, const uint16_t *x,
                              uint16_t *y, int64_t count)
{
    switch (a->kind) {
    case HINGE_ACT_NONE: choose_row(type, HINGE_ACT_NONE, a, x, y, count); return true;
    case HINGE_ACT_RELU: choose_row(type, HINGE_ACT_RELU, a, x, y, count); return true;
    case HINGE_ACT_CLIP: choose_row(type, HINGE_ACT_CLIP, a, x, y, count); return true;
    case HINGE_ACT_THRESHOLDED_RELU:
        choose_row(type, HINGE_ACT_THRESHOLDED_RELU, a, x, y, count);
        return true;
    case HINGE_ACT_LEAKY_RELU:
        if (type == HINGE_FLOAT16)
            choose_row(type, HINGE_ACT_LEAKY_RELU, a, x, y, count);
        return type == HINGE_FLOAT16;
    case HINGE_ACT_OWN:
    case HINGE_N_ACTIVATIONS: return true;
    default: return false;
    }
}

void activation_f16(const struct hinge_activation *activation, const uint16_t *x, uint16_t *y,
                    int64_t count)
{
    if (!choose_any(HINGE_FLOAT16, activation, x, y, count))
        compute_row(HINGE_FLOAT16, activation, x, y, count);
}

void activation_bf16(const struct hinge_activation *activation, const uint16_t *x, uint16_t *y,
                     int64_t count)
{
    if (!choose_any(HINGE_BFLOAT16, activation, x, y, count))
        compute_row(HINGE_BFLOAT16, activation, x, y, count);
}
