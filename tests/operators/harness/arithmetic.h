/* The cases that arithmetic of several broadcast inputs has in common, and references for it. */
#ifndef TESTS_OPERATORS_HARNESS_ARITHMETIC_H
#define TESTS_OPERATORS_HARNESS_ARITHMETIC_H

#include "tests/operators/harness.h"

typedef void arithmetic_reference(struct harness_call *call);

/* Add, Sub, Mul, Div: inputs of all types up to ±limit, and constants that affine and is_identity
 * are asked about; with the constant neutral on the right the operator changes nothing. */
void arithmetic_check_binary(const char *op, double limit, double neutral,
                             arithmetic_reference *reference);
/* Max, Min; several is for any number of inputs of small numbers. */
void arithmetic_check_extremum(const char *op, arithmetic_reference *reference,
                               arithmetic_reference *several);
/* Sum, Mean. */
void arithmetic_check_sum(const char *op, arithmetic_reference *reference);

/* Output 0 = the function for the type of inputs 0 and 1, broadcast. */
void arithmetic_map2(struct harness_call *call, double (*of_floats)(double a, double b),
                     int64_t (*of_signed)(int64_t a, int64_t b),
                     int64_t (*of_unsigned)(int64_t a, int64_t b));
/* Output 0 = f(… f(f(input 0, input 1), input 2) …), broadcast, in double; returns it. */
hinge_tensor *arithmetic_fold(struct harness_call *call, double (*f)(double a, double b));

#endif
