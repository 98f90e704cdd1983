/* Measured times as tables, JSON and a trace. */
#ifndef TOOL_PROFILE_REPORT_H
#define TOOL_PROFILE_REPORT_H

#include "describe.h"

struct profile_step {
    const char *node, *plugin;
    char op[96];               /* with what it computes in the same step: Conv+Add+Relu */
    uint64_t total_ns;         /* of all runs */
    uint64_t start_ns, end_ns; /* of the last run */
};

struct profile {
    const char *model;
    struct profile_step *steps; /* in the order of execution */
    size_t n_steps;
    uint64_t n_runs; /* that total_ns sums */
};

/* Each returns the exit status and tells on stderr what went wrong. */

/* By operator, and the n_rows nodes that take longest (0: all). */
int profile_print(const struct profile *profile, size_t n_rows);
int profile_json(const struct profile *profile);
/* The last run in Chrome's trace event format (complete events, microseconds). */
int profile_trace(const struct profile *profile, const char *path);

#endif
