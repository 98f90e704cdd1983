/* What a session and the plan of a context tell, as text, JSON, or a graph for Graphviz. */
#ifndef TOOL_INSPECT_REPORT_H
#define TOOL_INSPECT_REPORT_H

#include <hinge/inspect.h>

struct inspect {
    const char *model;
    const hinge_session *session;
    const hinge_context *context;
    const char *not_planned; /* why there is no plan; NULL where context has one */
    bool passes, nodes;      /* tell of these too (text only) */
};

/* Each returns the exit status and tells on stderr what went wrong. */
int inspect_print(const struct inspect *inspect);
int inspect_json(const struct inspect *inspect);
int inspect_dot(const struct inspect *inspect);

/* Type and shape of a value: as planned, or as declared without a plan. */
hinge_tensor inspect_tensor(const struct inspect *inspect, size_t value);
/* Elements of all constants. */
int64_t inspect_n_parameters(const struct inspect *inspect);
/* "in place over", "view of", "arena", … */
const char *inspect_placement(const hinge_place_info *place);

#endif
