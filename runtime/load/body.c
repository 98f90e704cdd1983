/*
 * The inside of a graph or a function: first all names, then the nodes that use them, so that nodes
 * may stand in any order and subgraphs see everything around them.
 */
#include "load/parts.h"

#include <stdio.h>
#include <string.h>

/* Keeps comparing all of a node's attributes with each other cheap. */
#define MAX_ATTRIBUTES 256

static hinge_status no_memory(const struct load_scope *scope)
{
    return status_no_memory(scope->load->error);
}

/* Says which thing of the model an error is about; where it is about a node, that has been said. */
static hinge_status blame(const struct load_scope *scope, hinge_status status, const char *what,
                          const char *name)
{
    hinge_error *error = scope->load->error;
    if (status && error && !error->node[0])
        status_prefix(error, "%s \"%.100s\"", what, name ? name : "");
    return status;
}

/* The same for the innermost node. */
static hinge_status blame_node(hinge_error *error, hinge_status status, size_t index,
                               const Onnx__NodeProto *proto)
{
    if (!status || !error || error->node[0])
        return status;
    struct graph_node node = {.name = proto->name ? proto->name : "",
                              .op = proto->op_type ? proto->op_type : "",
                              .domain = load_domain(proto->domain)};
    char text[256], number[32];
    snprintf(number, sizeof number, "#%zu", index);
    graph_node_text(NULL, &node, text, sizeof text);
    if (*node.name)
        status_prefix(error, "%s", text);
    else
        status_prefix(error, "%s, %s in its graph", text, number);
    snprintf(error->node, sizeof error->node, "%s", *node.name ? node.name : number);
    return status;
}

/* Constants */

static hinge_status add_constant(struct load_scope *scope, const char *name,
                                 const hinge_tensor *tensor, enum graph_storage storage)
{
    uint32_t index;
    hinge_status status = load_new_value(scope, name, "initializer", &index);
    if (status) {
        if (storage == GRAPH_OWNED)
            memory_free(scope->load->allocator, tensor->data);
        return status;
    }
    scope->graph->values[index].tensor = *tensor;
    scope->graph->values[index].type_code = tensor->type;
    scope->graph->values[index].storage = storage;
    return HINGE_OK;
}

static hinge_status add_constants(struct load_scope *scope, const Onnx__GraphProto *proto)
{
    hinge_tensor tensor;
    for (size_t i = 0; i < proto->n_initializer; i++) {
        const char *name = proto->initializer[i]->name;
        enum graph_storage storage;
        hinge_status status =
            load_tensor(scope->load, proto->initializer[i], NULL, &tensor, &storage);
        if (status)
            return blame(scope, status, "initializer", name);
        status = add_constant(scope, name, &tensor, storage);
        if (status)
            return status;
    }
    for (size_t i = 0; i < proto->n_sparse_initializer; i++) {
        const Onnx__SparseTensorProto *sparse = proto->sparse_initializer[i];
        const char *name = sparse->values ? sparse->values->name : NULL;
        hinge_status status = load_sparse_tensor(scope->load, sparse, NULL, &tensor);
        if (status)
            return blame(scope, status, "initializer", name);
        status = add_constant(scope, name, &tensor, GRAPH_OWNED);
        if (status)
            return status;
    }
    return HINGE_OK;
}

/* Inputs and outputs */

/* Takes over what proto declares of a value. A constant's own data tell all there is to know: what
 * is declared of it besides may be wrong, and does not count. */
static hinge_status declare(struct load_scope *scope, const Onnx__ValueInfoProto *proto,
                            uint32_t index)
{
    struct load_declaration declared;
    hinge_status status = load_type(scope, proto->type, &declared);
    if (status)
        return status;
    struct graph_value *value = &scope->graph->values[index];
    if (value->storage != GRAPH_NOT_CONSTANT)
        return HINGE_OK;
    if (!declared.code) {
        declared.code = value->type_code;
        declared.tensor.type = value->tensor.type;
    }
    value->type_code = declared.code;
    if (declared.tensor.rank < 0 && value->tensor.type < HINGE_N_TYPES) {
        value->tensor.type = declared.tensor.type;
        return HINGE_OK;
    }
    value->tensor = declared.tensor;
    value->dim_names = declared.dim_names;
    return HINGE_OK;
}

