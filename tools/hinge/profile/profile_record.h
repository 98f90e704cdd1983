/* Times of nodes, gathered as they finish. */
#ifndef TOOL_PROFILE_RECORD_H
#define TOOL_PROFILE_RECORD_H

#include "base/error.h"
#include "describe/describe.h"
#include "profile/roofline.h"

/* A node. The time of what its bodies do belongs to their nodes alone, so that nothing is counted
 * twice. */
struct profile_node {
    const char *name, *plugin;
    char op[DESCRIBE_OP_SIZE]; /* with what it computes in the same step: Conv+Add+Relu */
    uint64_t own_ns, all_ns;   /* without and with its bodies, of all runs */
    uint64_t bodies_ns;        /* of body nodes that have ended since it last did */
    uint64_t n_calls;
    struct roofline_work work; /* of a call, for a roofline */
    bool has_bodies;
};

/* A node's call within the last run of the model. */
struct profile_event {
    size_t node;
    uint64_t start_ns, end_ns;
};

struct profile {
    const char *model;
    struct profile_node *nodes; /* as the session numbers them, and behind them those of rewrites
                                   that were taken back for the shapes at hand */
    size_t n_nodes, n_numbered;
    size_t *parents; /* of each graph: the node whose body it is */
    uint64_t n_runs; /* that the times sum */
    struct profile_event *events;
    size_t n_events, capacity;
    bool keeps_events; /* of what runs now */
    bool no_memory;
    const struct roofline *roofline; /* NULL: not asked for */
};

/* On failure profile_free may be called, as at any time. */
bool profile_create(struct profile *profile, const char *model, const hinge_session *session,
                    hinge_error *error);
void profile_free(struct profile *profile);

/* hinge_run_options.on_node, the profile being its user data. */
void profile_record(void *user, const hinge_node_event *event);

#endif
