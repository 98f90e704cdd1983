#include "listing.h"

#include "text.h"

#include <inttypes.h>
#include <string.h>

const char *listing_domain(const char *domain)
{
    return *domain ? domain : "ai.onnx";
}

uint32_t listing_last_opset(const hinge_op_info *op, const hinge_plugin_info *plugin)
{
    return op->until ? op->until : plugin ? plugin->opset : 0;
}

const char *listing_opsets(char *text, const hinge_op_info *op, const hinge_plugin_info *plugin)
{
    uint32_t last = listing_last_opset(op, plugin);
    if (last)
        snprintf(text, LISTING_OPSETS_SIZE, "%" PRIu32 "-%" PRIu32, op->since, last);
    else
        snprintf(text, LISTING_OPSETS_SIZE, "%" PRIu32 "+", op->since);
    return text;
}

static const char *type_text(hinge_type type)
{
    return type == HINGE_NO_TYPE ? "any" : hinge_type_text(type);
}

const char *listing_types(char *text, const hinge_op_info *op)
{
    *text = '\0';
    for (size_t i = 0; i < op->n_types; i++)
        text_append(text, LISTING_TYPES_SIZE, "%s%s", i ? ", " : "", type_text(op->types[i]));
    return text;
}

json_t *listing_op_json(const hinge_op_info *op, const hinge_plugin_info *plugin)
{
    bool good = true;
    json_t *object = json_object(), *types = json_array();
    const char *domain = listing_domain(op->domain);
    uint32_t last = listing_last_opset(op, plugin);
    json_put(object, "domain", json_text(domain, strlen(domain)), &good);
    json_put(object, "name", json_text(op->name, strlen(op->name)), &good);
    json_put(object, "since", json_integer(op->since), &good);
    json_put(object, "until", last ? json_integer(last) : json_null(), &good);
    for (size_t i = 0; i < op->n_types; i++)
        json_add(types, json_string(type_text(op->types[i])), &good);
    json_put(object, "types", types, &good);
    if (plugin)
        json_put(object, "plugin", json_text(plugin->name, strlen(plugin->name)), &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}
