/* What has been compared, as text or JSON. */
#ifndef TOOL_DIFF_REPORT_H
#define TOOL_DIFF_REPORT_H

#include "diff/diff_trace.h"

/* Whether all is the same, and otherwise the first value that differs, by how much, through which
 * nodes it came, and which outputs differ. trace is that of the first; empty where there is none.
 * diff_json returns false where it could not be written, having told so. */
void diff_print(const struct diff *diff, const struct diff_trace *trace);
bool diff_json(const struct diff *diff, const struct diff_trace *trace);

#endif
