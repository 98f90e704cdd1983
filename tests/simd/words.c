/* Compiled once for each width; WORDS_APPLY is the name this build gives the function. */
#include "tests/simd/words.h"

#include <math.h>
#include <string.h>

#include "operators/kernels/simd/simd.h"

static uint32_t *row(struct words_results *results, const char *name)
{
    results->names[results->n] = name;
    uint32_t *bits = results->bits[results->n++];
    memset(bits, 0, sizeof results->bits[0]);
    return bits;
}

/* A word from three vectors to one of float, int32, double; A, B, C and X, Y name its operands. */
#define FLOAT(name, expression)                                                                    \
    {                                                                                              \
        float *out = (float *)row(results, name);                                                  \
        for (int i = 0; i < WORDS_COUNT; i += VF32_LANES) {                                        \
            const vf32 A = vf32_load(a + i), B = vf32_load(b + i), C = vf32_load(c + i);           \
            (void)A, (void)B, (void)C;                                                             \
            vf32_store(out + i, expression);                                                       \
        }                                                                                          \
    }
#define INT(name, expression)                                                                      \
    {                                                                                              \
        int32_t *out = (int32_t *)row(results, name);                                              \
        for (int i = 0; i < WORDS_COUNT; i += VF32_LANES) {                                        \
            const vf32 A = vf32_load(a + i);                                                       \
            const vi32 P = vf32_as_vi32(A), Q = vf32_as_vi32(vf32_load(b + i));                    \
            (void)A, (void)P, (void)Q;                                                             \
            vi32_store(out + i, expression);                                                       \
        }                                                                                          \
    }
#define MASK(name, expression) INT(name, vi32_select(expression, vi32_set1(1), vi32_zero()))
#define DOUBLE(name, expression)                                                                   \
    {                                                                                              \
        double out[WORDS_COUNT];                                                                   \
        for (int i = 0; i < WORDS_COUNT; i += VF64_LANES) {                                        \
            const vf64 X = vf64_load(x + i), Y = vf64_load(y + i);                                 \
            (void)X, (void)Y;                                                                      \
            vf64_store(out + i, expression);                                                       \
        }                                                                                          \
        memcpy(row(results, name), out, sizeof out);                                               \
    }

static void floats(const float *a, const float *b, const float *c, struct words_results *results)
{
    const vf32 one = vf32_set1(1);
    FLOAT("add", vf32_add(A, B))
    FLOAT("sub", vf32_sub(A, B))
    FLOAT("mul", vf32_mul(A, B))
    FLOAT("div", vf32_div(A, B))
    FLOAT("fma_once", vf32_fma_once(A, B, C))
    const vf32 limit = vf32_set1(252);
    FLOAT("ldexp",
          vf32_ldexp(vf32_set1(1.25F), vf32_round(vf32_max(vf32_neg(limit), vf32_min(A, limit)))))
    FLOAT("min", vf32_min(A, B))
    FLOAT("max", vf32_max(A, B))
    FLOAT("min_nan", vf32_min_nan(A, B))
    FLOAT("max_nan", vf32_max_nan(A, B))
    FLOAT("sqrt", vf32_sqrt(vf32_abs(A)))
    FLOAT("round", vf32_round(A))
    FLOAT("floor", vf32_floor(A))
    FLOAT("ceil", vf32_ceil(A))
    FLOAT("trunc", vf32_trunc(A))
    FLOAT("and", vf32_and(A, B))
    FLOAT("or", vf32_or(A, B))
    FLOAT("xor", vf32_xor(A, B))
    FLOAT("andnot", vf32_andnot(A, B))
    FLOAT("abs", vf32_abs(A))
    FLOAT("neg", vf32_neg(A))
    FLOAT("copysign", vf32_copysign(A, B))
    FLOAT("lt", vf32_select(vf32_lt(A, B), one, C))
    FLOAT("le", vf32_select(vf32_le(A, B), one, C))
    FLOAT("gt", vf32_select(vf32_gt(A, B), one, C))
    FLOAT("ge", vf32_select(vf32_ge(A, B), one, C))
    FLOAT("eq", vf32_select(vf32_eq(A, B), one, C))
    FLOAT("ne", vf32_select(vf32_ne(A, B), one, C))
    FLOAT("unordered", vf32_select(vf32_unordered(A, B), one, C))
    FLOAT("from_int", vi32_to_vf32(vf32_as_vi32(A)))
}

