#include "operators/attention/attention.h"
#include "operators/kernels/convert.h"
#include "operators/kernels/gemm/gemm.h"
#include "operators/kernels/half.h"
#include "operators/kernels/simd/real_f32.h"
#include "operators/kernels/softmax.h"
#include "operators/kernels/vmath.h"
#include "operators/op/index.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 128 };

static void load(hinge_type type, float *to, const void *from, int64_t count)
{
    double numbers[CHUNK];
    if (type == HINGE_FLOAT) {
        memcpy(to, from, (size_t)count * sizeof *to);
        return;
    }
    if (half_is(type)) {
        half_load(type, to, from, count);
        return;
    }
    for (int64_t i = 0; i < count; i += CHUNK) {
        const int64_t n = min_i64(CHUNK, count - i);
        convert_to_double(type, numbers, (const char *)from + hinge_size(type, i), n);
        for (int64_t k = 0; k < n; k++)
            to[i + k] = (float)numbers[k];
    }
}

static void store(hinge_type type, void *to, const float *from, int64_t count)
{
    if (half_is(type))
        half_store(type, to, from, count);
    else
        memcpy(to, from, (size_t)count * sizeof *from);
}

static void cap(float *x, int64_t count, double limit)
{
    const vf32 most = vf32_set1((float)limit);
    for (int64_t i = 0; i < count; i += VF32_LANES) {
        const int n = (int)min_i64(VF32_LANES, count - i);
        const vf32 y = vmath_tanh(vf32_div(vf32_load_n(x + i, n), most));
        vf32_store_n(x + i, vf32_mul(y, most), n);
    }
}

/* wide is memory for as many doubles. */
static void softmax(float *x, int64_t count, double *wide)
{
    if (!wide) {
        softmax_row_f32(x, x, count, false);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        wide[i] = (double)x[i];
    softmax_column_f64(wide, wide, count, 1, false);
    for (int64_t i = 0; i < count; i++)
        x[i] = (float)wide[i];
}

#define REAL_TYPE HINGE_FLOAT
#include "operators/attention/attention_tmpl.c"
