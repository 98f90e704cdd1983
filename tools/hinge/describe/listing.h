/* What plugins and ops say of plugins and their operators. */
#ifndef TOOL_LISTING_H
#define TOOL_LISTING_H

#include "files/json.h"

#include <hinge/inspect.h>

/* The last opset of an entry; 0 where there is no limit. */
uint32_t listing_last_opset(const hinge_op_info *op, const hinge_plugin_info *plugin);

/* "7-12", "13" for one opset, or "13+" where there is no limit (last 0). */
#define LISTING_OPSETS_SIZE 32
const char *listing_opsets(char *text, uint32_t since, uint32_t last);

/* What the type variables of one or several entries may be, each type once, in the order in which
 * they come. Of an entry without variables it is the types of its inputs, under the name "". Texts
 * are parts of the signatures. */
struct listing_text {
    const char *text;
    size_t size;
};
struct listing_variable {
    struct listing_text name, types[64];
    size_t n;
};
struct listing_types {
    struct listing_variable variables[8];
    size_t n;
};
void listing_add_types(struct listing_types *types, const hinge_op_info *op);
/* "float, int32", or with several variables "T: float, int32; I: int64". Lists within brackets are
 * cut. */
#define LISTING_TYPES_SIZE 2048
const char *listing_types(char *text, const struct listing_types *types);
/* The types of the first variable. */
json_t *listing_types_json(const struct listing_types *types);

/* domain, name, since, until, types, signature; and plugin, where it is not NULL. */
json_t *listing_op_json(const hinge_op_info *op, const hinge_plugin_info *plugin);

/* "ai.onnx" for the standard's own domain, which has an empty name. */
const char *listing_domain(const char *domain);

#endif
