/* Along which axis of an activation's output its channels lie. */
#ifndef TOOL_HEALTH_AXIS_H
#define TOOL_HEALTH_AXIS_H

#include <hinge/inspect.h>

/* For the output of a node in the latest plan of context; HEALTH_NO_AXIS below rank 2. HEALTH_HELP
 * has the rule. */
int32_t health_axis(const hinge_session *session, const hinge_context *context,
                    const hinge_registry *registry, size_t node, const hinge_tensor *output);

#endif
