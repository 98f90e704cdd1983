/* Values of any kind to serialized messages: the writing half of value.h. The messages point to the
 * value's data, so that these are copied once, by the packing. */
#include "base/status.h"
#include "load/files.h"
#include "onnx-data.pb-c.h"

#include <hinge/plugin.h>
#include <hinge/value.h>

#include <string.h>

struct writer {
    hinge_error *error;
    struct arena *arena;
};

static hinge_status bad(const struct writer *writer, const char *what)
{
    return status_fail(writer->error, HINGE_BAD_ARGUMENT, "the value %s", what);
}

/* Checks what can be checked of a tensor, and finds its number of elements and bytes. */
static hinge_status measure(const struct writer *writer, const hinge_tensor *tensor, size_t *count,
                            size_t *size)
{
    size_t bits = hinge_type_bits(tensor->type);
    if (!bits)
        return bad(writer, "has an unknown element type");
    if (tensor->rank < 0 || tensor->rank > HINGE_MAX_RANK)
        return bad(writer, "has no rank or one that is too large");
    *count = 1;
    for (int32_t i = 0; i < tensor->rank; i++)
        if (tensor->dims[i] < 0 || !memory_multiply(*count, (size_t)tensor->dims[i], count))
            return bad(writer, "has a dimension that is unknown or too large");
    if (*count > PTRDIFF_MAX / 16)
        return bad(writer, "has a dimension that is unknown or too large");
    *size = hinge_size(tensor->type, (int64_t)*count);
    return tensor->data || !*size ? HINGE_OK : bad(writer, "has no data");
}

static hinge_status fill_tensor(const struct writer *writer, const hinge_tensor *tensor,
                                Onnx__TensorProto *proto)
{
    size_t count = 0, size = 0;
    onnx__tensor_proto__init(proto);
    hinge_status status = measure(writer, tensor, &count, &size);
    if (status)
        return status;
    proto->has_data_type = 1;
    proto->data_type = (int32_t)tensor->type;
    proto->n_dims = (size_t)tensor->rank;
    proto->dims = (int64_t *)(uintptr_t)tensor->dims;
    if (tensor->type != HINGE_STRING) {
        proto->has_raw_data = 1;
        proto->raw_data = (ProtobufCBinaryData){size, tensor->data};
        return HINGE_OK;
    }
    const hinge_string *strings = tensor->data;
    proto->string_data = arena_array(writer->arena, count, sizeof *proto->string_data);
    if (!proto->string_data)
        return status_no_memory(writer->error);
    proto->n_string_data = count;
    for (size_t i = 0; i < count; i++)
        proto->string_data[i] =
            (ProtobufCBinaryData){strings[i].size, (uint8_t *)(uintptr_t)strings[i].bytes};
    return HINGE_OK;
}

static hinge_status check_elements(const struct writer *writer, const hinge_tensor *value)
{
    bool has_dims = value->type == HINGE_SPARSE || value->rank == 1;
    if (!has_dims || hinge_n_elements(value) < 0)
        return bad(writer, "holds values, but does not say how many");
    return value->data || !hinge_n_elements(value) ? HINGE_OK : bad(writer, "has no elements");
}

static hinge_status fill_sparse(const struct writer *writer, const hinge_tensor *value,
                                Onnx__SparseTensorProto *proto)
{
    onnx__sparse_tensor_proto__init(proto);
    if (value->rank < 0 || value->rank > HINGE_MAX_RANK)
        return bad(writer, "has no rank or one that is too large");
    proto->n_dims = (size_t)value->rank;
    proto->dims = (int64_t *)(uintptr_t)value->dims;
    proto->values = arena_alloc(writer->arena, sizeof *proto->values);
    proto->indices = arena_alloc(writer->arena, sizeof *proto->indices);
    if (!proto->values || !proto->indices)
        return status_no_memory(writer->error);
    const hinge_status status = fill_tensor(writer, hinge_element(value, 0), proto->values);
    return status ? status : fill_tensor(writer, hinge_element(value, 1), proto->indices);
}

