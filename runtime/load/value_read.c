/* Values of any kind from serialized messages: the reading half of value.h. */
#include "load/parts.h"
#include "onnx-data.pb-c.h"

#include <hinge/value.h>

#include <string.h>

/* All of a value, in the arena but for this. */
struct holder {
    hinge_value value; /* what the caller has */
    hinge_allocator allocator;
    struct arena arena;
};

struct reader {
    struct load load;
    struct arena *arena;
};

static hinge_status no_memory(const struct reader *reader)
{
    return status_no_memory(reader->load.error);
}

/* Level by level, what either knows. Returns false where they differ. */
static bool merge_codes(hinge_type_code *code, hinge_type_code other)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        hinge_type_code mine = *code >> shift & 255, its = other >> shift & 255;
        if (mine && its && mine != its)
            return false;
        *code |= its << shift;
    }
    return true;
}

static hinge_status check_level(const struct reader *reader, unsigned level, unsigned n_levels)
{
    return level + n_levels <= HINGE_MAX_TYPE_LEVELS
               ? HINGE_OK
               : status_fail(reader->load.error, HINGE_LIMIT, "has more than %d levels",
                             HINGE_MAX_TYPE_LEVELS);
}

/* An element of any kind: exactly one is not NULL. */
struct message {
    const Onnx__TensorProto *tensor;
    const Onnx__SparseTensorProto *sparse;
    const Onnx__SequenceProto *sequence;
    const Onnx__MapProto *map;
    const Onnx__OptionalProto *optional;
};

/* Fills *value and *code. wanted is what the caller says of the type, from this level on. */
static hinge_status read_any(struct reader *reader, const struct message *message, unsigned level,
                             hinge_type_code wanted, hinge_tensor *value, hinge_type_code *code);

/* The outermost level of what SequenceProto and OptionalProto say that they hold; 0 for tensors,
 * whose element type they do not say. */
static hinge_status find_kind(const struct reader *reader, int32_t elem_type, hinge_type *kind)
{
    static const hinge_type kinds[] = {
        0, 0, HINGE_SPARSE, HINGE_SEQUENCE, HINGE_MAP, HINGE_OPTIONAL};
    if (elem_type < 0 || (size_t)elem_type >= sizeof kinds / sizeof *kinds)
        return status_fail(reader->load.error, HINGE_BAD_FORMAT, "has elements of unknown kind %d",
                           (int)elem_type);
    *kind = kinds[elem_type];
    return HINGE_OK;
}

/* Whether an element is of the kind that elem_type says; models of old say nothing. */
static bool is_of_kind(hinge_type_code code, int32_t elem_type, hinge_type kind)
{
    hinge_type outermost = (hinge_type)(code & 255);
    return elem_type == 0 || (kind ? outermost == kind : outermost < HINGE_N_TYPES);
}

/* The index-th element. Of the five lists only one has elements. */
static struct message element_of(const Onnx__SequenceProto *proto, size_t index)
{
    return (struct message){
        .tensor = proto->n_tensor_values ? proto->tensor_values[index] : NULL,
        .sparse = proto->n_sparse_tensor_values ? proto->sparse_tensor_values[index] : NULL,
        .sequence = proto->n_sequence_values ? proto->sequence_values[index] : NULL,
        .map = proto->n_map_values ? proto->map_values[index] : NULL,
        .optional = proto->n_optional_values ? proto->optional_values[index] : NULL};
}

static hinge_status count_elements(const struct reader *reader, const Onnx__SequenceProto *proto,
                                   size_t *count)
{
    const size_t counts[] = {proto->n_tensor_values, proto->n_sparse_tensor_values,
                             proto->n_sequence_values, proto->n_map_values,
                             proto->n_optional_values};
    *count = 0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (*count && counts[i])
            return status_fail(reader->load.error, HINGE_BAD_FORMAT,
                               "has elements of several kinds");
        *count += counts[i];
    }
    return HINGE_OK;
}

