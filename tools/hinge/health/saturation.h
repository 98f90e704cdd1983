/* Where an activation is flat, told by what it returns. */
#ifndef TOOL_SATURATION_H
#define TOOL_SATURATION_H

#include <hinge/inspect.h>

/* Derivatives smaller than this in magnitude count as flat. */
#define SATURATION_SLOPE 1e-3

/* The values y whose derivative is that small: y <= low, y >= high, and 0 where zero is set. */
struct saturation {
    bool known; /* false: a value does not tell the derivative */
    bool zero;
    double low, high; /* NaN where there is no such end */
};

/*
 * Fused activations leave no input to look at, and others may be written over it, so that the
 * output has to do. That is exact enough: an error of e in y moves the slope told from it by
 * e |y'' / y'|, which at the bounds is at most 2 e for Sigmoid, Tanh, Elu and Softsign and 6 e for
 * Erf. In float32 e is about 6e-8 near 1, so that slopes are told to 4e-7, 1e-3 being the limit.
 * The values next to 1 are 1 - 4.9e-4 in float16 and 1 - 3.9e-3 in bfloat16: there the limit is
 * that of the last one or two values before the bound, and of the bound itself with bfloat16.
 *
 * Unknown for activations that return to 0 or fall and rise (HardSwish, Swish, Mish, Gelu: two x
 * for one y), parameters that make another one do so, and plugins' own.
 */
struct saturation saturation_of(const hinge_activation_info *activation);

/* Sigmoid, Tanh, ...: what lies between two bounds and nears them without an end. */
bool saturation_is_squashing(const hinge_activation_info *activation);

static inline bool saturation_has(const struct saturation *saturation, double y)
{
    return y <= saturation->low || y >= saturation->high || (saturation->zero && y == 0);
}

#endif
