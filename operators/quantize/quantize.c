#include "operators/quantize/quantize.h"

#include <string.h>

#include "operators/kernels/integer.h"
#include "operators/kernels/simd/simd.h"

/* Integers in memory. */

#define BYTES(X)                                                                                   \
    X(HINGE_INT8, int8_t)                                                                          \
    X(HINGE_UINT8, uint8_t)                                                                        \
    X(HINGE_INT16, int16_t)                                                                        \
    X(HINGE_UINT16, uint16_t)                                                                      \
    X(HINGE_INT32, int32_t)

static bool is_signed(hinge_type type)
{
    return type == HINGE_INT4 || type == HINGE_INT2;
}

void quantize_load(hinge_type type, int32_t *to, const void *from, int64_t at, int64_t count)
{
    const int64_t bits = hinge_type_bits(type), sign = is_signed(type) ? 1 << (bits - 1) : 0;
    const uint8_t *bytes = from;
    switch (type) {
#define LOAD(name, element)                                                                        \
    case name:                                                                                     \
        for (int64_t i = 0; i < count; i++)                                                        \
            to[i] = (int32_t)((const element *)from)[at + i];                                      \
        return;
        BYTES(LOAD)
#undef LOAD
    default:
        for (int64_t i = 0; i < count; i++) {
            const int64_t bit = (at + i) * bits;
            const int32_t value = bytes[bit / 8] >> (bit % 8) & ((1 << bits) - 1);
            to[i] = (value ^ (int32_t)sign) - (int32_t)sign;
        }
    }
}

void quantize_store(hinge_type type, void *to, int64_t at, const int32_t *from, int64_t count)
{
    const int64_t bits = hinge_type_bits(type);
    uint8_t *bytes = to;
    switch (type) {
#define STORE(name, element)                                                                       \
    case name:                                                                                     \
        for (int64_t i = 0; i < count; i++)                                                        \
            ((element *)to)[at + i] = (element)from[i];                                            \
        return;
        BYTES(STORE)
#undef STORE
    default:
        for (int64_t i = 0; i < count; i++) {
            const int64_t bit = (at + i) * bits;
            const int32_t value = from[i] & ((1 << bits) - 1);
            bytes[bit / 8] = (uint8_t)((bit % 8 ? bytes[bit / 8] : 0) | value << (bit % 8));
        }
    }
}

void quantize_range(hinge_type type, float *least, float *largest)
{
    const bool negative =
        type == HINGE_INT8 || type == HINGE_INT16 || type == HINGE_INT4 || type == HINGE_INT2;
    const int32_t values = 1 << hinge_type_bits(type);
    *least = negative ? (float)(-values / 2) : 0;
    *largest = *least + (float)(values - 1);
}

/* Rows. */

/* The scale or zero point of VF32_LANES elements. */
static vf32 scale_at(const struct quantize_by *by, int64_t i, int n)
{
    return by->step ? vf32_load_n(by->scale + i, n) : vf32_set1(*by->scale);
}

static vf32 zero_point_at(const struct quantize_by *by, int64_t i, int n)
{
    return vi32_to_vf32(by->step ? vi32_load_n(by->zero_point + i, n) : vi32_set1(*by->zero_point));
}

static vi32 saturated(vf32 quotient, vf32 zero_point, vf32 least, vf32 largest)
{
    const vf32 sum = vf32_add(vf32_round(quotient), zero_point);
    return vf32_to_vi32(vf32_min(vf32_max(sum, least), largest));
}

void quantize_row(int32_t *y, const float *x, const struct quantize_by *by, float least,
                  float largest, int64_t count)
{
    const vf32 low = vf32_set1(least), high = vf32_set1(largest);
    vf32 scale = vf32_set1(*by->scale), zero_point = zero_point_at(by, 0, by->step ? 1 : 0);
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES) {
        if (by->step) {
            scale = vf32_load(by->scale + i);
            zero_point = vi32_to_vf32(vi32_load(by->zero_point + i));
        }
        vi32_store(y + i, saturated(vf32_div(vf32_load(x + i), scale), zero_point, low, high));
    }
    if (i < count) {
        const int n = (int)(count - i);
        const vf32 quotient = vf32_div(vf32_load_n(x + i, n), scale_at(by, i, n));
        vi32_store_n(y + i, saturated(quotient, zero_point_at(by, i, n), low, high), n);
    }
}

/* What VF32_LANES sums are brought to bytes by. As zero point and range are whole numbers, a
 * product may be limited before it is rounded: to the range less the zero point. */
struct bytes_by {
    vf32 scale, low, high;
    vi32 zero_point;
};

