/* A protobuf message as a tree of fields that can be changed and written again: what a mutator
 * works on. Fields keep their order; the schema says which of them are messages themselves. */
#ifndef TESTS_FUZZ_MESSAGE_H
#define TESTS_FUZZ_MESSAGE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct field {
    const ProtobufCFieldDescriptor *meaning;
    enum wire wire;
    uint64_t number;         /* of WIRE_VARINT, WIRE_64, WIRE_32 */
    const uint8_t *bytes;    /* of WIRE_BYTES that are no message; never changed in place */
    size_t size;             /* of bytes */
    struct message *message; /* NULL where the field is none */
};

struct message {
    const ProtobufCMessageDescriptor *type;
    struct field *fields;
    size_t n_fields, capacity;
};

/* Takes back all memory of the trees made before, which are gone then. */
void message_reset(void);
/* Memory until the next reset; NULL where there is none left. */
void *message_memory(size_t size);

/* Reads size bytes as a message of that type. Fields that the schema does not know, or
 * not in this form, are left out.
 * NULL where the bytes are no such message, or there is no memory; bytes are referred to until the
 * next reset. */
struct message *message_parse(const ProtobufCMessageDescriptor *type, const uint8_t *bytes,
                              size_t size);
/* Writes the message; SIZE_MAX where it takes more than size bytes. */
size_t message_write(const struct message *message, uint8_t *bytes, size_t size);

/* A copy of field that shares no message with it; false where there is no memory. */
bool message_copy(const struct field *field, struct field *copy);
/* Puts field in front of the one at index, at most n_fields; false where there is no memory. */
bool message_insert(struct message *message, size_t index, const struct field *field);
/* The same, but in the place of a field that there may be only one of, where the message has that.
 */
bool message_put(struct message *message, size_t index, const struct field *field);
void message_remove(struct message *message, size_t index);
/* The first field of that name; NULL where there is none. */
struct field *message_find(const struct message *message, const char *name);
/* The first field of that name, made where there is none yet; NULL where the type has no such field
 * or there is no memory. A new one is 0, without bytes, or an empty message. */
struct field *message_obtain(struct message *message, const char *name);
/* Appends an empty or zero field of that name; NULL as of message_obtain. */
struct field *message_append(struct message *message, const char *name);
/* Gives a field of bytes others, which are copied. False where there is no memory. */
bool message_set_bytes(struct field *field, const void *bytes, size_t size);
/* Whether field is the one of that name in a message of that type, as "NodeProto", "input". */
bool message_is(const struct message *message, const struct field *field, const char *type,
                const char *name);

#endif
