#include "options/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_RESIZE = 0x140, KEY_CROP, KEY_MEAN, KEY_STD, KEY_SCALE, KEY_LAYOUT, KEY_CHANNELS };

static const struct argp_option picture_options[] = {
    {"resize", KEY_RESIZE, "WxH", 0,
     "size that pictures are brought to; N: of the shorter side (default: the input's, where its "
     "shape has one and there is no --crop)",
     11},
    {"crop", KEY_CROP, "WxH", 0,
     "size of the part in the middle that is kept, after --resize; N: NxN (default: the input's, "
     "after a --resize N)",
     11},
    {"scale", KEY_SCALE, "X", 0,
     "factor of pixels, which are 0 to 255; also as 1/255 (default: that for floating inputs, 1 "
     "for "
     "integers)",
     11},
    {"mean", KEY_MEAN, "X[,X,X]", 0, "taken off after that, in the model's order of channels", 11},
    {"std", KEY_STD, "X[,X,X]", 0, "what it is divided by then", 11},
    {"layout", KEY_LAYOUT, "nchw|nhwc", 0,
     "channels in front or behind (default: as the input's shape says, or in front)", 11},
    {"channels", KEY_CHANNELS, "rgb|bgr|gray", 0,
     "(default: gray or rgb, as the input's shape says, or rgb)", 11},
    {0},
};

/* 224x160, or 224 alone, where height is what it is given as. */
static struct picture_size read_size(const char *text, bool is_square, const char *option,
                                     struct argp_state *state)
{
    char *end = NULL;
    struct picture_size size = {0, 0};
    if (*text >= '0' && *text <= '9')
        size.width = strtol(text, &end, 10);
    if (end && *end == 'x' && end[1] >= '0' && end[1] <= '9')
        size.height = strtol(end + 1, &end, 10);
    else
        size.height = is_square ? size.width : 0;
    bool is_alone = end && !strchr(text, 'x');
    if (!end || *end || size.width < 1 || size.width > PICTURE_MAX_SIDE ||
        (size.height < 1 && !is_alone) || size.height > PICTURE_MAX_SIDE)
        argp_error(state, "--%s wants a size like 224x160 or 224, up to %d, not \"%s\"", option,
                   PICTURE_MAX_SIDE, text);
    return size;
}

/* One number, or three with commas between. */
static unsigned read_channels(double numbers[3], const char *text, bool may_be_zero,
                              const char *option, struct argp_state *state)
{
    unsigned n = 0;
    bool good = true;
    for (char *end; good && n < 3; text = end + 1) {
        numbers[n] = strtod(text, &end);
        good = end != text && fabs(numbers[n]) <= 1e30 && (may_be_zero || numbers[n] != 0) &&
               (*end == ',' || *end == '\0');
        n += good;
        if (good && *end == '\0') {
            if (n != 2)
                return n;
            break;
        }
    }
    argp_error(state, "--%s wants one number or three, with commas between%s", option,
               may_be_zero ? "" : ", none of them 0");
    return 0;
}

/* A number or a fraction. */
static double read_scale(const char *text, struct argp_state *state)
{
    char *end;
    double scale = strtod(text, &end);
    bool good = end != text;
    if (good && *end == '/') {
        const char *below = end + 1;
        scale /= strtod(below, &end);
        good = end != below;
    }
    if (!good || *end || scale == 0 || !(fabs(scale) <= 1e30))
        argp_error(state, "--scale wants a number or a fraction like 1/255, not \"%s\"", text);
    return scale;
}

/* Which of the words it is, from 1 on. */
static int read_word(const char *text, const char *const *words, const char *option,
                     struct argp_state *state)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return i + 1;
    argp_error(state, "--%s wants %s or %s%s%s, not \"%s\"", option, words[0], words[1],
               words[2] ? " or " : "", words[2] ? words[2] : "", text);
    return 0;
}

static error_t parse_picture(int key, char *argument, struct argp_state *state)
{
    static const char *const layouts[] = {"nchw", "nhwc", NULL, NULL};
    static const char *const channels[] = {"rgb", "bgr", "gray", NULL};
    struct picture_options *options = state->input;
    switch (key) {
    case KEY_RESIZE: options->resize = read_size(argument, false, "resize", state); return 0;
    case KEY_CROP: options->crop = read_size(argument, true, "crop", state); return 0;
    case KEY_SCALE: options->scale = read_scale(argument, state); return 0;
    case KEY_MEAN:
        options->n_mean = read_channels(options->mean, argument, true, "mean", state);
        return 0;
    case KEY_STD:
        options->n_std = read_channels(options->std, argument, false, "std", state);
        return 0;
    case KEY_LAYOUT:
        options->layout = (enum picture_layout)read_word(argument, layouts, "layout", state);
        return 0;
    case KEY_CHANNELS:
        options->channels = (enum picture_channels)read_word(argument, channels, "channels", state);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp options_picture_argp = {
    picture_options, parse_picture, NULL, NULL, NULL, NULL, NULL};
