#include "tests/support/model.h"

#include "onnx.pb-c.h"

#include <hinge/plugin.h>

#include <stdlib.h>
#include <string.h>

#define MODEL_MAX_DEPTH 64
#define MODEL_MAX_OPSETS 4

struct model {
    Onnx__ModelProto proto;
    Onnx__GraphProto graph;
    Onnx__OperatorSetIdProto opsets[MODEL_MAX_OPSETS], *opset_list[MODEL_MAX_OPSETS];
    Onnx__FunctionProto *function; /* that nodes are added to; NULL: the graph */
    Onnx__NodeProto *node;         /* added last */
    struct body {                  /* graphs of attributes that are begun, innermost last */
        Onnx__GraphProto *graph;
        Onnx__NodeProto *node; /* whose attribute it is */
    } bodies[MODEL_MAX_DEPTH];
    int n_bodies;
    uint8_t *bytes;
    void **owned; /* everything else, freed together */
    size_t n_owned;
};

static void *own(struct model *model, size_t size)
{
    if ((model->n_owned & (model->n_owned - 1)) == 0)
        model->owned =
            realloc(model->owned, (model->n_owned ? 2 * model->n_owned : 1) * sizeof *model->owned);
    void *memory = calloc(1, size ? size : 1);
    if (!model->owned || !memory)
        abort();
    return model->owned[model->n_owned++] = memory;
}

static void *own_copy(struct model *model, const void *bytes, size_t size)
{
    void *copy = own(model, size);
    return size ? memcpy(copy, bytes, size) : copy;
}

static char *own_text(struct model *model, const char *text, size_t size)
{
    return memcpy(own(model, size + 1), text, size);
}

/* Appends to one of protobuf-c's repeated fields of messages or strings. */
static void append(struct model *model, size_t *n, void *list, void *item)
{
    void **items;
    memcpy(&items, list, sizeof items);
    if ((*n & (*n - 1)) == 0) { /* full: there is room for the next power of two */
        void **longer = own(model, (*n ? 2 * *n : 1) * sizeof *longer);
        if (*n)
            memcpy(longer, items, *n * sizeof *longer);
        items = longer;
        memcpy(list, &items, sizeof items);
    }
    items[(*n)++] = item;
}

void model_import_domain(struct model *model, const char *domain, int64_t version)
{
    size_t i = 0;
    while (i < model->proto.n_opset_import && strcmp(model->opsets[i].domain, domain) != 0)
        i++;
    if (i == MODEL_MAX_OPSETS)
        abort();
    if (i == model->proto.n_opset_import) {
        onnx__operator_set_id_proto__init(&model->opsets[i]);
        model->opset_list[i] = &model->opsets[i];
        model->opsets[i].domain = own_text(model, domain, strlen(domain));
        model->opsets[i].has_version = true;
        model->proto.n_opset_import++;
    }
    model->opsets[i].version = version;
}

struct model *model_create(void)
{
    struct model *model = calloc(1, sizeof *model);
    if (!model)
        abort();
    onnx__model_proto__init(&model->proto);
    onnx__graph_proto__init(&model->graph);
    model->proto.opset_import = model->opset_list;
    model_import_domain(model, "", 13);
    model_import_domain(model, "test.plugins", 1);
    model->proto.has_ir_version = true;
    model->proto.ir_version = 8;
    model->proto.graph = &model->graph;
    model->graph.name = (char *)(uintptr_t) "test";
    return model;
}

void model_import(struct model *model, int64_t opset)
{
    model->opsets[0].version = opset;
}

void model_destroy(struct model *model)
{
    for (size_t i = 0; i < model->n_owned; i++)
        free(model->owned[i]);
    free(model->owned);
    free(model->bytes);
    free(model);
}

/* The graph that values are added to. */
static Onnx__GraphProto *current_graph(struct model *model)
{
    return model->n_bodies ? model->bodies[model->n_bodies - 1].graph : &model->graph;
}

