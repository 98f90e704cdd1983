/* Measured times as tables, JSON and a trace. */
#ifndef TOOL_PROFILE_REPORT_H
#define TOOL_PROFILE_REPORT_H

#include "profile/profile_record.h"

/* Each returns the exit status and tells on stderr what went wrong. */

/* By operator, and the n_rows nodes that take longest (0: all). */
int profile_print(const struct profile *profile, size_t n_rows);
int profile_json(const struct profile *profile);
/* The last run in Chrome's trace event format (complete events, microseconds). */
int profile_trace(const struct profile *profile, const char *path);

#endif