/* For elements from i on, n of them where each has its own. */
static struct bytes_by bytes_by_at(const struct quantize_by *by, float least, float largest,
                                   int64_t i, int n)
{
    const vf32 zero_point = zero_point_at(by, i, n);
    return (struct bytes_by){.scale = scale_at(by, i, n),
                             .low = vf32_sub(vf32_set1(least), zero_point),
                             .high = vf32_sub(vf32_set1(largest), zero_point),
                             .zero_point = vf32_to_vi32(zero_point)};
}

static void put_bytes(uint8_t *y, vi32 sums, const struct bytes_by *by)
{
    const vf32 product = vf32_mul(vi32_to_vf32(sums), by->scale);
    const vi32 rounded = vf32_to_vi32(vf32_min(vf32_max(product, by->low), by->high));
    vi32_store_8(y, vi32_add(rounded, by->zero_point));
}

void quantize_sums(uint8_t *y, const int32_t *x, int32_t addend, const struct quantize_by *by,
                   float least, float largest, int64_t count)
{
    const vi32 more = vi32_set1(addend);
    const int64_t whole = count - count % VF32_LANES;
    struct bytes_by all = bytes_by_at(by, least, largest, 0, by->step ? 1 : 0);
    for (int64_t i = 0; i < whole; i += VF32_LANES) {
        if (by->step)
            all = bytes_by_at(by, least, largest, i, VF32_LANES);
        put_bytes(y + i, vi32_add(vi32_load(x + i), more), &all);
    }
    if (whole < count) {
        const int n = (int)(count - whole);
        uint8_t bytes[VF32_LANES];
        all = bytes_by_at(by, least, largest, whole, n);
        put_bytes(bytes, vi32_add(vi32_load_n(x + whole, n), more), &all);
        memcpy(y + whole, bytes, (size_t)n);
    }
}

static vf32 restored(vi32 x, vi32 zero_point, vf32 scale)
{
    return vf32_mul(vi32_to_vf32(vi32_sub(x, zero_point)), scale);
}

void quantize_restore(float *y, const int32_t *x, const struct quantize_by *by, int64_t count)
{
    const int64_t step = by->step;
    vf32 scale = vf32_set1(*by->scale);
    vi32 zero_point = vi32_set1(*by->zero_point);
    int64_t i = 0;
    for (; i + VF32_LANES <= count; i += VF32_LANES) {
        if (step) {
            scale = vf32_load(by->scale + i);
            zero_point = vi32_load(by->zero_point + i);
        }
        vf32_store(y + i, restored(vi32_load(x + i), zero_point, scale));
    }
    if (i < count) {
        const int n = (int)(count - i);
        if (step) {
            scale = vf32_load_n(by->scale + i, n);
            zero_point = vi32_load_n(by->zero_point + i, n);
        }
        vf32_store_n(y + i, restored(vi32_load_n(x + i, n), zero_point, scale), n);
    }
}

void quantize_floats(hinge_type type, void *y, int64_t at, const float *x, float scale,
                     int32_t zero_point, int64_t count)
{
    const struct quantize_by by = {&scale, &zero_point, 0};
    float least, largest;
    int32_t values[QUANTIZE_BLOCK];
    int64_t i = 0;
    quantize_range(type, &least, &largest);
    if (hinge_type_bits(type) == 8) {
        const vf32 divisor = vf32_set1(scale), zero = vf32_set1((float)zero_point);
        const vf32 low = vf32_set1(least), high = vf32_set1(largest);
        uint8_t *bytes = (uint8_t *)y + at;
        for (; i + VF32_LANES <= count; i += VF32_LANES)
            vi32_store_8(bytes + i,
                         saturated(vf32_div(vf32_load(x + i), divisor), zero, low, high));
    }
    for (; i < count; i += QUANTIZE_BLOCK) {
        const int64_t n = min_i64(count - i, QUANTIZE_BLOCK);
        quantize_row(values, x + i, &by, least, largest, n);
        quantize_store(type, y, at + i, values, n);
    }
}

/* Scales over a tensor. */

struct quantize_run quantize_run_at(const struct quantize_grid *g, int64_t element)
{
    const int64_t inside = element % g->inner, place = element / g->inner;
    const int64_t along = place % g->axis, outside = place / g->axis;
    struct quantize_run run = {
        .scale = outside * g->outer_step + along / g->block * g->axis_step + inside * g->inner_step,
        .step = g->inner_step,
        .count = g->inner - inside,
    };
    if (g->inner == 1) {
        run.step = g->block == 1 ? g->axis_step : 0;
        run.count =
            g->block == 1 ? g->axis - along : min_i64(g->block - along % g->block, g->axis - along);
    }
    return run;
}
