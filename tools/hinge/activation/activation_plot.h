/* Curves drawn into a file by gnuplot. */
#ifndef TOOL_ACTIVATION_PLOT_H
#define TOOL_ACTIVATION_PLOT_H

#include "base/error.h"
#include "base/progress.h"

struct plot_curve {
    const char *label;
    const float *y;
};

/* Whether the path ends as a format that can be drawn. */
bool activation_plot_can(const char *path);

/* Draws curves over x, count values each, as PNG or SVG by the path's suffix. gnuplot reads its
 * commands and the data from a pipe and never learns the path; the file is written when the picture
 * is there. Of progress each x is a piece, and the drawing as many again. */
bool activation_plot(const char *path, const char *title, const float *x, size_t count,
                     const struct plot_curve *curves, size_t n_curves, struct progress *progress,
                     hinge_error *error);

#endif
