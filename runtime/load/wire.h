/*
 * The protobuf wire format. wire_strip goes over a serialized message before protobuf-c sees it,
 * checks that it is well formed, and writes a copy without the numbers of tensors and attributes:
 * those stay where they are, and are found again with wire_payloads.
 */
#ifndef LOAD_WIRE_H
#define LOAD_WIRE_H

#include "base/memory.h"

#include <protobuf-c/protobuf-c.h>

/* protobuf-c recurses once for each level. Three levels make a subgraph in a subgraph. */
#define WIRE_MAX_DEPTH 200u
/* Of all messages together: each costs protobuf-c some hundred bytes, whatever its size. */
#define WIRE_MAX_FIELDS ((size_t)1 << 24)

/* A cursor: at <= end. */
struct wire_reader {
    const uint8_t *at, *end;
};

/* Reads a varint of at most ten bytes. Returns false where there is none. */
bool wire_varint(struct wire_reader *reader, uint64_t *value);

/* The value of a bytes field, or of a repeated number field: packed, or a run of single fields. */
struct wire_payload {
    const uint8_t *data;
    size_t size;
    uint32_t field;
    bool is_run; /* data begins with the first field's tag */
};

struct wire_stripped {
    uint8_t *bytes; /* the message without payloads */
    size_t size;
    struct wire_payload *payloads; /* in the order of the file; they point into it */
    size_t n_payloads;
};

/* Checks and strips the message of that type in bytes. On success the caller frees *stripped with
 * wire_free. HINGE_BAD_FORMAT, HINGE_LIMIT or HINGE_NO_MEMORY. */
hinge_status wire_strip(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t size,
                        const hinge_allocator *allocator, struct wire_stripped *stripped,
                        hinge_error *error);
void wire_free(struct wire_stripped *stripped, const hinge_allocator *allocator);

/* The index-th payload that was taken out of message, in the order of the file, or NULL. */
const struct wire_payload *wire_payload_of(const struct wire_stripped *stripped,
                                           const ProtobufCMessage *message, size_t index);

/* Numbers in a payload. width is the bytes of one: 4, 8, or 0 for varints. */

/* How many; false where the payload ends within one. */
bool wire_count(const struct wire_payload *payload, size_t width, size_t *count);
/* Copies all of them, width 4 or 8, to out. */
void wire_copy_fixed(const struct wire_payload *payload, size_t width, void *out);
/* For varints: a cursor at the first, then one after the other, at most as many as were counted. */
struct wire_reader wire_begin(const struct wire_payload *payload);
uint64_t wire_next(const struct wire_payload *payload, struct wire_reader *reader);

#endif
