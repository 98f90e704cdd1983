/* How far long work has come: a bar with an estimate, on stderr where that is a terminal, and
 * nothing otherwise. One thread at a time. */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    uint64_t total, done, before; /* before: done already when the work began */
    double begun_ms, shown_ms;
    bool is_on, is_shown;
};

/* total pieces of work, of which done ones need none. */
void progress_begin(struct progress *progress, uint64_t total, uint64_t done);
/* Some more are done. Draws the bar at most ten times a second. */
void progress_add(struct progress *progress, uint64_t n);
/* Takes the bar away, until the next progress_add: before something else is written, and at the
 * end. */
void progress_hide(struct progress *progress);

#endif
