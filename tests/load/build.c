#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *build_memory(struct build *build, size_t size)
{
    void *memory = arena_alloc(&build->arena, size);
    if (!memory)
        abort();
    return memory;
}

char *build_text(struct build *build, const char *text)
{
    return strcpy(build_memory(build, strlen(text) + 1), text);
}

void build_append(struct build *build, size_t *n, void *array, void *item)
{
    void **old;
    memcpy(&old, array, sizeof old);
    void **longer = build_memory(build, (*n + 1) * sizeof *longer);
    if (*n)
        memcpy(longer, old, *n * sizeof *longer);
    longer[(*n)++] = item;
    memcpy(array, &longer, sizeof longer);
}

static void append_names(struct build *build, size_t *n, void *array, const char *names)
{
    while (*names) {
        size_t size = strcspn(names, ",");
        char *name = build_memory(build, size + 1);
        memcpy(name, names, size);
        build_append(build, n, array, name);
        names += size + (names[size] == ',');
    }
}

void build_begin(struct build *build)
{
    build->allocator = memory_allocator(NULL);
    build->arena = (struct arena){.allocator = &build->allocator};
    onnx__model_proto__init(&build->model);
    build->graph = build->model.graph = build_graph(build);
    build->model.has_ir_version = 1;
    build->model.ir_version = 8;
    build_opset(build, "", 17);
}

void build_free(struct build *build)
{
    arena_free(&build->arena);
}

Onnx__GraphProto *build_graph(struct build *build)
{
    Onnx__GraphProto *graph = build_memory(build, sizeof *graph);
    onnx__graph_proto__init(graph);
    graph->name = build_text(build, "g");
    return graph;
}

static Onnx__NodeProto *new_node(struct build *build, const char *op, const char *inputs,
                                 const char *outputs)
{
    Onnx__NodeProto *node = build_memory(build, sizeof *node);
    onnx__node_proto__init(node);
    node->op_type = build_text(build, op);
    append_names(build, &node->n_input, &node->input, inputs);
    append_names(build, &node->n_output, &node->output, outputs);
    return node;
}

Onnx__NodeProto *build_node(struct build *build, Onnx__GraphProto *graph, const char *op,
                            const char *inputs, const char *outputs)
{
    Onnx__NodeProto *node = new_node(build, op, inputs, outputs);
    build_append(build, &graph->n_node, &graph->node, node);
    return node;
}

static Onnx__ValueInfoProto *new_value(struct build *build, const char *name)
{
    Onnx__ValueInfoProto *info = build_memory(build, sizeof *info);
    onnx__value_info_proto__init(info);
    info->name = build_text(build, name);
    return info;
}

Onnx__ValueInfoProto *build_input(struct build *build, Onnx__GraphProto *graph, const char *name,
                                  size_t rank, const int64_t *dims)
{
    Onnx__ValueInfoProto *info = new_value(build, name);
    build_append(build, &graph->n_input, &graph->input, info);
    info->type = build_memory(build, sizeof *info->type);
    onnx__type_proto__init(info->type);
    info->type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    Onnx__TypeProto__Tensor *tensor = build_memory(build, sizeof *tensor);
    onnx__type_proto__tensor__init(tensor);
    info->type->tensor_type = tensor;
    tensor->has_elem_type = 1;
    tensor->elem_type = HINGE_FLOAT;
    tensor->shape = build_memory(build, sizeof *tensor->shape);
    onnx__tensor_shape_proto__init(tensor->shape);
    for (size_t i = 0; i < rank; i++) {
        Onnx__TensorShapeProto__Dimension *dim = build_memory(build, sizeof *dim);
        onnx__tensor_shape_proto__dimension__init(dim);
        if (dims[i] != -1) {
            dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            dim->dim_value = dims[i];
        }
        build_append(build, &tensor->shape->n_dim, &tensor->shape->dim, dim);
    }
    return info;
}

Onnx__ValueInfoProto *build_output(struct build *build, Onnx__GraphProto *graph, const char *name)
{
    Onnx__ValueInfoProto *info = new_value(build, name);
    build_append(build, &graph->n_output, &graph->output, info);
    return info;
}

Onnx__TensorProto *build_tensor(struct build *build, const char *name, int32_t type, size_t rank,
                                const int64_t *dims)
{
    Onnx__TensorProto *tensor = build_memory(build, sizeof *tensor);
    onnx__tensor_proto__init(tensor);
    tensor->name = build_text(build, name);
    tensor->has_data_type = 1;
    tensor->data_type = type;
    tensor->n_dims = rank;
    tensor->dims = build_memory(build, rank * sizeof *dims);
    if (rank)
        memcpy(tensor->dims, dims, rank * sizeof *dims);
    return tensor;
}

