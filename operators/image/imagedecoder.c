#define _GNU_SOURCE /* dladdr */
/* ImageDecoder-20: BMP, JPEG, JPEG 2000, PNG, PNM, TIFF and WebP to 8 bits a channel, (height,
 * width, channels). What is no such image, or a broken one, becomes an empty one, as the standard
 * wants it; one that is too large is an error. Alpha is left out. Grayscale is computed from red,
 * green and blue, by ITU-R 601's weights in 16 bits.
 *
 * The decoders are in a module of their own beside the folder of the plugins, which is opened for a
 * node: the libraries that it needs would cost every program that opens the plugins 2 ms. */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operators/image/codec/codec.h"
#include "operators/op/op.h"

static const char *const formats[] = {"RGB", "BGR", "Grayscale"};
enum format { RGB, BGR, GRAYSCALE, N_FORMATS };

static enum format format_of(const struct hinge_node *node)
{
    const hinge_string given = node->attributes[0].s;
    int f = 0;
    while (f < N_FORMATS &&
           (given.size != strlen(formats[f]) || memcmp(given.bytes, formats[f], given.size) != 0))
        f++;
    return (enum format)f;
}

struct codecs {
    void *module;
    codec_finder *find;
};

static hinge_status open_codecs(struct hinge_node *node, struct codecs *codecs)
{
    char path[4096];
    Dl_info info;
    const char *slash = dladdr((const void *)formats, &info) ? strrchr(info.dli_fname, '/') : NULL;
    const int folder = slash ? (int)(slash - info.dli_fname) : 1;
    const int size = snprintf(path, sizeof path, "%.*s/../image-codecs.so", folder,
                              slash ? info.dli_fname : ".");
    if (size < 0 || (size_t)size >= sizeof path)
        return OP_FAIL(node, HINGE_LIMIT, "the path of the plugin is too long");
    codecs->module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (codecs->module) /* an object pointer, as POSIX has it */
        *(void **)&codecs->find = dlsym(codecs->module, "codec_find");
    if (codecs->find)
        return HINGE_OK;
    const hinge_status status =
        OP_FAIL(node, HINGE_UNSUPPORTED, "the decoders cannot be opened: %s", dlerror());
    if (codecs->module)
        dlclose(codecs->module);
    return status;
}

static hinge_status init(struct hinge_node *node)
{
    const hinge_string given = node->attributes[0].s;
    if (format_of(node) == N_FORMATS)
        return OP_FAIL(node, HINGE_BAD_MODEL, "pixel_format is \"%.*s\", not RGB, BGR or Grayscale",
                       (int)(given.size < 40 ? given.size : 40), given.bytes);
    struct codecs codecs = {.module = NULL};
    struct codecs *state = node->host->alloc(node, sizeof *state);
    if (!state)
        return HINGE_NO_MEMORY;
    hinge_status status = open_codecs(node, &codecs);
    if (status)
        return status;
    *state = codecs;
    node->state = state;
    return HINGE_OK;
}

static void fini(struct hinge_node *node)
{
    const struct codecs *codecs = node->state;
    if (codecs)
        dlclose(codecs->module);
}

static hinge_status infer(const struct hinge_node *node)
{
    if (node->inputs[0]->rank != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the encoded stream has rank %d, not 1",
                       (int)node->inputs[0]->rank);
    return op_set_dims(node, 0, 3, (const int64_t[]){-1, -1, format_of(node) == GRAYSCALE ? 1 : 3});
}

static void convert(enum format format, const struct codec_image *image, uint8_t *y)
{
    const int64_t count = image->width * image->height;
    const uint8_t *rgb = image->rgb;
    if (format == RGB)
        memcpy(y, rgb, (size_t)count * 3);
    for (int64_t i = 0; i < count && format == BGR; i++)
        for (int c = 0; c < 3; c++)
            y[3 * i + c] = rgb[3 * i + 2 - c];
    for (int64_t i = 0; i < count && format == GRAYSCALE; i++)
        y[i] = (uint8_t)((rgb[3 * i] * 19595U + rgb[3 * i + 1] * 38470U + rgb[3 * i + 2] * 7471U +
                          0x8000U) >>
                         16);
}

static hinge_status run(const struct hinge_node *node)
{
    const struct codec_stream stream = {node->inputs[0]->data,
                                        (size_t)hinge_count(node->inputs[0])};
    const enum format format = format_of(node);
    struct codec_image image = {.rgb = NULL};
    codec_decode *decode = ((const struct codecs *)node->state)->find(stream);
    const enum codec_result result = decode ? decode(stream, &image) : CODEC_BROKEN;
    hinge_status status = HINGE_OK;
    if (result == CODEC_NO_MEMORY)
        status = HINGE_NO_MEMORY;
    if (result == CODEC_TOO_LARGE)
        status = OP_FAIL(node, HINGE_LIMIT, "the image has more than %" PRIu64 " pixels",
                         CODEC_MAX_PIXELS);
    if (!status) {
        const bool is_there = result == CODEC_OK;
        const int64_t dims[] = {is_there ? image.height : 0, is_there ? image.width : 0,
                                format == GRAYSCALE ? 1 : 3};
        status = node->host->resize(node, 0, 3, dims);
        if (!status && is_there)
            convert(format, &image, node->outputs[0]->data);
    }
    free(image.rgb);
    return status;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "pixel_format", .type = HINGE_ATTR_STRING, .s = "RGB"}, {.name = NULL}};

const struct hinge_op op_imagedecoder[] = {
    {.name = "ImageDecoder",
     .since = 20,
     .signature = "(encoded_stream: uint8) -> (image: uint8)",
     .attributes = attributes,
     .init = init,
     .fini = fini,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
