#include "base/compare.h"
#include "tool.h"

#include <math.h>
#include <string.h>

static const struct compare_rule strict = {.rtol = 1e-3, .atol = 1e-5};

static bool same(hinge_type type, int64_t count, const void *got, const void *want)
{
    hinge_error why = {0};
    hinge_tensor g = hinge_tensor_over(type, 1, &count, (void *)got);
    hinge_tensor w = hinge_tensor_over(type, 1, &count, (void *)want);
    bool equal = compare_tensors(&g, &w, &strict, &why);
    CU_ASSERT_EQUAL(equal, why.message[0] == '\0');
    return equal;
}

static void test_kind(void)
{
    float data[6] = {1, 2, 3, 4, 5, 6};
    hinge_error why;
    hinge_tensor a = hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){2, 3}, data);
    hinge_tensor other_type = hinge_tensor_over(HINGE_INT32, 2, (int64_t[]){2, 3}, data);
    hinge_tensor other_dims = hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){3, 2}, data);
    hinge_tensor other_rank = hinge_tensor_over(HINGE_FLOAT, 3, (int64_t[]){1, 2, 3}, data);
    hinge_tensor scalar = hinge_tensor_over(HINGE_FLOAT, 0, (int64_t[]){0}, data);
    hinge_tensor one = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){1}, data);
    CU_ASSERT_TRUE(compare_tensors(&a, &a, &strict, &why));
    CU_ASSERT_FALSE(compare_tensors(&a, &other_type, &strict, &why));
    CU_ASSERT_PTR_NOT_NULL(strstr(why.message, "type is float, expected int32"));
    CU_ASSERT_FALSE(compare_tensors(&a, &other_dims, &strict, &why));
    CU_ASSERT_PTR_NOT_NULL(strstr(why.message, "shape is [2,3], expected [3,2]"));
    CU_ASSERT_FALSE(compare_tensors(&a, &other_rank, &strict, &why));
    CU_ASSERT_FALSE(compare_tensors(&scalar, &one, &strict, &why));
    CU_ASSERT_FALSE(compare_tensors(&one, &scalar, &strict, &why));
    CU_ASSERT_TRUE(compare_tensors(&scalar, &scalar, &strict, &why));
}

static void test_floats(void)
{
    CU_ASSERT_TRUE(same(HINGE_FLOAT, 2, (float[]){1.0009f, 0}, (float[]){1, 9e-6f}));
    CU_ASSERT_FALSE(same(HINGE_FLOAT, 2, (float[]){1.0011f, 0}, (float[]){1, 0}));
    CU_ASSERT_FALSE(same(HINGE_FLOAT, 2, (float[]){0, 0}, (float[]){0, 1.1e-5f}));
    CU_ASSERT_FALSE(same(HINGE_DOUBLE, 1, (double[]){-1}, (double[]){1}));
    CU_ASSERT_TRUE(same(HINGE_DOUBLE, 1, (double[]){1000.9}, (double[]){1000}));
    CU_ASSERT_TRUE(same(HINGE_FLOAT, 2, (float[]){-0.0f, 0.0f}, (float[]){0.0f, -0.0f}));
    CU_ASSERT_TRUE(same(HINGE_FLOAT, 0, (float[]){0}, (float[]){0}));
}

static void test_specials(void)
{
    float f[] = {NAN, INFINITY, -INFINITY, 1, 3e38f};
    CU_ASSERT_TRUE(same(HINGE_FLOAT, 5, f, f));
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++)
            CU_ASSERT_EQUAL(same(HINGE_FLOAT, 1, f + i, f + j), i == j);
    double d[] = {NAN, INFINITY, -INFINITY, 0, 1e308};
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++)
            CU_ASSERT_EQUAL(same(HINGE_DOUBLE, 1, d + i, d + j), i == j);
}