static hinge_status read_sequence(struct reader *reader, const Onnx__SequenceProto *proto,
                                  unsigned level, hinge_type_code wanted, hinge_tensor *value,
                                  hinge_type_code *code)
{
    hinge_error *error = reader->load.error;
    hinge_type kind = HINGE_NO_TYPE;
    size_t count = 0;
    hinge_type_code all = 0;
    hinge_status status = check_level(reader, level, 1);
    if (!status)
        status = find_kind(reader, proto->elem_type, &kind);
    if (!status)
        status = count_elements(reader, proto, &count);
    if (status)
        return status;
    hinge_tensor *elements = arena_array(reader->arena, count, sizeof *elements);
    if (!elements)
        return no_memory(reader);
    for (size_t i = 0; !status && i < count; i++) {
        struct message message = element_of(proto, i);
        hinge_type_code one;
        status = read_any(reader, &message, level + 1, wanted >> 8, &elements[i], &one);
        if (!status && (!is_of_kind(one, proto->elem_type, kind) || !merge_codes(&all, one)))
            status = status_fail(error, HINGE_BAD_FORMAT, "is not of the type of the sequence");
        if (status)
            status_prefix(error, "element %zu", i);
    }
    if (!count)
        all = kind;
    *value = (hinge_tensor){HINGE_SEQUENCE, 1, {(int64_t)count}, elements};
    *code = HINGE_SEQUENCE | all << 8;
    return status;
}

static hinge_status read_optional(struct reader *reader, const Onnx__OptionalProto *proto,
                                  unsigned level, hinge_type_code wanted, hinge_tensor *value,
                                  hinge_type_code *code)
{
    struct message message = {proto->tensor_value, proto->sparse_tensor_value,
                              proto->sequence_value, proto->map_value, proto->optional_value};
    int count = (message.tensor != NULL) + (message.sparse != NULL) + (message.sequence != NULL) +
                (message.map != NULL) + (message.optional != NULL);
    hinge_type kind = HINGE_NO_TYPE;
    hinge_status status = check_level(reader, level, 1);
    if (!status)
        status = find_kind(reader, proto->elem_type, &kind);
    if (status)
        return status;
    if (count > 1)
        return status_fail(reader->load.error, HINGE_BAD_FORMAT, "is an optional of %d elements",
                           count);
    hinge_tensor *element = arena_alloc(reader->arena, sizeof *element);
    if (!element)
        return no_memory(reader);
    hinge_type_code inner = kind;
    if (count)
        status = read_any(reader, &message, level + 1, wanted >> 8, element, &inner);
    if (!status && count && !is_of_kind(inner, proto->elem_type, kind))
        status = status_fail(reader->load.error, HINGE_BAD_FORMAT,
                             "holds another kind of value than it says");
    *value = (hinge_tensor){HINGE_OPTIONAL, 1, {count}, element};
    *code = HINGE_OPTIONAL | inner << 8;
    return status;
}

/* Maps */

static hinge_status read_string_keys(struct reader *reader, const Onnx__MapProto *proto,
                                     hinge_tensor *keys)
{
    size_t count = proto->n_string_keys;
    hinge_string *strings = arena_array(reader->arena, count, sizeof *strings);
    if (!strings)
        return no_memory(reader);
    for (size_t i = 0; i < count; i++) {
        ProtobufCBinaryData from = proto->string_keys[i];
        strings[i].bytes = arena_string(reader->arena, (const char *)from.data, from.len);
        strings[i].size = from.len;
        if (!strings[i].bytes)
            return no_memory(reader);
    }
    *keys = (hinge_tensor){HINGE_STRING, 1, {(int64_t)count}, strings};
    return HINGE_OK;
}

/* Whether key is the same after it has become of that type and back. */
static bool store_key(hinge_type type, int64_t key, void *out)
{
    switch (type) {
    case HINGE_INT8: return memcpy(out, &(int8_t){(int8_t)key}, 1), key == (int8_t)key;
    case HINGE_UINT8: return memcpy(out, &(uint8_t){(uint8_t)key}, 1), key == (uint8_t)key;
    case HINGE_INT16: return memcpy(out, &(int16_t){(int16_t)key}, 2), key == (int16_t)key;
    case HINGE_UINT16: return memcpy(out, &(uint16_t){(uint16_t)key}, 2), key == (uint16_t)key;
    case HINGE_INT32: return memcpy(out, &(int32_t){(int32_t)key}, 4), key == (int32_t)key;
    case HINGE_UINT32: return memcpy(out, &(uint32_t){(uint32_t)key}, 4), key == (uint32_t)key;
    default: return memcpy(out, &key, 8), true; /* uint64: the bits */
    }
}