/* A message of the kind that value is of. type, from this level on, is for what has no elements. */
static hinge_status make_any(const struct writer *writer, const hinge_tensor *value,
                             hinge_type_code type, unsigned level, ProtobufCMessage **message);

static int32_t kind_of(hinge_type type)
{
    switch ((int)type) {
    case HINGE_NO_TYPE: return ONNX__SEQUENCE_PROTO__DATA_TYPE__UNDEFINED;
    case HINGE_SPARSE: return ONNX__SEQUENCE_PROTO__DATA_TYPE__SPARSE_TENSOR;
    case HINGE_SEQUENCE: return ONNX__SEQUENCE_PROTO__DATA_TYPE__SEQUENCE;
    case HINGE_MAP: return ONNX__SEQUENCE_PROTO__DATA_TYPE__MAP;
    case HINGE_OPTIONAL: return ONNX__SEQUENCE_PROTO__DATA_TYPE__OPTIONAL;
    default: return ONNX__SEQUENCE_PROTO__DATA_TYPE__TENSOR;
    }
}

static hinge_status fill_sequence(const struct writer *writer, const hinge_tensor *value,
                                  hinge_type_code type, unsigned level, Onnx__SequenceProto *proto)
{
    onnx__sequence_proto__init(proto);
    hinge_status status = HINGE_OK;
    size_t count = (size_t)hinge_n_elements(value);
    hinge_type held = count ? hinge_element(value, 0)->type : (hinge_type)(type >> 8 & 255);
    ProtobufCMessage **elements = arena_array(writer->arena, count, sizeof *elements);
    if (!elements)
        return status_no_memory(writer->error);
    for (size_t i = 0; !status && i < count; i++) {
        if (hinge_element(value, (int64_t)i)->type != held)
            return bad(writer, "is a sequence of elements of several types");
        status =
            make_any(writer, hinge_element(value, (int64_t)i), type >> 8, level + 1, &elements[i]);
    }
    proto->has_elem_type = 1;
    proto->elem_type = kind_of(held);
    void *list = elements;
    switch (proto->elem_type) {
    case ONNX__SEQUENCE_PROTO__DATA_TYPE__UNDEFINED: break;
    case ONNX__SEQUENCE_PROTO__DATA_TYPE__SPARSE_TENSOR:
        proto->n_sparse_tensor_values = count, proto->sparse_tensor_values = list;
        break;
    case ONNX__SEQUENCE_PROTO__DATA_TYPE__SEQUENCE:
        proto->n_sequence_values = count, proto->sequence_values = list;
        break;
    case ONNX__SEQUENCE_PROTO__DATA_TYPE__MAP:
        proto->n_map_values = count, proto->map_values = list;
        break;
    case ONNX__SEQUENCE_PROTO__DATA_TYPE__OPTIONAL:
        proto->n_optional_values = count, proto->optional_values = list;
        break;
    default: proto->n_tensor_values = count, proto->tensor_values = list;
    }
    return status;
}

static hinge_status fill_optional(const struct writer *writer, const hinge_tensor *value,
                                  hinge_type_code type, unsigned level, Onnx__OptionalProto *proto)
{
    onnx__optional_proto__init(proto);
    hinge_status status = HINGE_OK;
    if (hinge_n_elements(value) > 1)
        return bad(writer, "is an optional of more than one element");
    bool is_there = hinge_n_elements(value) == 1;
    ProtobufCMessage *element = NULL;
    if (is_there)
        status = make_any(writer, hinge_element(value, 0), type >> 8, level + 1, &element);
    void *any = element;
    proto->has_elem_type = 1;
    proto->elem_type =
        kind_of(is_there ? hinge_element(value, 0)->type : (hinge_type)(type >> 8 & 255));
    switch (proto->elem_type) {
    case ONNX__OPTIONAL_PROTO__DATA_TYPE__UNDEFINED: break;
    case ONNX__OPTIONAL_PROTO__DATA_TYPE__SPARSE_TENSOR: proto->sparse_tensor_value = any; break;
    case ONNX__OPTIONAL_PROTO__DATA_TYPE__SEQUENCE: proto->sequence_value = any; break;
    case ONNX__OPTIONAL_PROTO__DATA_TYPE__MAP: proto->map_value = any; break;
    case ONNX__OPTIONAL_PROTO__DATA_TYPE__OPTIONAL: proto->optional_value = any; break;
    default: proto->tensor_value = any;
    }
    return status;
}

