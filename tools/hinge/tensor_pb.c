#include "tensor_pb.h"

#include "file.h"

#include <hinge/plugin.h>
#include <inttypes.h>
#include <onnx.pb-c.h>
#include <stdlib.h>
#include <string.h>

static bool wrong_count(hinge_error *error, const char *field, size_t n, size_t wanted)
{
    return error_set(error, HINGE_BAD_FORMAT, "%s has %zu entries where the shape needs %zu", field,
                     n, wanted);
}

static bool take_strings(struct array *array, const Onnx__TensorProto *proto, hinge_error *error)
{
    size_t count = (size_t)array_count(&array->tensor), size = 0;
    if (proto->n_string_data != count)
        return wrong_count(error, "string_data", proto->n_string_data, count);
    for (size_t i = 0; i < count; i++)
        size += proto->string_data[i].len;
    char *to = array->text = malloc(size + 1);
    if (!to)
        return error_no_memory(error);
    hinge_string *strings = array->tensor.data;
    for (size_t i = 0; i < count; i++) {
        strings[i] = (hinge_string){to, proto->string_data[i].len};
        if (strings[i].size)
            memcpy(to, proto->string_data[i].data, strings[i].size);
        to += strings[i].size;
    }
    return true;
}

/* The elements that int32_data holds, each narrowed to its bits. Types below 8 bits come as the
 * bytes that hold them. */
static bool take_int32(struct array *array, const Onnx__TensorProto *proto, hinge_error *error)
{
    hinge_tensor *tensor = &array->tensor;
    unsigned bits = hinge_type_bits(tensor->type);
    size_t size = array_size(tensor), item = bits < 8 ? 1 : bits / 8;
    if (proto->n_int32_data != size / item)
        return wrong_count(error, "int32_data", proto->n_int32_data, size / item);
    bool is_signed = tensor->type == HINGE_INT8 || tensor->type == HINGE_INT16 ||
                     tensor->type == HINGE_INT32 || bits < 8;
    int64_t low = is_signed ? -((int64_t)1 << (8 * item - 1)) : 0;
    int64_t high = (int64_t)1 << (is_signed && bits >= 8 ? 8 * item - 1 : 8 * item);
    unsigned char *to = tensor->data;
    for (size_t i = 0; i < proto->n_int32_data; i++, to += item) {
        int32_t value = proto->int32_data[i];
        if (value < low || value >= high)
            return error_set(error, HINGE_BAD_VALUE, "int32_data has %" PRId32 ", outside %s",
                             value, hinge_type_text(tensor->type));
        memcpy(to, &value, item);
    }
    return true;
}

static bool take_typed(struct array *array, const Onnx__TensorProto *proto, hinge_error *error)
{
    hinge_tensor *tensor = &array->tensor;
    size_t size = array_size(tensor);
    const void *from;
    size_t n, item;
    const char *field;
    switch (tensor->type) {
    case HINGE_STRING: return take_strings(array, proto, error);
    case HINGE_FLOAT:
    case HINGE_COMPLEX64:
        field = "float_data", from = proto->float_data, n = proto->n_float_data, item = 4;
        break;
    case HINGE_DOUBLE:
    case HINGE_COMPLEX128:
        field = "double_data", from = proto->double_data, n = proto->n_double_data, item = 8;
        break;
    case HINGE_INT64:
        field = "int64_data", from = proto->int64_data, n = proto->n_int64_data, item = 8;
        break;
    case HINGE_UINT32:
    case HINGE_UINT64:
        field = "uint64_data", from = proto->uint64_data, n = proto->n_uint64_data, item = 8;
        break;
    default: return take_int32(array, proto, error);
    }
    size_t wanted = tensor->type == HINGE_UINT32 ? size / 4 : size / item;
    if (n != wanted)
        return wrong_count(error, field, n, wanted);
    if (tensor->type != HINGE_UINT32) {
        if (size)
            memcpy(tensor->data, from, size);
        return true;
    }
    uint32_t *to = tensor->data;
    for (size_t i = 0; i < n; i++) {
        if (proto->uint64_data[i] > UINT32_MAX)
            return error_set(error, HINGE_BAD_VALUE, "uint64_data has %" PRIu64 ", outside uint32",
                             proto->uint64_data[i]);
        to[i] = (uint32_t)proto->uint64_data[i];
    }
    return true;
}

