#include "tests/fuzz/message.h"

#include <string.h>

#define MEMORY_SIZE ((size_t)8 << 20) /* for trees of models of some kilobytes */
#define MAX_DEPTH 40

static _Alignas(16) unsigned char memory[MEMORY_SIZE];
static size_t memory_used;

void message_reset(void)
{
    memory_used = 0;
}

void *message_memory(size_t size)
{
    size_t rounded = (size + 15) & ~(size_t)15;
    if (size > MEMORY_SIZE || rounded > MEMORY_SIZE - memory_used)
        return NULL;
    void *given = memory + memory_used;
    memory_used += rounded;
    return given;
}

struct reader {
    const uint8_t *at, *end;
};

static bool read_varint(struct reader *reader, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        uint8_t byte = *reader->at++;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool read_fixed(struct reader *reader, size_t size, uint64_t *number)
{
    if ((size_t)(reader->end - reader->at) < size)
        return false;
    *number = 0;
    for (size_t i = size; i-- > 0;)
        *number = *number << 8 | reader->at[i];
    reader->at += size;
    return true;
}

static enum wire wire_of(const ProtobufCFieldDescriptor *meaning)
{
    switch (meaning->type) {
    case PROTOBUF_C_TYPE_FLOAT: return WIRE_32;
    case PROTOBUF_C_TYPE_DOUBLE: return WIRE_64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE: return WIRE_BYTES;
    default: return WIRE_VARINT;
    }
}

static struct message *parse(const ProtobufCMessageDescriptor *type, struct reader reader,
                             unsigned depth);

static bool read_field(struct reader *reader, struct field *field, unsigned depth)
{
    uint64_t size;
    switch (field->wire) {
    case WIRE_VARINT: return read_varint(reader, &field->number);
    case WIRE_64: return read_fixed(reader, 8, &field->number);
    case WIRE_32: return read_fixed(reader, 4, &field->number);
    case WIRE_BYTES: break;
    default: return false;
    }
    if (!read_varint(reader, &size) || size > (uint64_t)(reader->end - reader->at))
        return false;
    field->bytes = reader->at;
    field->size = (size_t)size;
    reader->at += size;
    if (!field->meaning || field->meaning->type != PROTOBUF_C_TYPE_MESSAGE)
        return true;
    field->message = parse(field->meaning->descriptor,
                           (struct reader){field->bytes, field->bytes + field->size}, depth + 1);
    return field->message != NULL;
}

/* Packed numbers are bytes; nothing else is written in another way than the schema says. */
static bool is_known(const struct field *field)
{
    return field->meaning && (field->wire == WIRE_BYTES || field->wire == wire_of(field->meaning));
}

static struct message *new_message(const ProtobufCMessageDescriptor *type)
{
    struct message *message = message_memory(sizeof *message);
    if (message)
        *message = (struct message){.type = type};
    return message;
}

static struct message *parse(const ProtobufCMessageDescriptor *type, struct reader reader,
                             unsigned depth)
{
    struct message *message = depth < MAX_DEPTH ? new_message(type) : NULL;
    while (message && reader.at < reader.end) {
        uint64_t tag;
        if (!read_varint(&reader, &tag))
            return NULL;
        struct field field = {.meaning = protobuf_c_message_descriptor_get_field(
                                  type, (unsigned)(tag >> 3 & 0x1fffffff)),
                              .wire = (enum wire)(tag & 7)};
        if (!read_field(&reader, &field, depth))
            return NULL;
        if (is_known(&field) && !message_insert(message, message->n_fields, &field))
            return NULL;
    }
    return message;
}

struct message *message_parse(const ProtobufCMessageDescriptor *type, const uint8_t *bytes,
                              size_t size)
{
    return parse(type, (struct reader){bytes, bytes + size}, 0);
}

/* What does not fit is counted, and not written. */
struct writer {
    uint8_t *bytes;
    size_t size, used;
};

static void write_byte(struct writer *writer, uint8_t byte)
{
    if (writer->used < writer->size)
        writer->bytes[writer->used] = byte;
    writer->used++;
}

static void write_varint(struct writer *writer, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        write_byte(writer, (uint8_t)(number | 0x80));
    write_byte(writer, (uint8_t)number);
}

static void write_message(struct writer *writer, const struct message *message);

static void write_field(struct writer *writer, const struct field *field)
{
    write_varint(writer, (uint64_t)field->meaning->id << 3 | (unsigned)field->wire);
    if (field->wire == WIRE_VARINT) {
        write_varint(writer, field->number);
    } else if (field->wire != WIRE_BYTES) {
        for (unsigned bit = 0; bit < (field->wire == WIRE_64 ? 64 : 32); bit += 8)
            write_byte(writer, (uint8_t)(field->number >> bit));
    } else if (field->message) {
        struct writer measure = {NULL, 0, 0};
        write_message(&measure, field->message);
        write_varint(writer, measure.used);
        write_message(writer, field->message);
    } else {
        write_varint(writer, field->size);
        for (size_t i = 0; i < field->size; i++)
            write_byte(writer, field->bytes[i]);
    }
}

static void write_message(struct writer *writer, const struct message *message)
{
    for (size_t i = 0; i < message->n_fields; i++)
        write_field(writer, &message->fields[i]);
}

size_t message_write(const struct message *message, uint8_t *bytes, size_t size)
{
    struct writer writer = {bytes, size, 0};
    write_message(&writer, message);
    return writer.used <= size ? writer.used : SIZE_MAX;
}

bool message_copy(const struct field *field, struct field *copy)
{
    *copy = *field;
    if (!field->message)
        return true;
    copy->message = new_message(field->message->type);
    for (size_t i = 0; copy->message && i < field->message->n_fields; i++) {
        struct field inner;
        if (!message_copy(&field->message->fields[i], &inner) ||
            !message_insert(copy->message, i, &inner))
            return false;
    }
    return copy->message != NULL;
}

bool message_insert(struct message *message, size_t index, const struct field *field)
{
    const struct field kept = *field; /* it may be one of the fields that move */
    if (message->n_fields == message->capacity) {
        size_t capacity = 2 * message->capacity + 4;
        struct field *fields = message_memory(capacity * sizeof *fields);
        if (!fields)
            return false;
        if (message->n_fields)
            memcpy(fields, message->fields, message->n_fields * sizeof *fields);
        message->fields = fields;
        message->capacity = capacity;
    }
    memmove(message->fields + index + 1, message->fields + index,
            (message->n_fields - index) * sizeof *message->fields);
    message->fields[index] = kept;
    message->n_fields++;
    return true;
}

bool message_put(struct message *message, size_t index, const struct field *field)
{
    struct field *old = field->meaning->label == PROTOBUF_C_LABEL_REPEATED
                            ? NULL
                            : message_find(message, field->meaning->name);
    if (old)
        *old = *field;
    return old || message_insert(message, index, field);
}

void message_remove(struct message *message, size_t index)
{
    message->n_fields--;
    memmove(message->fields + index, message->fields + index + 1,
            (message->n_fields - index) * sizeof *message->fields);
}

struct field *message_find(const struct message *message, const char *name)
{
    for (size_t i = 0; i < message->n_fields; i++)
        if (strcmp(message->fields[i].meaning->name, name) == 0)
            return &message->fields[i];
    return NULL;
}

struct field *message_append(struct message *message, const char *name)
{
    struct field field = {.meaning =
                              protobuf_c_message_descriptor_get_field_by_name(message->type, name)};
    if (!field.meaning)
        return NULL;
    field.wire = wire_of(field.meaning);
    if (field.meaning->type == PROTOBUF_C_TYPE_MESSAGE) {
        field.message = new_message(field.meaning->descriptor);
        if (!field.message)
            return NULL;
    }
    return message_insert(message, message->n_fields, &field)
               ? &message->fields[message->n_fields - 1]
               : NULL;
}

struct field *message_obtain(struct message *message, const char *name)
{
    struct field *found = message_find(message, name);
    return found ? found : message_append(message, name);
}

bool message_set_bytes(struct field *field, const void *bytes, size_t size)
{
    uint8_t *copy = message_memory(size);
    if (!copy)
        return false;
    if (size)
        memcpy(copy, bytes, size);
    field->bytes = copy;
    field->size = size;
    return true;
}

bool message_is(const struct message *message, const struct field *field, const char *type,
                const char *name)
{
    return strcmp(message->type->short_name, type) == 0 && strcmp(field->meaning->name, name) == 0;
}
