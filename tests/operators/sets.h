/* For references of the normalizing operators: the elements of a tensor in sets, with mean and
 * moments of each, in double. */
#ifndef TESTS_OPERATORS_SETS_H
#define TESTS_OPERATORS_SETS_H

#include "tests/operators/harness.h"

#include <math.h>
#include <stdlib.h>

/* Without special values: for scale and bias, and for double, whose largest numbers have sums that
 * depend on the order. */
#define ORDINARY(element, least, most, ...)                                                        \
    {                                                                                              \
        .type = (element), .low = (least), .high = (most), .dims = {__VA_ARGS__},                  \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }

struct set {
    double count, mean, deviations, squares, magnitudes; /* sums of (x - mean)^2, x^2, |x| */
};

struct sets {
    int64_t *of; /* the number of each element's set */
    struct set *sets;
};

/* x seen with these dims; those of which mask has a bit are in one set. */
static inline struct sets sets_of(const hinge_tensor *x, int32_t rank, const int64_t *dims,
                                  uint32_t mask)
{
    const int64_t count = hinge_count(x);
    struct sets s = {calloc((size_t)count + 1, sizeof *s.of),
                     calloc((size_t)count + 1, sizeof *s.sets)};
    if (!s.of || !s.sets)
        abort();
    for (int64_t i = 0; i < count; i++) {
        int64_t left = i, size = 1;
        for (int32_t d = rank; d-- > 0; left /= dims[d])
            if (!(mask >> d & 1)) {
                s.of[i] += left % dims[d] * size;
                size *= dims[d];
            }
        struct set *set = &s.sets[s.of[i]];
        const double value = harness_get(x, i);
        set->count++;
        set->mean += value;
        set->squares += value * value;
        set->magnitudes += fabs(value);
    }
    for (int64_t i = 0; i < count && s.sets[i].count > 0; i++)
        s.sets[i].mean /= s.sets[i].count;
    for (int64_t i = 0; i < count; i++) {
        struct set *set = &s.sets[s.of[i]];
        set->deviations += pow(harness_get(x, i) - set->mean, 2);
    }
    return s;
}

static inline void sets_free(struct sets *s)
{
    free(s->of);
    free(s->sets);
}

#endif