static hinge_status read_keys(struct reader *reader, const Onnx__MapProto *proto,
                              hinge_tensor *keys)
{
    hinge_error *error = reader->load.error;
    hinge_type type = (hinge_type)proto->key_type;
    size_t count = proto->n_keys;
    switch ((int)type) {
    case HINGE_STRING:
        return count ? status_fail(error, HINGE_BAD_FORMAT, "has numbers for keys of type string")
                     : read_string_keys(reader, proto, keys);
    case HINGE_INT8:
    case HINGE_UINT8:
    case HINGE_INT16:
    case HINGE_UINT16:
    case HINGE_INT32:
    case HINGE_UINT32:
    case HINGE_INT64:
    case HINGE_UINT64: break;
    default:
        return status_fail(error, HINGE_BAD_FORMAT, "has keys of type %d, no integers or strings",
                           (int)type);
    }
    if (proto->n_string_keys)
        return status_fail(error, HINGE_BAD_FORMAT, "has strings for keys of type %s",
                           hinge_type_text(type));
    size_t width = hinge_type_bits(type) / 8;
    uint8_t *data = arena_array(reader->arena, count, width);
    if (!data)
        return no_memory(reader);
    for (size_t i = 0; i < count; i++)
        if (!store_key(type, proto->keys[i], data + i * width))
            return status_fail(error, HINGE_BAD_FORMAT, "has key %lld, outside %s",
                               (long long)proto->keys[i], hinge_type_text(type));
    *keys = (hinge_tensor){type, 1, {(int64_t)count}, data};
    return HINGE_OK;
}

/* The values of a map as one tensor, where each is a tensor of one element (rank 0) of whole
 * bytes. */
static hinge_status join_scalars(struct reader *reader, hinge_type type, hinge_tensor *values)
{
    const hinge_tensor *scalars = values->data;
    size_t count = (size_t)values->dims[0], width = hinge_type_bits(type) / 8;
    if (!width)
        return HINGE_OK;
    for (size_t i = 0; i < count; i++)
        if (scalars[i].rank != 0)
            return HINGE_OK;
    uint8_t *data = arena_array(reader->arena, count, width);
    if (!data)
        return no_memory(reader);
    for (size_t i = 0; i < count; i++)
        memcpy(data + i * width, scalars[i].data, width);
    *values = (hinge_tensor){type, 1, {(int64_t)count}, data};
    return HINGE_OK;
}

static hinge_status read_map(struct reader *reader, const Onnx__MapProto *proto, unsigned level,
                             hinge_type_code wanted, hinge_tensor *value, hinge_type_code *code)
{
    static const Onnx__SequenceProto no_values = ONNX__SEQUENCE_PROTO__INIT;
    hinge_tensor *parts = arena_array(reader->arena, 2, sizeof *parts);
    hinge_type_code sequence = 0;
    if (!parts)
        return no_memory(reader);
    hinge_status status = check_level(reader, level, 2);
    if (!status)
        status = read_keys(reader, proto, &parts[0]);
    if (!status)
        status = read_sequence(reader, proto->values ? proto->values : &no_values, level + 1,
                               wanted >> 8, &parts[1], &sequence);
    if (status)
        return status;
    if (parts[0].dims[0] != parts[1].dims[0])
        return status_fail(reader->load.error, HINGE_BAD_FORMAT, "has %lld keys for %lld values",
                           (long long)parts[0].dims[0], (long long)parts[1].dims[0]);
    hinge_type_code element = sequence >> 8;
    if (!element)
        (void)merge_codes(&element, wanted >> 16);
    if (element < HINGE_N_TYPES)
        status = join_scalars(reader, (hinge_type)element, &parts[1]);
    *value = (hinge_tensor){HINGE_MAP, 1, {2}, parts};
    *code = HINGE_MAP | (hinge_type_code)parts[0].type << 8 | element << 16;
    return status;
}

static hinge_status read_any(struct reader *reader, const struct message *message, unsigned level,
                             hinge_type_code wanted, hinge_tensor *value, hinge_type_code *code)
{
    enum graph_storage storage;
    hinge_status status;
    *code = 0;
    if (message->sequence)
        return read_sequence(reader, message->sequence, level, wanted, value, code);
    if (message->optional)
        return read_optional(reader, message->optional, level, wanted, value, code);
    if (message->map)
        return read_map(reader, message->map, level, wanted, value, code);
    status = check_level(reader, level, message->sparse ? 2 : 1);
    if (status)
        return status;
    if (message->sparse) {
        status = load_sparse(&reader->load, message->sparse, reader->arena, value);
        if (!status)
            *code = HINGE_SPARSE | (hinge_type_code)hinge_element(value, 0)->type << 8;
        return status;
    }
    status = load_tensor(&reader->load, message->tensor, reader->arena, value, &storage);
    *code = value->type;
    return status;
}

