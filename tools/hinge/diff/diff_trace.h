/* Through which nodes a value came about since the last values that are the same on both sides. */
#ifndef TOOL_DIFF_TRACE_H
#define TOOL_DIFF_TRACE_H

#include "diff/diff_compare.h"

/* In the order of execution: the nodes behind one another, and the values that they start from
 * (the model's inputs, and what has been compared; constants are left out). */
struct diff_trace {
    size_t *nodes, *sources;
    size_t n_nodes, n_sources;
};

bool diff_trace(struct diff_trace *trace, const struct diff *diff, size_t value,
                hinge_error *error);
void diff_trace_free(struct diff_trace *trace);

#endif
