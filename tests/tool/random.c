#include "inputs/random.h"
#include "tool.h"

#include <string.h>

/* The first draws of input 0, worked out with Python's integers:
 * s = 0x9E3779B97F4A7C15; s ^= s >> 12; s ^= s << 25; s ^= s >> 27;
 * u = (s * 0x2545F4914F6CDD1D mod 2^64) >> 40. */
enum { N_DRAWS = 7 };
static const unsigned draws[2][N_DRAWS] = {
    {885683, 5555276, 11027955, 8220171, 9492694, 10348239, 13985344},
    {1187164, 5171584, 14183328, 1431305, 4769630, 4019023, 13731500},
};
/* The same as float16 (NumPy's conversion) and bfloat16 bits. */
static const unsigned half[N_DRAWS] = {0xBB28, 0xB567, 0x3509, 0xA524, 0x3036, 0x337A, 0x3956};
static const unsigned bhalf[N_DRAWS] = {0xBF65, 0xBEAD, 0x3EA1, 0xBCA4, 0x3E07, 0x3E6F, 0x3F2B};

static struct array make(hinge_type type, size_t index)
{
    struct array array;
    hinge_error error;
    CU_ASSERT_TRUE_FATAL(array_create(&array, type, 1, (int64_t[]){N_DRAWS}, &error));
    CU_ASSERT_TRUE_FATAL(random_fill(&array, index, 0, 1, &error));
    return array;
}

static void test_float(void)
{
    struct array a = make(HINGE_FLOAT, 0), b = make(HINGE_FLOAT, 1);
    for (int i = 0; i < N_DRAWS; i++) {
        CU_ASSERT_EQUAL(((float *)a.tensor.data)[i], (float)draws[0][i] / 8388608.0f - 1.0f);
        CU_ASSERT_EQUAL(((float *)b.tensor.data)[i], (float)draws[1][i] / 8388608.0f - 1.0f);
    }
    array_free(&a);
    array_free(&b);
}

static void test_integers(void)
{
    struct array a = make(HINGE_INT64, 0), b = make(HINGE_UINT8, 0), c = make(HINGE_BOOL, 0);
    struct array d = make(HINGE_INT4, 0), e = make(HINGE_STRING, 0);
    for (int i = 0; i < N_DRAWS; i++) {
        CU_ASSERT_EQUAL(((int64_t *)a.tensor.data)[i], draws[0][i] % 2);
        CU_ASSERT_EQUAL(((uint8_t *)b.tensor.data)[i], draws[0][i] % 128);
        CU_ASSERT_EQUAL(((uint8_t *)c.tensor.data)[i], draws[0][i] % 2);
        unsigned nibble = ((uint8_t *)d.tensor.data)[i / 2] >> (4 * (i % 2)) & 15;
        CU_ASSERT_EQUAL(nibble, draws[0][i] % 16);
        hinge_string string = ((hinge_string *)e.tensor.data)[i];
        CU_ASSERT_TRUE(string.size == 1 && *string.bytes == (char)('0' + draws[0][i] % 10));
    }
    array_free(&a);
    array_free(&b);
    array_free(&c);
    array_free(&d);
    array_free(&e);
}

static void test_half(void)
{
    struct array a = make(HINGE_FLOAT16, 0), b = make(HINGE_BFLOAT16, 0);
    for (int i = 0; i < N_DRAWS; i++) {
        CU_ASSERT_EQUAL(((uint16_t *)a.tensor.data)[i], half[i]);
        CU_ASSERT_EQUAL(((uint16_t *)b.tensor.data)[i], bhalf[i]);
    }
    array_free(&a);
    array_free(&b);
}

static void test_seed(void)
{
    struct array a = make(HINGE_FLOAT, 0), b = make(HINGE_FLOAT, 0);
    hinge_error error;
    CU_ASSERT_TRUE(random_fill(&b, 0, 7, 1, &error));
    CU_ASSERT_TRUE(memcmp(a.tensor.data, b.tensor.data, sizeof(float) * N_DRAWS) != 0);
    array_free(&a);
    array_free(&b);
}

CU_TestInfo tool_random_tests[] = {
    {"float", test_float},     {"integers and strings", test_integers},
    {"half types", test_half}, {"seed", test_seed},
    CU_TEST_INFO_NULL,
};
