/* Attributes: one of many fields of a message, told by its type, into one of a union. */
#include "load/parts.h"

#include <string.h>

/* Field numbers of AttributeProto. */
enum { FLOATS = 7, INTS = 8 };

/* Which kinds of values are there, one bit for each attribute type. */
static unsigned kinds_of(const struct load *load, const Onnx__AttributeProto *proto)
{
    unsigned kinds = (unsigned)(proto->has_f != 0) << HINGE_ATTR_FLOAT |
                     (unsigned)(proto->has_i != 0) << HINGE_ATTR_INT |
                     (unsigned)(proto->has_s != 0) << HINGE_ATTR_STRING |
                     (unsigned)(proto->t != NULL) << HINGE_ATTR_TENSOR |
                     (unsigned)(proto->g != NULL) << HINGE_ATTR_GRAPH |
                     (unsigned)(proto->sparse_tensor != NULL) << HINGE_ATTR_SPARSE_TENSOR |
                     (unsigned)(proto->tp != NULL) << HINGE_ATTR_TYPE_PROTO |
                     (unsigned)(proto->n_strings != 0) << HINGE_ATTR_STRINGS |
                     (unsigned)(proto->n_tensors != 0) << HINGE_ATTR_TENSORS |
                     (unsigned)(proto->n_graphs != 0) << HINGE_ATTR_GRAPHS |
                     (unsigned)(proto->n_sparse_tensors != 0) << HINGE_ATTR_SPARSE_TENSORS |
                     (unsigned)(proto->n_type_protos != 0) << HINGE_ATTR_TYPE_PROTOS;
    const struct wire_payload *payload;
    for (size_t i = 0; (payload = wire_payload_of(&load->stripped, &proto->base, i)); i++)
        kinds |= payload->field == FLOATS ? 1u << HINGE_ATTR_FLOATS : 1u << HINGE_ATTR_INTS;
    return kinds;
}

/* The declared type or, where a model of old declares none, that of the one value that is there. */
static hinge_status find_type(struct load *load, const Onnx__AttributeProto *proto,
                              enum hinge_attribute_type *type)
{
    unsigned kinds = kinds_of(load, proto);
    int declared = (int)proto->type;
    for (int i = HINGE_ATTR_FLOAT; declared == HINGE_ATTR_NONE && i <= HINGE_ATTR_TYPE_PROTOS; i++)
        if (kinds == 1u << i)
            declared = i;
    if (declared == HINGE_ATTR_NONE)
        return status_fail(load->error, HINGE_BAD_MODEL, "has no type");
    if (declared < 0 || declared > HINGE_ATTR_TYPE_PROTOS)
        return status_fail(load->error, HINGE_BAD_MODEL, "has unknown type %d", declared);
    if (kinds & ~(1u << declared))
        return status_fail(load->error, HINGE_BAD_MODEL, "has a value that is not of its type");
    *type = (enum hinge_attribute_type)declared;
    return HINGE_OK;
}

/* floats or ints, element by element into the arena. */
static hinge_status load_numbers(struct load_scope *scope, const Onnx__AttributeProto *proto,
                                 struct hinge_attribute *value)
{
    const struct load *load = scope->load;
    bool is_float = value->type == HINGE_ATTR_FLOATS;
    size_t width = is_float ? sizeof(float) : 0, count;
    const struct wire_payload *payload;
    for (size_t i = 0; (payload = wire_payload_of(&load->stripped, &proto->base, i)); i++) {
        if (!wire_count(payload, width, &count))
            return status_fail(load->error, HINGE_BAD_FORMAT,
                               "has a list that ends within a number");
        value->count += count;
    }
    float *floats = NULL;
    int64_t *ints = NULL;
    if (is_float)
        value->floats = floats = arena_array(&scope->graph->arena, value->count, sizeof *floats);
    else
        value->ints = ints = arena_array(&scope->graph->arena, value->count, sizeof *ints);
    if (!floats && !ints)
        return status_no_memory(load->error);
    for (size_t i = 0; (payload = wire_payload_of(&load->stripped, &proto->base, i)); i++) {
        (void)wire_count(payload, width, &count);
        if (is_float) {
            wire_copy_fixed(payload, width, floats);
            floats += count;
            continue;
        }
        struct wire_reader reader = wire_begin(payload);
        for (size_t j = 0; j < count; j++)
            *ints++ = (int64_t)wire_next(payload, &reader);
    }
    return HINGE_OK;
}

static bool copy_string(struct arena *arena, ProtobufCBinaryData bytes, hinge_string *string)
{
    string->bytes = arena_string(arena, (const char *)bytes.data, bytes.len);
    string->size = bytes.len;
    return string->bytes != NULL;
}

static hinge_status load_strings(struct load_scope *scope, const Onnx__AttributeProto *proto,
                                 struct hinge_attribute *value)
{
    struct arena *arena = &scope->graph->arena;
    hinge_string *strings = arena_array(arena, proto->n_strings, sizeof *strings);
    value->strings = strings;
    value->count = proto->n_strings;
    bool ok = strings != NULL;
    for (size_t i = 0; ok && i < proto->n_strings; i++)
        ok = copy_string(arena, proto->strings[i], &strings[i]);
    return ok ? HINGE_OK : status_no_memory(scope->load->error);
}

