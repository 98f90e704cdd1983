/* The numbers of float8 types and float4e2m1, for references. The harness has these elements by
 * their bits (harness_get_int). */
#ifndef TESTS_OPERATORS_HARNESS_FLOAT8_H
#define TESTS_OPERATORS_HARNESS_FLOAT8_H

#include "tests/operators/harness.h"

/* Whether the type is one of these. */
bool float8_is(hinge_type type);

/* The number that a code stands for. */
double float8_value(hinge_type type, unsigned code);

/* The code of the number nearest to value, found among all of the type; of two that are as near,
 * the even one. mode is Cast's round_mode, for float8e8m0 alone. */
unsigned float8_nearest(hinge_type type, double value, bool saturate, const char *mode);

/* Every number of the type with which its rounding may begin to be another (the codes' own, those
 * in the middle between two, the limits), with both neighbours in double and both signs: at most
 * FLOAT8_MAX_EDGES. Returns how many. */
#define FLOAT8_MAX_EDGES 4096
int64_t float8_edges(hinge_type type, double *edges);

#endif