static Onnx__TensorShapeProto *shape_proto(struct model *model, int rank, const int64_t *dims)
{
    Onnx__TensorShapeProto *shape = own(model, sizeof *shape);
    onnx__tensor_shape_proto__init(shape);
    for (int d = 0; d < rank; d++) {
        Onnx__TensorShapeProto__Dimension *dim = own(model, sizeof *dim);
        onnx__tensor_shape_proto__dimension__init(dim);
        if (dims[d] < 0) {
            dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            dim->dim_param = own_text(model, "n", 1);
        } else {
            dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            dim->dim_value = dims[d];
        }
        append(model, &shape->n_dim, &shape->dim, dim);
    }
    return shape;
}

static Onnx__TypeProto *type_proto(struct model *model, hinge_type_code code, int rank,
                                   const int64_t *dims)
{
    Onnx__TypeProto *proto = own(model, sizeof *proto);
    onnx__type_proto__init(proto);
    if ((code & 0xff) == HINGE_SEQUENCE) {
        Onnx__TypeProto__Sequence *sequence = own(model, sizeof *sequence);
        onnx__type_proto__sequence__init(sequence);
        sequence->elem_type = type_proto(model, hinge_element_code(code), rank, dims);
        proto->value_case = ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE;
        proto->sequence_type = sequence;
    } else if ((code & 0xff) == HINGE_OPTIONAL) {
        Onnx__TypeProto__Optional *optional = own(model, sizeof *optional);
        onnx__type_proto__optional__init(optional);
        optional->elem_type = type_proto(model, hinge_element_code(code), rank, dims);
        proto->value_case = ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE;
        proto->optional_type = optional;
    } else {
        Onnx__TypeProto__Tensor *tensor = own(model, sizeof *tensor);
        onnx__type_proto__tensor__init(tensor);
        tensor->has_elem_type = true;
        tensor->elem_type = (int32_t)code;
        tensor->shape = rank < 0 ? NULL : shape_proto(model, rank, dims);
        proto->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
        proto->tensor_type = tensor;
    }
    return proto;
}

static Onnx__ValueInfoProto *value_info(struct model *model, const char *name, hinge_type_code code,
                                        int rank, const int64_t *dims)
{
    Onnx__ValueInfoProto *info = own(model, sizeof *info);
    onnx__value_info_proto__init(info);
    info->name = own_text(model, name, strlen(name));
    info->type = code ? type_proto(model, code, rank, dims) : NULL;
    return info;
}

void model_input(struct model *model, const char *name, hinge_type_code type, int rank,
                 const int64_t *dims)
{
    Onnx__GraphProto *graph = current_graph(model);
    append(model, &graph->n_input, &graph->input, value_info(model, name, type, rank, dims));
}

void model_output(struct model *model, const char *name, hinge_type_code type, int rank,
                  const int64_t *dims)
{
    Onnx__GraphProto *graph = current_graph(model);
    append(model, &graph->n_output, &graph->output, value_info(model, name, type, rank, dims));
}

static Onnx__TensorProto *initializer(struct model *model, const char *name, hinge_type type,
                                      int rank, const int64_t *dims)
{
    Onnx__GraphProto *graph = current_graph(model);
    Onnx__TensorProto *tensor = own(model, sizeof *tensor);
    onnx__tensor_proto__init(tensor);
    tensor->name = own_text(model, name, strlen(name));
    tensor->has_data_type = true;
    tensor->data_type = (int32_t)type;
    tensor->n_dims = (size_t)rank;
    tensor->dims = own_copy(model, dims, (size_t)rank * sizeof *dims);
    append(model, &graph->n_initializer, &graph->initializer, tensor);
    return tensor;
}

static size_t count_of(int rank, const int64_t *dims)
{
    size_t count = 1;
    for (int d = 0; d < rank; d++)
        count *= (size_t)dims[d];
    return count;
}

