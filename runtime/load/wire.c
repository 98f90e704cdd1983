/* The walk is led by the descriptors of the generated code: no table of fields is kept here. */
#include "load/wire.h"

#include "base/status.h"
#include "onnx.pb-c.h"

#include <assert.h>
#include <string.h>

/* The field that stands for a payload in the stripped message, its value the payload's index: the
 * largest number there can be, in no message's use. */
#define PAYLOAD_FIELD 536870911u

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LENGTH = 2, WIRE_32 = 5, WIRE_N_TYPES };

/* A length is patched in when its message is complete, so it always takes this many bytes. */
#define LENGTH_SIZE 5

struct strip {
    const hinge_allocator *allocator;
    hinge_error *error;
    const uint8_t *start, *end; /* of the file, for messages */
    unsigned depth;             /* of the message that is looked at */
    struct wire_stripped *out;
    size_t capacity, payloads_capacity;
    size_t n_fields;
};

bool wire_varint(struct wire_reader *reader, uint64_t *value)
{
    uint64_t result = 0;
    const uint8_t *at = reader->at;
    for (unsigned shift = 0; shift < 70 && at < reader->end; shift += 7) {
        uint8_t byte = *at++;
        result |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            reader->at = at;
            *value = result;
            return true;
        }
    }
    return false;
}

static hinge_status bad(const struct strip *strip, const ProtobufCMessageDescriptor *type,
                        const ProtobufCFieldDescriptor *field, const uint8_t *at, const char *what)
{
    return status_fail(strip->error, HINGE_BAD_FORMAT, "byte %zu: %s%s%s %s",
                       (size_t)(at - strip->start), type->short_name, field ? "." : "",
                       field ? field->name : "", what);
}

/* A field that runs past the end of its message. Where that is the end of the file, and what came
 * before was well formed, the file has lost its end. */
static hinge_status too_long(const struct strip *strip, const ProtobufCMessageDescriptor *type,
                             const ProtobufCFieldDescriptor *field, const uint8_t *at)
{
    if (strip->depth > 1 || strip->n_fields < 2)
        return bad(strip, type, field, at, "runs past the end of its message");
    return status_fail(strip->error, HINGE_BAD_FORMAT,
                       "is cut off: the file ends at byte %zu, within %s.%s, which begins at %zu",
                       (size_t)(strip->end - strip->start), type->short_name, field->name,
                       (size_t)(at - strip->start));
}

/* Moves over a value. Returns false where the message ends within it, or type is not one. */
static bool skip_value(struct wire_reader *reader, unsigned type)
{
    uint64_t size;
    switch (type) {
    case WIRE_VARINT: return wire_varint(reader, &size);
    case WIRE_64: size = 8; break;
    case WIRE_32: size = 4; break;
    case WIRE_LENGTH:
        if (!wire_varint(reader, &size))
            return false;
        break;
    default: return false;
    }
    if (size > (size_t)(reader->end - reader->at))
        return false;
    reader->at += size;
    return true;
}

static bool append(struct strip *strip, const void *bytes, size_t size)
{
    struct wire_stripped *out = strip->out;
    size_t wanted;
    if (!memory_add(out->size, size, &wanted))
        return false;
    if (wanted > strip->capacity) {
        size_t capacity = wanted < SIZE_MAX / 2 ? wanted * 2 + 4096 : wanted;
        uint8_t *bigger = memory_alloc(strip->allocator, capacity);
        if (!bigger)
            return false;
        if (out->size)
            memcpy(bigger, out->bytes, out->size);
        memory_free(strip->allocator, out->bytes);
        out->bytes = bigger;
        strip->capacity = capacity;
    }
    if (size)
        memcpy(out->bytes + out->size, bytes, size);
    out->size = wanted;
    return true;
}

static bool append_tag(struct strip *strip, uint32_t field, enum wire_type type)
{
    uint8_t bytes[5];
    size_t size = 0;
    uint32_t tag = field << 3 | type;
    for (; tag >= 128; tag >>= 7)
        bytes[size++] = (uint8_t)(tag | 128);
    bytes[size++] = (uint8_t)tag;
    return append(strip, bytes, size);
}

static void patch_length(struct strip *strip, size_t position, size_t length)
{
    for (size_t i = 0; i < LENGTH_SIZE; i++, length >>= 7)
        strip->out->bytes[position + i] =
            (uint8_t)((length & 127) | (i + 1 < LENGTH_SIZE ? 128 : 0));
}

static bool append_payload(struct strip *strip, struct wire_payload payload)
{
    struct wire_stripped *out = strip->out;
    void *payloads = out->payloads;
    if (!memory_grow(strip->allocator, &payloads, &strip->payloads_capacity, out->n_payloads,
                     sizeof *out->payloads))
        return false;
    out->payloads = payloads;
    uint32_t index = (uint32_t)out->n_payloads; /* WIRE_MAX_FIELDS keeps it in range */
    out->payloads[out->n_payloads++] = payload;
    return append_tag(strip, PAYLOAD_FIELD, WIRE_32) && append(strip, &index, sizeof index);
}

