/* Pictures as inputs of a model: PNG, JPEG, WebP and what else the decoders of ImageDecoder read,
 * resized, cropped and normalised, upright where a JPEG file notes by Exif how the camera was held.
 * Alpha and colour profiles are left out. */
#ifndef TOOL_PICTURE_H
#define TOOL_PICTURE_H

#include "base/array.h"

enum picture_layout { PICTURE_LAYOUT_OF_INPUT, PICTURE_NCHW, PICTURE_NHWC };
enum picture_channels { PICTURE_CHANNELS_OF_INPUT, PICTURE_RGB, PICTURE_BGR, PICTURE_GRAY };

/* No side of what is made of a picture is longer. */
#define PICTURE_MAX_SIDE 65535

struct picture_size {
    int64_t width,
        height; /* both 0: not given; of a resize, height 0: width is the shorter side's */
};

/* All zeros: everything as the input's shape says. */
struct picture_options {
    struct picture_size resize, crop;
    double scale;           /* 0: 1/255 for floating types, 1 for integers */
    double mean[3], std[3]; /* in the order of the channels that the model gets */
    unsigned n_mean, n_std; /* 0: none, 1: of all channels, 3: of each */
    enum picture_layout layout;
    enum picture_channels channels;
};

/*
 * Makes of a picture in memory the tensor for an input of that type and shape, as
 * hinge_input_info gives them: 2 dimensions are height and width, 3 have channels in front of them
 * or behind, 4 a batch, which is 1, in front of that. A floating type, or integers of 8 to 32 bits;
 * no type known: float. Where the shape leaves the choice, the layout is NCHW and the channels are
 * red, green and blue.
 *
 * The picture is resized as options say, or, with neither resize nor crop, to the size in the
 * shape; then the middle is cut out as options say, or, where the resize was of the shorter side,
 * in the size of the shape. Resizing is bilinear, over all pixels that a smaller one covers
 * (antialiased, as Pillow does it), without rounding. Gray is ITU-R 601's in 8 bits. An element is
 * (pixel × scale − mean) / std; integers are rounded to nearest even and kept in their range.
 *
 * The result may differ from info's dims where options ask for another size. The bytes are
 * untrusted. On failure *array is empty. May be called from any thread.
 */
bool picture_parse(const unsigned char *bytes, size_t size, const struct picture_options *options,
                   const hinge_tensor *info, struct array *array, hinge_error *error);
/* The same of a file; errors begin with its path. */
bool picture_read(const char *path, const struct picture_options *options, const hinge_tensor *info,
                  struct array *array, hinge_error *error);

#endif
