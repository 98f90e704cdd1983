/* From bytes to protobuf-c's messages. */
#include "load/parts.h"

/* Messages may take this many times the size of the file, and so much besides. Of 2,053 models the
 * greediest, of a few hundred bytes, take 18 times their size, those of a megabyte or more less
 * than once. A message without fields takes two bytes in the file, and hundreds here. */
#define TIMES_FILE 24
#define BASE_SIZE ((size_t)16 << 20)

static size_t allowed_for(size_t file_size)
{
    size_t size;
    bool fits = memory_multiply(file_size, TIMES_FILE, &size) && memory_add(size, BASE_SIZE, &size);
    return fits ? size : SIZE_MAX;
}

static void *parse_alloc(void *user, size_t size)
{
    struct load_messages *messages = user;
    if (size > messages->left) {
        messages->is_too_large = true;
        return NULL;
    }
    messages->left -= size;
    void *bytes = arena_alloc(&messages->arena, size);
    if (!bytes)
        messages->is_exhausted = true;
    return bytes;
}

static void parse_release(void *user, void *bytes)
{
    (void)user;
    (void)bytes;
}

hinge_status load_parse(struct load *load, const ProtobufCMessageDescriptor *type,
                        struct load_messages *messages, ProtobufCMessage **message)
{
    const struct load_file *file = files_model(load->files);
    struct wire_stripped *stripped = &load->stripped;
    ProtobufCAllocator allocator = {parse_alloc, parse_release, messages};
    *messages = (struct load_messages){.arena = {.allocator = load->allocator},
                                       .left = allowed_for(file->size)};
    *message = NULL;
    hinge_status status =
        wire_strip(type, file->bytes, file->size, load->allocator, stripped, load->error);
    if (status)
        return status;
    *message = protobuf_c_message_unpack(type, &allocator, stripped->size, stripped->bytes);
    memory_free(load->allocator, stripped->bytes);
    stripped->bytes = NULL;
    if (*message)
        return HINGE_OK;
    if (messages->is_exhausted)
        return status_no_memory(load->error);
    return messages->is_too_large
               ? status_fail(load->error, HINGE_LIMIT,
                             "its messages take more than %zu bytes of memory, which is the limit "
                             "for a file of %zu",
                             allowed_for(file->size), file->size)
               : status_fail(load->error, HINGE_BAD_FORMAT, "a list of numbers is cut off");
}

void load_forget(struct load *load, struct load_messages *messages)
{
    arena_free(&messages->arena);
    wire_free(&load->stripped, load->allocator);
}
