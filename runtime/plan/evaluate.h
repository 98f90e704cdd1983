/* Computing a node while opening or planning, by its own kernel, when all it reads is known. */
#ifndef PLAN_EVALUATE_H
#define PLAN_EVALUATE_H

#include "plugins/registry.h"
#include "run/host.h"

/* Whether all wanted outputs together are small enough to be computed with every plan. */
bool evaluate_is_small(const struct hinge_node *node);

/* Runs a prepared node whose outputs are inferred; their memory comes from arena. */
hinge_status evaluate_prepared(struct host_node *node, struct arena *arena);

/* Infers and runs one bound node of the graph whose inputs are all constants, and turns its outputs
 * into owned constants; the node is left without readers of its inputs, for the caller to remove.
 * HINGE_NEEDS_DATA where an output's shape is only known after the run. limit is the largest size
 * in bytes that the outputs may have together; beyond it HINGE_LIMIT. threads may be NULL. */
hinge_status evaluate_node(const struct registry *registry, struct threads *threads,
                           struct graph *graph, uint32_t node, size_t limit, hinge_error *error);

#endif
