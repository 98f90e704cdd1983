/* Which operator of which plugin a name on the command line means. */
#ifndef TOOL_ACTIVATION_FIND_H
#define TOOL_ACTIVATION_FIND_H

#include "base/error.h"

#include <hinge/inspect.h>

/* An entry of a plugin's table; texts belong to the registry. */
struct activation_op {
    hinge_op_info op;
    size_t plugin, index;
    uint32_t opset; /* at which a model would import its domain */
};

/* The entry that serves a float32 node of this name at opset (0: the newest that any entry is for).
 * domain is "ai.onnx" for the standard's own. The sentence names operators that are written alike
 * where there is none. */
bool activation_find(struct activation_op *found, const hinge_registry *registry, const char *name,
                     const char *domain, uint32_t opset, hinge_error *error);

#endif
