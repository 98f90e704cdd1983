/* Products and distances of a row of features and many float vectors, in double. */
#ifndef ML_VECTORS_H
#define ML_VECTORS_H

#include <hinge/plugin.h>

/* to[k] += the dot product of row `row` of x and vector k, for n vectors as long as the row. */
void vectors_add_dots(const hinge_tensor *x, int64_t row, const float *vectors, int64_t n,
                      double *to);

/* to[k] += the square of their distance. */
void vectors_add_distances(const hinge_tensor *x, int64_t row, const float *vectors, int64_t n,
                           double *to);

#endif
