/* The model around its graphs: version, operator sets, functions. */
#include "load/parts.h"

#include <string.h>

static hinge_status check_version(const struct load *load)
{
    const Onnx__ModelProto *model = load->model;
    if (!model->has_ir_version)
        return status_fail(load->error, HINGE_BAD_MODEL, "has no IR version: not an ONNX model?");
    if (model->ir_version < LOAD_MIN_IR || model->ir_version > LOAD_MAX_IR)
        return status_fail(load->error, HINGE_UNSUPPORTED,
                           "has IR version %lld; versions %d to %d can be read",
                           (long long)model->ir_version, LOAD_MIN_IR, (int)LOAD_MAX_IR);
    if (!model->graph)
        return status_fail(load->error, HINGE_BAD_MODEL, "has no graph");
    return HINGE_OK;
}

/* Those that the caller must give have a name only; the others a default as well. */
static hinge_status add_parameters(struct load_scope *body, const Onnx__FunctionProto *proto,
                                   struct graph *graph, struct graph_function *function)
{
    size_t n_attributes = proto->n_attribute + proto->n_attribute_proto;
    function->attributes = arena_array(&graph->arena, n_attributes, sizeof *function->attributes);
    if (!function->attributes)
        return status_no_memory(body->load->error);
    function->n_attributes = (uint32_t)n_attributes;
    for (size_t i = 0; i < proto->n_attribute; i++) {
        const char *name = proto->attribute[i];
        function->attributes[i].name = arena_string(&graph->arena, name, strlen(name));
        if (!function->attributes[i].name)
            return status_no_memory(body->load->error);
    }
    for (size_t i = 0; i < proto->n_attribute_proto; i++) {
        hinge_status status = load_attribute(body, proto->attribute_proto[i],
                                             &function->attributes[proto->n_attribute + i]);
        if (status)
            return status;
    }
    return HINGE_OK;
}

/* Checks that no other function has the identity of this one, which lives as long as seen. */
static hinge_status check_identity(struct load *load, const struct graph_function *function,
                                   struct names *seen, struct arena *keys)
{
    if (!*function->name)
        return status_fail(load->error, HINGE_BAD_MODEL, "has no name");
    const char *key =
        arena_format(keys, "%zu %s %zu %s %s", strlen(function->domain), function->domain,
                     strlen(function->name), function->name, function->overload);
    if (!key)
        return status_no_memory(load->error);
    if (names_find(seen, key) != NAMES_NONE)
        return status_fail(load->error, HINGE_BAD_MODEL, "is defined twice");
    return names_add(seen, key, 0) ? HINGE_OK : status_no_memory(load->error);
}

static hinge_status load_function(struct load *load, struct graph *graph,
                                  const Onnx__FunctionProto *proto, struct graph_function *function)
{
    const char *name = proto->name ? proto->name : "", *domain = load_domain(proto->domain);
    const char *overload = proto->overload ? proto->overload : "";
    function->name = arena_string(&graph->arena, name, strlen(name));
    function->domain = arena_string(&graph->arena, domain, strlen(domain));
    function->overload = arena_string(&graph->arena, overload, strlen(overload));
    if (!function->name || !function->domain || !function->overload ||
        graph_create(load->allocator, &function->body))
        return status_no_memory(load->error);
    struct load_scope body = {.load = load,
                              .graph = function->body,
                              .names = {.allocator = load->allocator},
                              .in_function = true};
    hinge_status status = load_opsets(&body, proto->opset_import, proto->n_opset_import);
    if (!status)
        status = add_parameters(&body, proto, graph, function);
    if (!status)
        status = load_function_body(&body, proto);
    names_free(&body.names);
    return status;
}

static hinge_status load_functions(struct load *load, struct graph *graph)
{
    const Onnx__ModelProto *model = load->model;
    graph->functions = arena_array(&graph->arena, model->n_functions, sizeof *graph->functions);
    if (!graph->functions)
        return status_no_memory(load->error);
    struct names seen = {.allocator = load->allocator};
    struct arena keys = {.allocator = load->allocator};
    hinge_status status = HINGE_OK;
    for (size_t i = 0; !status && i < model->n_functions; i++) {
        struct graph_function *function = &graph->functions[graph->n_functions++];
        status = load_function(load, graph, model->functions[i], function);
        if (!status)
            status = check_identity(load, function, &seen, &keys);
        if (status)
            status_prefix(load->error, "function \"%.100s\"", function->name ? function->name : "");
    }
    names_free(&seen);
    arena_free(&keys);
    return status;
}

/* Copies text (NULL: ""); NULL where there is no memory. */
static const char *keep(struct graph *graph, const char *text)
{
    return text ? arena_string(&graph->arena, text, strlen(text)) : "";
}

/* What is said of the model as a whole, for whoever asks; nothing here depends on it. */
static hinge_status describe(struct load *load, struct graph *graph)
{
    const Onnx__ModelProto *model = load->model;
    graph->ir_version = model->ir_version;
    graph->model_version = model->model_version;
    graph->producer_name = keep(graph, model->producer_name);
    graph->producer_version = keep(graph, model->producer_version);
    graph->model_domain = keep(graph, model->domain);
    graph->model_doc = keep(graph, model->doc_string);
    graph->graph_doc = keep(graph, model->graph->doc_string);
    graph->metadata = arena_array(&graph->arena, model->n_metadata_props, sizeof *graph->metadata);
    bool ok = graph->producer_name && graph->producer_version && graph->model_domain &&
              graph->model_doc && graph->graph_doc && graph->metadata;
    for (size_t i = 0; ok && i < model->n_metadata_props; i++) {
        struct graph_property *property = &graph->metadata[graph->n_metadata++];
        property->key = keep(graph, model->metadata_props[i]->key);
        property->value = keep(graph, model->metadata_props[i]->value);
        ok = property->key && property->value;
    }
    return ok ? HINGE_OK : status_no_memory(load->error);
}

hinge_status load_model(struct load *load, struct graph **graph)
{
    *graph = NULL;
    hinge_status status = check_version(load);
    if (status)
        return status;
    if (graph_create(load->allocator, graph))
        return status_no_memory(load->error);
    struct load_scope scope = {
        .load = load, .graph = *graph, .names = {.allocator = load->allocator}};
    load->main = *graph;
    const Onnx__ModelProto *model = load->model;
    status = describe(load, *graph);
    if (!status)
        status = load_opsets(&scope, model->opset_import, model->n_opset_import);
    if (!status)
        status = load_functions(load, *graph);
    if (!status)
        status = load_graph_body(&scope, model->graph);
    if (!status)
        status = load_missing_opsets(load);
    names_free(&load->missing);
    names_free(&scope.names);
    if (status) {
        graph_destroy(*graph);
        *graph = NULL;
    }
    return status;
}
