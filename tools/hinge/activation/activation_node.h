/* A model of one node, made in memory, and its operator evaluated: by hinge_run with every pass
 * left out, so that it is the plugin's kernel and nothing else that answers. */
#ifndef TOOL_ACTIVATION_NODE_H
#define TOOL_ACTIVATION_NODE_H

#include "activation/activation_find.h"
#include "files/message.h"
#include "options/options.h"

struct activation_node {
    struct message model;
    hinge_session *session;
    hinge_context *context;
    char title[200]; /* "Elu, alpha = 0.5" */
};

/* min and max become inputs of Clip where it has no such attributes. A later attribute of the same
 * name replaces an earlier one. Fails where the operator is not elementwise over one
 * floating-point input, and with the runtime's sentence where it refuses the node. */
bool activation_node_open(struct activation_node *node, const struct common_options *options,
                          const hinge_registry *registry, const struct activation_op *op,
                          const struct option_pairs *attributes, hinge_error *error);
void activation_node_close(struct activation_node *node);

/* y[i] = f(x[i]). */
bool activation_node_values(const struct activation_node *node, const float *x, float *y,
                            size_t count, hinge_error *error);
/* y[i] = f'(x[i]); fails where the plugin declares none. Needs values to have been asked for. */
bool activation_node_derivatives(const struct activation_node *node, const float *x, float *y,
                                 size_t count, hinge_error *error);
/* What the values come from: "avx2". */
const char *activation_node_plugin(const struct activation_node *node);

#endif