static void test_half(void)
{
    const uint16_t one = 0x3C00, nearby = 0x3C0A, off = 0x3C0B, nan = 0x7E00, other_nan = 0xFFFF;
    const uint16_t inf = 0x7C00, minus_inf = 0xFC00, zero = 0, minus_zero = 0x8000;
    CU_ASSERT_TRUE(same(HINGE_FLOAT16, 1, &nearby, &one)); /* 1 + 10/1024: 0.98 % */
    CU_ASSERT_FALSE(same(HINGE_FLOAT16, 1, &off, &one));   /* 1 + 11/1024: 1.07 % */
    CU_ASSERT_TRUE(same(HINGE_FLOAT16, 1, &nan, &other_nan));
    CU_ASSERT_FALSE(same(HINGE_FLOAT16, 1, &nan, &one));
    CU_ASSERT_FALSE(same(HINGE_FLOAT16, 1, &inf, &minus_inf));
    CU_ASSERT_FALSE(same(HINGE_FLOAT16, 1, &inf, &nan));
    CU_ASSERT_TRUE(same(HINGE_FLOAT16, 1, &zero, &minus_zero));
    const uint16_t b_one = 0x3F80, b_nearby = 0x3F81, b_off = 0x3F82, b_nan = 0x7FC0;
    CU_ASSERT_TRUE(same(HINGE_BFLOAT16, 1, &b_nearby, &b_one)); /* 1 + 1/128: 0.78 % */
    CU_ASSERT_FALSE(same(HINGE_BFLOAT16, 1, &b_off, &b_one));
    CU_ASSERT_FALSE(same(HINGE_BFLOAT16, 1, &b_nan, &b_one));
}

/* Every pair of the 256 floats of 8 bits: equal where the bits are, where both are NaN, or where
 * both are zero, and never otherwise. The NaN patterns are those of the standard's table. */
static void check_small(hinge_type type, bool (*is_nan)(unsigned), bool has_minus_zero)
{
    for (unsigned i = 0; i < 256; i++)
        for (unsigned j = 0; j < 256; j++) {
            unsigned char a = (unsigned char)i, b = (unsigned char)j;
            bool zeros = has_minus_zero && (a & 0x7F) == 0 && (b & 0x7F) == 0;
            bool equal = a == b || (is_nan(i) && is_nan(j)) || zeros;
            if (same(type, 1, &a, &b) != equal)
                CU_FAIL("two floats of 8 bits");
        }
}

static bool e4m3fn_nan(unsigned b)
{
    return (b & 0x7F) == 0x7F;
}
static bool fnuz_nan(unsigned b)
{
    return b == 0x80;
}
static bool e5m2_nan(unsigned b)
{
    return (b & 0x7F) > 0x7C;
}
static bool e8m0_nan(unsigned b)
{
    return b == 0xFF;
}

static void test_small_floats(void)
{
    check_small(HINGE_FLOAT8E4M3FN, e4m3fn_nan, true);
    check_small(HINGE_FLOAT8E4M3FNUZ, fnuz_nan, false);
    check_small(HINGE_FLOAT8E5M2, e5m2_nan, true);
    check_small(HINGE_FLOAT8E5M2FNUZ, fnuz_nan, false);
    check_small(HINGE_FLOAT8E8M0, e8m0_nan, false);
}

static void test_exact(void)
{
    CU_ASSERT_TRUE(same(HINGE_INT64, 1, (int64_t[]){INT64_MAX}, (int64_t[]){INT64_MAX}));
    CU_ASSERT_FALSE(same(HINGE_INT64, 1, (int64_t[]){INT64_MAX}, (int64_t[]){INT64_MAX - 1}));
    CU_ASSERT_FALSE(same(HINGE_INT32, 2, (int32_t[]){100000, 5}, (int32_t[]){100001, 5}));
    CU_ASSERT_FALSE(same(HINGE_UINT8, 1, (uint8_t[]){255}, (uint8_t[]){254}));
    CU_ASSERT_FALSE(same(HINGE_BOOL, 1, (uint8_t[]){0}, (uint8_t[]){1}));
    /* Five packed nibbles: the upper half of the last byte is no element. */
    CU_ASSERT_TRUE(same(HINGE_INT4, 5, (uint8_t[]){0x21, 0x43, 0x05}, (uint8_t[]){0x21, 0x43, 5}));
    CU_ASSERT_FALSE(same(HINGE_INT4, 5, (uint8_t[]){0x21, 0x43, 0x05}, (uint8_t[]){0x21, 0x53, 5}));
    CU_ASSERT_FALSE(same(HINGE_UINT2, 3, (uint8_t[]){0x1B}, (uint8_t[]){0x2B}));
}