static void ints(const float *a, const float *b, struct words_results *results)
{
    INT("to_int", vf32_to_vi32(A))
    INT("to_int_trunc", vf32_to_vi32_trunc(A))
    INT("int_add", vi32_add(P, Q))
    INT("int_sub", vi32_sub(P, Q))
    INT("int_mul", vi32_mul(P, Q))
    INT("int_dot_i16", vi32_dot_i16(P, Q))
    INT("int_and", vi32_and(P, Q))
    INT("int_or", vi32_or(P, Q))
    INT("int_xor", vi32_xor(P, Q))
    INT("int_shl", vi32_shl(P, 7))
    INT("int_shr", vi32_shr(P, 7))
    INT("int_sra", vi32_sra(P, 7))
    INT("int_min", vi32_min(P, Q))
    INT("int_max", vi32_max(P, Q))
    MASK("int_eq", vi32_eq(P, Q))
    MASK("int_gt", vi32_gt(P, Q))
    MASK("mask_and", vm32_and(vi32_gt(P, Q), vi32_gt(P, vi32_zero())))
    MASK("mask_or", vm32_or(vi32_gt(P, Q), vi32_gt(P, vi32_zero())))
    MASK("mask_not", vm32_not(vi32_gt(P, Q)))
}

static void doubles(const double *x, const double *y, struct words_results *results)
{
    const vf64 one = vf64_set1(1);
    DOUBLE("double_add", vf64_add(X, Y))
    DOUBLE("double_sub", vf64_sub(X, Y))
    DOUBLE("double_mul", vf64_mul(X, Y))
    DOUBLE("double_div", vf64_div(X, Y))
    DOUBLE("double_min", vf64_min(X, Y))
    DOUBLE("double_max", vf64_max(X, Y))
    DOUBLE("double_min_nan", vf64_min_nan(X, Y))
    DOUBLE("double_max_nan", vf64_max_nan(X, Y))
    DOUBLE("double_sqrt", vf64_sqrt(vf64_abs(X)))
    DOUBLE("double_round", vf64_round(X))
    DOUBLE("double_floor", vf64_floor(X))
    DOUBLE("double_ceil", vf64_ceil(X))
    DOUBLE("double_trunc", vf64_trunc(X))
    DOUBLE("double_and", vf64_and(X, Y))
    DOUBLE("double_or", vf64_or(X, Y))
    DOUBLE("double_xor", vf64_xor(X, Y))
    DOUBLE("double_andnot", vf64_andnot(X, Y))
    DOUBLE("double_abs", vf64_abs(X))
    DOUBLE("double_neg", vf64_neg(X))
    DOUBLE("double_copysign", vf64_copysign(X, Y))
    DOUBLE("double_lt", vf64_select(vf64_lt(X, Y), one, X))
    DOUBLE("double_le", vf64_select(vf64_le(X, Y), one, X))
    DOUBLE("double_gt", vf64_select(vm64_not(vf64_gt(X, Y)), one, X))
    DOUBLE("double_ge", vf64_select(vm64_or(vf64_ge(X, Y), vf64_eq(X, Y)), one, X))
    DOUBLE("double_ne", vf64_select(vm64_and(vf64_ne(X, Y), vf64_ne(X, one)), one, X))
    DOUBLE("double_unordered", vf64_select(vf64_unordered(X, Y), one, X))
    DOUBLE("double_int",
           vi64_as_vf64(vi64_sub(
               vi64_shl(vi64_shr(vi64_add(vf64_as_vi64(X), vi64_set1(77)), 9), 5),
               vi64_xor(vf64_as_vi64(X),
                        vi64_or(vf64_as_vi64(Y), vi64_and(vf64_as_vi64(X), vi64_set1(255)))))))
}

