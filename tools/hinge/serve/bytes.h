/* Bytes that grow: bodies of requests and of answers. */
#ifndef SERVE_BYTES_H
#define SERVE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* {0} is empty. Where there was no memory, failed is set and what is added later is dropped: it
 * needs to be looked at once, at the end. data is aligned as malloc aligns. */
struct bytes {
    char *data;
    size_t size, capacity;
    bool failed;
};

/* Room for size more bytes behind those that are there, or NULL. The caller writes there and adds
 * what it wrote to size. */
char *bytes_room(struct bytes *bytes, size_t size);
void bytes_add(struct bytes *bytes, const void *data, size_t size);
void bytes_text(struct bytes *bytes, const char *text);
void bytes_format(struct bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A JSON string, quotes included; what is not UTF-8 becomes U+FFFD. */
void bytes_json_string(struct bytes *bytes, const char *text, size_t size);
void bytes_free(struct bytes *bytes);

#endif
