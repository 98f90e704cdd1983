#include "media/picture.h"

#include "base/module.h"
#include "base/number.h"
#include "files/file.h"
#include "media/orientation.h"
#include "media/resample.h"
#include "operators/image/codec/codec.h"

#include <hinge/plugin.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Where the parts of a picture are among the input's dimensions; -1: nowhere. */
struct axes {
    int32_t rank, channels, height, width;
};

static bool is_channels(int64_t dim)
{
    return dim == 1 || dim == 3;
}

static bool find_axes(struct axes *axes, const hinge_tensor *info, enum picture_layout layout,
                      hinge_error *error)
{
    int32_t rank = info->rank < 0 ? 4 : info->rank;
    if (rank < 2 || rank > 4)
        return error_set(error, HINGE_BAD_SHAPE,
                         "a picture has 2 to 4 dimensions, and the input %d", rank);
    bool behind = layout == PICTURE_NHWC ||
                  (layout == PICTURE_LAYOUT_OF_INPUT && rank > 2 && info->rank > 2 &&
                   is_channels(info->dims[rank - 1]) && !is_channels(info->dims[rank - 3]));
    *axes = rank == 2 ? (struct axes){2, -1, 0, 1}
            : behind  ? (struct axes){rank, rank - 1, rank - 3, rank - 2}
                      : (struct axes){rank, rank - 3, rank - 2, rank - 1};
    return true;
}

/* What the shape says of an axis; -1: nothing. */
static int64_t said(const hinge_tensor *info, int32_t axis)
{
    return info->rank < 0 || axis < 0 ? -1 : info->dims[axis];
}

static bool find_channels(enum picture_channels *channels, const struct axes *axes,
                          const hinge_tensor *info, hinge_error *error)
{
    int64_t n = axes->channels < 0 ? 1 : said(info, axes->channels);
    if (*channels == PICTURE_CHANNELS_OF_INPUT && n >= 0 && !is_channels(n))
        return error_set(error, HINGE_BAD_SHAPE,
                         "a picture has 1 or 3 channels, and the input %" PRId64, n);
    if (*channels == PICTURE_CHANNELS_OF_INPUT)
        *channels = n == 1 ? PICTURE_GRAY : PICTURE_RGB;
    if (axes->channels < 0 && *channels != PICTURE_GRAY)
        return error_set(error, HINGE_BAD_SHAPE, "an input of 2 dimensions takes gray pictures");
    return true;
}

static bool check_size(struct picture_size size, hinge_error *error)
{
    if (size.width > 0 && size.height > 0 && size.width <= PICTURE_MAX_SIDE &&
        size.height <= PICTURE_MAX_SIDE &&
        (uint64_t)size.width * (uint64_t)size.height <= CODEC_MAX_PIXELS)
        return true;
    return error_set(error, HINGE_LIMIT,
                     "a picture cannot be made %" PRId64 "x%" PRId64
                     ": a side has 1 to %d pixels, all of it up to %" PRIu64,
                     size.width, size.height, PICTURE_MAX_SIDE, CODEC_MAX_PIXELS);
}

static struct picture_size shorter_side(int64_t side, int64_t width, int64_t height)
{
    return width < height ? (struct picture_size){side, side * height / width}
                          : (struct picture_size){side * width / height, side};
}

/* The size of the whole, and of the part in its middle that is kept. */
static bool find_sizes(struct picture_size *whole, struct picture_size *part,
                       const struct codec_image *image, const struct picture_options *options,
                       struct picture_size wanted, hinge_error *error)
{
    bool is_resized = options->resize.width > 0, is_cut = options->crop.width > 0;
    *whole = (struct picture_size){image->width, image->height};
    if (is_resized && options->resize.height)
        *whole = options->resize;
    else if (is_resized)
        *whole = shorter_side(options->resize.width, image->width, image->height);
    else if (!is_cut && wanted.width >= 0)
        whole->width = wanted.width;
    if (!is_resized && !is_cut && wanted.height >= 0)
        whole->height = wanted.height;
    *part = *whole;
    if (is_cut)
        *part = options->crop;
    else if (is_resized && !options->resize.height)
        *part = (struct picture_size){wanted.width >= 0 ? wanted.width : whole->width,
                                      wanted.height >= 0 ? wanted.height : whole->height};
    if (part->width > whole->width || part->height > whole->height)
        return error_set(error, HINGE_BAD_SHAPE,
                         "a part of %" PRId64 "x%" PRId64 " cannot be cut out of a picture of "
                         "%" PRId64 "x%" PRId64,
                         part->width, part->height, whole->width, whole->height);
    return check_size(*part, error);
}