static enum wire_type wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT: return WIRE_32;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE: return WIRE_64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE: return WIRE_LENGTH;
    default: return WIRE_VARINT;
    }
}

/* The fields that can be large, and that need no parsing to be understood. */
static bool is_payload(const ProtobufCMessageDescriptor *type,
                       const ProtobufCFieldDescriptor *field)
{
    if (type == &onnx__attribute_proto__descriptor)
        return field->label == PROTOBUF_C_LABEL_REPEATED &&
               wire_type_of(field->type) != WIRE_LENGTH;
    return type == &onnx__tensor_proto__descriptor &&
           (field->type == PROTOBUF_C_TYPE_BYTES ? field->label == PROTOBUF_C_LABEL_OPTIONAL
                                                 : field->flags & PROTOBUF_C_FIELD_FLAG_PACKED);
}

static hinge_status strip_message(struct strip *strip, const ProtobufCMessageDescriptor *type,
                                  struct wire_reader reader, unsigned depth);

/* A field whose value of size bytes lies at the reader, which ends where the value ends. */
static hinge_status strip_length(struct strip *strip, const ProtobufCMessageDescriptor *type,
                                 const ProtobufCFieldDescriptor *field, struct wire_reader value,
                                 unsigned depth)
{
    size_t size = (size_t)(value.end - value.at);
    if (is_payload(type, field)) {
        struct wire_payload payload = {value.at, size, field->id, false};
        return append_payload(strip, payload) ? HINGE_OK : status_no_memory(strip->error);
    }
    if (field->type == PROTOBUF_C_TYPE_STRING && memchr(value.at, 0, size))
        return bad(strip, type, field, value.at, "has a zero byte in it");
    size_t position = strip->out->size + 1 + (field->id > 15);
    if (!append_tag(strip, field->id, WIRE_LENGTH) ||
        !append(strip, (const uint8_t[LENGTH_SIZE]){0}, LENGTH_SIZE))
        return status_no_memory(strip->error);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        hinge_status status = strip_message(strip, field->descriptor, value, depth + 1);
        if (status)
            return status;
    } else if (!append(strip, value.at, size)) {
        return status_no_memory(strip->error);
    }
    size = strip->out->size - position - LENGTH_SIZE;
    if (size > INT32_MAX)
        return status_fail(strip->error, HINGE_LIMIT,
                           "%s.%s has %zu bytes besides tensor data; 2 GiB are the limit",
                           type->short_name, field->name, size);
    patch_length(strip, position, size);
    return HINGE_OK;
}

/* A number field whose tag lies at tag, and its value at the reader. */
static hinge_status strip_number(struct strip *strip, const ProtobufCMessageDescriptor *type,
                                 const ProtobufCFieldDescriptor *field, const uint8_t *tag,
                                 struct wire_reader *reader)
{
    enum wire_type wire = wire_type_of(field->type);
    const uint8_t *value = reader->at;
    if (!skip_value(reader, wire))
        return too_long(strip, type, field, tag);
    if (!is_payload(type, field)) {
        bool ok = append_tag(strip, field->id, wire) &&
                  append(strip, value, (size_t)(reader->at - value));
        return ok ? HINGE_OK : status_no_memory(strip->error);
    }
    for (;;) {
        struct wire_reader ahead = *reader;
        uint64_t next;
        if (!wire_varint(&ahead, &next) || next != (field->id << 3 | wire))
            break;
        if (!skip_value(&ahead, wire))
            return too_long(strip, type, field, reader->at);
        *reader = ahead;
    }
    struct wire_payload payload = {tag, (size_t)(reader->at - tag), field->id, true};
    return append_payload(strip, payload) ? HINGE_OK : status_no_memory(strip->error);
}

static hinge_status strip_field(struct strip *strip, const ProtobufCMessageDescriptor *type,
                                struct wire_reader *reader, uint64_t *seen, unsigned depth)
{
    const uint8_t *start = reader->at;
    uint64_t tag;
    if (!wire_varint(reader, &tag) || tag > UINT32_MAX || tag < 8)
        return bad(strip, type, NULL, start, "has no field number here");
    unsigned wire = tag & 7;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(type, (unsigned)(tag >> 3));
    if (!field) {
        if (!skip_value(reader, wire))
            return bad(strip, type, NULL, start, "has an unknown field that cannot be skipped");
        return HINGE_OK;
    }
    if (++strip->n_fields > WIRE_MAX_FIELDS)
        return status_fail(strip->error, HINGE_LIMIT, "more than %zu fields", WIRE_MAX_FIELDS);

