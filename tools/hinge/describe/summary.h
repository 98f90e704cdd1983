/* A value in a few lines: type, shape, range, first values. */
#ifndef TOOL_SUMMARY_H
#define TOOL_SUMMARY_H

#include "files/json.h"

#include <stdio.h>

/* Over the numbers that are not NaN; infinities count in min and max, not in mean. Without such
 * numbers, and for strings, all three are NaN. Complex numbers count by their parts. */
struct summary {
    double min, max, mean;
    int64_t n_nan, n_inf;
};

struct summary summary_of(const hinge_tensor *tensor);

/* A value of any kind; of what holds values the first of them, each in the same way. type is that
 * of all levels, as far as it is known. */
void summary_print(FILE *file, const char *name, const hinge_tensor *value, hinge_type_code type);
/* An object. Of a tensor: name, type, shape, min, max, mean, nan, inf and the first values; of what
 * holds values: name, type, count and the first elements, or the keys and values of a map. name may
 * be NULL. With all, elements, which are all of them, in place of first; of NaN and infinities, for
 * which JSON has no number, the names. */
json_t *summary_json(const char *name, const hinge_tensor *value, hinge_type_code type, bool all);

#endif
