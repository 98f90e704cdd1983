#include "diff/diff_measure.h"
#include "diff/diff_stored.h"
#include "tool.h"

#include <hinge/plugin.h>
#include <math.h>
#include <string.h>

static struct measure measure(hinge_type type, int64_t count, const void *value, const void *other)
{
    hinge_tensor a = hinge_tensor_over(type, 1, &count, (void *)value);
    hinge_tensor b = hinge_tensor_over(type, 1, &count, (void *)other);
    return measure_of(&a, &b);
}

/* Steps from one float to the next. */
static void test_ulp(void)
{
    const float smallest = 0x1p-149f;
    struct measure m = measure(HINGE_FLOAT, 3, (float[]){1, smallest, -0.0f},
                               (float[]){1 + 0x1p-23f, -smallest, 0.0f});
    CU_ASSERT_EQUAL(m.ulp.size, 2);
    CU_ASSERT_EQUAL(m.ulp.at, 1);
    CU_ASSERT_EQUAL(m.absolute.at, 0);
    CU_ASSERT_EQUAL(m.absolute.size, 0x1p-23);
    m = measure(HINGE_DOUBLE, 1, (double[]){-1}, (double[]){nextafter(nextafter(-1, 0), 0)});
    CU_ASSERT_EQUAL(m.ulp.size, 2);
    m = measure(HINGE_DOUBLE, 1, (double[]){-0x1p1023}, (double[]){0x1p1023});
    CU_ASSERT_EQUAL(m.ulp.size, 2 * (double)0x7FE0000000000000);
    m = measure(HINGE_BFLOAT16, 2, (uint16_t[]){0x3F80, 0x8001}, (uint16_t[]){0x3F83, 0x0001});
    CU_ASSERT_EQUAL(m.ulp.size, 3);
    CU_ASSERT_EQUAL(m.ulp.at, 0);
    m = measure(HINGE_FLOAT8E4M3FN, 1, (uint8_t[]){0x81}, (uint8_t[]){0x02});
    CU_ASSERT_EQUAL(m.ulp.size, 3);
}

static void test_kinds(void)
{
    struct measure m = measure(HINGE_INT64, 2, (int64_t[]){5, -7}, (int64_t[]){0, -10});
    CU_ASSERT_EQUAL(m.absolute.size, 5);
    CU_ASSERT_EQUAL(m.absolute.at, 0);
    CU_ASSERT_EQUAL(m.relative.size, 0.3);
    CU_ASSERT_EQUAL(m.relative.at, 1);
    CU_ASSERT_EQUAL(m.ulp.at, -1);
    m = measure(HINGE_COMPLEX64, 2, (float[]){1, 2, 3, 4}, (float[]){1, 2, 3, 6});
    CU_ASSERT_EQUAL(m.absolute.size, 2);
    CU_ASSERT_EQUAL(m.absolute.at, 3);
    m = measure(HINGE_FLOAT, 4, (float[]){NAN, INFINITY, INFINITY, NAN},
                (float[]){NAN, INFINITY, -INFINITY, 1});
    CU_ASSERT_EQUAL(m.n_special, 2);
    CU_ASSERT_EQUAL(m.absolute.at, -1);
    m = measure(HINGE_FLOAT, 0, NULL, NULL);
    CU_ASSERT_EQUAL(m.absolute.at, -1);
    CU_ASSERT_EQUAL(m.n_special, 0);
}

/* [1, 2, 2, 3] with the channels last, as the model has it. */
static void test_copy(void)
{
    float last[12];
    hinge_error error;
    struct array copy;
    for (int i = 0; i < 12; i++)
        last[i] = (float)i;
    hinge_tensor tensor = hinge_tensor_over(HINGE_FLOAT, 4, (int64_t[]){1, 2, 2, 3}, last);
    CU_ASSERT_TRUE_FATAL(diff_copy(&copy, &tensor, true, &error));
    const int64_t dims[] = {1, 3, 2, 2};
    CU_ASSERT_EQUAL(memcmp(copy.tensor.dims, dims, sizeof dims), 0);
    for (int c = 0; c < 3; c++)
        for (int p = 0; p < 4; p++)
            CU_ASSERT_EQUAL(((float *)copy.tensor.data)[c * 4 + p], last[p * 3 + c]);
    array_free(&copy);
    CU_ASSERT_TRUE_FATAL(diff_copy(&copy, &tensor, false, &error));
    CU_ASSERT_EQUAL(memcmp(copy.tensor.data, last, sizeof last), 0);
    array_free(&copy);
    tensor.dims[1] = 0;
    CU_ASSERT_TRUE_FATAL(diff_copy(&copy, &tensor, true, &error));
    CU_ASSERT_EQUAL(copy.tensor.dims[2], 0);
    array_free(&copy);
}

/* The bytes are the copy's own. */
static void test_copy_strings(void)
{
    char bytes[] = "abc";
    hinge_string strings[] = {{bytes, 2}, {NULL, 0}, {bytes + 2, 1}};
    hinge_tensor tensor = hinge_tensor_over(HINGE_STRING, 1, (int64_t[]){3}, strings);
    hinge_error error;
    struct array copy;
    CU_ASSERT_TRUE_FATAL(diff_copy(&copy, &tensor, false, &error));
    memset(bytes, '?', 3);
    const hinge_string *to = copy.tensor.data;
    CU_ASSERT_EQUAL(to[0].size, 2);
    CU_ASSERT_EQUAL(memcmp(to[0].bytes, "ab", 2), 0);
    CU_ASSERT_EQUAL(to[1].size, 0);
    CU_ASSERT_EQUAL(memcmp(to[2].bytes, "c", 1), 0);
    array_free(&copy);
}

CU_TestInfo tool_diff_tests[] = {{"ULP", test_ulp},
                                 {"kinds", test_kinds},
                                 {"copy", test_copy},
                                 {"copy of strings", test_copy_strings},
                                 CU_TEST_INFO_NULL};