    /* protobuf-c would merge or replace; a model in which that happens is not what it seems. */
    uint64_t bit = UINT64_C(1) << (field - type->fields);
    if (field->label != PROTOBUF_C_LABEL_REPEATED && *seen & bit)
        return bad(strip, type, field, start, "is given twice");
    *seen |= bit;

    bool is_packed = wire == WIRE_LENGTH && field->label == PROTOBUF_C_LABEL_REPEATED;
    if (wire != wire_type_of(field->type) && !is_packed)
        return bad(strip, type, field, start, "is not encoded as its type");
    if (wire != WIRE_LENGTH)
        return strip_number(strip, type, field, start, reader);

    struct wire_reader value = *reader;
    uint64_t size;
    bool is_plausible = wire_varint(&value, &size) && size <= INT32_MAX; /* protobuf's limit */
    if (!skip_value(reader, wire))
        return is_plausible ? too_long(strip, type, field, start)
                            : bad(strip, type, field, start, "runs past the end of its message");
    value.end = reader->at;
    return strip_length(strip, type, field, value, depth);
}

static hinge_status strip_message(struct strip *strip, const ProtobufCMessageDescriptor *type,
                                  struct wire_reader reader, unsigned depth)
{
    assert(type->n_fields <= 64);
    if (depth > WIRE_MAX_DEPTH)
        return status_fail(strip->error, HINGE_LIMIT,
                           "byte %zu: messages are nested more than %u deep",
                           (size_t)(reader.at - strip->start), WIRE_MAX_DEPTH);
    uint64_t seen = 0;
    hinge_status status = HINGE_OK;
    while (!status && reader.at < reader.end) {
        strip->depth = depth;
        status = strip_field(strip, type, &reader, &seen, depth);
    }
    return status;
}

hinge_status wire_strip(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t size,
                        const hinge_allocator *allocator, struct wire_stripped *stripped,
                        hinge_error *error)
{
    *stripped = (struct wire_stripped){0};
    struct strip strip = {.allocator = allocator,
                          .error = error,
                          .start = bytes,
                          .end = bytes + size,
                          .out = stripped};
    hinge_status status = strip_message(&strip, type, (struct wire_reader){bytes, bytes + size}, 1);
    if (status)
        wire_free(stripped, allocator);
    return status;
}

void wire_free(struct wire_stripped *stripped, const hinge_allocator *allocator)
{
    memory_free(allocator, stripped->bytes);
    memory_free(allocator, stripped->payloads);
    *stripped = (struct wire_stripped){0};
}

const struct wire_payload *wire_payload_of(const struct wire_stripped *stripped,
                                           const ProtobufCMessage *message, size_t index)
{
    if (index >= message->n_unknown_fields)
        return NULL;
    /* Stripping drops unknown fields, so those that are there are ours. */
    const ProtobufCMessageUnknownField *field = &message->unknown_fields[index];
    uint32_t payload;
    assert(field->tag == PAYLOAD_FIELD && field->len == sizeof payload);
    memcpy(&payload, field->data, sizeof payload);
    return &stripped->payloads[payload];
}

bool wire_count(const struct wire_payload *payload, size_t width, size_t *count)
{
    *count = 0;
    if (payload->is_run) {
        struct wire_reader reader = wire_begin(payload);
        for (; reader.at < reader.end; ++*count) {
            if (width) {
                uint64_t tag;
                (void)wire_varint(&reader, &tag);
                reader.at += width;
            } else {
                (void)wire_next(payload, &reader);
            }
        }
        return true;
    }
    if (width) {
        *count = payload->size / width;
        return payload->size % width == 0;
    }
    struct wire_reader reader = wire_begin(payload);
    uint64_t value;
    for (; reader.at < reader.end; ++*count)
        if (!wire_varint(&reader, &value))
            return false;
    return true;
}

void wire_copy_fixed(const struct wire_payload *payload, size_t width, void *out)
{
    if (!payload->is_run) {
        if (payload->size)
            memcpy(out, payload->data, payload->size);
        return;
    }
    struct wire_reader reader = wire_begin(payload);
    for (uint8_t *to = out; reader.at < reader.end; to += width, reader.at += width) {
        uint64_t tag;
        (void)wire_varint(&reader, &tag);
        memcpy(to, reader.at, width);
    }
}

struct wire_reader wire_begin(const struct wire_payload *payload)
{
    return (struct wire_reader){payload->data, payload->data + payload->size};
}

uint64_t wire_next(const struct wire_payload *payload, struct wire_reader *reader)
{
    uint64_t value = 0;
    if (payload->is_run)
        (void)wire_varint(reader, &value);
    (void)wire_varint(reader, &value);
    return value;
}