/* Within the memory that red, green and blue take. */
static void to_gray(struct codec_image *image)
{
    uint8_t *rgb = image->rgb;
    for (int64_t i = 0; i < image->width * image->height; i++)
        rgb[i] = (uint8_t)((rgb[3 * i] * 19595U + rgb[3 * i + 1] * 38470U + rgb[3 * i + 2] * 7471U +
                            0x8000U) >>
                           16);
}

/* Elements */

/* The range that values are kept in; false for a type that no picture is made of. */
static bool find_range(hinge_type type, double *low, double *high)
{
    unsigned bits = hinge_type_bits(type);
    bool is_float = number_is_float(type);
    if (type == HINGE_BOOL || type == HINGE_STRING || bits < 8 || bits > (is_float ? 64 : 32) ||
        (is_float && bits == 8))
        return false;
    *high = type == HINGE_FLOAT16    ? 65504
            : type == HINGE_BFLOAT16 ? ldexp(255, 120)
            : is_float               ? INFINITY
                                     : ldexp(1, (int)bits - number_is_signed(type)) - 1;
    *low = is_float || number_is_signed(type) ? -*high - !is_float : 0;
    return true;
}

struct sink {
    hinge_tensor *tensor;
    int64_t n_channels, of_row, of_pixel, of_channel; /* strides */
    bool is_float, turned;                            /* blue comes first */
    double low, high, factor[3], offset[3];           /* value = pixel × factor + offset */
};

static void put_row(const struct sink *sink, int64_t y, int64_t n, const float *row)
{
    hinge_tensor *tensor = sink->tensor;
    for (int64_t x = 0; x < n; x++)
        for (int64_t c = 0; c < sink->n_channels; c++) {
            int64_t from = sink->turned ? 2 - c : c;
            double value =
                (double)row[x * sink->n_channels + from] * sink->factor[c] + sink->offset[c];
            value = fmin(fmax(value, sink->low), sink->high);
            int64_t at = y * sink->of_row + x * sink->of_pixel + c * sink->of_channel;
            if (tensor->type == HINGE_FLOAT)
                ((float *)tensor->data)[at] = (float)value;
            else
                number_set_bits(tensor, at,
                                sink->is_float ? number_encode(tensor->type, value)
                                               : (uint64_t)llrint(value));
        }
}

static void set_rule(struct sink *sink, const struct picture_options *options)
{
    double scale = options->scale != 0 ? options->scale : sink->is_float ? 1.0 / 255 : 1;
    for (unsigned c = 0; c < 3; c++) {
        double mean = options->n_mean == 0 ? 0 : options->mean[options->n_mean == 1 ? 0 : c];
        double deviation = options->n_std == 0 ? 1 : options->std[options->n_std == 1 ? 0 : c];
        sink->factor[c] = scale / deviation;
        sink->offset[c] = -mean / deviation;
    }
}

/* From the decoded image */

static bool fill(struct array *array, const struct axes *axes, struct sink *sink,
                 struct codec_image *image, struct picture_size whole, struct picture_size part,
                 hinge_error *error)
{
    const int64_t *dims = array->tensor.dims;
    int64_t behind[HINGE_MAX_RANK] = {0}; /* the stride of each dimension */
    behind[axes->rank - 1] = 1;
    for (int32_t i = axes->rank - 1; i > 0; i--)
        behind[i - 1] = behind[i] * dims[i];
    sink->tensor = &array->tensor;
    sink->of_row = behind[axes->height];
    sink->of_pixel = behind[axes->width];
    sink->of_channel = axes->channels < 0 ? 0 : behind[axes->channels];
    struct resample resample = {.pixels = image->rgb,
                                .n_channels = sink->n_channels,
                                .x = {.from = image->width,
                                      .to = whole.width,
                                      .begin = (whole.width - part.width) / 2,
                                      .n = part.width},
                                .y = {.from = image->height,
                                      .to = whole.height,
                                      .begin = (whole.height - part.height) / 2,
                                      .n = part.height}};
    float *row = calloc((size_t)(part.width * sink->n_channels), sizeof *row);
    bool good = (row || error_no_memory(error)) && resample_open(&resample, error);
    for (int64_t y = 0; y < part.height && good; y++) {
        resample_row(&resample, y, row);
        put_row(sink, y, part.width, row);
    }
    if (good)
        resample_close(&resample);
    free(row);
    return good;
}

