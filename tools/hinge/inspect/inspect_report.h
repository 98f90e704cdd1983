/* What a session and the plan of a context tell, as text, JSON, or a graph for Graphviz. */
#ifndef TOOL_INSPECT_REPORT_H
#define TOOL_INSPECT_REPORT_H

#include <hinge/inspect.h>

struct inspect {
    const char *model;
    const hinge_session *session;
    const hinge_context *context; /* NULL where there can be none */
    const char *not_planned;      /* why there is no plan; NULL where context has one */
    bool passes, nodes, counts;   /* tell of these too (text only) */
};

/* Each returns the exit status and tells on stderr what went wrong. */
int inspect_print(const struct inspect *inspect);
int inspect_json(const struct inspect *inspect);
int inspect_dot(const struct inspect *inspect);

/* Where a value lies in the plan; false without one, and for values of bodies. */
bool inspect_place(const struct inspect *inspect, size_t value, hinge_place_info *place);
/* Type and shape of a value: as planned, or as declared without a plan. */
hinge_tensor inspect_tensor(const struct inspect *inspect, size_t value);
/* Both as text: "float[1,3]". Returns text, which has TEXT_SHAPE_SIZE bytes. */
const char *inspect_value_text(char *text, const struct inspect *inspect, size_t value);
/* Elements of all constants, those of bodies too. */
int64_t inspect_n_parameters(const struct inspect *inspect);
/* "in place over", "view of", "arena", … */
const char *inspect_placement(const hinge_place_info *place);
/* What stands for the plugin of a node that has none. */
const char *inspect_plugin(const struct inspect *inspect, size_t node, const hinge_node_info *info);

#endif
