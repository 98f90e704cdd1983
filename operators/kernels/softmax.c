#include "operators/kernels/softmax.h"

#include <math.h>

#include "operators/kernels/vmath.h"

/* Elements whose exponentials are added up in float before the sum goes to double. */
#define BLOCK 512

static float row_max(const float *x, int64_t count)
{
    const vf32 least = vf32_set1(-INFINITY);
    vf32 first = least, second = least;
    int64_t i = 0;
    for (; i + 2 * VF32_LANES <= count; i += 2 * VF32_LANES) {
        first = vf32_max(vf32_load(x + i), first);
        second = vf32_max(vf32_load(x + i + VF32_LANES), second);
    }
    for (; i < count; i += VF32_LANES) {
        const int n = count - i < VF32_LANES ? (int)(count - i) : VF32_LANES;
        first = vf32_max(vf32_select(vm32_first(n), vf32_load_n(x + i, n), least), first);
    }
    return vf32_reduce_max(vf32_max(first, second));
}

/* The sum of e^(x - max), kept in y where there is one. */
static double row_exp(float *y, const float *x, int64_t count, float max)
{
    const vf32 shift = vf32_set1(max);
    double total = 0;
    for (int64_t block = 0; block < count; block += BLOCK) {
        const int64_t end = count - block < BLOCK ? count : block + BLOCK;
        vf32 sum = vf32_zero();
        int64_t i = block;
        for (; i + VF32_LANES <= end; i += VF32_LANES) {
            const vf32 e = vmath_exp(vf32_sub(vf32_load(x + i), shift));
            sum = vf32_add(sum, e);
            if (y)
                vf32_store(y + i, e);
        }
        if (i < end) {
            const int n = (int)(end - i);
            const vf32 e = vmath_exp(vf32_sub(vf32_load_n(x + i, n), shift));
            sum = vf32_add(sum, vf32_select(vm32_first(n), e, vf32_zero()));
            if (y)
                vf32_store_n(y + i, e, n);
        }
        total += (double)vf32_reduce_add(sum);
    }
    return total;
}

/* e / divisor through the reciprocal, which several share, and what is then left over: as exact as
 * a division but for one unit in rare cases, and several times as fast. */
static inline vf32 quotient(vf32 e, vf32 divisor, vf32 reciprocal)
{
    const vf32 near = vf32_mul(e, reciprocal);
    return vf32_fma(vf32_fnma(near, divisor, e), reciprocal, near);
}

static void divide_row(float *y, int64_t count, float sum)
{
    const vf32 divisor = vf32_set1(sum), reciprocal = vf32_set1(1 / sum);
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES)
        vf32_store(y + i, quotient(vf32_load(y + i), divisor, reciprocal));
    const int n = (int)(count - i);
    vf32_store_n(y + i, quotient(vf32_load_n(y + i, n), divisor, reciprocal), n);
}

static void subtract_row(float *y, const float *x, int64_t count, float max, float log_sum)
{
    const vf32 shift = vf32_set1(max), less = vf32_set1(log_sum);
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES)
        vf32_store(y + i, vf32_sub(vf32_sub(vf32_load(x + i), shift), less));
    const int n = (int)(count - i);
    vf32_store_n(y + i, vf32_sub(vf32_sub(vf32_load_n(x + i, n), shift), less), n);
}

void softmax_row_f32(float *y, const float *x, int64_t count, bool logarithm)
{
    const float max = row_max(x, count);
    const double sum = row_exp(logarithm ? NULL : y, x, count, max);
    if (logarithm)
        subtract_row(y, x, count, max, (float)log(sum));
    else
        divide_row(y, count, (float)sum);
}

static void columns_of_a_vector(float *y, const float *x, int64_t count, int64_t stride, int n,
                                bool logarithm)
{
    vf32 max = vf32_set1(-INFINITY), sum = vf32_zero();
    for (int64_t i = 0; i < count; i++)
        max = vf32_max(vf32_load_n(x + i * stride, n), max);
    for (int64_t i = 0; i < count; i++) {
        const vf32 e = vmath_exp(vf32_sub(vf32_load_n(x + i * stride, n), max));
        sum = vf32_add(sum, e);
        if (!logarithm)
            vf32_store_n(y + i * stride, e, n);
    }
    const vf32 log_sum = logarithm ? vmath_log(sum) : sum;
    const vf32 reciprocal = vf32_div(vf32_set1(1), sum);
    for (int64_t i = 0; i < count; i++) {
        const vf32 result = logarithm
                                ? vf32_sub(vf32_sub(vf32_load_n(x + i * stride, n), max), log_sum)
                                : quotient(vf32_load_n(y + i * stride, n), sum, reciprocal);
        vf32_store_n(y + i * stride, result, n);
    }
}

void softmax_columns_f32(float *y, const float *x, int64_t count, int64_t stride, int64_t width,
                         bool logarithm)
{
    for (int64_t j = 0; j < width; j += VF32_LANES) {
        const int n = width - j < VF32_LANES ? (int)(width - j) : VF32_LANES;
        columns_of_a_vector(y + j, x + j, count, stride, n, logarithm);
    }
}

void softmax_column_f64(double *y, const double *x, int64_t count, int64_t stride, bool logarithm)
{
    double max = -INFINITY, sum = 0;
    for (int64_t i = 0; i < count; i++)
        max = x[i * stride] > max ? x[i * stride] : max;
    for (int64_t i = 0; i < count; i++)
        sum += exp(x[i * stride] - max);
    const double log_sum = log(sum);
    for (int64_t i = 0; i < count; i++) {
        const double shifted = x[i * stride] - max;
        y[i * stride] = logarithm ? shifted - log_sum : exp(shifted) / sum;
    }
}