static int64_t key_at(const hinge_tensor *keys, size_t index)
{
    switch ((int)keys->type) {
    case HINGE_INT8: return ((const int8_t *)keys->data)[index];
    case HINGE_UINT8: return ((const uint8_t *)keys->data)[index];
    case HINGE_INT16: return ((const int16_t *)keys->data)[index];
    case HINGE_UINT16: return ((const uint16_t *)keys->data)[index];
    case HINGE_INT32: return ((const int32_t *)keys->data)[index];
    case HINGE_UINT32: return ((const uint32_t *)keys->data)[index];
    default: return ((const int64_t *)keys->data)[index];
    }
}

static hinge_status fill_keys(const struct writer *writer, const hinge_tensor *keys,
                              Onnx__MapProto *proto)
{
    proto->has_key_type = 1;
    proto->key_type = (int32_t)keys->type;
    if (keys->type == HINGE_STRING) {
        Onnx__TensorProto *strings = arena_alloc(writer->arena, sizeof *strings);
        if (!strings)
            return status_no_memory(writer->error);
        hinge_status status = fill_tensor(writer, keys, strings);
        proto->n_string_keys = strings->n_string_data;
        proto->string_keys = strings->string_data;
        return status;
    }
    size_t count = (size_t)keys->dims[0];
    proto->keys = arena_array(writer->arena, count, sizeof *proto->keys);
    if (!proto->keys)
        return status_no_memory(writer->error);
    proto->n_keys = count;
    for (size_t i = 0; i < count; i++)
        proto->keys[i] = key_at(keys, i);
    return HINGE_OK;
}

static bool is_key_type(hinge_type type)
{
    switch ((int)type) {
    case HINGE_INT8:
    case HINGE_UINT8:
    case HINGE_INT16:
    case HINGE_UINT16:
    case HINGE_INT32:
    case HINGE_UINT32:
    case HINGE_INT64:
    case HINGE_UINT64:
    case HINGE_STRING: return true;
    default: return false;
    }
}

/* The values of a map that are one tensor, as a sequence of tensors of one element. */
static hinge_status split_scalars(const struct writer *writer, const hinge_tensor *values,
                                  hinge_tensor *sequence)
{
    size_t count = 0, size = 0, width = hinge_type_bits(values->type) / 8;
    hinge_status status = measure(writer, values, &count, &size);
    if (status)
        return status;
    if (values->rank != 1 || !width)
        return bad(writer, "is a map whose values are no list of whole bytes");
    hinge_tensor *scalars = arena_array(writer->arena, count, sizeof *scalars);
    if (!scalars)
        return status_no_memory(writer->error);
    for (size_t i = 0; i < count; i++) {
        scalars[i].type = values->type;
        scalars[i].data = (uint8_t *)values->data + i * width;
    }
    *sequence = (hinge_tensor){HINGE_SEQUENCE, 1, {(int64_t)count}, scalars};
    return HINGE_OK;
}

