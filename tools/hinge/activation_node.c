#include "activation_node.h"

#include "text.h"

#include <errno.h>
#include <hinge/plugin.h>
#include <inttypes.h>
#include <math.h>
#include <onnx.pb-c.h>
#include <stdlib.h>
#include <string.h>

#define IR_VERSION 10

/* The parts of the message, which point to each other. */
struct parts {
    Onnx__AttributeProto *attributes, **attribute_list;
    size_t n_attributes;
    float bounds[2];
    bool has_bound[2];
};

static bool not_elementwise(hinge_error *error, const struct activation_op *op, const char *reason)
{
    return error_set(error, HINGE_UNSUPPORTED,
                     "%.80s is not an elementwise operator of one floating-point input%s",
                     op->op.name, reason);
}

static bool parse_float(const char *text, float *value)
{
    char *end;
    *value = strtof(text, &end);
    return end != text && !*end && isfinite(*value);
}

static bool parse_int(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return end != text && !*end && !errno;
}

static bool wrong_value(hinge_error *error, const char *name, const char *wanted, const char *value)
{
    return error_set(error, HINGE_BAD_ARGUMENT, "attribute \"%.80s\" is %s, which \"%.80s\" is not",
                     name, wanted, value);
}

static bool set_attribute(Onnx__AttributeProto *proto, const hinge_attribute_info *info,
                          const char *value, hinge_error *error)
{
    const char *wanted = NULL;
    onnx__attribute_proto__init(proto);
    proto->name = (char *)info->name;
    proto->has_type = true;
    switch ((int)info->type) {
    case HINGE_ATTR_FLOAT:
        proto->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
        proto->has_f = true;
        wanted = parse_float(value, &proto->f) ? NULL : "a finite number";
        break;
    case HINGE_ATTR_INT:
        proto->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
        proto->has_i = true;
        wanted = parse_int(value, &proto->i) ? NULL : "an integer";
        break;
    case HINGE_ATTR_STRING:
        proto->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
        proto->has_s = true;
        proto->s = (ProtobufCBinaryData){strlen(value), (uint8_t *)value};
        break;
    default:
        return error_set(error, HINGE_UNSUPPORTED,
                         "attribute \"%.80s\" is no single number or string, which is all that can "
                         "be given here",
                         info->name);
    }
    return !wanted || wrong_value(error, info->name, wanted, value);
}

static bool no_such_attribute(hinge_error *error, const hinge_registry *registry,
                              const struct activation_op *op, const struct option_pair *pair)
{
    char list[300] = "";
    hinge_attribute_info info = {.size = sizeof info};
    for (size_t i = 0; hinge_get_op_attribute(registry, op->plugin, op->index, i, &info); i++)
        text_append(list, sizeof list, "%s\"%.60s\"", i ? ", " : "", info.name);
    return error_set(error, HINGE_BAD_ARGUMENT, "%.80s has no attribute \"%.*s\"; it has %s",
                     op->op.name, pair->name_size > 80 ? 80 : pair->name_size, pair->name,
                     *list ? list : "none");
}

static bool is_named(const struct option_pair *pair, const char *name)
{
    return strlen(name) == (size_t)pair->name_size &&
           memcmp(name, pair->name, (size_t)pair->name_size) == 0;
}

/* Clip has had its bounds as inputs since opset 11: which of them the pair is, -1 where none. */
static int which_bound(const struct activation_op *op, const struct option_pair *pair)
{
    if (*op->op.domain || strcmp(op->op.name, "Clip") || op->op.max_inputs < 3)
        return -1;
    return is_named(pair, "min") ? 0 : is_named(pair, "max") ? 1 : -1;
}

static bool take_attribute(struct parts *parts, const hinge_registry *registry,
                           const struct activation_op *op, const struct option_pair *pair,
                           hinge_error *error)
{
    hinge_attribute_info info = {.size = sizeof info};
    int bound = which_bound(op, pair);
    if (bound >= 0) {
        parts->has_bound[bound] = true;
        return parse_float(pair->value, &parts->bounds[bound]) ||
               wrong_value(error, bound ? "max" : "min", "a finite number", pair->value);
    }
    bool found = false;
    for (size_t i = 0; !found && hinge_get_op_attribute(registry, op->plugin, op->index, i, &info);
         i++)
        found = is_named(pair, info.name);
    if (!found)
        return no_such_attribute(error, registry, op, pair);
    Onnx__AttributeProto *proto = &parts->attributes[parts->n_attributes];
    parts->attribute_list[parts->n_attributes++] = proto;
    return set_attribute(proto, &info, pair->value, error);
}

