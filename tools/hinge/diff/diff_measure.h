/* How far apart two tensors are. */
#ifndef TOOL_DIFF_MEASURE_H
#define TOOL_DIFF_MEASURE_H

#include "base/error.h"

/* The largest of a kind and where it is, row-major among the elements (of complex numbers: among
 * their parts); -1: there is none. */
struct measure_extreme {
    double size;
    int64_t at;
    double value, other; /* the two elements */
};

/* Over the elements that are finite on both sides; special counts the others that are not the same
 * on both. relative is to the other side's magnitude, where that is not 0. ulp is how many numbers
 * of the element type lie between the two, for floating types. */
struct measure {
    struct measure_extreme absolute, relative, ulp;
    int64_t n_special;
};

/* For tensors of one type and shape. Strings have nothing to be measured. */
struct measure measure_of(const hinge_tensor *value, const hinge_tensor *other);

#endif
