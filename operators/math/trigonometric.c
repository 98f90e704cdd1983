/* Sin-7, -22, Cos-7, -22, Tan-7, -22, Asin-7, -22, Acos-7, -22, Atan-7, -22, Sinh-9, -22, Cosh-9,
 * -22, Asinh-9, -22, Acosh-9, -22, Atanh-9, -22: those of the C library, but Sin, Cos, Tan and Atan
 * of float32, which are Taylor's series in double and rounded once: at most 0.51 ULP off, and the
 * same in every build. */
#include <math.h>
#include <string.h>

#include "operators/op/elementwise.h"

#define BLOCK 256
/* Beyond this the C library reduces the argument. */
#define LARGEST 131072.0F

/* An angle less a multiple of pi / 2, |rest| <= pi / 4, and that multiple's last two bits. pi / 2
 * is in two parts, the first of 33 bits, whose product with the multiple is exact. */
struct angle {
    double rest;
    uint64_t quadrant;
};

static inline struct angle reduced(double x)
{
    const double magic = 0x1.8p52, shifted = x * 0x1.45f306dc9c883p-1 + magic, n = shifted - magic;
    struct angle angle = {.rest = x - n * 0x1.921fb544p0 - n * 0x1.0b4611a626331p-34};
    memcpy(&angle.quadrant, &shifted, sizeof angle.quadrant);
    return angle;
}

static inline double sine_near_0(double r)
{
    const double s = r * r;
    return r *
           (1 + s * (-1. / 6 +
                     s * (1. / 120 + s * (-1. / 5040 + s * (1. / 362880 + s * (-1. / 39916800))))));
}

static inline double cosine_near_0(double r)
{
    const double s = r * r;
    return 1 +
           s * (-1. / 2 + s * (1. / 24 + s * (-1. / 720 + s * (1. / 40320 + s * (-1. / 3628800)))));
}

static inline double with_sign(double x, uint64_t sign)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits ^= sign;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The sine of an angle so many quadrants on. */
static inline double sine(double x, uint64_t quadrants)
{
    const struct angle angle = reduced(x);
    const uint64_t quadrant = angle.quadrant + quadrants;
    const double s = sine_near_0(angle.rest), c = cosine_near_0(angle.rest);
    return with_sign(quadrant & 1 ? c : s, quadrant >> 1 << 63);
}

static inline double tangent(double x)
{
    const struct angle angle = reduced(x);
    const double s = sine_near_0(angle.rest), c = cosine_near_0(angle.rest);
    return angle.quadrant & 1 ? -c / s : s / c;
}

/* Around 0, 1 or infinity, whichever is nearest. */
static inline double arc_tangent(double x)
{
    const double a = fabs(x), low = 0.41421356237309503, high = 2.414213562373095;
    const double numerator = a < low ? a : a < high ? a - 1 : -1;
    const double denominator = a < low ? 1 : a < high ? a + 1 : a;
    const double around = a < low ? 0 : a < high ? 0x1.921fb54442d18p-1 : 0x1.921fb54442d18p0;
    const double t = numerator / denominator, s = t * t;
    double sum = 1. / 21;
    for (int k = 19; k > 0; k -= 2)
        sum = 1. / k - s * sum;
    return copysign(around + t * sum, x);
}

/* A block with an angle that is larger, infinite or NaN goes one by one. */
#define PERIODIC(name, expression)                                                                 \
    static void name##_f32_row(void *y_row, const void *x_row, int64_t count)                      \
    {                                                                                              \
        for (int64_t i = 0; i < count; i += BLOCK) {                                               \
            const int64_t n = count - i < BLOCK ? count - i : BLOCK;                               \
            const float *x_at = (const float *)x_row + i;                                          \
            float *y_at = (float *)y_row + i;                                                      \
            int near = 1;                                                                          \
            for (int64_t k = 0; k < n; k++)                                                        \
                near &= fabsf(x_at[k]) <= LARGEST;                                                 \
            if (near) {                                                                            \
                OP_INDEPENDENT                                                                     \
                for (int64_t k = 0; k < n; k++) {                                                  \
                    const double x = (double)x_at[k];                                              \
                    y_at[k] = (float)(expression);                                                 \
                }                                                                                  \
            } else {                                                                               \
                for (int64_t k = 0; k < n; k++) {                                                  \
                    const double x = (double)x_at[k];                                              \
                    y_at[k] = (float)(fabsf(x_at[k]) <= LARGEST ? (expression) : name(x));         \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static hinge_status name##_f32(const struct hinge_node *node)                                  \
    {                                                                                              \
        return op_unary(node, name##_f32_row);                                                     \
    }                                                                                              \
    OP_UNARY(name##_f64, double, double, name(x))

PERIODIC(sin, sine(x, 0))
PERIODIC(cos, sine(x, 1))
PERIODIC(tan, tangent(x))
OP_UNARY(atan_f32, float, float, arc_tangent((double)x))
OP_UNARY(atan_f64, double, double, atan(x))

#define KERNELS(name)                                                                              \
    OP_UNARY(name##_f32, float, float, name##f(x))                                                 \
    OP_UNARY(name##_f64, double, double, name(x))

KERNELS(asin)
KERNELS(acos)
KERNELS(sinh)
KERNELS(cosh)
KERNELS(asinh)
KERNELS(acosh)
KERNELS(atanh)

#define ENTRY(onnx_name, first_opset, kernel, by_x)                                                \
    {                                                                                              \
        .name = (onnx_name), .since = (first_opset), .gradient = (by_x),                           \
        .signature = "(input: T) -> (output: T); T: " OP_TYPES_FLOAT,                              \
        .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE, .infer = op_infer_same,                 \
        .kernels = HINGE_KERNELS(OP_FLOATS(kernel))                                                \
    }

const struct hinge_op op_trigonometric[] = {
    ENTRY("Sin", 7, sin, "dy * Cos(x)"),
    ENTRY("Cos", 7, cos, "-dy * Sin(x)"),
    ENTRY("Tan", 7, tan, "dy * (y * y + 1)"),
    ENTRY("Asin", 7, asin, "dy / Sqrt(1 - x * x)"),
    ENTRY("Acos", 7, acos, "-dy / Sqrt(1 - x * x)"),
    ENTRY("Atan", 7, atan, "dy / (x * x + 1)"),
    ENTRY("Sinh", 9, sinh, "dy * Cosh(x)"),
    ENTRY("Cosh", 9, cosh, "dy * Sinh(x)"),
    ENTRY("Asinh", 9, asinh, "dy / Sqrt(x * x + 1)"),
    ENTRY("Acosh", 9, acosh, "dy / Sqrt(x * x - 1)"),
    ENTRY("Atanh", 9, atanh, "dy / (1 - x * x)"),
    OP_END,
};
