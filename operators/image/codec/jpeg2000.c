/* JPEG 2000, as a file (JP2) and as a code stream, by OpenJPEG: grey, RGB and sYCC, of components
 * that may have fewer samples than the image. */
#include <string.h>

#include <openjpeg.h>

#include "operators/image/codec/codec.h"

struct source {
    struct codec_stream stream;
    size_t at;
};

static OPJ_SIZE_T read_bytes(void *to, OPJ_SIZE_T size, void *user)
{
    struct source *source = user;
    const size_t left = source->stream.size - source->at;
    const size_t n = size < left ? size : left;
    if (n == 0)
        return (OPJ_SIZE_T)-1;
    memcpy(to, source->stream.bytes + source->at, n);
    source->at += n;
    return n;
}

static OPJ_OFF_T skip(OPJ_OFF_T count, void *user)
{
    struct source *source = user;
    const size_t left = source->stream.size - source->at;
    if (count < 0)
        return -1;
    source->at += (uint64_t)count < left ? (size_t)count : left;
    return count;
}

static OPJ_BOOL seek(OPJ_OFF_T at, void *user)
{
    struct source *source = user;
    if (at < 0 || (uint64_t)at > source->stream.size)
        return OPJ_FALSE;
    source->at = (size_t)at;
    return OPJ_TRUE;
}

static opj_stream_t *open_stream(struct source *source)
{
    opj_stream_t *stream = opj_stream_default_create(OPJ_TRUE);
    if (!stream)
        return NULL;
    opj_stream_set_read_function(stream, read_bytes);
    opj_stream_set_skip_function(stream, skip);
    opj_stream_set_seek_function(stream, seek);
    opj_stream_set_user_data(stream, source, NULL);
    opj_stream_set_user_data_length(stream, source->stream.size);
    return stream;
}

/* The sample of a component at a pixel of the image, as 8 bits. */
static int sample(const opj_image_t *from, const opj_image_comp_t *c, int64_t x, int64_t y)
{
    const int64_t column = (from->x0 + x) / c->dx - (from->x0 + c->dx - 1) / c->dx;
    const int64_t row = (from->y0 + y) / c->dy - (from->y0 + c->dy - 1) / c->dy;
    const int64_t at_x = column < 0 ? 0 : column < c->w ? column : c->w - 1;
    const int64_t at_y = row < 0 ? 0 : row < c->h ? row : c->h - 1;
    int64_t value = c->data[at_y * c->w + at_x];
    value += c->sgnd ? INT64_C(1) << (c->prec - 1) : 0;
    value = c->prec > 8    ? value >> (c->prec - 8)
            : c->prec == 8 ? value
                           : value * 255 / ((INT64_C(1) << c->prec) - 1);
    return (int)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static uint8_t clamp(double value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
}

static void fill(const opj_image_t *from, struct codec_image *image)
{
    const uint32_t n_colours = from->numcomps < 3 ? 1 : 3;
    const bool is_ycc = n_colours == 3 && from->color_space == OPJ_CLRSPC_SYCC;
    for (int64_t y = 0; y < image->height; y++)
        for (int64_t x = 0; x < image->width; x++) {
            uint8_t *rgb = image->rgb + 3 * (y * image->width + x);
            int values[3];
            for (uint32_t c = 0; c < 3; c++)
                values[c] = c < n_colours ? sample(from, &from->comps[c], x, y) : values[0];
            for (int c = 0; c < 3; c++)
                rgb[c] = (uint8_t)values[c];
            if (is_ycc) {
                const double luma = values[0], blue = values[1] - 128, red = values[2] - 128;
                rgb[0] = clamp(luma + 1.402 * red);
                rgb[1] = clamp(luma - 0.344136 * blue - 0.714136 * red);
                rgb[2] = clamp(luma + 1.772 * blue);
            }
        }
}

static bool is_known(const opj_image_t *from)
{
    if (from->numcomps < 1 || from->numcomps > 4 || from->x1 <= from->x0 || from->y1 <= from->y0)
        return false;
    for (uint32_t c = 0; c < from->numcomps; c++)
        if (from->comps[c].prec < 1 || from->comps[c].prec > 31 || !from->comps[c].dx ||
            !from->comps[c].dy)
            return false;
    return true;
}

static bool has_samples(const opj_image_t *from)
{
    const uint32_t n_colours = from->numcomps < 3 ? 1 : 3;
    for (uint32_t c = 0; c < n_colours; c++)
        if (!from->comps[c].data || !from->comps[c].w || !from->comps[c].h)
            return false;
    return from->numcomps > 0;
}

static enum codec_result decode(opj_codec_t *codec, opj_stream_t *stream, opj_image_t **from,
                                struct codec_image *image)
{
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    if (!opj_setup_decoder(codec, &parameters) || !opj_read_header(stream, codec, from) ||
        !is_known(*from))
        return CODEC_BROKEN;
    const enum codec_result result =
        codec_open(image, (*from)->x1 - (*from)->x0, (*from)->y1 - (*from)->y0);
    if (result)
        return result;
    if (!opj_decode(codec, stream, *from) || !opj_end_decompress(codec, stream) ||
        !is_known(*from) || !has_samples(*from))
        return CODEC_BROKEN;
    fill(*from, image);
    return CODEC_OK;
}

enum codec_result codec_jpeg2000(struct codec_stream bytes, struct codec_image *image)
{
    struct source source = {bytes, 0};
    opj_codec_t *codec = opj_create_decompress(bytes.bytes[0] ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
    opj_stream_t *stream = open_stream(&source);
    opj_image_t *from = NULL;
    enum codec_result result = CODEC_NO_MEMORY;
    if (codec && stream)
        result = decode(codec, stream, &from, image);
    opj_image_destroy(from);
    if (stream)
        opj_stream_destroy(stream);
    if (codec)
        opj_destroy_codec(codec);
    return result;
}