/* Makes value, so far a constant, an input whose default is the constant. The two need not have the
 * same shape; of element types only the default's can be meant. */
static void make_input(struct graph_value *value, struct graph_default *entry)
{
    entry->tensor = value->tensor;
    entry->storage = value->storage;
    value->storage = GRAPH_NOT_CONSTANT;
    value->is_input = true;
    value->tensor = entry->declared;
    value->tensor.type = entry->tensor.type;
    value->dim_names = entry->dim_names;
    if (value->tensor.rank != entry->tensor.rank)
        value->tensor.rank = -1;
    for (int32_t i = 0; i < value->tensor.rank; i++)
        if (value->tensor.dims[i] != entry->tensor.dims[i])
            value->tensor.dims[i] = -1;
    value->default_tensor = &entry->tensor;
}

/* Up to IR version 3 every initializer is also listed as an input; later on, one that is gives the
 * input a default. It is a constant all the same, unless whoever loads the model wants to override
 * it. What the inputs of a subgraph are is its operator's affair, and never a default. */
static hinge_status add_default(struct load_scope *scope, const Onnx__ValueInfoProto *proto,
                                uint32_t index)
{
    struct graph *graph = scope->graph;
    struct graph_value *value = &graph->values[index];
    struct load_declaration declared;
    if (value->has_default)
        return status_fail(scope->load->error, HINGE_BAD_MODEL, "another input has that name");
    hinge_status status = load_type(scope, proto->type, &declared);
    if (status)
        return status;
    struct graph_default *entry = &graph->defaults[graph->n_defaults++];
    *entry = (struct graph_default){.value = index,
                                    .tensor = value->tensor,
                                    .storage = GRAPH_NOT_CONSTANT,
                                    .declared = declared.tensor,
                                    .declared_code = declared.code,
                                    .dim_names = declared.dim_names};
    entry->tensor.data = NULL;
    value->has_default = true;
    if (scope->load->options.overridable_defaults && !scope->parent)
        make_input(value, entry);
    return HINGE_OK;
}

static size_t count_defaults(const struct load_scope *scope, const Onnx__GraphProto *proto)
{
    size_t count = 0;
    for (size_t i = 0; i < proto->n_input; i++) {
        const char *name = proto->input[i]->name;
        count += graph_is_constant(scope->graph, names_find(&scope->names, name ? name : ""));
    }
    return count;
}

static hinge_status add_inputs(struct load_scope *scope, const Onnx__GraphProto *proto)
{
    struct graph *graph = scope->graph;
    graph->inputs = arena_array(&graph->arena, proto->n_input, sizeof *graph->inputs);
    graph->defaults =
        arena_array(&graph->arena, count_defaults(scope, proto), sizeof *graph->defaults);
    if (!graph->inputs || !graph->defaults)
        return no_memory(scope);
    for (size_t i = 0; i < proto->n_input; i++) {
        const Onnx__ValueInfoProto *info = proto->input[i];
        uint32_t index = names_find(&scope->names, info->name ? info->name : "");
        bool has_default = graph_is_constant(graph, index);
        hinge_status status =
            has_default ? HINGE_OK : load_new_value(scope, info->name, "input", &index);
        if (status)
            return status;
        status = has_default ? add_default(scope, info, index) : declare(scope, info, index);
        if (status)
            return blame(scope, status, "input", info->name);
        if (graph_is_constant(graph, index))
            continue;
        graph->values[index].is_input = true;
        graph->inputs[graph->n_inputs++] = index;
    }
    return HINGE_OK;
}

static hinge_status set_outputs(struct load_scope *scope, size_t n_names)
{
    struct graph *graph = scope->graph;
    graph->outputs = arena_array(&graph->arena, n_names, sizeof *graph->outputs);
    return graph->outputs ? HINGE_OK : no_memory(scope);
}

