/* Philox4x32-10 once more, held against its authors' known answers, and what tells whether numbers
 * have a distribution. */
#ifndef TESTS_OPERATORS_RANDOM_H
#define TESTS_OPERATORS_RANDOM_H

#include "tests/operators/harness.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline void test_philox(const uint32_t counter[4], uint64_t key, uint32_t result[4])
{
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    uint32_t k = (uint32_t)key, l = (uint32_t)(key >> 32);
    for (int i = 0; i < 10; i++, k += 0x9E3779B9U, l += 0xBB67AE85U) {
        const uint64_t ma = (uint64_t)a * 0xD2511F53U, mc = (uint64_t)c * 0xCD9E8D57U;
        a = (uint32_t)(mc >> 32) ^ b ^ k;
        b = (uint32_t)mc;
        c = (uint32_t)(ma >> 32) ^ d ^ l;
        d = (uint32_t)ma;
    }
    result[0] = a;
    result[1] = b;
    result[2] = c;
    result[3] = d;
}

/* From the kat_vectors of the Random123 library. */
static inline void check_philox(void)
{
    static const struct {
        uint32_t counter[4];
        uint64_t key;
        uint32_t result[4];
    } answers[] = {{{0, 0, 0, 0}, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
                   {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                    UINT64_MAX,
                    {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
                   {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                    UINT64_C(0x299f31d0a4093822),
                    {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        uint32_t result[4];
        test_philox(answers[i].counter, answers[i].key, result);
        CU_ASSERT(!memcmp(result, answers[i].result, sizeof result));
    }
}

static inline uint64_t float_key(float seed)
{
    uint32_t bits;
    memcpy(&bits, &seed, sizeof bits);
    return bits;
}

/* Element i of the uniform numbers that a key gives. */
static inline double test_uniform(uint64_t key, int64_t i)
{
    const uint64_t pair = (uint64_t)i / 2;
    uint32_t words[4];
    test_philox((const uint32_t[4]){(uint32_t)pair, (uint32_t)(pair >> 32), 0, 0}, key, words);
    const uint32_t *half = words + (i % 2 ? 2 : 0);
    return ldexp((double)(((uint64_t)half[1] << 32 | half[0]) >> 11), -53);
}

static inline double test_normal(uint64_t key, int64_t i)
{
    const double u = test_uniform(key, i - i % 2), v = test_uniform(key, i - i % 2 + 1);
    const double angle = 2 * acos(-1) * v;
    return sqrt(-2 * log(1 - u)) * (i % 2 ? sin(angle) : cos(angle));
}

static inline int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The largest distance between the distribution of n numbers, which it sorts, and what they should
 * have, times the root of n (Kolmogorov and Smirnov): above 1.95 once in a thousand times. */
static inline double distance_of(double *numbers, int64_t n, double (*distribution)(double))
{
    double most = 0;
    qsort(numbers, (size_t)n, sizeof *numbers, compare_doubles);
    for (int64_t i = 0; i < n; i++) {
        const double should = distribution(numbers[i]);
        most = fmax(most, fmax(fabs(should - (double)i / (double)n),
                               fabs(should - (double)(i + 1) / (double)n)));
    }
    return most * sqrt((double)n);
}

/* Mean and variance within five deviations of theirs (kurtosis: fourth moment over variance²), and
 * neighbours that do not depend on each other. */
static inline void check_moments(const double *numbers, int64_t n, double mean, double variance,
                                 double kurtosis)
{
    double sum = 0, squares = 0, products = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += numbers[i] - mean;
        squares += (numbers[i] - mean) * (numbers[i] - mean);
        products += i ? (numbers[i] - mean) * (numbers[i - 1] - mean) : 0;
    }
    const double root = sqrt((double)n);
    CU_ASSERT(fabs(sum / root) < 5 * sqrt(variance));
    CU_ASSERT(fabs(squares / root - root * variance) < 5 * variance * sqrt(kurtosis - 1));
    CU_ASSERT(fabs(products / root) < 5 * variance);
}

#define N_DRAWN 100000

/* Draws N_DRAWN numbers for each of some seeds. */
static inline void check_distribution(double (*draw)(uint64_t key, int64_t i),
                                      double (*distribution)(double), double mean, double variance,
                                      double kurtosis)
{
    double *numbers = malloc(N_DRAWN * sizeof *numbers);
    for (int seed = 0; seed < 3; seed++) {
        for (int64_t i = 0; i < N_DRAWN; i++)
            numbers[i] = draw(float_key((float)seed), i);
        check_moments(numbers, N_DRAWN, mean, variance, kurtosis);
        CU_ASSERT(distance_of(numbers, N_DRAWN, distribution) < 1.95);
    }
    free(numbers);
}

static inline float seed_of(const struct harness_call *call)
{
    return harness_attr_float(call, "seed", 0);
}

#endif