static hinge_status fill_map(const struct writer *writer, const hinge_tensor *value,
                             hinge_type_code type, unsigned level, Onnx__MapProto *proto)
{
    onnx__map_proto__init(proto);
    const hinge_tensor *keys = hinge_element(value, 0);
    hinge_tensor values = *hinge_element(value, 1);
    size_t count = 0, size = 0;
    hinge_type_code of_sequence = HINGE_SEQUENCE | type >> 16 << 8;
    hinge_status status = measure(writer, keys, &count, &size);
    if (status)
        return status;
    if (!is_key_type(keys->type) || keys->rank != 1)
        return bad(writer, "is a map whose keys are no list of integers or strings");
    if (values.type != HINGE_SEQUENCE) {
        of_sequence = HINGE_SEQUENCE | (hinge_type_code)values.type << 8;
        status = split_scalars(writer, hinge_element(value, 1), &values);
    } else {
        status = check_elements(writer, &values);
    }
    if (!status && values.dims[0] != keys->dims[0])
        status = bad(writer, "is a map with another number of keys than of values");
    if (!status)
        status = fill_keys(writer, keys, proto);
    proto->values = arena_alloc(writer->arena, sizeof *proto->values);
    if (!status && !proto->values)
        status = status_no_memory(writer->error);
    return status ? status : fill_sequence(writer, &values, of_sequence, level + 1, proto->values);
}

static hinge_status make_any(const struct writer *writer, const hinge_tensor *value,
                             hinge_type_code type, unsigned level, ProtobufCMessage **message)
{
    union {
        ProtobufCMessage base;
        Onnx__TensorProto tensor;
        Onnx__SparseTensorProto sparse;
        Onnx__SequenceProto sequence;
        Onnx__MapProto map;
        Onnx__OptionalProto optional;
    } *any = arena_alloc(writer->arena, sizeof *any);
    if (!any)
        return status_no_memory(writer->error);
    if (level >= HINGE_MAX_TYPE_LEVELS)
        return bad(writer, "has too many levels");
    *message = &any->base;
    const hinge_status status =
        hinge_is_container(value->type) ? check_elements(writer, value) : HINGE_OK;
    if (status)
        return status;
    switch ((int)value->type) {
    case HINGE_SPARSE: return fill_sparse(writer, value, &any->sparse);
    case HINGE_SEQUENCE: return fill_sequence(writer, value, type, level, &any->sequence);
    case HINGE_MAP: return fill_map(writer, value, type, level, &any->map);
    case HINGE_OPTIONAL: return fill_optional(writer, value, type, level, &any->optional);
    default: return fill_tensor(writer, value, &any->tensor);
    }
}

static void set_name(ProtobufCMessage *message, const char *name)
{
    void *any = message;
    char *text = (char *)(uintptr_t)name;
    if (message->descriptor == &onnx__sequence_proto__descriptor)
        ((Onnx__SequenceProto *)any)->name = text;
    else if (message->descriptor == &onnx__map_proto__descriptor)
        ((Onnx__MapProto *)any)->name = text;
    else if (message->descriptor == &onnx__optional_proto__descriptor)
        ((Onnx__OptionalProto *)any)->name = text;
    else if (message->descriptor == &onnx__sparse_tensor_proto__descriptor)
        ((Onnx__SparseTensorProto *)any)->values->name = text;
    else
        ((Onnx__TensorProto *)any)->name = text;
}

static hinge_status pack(const struct writer *writer, const ProtobufCMessage *message,
                         const char *path)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    if (size > INT32_MAX)
        return status_fail(writer->error, HINGE_LIMIT,
                           "the value takes %zu bytes; a message can have 2 GiB", size);
    uint8_t *bytes = memory_alloc(writer->arena->allocator, size);
    if (!bytes)
        return status_no_memory(writer->error);
    (void)protobuf_c_message_pack(message, bytes);
    hinge_status status = files_write(path, bytes, size, writer->arena->allocator, writer->error);
    memory_free(writer->arena->allocator, bytes);
    return status;
}

hinge_status hinge_value_write(const char *path, const char *name, const hinge_tensor *tensor,
                               hinge_type_code type, const hinge_allocator *allocator,
                               hinge_error *error)
{
    hinge_allocator complete = memory_allocator(allocator);
    struct arena arena = {.allocator = &complete};
    struct writer writer = {.error = error, .arena = &arena};
    ProtobufCMessage *message = NULL;
    hinge_status status = make_any(&writer, tensor, type, 0, &message);
    if (!status) {
        set_name(message, name);
        status = pack(&writer, message, path);
    }
    arena_free(&arena);
    return status;
}
