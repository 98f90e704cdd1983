#include "operators/image/codec/codec.h"

#include <stdlib.h>
#include <string.h>

enum codec_result codec_open(struct codec_image *image, uint64_t width, uint64_t height)
{
    if (width == 0 || height == 0)
        return CODEC_BROKEN;
    if (width > CODEC_MAX_PIXELS || height > CODEC_MAX_PIXELS || width * height > CODEC_MAX_PIXELS)
        return CODEC_TOO_LARGE;
    image->width = (int64_t)width;
    image->height = (int64_t)height;
    image->rgb = calloc((size_t)(width * height), 3);
    return image->rgb ? CODEC_OK : CODEC_NO_MEMORY;
}

static bool begins(struct codec_stream stream, size_t at, const char *bytes, size_t size)
{
    return stream.size >= at + size && !memcmp(stream.bytes + at, bytes, size);
}

codec_decode *codec_find(struct codec_stream stream)
{
    static const struct {
        codec_decode *decode;
        size_t at, size;
        const char *bytes;
    } formats[] = {
        {codec_bmp, 0, 2, "BM"},
        {codec_jpeg, 0, 3, "\xff\xd8\xff"},
        {codec_jpeg2000, 0, 12, "\0\0\0\x0cjP  \r\n\x87\n"},
        {codec_jpeg2000, 0, 4, "\xff\x4f\xff\x51"},
        {codec_png, 0, 8, "\x89PNG\r\n\x1a\n"},
        {codec_tiff, 0, 4, "II*\0"},
        {codec_tiff, 0, 4, "MM\0*"},
        {codec_webp, 8, 4, "WEBP"},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (begins(stream, formats[i].at, formats[i].bytes, formats[i].size))
            return formats[i].decode;
    const bool is_pnm = stream.size >= 3 && stream.bytes[0] == 'P' && stream.bytes[1] >= '1' &&
                        stream.bytes[1] <= '6';
    return is_pnm ? codec_pnm : NULL;
}
