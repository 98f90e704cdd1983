#include "operators/attention/attention.h"
#include "operators/kernels/convert.h"
#include "operators/kernels/gemm/gemm.h"
#include "operators/kernels/simd/real_f64.h"
#include "operators/kernels/softmax.h"
#include "operators/op/index.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 128 };

static void load(hinge_type type, double *to, const void *from, int64_t count)
{
    convert_to_double(type, to, from, count);
}

static void store(hinge_type type, void *to, const double *from, int64_t count)
{
    convert_from_double(type, to, from, count);
}

static void cap(double *x, int64_t count, double limit)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = limit * tanh(x[i] / limit);
}

static void softmax(double *x, int64_t count, double *wide)
{
    (void)wide;
    softmax_column_f64(x, x, count, 1, false);
}

#define REAL_TYPE HINGE_DOUBLE
#include "operators/attention/attention_tmpl.c"