static void raw_initializer(struct model *model, const char *name, hinge_type type, int rank,
                            const int64_t *dims, const void *values, size_t element_size)
{
    Onnx__TensorProto *tensor = initializer(model, name, type, rank, dims);
    size_t size = count_of(rank, dims) * element_size;
    tensor->has_raw_data = true;
    tensor->raw_data = (ProtobufCBinaryData){size, own_copy(model, values, size)};
}

void model_floats(struct model *model, const char *name, int rank, const int64_t *dims,
                  const float *values)
{
    raw_initializer(model, name, HINGE_FLOAT, rank, dims, values, sizeof *values);
}

void model_ints(struct model *model, const char *name, int rank, const int64_t *dims,
                const int64_t *values)
{
    raw_initializer(model, name, HINGE_INT64, rank, dims, values, sizeof *values);
}

void model_bools(struct model *model, const char *name, int rank, const int64_t *dims,
                 const uint8_t *values)
{
    raw_initializer(model, name, HINGE_BOOL, rank, dims, values, sizeof *values);
}

void model_strings(struct model *model, const char *name, int rank, const int64_t *dims,
                   const char *const *values)
{
    Onnx__TensorProto *tensor = initializer(model, name, HINGE_STRING, rank, dims);
    tensor->n_string_data = count_of(rank, dims);
    tensor->string_data = own(model, tensor->n_string_data * sizeof *tensor->string_data);
    for (size_t i = 0; i < tensor->n_string_data; i++)
        tensor->string_data[i] = (ProtobufCBinaryData){
            strlen(values[i]), (uint8_t *)own_text(model, values[i], strlen(values[i]))};
}

static void append_names(struct model *model, size_t *n, char ***list, const char *names)
{
    while (*names) {
        size_t size = strcspn(names, " ");
        bool left_out = size == 1 && *names == '-';
        append(model, n, list, own_text(model, names, left_out ? 0 : size));
        names += size + (names[size] == ' ');
    }
}

void model_node(struct model *model, const char *domain, const char *op, const char *inputs,
                const char *outputs)
{
    Onnx__NodeProto *node = own(model, sizeof *node);
    onnx__node_proto__init(node);
    node->op_type = own_text(model, op, strlen(op));
    node->domain = own_text(model, domain, strlen(domain));
    append_names(model, &node->n_input, &node->input, inputs);
    append_names(model, &node->n_output, &node->output, outputs);
    if (node->n_output)
        node->name = own_text(model, node->output[0], strlen(node->output[0]));
    model->node = node;
    if (model->function && !model->n_bodies)
        append(model, &model->function->n_node, &model->function->node, node);
    else
        append(model, &current_graph(model)->n_node, &current_graph(model)->node, node);
}

static Onnx__AttributeProto *new_attribute(struct model *model, const char *name,
                                           Onnx__AttributeProto__AttributeType type)
{
    Onnx__AttributeProto *proto = own(model, sizeof *proto);
    onnx__attribute_proto__init(proto);
    proto->name = own_text(model, name, strlen(name));
    proto->has_type = true;
    proto->type = type;
    return proto;
}

static Onnx__AttributeProto *attribute(struct model *model, const char *name,
                                       Onnx__AttributeProto__AttributeType type)
{
    Onnx__AttributeProto *proto = new_attribute(model, name, type);
    append(model, &model->node->n_attribute, &model->node->attribute, proto);
    return proto;
}

void model_attribute_reference(struct model *model, const char *name, const char *reference)
{
    attribute(model, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT)->ref_attr_name =
        own_text(model, reference, strlen(reference));
}

void model_attribute_type(struct model *model, const char *name, hinge_type_code type)
{
    attribute(model, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TYPE_PROTO)->tp =
        type_proto(model, type, -1, NULL);
}

