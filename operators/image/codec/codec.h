/* Decoders of image files in memory, to 8 bits of red, green and blue a pixel: alpha is left out,
 * 16 bits are cut off, grey is three times the same. */
#ifndef IMAGE_CODEC_CODEC_H
#define IMAGE_CODEC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum codec_result {
    CODEC_OK,
    CODEC_BROKEN, /* no image of the format, or one with a feature that is not supported */
    CODEC_TOO_LARGE,
    CODEC_NO_MEMORY
};

/* What hostile files can make a decoder allocate grows with it. */
#define CODEC_MAX_PIXELS (UINT64_C(1) << 27)

struct codec_image {
    int64_t width, height;
    uint8_t *rgb; /* rows from the top, 3 × width bytes each; malloc'ed by codec_open */
};

/* Sets all of a zeroed image. */
enum codec_result codec_open(struct codec_image *image, uint64_t width, uint64_t height);

struct codec_stream {
    const uint8_t *bytes;
    size_t size;
};

/* Decodes into a zeroed image. Whatever the result, the caller frees image->rgb. */
typedef enum codec_result codec_decode(struct codec_stream stream, struct codec_image *image);
codec_decode codec_bmp, codec_jpeg, codec_jpeg2000, codec_png, codec_pnm, codec_tiff, codec_webp;

/* The decoder of the format that the stream begins like, or NULL: what the module shows. */
typedef codec_decode *codec_finder(struct codec_stream stream);
__attribute__((visibility("default"))) codec_finder codec_find;

#endif