/* Loads and stores of the first n lanes, and conversions on the way. */
static void memory(const float *a, const double *x, int n, struct words_results *results)
{
    const int few = n < VF32_LANES ? n : VF32_LANES;
    float *out = (float *)row(results, "load_n");
    vf32_store(out, vf32_load_n(a, few));
    out = (float *)row(results, "store_n");
    vf32_store_n(out, vf32_load(a), few);
    int32_t *ints_out = (int32_t *)row(results, "int_load_n");
    vi32_store(ints_out, vi32_load_n((const int32_t *)(const void *)a, few));
    ints_out = (int32_t *)row(results, "int_store_n");
    vi32_store_n(ints_out, vi32_load((const int32_t *)(const void *)a), few);

    const uint8_t *bytes = (const uint8_t *)(const void *)a;
    int32_t *unsigned_out = (int32_t *)row(results, "int_load_u8");
    int32_t *signed_out = (int32_t *)row(results, "int_load_i8");
    uint8_t *bytes_out = (uint8_t *)row(results, "int_store_8");
    for (int i = 0; i < WORDS_COUNT; i += VF32_LANES) {
        vi32_store(unsigned_out + i, vi32_load_u8(bytes + i));
        vi32_store(signed_out + i, vi32_load_i8(bytes + i));
        vi32_store_8(bytes_out + i, vi32_load((const int32_t *)(const void *)(a + i)));
    }

    uint16_t *half = (uint16_t *)row(results, "store_f16");
    uint16_t *brain = (uint16_t *)row(results, "store_bf16");
    for (int i = 0; i < WORDS_COUNT; i += VF32_LANES) {
        vf32_store_f16(half + i, vf32_load(a + i));
        vf32_store_bf16(brain + i, vf32_load(a + i));
    }
    out = (float *)row(results, "load_f16");
    float *brain_out = (float *)row(results, "load_bf16");
    const uint16_t *halves = (const uint16_t *)(const void *)a;
    for (int i = 0; i < WORDS_COUNT; i += VF32_LANES) {
        vf32_store(out + i, vf32_load_f16(halves + i));
        vf32_store(brain_out + i, vf32_load_bf16(halves + i));
    }
    vf32_store_f16_n((uint16_t *)row(results, "store_f16_n"), vf32_load_f16_n(halves, few), few);
    vf32_store_bf16_n((uint16_t *)row(results, "store_bf16_n"), vf32_load_bf16_n(halves, few), few);

    const int fewer = n < VF64_LANES ? n : VF64_LANES;
    double doubles_out[WORDS_COUNT] = {0};
    vf64_store_n(doubles_out, vf64_load_n(x, fewer), fewer);
    for (int i = VF64_LANES; i < WORDS_COUNT; i += VF64_LANES)
        vf64_store(doubles_out + i, vf64_load_f32(a + i));
    memcpy(row(results, "double_memory"), doubles_out, sizeof doubles_out);
    out = (float *)row(results, "double_narrow");
    for (int i = 0; i < WORDS_COUNT; i += VF64_LANES)
        vf64_store_f32(out + i, vf64_load(x + i));
}

/* Over all elements, whatever the width. */
static void reductions(const float *a, const double *x, struct words_results *results)
{
    vf32 least = vf32_load(a), most = least;
    uint32_t bits = 0;
    for (int i = 0; i < WORDS_COUNT; i += VF32_LANES) {
        const vf32 v = vf32_load(a + i);
        least = vf32_min_nan(least, v);
        most = vf32_max_nan(most, v);
        bits |= vm32_bits(vf32_gt(v, vf32_zero())) << i;
    }
    float *out = (float *)row(results, "reduce");
    out[0] = vf32_reduce_min(least);
    out[1] = vf32_reduce_max(most);
    /* Small integers have one sum, in whatever order. */
    out[2] = vf32_reduce_add(vf32_set1(3)) / VF32_LANES;
    memcpy(out + 3, &bits, sizeof bits);
    vf64 least64 = vf64_load(x), most64 = least64;
    for (int i = 0; i < WORDS_COUNT; i += VF64_LANES) {
        least64 = vf64_min_nan(least64, vf64_load(x + i));
        most64 = vf64_max_nan(most64, vf64_load(x + i));
    }
    const double ends[] = {vf64_reduce_min(least64), vf64_reduce_max(most64),
                           vf64_reduce_add(vf64_set1(3)) / VF64_LANES};
    memcpy(row(results, "double_reduce"), ends, sizeof ends);
}

words_apply WORDS_APPLY;
void WORDS_APPLY(const float *a, const float *b, const float *c, const double *x, const double *y,
                 int n, struct words_results *results)
{
    results->n = 0;
    floats(a, b, c, results);
    ints(a, b, results);
    doubles(x, y, results);
    memory(a, x, n, results);
    reductions(a, x, results);
}
