/* The order in which the nodes of a session come to their end: those of a body before the node that
 * runs it. */
#ifndef TOOL_ORDER_H
#define TOOL_ORDER_H

#include "base/error.h"

#include <hinge/inspect.h>

/* ranks[node] for all nodes, those of bodies too, as numbered for hinge_get_node; to be freed by
 * the caller. NULL where there is no memory. */
size_t *order_ranks(const hinge_session *session);

/* The bodies of a node are numbered one behind the other: *graph is the number of the first that
 * may be one of node's, and is moved on. False where node has no further body. Visit the nodes of
 * a body before the next call. */
bool order_next_body(const hinge_session *session, size_t node, size_t *graph,
                     hinge_graph_info *info);

#endif
