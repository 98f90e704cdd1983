/* Protobuf messages as they are written, field by field ("Encoding" in protobuf's documentation):
 * for the models that the command makes itself. */
#ifndef TOOL_MESSAGE_H
#define TOOL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begins as zero. Once memory has run out it stays failed, and what is added is dropped. */
struct message {
    unsigned char *bytes;
    size_t size, capacity;
    bool failed;
};

void message_int(struct message *message, unsigned field, uint64_t value);
void message_float(struct message *message, unsigned field, float value);
void message_bytes(struct message *message, unsigned field, const void *bytes, size_t size);
void message_text(struct message *message, unsigned field, const char *text);
/* Adds part as a field, and frees it. */
void message_part(struct message *message, unsigned field, struct message *part);
/* Adds the fields of part, which stays as it is. */
void message_fields(struct message *message, const struct message *part);
void message_free(struct message *message);

#endif
