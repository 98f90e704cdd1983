#include "inspect/inspect_report.h"

#include "describe/describe.h"

#include <stdio.h>
#include <string.h>

bool inspect_place(const struct inspect *inspect, size_t value, hinge_place_info *place)
{
    return inspect->context && !inspect->not_planned &&
           hinge_get_place(inspect->context, value, place);
}

hinge_tensor inspect_tensor(const struct inspect *inspect, size_t value)
{
    hinge_place_info place = {.size = sizeof place};
    hinge_value_info info = {.size = sizeof info};
    if (inspect_place(inspect, value, &place) && place.tensor.rank >= 0)
        return place.tensor;
    hinge_get_value(inspect->session, value, &info);
    return info.tensor;
}

const char *inspect_value_text(char *text, const struct inspect *inspect, size_t value)
{
    hinge_value_info info = {.size = sizeof info};
    hinge_tensor tensor = inspect_tensor(inspect, value);
    hinge_get_value(inspect->session, value, &info);
    return describe_value(text, &tensor, info.type);
}

int64_t inspect_n_parameters(const struct inspect *inspect)
{
    int64_t sum = 0;
    hinge_value_info info = {.size = sizeof info};
    for (size_t v = 0; hinge_get_value(inspect->session, v, &info); v++) {
        int64_t count = info.is_constant && info.n_readers ? hinge_tensor_count(&info.tensor) : 0;
        if (count > 0 && __builtin_add_overflow(sum, count, &sum))
            return INT64_MAX;
    }
    return sum;
}

const char *inspect_placement(const hinge_place_info *place)
{
    switch (place->placement) {
    case HINGE_PLACE_NONE: return "unused";
    case HINGE_PLACE_CONSTANT: return "constant";
    case HINGE_PLACE_INPUT: return place->over == HINGE_NO_INDEX ? "input" : "view of";
    case HINGE_PLACE_ARENA:
        return place->over == HINGE_NO_INDEX ? "arena" : place->is_view ? "view of" : "in place of";
    case HINGE_PLACE_DYNAMIC: return "dynamic";
    }
    return "";
}

/* No plugin has the node's operator for its opset, whatever the types. */
static bool is_unheard_of(const struct inspect *inspect, const hinge_node_info *info)
{
    char name[256];
    const int size = snprintf(name, sizeof name, "%.100s::%.100s",
                              *info->domain ? info->domain : "ai.onnx", info->op);
    const char *missing;
    for (size_t i = 0; (missing = hinge_missing(inspect->session, i)); i++)
        if (strncmp(missing, name, (size_t)size) == 0 &&
            (!missing[size] || strncmp(missing + size, " of opset ", 10) == 0))
            return true;
    return false;
}

/* Behind a node that is missing types are not known, and whether an operator is there for them
 * neither. */
const char *inspect_plugin(const struct inspect *inspect, size_t node, const hinge_node_info *info)
{
    hinge_value_info value = {.size = sizeof value};
    if (*info->plugin)
        return info->plugin;
    if (is_unheard_of(inspect, info))
        return "MISSING";
    for (size_t i = 0; i < info->n_inputs; i++) {
        size_t input = hinge_node_input(inspect->session, node, i);
        if (input != HINGE_NO_INDEX && hinge_get_value(inspect->session, input, &value) &&
            value.type == 0)
            return "not known";
    }
    return "MISSING";
}