/* The outermost message */

static const ProtobufCMessageDescriptor *descriptor_of(hinge_type_code type)
{
    switch ((int)(type & 255)) {
    case HINGE_SEQUENCE: return &onnx__sequence_proto__descriptor;
    case HINGE_OPTIONAL: return &onnx__optional_proto__descriptor;
    case HINGE_MAP: return &onnx__map_proto__descriptor;
    case HINGE_SPARSE: return &onnx__sparse_tensor_proto__descriptor;
    default: return &onnx__tensor_proto__descriptor;
    }
}

/* As one of many kinds of element, and its name. */
static struct message classify(const ProtobufCMessage *message, const char **name)
{
    struct message classified = {0};
    const void *any = message;
    if (message->descriptor == &onnx__sequence_proto__descriptor) {
        classified.sequence = any;
        *name = classified.sequence->name;
    } else if (message->descriptor == &onnx__optional_proto__descriptor) {
        classified.optional = any;
        *name = classified.optional->name;
    } else if (message->descriptor == &onnx__map_proto__descriptor) {
        classified.map = any;
        *name = classified.map->name;
    } else if (message->descriptor == &onnx__sparse_tensor_proto__descriptor) {
        classified.sparse = any;
        *name = classified.sparse->values ? classified.sparse->values->name : NULL;
    } else {
        classified.tensor = any;
        *name = classified.tensor->name;
    }
    return classified;
}

static hinge_status fill(struct reader *reader, const ProtobufCMessage *message,
                         hinge_type_code wanted, hinge_value *value)
{
    const char *name;
    struct message classified = classify(message, &name);
    hinge_status status = read_any(reader, &classified, 0, wanted, &value->tensor, &value->type);
    if (status)
        return status;
    hinge_type_code found = value->type;
    if (!merge_codes(&value->type, wanted)) {
        char is[HINGE_TYPE_CODE_TEXT], should_be[HINGE_TYPE_CODE_TEXT];
        return status_fail(reader->load.error, HINGE_BAD_VALUE, "is %s where %s is wanted",
                           hinge_type_code_text(found, is, sizeof is),
                           hinge_type_code_text(wanted, should_be, sizeof should_be));
    }
    name = name ? name : "";
    value->name = arena_string(reader->arena, name, strlen(name));
    return value->name ? HINGE_OK : no_memory(reader);
}

/* Takes over files. */
static hinge_status read_value(struct load_files *files, hinge_type_code type,
                               const hinge_allocator *allocator, hinge_value **value,
                               hinge_error *error)
{
    struct holder *holder = memory_alloc_zeroed(allocator, sizeof *holder);
    if (!holder) {
        files_close(files);
        return status_no_memory(error);
    }
    holder->allocator = *allocator;
    holder->arena.allocator = &holder->allocator;
    struct reader reader = {
        .load = {.allocator = allocator, .error = error, .files = files, .copies = true},
        .arena = &holder->arena};
    struct load_messages messages;
    ProtobufCMessage *message;
    hinge_status status = load_parse(&reader.load, descriptor_of(type), &messages, &message);
    if (!status)
        status = fill(&reader, message, type, &holder->value);
    load_forget(&reader.load, &messages);
    files_close(files);
    if (status)
        hinge_value_free(&holder->value);
    else
        *value = &holder->value;
    return status;
}

hinge_status hinge_value_read(const char *path, hinge_type_code type,
                              const hinge_allocator *allocator, hinge_value **value,
                              hinge_error *error)
{
    hinge_allocator complete = memory_allocator(allocator);
    struct load_files *files;
    *value = NULL;
    hinge_status status = files_open(path, &complete, &files, error);
    if (status)
        return status;
    status = read_value(files, type, &complete, value, error);
    if (status)
        status_prefix_path(error, path);
    return status;
}

hinge_status hinge_value_parse(const void *bytes, size_t size, hinge_type_code type,
                               const hinge_allocator *allocator, hinge_value **value,
                               hinge_error *error)
{
    hinge_allocator complete = memory_allocator(allocator);
    struct load_files *files;
    *value = NULL;
    hinge_status status = files_over(bytes, size, &complete, &files, error);
    return status ? status : read_value(files, type, &complete, value, error);
}

void hinge_value_free(hinge_value *value)
{
    if (!value)
        return;
    struct holder *holder = (struct holder *)value;
    hinge_allocator allocator = holder->allocator;
    arena_free(&holder->arena);
    memory_free(&allocator, holder);
}