void model_attribute_zero(struct model *model, const char *name, hinge_type type)
{
    static const uint8_t zero[16];
    Onnx__TensorProto *tensor = own(model, sizeof *tensor);
    onnx__tensor_proto__init(tensor);
    tensor->has_data_type = tensor->has_raw_data = true;
    tensor->data_type = (int32_t)type;
    tensor->raw_data.data = own_copy(model, zero, sizeof zero);
    tensor->raw_data.len = hinge_size(type, 1);
    attribute(model, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR)->t = tensor;
}

void model_begin_graph(struct model *model, const char *name)
{
    Onnx__GraphProto *graph = own(model, sizeof *graph);
    if (model->n_bodies == MODEL_MAX_DEPTH)
        abort();
    onnx__graph_proto__init(graph);
    graph->name = own_text(model, name, strlen(name));
    attribute(model, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH)->g = graph;
    model->bodies[model->n_bodies++] = (struct body){graph, model->node};
}

void model_end_graph(struct model *model)
{
    model->node = model->bodies[--model->n_bodies].node;
}

void model_begin_function(struct model *model, const char *name, const char *inputs,
                          const char *outputs, const char *attributes, const char *defaulted,
                          float alpha)
{
    Onnx__FunctionProto *function = own(model, sizeof *function);
    onnx__function_proto__init(function);
    function->name = own_text(model, name, strlen(name));
    model_import_domain(model, "test.functions", 1);
    function->domain = own_text(model, "test.functions", strlen("test.functions"));
    function->opset_import = model->opset_list;
    function->n_opset_import = model->proto.n_opset_import;
    append_names(model, &function->n_input, &function->input, inputs);
    append_names(model, &function->n_output, &function->output, outputs);
    append_names(model, &function->n_attribute, &function->attribute, attributes);
    char **names = NULL;
    size_t n_names = 0;
    append_names(model, &n_names, &names, defaulted);
    for (size_t i = 0; i < n_names; i++) {
        Onnx__AttributeProto *proto =
            new_attribute(model, names[i], ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
        proto->has_f = true;
        proto->f = alpha;
        append(model, &function->n_attribute_proto, &function->attribute_proto, proto);
    }
    append(model, &model->proto.n_functions, &model->proto.functions, function);
    model->function = function;
}

void model_end_function(struct model *model)
{
    model->function = NULL;
}

void model_attribute_int(struct model *model, const char *name, int64_t value)
{
    Onnx__AttributeProto *proto =
        attribute(model, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    proto->has_i = true;
    proto->i = value;
}

void model_attribute_float(struct model *model, const char *name, float value)
{
    Onnx__AttributeProto *proto =
        attribute(model, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    proto->has_f = true;
    proto->f = value;
}

void model_attribute_string(struct model *model, const char *name, const char *value)
{
    Onnx__AttributeProto *proto =
        attribute(model, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
    proto->has_s = true;
    proto->s.len = strlen(value);
    proto->s.data = (uint8_t *)own_text(model, value, proto->s.len);
}

void model_attribute_strings(struct model *model, const char *name, const char *values)
{
    Onnx__AttributeProto *proto =
        attribute(model, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS);
    char **texts = NULL;
    append_names(model, &proto->n_strings, &texts, values);
    proto->strings = own(model, proto->n_strings * sizeof *proto->strings);
    for (size_t i = 0; i < proto->n_strings; i++)
        proto->strings[i] =
            (ProtobufCBinaryData){.len = strlen(texts[i]), .data = (uint8_t *)texts[i]};
}

void model_attribute_ints(struct model *model, const char *name, size_t count,
                          const int64_t *values)
{
    Onnx__AttributeProto *proto =
        attribute(model, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    proto->n_ints = count;
    proto->ints = own_copy(model, values, count * sizeof *values);
}

const void *model_bytes(struct model *model, size_t *size)
{
    *size = onnx__model_proto__get_packed_size(&model->proto);
    free(model->bytes);
    model->bytes = malloc(*size);
    if (!model->bytes)
        abort();
    onnx__model_proto__pack(&model->proto, model->bytes);
    return model->bytes;
}
