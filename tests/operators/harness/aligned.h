/* The broadcasting of opsets 1 to 6, by attributes, of the operators that had it. */
#ifndef TESTS_OPERATORS_HARNESS_ALIGNED_H
#define TESTS_OPERATORS_HARNESS_ALIGNED_H

#include "tests/operators/harness.h"

/* Checks the operator at opsets 1 and 6 against f, for a of 1 to 9 and b of 1 to 4 (booleans of
 * both kinds); y is the output's type, or HINGE_NO_TYPE for a's. */
void aligned_check(const char *op, uint32_t types, hinge_type y, double (*f)(double a, double b));

#endif