Onnx__TensorProto *build_initializer(struct build *build, Onnx__GraphProto *graph, const char *name,
                                     int32_t type, size_t rank, const int64_t *dims)
{
    Onnx__TensorProto *tensor = build_tensor(build, name, type, rank, dims);
    build_append(build, &graph->n_initializer, &graph->initializer, tensor);
    return tensor;
}

void build_raw(Onnx__TensorProto *tensor, const void *bytes, size_t size)
{
    tensor->has_raw_data = 1;
    tensor->raw_data.data = (uint8_t *)(uintptr_t)bytes;
    tensor->raw_data.len = size;
}

void build_external(struct build *build, Onnx__TensorProto *tensor, const char *key,
                    const char *value)
{
    Onnx__StringStringEntryProto *entry = build_memory(build, sizeof *entry);
    onnx__string_string_entry_proto__init(entry);
    entry->key = build_text(build, key);
    entry->value = build_text(build, value);
    build_append(build, &tensor->n_external_data, &tensor->external_data, entry);
    tensor->has_data_location = 1;
    tensor->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
}

Onnx__AttributeProto *build_attribute(struct build *build, Onnx__NodeProto *node, const char *name,
                                      int type)
{
    Onnx__AttributeProto *attribute = build_memory(build, sizeof *attribute);
    onnx__attribute_proto__init(attribute);
    attribute->name = build_text(build, name);
    attribute->has_type = 1;
    attribute->type = (Onnx__AttributeProto__AttributeType)type;
    build_append(build, &node->n_attribute, &node->attribute, attribute);
    return attribute;
}

static Onnx__OperatorSetIdProto *new_opset(struct build *build, const char *domain, int64_t version)
{
    Onnx__OperatorSetIdProto *opset = build_memory(build, sizeof *opset);
    onnx__operator_set_id_proto__init(opset);
    opset->domain = build_text(build, domain);
    opset->has_version = 1;
    opset->version = version;
    return opset;
}

void build_opset(struct build *build, const char *domain, int64_t version)
{
    build_append(build, &build->model.n_opset_import, &build->model.opset_import,
                 new_opset(build, domain, version));
}

Onnx__FunctionProto *build_function(struct build *build, const char *domain, const char *name,
                                    const char *inputs, const char *outputs)
{
    Onnx__FunctionProto *function = build_memory(build, sizeof *function);
    onnx__function_proto__init(function);
    function->domain = build_text(build, domain);
    function->name = build_text(build, name);
    append_names(build, &function->n_input, &function->input, inputs);
    append_names(build, &function->n_output, &function->output, outputs);
    build_append(build, &function->n_opset_import, &function->opset_import,
                 new_opset(build, "", 16));
    build_append(build, &build->model.n_functions, &build->model.functions, function);
    return function;
}

Onnx__NodeProto *build_function_node(struct build *build, Onnx__FunctionProto *function,
                                     const char *op, const char *inputs, const char *outputs)
{
    Onnx__NodeProto *node = new_node(build, op, inputs, outputs);
    build_append(build, &function->n_node, &function->node, node);
    return node;
}

uint8_t *build_pack(struct build *build, size_t *size)
{
    uint8_t *bytes = build_memory(build, onnx__model_proto__get_packed_size(&build->model));
    *size = onnx__model_proto__pack(&build->model, bytes);
    return bytes;
}

void build_write(struct build *build, const char *path)
{
    size_t size;
    uint8_t *bytes = build_pack(build, &size);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
        abort();
}

struct loaded_model *build_load(struct build *build, hinge_error *error)
{
    size_t size;
    uint8_t *bytes = build_pack(build, &size);
    struct loaded_model *model;
    /* Small, so that it can be reached. */
    const struct load_options options = {.memory_budget = (size_t)64 << 20};
    hinge_status status = load_memory(bytes, size, &options, &build->allocator, &model, error);
    if (status && error && status != error->status)
        abort();
    return model;
}

uint32_t find_index(const struct graph *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_values; i++)
        if (strcmp(graph->values[i].name, name) == 0)
            return (uint32_t)i;
    return GRAPH_NONE;
}

const struct graph_value *find_value(const struct graph *graph, const char *name)
{
    uint32_t index = find_index(graph, name);
    return index == GRAPH_NONE ? NULL : &graph->values[index];
}