static bool take_attributes(struct parts *parts, char *title, size_t title_size,
                            const hinge_registry *registry, const struct activation_op *op,
                            const struct option_pairs *pairs, hinge_error *error)
{
    for (size_t p = 0; p < pairs->n; p++) {
        const struct option_pair *pair = &pairs->items[p];
        bool replaced = false;
        for (size_t later = p + 1; later < pairs->n; later++)
            replaced |= pairs->items[later].name_size == pair->name_size &&
                        memcmp(pairs->items[later].name, pair->name, (size_t)pair->name_size) == 0;
        if (replaced)
            continue;
        text_append(title, title_size, ", %.*s = %s", pair->name_size, pair->name, pair->value);
        if (!take_attribute(parts, registry, op, pair, error))
            return false;
    }
    return true;
}

/* A scalar initializer. */
static void make_bound(Onnx__TensorProto *proto, const char *name, float *value)
{
    onnx__tensor_proto__init(proto);
    proto->name = (char *)name;
    proto->has_data_type = true;
    proto->data_type = HINGE_FLOAT;
    proto->n_float_data = 1;
    proto->float_data = value;
}

/* x -> node -> y, x a float vector of any length; the type of y is for the operator to say. */
static unsigned char *pack(struct parts *parts, const struct activation_op *op, size_t *size)
{
    static const char *const bound_names[] = {"min", "max"};
    Onnx__TensorShapeProto__Dimension dim = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT;
    Onnx__TensorShapeProto shape = ONNX__TENSOR_SHAPE_PROTO__INIT;
    Onnx__TypeProto__Tensor tensor = ONNX__TYPE_PROTO__TENSOR__INIT;
    Onnx__TypeProto type = ONNX__TYPE_PROTO__INIT;
    Onnx__ValueInfoProto x = ONNX__VALUE_INFO_PROTO__INIT, y = ONNX__VALUE_INFO_PROTO__INIT;
    Onnx__NodeProto node = ONNX__NODE_PROTO__INIT;
    Onnx__GraphProto graph = ONNX__GRAPH_PROTO__INIT;
    Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT;
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    Onnx__TensorProto bounds[2], *initializers[2];

    dim.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    dim.dim_param = (char *)"count";
    shape.n_dim = 1;
    shape.dim = (Onnx__TensorShapeProto__Dimension *[]){&dim};
    tensor.has_elem_type = true;
    tensor.elem_type = HINGE_FLOAT;
    tensor.shape = &shape;
    type.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type.tensor_type = &tensor;
    x.name = (char *)"x";
    x.type = &type;
    y.name = (char *)"y";

    char *inputs[3] = {x.name, (char *)"", (char *)""};
    node.n_input = 1;
    for (size_t i = 0; i < 2; i++) {
        if (!parts->has_bound[i])
            continue;
        make_bound(&bounds[i], bound_names[i], &parts->bounds[i]);
        initializers[graph.n_initializer++] = &bounds[i];
        inputs[i + 1] = bounds[i].name;
        node.n_input = i + 2;
    }
    node.input = inputs;
    node.n_output = 1;
    node.output = &y.name;
    node.op_type = (char *)op->op.name;
    node.domain = (char *)op->op.domain;
    node.n_attribute = parts->n_attributes;
    node.attribute = parts->attribute_list;
    graph.name = (char *)"activation";
    graph.n_node = graph.n_input = graph.n_output = 1;
    graph.node = (Onnx__NodeProto *[]){&node};
    graph.initializer = initializers;
    graph.input = (Onnx__ValueInfoProto *[]){&x};
    graph.output = (Onnx__ValueInfoProto *[]){&y};
    opset.domain = (char *)op->op.domain;
    opset.has_version = true;
    opset.version = op->opset;
    model.has_ir_version = true;
    model.ir_version = IR_VERSION;
    model.n_opset_import = 1;
    model.opset_import = (Onnx__OperatorSetIdProto *[]){&opset};
    model.graph = &graph;

    *size = onnx__model_proto__get_packed_size(&model);
    unsigned char *bytes = malloc(*size + 1);
    if (bytes)
        onnx__model_proto__pack(&model, bytes);
    return bytes;
}

