#include "operators/kernels/pool/pool.h"

#include "operators/kernels/half.h"

#include <math.h>

/* Lines that are filled before any is read: one that was just written in vectors of other places
 * cannot be read before it is in the cache. */
enum { LINES = 4 };

#define INLINE static inline __attribute__((always_inline))

struct pool_range pool_clip(int64_t at, int64_t kernel, int64_t dilation, int64_t low, int64_t high)
{
    struct pool_range r = {0, kernel};
    if (at < low)
        r.begin = (low - at + dilation - 1) / dilation;
    if (at + (kernel - 1) * dilation >= high)
        r.end = high > at ? (high - at + dilation - 1) / dilation : 0;
    if (r.begin > kernel)
        r.begin = kernel;
    if (r.end < r.begin)
        r.end = r.begin;
    return r;
}

/* Numbers that are read along a row, padding included; -1 where they do not fit int64_t. */
static int64_t line_count(const struct pool_shape *shape)
{
    const int64_t read =
        (shape->output[2] - 1) * shape->stride[2] + (shape->kernel[2] - 1) * shape->dilation[2] + 1;
    const int64_t filled = shape->pad[2] + shape->input[2];
    const int64_t count = read > filled ? read : filled;
    return count < INT64_MAX / 256 ? count : -1;
}

int64_t pool_line_size(hinge_type type, const struct pool_shape *shape)
{
    const int64_t count = line_count(shape);
    const int64_t rows = (half_is(type) ? 2 : 1) * shape->output[2];
    const int64_t size = type == HINGE_DOUBLE ? sizeof(double) : sizeof(float);
    return count < 0 ? -1 : ((LINES * count + rows) * size + 63) / 64 * 64;
}

/* Positions along axis d that count in the mean at output coordinate i. */
static int64_t counted(const struct pool_shape *shape, int d, int64_t i)
{
    const int64_t at = i * shape->stride[d] - shape->pad[d];
    const struct pool_range r =
        pool_clip(at, shape->kernel[d], shape->dilation[d], shape->count_pads ? -shape->pad[d] : 0,
                  shape->input[d] + (shape->count_pads ? shape->pad_end[d] : 0));
    return r.end - r.begin;
}

#define IN_PLACE(y, spare) ((void)(spare), (y))
#define IN_SPARE(y, spare) ((void)(y), (spare))
#define AS_THEY_ARE(x, spare, n) ((void)(spare), (x))
#define NOTHING(y, row, count) ((void)(row), (void)(count))

#define POOL(name) f32_##name
#define POOL_STORED float
#define POOL_NUMBER float
#define POOL_VECTOR vf32
#define POOL_LANES VF32_LANES
#define POOL_V(word) vf32_##word
#define POOL_LOAD vf32_load
#define POOL_LOAD_N vf32_load_n
#define POOL_NUMBERS AS_THEY_ARE
#define POOL_ROW IN_PLACE
#define POOL_STORE NOTHING
#include "operators/kernels/pool/pool_tmpl.c"

#define POOL(name) f64_##name
#define POOL_STORED double
#define POOL_NUMBER double
#define POOL_VECTOR vf64
#define POOL_LANES VF64_LANES
#define POOL_V(word) vf64_##word
#define POOL_LOAD vf64_load
#define POOL_LOAD_N vf64_load_n
#define POOL_NUMBERS AS_THEY_ARE
#define POOL_ROW IN_PLACE
#define POOL_STORE NOTHING
#include "operators/kernels/pool/pool_tmpl.c"

#define POOL(name) f16_##name
#define POOL_STORED uint16_t
#define POOL_NUMBER float
#define POOL_VECTOR vf32
#define POOL_LANES VF32_LANES
#define POOL_V(word) vf32_##word
#define POOL_LOAD vf32_load_f16
#define POOL_LOAD_N vf32_load_f16_n
#define POOL_NUMBERS(x, spare, n) (half_load(HINGE_FLOAT16, spare, x, n), (spare))
#define POOL_ROW IN_SPARE
#define POOL_STORE(y, row, count) half_store(HINGE_FLOAT16, y, row, count)
#include "operators/kernels/pool/pool_tmpl.c"

#define POOL(name) bf16_##name
#define POOL_STORED uint16_t
#define POOL_NUMBER float
#define POOL_VECTOR vf32
#define POOL_LANES VF32_LANES
#define POOL_V(word) vf32_##word
#define POOL_LOAD vf32_load_bf16
#define POOL_LOAD_N vf32_load_bf16_n
#define POOL_NUMBERS(x, spare, n) (half_load(HINGE_BFLOAT16, spare, x, n), (spare))
#define POOL_ROW IN_SPARE
#define POOL_STORE(y, row, count) half_store(HINGE_BFLOAT16, y, row, count)
#include "operators/kernels/pool/pool_tmpl.c"

#define OF_TYPE(name, type)                                                                        \
    ((type) == HINGE_DOUBLE     ? f64_##name                                                       \
     : (type) == HINGE_FLOAT16  ? f16_##name                                                       \
     : (type) == HINGE_BFLOAT16 ? bf16_##name                                                      \
                                : f32_##name)

void pool_max(hinge_type type, const struct pool_shape *shape, const void *x, void *y, void *line)
{
    OF_TYPE(max, type)(shape, x, y, line);
}

void pool_mean(hinge_type type, const struct pool_shape *shape, const void *x, void *y, void *line)
{
    OF_TYPE(mean, type)(shape, x, y, line);
}

void pool_max_all(hinge_type type, const void *x, int64_t count, void *y)
{
    OF_TYPE(max_all, type)(x, count, y);
}

void pool_mean_all(hinge_type type, const void *x, int64_t count, void *y)
{
    OF_TYPE(mean_all, type)(x, count, y);
}
