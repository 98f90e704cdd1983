/* PNG by libpng. */
#include <png.h>
#include <string.h>

#include "operators/image/codec/codec.h"

struct source {
    struct codec_stream stream;
    size_t at;
};

static void read_bytes(png_structp png, png_bytep to, size_t size)
{
    struct source *source = png_get_io_ptr(png);
    if (size > source->stream.size - source->at)
        png_error(png, "the end");
    memcpy(to, source->stream.bytes + source->at, size);
    source->at += size;
}

static void ignore_warning(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}

static void leave(png_structp png, png_const_charp text)
{
    (void)text;
    png_longjmp(png, 1);
}

static void to_rgb8(png_structp png, png_infop info)
{
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

/* Returns what is right as long as nothing jumps out of it. */
static enum codec_result decode(png_structp png, png_infop info, struct codec_image *image)
{
    png_read_info(png, info);
    const uint32_t width = png_get_image_width(png, info);
    const uint32_t height = png_get_image_height(png, info);
    const enum codec_result result = codec_open(image, width, height);
    if (result)
        return result;
    const int n_passes = png_set_interlace_handling(png);
    to_rgb8(png, info);
    if (png_get_rowbytes(png, info) != (size_t)3 * width)
        return CODEC_BROKEN;
    for (int pass = 0; pass < n_passes; pass++)
        for (uint32_t y = 0; y < height; y++)
            png_read_row(png, image->rgb + (size_t)3 * width * y, NULL);
    return CODEC_OK;
}

enum codec_result codec_png(struct codec_stream stream, struct codec_image *image)
{
    struct source source = {stream, 0};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, leave, ignore_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return CODEC_NO_MEMORY;
    }
    volatile enum codec_result result = CODEC_BROKEN;
    if (!setjmp(png_jmpbuf(png))) {
        png_set_read_fn(png, &source, read_bytes);
        png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
        result = decode(png, info, image);
    }
    png_destroy_read_struct(&png, &info, NULL);
    return result;
}
