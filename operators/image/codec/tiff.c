/* TIFF by libtiff's conversion to RGBA, the first image of a file. */
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "operators/image/codec/codec.h"

/* Of the library's own: a strip or tile, and the tables of a directory. */
#define MAX_ALLOCATION ((tmsize_t)1 << 30)

struct source {
    struct codec_stream stream;
    uint64_t at;
};

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t size)
{
    struct source *source = handle;
    if (size < 0 || source->at >= source->stream.size)
        return 0;
    const uint64_t left = source->stream.size - source->at;
    const size_t n = (uint64_t)size < left ? (size_t)size : (size_t)left;
    memcpy(to, source->stream.bytes + source->at, n);
    source->at += n;
    return (tmsize_t)n;
}

static tmsize_t write_bytes(thandle_t handle, void *from, tmsize_t size)
{
    (void)handle, (void)from, (void)size;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence)
{
    struct source *source = handle;
    const uint64_t from = whence == SEEK_CUR   ? source->at
                          : whence == SEEK_END ? source->stream.size
                                               : 0;
    source->at = from + offset;
    return source->at;
}

static int close_nothing(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle)
{
    return ((struct source *)handle)->stream.size;
}

static int be_silent(TIFF *tiff, void *data, const char *module, const char *format, va_list rest)
{
    (void)tiff, (void)data, (void)module, (void)format, (void)rest;
    return 1;
}

static TIFF *open_stream(struct source *source)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options)
        return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, MAX_ALLOCATION);
    TIFFOpenOptionsSetErrorHandlerExtR(options, be_silent, NULL);
    TIFFOpenOptionsSetWarningHandlerExtR(options, be_silent, NULL);
    /* m: no mapping */
    TIFF *tiff = TIFFClientOpenExt("", "rm", source, read_bytes, write_bytes, seek, close_nothing,
                                   size_of, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

static enum codec_result decode(TIFF *tiff, struct codec_image *image)
{
    uint32_t width = 0, height = 0;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    const enum codec_result result = codec_open(image, width, height);
    if (result)
        return result;
    const size_t count = (size_t)width * height;
    uint32_t *pixels = malloc(count * sizeof *pixels);
    if (!pixels)
        return CODEC_NO_MEMORY;
    const bool ok =
        TIFFReadRGBAImageOriented(tiff, width, height, pixels, ORIENTATION_TOPLEFT, 1) != 0;
    for (size_t i = 0; i < count && ok; i++) {
        image->rgb[3 * i] = (uint8_t)TIFFGetR(pixels[i]);
        image->rgb[3 * i + 1] = (uint8_t)TIFFGetG(pixels[i]);
        image->rgb[3 * i + 2] = (uint8_t)TIFFGetB(pixels[i]);
    }
    free(pixels);
    return ok ? CODEC_OK : CODEC_BROKEN;
}

enum codec_result codec_tiff(struct codec_stream stream, struct codec_image *image)
{
    struct source source = {stream, 0};
    TIFF *tiff = open_stream(&source);
    if (!tiff)
        return CODEC_BROKEN;
    const enum codec_result result = decode(tiff, image);
    TIFFClose(tiff);
    return result;
}
