/* Along which axis of an activation's output its channels lie. */
#ifndef TOOL_HEALTH_AXIS_H
#define TOOL_HEALTH_AXIS_H

#include <hinge/inspect.h>

/* For the first output of a node; HEALTH_NO_AXIS below rank 2. HEALTH_HELP has the rule. shapes are
 * those of the first outputs of all nodes that have run. */
int32_t health_axis(const hinge_session *session, const hinge_tensor *shapes,
                    const hinge_registry *registry, size_t node);

#endif
