/* A tensor in a few lines: shape, range, first values. */
#ifndef TOOL_SUMMARY_H
#define TOOL_SUMMARY_H

#include "json.h"

#include <stdio.h>

/* Over the numbers that are not NaN; infinities count in min and max, not in mean. Without such
 * numbers, and for strings, all three are NaN. Complex numbers count by their parts. */
struct summary {
    double min, max, mean;
    int64_t n_nan, n_inf;
};

struct summary summary_of(const hinge_tensor *tensor);

void summary_print(FILE *file, const char *name, const hinge_tensor *tensor);
/* An object: name, type, shape, min, max, mean, nan, inf and the first values. */
json_t *summary_json(const char *name, const hinge_tensor *tensor);

#endif