/* The session without any pass. */
static bool open_session(struct activation_node *node, size_t size,
                         const struct plugin_options *options, hinge_error *error)
{
    hinge_options open = options->open;
    size_t n_passes = 0;
    while (hinge_pass_name(n_passes))
        n_passes++;
    const char **passes = calloc(n_passes + 1, sizeof *passes);
    if (!passes)
        return error_no_memory(error);
    for (size_t i = 0; i < n_passes; i++)
        passes[i] = hinge_pass_name(i);
    open.disabled_passes = passes;
    open.n_disabled_passes = n_passes;
    bool ok = hinge_open_memory(node->model, size, &open, &node->session, error) == HINGE_OK &&
              hinge_context_create(node->session, &node->context, error) == HINGE_OK;
    free(passes);
    return ok;
}

/* What is an activation of its input 0 passes whatever else it declares: Clip has three inputs. */
static bool check_elementwise(const struct activation_node *node, const struct activation_op *op,
                              hinge_error *error)
{
    hinge_activation_info activation = {.size = sizeof activation};
    if (hinge_get_activation(node->session, 0, &activation))
        return true;
    return (op->op.flags & HINGE_OP_ELEMENTWISE && op->op.max_inputs == 1) ||
           not_elementwise(error, op, "");
}

bool activation_node_open(struct activation_node *node, const struct plugin_options *options,
                          const hinge_registry *registry, const struct activation_op *op,
                          const struct option_pairs *attributes, hinge_error *error)
{
    *node = (struct activation_node){0};
    if (op->op.min_inputs != 1 || op->op.min_outputs > 1 || op->op.max_outputs == 0) {
        char reason[80];
        snprintf(reason, sizeof reason, ": it needs %" PRIu32 " inputs", op->op.min_inputs);
        return not_elementwise(error, op, op->op.min_inputs == 1 ? "" : reason);
    }
    struct parts parts = {.attributes = calloc(attributes->n + 1, sizeof *parts.attributes),
                          .attribute_list =
                              calloc(attributes->n + 1, sizeof(Onnx__AttributeProto *))};
    bool ok = (parts.attributes && parts.attribute_list) || error_no_memory(error);
    text_append(node->title, sizeof node->title, "%s", op->op.name);
    ok = ok &&
         take_attributes(&parts, node->title, sizeof node->title, registry, op, attributes, error);
    size_t size = 0;
    if (ok) {
        node->model = pack(&parts, op, &size);
        ok = node->model || error_no_memory(error);
    }
    ok = ok && open_session(node, size, options, error) && check_elementwise(node, op, error);
    free(parts.attributes);
    free(parts.attribute_list);
    if (!ok)
        activation_node_close(node);
    return ok;
}

void activation_node_close(struct activation_node *node)
{
    hinge_context_destroy(node->context);
    hinge_close(node->session);
    free(node->model);
    *node = (struct activation_node){0};
}

bool activation_node_values(const struct activation_node *node, const float *x, float *y,
                            size_t count, hinge_error *error)
{
    int64_t dims[] = {(int64_t)count};
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 1, dims, (float *)x), output = {0};
    if (hinge_run(node->context, &input, 1, &output, 1, NULL, error))
        return false;
    if (output.type != HINGE_FLOAT || hinge_tensor_count(&output) != dims[0])
        return error_set(error, HINGE_UNSUPPORTED,
                         "%s is not an elementwise operator of one floating-point input: what "
                         "comes out is %s",
                         node->title,
                         output.type == HINGE_FLOAT ? "of another shape"
                                                    : hinge_type_text(output.type));
    memcpy(y, output.data, count * sizeof *y);
    return true;
}

const char *activation_node_plugin(const struct activation_node *node)
{
    hinge_node_info info = {.size = sizeof info};
    return hinge_get_node(node->session, 0, &info) ? info.plugin : "";
}

bool activation_node_derivatives(const struct activation_node *node, const float *x, float *y,
                                 size_t count, hinge_error *error)
{
    hinge_status status = hinge_apply_activation(node->session, 0, true, x, y, count, error);
    if (status == HINGE_UNSUPPORTED)
        return error_set(error, status, "the plugin %.80s declares no derivative of %s",
                         activation_node_plugin(node), node->title);
    return status == HINGE_OK;
}
