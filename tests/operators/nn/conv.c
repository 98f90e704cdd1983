/* Conv against a plain loop over output elements and kernel positions, in double: every method
 * (direct, transposed, depthwise, both Winograds), 1 to 3 dimensions, all of auto_pad. */
#include "tests/operators/harness/convolution.h"

#include <math.h>

#define CONV_WITHIN(error, ...)                                                                    \
    CHECK_OP(.op = "Conv", .reference = convolution_reference, .absolute = (error),                \
             .relative = 2e-5, __VA_ARGS__)
#define CONV(...) CONV_WITHIN(2e-5, __VA_ARGS__)

static void dimensions(void)
{
    CONV(.opsets = {7, 11, 22}, .inputs = {X(2, 3, 9), W(4, 3, 3)});
    CONV(.inputs = {X(1, 2, HARNESS_N), W(3, 2, 1), W(3)});
    CONV(.inputs = {X(1, 1, 1200), W(5, 1, 700), W(5)},
         .attributes = {ATTR_INTS("strides", 160), ATTR_INTS("pads", 99, 30)});
    CONV(.inputs = {X(2, 3, 5, 6, 7), W(4, 3, 3, 2, 3), W(4)},
         .attributes = {ATTR_INTS("pads", 1, 0, 1, 1, 1, 0), ATTR_INTS("strides", 1, 2, 2),
                        ATTR_INTS("dilations", 2, 1, 1)});
    CONV(.inputs = {X(1, 2, 8, 9, 10), W(7, 2, 3, 3, 3)},
         .attributes = {ATTR_INTS("pads", 1, 1, 1, 1, 1, 1)});
}

static void windows(void)
{
    CONV(.inputs = {X(1, 3, 23, 29), W(8, 3, 7, 7), W(8)},
         .attributes = {ATTR_INTS("strides", 2, 2), ATTR_INTS("pads", 3, 3, 3, 3)});
    CONV(.inputs = {X(1, 3, 31, 27), W(6, 3, 5, 4)},
         .attributes = {ATTR_INTS("strides", 3, 4), ATTR_INTS("dilations", 2, 3),
                        ATTR_INTS("pads", 1, 2, 4, 0)});
    CONV(.inputs = {X(1, 2, 17, 12), W(5, 2, 1, 1)}, .attributes = {ATTR_INTS("strides", 2, 3)});
    CONV(.inputs = {X(1, 2, 5, 5), W(3, 2, 3, 3)}, .attributes = {ATTR_INTS("pads", 9, 9, 9, 9)});
    CONV(.inputs = {X(1, 2, 10, 7), W(3, 2, 3, 4)},
         .attributes = {ATTR_STRING("auto_pad", "SAME_UPPER"), ATTR_INTS("strides", 2, 3)});
    CONV(.inputs = {X(1, 2, 10, 7), W(3, 2, 2, 4)},
         .attributes = {ATTR_STRING("auto_pad", "SAME_LOWER"), ATTR_INTS("strides", 2, 1)});
    CONV(.inputs = {X(1, 2, 10, 7), W(3, 2, 3, 3)},
         .attributes = {ATTR_STRING("auto_pad", "VALID")});
}

