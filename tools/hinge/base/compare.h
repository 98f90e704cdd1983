/* Whether a computed value is the expected one. */
#ifndef TOOL_COMPARE_H
#define TOOL_COMPARE_H

#include "base/error.h"

/* A floating number g is close to an expected w where |g - w| <= atol + rtol |w|, or, with
 * relative_to_max, where |g - w| <= rtol max(1, largest finite |w| of the tensor). rtol is at least
 * 1e-2 for float16 and bfloat16 where it is not 0. */
struct compare_rule {
    double rtol, atol;
    bool relative_to_max;
};

#define COMPARE_DEFAULT_RULE                                                                       \
    (struct compare_rule)                                                                          \
    {                                                                                              \
        .rtol = 1e-3, .atol = 1e-5                                                                 \
    }

/* For tensors: type, rank and dims must be equal. NaN is equal to NaN only, an infinity to that of
 * its sign, -0 to 0. float, double, float16, bfloat16 and complex numbers may be close; smaller
 * floats must have the same value, integers, bools and strings be the same. Where not, *why tells
 * how many elements differ, the first of them and the largest difference. */
bool compare_tensors(const hinge_tensor *got, const hinge_tensor *want,
                     const struct compare_rule *rule, hinge_error *why);

/* For a value of any kind: the same number of elements, each as compare_tensors says. A map has no
 * order: for each key expected there must be one value. */
bool compare_values(const hinge_tensor *got, const hinge_tensor *want,
                    const struct compare_rule *rule, hinge_error *why);

#endif
