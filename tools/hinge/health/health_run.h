/* Runs a model over samples and gathers the health of every activation as the nodes finish. */
#ifndef TOOL_HEALTH_RUN_H
#define TOOL_HEALTH_RUN_H

#include "describe/describe.h"
#include "health/health.h"
#include "inputs/samples.h"

/* An activation: a node that is one, or has one fused, in a body too: then over all its runs. Texts
 * belong to the session. */
struct health_node {
    size_t node;
    const char *name, *output; /* what the node is called; of what it computes */
    char op[DESCRIBE_OP_SIZE];
    hinge_activation_info activation;
    struct saturation saturation;
    hinge_tensor shape; /* of the latest output; type HINGE_NO_TYPE where it never ran */
    int32_t axis;       /* of the channels, found in the first run; HEALTH_NO_AXIS below rank 2 */
    struct health health;
};

/* Where NaN, or Inf, is first seen. */
struct health_finding {
    bool found;
    size_t node;      /* HINGE_NO_INDEX for an input of the model */
    const char *name; /* of the node, or the input */
    const char *value;
    char op[DESCRIBE_OP_SIZE];
    char sample[256];
    hinge_tensor shape;
    int64_t index; /* of the first such element */
};

struct health_run {
    const char *model;
    struct health_node *nodes; /* in the order of execution, those of bodies behind the others */
    size_t n_nodes;
    const hinge_registry *registry;
    size_t *of_node; /* index into nodes for each node of the session, HINGE_NO_INDEX for none */
    size_t *ranks;   /* of order_ranks */
    hinge_tensor *shapes; /* of the first output of each node when it last ran */
    /* n_inputs counts the rows of those inputs whose first dimension the model leaves open, as a
     * batch: that of the model's first input. */
    uint64_t n_runs, n_inputs;
    struct health_finding nan, inf; /* the first node to end with it, of all samples */
    struct health_finding input;    /* NaN or Inf in an input of the model: the first sample */
};

/* registry, which must outlive run, tells which operators are elementwise. On failure nothing is to
 * be freed. */
bool health_run_create(struct health_run *run, const hinge_session *session,
                       const hinge_registry *registry, hinge_error *error);
/* Runs the model on all samples. */
bool health_run_samples(struct health_run *run, const hinge_session *session,
                        struct samples *samples, const struct common_options *common,
                        hinge_error *error);
void health_run_free(struct health_run *run);

/* The finding at the earlier node; NULL where all numbers are finite. */
const struct health_finding *health_first(const struct health_run *run);

#endif