static void groups(void)
{
    CONV(.inputs = {X(2, 12, 9, 9), W(20, 3, 3, 3), W(20)},
         .attributes = {ATTR_INT("group", 4), ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV(.inputs = {X(1, 8, 10, 19), W(8, 1, 3, 3), W(8)},
         .attributes = {ATTR_INT("group", 8), ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV(.inputs = {X(2, 4, 15, 14), W(8, 1, 5, 5)},
         .attributes = {ATTR_INT("group", 4), ATTR_INTS("pads", 2, 2, 2, 2),
                        ATTR_INTS("strides", 2, 2)});
    CONV(.inputs = {X(1, 3, 40), W(3, 1, 3)},
         .attributes = {ATTR_INT("group", 3), ATTR_INTS("dilations", 4)});
}

static void methods(void)
{
    /* Few pixels, many maps and taps. */
    CONV_WITHIN(1e-4, .inputs = {X(1, 50, 7, 7), W(48, 50, 3, 3), W(48)},
                .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV_WITHIN(1e-4, .inputs = {X(2, 500, 4, 4), W(33, 500, 1, 1)});
    /* Few taps, many pixels and maps. */
    CONV(.inputs = {X(1, 19, 30, 31), W(45, 19, 1, 1), W(45)});
    /* Winograd with tiles of 2 and of 4, tiles that stick out, more than one chunk. */
    CONV_WITHIN(1e-4, .inputs = {X(1, 16, 12, 11), W(19, 16, 3, 3), W(19)},
                .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV_WITHIN(1e-4, .inputs = {X(2, 34, 29, 27), W(34, 17, 3, 3)},
                .attributes = {ATTR_INT("group", 2), ATTR_INTS("pads", 0, 2, 1, 0)});
    CONV_WITHIN(1e-4, .inputs = {X(1, 16, 101, 98), W(16, 16, 3, 3)});
    CONV_WITHIN(4e-4, .inputs = {X(1, 390, 12, 12), W(17, 390, 3, 3)});
}

#define CONV_TYPES(...)                                                                            \
    CHECK_CONVOLUTION_TYPES(.op = "Conv", .reference = convolution_reference, __VA_ARGS__)

static void types(void)
{
    CONV_TYPES(.inputs = {XT(2, 3, 9), WT(4, 3, 3)});
    CONV_TYPES(.inputs = {XT(1, 3, 23, 29), WT(8, 3, 7, 7), WT(8)},
               .attributes = {ATTR_INTS("strides", 2, 2), ATTR_INTS("pads", 3, 3, 3, 3)});
    CONV_TYPES(.inputs = {XT(1, 2, 17, 12), WT(5, 2, 3, 2), WT(5)},
               .attributes = {ATTR_INTS("strides", 3, 1), ATTR_INTS("dilations", 2, 3)});
    CONV_TYPES(.inputs = {XT(2, 3, 5, 6, 7), WT(4, 3, 3, 2, 3), WT(4)},
               .attributes = {ATTR_INTS("pads", 1, 0, 1, 1, 1, 0)});
    CONV_TYPES(.inputs = {XT(1, 16, 22, 21), WT(19, 16, 3, 3), WT(19)});
    CONV_TYPES(.inputs = {XT(2, 12, 9, 9), WT(20, 3, 3, 3), WT(20)},
               .attributes = {ATTR_INT("group", 4), ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV_TYPES(.inputs = {XT(1, 8, 10, 19), WT(8, 1, 3, 3), WT(8)},
               .attributes = {ATTR_INT("group", 8), ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV_TYPES(.inputs = {XT(2, 500, 4, 4), WT(33, 500, 1, 1)});
}

/* Batches, channels of the output and images of nothing, and as small as they can be. */
static void edges(void)
{
    CONV(.inputs = {X(0, 3, 5, 5), W(4, 3, 3, 3), W(4)});
    CONV(.inputs = {X(0, 16, 22, 22), W(16, 16, 3, 3)});
    CHECK_OP(.op = "Conv", .inputs = {X(2, 3, 0, 5), W(4, 3, 3, 3)},
             .expect = {{.type = HINGE_FLOAT, .rank = 4, .dims = {2, 4, 0, 3}}});
    CONV(.inputs = {X(2, 3, 1, 1), W(4, 3, 1, 1), W(4)});
    CONV(.inputs = {X(1, 1, 1), W(1, 1, 1)});
    CONV(.inputs = {X(2, 0, 5, 5), W(4, 0, 3, 3), W(4), X(2, 4, 3, 3)},
         .epilogue = {.activation = {.kind = HINGE_ACT_RELU}, .addend = 3});
    CONV(.inputs = {X(2, 0, 5, 5), W(4, 0, 3, 3)}, .attributes = {ATTR_INT("group", 2)});
    CONV(.inputs = {X(2, 3, 5, 5), W(0, 3, 3, 3), W(0)});
    CONV_TYPES(.inputs = {XT(2, 0, 5, 5), WT(4, 0, 3, 3), WT(4)});
    CONV_TYPES(.inputs = {XT(0, 3, 5, 5), WT(4, 3, 3, 3), WT(4)});
}

/* One pixel, of the middle channel, that is unlike the others: it counts where it is seen, and
 * nowhere else. */
static void check_pixel(int64_t height, int64_t width, int64_t y, int64_t x, double pixel)
{
    static double values[16 * 31 * 29];
    const int64_t count = 16 * height * width;
    for (int64_t i = 0; i < count; i++)
        values[i] = harness_random_in(-1, 1);
    values[(8 * height + y) * width + x] = pixel;
    /* Where the pixel is seen, its size is what rounding is relative to. */
    CHECK_OP(.op = "Conv", .reference = convolution_reference, .absolute = 1e-4, .relative = 1e-3,
             .inputs = {{.type = HINGE_FLOAT,
                         .rank = 4,
                         .dims = {1, 16, height, width},
                         .values = values},
                        W(19, 16, 3, 3),
                        W(19)},
             .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
}

static void unlike_pixels(void)
{
    const double pixels[] = {(double)NAN, (double)INFINITY, (double)-INFINITY, 1e6, 1e30, 50, 1e-6};
    for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++) {
        check_pixel(12, 11, 5, 6, pixels[i]);
        check_pixel(31, 29, 4, 11, pixels[i]);
        check_pixel(31, 29, 30, 28, pixels[i]);
    }
    /* Weights that Winograd's transforms would not bear. */
    static double weights[16 * 16 * 9];
    for (int i = 0; i < 16 * 16 * 9; i++)
        weights[i] = harness_random_in(-1, 1);
    weights[9 * 40 + 4] = (double)INFINITY;
    CONV(.inputs = {{.type = HINGE_FLOAT,
                     .rank = 4,
                     .dims = {1, 16, 22, 22},
                     .low = 0.5,
                     .high = 1,
                     .specials = HARNESS_SPECIALS_NEVER},
                    {.type = HINGE_FLOAT,
                     .rank = 4,
                     .dims = {16, 16, 3, 3},
                     .values = weights,
                     .constant = true}});
}

/* Images of all sizes on one node: which method is taken is a matter of the shape alone. */
static void orders(void)
{
    const struct harness_case winograd = {
        .op = "Conv",
        .reference = convolution_reference,
        .absolute = 1e-4,
        .relative = 2e-5,
        .inputs = {X(1, 16, HARNESS_N, 13), W(18, 16, 3, 3), W(18)},
        .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)},
    };
    struct harness_case direct = winograd, depthwise = winograd;
    CHECK_ORDER(&winograd, 1, 7, 12, 20, 40);
    direct.inputs[1].dims[2] = 2;
    CHECK_ORDER(&direct, 1, 7, 40);
    depthwise.inputs[1] = (struct harness_tensor)W(16, 1, 3, 3);
    depthwise.inputs[2] = (struct harness_tensor)W(16);
    depthwise.attributes[1] = (struct harness_attribute)ATTR_INT("group", 16);
    CHECK_ORDER(&depthwise, 1, 7, 40);
}

static void epilogues(void)
{
    const struct hinge_activation clip = {.kind = HINGE_ACT_CLIP, .alpha = -0.5F, .beta = 0.5F};
    const struct hinge_activation relu = {.kind = HINGE_ACT_RELU};
    CONV(.inputs = {X(1, 4, 20, 20), W(9, 4, 3, 3), W(9), X(1, 9, 18, 18)},
         .epilogue = {.activation = relu, .addend = 3});
    CONV(.inputs = {X(1, 4, 20, 20), W(9, 4, 3, 3), W(9), X(1, 9, 18, 18)},
         .epilogue = {.activation = clip, .addend = 3});
    CONV(.inputs = {X(1, 40, 5, 5), W(32, 40, 1, 1), W(32), X(1, 32, 5, 5)},
         .epilogue = {.activation = clip, .addend = 3});
    CONV_WITHIN(1e-4, .inputs = {X(1, 16, 22, 22), W(16, 16, 3, 3), W(16), X(1, 16, 20, 20)},
                .epilogue = {.activation = relu, .addend = 3});
    CONV(.inputs = {X(1, 3, 9, 9), W(3, 1, 3, 3), W(3), X(1, 3, 7, 7)},
         .attributes = {ATTR_INT("group", 3)}, .epilogue = {.activation = relu, .addend = 3});
}

static void failures(void)
{
    CHECK_OP(.op = "Conv", .reference = convolution_reference,
             .inputs = {X(1, 3, 9, 9), W(4, 2, 3, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "3 channels in 1 groups");
    CHECK_OP(.op = "Conv", .reference = convolution_reference,
             .inputs = {X(1, 3, 9, 9), W(4, 3, 3)}, .fails = HINGE_BAD_SHAPE, .says = "rank");
    CHECK_OP(.op = "Conv", .reference = convolution_reference,
             .inputs = {X(1, 3, 2, 9), W(4, 3, 3, 3)}, .fails = HINGE_BAD_SHAPE,
             .says = "reaches over 3");
    CHECK_OP(.op = "Conv", .reference = convolution_reference,
             .inputs = {X(1, 3, 9, 9), W(4, 3, 3, 3)}, .attributes = {ATTR_INTS("pads", 1, 1)},
             .fails = HINGE_BAD_MODEL, .says = "pads");
    CHECK_OP(.op = "Conv", .reference = convolution_reference,
             .inputs = {X(1, 3, 9, 9), W(4, 3, 3, 3)}, .attributes = {ATTR_INTS("strides", 1, 0)},
             .fails = HINGE_BAD_VALUE, .says = "strides");
    CHECK_OP(.op = "Conv", .reference = convolution_reference,
             .inputs = {X(1, 3, 9, 9), W(4, 3, 3, 3)}, .attributes = {ATTR_INT("group", 0)},
             .fails = HINGE_BAD_SHAPE, .says = "groups");
    CHECK_OP(.op = "Conv", .reference = convolution_reference,
             .inputs = {X(1, 3, 9, 9), W(4, 3, 3, 3)},
             .attributes = {ATTR_STRING("auto_pad", "SOME")}, .fails = HINGE_BAD_MODEL,
             .says = "auto_pad");
    CHECK_OP(.op = "Conv", .reference = convolution_reference,
             .inputs = {X(1, 3, 9, 9), W(4, 3, 3, 3), W(3)}, .fails = HINGE_BAD_SHAPE,
             .says = "bias");
}

void test_conv(void)
{
    dimensions();
    windows();
    groups();
    methods();
    types();
    edges();
    unlike_pixels();
    orders();
    epilogues();
    failures();
}
