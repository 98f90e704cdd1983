/* Whether rows of different requests may go through a model in one run. */
#ifndef SERVE_PROBE_H
#define SERVE_PROBE_H

#include "base/error.h"

/*
 * The most rows, up to max_rows, that a run may take so that each has the bits that it would have
 * alone; 1 where rows cannot be joined. All inputs must have the same symbolic first dimension, and
 * it must be no other dimension's; then runs of made-up rows are compared with runs of each row by
 * itself, for every number of rows in turn. That finds what no shape tells: a mean over the rows, a
 * kernel that sums in another order. Takes at most about 30 seconds, and joins what it got to.
 */
size_t probe_rows(const hinge_session *session, size_t max_rows);

#endif
