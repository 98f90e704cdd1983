/* Compares the values of a run, as they appear, with those of another one. */
#ifndef TOOL_DIFF_COMPARE_H
#define TOOL_DIFF_COMPARE_H

#include "base/compare.h"
#include "diff/diff_measure.h"
#include "diff/diff_stored.h"

/* Of a value of the session. */
struct diff_state {
    enum diff_verdict verdict;
    bool is_absent; /* computed, and not there on the other side */
    bool is_measured;
    struct measure measure;
    hinge_tensor shape; /* type and dims; data is NULL */
    hinge_error why;    /* DIFF_DIFFERS: the sentence */
};

struct diff {
    const hinge_session *session;
    struct compare_rule rule;
    /* The other side: a run with its results (the model's outputs), or what has been stored. */
    struct diff_values *values;
    const hinge_tensor *results;
    struct diff_stored *stored; /* NULL: it is a run */

    struct diff_state **states; /* of the main graph's values; NULL for those not computed */
    size_t n_states;
    size_t first; /* the first that differs; HINGE_NO_INDEX: none */
    size_t n_compared, n_differ, n_only_here, n_only_there; /* different names */
    hinge_context *context;                                 /* which is cancelled on failure */
    bool failed;
    hinge_error error;
};

/* The caller has set session, rule and the other side, and frees with diff_free also on failure. */
bool diff_begin(struct diff *diff, hinge_error *error);
/* on_node of hinge_run_options, user being the diff, whose context is set. */
void diff_on_node(void *user, const hinge_node_event *event);
/* After the run: compares those of the model's outputs that no node has made or that hold values,
 * and counts. */
bool diff_end(struct diff *diff, const hinge_tensor *results, hinge_error *error);
void diff_free(struct diff *diff);

/* Reading it. NULL for a value that was not computed. */
const struct diff_state *diff_state(const struct diff *diff, size_t value);

#endif
