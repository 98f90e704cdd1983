/* The values of one run by their names, kept to be compared with those of another: copied while
 * the run goes on, or in files that something else has stored. */
#ifndef TOOL_DIFF_VALUES_H
#define TOOL_DIFF_VALUES_H

#include "base/array.h"

#include <hinge/inspect.h>

/* What has been found out of a value so far. */
enum diff_verdict { DIFF_NOT_SEEN, DIFF_SAME, DIFF_DIFFERS };

struct diff_value {
    const char *name; /* the session's */
    struct array array;
    enum diff_verdict seen; /* kept by whoever looks it up */
};

struct diff_values {
    const hinge_session *session;
    struct diff_value *items;
    size_t n, capacity;
    bool is_sorted, no_memory;
};

/* A copy in the model's layout, to be freed by the caller: of a value that a rewrite has put
 * channels last, with its channels as axis 1. For tensors only. */
bool diff_copy(struct array *copy, const hinge_tensor *tensor, bool is_channels_last,
               hinge_error *error);

/* Calls back for each value of the main graph that has a name and that the event's node has made,
 * with what it is among the session's. */
typedef void diff_visit(void *user, size_t value, const hinge_value_info *info,
                        const hinge_tensor *tensor);
void diff_visit_outputs(const hinge_session *session, const hinge_node_event *event,
                        diff_visit *visit, void *user);

/* on_node of hinge_run_options, user being a diff_values with its session: copies tensors. Sets
 * no_memory where one could not be. */
void diff_record(void *user, const hinge_node_event *event);
/* The recorded value of that name, NULL where there is none. A value and its twin of another layout
 * are one. Not to be called before the run is over. */
struct diff_value *diff_find(struct diff_values *values, const char *name);
void diff_free_values(struct diff_values *values);

#endif