static bool check_counts(const struct picture_options *options, int64_t n_channels,
                         hinge_error *error)
{
    bool fits = (options->n_mean <= 1 || options->n_mean == n_channels) &&
                (options->n_std <= 1 || options->n_std == n_channels);
    return fits || error_set(error, HINGE_BAD_ARGUMENT,
                             "--mean and --std want a number for all channels, or one for each of "
                             "%" PRId64,
                             n_channels);
}

static bool convert(struct codec_image *image, const struct picture_options *options,
                    const hinge_tensor *info, struct array *array, hinge_error *error)
{
    hinge_type type = info->type == HINGE_NO_TYPE ? HINGE_FLOAT : info->type;
    enum picture_channels channels = options->channels;
    struct picture_size whole = {0, 0}, part = {0, 0};
    struct axes axes = {0, 0, 0, 0};
    struct sink sink = {.is_float = number_is_float(type)};
    if (!find_range(type, &sink.low, &sink.high))
        return error_set(error, HINGE_UNSUPPORTED, "no picture is made an input of type %s",
                         hinge_type_text(type));
    if (!find_axes(&axes, info, options->layout, error) ||
        !find_channels(&channels, &axes, info, error))
        return false;
    sink.n_channels = channels == PICTURE_GRAY ? 1 : 3;
    sink.turned = channels == PICTURE_BGR;
    set_rule(&sink, options);
    struct picture_size wanted = {said(info, axes.width), said(info, axes.height)};
    if (!check_counts(options, sink.n_channels, error) ||
        !find_sizes(&whole, &part, image, options, wanted, error))
        return false;
    int64_t dims[4] = {1, 1, 1, 1};
    dims[axes.height] = part.height;
    dims[axes.width] = part.width;
    if (axes.channels >= 0)
        dims[axes.channels] = sink.n_channels;
    if (channels == PICTURE_GRAY)
        to_gray(image);
    bool good = array_create(array, type, axes.rank, dims, error) &&
                fill(array, &axes, &sink, image, whole, part, error);
    if (!good)
        array_free(array);
    return good;
}

/* By the decoders of the operator ImageDecoder. */
static codec_decode *find_decoder(struct codec_stream stream, hinge_error *error)
{
    static struct module module = {
        .name = "image-codecs",
        .symbol = "codec_find",
        .needs = "pictures need libjpeg, libopenjp2, libpng, libtiff and libwebp"};
    codec_finder *find = NULL;
    *(void **)&find = module_open(&module, error); /* an object pointer, as POSIX has it */
    codec_decode *decode = find ? find(stream) : NULL;
    if (find && !decode)
        error_set(error, HINGE_BAD_FORMAT,
                  "not a picture that can be read: PNG, JPEG, WebP, BMP, TIFF, PNM and JPEG 2000 "
                  "can");
    return decode;
}

bool picture_parse(const unsigned char *bytes, size_t size, const struct picture_options *options,
                   const hinge_tensor *info, struct array *array, hinge_error *error)
{
    const struct codec_stream stream = {bytes, size};
    struct codec_image image = {.rgb = NULL};
    codec_decode *decode = find_decoder(stream, error);
    *array = (struct array){0};
    if (!decode)
        return false;
    bool good = false;
    switch (decode(stream, &image)) {
    case CODEC_OK:
        good = orientation_undo(&image, orientation_of(stream), error) &&
               convert(&image, options, info, array, error);
        break;
    case CODEC_NO_MEMORY: error_no_memory(error); break;
    case CODEC_TOO_LARGE:
        error_set(error, HINGE_LIMIT, "the picture has more than %" PRIu64 " pixels",
                  CODEC_MAX_PIXELS);
        break;
    case CODEC_BROKEN:
        error_set(error, HINGE_BAD_FORMAT,
                  "the picture is broken, cut short, or of a kind that is "
                  "not supported");
        break;
    }
    free(image.rgb);
    return good;
}

bool picture_read(const char *path, const struct picture_options *options, const hinge_tensor *info,
                  struct array *array, hinge_error *error)
{
    unsigned char *bytes;
    size_t size;
    *array = (struct array){0};
    if (!file_read(path, &bytes, &size, error))
        return false;
    bool good = picture_parse(bytes, size, options, info, array, error);
    free(bytes);
    return good || error_prefix(error, "%.300s", path);
}
