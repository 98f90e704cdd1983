/* What the tests of convolutions share. */
#ifndef TESTS_OPERATORS_HARNESS_CONVOLUTION_H
#define TESTS_OPERATORS_HARNESS_CONVOLUTION_H

#include "tests/operators/harness/window.h"

/* The reference is a plain loop over output elements and kernel positions, in double. */

/* Conv, with what of the epilogue is none, Relu, Clip or an addend. */
void convolution_reference(struct harness_call *call);
/* The same with the channels of x, y and addend as their last axis. With the attribute channels, y
 * is input 3 with the maps in the place of its channels from first_channel on. */
void convolution_channels_last_reference(struct harness_call *call);

/* Inputs: numbers below 1, of which sums of some hundred products stay accurate, and no infinities,
 * which padding would multiply by zero. */
#define CONVOLUTION_INPUT(is_constant, element, ...)                                               \
    {                                                                                              \
        .type = (element), .low = -1, .high = 1, .dims = {__VA_ARGS__}, .constant = (is_constant), \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define X(...) CONVOLUTION_INPUT(false, HINGE_FLOAT, __VA_ARGS__)
#define W(...) CONVOLUTION_INPUT(true, HINGE_FLOAT, __VA_ARGS__)
#define XT(...) CONVOLUTION_INPUT(false, HARNESS_T, __VA_ARGS__)
#define WT(...) CONVOLUTION_INPUT(true, HARNESS_T, __VA_ARGS__)
/* float64 as it should be, and the halves rounded once from sums in float32. */
#define CHECK_CONVOLUTION_TYPES(...)                                                               \
    CHECK_OP(.types = HARNESS_TYPE(HINGE_DOUBLE), .absolute = 1e-13, .relative = 1e-13,            \
             __VA_ARGS__);                                                                         \
    CHECK_OP(.types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16), .ulp = 0.6,      \
             .absolute = 2e-5, __VA_ARGS__)

#endif
