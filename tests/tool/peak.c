/* The work of a roofline's rows, and that peaks are measured. */
#include "tool.h"

#include <profile/peak_loops.h>
#include <profile/roofline.h>
#include <stdlib.h>

/* a * 0.5 + t comes to 2 t from wherever it starts. */
static void test_arithmetic(void)
{
    float result = 3;
    double flops = peak_fma_scalar(200, &result);
    CU_ASSERT_DOUBLE_EQUAL(result, 12 * 4 * 6.0, 1e-3);
    CU_ASSERT_EQUAL(flops, 2.0 * 200 * 12 * 4);
}

static void test_reading(void)
{
    enum { COUNT = 3 * PEAK_READ_MULTIPLE };
    float x[COUNT], result = 1;
    for (int i = 0; i < COUNT; i++)
        x[i] = (float)i;
    peak_read_scalar(x, COUNT, &result);
    CU_ASSERT_EQUAL(result, COUNT * (COUNT - 1) / 2.0 + PEAK_READ_MULTIPLE);
}

static void test_peaks(void)
{
    hinge_error error;
    struct peak one, two;
    CU_ASSERT_TRUE(peak_measure(&one, "scalar", 1, &error));
    CU_ASSERT_TRUE(peak_measure(&two, "scalar", 2, &error));
    CU_ASSERT_TRUE(one.flops > 1e7 && one.bytes > 1e7);
    CU_ASSERT_TRUE(two.flops > 1e7 && two.bytes > 1e7);
}

static void test_work(void)
{
    const struct roofline roofline = {.peak = {100, 50}};
    struct roofline_work sum = {0, 0}, node = {300, 50};
    sum = roofline_add(sum, node, 2);
    CU_ASSERT_EQUAL(sum.multiply_adds, 600);
    CU_ASSERT_EQUAL(sum.bytes, 100);
    CU_ASSERT_EQUAL(roofline_seconds(&roofline, sum), 12);
    struct roofline_rates rates = roofline_rates(&roofline, sum, 24);
    CU_ASSERT_EQUAL(rates.flops, 50);
    CU_ASSERT_EQUAL(rates.flops_share, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(rates.bytes, 100.0 / 24, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(rates.bytes_share, 2.0 / 24, 1e-12);

    sum = roofline_add(sum, (struct roofline_work){-1, INT64_MAX}, 1);
    CU_ASSERT_TRUE(sum.multiply_adds < 0 && sum.bytes < 0);
    CU_ASSERT_TRUE(roofline_seconds(&roofline, sum) < 0);
    CU_ASSERT_TRUE(roofline_rates(&roofline, sum, 1).flops_share < 0);
    CU_ASSERT_EQUAL(roofline_seconds(&roofline, (struct roofline_work){-1, 200}), 4);
    sum = roofline_add((struct roofline_work){1, 1}, ROOFLINE_NOT_KNOWN, 1);
    CU_ASSERT_TRUE(sum.multiply_adds < 0 && sum.bytes < 0);
}

CU_TestInfo tool_peak_tests[] = {{"arithmetic", test_arithmetic},
                                 {"reading", test_reading},
                                 {"peaks", test_peaks},
                                 {"work", test_work},
                                 CU_TEST_INFO_NULL};
