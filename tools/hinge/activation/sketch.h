/* Curves drawn with characters, for a terminal. */
#ifndef TOOL_SKETCH_H
#define TOOL_SKETCH_H

#include <stdio.h>

#define SKETCH_COUNT 128 /* values of a curve */

struct sketch_curve {
    const float *y; /* SKETCH_COUNT values; what is not finite is left out */
    int dotted;
};

/* Draws the curves, and the axes where they pass through, with the least and largest values
 * beside. x runs from from to to. Nothing where no value is finite. */
void sketch_print(FILE *file, double from, double to, const struct sketch_curve *curves,
                  size_t n_curves);

#endif
