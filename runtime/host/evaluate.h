/* Computing a node while opening or planning, by its own kernel, when all it reads is known. */
#ifndef HOST_EVALUATE_H
#define HOST_EVALUATE_H

#include "base/budget.h"
#include "host/host.h"

/* Whether all wanted outputs together are small enough to be computed with every plan. */
bool evaluate_is_small(const struct hinge_node *node);

/* Runs a node with a state whose outputs are inferred; their memory comes from arena. */
hinge_status evaluate_inferred(struct host_node *node, struct arena *arena);

/* Infers and runs one bound node of the graph whose inputs are all constants, and turns its outputs
 * into owned constants; the node is left without readers of its inputs, for the caller to remove.
 * HINGE_NEEDS_DATA where an output's shape is only known after the run. The outputs are taken from
 * the budget; where that is not enough HINGE_LIMIT. Neither status leaves a message. Any other
 * failure is the node's. */
hinge_status evaluate_node(const struct host_session *session, struct graph *graph, uint32_t node,
                           struct budget *budget, hinge_error *error);

#endif
