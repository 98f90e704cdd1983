/* What a file is that turned out to be no ONNX model, by its first bytes. */
#include "load/parts.h"

#include <stdio.h>
#include <string.h>

static const struct {
    size_t offset;
    const char *bytes;
    size_t size;
    const char *what;
} magics[] = {
#define MAGIC(offset, bytes, what)                                                                 \
    {                                                                                              \
        offset, bytes, sizeof bytes - 1, what                                                      \
    }
    MAGIC(0, "version https://git-lfs", "a Git LFS pointer; \"git lfs pull\" fetches the model"),
    MAGIC(4, "ORTM", "a model in ONNX Runtime's own format"),
    MAGIC(4, "TFL3", "a TensorFlow Lite model"),
    MAGIC(0, "PK\003\004", "a zip archive, as PyTorch's and Keras' files are"),
    MAGIC(0, "\x80\002", "a Python pickle, as old PyTorch files are"),
    MAGIC(0, "\x80\003", "a Python pickle"),
    MAGIC(0, "\x80\004", "a Python pickle"),
    MAGIC(0, "\x80\005", "a Python pickle"),
    MAGIC(0, "\x89HDF\r\n\x1a\n", "an HDF5 file, as old Keras files are"),
    MAGIC(0, "\x93NUMPY", "a NumPy array"),
    MAGIC(0, "GGUF", "a GGUF model"),
    MAGIC(8, "{\"", "a safetensors file"),
    MAGIC(0, "\x1f\x8b", "compressed by gzip"),
    MAGIC(0, "BZh", "compressed by bzip2"),
    MAGIC(0,
          "\xfd"
          "7zXZ",
          "compressed by xz"),
    MAGIC(0, "\x28\xb5\x2f\xfd", "compressed by zstd"),
    MAGIC(0, "7z\xbc\xaf", "a 7-Zip archive"),
    MAGIC(257, "ustar", "a tar archive"),
#undef MAGIC
};

/* A field of a message, its value of size bytes behind the tag and the size. */
static bool begins_with_field(const uint8_t **at, const uint8_t *end, uint8_t tag, uint64_t *size)
{
    struct wire_reader reader = {*at, end};
    if (reader.at == end || *reader.at++ != tag || !wire_varint(&reader, size))
        return false;
    *at = reader.at;
    return true;
}

/* GraphDef: nodes, each a name and an operator. SavedModel: its version 1, then a message. */
static bool is_tensorflow(const uint8_t *bytes, const uint8_t *end)
{
    const uint8_t *at = bytes;
    uint64_t size;
    if (begins_with_field(&at, end, 0x0a, &size) && begins_with_field(&at, end, 0x0a, &size) &&
        size < (uint64_t)(end - at))
        return at += size, begins_with_field(&at, end, 0x12, &size);
    at = bytes;
    return begins_with_field(&at, end, 0x08, &size) && size == 1 &&
           begins_with_field(&at, end, 0x12, &size) && at < end && *at == 0x0a;
}

/* TensorProto as it is usually written: dims, data_type, and one of the fields with data. */
static bool is_tensor(const uint8_t *at, const uint8_t *end)
{
    uint64_t number;
    while (begins_with_field(&at, end, 0x08, &number))
        continue;
    return begins_with_field(&at, end, 0x10, &number) && number > 0 && number < HINGE_N_TYPES &&
           at < end && (*at & 7) == 2 && *at >= 0x22 && *at <= 0x5a;
}

/* How many of the first bytes are text, at most limit. */
static size_t text_size(const uint8_t *bytes, size_t size, size_t limit)
{
    size_t n = 0;
    while (n < size && n < limit && bytes[n] >= ' ' && bytes[n] < 127)
        n++;
    return n;
}

hinge_status load_recognize(struct load *load, hinge_status status)
{
    const struct load_file *file = files_model(load->files);
    const uint8_t *bytes = file->bytes, *end = bytes + file->size;
    const char *what = NULL;
    for (size_t i = 0; !what && i < sizeof magics / sizeof *magics; i++)
        if (file->size >= magics[i].offset + magics[i].size &&
            memcmp(bytes + magics[i].offset, magics[i].bytes, magics[i].size) == 0)
            what = magics[i].what;
    if (!what && is_tensorflow(bytes, end))
        what = "a TensorFlow graph";
    if (!what && is_tensor(bytes, end))
        what = "a serialized tensor";
    if (what)
        return status_fail(load->error, HINGE_BAD_FORMAT, "is not an ONNX model but %s", what);

    const uint8_t *text = bytes;
    while (text < end && (*text == ' ' || *text == '\n' || *text == '\r' || *text == '\t' ||
                          *text == 0xef || *text == 0xbb || *text == 0xbf))
        text++;
    size_t size = text_size(text, (size_t)(end - text), 60);
    bool is_text =
        size >= 8 && (text + size == end || size == 60 || text[size] == '\n' || text[size] == '\r');
    if (!is_text)
        return status;
    return status_fail(
        load->error, HINGE_BAD_FORMAT, "is not an ONNX model but %s, which begins \"%.*s\"",
        *text == '<' ? "a page of HTML or XML" : "text", (int)size, (const char *)text);
}
