#include "files/json.h"
#include "inspect/inspect_count.h"

#include <inttypes.h>
#include <string.h>

static json_t *size_json(size_t size)
{
    return json_integer((json_int_t)size);
}

static json_t *text_json(const char *text)
{
    return text ? json_text(text, strlen(text)) : json_null();
}

static json_t *index_json(size_t index)
{
    return index == HINGE_NO_INDEX ? json_null() : size_json(index);
}

/* "float", or of what holds values "seq(tensor(float))"; null where it is not known. */
static json_t *type_json(hinge_type type, hinge_type_code code)
{
    char text[HINGE_TYPE_CODE_TEXT];
    if (hinge_is_container(type))
        return json_string(hinge_type_code_text(code, text, sizeof text));
    return type ? json_string(hinge_type_text(type)) : json_null();
}

/* An input or output as declared; symbolic dimensions by their names. */
static json_t *end_json(const hinge_session *session, size_t index, bool is_input)
{
    bool good = true;
    const hinge_tensor *info =
        is_input ? hinge_input_info(session, index) : hinge_output_info(session, index);
    json_t *object = json_object(), *dims = info->rank < 0 ? json_null() : json_array();
    json_put(
        object, "name",
        text_json(is_input ? hinge_input_name(session, index) : hinge_output_name(session, index)),
        &good);
    json_put(object, "type",
             type_json(info->type, is_input ? hinge_input_type(session, index)
                                            : hinge_output_type(session, index)),
             &good);
    for (int32_t i = 0; i < info->rank; i++) {
        const char *name = is_input ? hinge_input_dim_name(session, index, i)
                                    : hinge_output_dim_name(session, index, i);
        json_add(dims, info->dims[i] >= 0 ? json_integer(info->dims[i]) : text_json(name), &good);
    }
    json_put(object, "shape", dims, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *value_json(const struct inspect *inspect, size_t index)
{
    bool good = true;
    hinge_value_info info = {.size = sizeof info};
    hinge_place_info place = {.size = sizeof place};
    hinge_get_value(inspect->session, index, &info);
    hinge_tensor tensor = inspect_tensor(inspect, index);
    json_t *object = json_object();
    json_put(object, "index", size_json(index), &good);
    json_put(object, "name", text_json(info.name), &good);
    json_put(object, "type", type_json(tensor.type, info.type), &good);
    json_put(object, "shape", json_dims(&tensor), &good);
    json_put(object, "constant", json_boolean(info.is_constant), &good);
    json_put(object, "readers", size_json(info.n_readers), &good);
    json_put(object, "graph", size_json(info.graph), &good);
    json_put(object, "outer", index_json(info.outer), &good);
    if (inspect_place(inspect, index, &place)) {
        json_put(object, "place", json_string(inspect_placement(&place)), &good);
        if (place.over != HINGE_NO_INDEX)
            json_put(object, "over", size_json(place.over), &good);
        if (place.placement == HINGE_PLACE_ARENA)
            json_put(object, "offset", size_json(place.offset), &good);
    }
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *node_json(const struct inspect *inspect, size_t index, const hinge_node_info *node)
{
    bool good = true;
    struct inspect_count count = inspect_count_node(inspect, index);
    json_t *object = json_object(), *inputs = json_array(), *outputs = json_array();
    json_put(object, "name", text_json(node->name), &good);
    json_put(object, "label", text_json(node->label), &good);
    json_put(object, "op", text_json(node->op), &good);
    json_put(object, "domain", text_json(*node->domain ? node->domain : "ai.onnx"), &good);
    json_put(object, "opset", json_integer(node->opset), &good);
    json_put(object, "plugin", *node->plugin ? text_json(node->plugin) : json_null(), &good);
    json_put(object, "activation", text_json(node->activation), &good);
    json_put(object, "adds", json_boolean(node->adds), &good);
    json_put(object, "graph", size_json(node->graph), &good);
    json_put(object, "parameters", json_integer(count.parameters), &good);
    json_put(object, "multiply_adds",
             count.multiply_adds < 0 ? json_null() : json_integer(count.multiply_adds), &good);
    for (size_t i = 0; i < node->n_inputs; i++)
        json_add(inputs, index_json(hinge_node_input(inspect->session, index, i)), &good);
    for (size_t i = 0; i < node->n_outputs; i++)
        json_add(outputs, index_json(hinge_node_output(inspect->session, index, i)), &good);
    json_put(object, "inputs", inputs, &good);
    json_put(object, "outputs", outputs, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *graph_json(const hinge_session *session, size_t index, const hinge_graph_info *graph)
{
    bool good = true;
    json_t *object = json_object(), *inputs = json_array(), *outputs = json_array();
    json_put(object, "name", text_json(graph->name), &good);
    json_put(object, "node", index_json(graph->parent_node), &good);
    json_put(object, "attribute", text_json(graph->attribute), &good);
    json_put(object, "first_node", size_json(graph->first_node), &good);
    json_put(object, "n_nodes", size_json(graph->n_nodes), &good);
    for (size_t i = 0; i < graph->n_inputs; i++)
        json_add(inputs, index_json(hinge_graph_input(session, index, i)), &good);
    for (size_t i = 0; i < graph->n_outputs; i++)
        json_add(outputs, index_json(hinge_graph_output(session, index, i)), &good);
    json_put(object, "inputs", inputs, &good);
    json_put(object, "outputs", outputs, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *pass_json(const hinge_session *session, size_t index, const hinge_pass_info *pass)
{
    bool good = true;
    json_t *object = json_object(), *changes = json_array();
    json_put(object, "name", json_string(pass->name), &good);
    json_put(object, "disabled", json_boolean(pass->disabled), &good);
    json_put(object, "nodes_before", size_json(pass->nodes_before), &good);
    json_put(object, "nodes_after", size_json(pass->nodes_after), &good);
    for (size_t i = 0; i < pass->n_changes; i++)
        json_add(changes, text_json(hinge_pass_change(session, index, i)), &good);
    json_put(object, "changes", changes, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *metadata_json(const hinge_session *session)
{
    bool good = true;
    const char *key, *value;
    json_t *array = json_array();
    for (size_t i = 0; hinge_get_metadata(session, i, &key, &value); i++) {
        json_t *entry = json_object();
        json_put(entry, "key", text_json(key), &good);
        json_put(entry, "value", text_json(value), &good);
        json_add(array, entry, &good);
    }
    if (good)
        return array;
    json_decref(array);
    return NULL;
}

static void put_model(json_t *root, const struct inspect *inspect, bool *good)
{
    hinge_model_info model = {.size = sizeof model};
    json_t *opsets = json_array(), *memory = json_object();
    const char *domain;
    uint32_t version;
    hinge_get_model(inspect->session, &model);
    json_put(root, "model", text_json(inspect->model), good);
    json_put(root, "graph", text_json(model.graph_name), good);
    json_put(root, "producer", text_json(model.producer_name), good);
    json_put(root, "producer_version", text_json(model.producer_version), good);
    json_put(root, "domain", text_json(model.domain), good);
    json_put(root, "version", json_integer(model.model_version), good);
    json_put(root, "doc", text_json(model.doc), good);
    json_put(root, "graph_doc", text_json(model.graph_doc), good);
    json_put(root, "metadata", metadata_json(inspect->session), good);
    json_put(root, "ir_version", json_integer(model.ir_version), good);
    for (size_t i = 0; hinge_get_opset(inspect->session, i, &domain, &version); i++) {
        json_t *opset = json_object();
        json_put(opset, "domain", text_json(*domain ? domain : "ai.onnx"), good);
        json_put(opset, "version", json_integer(version), good);
        json_add(opsets, opset, good);
    }
    json_put(root, "opsets", opsets, good);
    json_put(root, "nodes_in_file", size_json(model.n_nodes_loaded), good);
    struct inspect_total total = inspect_count_all(inspect);
    json_put(root, "parameters", json_integer(total.parameters), good);
    json_put(root, "multiply_adds", json_integer(total.multiply_adds), good);
    json_put(root, "multiply_adds_not_known", size_json(total.n_not_known), good);
    json_put(memory, "mapped", size_json(model.mapped_size), good);
    json_put(memory, "owned", size_json(model.owned_size), good);
    json_put(memory, "packed", size_json(model.packed_size), good);
    json_put(memory, "cached", size_json(model.cached_size), good);
    json_put(root, "parameter_bytes", memory, good);
}

static json_t *plan_json(const struct inspect *inspect)
{
    bool good = true;
    hinge_plan_info plan = {.size = sizeof plan};
    if (inspect->not_planned || !hinge_get_plan(inspect->context, &plan))
        return json_null();
    json_t *object = json_object(), *steps = json_array();
    json_put(object, "arena", size_json(plan.arena_size), &good);
    json_put(object, "unshared", size_json(plan.unshared), &good);
    json_put(object, "scratch", size_json(plan.scratch_size), &good);
    json_put(object, "dynamic_values", size_json(plan.n_dynamic), &good);
    for (size_t s = 0; s < plan.n_steps; s++)
        json_add(steps, size_json(hinge_plan_step(inspect->context, s)), &good);
    json_put(object, "steps", steps, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

int inspect_json(const struct inspect *inspect)
{
    bool good = true;
    const hinge_session *session = inspect->session;
    json_t *root = json_object(), *inputs = json_array(), *outputs = json_array();
    json_t *nodes = json_array(), *values = json_array(), *passes = json_array();
    hinge_node_info node = {.size = sizeof node};
    hinge_value_info value = {.size = sizeof value};
    hinge_pass_info pass = {.size = sizeof pass};
    hinge_graph_info graph = {.size = sizeof graph};
    json_t *graphs = json_array(), *missing = json_array();
    put_model(root, inspect, &good);
    for (size_t i = 0; i < hinge_n_inputs(session); i++)
        json_add(inputs, end_json(session, i, true), &good);
    for (size_t i = 0; i < hinge_n_outputs(session); i++)
        json_add(outputs, end_json(session, i, false), &good);
    for (size_t i = 0; hinge_get_node(session, i, &node); i++)
        json_add(nodes, node_json(inspect, i, &node), &good);
    for (size_t i = 0; hinge_get_value(session, i, &value); i++)
        json_add(values, value_json(inspect, i), &good);
    for (size_t i = 0; hinge_get_pass(session, i, &pass); i++)
        json_add(passes, pass_json(session, i, &pass), &good);
    for (size_t i = 0; hinge_get_graph(session, i, &graph); i++)
        json_add(graphs, graph_json(session, i, &graph), &good);
    for (size_t i = 0; hinge_missing(session, i); i++)
        json_add(missing, text_json(hinge_missing(session, i)), &good);
    json_put(root, "inputs", inputs, &good);
    json_put(root, "outputs", outputs, &good);
    json_put(root, "graphs", graphs, &good);
    json_put(root, "runs", json_boolean(!hinge_missing(session, 0)), &good);
    json_put(root, "missing", missing, &good);
    json_put(root, "nodes", nodes, &good);
    json_put(root, "values", values, &good);
    json_put(root, "passes", passes, &good);
    json_put(root, "plan", plan_json(inspect), &good);
    json_put(root, "not_planned", text_json(inspect->not_planned), &good);
    return json_finish(root, good, NULL);
}
