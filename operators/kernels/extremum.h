/* The places of the largest or smallest elements along an axis, for numbers of 8 bits or more. */
#ifndef KERNELS_EXTREMUM_H
#define KERNELS_EXTREMUM_H

#include <hinge/tensor.h>

/* The input as outer × count × inner, count being 1 at least. */
struct extremum {
    hinge_type type;
    const void *x;
    int64_t count, inner;
    bool smallest;
    bool last;      /* of equal ones the last, not the first */
    bool nan_loses; /* NaN comes after all, not before */
};

/* Of results [begin, end) of outer × inner: at[0] is that of begin. -0 equals 0, NaN equals NaN. */
void extremum_find(const struct extremum *e, int64_t begin, int64_t end, int64_t *at);

#endif