/* One tensor or a list of them, dense or sparse; sparse ones come out dense, as tensors. */
static hinge_status load_tensors(struct load_scope *scope, const Onnx__AttributeProto *proto,
                                 struct hinge_attribute *value)
{
    struct load *load = scope->load;
    struct arena *arena = &scope->graph->arena;
    bool is_list = value->type == HINGE_ATTR_TENSORS || value->type == HINGE_ATTR_SPARSE_TENSORS;
    bool is_sparse =
        value->type == HINGE_ATTR_SPARSE_TENSOR || value->type == HINGE_ATTR_SPARSE_TENSORS;
    Onnx__TensorProto *const *dense = is_list ? proto->tensors : &proto->t;
    Onnx__SparseTensorProto *const *sparse =
        is_list ? proto->sparse_tensors : &proto->sparse_tensor;
    size_t count = is_list ? (is_sparse ? proto->n_sparse_tensors : proto->n_tensors) : 1;

    hinge_tensor *tensors = arena_array(arena, count, sizeof *tensors);
    if (!tensors)
        return status_no_memory(load->error);
    for (size_t i = 0; i < count; i++) {
        enum graph_storage storage;
        if (is_sparse ? !sparse[i] : !dense[i])
            return status_fail(load->error, HINGE_BAD_MODEL, "has no value");
        hinge_status status = is_sparse ? load_sparse_tensor(load, sparse[i], arena, &tensors[i])
                                        : load_tensor(load, dense[i], arena, &tensors[i], &storage);
        if (status)
            return status;
    }
    value->tensor = tensors;
    value->count = is_list ? count : 0;
    return HINGE_OK;
}

/* One type or a list of them. */
static hinge_status load_types(struct load_scope *scope, const Onnx__AttributeProto *proto,
                               struct hinge_attribute *value)
{
    bool is_list = value->type == HINGE_ATTR_TYPE_PROTOS;
    Onnx__TypeProto *const *protos = is_list ? proto->type_protos : &proto->tp;
    size_t count = is_list ? proto->n_type_protos : 1;
    hinge_type_code *codes = arena_array(&scope->graph->arena, count, sizeof *codes);
    if (!codes)
        return status_no_memory(scope->load->error);
    if (!is_list && !proto->tp)
        return status_fail(scope->load->error, HINGE_BAD_MODEL, "has no value");
    hinge_status status = HINGE_OK;
    for (size_t i = 0; !status && i < count; i++)
        status = load_type_code(scope->load, protos[i], &codes[i]);
    value->type_codes = codes;
    value->count = count;
    return status;
}

static hinge_status load_subgraph(struct load_scope *scope, const Onnx__GraphProto *proto,
                                  struct graph **graph)
{
    struct load *load = scope->load;
    if (!proto)
        return status_fail(load->error, HINGE_BAD_MODEL, "has no value");
    hinge_status status = graph_create(load->allocator, graph);
    if (status)
        return status_no_memory(load->error);
    (*graph)->parent = scope->graph;
    struct load_scope inner = {.load = load,
                               .parent = scope,
                               .graph = *graph,
                               .names = {.allocator = load->allocator},
                               .opsets = scope->opsets,
                               .n_opsets = scope->n_opsets,
                               .in_function = scope->in_function};
    status = load_graph_body(&inner, proto);
    names_free(&inner.names);
    if (status) {
        graph_destroy(*graph);
        *graph = NULL;
    }
    return status;
}

static hinge_status load_value(struct load_scope *scope, const Onnx__AttributeProto *proto,
                               struct graph_attribute *attribute)
{
    struct hinge_attribute *value = &attribute->value;
    switch (value->type) {
    case HINGE_ATTR_FLOAT: value->f = proto->f; return HINGE_OK;
    case HINGE_ATTR_INT: value->i = proto->i; return HINGE_OK;
    case HINGE_ATTR_STRING:
        return copy_string(&scope->graph->arena, proto->s, &value->s)
                   ? HINGE_OK
                   : status_no_memory(scope->load->error);
    case HINGE_ATTR_FLOATS:
    case HINGE_ATTR_INTS: return load_numbers(scope, proto, value);
    case HINGE_ATTR_STRINGS: return load_strings(scope, proto, value);
    case HINGE_ATTR_TENSOR:
    case HINGE_ATTR_TENSORS:
    case HINGE_ATTR_SPARSE_TENSOR:
    case HINGE_ATTR_SPARSE_TENSORS: return load_tensors(scope, proto, value);
    case HINGE_ATTR_GRAPH: return load_subgraph(scope, proto->g, &attribute->graph);
    case HINGE_ATTR_TYPE_PROTO:
    case HINGE_ATTR_TYPE_PROTOS: return load_types(scope, proto, value);
    default: return status_fail(scope->load->error, HINGE_UNSUPPORTED, "is a list of graphs");
    }
}

hinge_status load_attribute(struct load_scope *scope, const Onnx__AttributeProto *proto,
                            struct graph_attribute *attribute)
{
    struct load *load = scope->load;
    struct arena *arena = &scope->graph->arena;
    if (!proto->name || proto->name[0] == '\0')
        return status_fail(load->error, HINGE_BAD_MODEL, "an attribute has no name");
    attribute->name = arena_string(arena, proto->name, strlen(proto->name));
    if (!attribute->name)
        return status_no_memory(load->error);
    attribute->value.present = true;

    hinge_status status = HINGE_OK;
    if (proto->ref_attr_name && proto->ref_attr_name[0]) {
        attribute->value.type = (enum hinge_attribute_type)proto->type;
        attribute->reference =
            arena_string(arena, proto->ref_attr_name, strlen(proto->ref_attr_name));
        if (!attribute->reference)
            return status_no_memory(load->error);
        if (!scope->in_function)
            status = status_fail(load->error, HINGE_BAD_MODEL,
                                 "refers to attribute \"%.100s\" of a function, outside of one",
                                 proto->ref_attr_name);
    } else {
        status = find_type(load, proto, &attribute->value.type);
        if (!status)
            status = load_value(scope, proto, attribute);
    }
    if (status && load->error && !load->error->node[0])
        status_prefix(load->error, "attribute \"%.100s\"", proto->name);
    return status;
}
