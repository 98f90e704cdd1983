/* What plugins and ops say of plugins and their operators. */
#ifndef TOOL_LISTING_H
#define TOOL_LISTING_H

#include "json.h"
#include "options.h"

#include <hinge/inspect.h>

/* The last opset of an entry; 0 where there is no limit. */
uint32_t listing_last_opset(const hinge_op_info *op, const hinge_plugin_info *plugin);

/* "7-12", or "13+" for an operator without an end (or the plugin's end, where it has one). */
#define LISTING_OPSETS_SIZE 32
const char *listing_opsets(char *text, const hinge_op_info *op, const hinge_plugin_info *plugin);

/* "float, int32"; "any" for a kernel that takes every type, "" without kernels. */
#define LISTING_TYPES_SIZE 256
const char *listing_types(char *text, const hinge_op_info *op);

/* domain, name, since, until, types; and plugin, where it is not NULL. */
json_t *listing_op_json(const hinge_op_info *op, const hinge_plugin_info *plugin);

/* "ai.onnx" for the standard's own domain, which has an empty name. */
const char *listing_domain(const char *domain);

#endif
