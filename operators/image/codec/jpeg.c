/* JPEG, baseline and progressive, by libjpeg(-turbo), with its smooth upsampling of chroma. Data
 * that end too early are an error, not grey. */
#include <setjmp.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>

#include "operators/image/codec/codec.h"

/* Every scan of a progressive image works on all of it. */
#define MAX_SCANS 200

struct handler {
    struct jpeg_error_mgr base; /* first: the library knows it by this */
    struct jpeg_progress_mgr progress;
    jmp_buf out;
};

static void leave(j_common_ptr jpeg)
{
    longjmp(((struct handler *)(void *)jpeg->err)->out, 1);
}

static void emit_message(j_common_ptr jpeg, int level)
{
    const int code = jpeg->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER))
        leave(jpeg);
}

static void check_scans(j_common_ptr jpeg)
{
    if (jpeg->is_decompressor && ((j_decompress_ptr)jpeg)->input_scan_number > MAX_SCANS)
        leave(jpeg);
}

/* CMYK as Adobe writes it, inverted: the product of a colour and black. */
static void from_cmyk(uint8_t *rgb, int64_t width, const uint8_t *cmyk)
{
    for (int64_t x = 0; x < width; x++)
        for (int c = 0; c < 3; c++)
            rgb[3 * x + c] = (uint8_t)((cmyk[4 * x + c] * cmyk[4 * x + 3] + 127) / 255);
}

static enum codec_result decode(struct jpeg_decompress_struct *jpeg, struct codec_stream stream,
                                struct codec_image *image)
{
    jpeg_mem_src(jpeg, stream.bytes, stream.size);
    jpeg_read_header(jpeg, TRUE);
    const enum codec_result result = codec_open(image, jpeg->image_width, jpeg->image_height);
    if (result)
        return result;
    const bool is_cmyk = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
    jpeg->out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(jpeg);
    JSAMPARRAY row =
        jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE,
                                jpeg->output_width * (JDIMENSION)jpeg->output_components, 1);
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *rgb = image->rgb + 3 * image->width * jpeg->output_scanline;
        JSAMPROW to = is_cmyk ? row[0] : rgb;
        jpeg_read_scanlines(jpeg, &to, 1);
        if (is_cmyk)
            from_cmyk(rgb, image->width, row[0]);
    }
    jpeg_finish_decompress(jpeg);
    return CODEC_OK;
}

enum codec_result codec_jpeg(struct codec_stream stream, struct codec_image *image)
{
    struct jpeg_decompress_struct jpeg;
    struct handler handler;
    volatile enum codec_result result = CODEC_BROKEN;
    jpeg.err = jpeg_std_error(&handler.base);
    handler.base.error_exit = leave;
    handler.base.emit_message = emit_message;
    handler.progress.progress_monitor = check_scans;
    if (!setjmp(handler.out)) {
        jpeg_create_decompress(&jpeg);
        jpeg.progress = &handler.progress;
        result = decode(&jpeg, stream, image);
    }
    jpeg_destroy_decompress(&jpeg);
    return result;
}