static hinge_status add_output(struct load_scope *scope, const char *name, uint32_t *index)
{
    struct graph *graph = scope->graph;
    if (!name || name[0] == '\0')
        return status_fail(scope->load->error, HINGE_BAD_MODEL, "an output has no name");
    hinge_status status = load_find_value(scope, name, index);
    if (status)
        return status;
    if (*index == GRAPH_NONE)
        return status_fail(scope->load->error, HINGE_BAD_MODEL,
                           "output \"%.100s\" is no node's output, no input and no initializer",
                           name);
    graph->values[*index].is_output = true;
    graph->values[*index].n_readers++;
    graph->outputs[graph->n_outputs++] = *index;
    return HINGE_OK;
}

static hinge_status add_outputs(struct load_scope *scope, const Onnx__GraphProto *proto)
{
    hinge_status status = set_outputs(scope, proto->n_output);
    for (size_t i = 0; !status && i < proto->n_output; i++) {
        uint32_t index;
        status = add_output(scope, proto->output[i]->name, &index);
    }
    return status;
}

/* Before the nodes, whose subgraphs take over what is known of the values that they read. */
static hinge_status declare_values(struct load_scope *scope, Onnx__ValueInfoProto *const *infos,
                                   size_t n_infos, const char *what)
{
    for (size_t i = 0; i < n_infos; i++) {
        uint32_t index = infos[i]->name ? names_find(&scope->names, infos[i]->name) : NAMES_NONE;
        if (index == NAMES_NONE || scope->graph->values[index].is_input)
            continue;
        hinge_status status = declare(scope, infos[i], index);
        if (status)
            return blame(scope, status, what, infos[i]->name);
    }
    return HINGE_OK;
}

/* Nodes */

/* A tensor in a node of its own is an initializer in all but form, and as large as one: treated as
 * such it can stay in the map, and is given up when its readers have packed it. Besides Gradient
 * the only operator known here by name. Functions are left as they are, for their bodies are
 * copied. */
static bool is_constant_node(const struct load_scope *scope, const Onnx__NodeProto *proto)
{
    return !scope->in_function && proto->op_type && strcmp(proto->op_type, "Constant") == 0 &&
           !*load_domain(proto->domain) && proto->n_input == 0 && proto->n_output == 1 &&
           proto->n_attribute == 1 && proto->attribute[0]->t && proto->attribute[0]->name &&
           strcmp(proto->attribute[0]->name, "value") == 0 &&
           proto->attribute[0]->type == ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
}

/* Until a node is added, the producer of what it writes is its position in the message. Tools that
 * edit models append a Constant of a name that another has: as with ONNX Runtime, the last counts.
 */
static hinge_status add_node_outputs(struct load_scope *scope, Onnx__NodeProto *const *nodes,
                                     size_t n_nodes)
{
    struct graph *graph = scope->graph;
    for (size_t n = 0; n < n_nodes; n++)
        for (size_t i = 0; i < nodes[n]->n_output; i++) {
            const char *name = nodes[n]->output[i];
            uint32_t index = names_find(&scope->names, name);
            uint32_t earlier = index == NAMES_NONE ? GRAPH_NONE : graph->values[index].producer;
            bool is_replaced = earlier != GRAPH_NONE && is_constant_node(scope, nodes[n]) &&
                               is_constant_node(scope, nodes[earlier]);
            hinge_status status =
                !name[0] || is_replaced ? HINGE_OK : load_new_value(scope, name, "output", &index);
            if (status)
                return blame_node(scope->load->error, status, n, nodes[n]);
            if (name[0])
                graph->values[index].producer = (uint32_t)n;
        }
    return HINGE_OK;
}

static hinge_status find_inputs(struct load_scope *scope, const Onnx__NodeProto *proto,
                                uint32_t *inputs)
{
    for (size_t i = 0; i < proto->n_input; i++) {
        const char *name = proto->input[i];
        inputs[i] = GRAPH_NONE;
        if (!name[0])
            continue;
        hinge_status status = load_find_value(scope, name, &inputs[i]);
        if (status)
            return status;
        if (inputs[i] == GRAPH_NONE)
            return status_fail(scope->load->error, HINGE_BAD_MODEL,
                               "input \"%.100s\" is no node's output, no input and no initializer",
                               name);
    }
    return HINGE_OK;
}