static void test_complex(void)
{
    CU_ASSERT_TRUE(same(HINGE_COMPLEX64, 1, (float[]){1, 2.001f}, (float[]){1, 2}));
    CU_ASSERT_FALSE(same(HINGE_COMPLEX64, 1, (float[]){1, 2.1f}, (float[]){1, 2}));
    CU_ASSERT_FALSE(same(HINGE_COMPLEX128, 1, (double[]){1, NAN}, (double[]){1, 2}));
}

static void test_strings(void)
{
    hinge_string want[] = {{"ab", 2}, {"", 0}, {"a\0b", 3}};
    hinge_string other[] = {{"aB", 2}, {NULL, 0}, {"a\0b", 3}};
    hinge_string cut[] = {{"ab", 2}, {NULL, 0}, {"a\0c", 3}};
    hinge_string equal[] = {{"abc", 2}, {NULL, 0}, {"a\0b", 3}};
    CU_ASSERT_TRUE(same(HINGE_STRING, 3, equal, want));
    CU_ASSERT_FALSE(same(HINGE_STRING, 3, other, want));
    CU_ASSERT_FALSE(same(HINGE_STRING, 3, cut, want));
    CU_ASSERT_FALSE(same(HINGE_STRING, 1, (hinge_string[]){{"abc", 3}}, want));
}

static void test_relative_to_max(void)
{
    struct compare_rule rule = {.rtol = 1e-3, .atol = 1e-5, .relative_to_max = true};
    hinge_error why;
    float want[] = {500, 0, -INFINITY}, near[] = {500.4f, 0.49f, -INFINITY};
    float off[] = {500, 0.51f, -INFINITY}, small[] = {0.1f}, small_off[] = {0.1011f};
    hinge_tensor w = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){3}, want);
    hinge_tensor n = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){3}, near);
    hinge_tensor o = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){3}, off);
    hinge_tensor s = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){1}, small);
    hinge_tensor t = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){1}, small_off);
    CU_ASSERT_TRUE(compare_tensors(&n, &w, &rule, &why));
    CU_ASSERT_FALSE(compare_tensors(&o, &w, &rule, &why));
    CU_ASSERT_FALSE(compare_tensors(&t, &s, &rule, &why));
}

/* The sentence names the first wrong element and counts them. */
static void test_message(void)
{
    float want[] = {1, 2, 3, 4}, got[] = {1, 7, 3, 9};
    hinge_error why;
    hinge_tensor w = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){4}, want);
    hinge_tensor g = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){4}, got);
    CU_ASSERT_FALSE(compare_tensors(&g, &w, &strict, &why));
    CU_ASSERT_STRING_EQUAL(
        why.message, "2 of 4 elements differ, first [1]: 7, expected 2, largest difference 5");
}

CU_TestInfo tool_compare_tests[] = {
    {"type and shape", test_kind},
    {"float and double", test_floats},
    {"NaN and infinity", test_specials},
    {"float16 and bfloat16", test_half},
    {"floats of 8 bits", test_small_floats},
    {"integers", test_exact},
    {"complex", test_complex},
    {"strings", test_strings},
    {"relative to the largest", test_relative_to_max},
    {"message", test_message},
    CU_TEST_INFO_NULL,
};
