/*
 * The passes: rewrites of the graph between loading and planning, in the order of the list in
 * passes.c. Binding the nodes to their operators happens between the first, which inlines
 * functions, and the others.
 */
#ifndef PASSES_PASSES_H
#define PASSES_PASSES_H

#include "session.h"

struct pass_log;

/* Runs all passes that options do not disable over session->graph, with session's registry and
 * threads; leaves a bound, sorted graph without removed nodes and session->pass_log. A name among
 * the disabled ones that is no pass is HINGE_BAD_ARGUMENT. */
hinge_status passes_run(hinge_session *session, const hinge_options *options, hinge_error *error);

/* NULL is allowed. */
void passes_log_destroy(struct pass_log *log);

#endif