static hinge_status add_attributes(struct load_scope *scope, const Onnx__NodeProto *proto,
                                   uint32_t node)
{
    struct graph *graph = scope->graph;
    if (proto->n_attribute > MAX_ATTRIBUTES)
        return status_fail(scope->load->error, HINGE_LIMIT, "has %zu attributes; %d are the most",
                           proto->n_attribute, MAX_ATTRIBUTES);
    struct graph_attribute *attributes =
        arena_array(&graph->arena, proto->n_attribute, sizeof *attributes);
    if (!attributes)
        return no_memory(scope);
    /* From here on the graph's end is theirs too: one that holds a subgraph may be followed by one
     * that fails. */
    graph->nodes[node].attributes = attributes;
    graph->nodes[node].n_attributes = (uint32_t)proto->n_attribute;
    hinge_status status = HINGE_OK;
    for (uint32_t i = 0; !status && i < proto->n_attribute; i++) {
        status = load_attribute(scope, proto->attribute[i], &attributes[i]);
        for (uint32_t j = 0; !status && j < i; j++)
            if (strcmp(attributes[i].name, attributes[j].name) == 0)
                status = status_fail(scope->load->error, HINGE_BAD_MODEL,
                                     "attribute \"%.100s\" is given twice", attributes[i].name);
    }
    return status;
}

/* The version of the operator set that a node's operator is from. Where none is imported the model
 * is refused in the end, when all domains that lack one are known. */
static hinge_status find_opset(struct load_scope *scope, const Onnx__NodeProto *proto,
                               size_t position, uint32_t *version)
{
    struct load *load = scope->load;
    bool is_first;
    *version = load_opset(scope, load_domain(proto->domain));
    if (*version)
        return HINGE_OK;
    *version = 1;
    hinge_status status = load_note_missing_opset(load, load_domain(proto->domain), &is_first);
    if (!status && is_first)
        (void)blame_node(&load->missing_error, HINGE_BAD_MODEL, position, proto);
    return status;
}

static hinge_status add_constant_node(struct load_scope *scope, const Onnx__NodeProto *proto,
                                      size_t position)
{
    uint32_t opset;
    hinge_status status = find_opset(scope, proto, position, &opset);
    if (status)
        return status;
    const char *name = proto->output[0];
    uint32_t output = name[0] ? names_find(&scope->names, name) : GRAPH_NONE;
    if (output == GRAPH_NONE || scope->graph->values[output].producer != position)
        return HINGE_OK;
    hinge_tensor tensor;
    enum graph_storage storage;
    status = load_tensor(scope->load, proto->attribute[0]->t, NULL, &tensor, &storage);
    if (status)
        return blame(scope, status, "attribute", "value");
    struct graph_value *value = &scope->graph->values[output];
    value->producer = GRAPH_NONE;
    value->storage = storage;
    value->tensor = tensor;
    value->type_code = tensor.type;
    value->dim_names = NULL;
    return HINGE_OK;
}

static hinge_status add_node(struct load_scope *scope, const Onnx__NodeProto *proto,
                             size_t position, uint32_t *inputs, uint32_t *outputs)
{
    hinge_error *error = scope->load->error;
    struct graph *graph = scope->graph;
    if (!proto->op_type || proto->op_type[0] == '\0')
        return status_fail(error, HINGE_BAD_MODEL, "a node names no operator");
    const char *domain = load_domain(proto->domain);
    uint32_t opset;
    hinge_status status = find_opset(scope, proto, position, &opset);
    if (!status)
        status = find_inputs(scope, proto, inputs);
    if (status)
        return status;
    for (size_t i = 0; i < proto->n_output; i++)
        outputs[i] = proto->output[i][0] ? names_find(&scope->names, proto->output[i]) : GRAPH_NONE;
    uint32_t index = graph_add_node(graph, proto->op_type, domain, opset, inputs,
                                    (uint32_t)proto->n_input, outputs, (uint32_t)proto->n_output);
    if (index == GRAPH_NONE)
        return no_memory(scope);
    const char *name = proto->name ? proto->name : "";
    const char *overload = proto->overload ? proto->overload : "";
    graph->nodes[index].name = arena_string(&graph->arena, name, strlen(name));
    graph->nodes[index].overload = arena_string(&graph->arena, overload, strlen(overload));
    if (!graph->nodes[index].name || !graph->nodes[index].overload)
        return no_memory(scope);
    status = add_attributes(scope, proto, index);
    return !status && load_is_gradient(&graph->nodes[index]) ? load_gradient(scope, index) : status;
}

