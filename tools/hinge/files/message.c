#include "files/message.h"

#include <stdlib.h>
#include <string.h>

enum wire { VARINT = 0, BYTES = 2, FIXED32 = 5 };

static void append(struct message *message, const void *bytes, size_t size)
{
    size_t needed;
    if (message->failed || __builtin_add_overflow(message->size, size, &needed)) {
        message->failed = true;
        return;
    }
    if (needed > message->capacity) {
        size_t capacity = needed + needed / 2 + 64;
        unsigned char *bigger = capacity > needed ? realloc(message->bytes, capacity) : NULL;
        if (!bigger) {
            message->failed = true;
            return;
        }
        message->bytes = bigger;
        message->capacity = capacity;
    }
    if (size)
        memcpy(message->bytes + message->size, bytes, size);
    message->size = needed;
}

static void append_varint(struct message *message, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;
    do {
        bytes[n++] = (unsigned char)((value & 0x7F) | (value > 0x7F ? 0x80 : 0));
        value >>= 7;
    } while (value);
    append(message, bytes, n);
}

static void append_key(struct message *message, unsigned field, enum wire wire)
{
    append_varint(message, (uint64_t)field << 3 | wire);
}

void message_int(struct message *message, unsigned field, uint64_t value)
{
    append_key(message, field, VARINT);
    append_varint(message, value);
}

void message_float(struct message *message, unsigned field, float value)
{
    unsigned char bytes[4];
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(bits >> 8 * i & 0xFF);
    append_key(message, field, FIXED32);
    append(message, bytes, sizeof bytes);
}

void message_bytes(struct message *message, unsigned field, const void *bytes, size_t size)
{
    append_key(message, field, BYTES);
    append_varint(message, size);
    append(message, bytes, size);
}

void message_text(struct message *message, unsigned field, const char *text)
{
    message_bytes(message, field, text, strlen(text));
}

void message_part(struct message *message, unsigned field, struct message *part)
{
    if (part->failed)
        message->failed = true;
    else
        message_bytes(message, field, part->bytes, part->size);
    message_free(part);
}

void message_fields(struct message *message, const struct message *part)
{
    message->failed |= part->failed;
    append(message, part->bytes, part->size);
}

void message_free(struct message *message)
{
    free(message->bytes);
    *message = (struct message){0};
}
