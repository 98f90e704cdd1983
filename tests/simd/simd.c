/* The three widths of the vector vocabulary, and the activations and their derivatives over them,
 * give the same bits; the avx512 one is emulated where the CPU has no AVX-512. The scalar one is
 * also held against libm. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/simd/words.h"

static uint64_t state;

static uint64_t draw(void)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return state >> 11;
}

/* Bits of all kinds: special values, halves of integers, and anything. */
static float draw_float(void)
{
    static const uint32_t specials[] = {0,          0x80000000, 0x7f800000, 0xff800000, 0x7fc00000,
                                        0x7f800001, 1,          0x80000001, 0x7f7fffff, 0x00800000,
                                        0x4f000000, 0xcf000000, 0x4effffff, 0x3f000000, 0x477ff000,
                                        0x33000000, 0x33000001, 0x387fffff, 0x4b000000, 0xbf000000};
    const uint64_t kind = draw() & 3;
    if (kind == 1)
        return (float)(int)(draw() % 401) / 2 - 100;
    uint32_t bits = (uint32_t)draw();
    if (kind == 0)
        bits = specials[draw() % (sizeof specials / sizeof *specials)];
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double draw_double(void)
{
    uint64_t bits = draw() << 12 ^ draw();
    double value;
    memcpy(&value, &bits, sizeof value);
    return draw() & 1 ? (double)draw_float() : value;
}

/* NaN is one value: its bits may differ. Doubles are two words, integers are compared exactly. */
static bool same(const char *name, const uint32_t *one, const uint32_t *other)
{
    const bool is_double = strncmp(name, "double", 6) == 0 && strcmp(name, "double_narrow") != 0;
    for (int i = 0; i < 2 * WORDS_COUNT; i += is_double ? 2 : 1) {
        if (is_double) {
            double a, b;
            memcpy(&a, one + i, sizeof a);
            memcpy(&b, other + i, sizeof b);
            if (memcmp(&a, &b, sizeof a) != 0 && !(isnan(a) && isnan(b)))
                return false;
        } else {
            float a, b;
            memcpy(&a, one + i, sizeof a);
            memcpy(&b, other + i, sizeof b);
            if (memcmp(&a, &b, sizeof a) != 0 && !(isnan(a) && isnan(b)))
                return false;
        }
    }
    return true;
}

static void compare_words(words_apply *apply)
{
    state = 1;
    for (int round = 0; round < 20000; round++) {
        float a[WORDS_COUNT], b[WORDS_COUNT], c[WORDS_COUNT];
        double x[WORDS_COUNT], y[WORDS_COUNT];
        for (int i = 0; i < WORDS_COUNT; i++) {
            a[i] = draw_float();
            b[i] = draw_float();
            c[i] = draw_float();
            x[i] = draw_double();
            y[i] = draw_double();
        }
        /* 3 lanes at most where n lanes are taken, which every width has or falls short of alike.
         */
        static struct words_results expected, results;
        scalar_words_apply(a, b, c, x, y, round % 3, &expected);
        apply(a, b, c, x, y, round % 3, &results);
        CU_ASSERT_EQUAL_FATAL(results.n, expected.n);
        for (int k = 0; k < results.n; k++) {
            const char *name = results.names[k];
            if (strcmp(name, "load_n") == 0 || strcmp(name, "int_load_n") == 0 ||
                strcmp(name, "double_memory") == 0)
                memset(results.bits[k] + 4, 0, sizeof results.bits[k] - 16),
                    memset(expected.bits[k] + 4, 0, sizeof expected.bits[k] - 16);
            if (!same(name, results.bits[k], expected.bits[k])) {
                char text[80];
                snprintf(text, sizeof text, "%s differs in round %d", name, round);
                CU_assertImplementation(CU_FALSE, __LINE__, text, __FILE__, "", CU_TRUE);
            }
        }
    }
}

static const float *find(const struct words_results *results, const char *name)
{
    for (int k = 0; k < results->n; k++)
        if (strcmp(results->names[k], name) == 0)
            return (const float *)(const void *)results->bits[k];
    CU_FAIL_FATAL("no such word");
    return NULL;
}

static bool equal(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void scalar_words_are_right(void)
{
    state = 2;
    for (int round = 0; round < 20000; round++) {
        float a[WORDS_COUNT], b[WORDS_COUNT], c[WORDS_COUNT];
        double x[WORDS_COUNT] = {0};
        for (int i = 0; i < WORDS_COUNT; i++) {
            a[i] = draw_float();
            b[i] = draw_float();
            c[i] = draw_float();
        }
        static struct words_results r;
        scalar_words_apply(a, b, c, x, x, 2, &r);
        bool right = true;
        for (int i = 0; i < WORDS_COUNT; i++) {
            right = right && equal(find(&r, "fma_once")[i], fmaf(a[i], b[i], c[i]));
            right = right && equal(find(&r, "round")[i], nearbyintf(a[i]));
            right = right && equal(find(&r, "floor")[i], floorf(a[i]));
            right = right && equal(find(&r, "ceil")[i], ceilf(a[i]));
            right = right && equal(find(&r, "trunc")[i], truncf(a[i]));
            right = right && equal(find(&r, "copysign")[i], copysignf(a[i], b[i]));
            right = right && equal(find(&r, "min")[i], a[i] < b[i] ? a[i] : b[i]);
            right = right && equal(find(&r, "max")[i], a[i] > b[i] ? a[i] : b[i]);
        }
        CU_ASSERT_TRUE_FATAL(right);
    }
}

/* Halves whose magnitude exceeds that of infinity are NaN. */
static bool same_halves(const uint16_t *one, const uint16_t *other, int64_t count, int infinity)
{
    for (int64_t i = 0; i < count; i++)
        if (one[i] != other[i] && !((one[i] & 0x7fff) > infinity && (other[i] & 0x7fff) > infinity))
            return false;
    return true;
}

enum { COUNT = 4096 };

static void draw_arguments(int round, float *x)
{
    for (int i = 0; i < COUNT; i++)
        x[i] = round & 1 ? draw_float() : (float)(draw() % 65536) / 1024 - 32;
}

static void compare_activations(words_activation *f32, words_activation_half *f16,
                                words_activation_half *bf16)
{
    static float x[COUNT], expected[COUNT], results[COUNT];
    static uint16_t half[COUNT], expected_half[COUNT], results_half[COUNT];
    for (int kind = HINGE_ACT_NONE; kind < HINGE_N_ACTIVATIONS; kind++) {
        const struct hinge_activation activation = {
            .kind = (enum hinge_activation_kind)kind, .alpha = 0.75F, .beta = 1.5F};
        state = 3;
        for (int round = 0; round < 64; round++) {
            draw_arguments(round, x);
            for (int i = 0; i < COUNT; i++)
                half[i] = (uint16_t)draw();
            const int64_t count = COUNT - round;
            bool right = true;
            scalar_activation_f32(&activation, x, expected, count);
            f32(&activation, x, results, count);
            for (int64_t i = 0; i < count; i++)
                right = right && equal(results[i], expected[i]);
            scalar_activation_f16(&activation, half, expected_half, count);
            f16(&activation, half, results_half, count);
            right = right && same_halves(expected_half, results_half, count, 0x7c00);
            scalar_activation_bf16(&activation, half, expected_half, count);
            bf16(&activation, half, results_half, count);
            right = right && same_halves(expected_half, results_half, count, 0x7f80);
            if (!right) {
                char text[80];
                snprintf(text, sizeof text, "activation %d differs in round %d", kind, round);
                CU_assertImplementation(CU_FALSE, __LINE__, text, __FILE__, "", CU_TRUE);
            }
        }
    }
}

static void compare_derivatives(words_activation *derivative)
{
    static float x[COUNT], expected[COUNT], results[COUNT];
    for (int kind = HINGE_ACT_NONE; kind < HINGE_N_ACTIVATIONS; kind++) {
        const struct hinge_activation activation = {
            .kind = (enum hinge_activation_kind)kind, .alpha = 0.75F, .beta = 1.5F};
        state = 4;
        for (int round = 0; round < 64; round++) {
            draw_arguments(round, x);
            const int64_t count = COUNT - round;
            scalar_activation_derivative_f32(&activation, x, expected, count);
            results[count - 1] = 0;
            derivative(&activation, x, results, count);
            bool right = true;
            for (int64_t i = 0; i < count; i++)
                right = right && equal(results[i], expected[i]);
            if (!right) {
                char text[80];
                snprintf(text, sizeof text, "derivative %d differs in round %d", kind, round);
                CU_assertImplementation(CU_FALSE, __LINE__, text, __FILE__, "", CU_TRUE);
            }
        }
    }
}

/* What is a convention, and what it is at the ends. */
static void scalar_derivatives_at_corners(void)
{
    static const struct {
        enum hinge_activation_kind kind;
        float alpha, beta, x, expected;
    } cases[] = {
        {HINGE_ACT_RELU, 0, 0, 0, 0},
        {HINGE_ACT_RELU, 0, 0, -0.0F, 0},
        {HINGE_ACT_RELU, 0, 0, 0x1p-149F, 1},
        {HINGE_ACT_LEAKY_RELU, 0.25F, 0, 0, 1},
        {HINGE_ACT_LEAKY_RELU, 0.25F, 0, -0.0F, 1},
        {HINGE_ACT_LEAKY_RELU, 0.25F, 0, -0x1p-149F, 0.25F},
        {HINGE_ACT_ELU, 2, 0, 0, 1},
        {HINGE_ACT_ELU, 2, 0, -0x1p-149F, 2},
        {HINGE_ACT_ELU, 2, 0, -INFINITY, 0},
        {HINGE_ACT_SELU, 2, 3, 0, 6},
        {HINGE_ACT_SELU, 2, 3, 0x1p-149F, 3},
        {HINGE_ACT_CELU, 2, 0, 0, 1},
        {HINGE_ACT_CELU, -2, 0, -INFINITY, INFINITY},
        {HINGE_ACT_CLIP, -1, 2, -1, 0},
        {HINGE_ACT_CLIP, -1, 2, 2, 0},
        {HINGE_ACT_CLIP, -1, 2, 0x1.fffffep0F, 1},
        {HINGE_ACT_CLIP, -INFINITY, 6, -INFINITY, 0},
        {HINGE_ACT_THRESHOLDED_RELU, 2, 0, 2, 0},
        {HINGE_ACT_THRESHOLDED_RELU, 2, 0, 0x1.000002p1F, 1},
        {HINGE_ACT_HARD_SIGMOID, 0.25F, 0.5F, -2, 0},
        {HINGE_ACT_HARD_SIGMOID, 0.25F, 0.5F, 2, 0},
        {HINGE_ACT_HARD_SIGMOID, 0.25F, 0.5F, 0x1.fffffep0F, 0.25F},
        {HINGE_ACT_HARD_SWISH, 0, 0, -3, 0},
        {HINGE_ACT_HARD_SWISH, 0, 0, 3, 1},
        {HINGE_ACT_HARD_SWISH, 0, 0, -1.5F, 0},
        {HINGE_ACT_HARD_SWISH, 0, 0, 0, 0.5F},
        {HINGE_ACT_SHRINK, 0.5F, 9, 0.5F, 0},
        {HINGE_ACT_SHRINK, 0.5F, 9, -0.5F, 0},
        {HINGE_ACT_SHRINK, 0.5F, 9, 0x1.000002p-1F, 1},
        {HINGE_ACT_SHRINK, 0.5F, 9, -0x1.000002p-1F, 1},
        {HINGE_ACT_SHRINK, -1, 0, 0, 1},
        {HINGE_ACT_SIGMOID, 0, 0, 0, 0.25F},
        {HINGE_ACT_SIGMOID, 0, 0, INFINITY, 0},
        {HINGE_ACT_TANH, 0, 0, -0.0F, 1},
        {HINGE_ACT_SOFTPLUS, 0, 0, -INFINITY, 0},
        {HINGE_ACT_SOFTPLUS, 0, 0, INFINITY, 1},
        {HINGE_ACT_SOFTSIGN, 0, 0, -INFINITY, 0},
        {HINGE_ACT_SWISH, 0, 0, INFINITY, 0.5F},
        {HINGE_ACT_SWISH, 1, 0, INFINITY, 1},
        {HINGE_ACT_SWISH, 1, 0, -INFINITY, 0},
        {HINGE_ACT_SWISH, -1, 0, INFINITY, 0},
        {HINGE_ACT_MISH, 0, 0, INFINITY, 1},
        {HINGE_ACT_MISH, 0, 0, -INFINITY, 0},
        {HINGE_ACT_GELU, 0, 0, 0, 0.5F},
        {HINGE_ACT_GELU, 0, 0, INFINITY, 1},
        {HINGE_ACT_GELU_TANH, 0, 0, -INFINITY, 0},
        {HINGE_ACT_GELU_TANH, 0, 0, 0x1.fffffep127F, 1},
        {HINGE_ACT_EXP, 0, 0, INFINITY, INFINITY},
        {HINGE_ACT_EXP, 0, 0, -INFINITY, 0},
        {HINGE_ACT_LOG, 0, 0, 4, 0.25F},
        {HINGE_ACT_LOG, 0, 0, -0.0F, INFINITY},
        {HINGE_ACT_LOG, 0, 0, -1, NAN},
        {HINGE_ACT_LOG, 0, 0, INFINITY, 0},
        {HINGE_ACT_NONE, 0, 0, 5, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hinge_activation activation = {
            .kind = cases[i].kind, .alpha = cases[i].alpha, .beta = cases[i].beta};
        float y;
        scalar_activation_derivative_f32(&activation, &cases[i].x, &y, 1);
        if (!(y == cases[i].expected || (isnan(y) && isnan(cases[i].expected)))) {
            char text[80];
            snprintf(text, sizeof text, "derivative %d is %g at %g", (int)cases[i].kind, (double)y,
                     (double)cases[i].x);
            CU_assertImplementation(CU_FALSE, __LINE__, text, __FILE__, "", CU_FALSE);
        }
    }
    for (int kind = HINGE_ACT_NONE; kind < HINGE_N_ACTIVATIONS; kind++) {
        const struct hinge_activation activation = {
            .kind = (enum hinge_activation_kind)kind, .alpha = 0.75F, .beta = 1.5F};
        float y = NAN;
        scalar_activation_derivative_f32(&activation, &y, &y, 1);
        CU_ASSERT_TRUE(isnan(y));
    }
}

/* At the float32 numbers nearest to the zeros of derivatives, where little is left of what is
 * computed; with an alpha, the product can come nearer yet, and the error counts beside 2^-24. The
 * values are mpmath's. */
static void scalar_derivatives_near_zeros(void)
{
    static const struct {
        enum hinge_activation_kind kind;
        float alpha, x;
        double expected, ulp;
    } cases[] = {
        {HINGE_ACT_SWISH, 1, -0x1.474974p+0F, -2.8270396683554367e-9, 0x1p-52},
        {HINGE_ACT_MISH, 0, -0x1.31432cp+0F, 8.1257279336583199e-10, 0x1p-54},
        {HINGE_ACT_GELU, 0, -0x1.80ead2p-1F, -5.227312104575155e-9, 0x1p-51},
        {HINGE_ACT_GELU_TANH, 0, -0x1.8142a0p-1F, -4.8805769909549434e-9, 0x1p-51},
        {HINGE_ACT_SWISH, 0x1.67f078p0F, -0x1.d18d9ep-1F, 1.9127589921873451e-14, 0x1p-48},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hinge_activation activation = {.kind = cases[i].kind, .alpha = cases[i].alpha};
        float y;
        scalar_activation_derivative_f32(&activation, &cases[i].x, &y, 1);
        CU_ASSERT_DOUBLE_EQUAL((double)y, cases[i].expected, cases[i].ulp);
    }
}

#ifdef WORDS_HAVE_AVX
static void avx2_words(void)
{
    compare_words(avx2_words_apply);
}

static void avx2_activations(void)
{
    compare_activations(avx2_activation_f32, avx2_activation_f16, avx2_activation_bf16);
    compare_derivatives(avx2_activation_derivative_f32);
}
#endif
#ifdef WORDS_HAVE_AVX512
static void avx512_words(void)
{
    compare_words(avx512_words_apply);
}

static void avx512_activations(void)
{
    compare_activations(avx512_activation_f32, avx512_activation_f16, avx512_activation_bf16);
    compare_derivatives(avx512_activation_derivative_f32);
}
#endif

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite suite = CU_add_suite("simd", NULL, NULL);
    CU_add_test(suite, "scalar words against libm", scalar_words_are_right);
    CU_add_test(suite, "scalar derivatives at corners", scalar_derivatives_at_corners);
    CU_add_test(suite, "scalar derivatives near zeros", scalar_derivatives_near_zeros);
#ifdef WORDS_HAVE_AVX
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        CU_add_test(suite, "avx2 words", avx2_words);
        CU_add_test(suite, "avx2 activations", avx2_activations);
#ifdef WORDS_HAVE_AVX512
        CU_add_test(suite, "avx512 words", avx512_words);
        CU_add_test(suite, "avx512 activations", avx512_activations);
#endif
    }
#endif
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures != 0;
}