static hinge_status add_nodes(struct load_scope *scope, Onnx__NodeProto *const *nodes,
                              size_t n_nodes)
{
    size_t longest = 0;
    for (size_t n = 0; n < n_nodes; n++) {
        longest = nodes[n]->n_input > longest ? nodes[n]->n_input : longest;
        longest = nodes[n]->n_output > longest ? nodes[n]->n_output : longest;
    }
    /* WIRE_MAX_FIELDS keeps the product in range. */
    uint32_t *lists = memory_alloc(scope->load->allocator, longest * 2 * sizeof *lists);
    if (!lists)
        return no_memory(scope);
    hinge_error *error = scope->load->error;
    hinge_status status = HINGE_OK;
    /* Constants first: subgraphs of nodes anywhere see them. */
    for (size_t n = 0; !status && n < n_nodes; n++)
        if (is_constant_node(scope, nodes[n]))
            status = blame_node(error, add_constant_node(scope, nodes[n], n), n, nodes[n]);
    for (size_t n = 0; !status && n < n_nodes; n++)
        if (!is_constant_node(scope, nodes[n]))
            status = blame_node(error, add_node(scope, nodes[n], n, lists, lists + longest), n,
                                nodes[n]);
    memory_free(scope->load->allocator, lists);
    return status;
}

hinge_status load_graph_body(struct load_scope *scope, const Onnx__GraphProto *proto)
{
    const char *name = proto->name ? proto->name : "";
    scope->graph->name = arena_string(&scope->graph->arena, name, strlen(name));
    hinge_status status = scope->graph->name ? HINGE_OK : no_memory(scope);
    if (!status)
        status = add_constants(scope, proto);
    if (!status)
        status = add_inputs(scope, proto);
    if (!status)
        status = add_node_outputs(scope, proto->node, proto->n_node);
    if (!status)
        status = declare_values(scope, proto->value_info, proto->n_value_info, "value");
    if (!status)
        status = declare_values(scope, proto->output, proto->n_output, "output");
    if (!status)
        status = add_nodes(scope, proto->node, proto->n_node);
    if (!status)
        status = add_outputs(scope, proto);
    if (!status)
        status = graph_sort(scope->graph, scope->load->error);
    return status;
}

static hinge_status add_parameters(struct load_scope *scope, const Onnx__FunctionProto *proto)
{
    struct graph *graph = scope->graph;
    graph->inputs = arena_array(&graph->arena, proto->n_input, sizeof *graph->inputs);
    if (!graph->inputs)
        return no_memory(scope);
    for (size_t i = 0; i < proto->n_input; i++) {
        uint32_t index;
        hinge_status status = load_new_value(scope, proto->input[i], "input", &index);
        if (status)
            return status;
        graph->values[index].is_input = true;
        graph->inputs[graph->n_inputs++] = index;
    }
    return HINGE_OK;
}

hinge_status load_function_body(struct load_scope *scope, const Onnx__FunctionProto *proto)
{
    uint32_t index;
    hinge_status status = add_parameters(scope, proto);
    if (!status)
        status = add_node_outputs(scope, proto->node, proto->n_node);
    if (!status)
        status = declare_values(scope, proto->value_info, proto->n_value_info, "value");
    if (!status)
        status = add_nodes(scope, proto->node, proto->n_node);
    if (!status)
        status = set_outputs(scope, proto->n_output);
    for (size_t i = 0; !status && i < proto->n_output; i++)
        status = add_output(scope, proto->output[i], &index);
    if (!status)
        status = graph_sort(scope->graph, scope->load->error);
    return status;
}