static bool take_data(struct array *array, const Onnx__TensorProto *proto, hinge_error *error)
{
    if (!proto->has_raw_data)
        return take_typed(array, proto, error);
    size_t size = array_size(&array->tensor);
    if (array->tensor.type == HINGE_STRING)
        return error_set(error, HINGE_BAD_FORMAT, "strings may not be in raw_data");
    if (proto->raw_data.len != size)
        return error_set(error, HINGE_BAD_FORMAT,
                         "raw_data has %zu bytes where the shape needs %zu", proto->raw_data.len,
                         size);
    if (size)
        memcpy(array->tensor.data, proto->raw_data.data, size);
    return true;
}

/* That a shape's data can be in a file of this size at all: memory is asked for only then. A string
 * takes two bytes at least, an element otherwise its bits (or more). */
static bool check_shape(const Onnx__TensorProto *proto, size_t file_size, hinge_error *error)
{
    int64_t bits = proto->data_type == HINGE_STRING
                       ? 16
                       : (int64_t)hinge_type_bits((hinge_type)proto->data_type);
    if (bits == 0)
        return error_set(error, HINGE_UNSUPPORTED, "element type %d is unknown",
                         (int)proto->data_type);
    for (size_t i = 0; i < proto->n_dims; i++)
        if (proto->dims[i] < 0 || __builtin_mul_overflow(bits, proto->dims[i], &bits))
            return error_set(error, HINGE_BAD_SHAPE, "the shape is negative or too large");
    /* Typed data may be smaller than the elements: a varint takes one byte for up to eight. */
    if ((uint64_t)bits / 64 > file_size)
        return error_set(error, HINGE_BAD_FORMAT, "the shape needs more data than the file has");
    return true;
}

bool tensor_pb_parse(const unsigned char *bytes, size_t size, struct array *array,
                     hinge_error *error)
{
    *array = (struct array){0};
    Onnx__TensorProto *proto = onnx__tensor_proto__unpack(NULL, size, bytes);
    if (!proto)
        return error_set(error, HINGE_BAD_FORMAT, "not a serialised TensorProto");
    bool ok;
    if (proto->n_external_data || (proto->has_data_location && proto->data_location))
        ok = error_set(error, HINGE_UNSUPPORTED, "its data lie in another file");
    else if (proto->segment)
        ok = error_set(error, HINGE_UNSUPPORTED, "it is only a segment of a tensor");
    else if (!proto->has_data_type || proto->n_dims > HINGE_MAX_RANK)
        ok = error_set(error, HINGE_BAD_FORMAT, "it has no data type or too many dimensions");
    else
        ok = check_shape(proto, size, error) &&
             array_create(array, (hinge_type)proto->data_type, (int32_t)proto->n_dims, proto->dims,
                          error) &&
             take_data(array, proto, error);
    onnx__tensor_proto__free_unpacked(proto, NULL);
    if (ok)
        array_canonicalise(array);
    else
        array_free(array);
    return ok;
}

bool tensor_pb_read(const char *path, struct array *array, hinge_error *error)
{
    unsigned char *bytes;
    size_t size;
    *array = (struct array){0};
    if (!file_read(path, &bytes, &size, error))
        return false;
    bool ok = tensor_pb_parse(bytes, size, array, error);
    free(bytes);
    return ok || error_prefix(error, "%s", path);
}

bool tensor_pb_write(const char *path, const char *name, const hinge_tensor *tensor,
                     hinge_error *error)
{
    Onnx__TensorProto proto = ONNX__TENSOR_PROTO__INIT;
    hinge_tensor copy = *tensor;
    proto.name = (char *)name;
    proto.has_data_type = true;
    proto.data_type = (int32_t)tensor->type;
    proto.n_dims = (size_t)copy.rank;
    proto.dims = copy.dims;
    ProtobufCBinaryData *strings = NULL;
    size_t count = (size_t)array_count(tensor);
    if (tensor->type == HINGE_STRING) {
        const hinge_string *from = tensor->data;
        strings = calloc(count + 1, sizeof *strings);
        if (!strings)
            return error_no_memory(error);
        for (size_t i = 0; i < count; i++)
            strings[i] = (ProtobufCBinaryData){from[i].size, (uint8_t *)from[i].bytes};
        proto.n_string_data = count;
        proto.string_data = strings;
    } else {
        proto.has_raw_data = true;
        proto.raw_data = (ProtobufCBinaryData){array_size(tensor), tensor->data};
    }
    size_t size = onnx__tensor_proto__get_packed_size(&proto);
    unsigned char *bytes = malloc(size + 1);
    bool ok = bytes || error_no_memory(error);
    if (ok) {
        onnx__tensor_proto__pack(&proto, bytes);
        ok = file_write(path, &(struct file_part){bytes, size}, 1, error);
    }
    free(bytes);
    free(strings);
    return ok;
}
