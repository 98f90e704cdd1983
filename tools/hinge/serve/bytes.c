#include "serve/bytes.h"

#include "files/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For what is nearly always enough, so that it is written once. */
#define FORMAT_ROOM 64

char *bytes_room(struct bytes *bytes, size_t size)
{
    if (bytes->failed)
        return NULL;
    if (size > bytes->capacity - bytes->size) {
        size_t wanted, doubled = bytes->capacity < SIZE_MAX / 2 ? 2 * bytes->capacity : SIZE_MAX;
        if (__builtin_add_overflow(bytes->size, size, &wanted)) {
            bytes->failed = true;
            return NULL;
        }
        size_t capacity = wanted > doubled ? wanted : doubled;
        capacity = capacity < 256 ? 256 : capacity;
        char *bigger = realloc(bytes->data, capacity);
        if (!bigger) {
            bytes->failed = true;
            return NULL;
        }
        bytes->data = bigger;
        bytes->capacity = capacity;
    }
    return bytes->data + bytes->size;
}

void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
    char *room = size ? bytes_room(bytes, size) : NULL;
    if (!room)
        return;
    memcpy(room, data, size);
    bytes->size += size;
}

void bytes_text(struct bytes *bytes, const char *text)
{
    bytes_add(bytes, text, strlen(text));
}

void bytes_format(struct bytes *bytes, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    char *room = bytes_room(bytes, FORMAT_ROOM);
    int size = room ? vsnprintf(room, FORMAT_ROOM, format, arguments) : 0;
    if (size >= FORMAT_ROOM && (room = bytes_room(bytes, (size_t)size + 1)))
        vsnprintf(room, (size_t)size + 1, format, again);
    if (size < 0)
        bytes->failed = true;
    else if (room)
        bytes->size += (size_t)size;
    va_end(again);
    va_end(arguments);
}

static bool is_plain(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
            return false;
    return true;
}

void bytes_json_string(struct bytes *bytes, const char *text, size_t size)
{
    if (is_plain(text, size)) {
        bytes_text(bytes, "\"");
        bytes_add(bytes, text, size);
        bytes_text(bytes, "\"");
        return;
    }
    json_t *string = json_text(text, size);
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    if (quoted)
        bytes_text(bytes, quoted);
    else
        bytes->failed = true;
    free(quoted);
    json_decref(string);
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}
