/* ConvChannelsLast against Conv's reference: 1 to 3 dimensions, all attributes, both methods,
 * blocks of depth, panels and tiles of all sizes, kernels whose rows are read at once. */
#include "tests/operators/harness/convolution.h"

#include <math.h>

#define CONV_OP(...)                                                                               \
    CHECK_OP(.op = "ConvChannelsLast", .domain = "ai.hinge", .opsets = {1},                        \
             .reference = convolution_channels_last_reference, __VA_ARGS__)
#define CONV_WITHIN(error, ...) CONV_OP(.absolute = (error), .relative = 2e-5, __VA_ARGS__)
#define CONV(...) CONV_WITHIN(2e-5, __VA_ARGS__)

static void dimensions(void)
{
    CONV(.inputs = {X(2, 9, 3), W(4, 3, 3)});
    CONV(.inputs = {X(1, HARNESS_N, 2), W(3, 2, 1), W(3)});
    CONV(.inputs = {X(1, HARNESS_N, 17), W(5, 17, 3), W(5)},
         .attributes = {ATTR_INTS("pads", 1, 1)});
    CONV(.inputs = {X(1, 1200, 1), W(5, 1, 700), W(5)},
         .attributes = {ATTR_INTS("strides", 160), ATTR_INTS("pads", 99, 30)});
    CONV(.inputs = {X(2, 5, 6, 7, 3), W(4, 3, 3, 2, 3), W(4)},
         .attributes = {ATTR_INTS("pads", 1, 0, 1, 1, 1, 0), ATTR_INTS("strides", 1, 2, 2),
                        ATTR_INTS("dilations", 2, 1, 1)});
    CONV(.inputs = {X(1, 8, 9, 10, 21), W(7, 21, 3, 3, 3)},
         .attributes = {ATTR_INTS("pads", 1, 1, 1, 1, 1, 1)});
}

static void windows(void)
{
    CONV(.inputs = {X(1, 23, 29, 3), W(8, 3, 7, 7), W(8)},
         .attributes = {ATTR_INTS("strides", 2, 2), ATTR_INTS("pads", 3, 3, 3, 3)});
    CONV(.inputs = {X(1, 31, 27, 13), W(6, 13, 5, 4)},
         .attributes = {ATTR_INTS("strides", 3, 4), ATTR_INTS("dilations", 2, 3),
                        ATTR_INTS("pads", 1, 2, 4, 0)});
    CONV(.inputs = {X(1, 11, 9, 2), W(6, 2, 3, 4)}, .attributes = {ATTR_INTS("dilations", 2, 2)});
    CONV(.inputs = {X(1, 17, 12, 2), W(5, 2, 1, 1)}, .attributes = {ATTR_INTS("strides", 2, 3)});
    /* Windows that lie in the padding alone. */
    CONV(.inputs = {X(1, 5, 5, 2), W(3, 2, 3, 3)}, .attributes = {ATTR_INTS("pads", 9, 9, 9, 9)});
    CONV(.inputs = {X(1, 5, 5, 20), W(3, 20, 3, 3)}, .attributes = {ATTR_INTS("pads", 9, 9, 9, 9)});
    CONV(.inputs = {X(1, 10, 7, 2), W(3, 2, 3, 4)},
         .attributes = {ATTR_STRING("auto_pad", "SAME_UPPER"), ATTR_INTS("strides", 2, 3)});
    CONV(.inputs = {X(1, 10, 7, 16), W(3, 16, 2, 4)},
         .attributes = {ATTR_STRING("auto_pad", "SAME_LOWER"), ATTR_INTS("strides", 2, 1)});
    CONV(.inputs = {X(1, 10, 7, 2), W(3, 2, 3, 3)},
         .attributes = {ATTR_STRING("auto_pad", "VALID")});
}

static void groups(void)
{
    CONV(.inputs = {X(2, 9, 9, 12), W(20, 3, 3, 3), W(20)},
         .attributes = {ATTR_INT("group", 4), ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV(.inputs = {X(1, 10, 19, 8), W(8, 1, 3, 3), W(8)},
         .attributes = {ATTR_INT("group", 8), ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV(.inputs = {X(2, 15, 14, 4), W(8, 1, 5, 5)},
         .attributes = {ATTR_INT("group", 4), ATTR_INTS("pads", 2, 2, 2, 2),
                        ATTR_INTS("strides", 2, 2)});
    CONV(.inputs = {X(1, 40, 3), W(3, 1, 3)},
         .attributes = {ATTR_INT("group", 3), ATTR_INTS("dilations", 4)});
    CONV(.inputs = {X(1, 6, 5, 64), W(66, 32, 1, 1), W(66)}, .attributes = {ATTR_INT("group", 2)});
}

/* One channel in, one out, for each group. */
static void depthwise(void)
{
    CONV(.inputs = {X(2, 9, 11, 40), W(40, 1, 3, 3), W(40)},
         .attributes = {ATTR_INT("group", 40), ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV(.inputs = {X(1, 12, 75, 19), W(19, 1, 3, 3)},
         .attributes = {ATTR_INT("group", 19), ATTR_INTS("pads", 0, 1, 1, 0),
                        ATTR_INTS("strides", 2, 2)});
    CONV(.inputs = {X(1, HARNESS_N, 16), W(16, 1, 4), W(16)},
         .attributes = {ATTR_INT("group", 16), ATTR_INTS("pads", 3, 2)});
    CONV(.inputs = {X(1, 40, 1, 24), W(24, 1, 15, 1)},
         .attributes = {ATTR_INT("group", 24), ATTR_INTS("pads", 7, 0, 7, 0)});
    CONV(.inputs = {X(2, 5, 6, 7, 33), W(33, 1, 3, 2, 3), W(33)},
         .attributes = {ATTR_INT("group", 33), ATTR_INTS("pads", 1, 0, 2, 1, 1, 0),
                        ATTR_INTS("strides", 1, 2, 2), ATTR_INTS("dilations", 2, 1, 2)});
    /* Three rows and columns of a larger kernel, in the corners. */
    CONV(.inputs = {X(1, 6, 7, 36), W(36, 1, 5, 5), W(36)},
         .attributes = {ATTR_INT("group", 36), ATTR_INTS("pads", 2, 2, 2, 2)});
    /* Windows that lie in the padding alone. */
    CONV(.inputs = {X(1, 4, 5, 20), W(20, 1, 3, 3), W(20)},
         .attributes = {ATTR_INT("group", 20), ATTR_INTS("pads", 7, 6, 8, 9)});
    const struct hinge_activation clip = {.kind = HINGE_ACT_CLIP, .alpha = -0.5F, .beta = 0.5F};
    const struct hinge_activation relu = {.kind = HINGE_ACT_RELU};
    CONV(.inputs = {X(1, 7, 9, 20), W(20, 1, 3, 3), W(20), X(1, 5, 7, 20)},
         .attributes = {ATTR_INT("group", 20)}, .epilogue = {.activation = relu, .addend = 3});
    CONV(.inputs = {X(1, 7, 70, 20), W(20, 1, 3, 3), W(20)},
         .attributes = {ATTR_INT("group", 20), ATTR_INTS("pads", 1, 1, 1, 1)},
         .epilogue = {.activation = clip});
    /* Weights that are not finite, which are multiplied with padding too, go another way. */
    static double weights[16 * 9];
    for (int i = 0; i < 16 * 9; i++)
        weights[i] = harness_random_in(-1, 1);
    weights[9 * 5] = (double)INFINITY;
    CONV(.inputs = {{.type = HINGE_FLOAT,
                     .rank = 4,
                     .dims = {1, 6, 5, 16},
                     .low = 0.5,
                     .high = 1,
                     .specials = HARNESS_SPECIALS_NEVER},
                    {.type = HINGE_FLOAT,
                     .rank = 4,
                     .dims = {16, 1, 3, 3},
                     .values = weights,
                     .constant = true}},
         .attributes = {ATTR_INT("group", 16)});
}

/* Maps from first on among so many channels: others are those of the last input, which may lend
 * its memory. */
#define INTO(first, n_channels, ...)                                                               \
    CHECK_OP(.op = "ConvChannelsInto", .domain = "ai.hinge", .opsets = {1},                        \
             .reference = convolution_channels_last_reference, .absolute = 1e-4, .relative = 2e-5, \
             .attributes = {ATTR_INT("first_channel", first), ATTR_INT("channels", n_channels),    \
                            ATTR_INTS("pads", 1, 1, 1, 1)},                                        \
             __VA_ARGS__)

static void into(void)
{
    const struct hinge_activation relu = {.kind = HINGE_ACT_RELU};
    const struct hinge_activation clip = {.kind = HINGE_ACT_CLIP, .alpha = -0.5F, .beta = 0.5F};
    for (int clipped = 0; clipped < 2; clipped++) {
        const struct hinge_activation activation = clipped ? clip : relu;
        /* Directly, in blocks of depth, by both of Winograd's, depthwise. */
        INTO(5, 40, .inputs = {X(2, 5, 7, 9), W(33, 9, 3, 3), W(33), X(2, 5, 7, 40)},
             .epilogue = {.activation = activation});
        INTO(0, 21, .inputs = {X(1, 3, 4, 600), W(20, 600, 1, 1), W(20), X(1, 5, 6, 21)},
             .epilogue = {.activation = activation});
        INTO(17, 52, .inputs = {X(1, 7, 6, 37), W(35, 37, 3, 3), W(35), X(1, 7, 6, 52)},
             .epilogue = {.activation = activation});
        INTO(3, 30, .inputs = {X(1, 29, 27, 17), W(17, 17, 3, 3), W(17), X(1, 29, 27, 30)},
             .epilogue = {.activation = activation});
    }
    for (int clipped = 0; clipped < 2; clipped++)
        CHECK_OP(.op = "ConvChannelsInto", .domain = "ai.hinge", .opsets = {1},
                 .reference = convolution_channels_last_reference, .absolute = 2e-5,
                 .relative = 2e-5,
                 .inputs = {X(1, 7, 70, 20), W(20, 1, 3, 3), W(20), X(1, 5, 68, 43)},
                 .attributes = {ATTR_INT("group", 20), ATTR_INT("first_channel", 9),
                                ATTR_INT("channels", 43)},
                 .epilogue = {.activation = clipped ? clip : relu});
    /* With as many channels as there are maps, none are left for another input. */
    INTO(0, 6, .inputs = {X(1, 4, 5, 3), W(6, 3, 3, 3)});
    INTO(1, 6, .inputs = {X(1, 4, 5, 3), W(6, 3, 3, 3)}, .fails = HINGE_BAD_VALUE,
         .says = "6 channels from 1 on do not fit 6");
    INTO(-1, 9, .inputs = {X(1, 4, 5, 3), W(6, 3, 3, 3)}, .fails = HINGE_BAD_VALUE,
         .says = "do not fit 9");
    INTO(INT64_MAX, INT64_MAX, .inputs = {X(1, 4, 5, 3), W(6, 3, 3, 3)}, .fails = HINGE_BAD_VALUE,
         .says = "do not fit");
    INTO(1, 7, .inputs = {X(1, 4, 5, 3), W(6, 3, 3, 3), W(6), X(1, 4, 5, 8)},
         .fails = HINGE_BAD_SHAPE, .says = "input 3 does not have the output's shape");
}

static void blocks(void)
{
    /* Every number of pixels in a tile, and of channels in a panel. */
    CONV(.inputs = {X(1, HARNESS_N, 20), W(35, 20, 1), W(35)});
    for (int64_t maps = 1; maps <= 33; maps += maps < 4 ? 1 : 4)
        CONV(.inputs = {X(1, 3, 5, 19), W(maps, 19, 1, 1), W(maps)});
    /* More than one block of depth, which may end within a kernel position. */
    CONV_WITHIN(1e-4, .inputs = {X(1, 7, 7, 100), W(48, 100, 3, 3), W(48)},
                .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV_WITHIN(1e-4, .inputs = {X(2, 4, 4, 1100), W(33, 1100, 1, 1)});
    CONV_WITHIN(1e-4, .inputs = {X(1, 30, 12), W(33, 12, 63)},
                .attributes = {ATTR_INTS("pads", 31, 31)});
    /* Pixels that lie 4 KiB apart. */
    CONV_WITHIN(1e-4, .inputs = {X(1, 5, 4, 1024), W(40, 1024, 1, 1), W(40), X(1, 5, 4, 40)},
                .epilogue = {.addend = 3});
    CONV_WITHIN(1e-4, .inputs = {X(1, 7, 6, 512), W(5, 512, 3, 3)},
                .attributes = {ATTR_INTS("strides", 2, 2), ATTR_INTS("pads", 1, 1, 1, 1)});
    /* Winograd with tiles of 2 and of 4, tiles that stick out, more than one chunk. */
    CONV_WITHIN(1e-4, .inputs = {X(1, 7, 6, 37), W(35, 37, 3, 3), W(35)},
                .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV_WITHIN(1e-4, .inputs = {X(2, 29, 27, 34), W(34, 17, 3, 3)},
                .attributes = {ATTR_INT("group", 2), ATTR_INTS("pads", 0, 2, 1, 0)});
    CONV_WITHIN(1e-4, .inputs = {X(1, 61, 58, 20), W(16, 20, 3, 3)});
    CONV_WITHIN(8e-4, .inputs = {X(1, 12, 12, 600), W(17, 600, 3, 3), W(17)});
    /* So few tiles that threads share them, in parts too; so many weights that they are read in
     * blocks of maps, or once for all tiles. */
    CONV_WITHIN(2e-4, .inputs = {X(1, 14, 14, 60), W(96, 60, 3, 3), W(96)},
                .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV_WITHIN(4e-4, .inputs = {X(1, 16, 20, 240), W(112, 240, 3, 3), W(112)},
                .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
    CONV_WITHIN(4e-4, .inputs = {X(1, 16, 20, 240), W(208, 240, 3, 3), W(208)},
                .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
    /* More than one chunk of pixels and group of panels. */
    CONV(.inputs = {X(1, 30, 31, 19), W(45, 19, 1, 1), W(45)});
    CONV(.inputs = {X(2, 101, 98, 16), W(18, 16, 3, 3)});
    CONV_WITHIN(1e-4, .inputs = {X(1, 5, 5, 384), W(200, 384, 1, 1), W(200)});
}

static void edges(void)
{
    CONV(.inputs = {X(0, 5, 5, 3), W(4, 3, 3, 3), W(4)});
    CHECK_OP(.op = "ConvChannelsLast", .domain = "ai.hinge", .opsets = {1},
             .inputs = {X(2, 0, 5, 3), W(4, 3, 3, 3)},
             .expect = {{.type = HINGE_FLOAT, .rank = 4, .dims = {2, 0, 3, 4}}});
    CONV(.inputs = {X(2, 1, 1, 3), W(4, 3, 1, 1), W(4)});
    CONV(.inputs = {X(1, 1, 1), W(1, 1, 1)});
    CONV(.inputs = {X(2, 5, 5, 0), W(4, 0, 3, 3), W(4), X(2, 3, 3, 4)},
         .epilogue = {.activation = {.kind = HINGE_ACT_RELU}, .addend = 3});
    CONV(.inputs = {X(2, 5, 5, 0), W(4, 0, 3, 3)}, .attributes = {ATTR_INT("group", 2)});
    CONV(.inputs = {X(2, 5, 5, 3), W(0, 3, 3, 3), W(0)});
}

/* One input that is unlike the others counts where it is seen, and nowhere else. */
static void check_input(int64_t height, int64_t width, int64_t y, int64_t x, double odd)
{
    static double values[16 * 31 * 29];
    for (int64_t k = 0; k < 16 * height * width; k++)
        values[k] = harness_random_in(-1, 1);
    values[(y * width + x) * 16 + 8] = odd;
    /* Where it is seen, its size is what rounding is relative to. */
    CONV_OP(.absolute = 1e-4, .relative = 1e-3,
            .inputs =
                {{.type = HINGE_FLOAT, .rank = 4, .dims = {1, height, width, 16}, .values = values},
                 W(35, 16, 3, 3),
                 W(35)},
            .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)});
}

static void unlike_inputs(void)
{
    const double odd[] = {(double)NAN, (double)INFINITY, (double)-INFINITY, 1e6, 1e30, 50, 1e-6};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        check_input(3, 5, 1, 4, odd[i]);
        check_input(7, 7, 5, 6, odd[i]);
        check_input(31, 29, 4, 11, odd[i]);
        check_input(31, 29, 30, 28, odd[i]);
    }
    /* Weights that Winograd's transforms would not bear. */
    static double weights[16 * 16 * 9];
    for (int i = 0; i < 16 * 16 * 9; i++)
        weights[i] = harness_random_in(-1, 1);
    weights[9 * 40 + 4] = (double)INFINITY;
    CONV(.inputs = {{.type = HINGE_FLOAT,
                     .rank = 4,
                     .dims = {1, 22, 22, 16},
                     .low = 0.5,
                     .high = 1,
                     .specials = HARNESS_SPECIALS_NEVER},
                    {.type = HINGE_FLOAT,
                     .rank = 4,
                     .dims = {16, 16, 3, 3},
                     .values = weights,
                     .constant = true}});
}

static void orders(void)
{
    const struct harness_case direct = {
        .op = "ConvChannelsLast",
        .domain = "ai.hinge",
        .opsets = {1},
        .reference = convolution_channels_last_reference,
        .absolute = 1e-4,
        .relative = 2e-5,
        .inputs = {X(1, HARNESS_N, 13, 16), W(18, 16, 3, 3), W(18)},
        .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)},
    };
    CHECK_ORDER(&direct, 1, 7, 12, 20, 40);
}

static void epilogues(void)
{
    const struct hinge_activation clip = {.kind = HINGE_ACT_CLIP, .alpha = -0.5F, .beta = 0.5F};
    const struct hinge_activation relu = {.kind = HINGE_ACT_RELU};
    CONV(.inputs = {X(1, 20, 20, 4), W(9, 4, 3, 3), W(9), X(1, 18, 18, 9)},
         .epilogue = {.activation = relu, .addend = 3});
    CONV(.inputs = {X(1, 20, 20, 4), W(9, 4, 3, 3), W(9), X(1, 18, 18, 9)},
         .epilogue = {.activation = clip, .addend = 3});
    CONV(.inputs = {X(1, 5, 5, 40), W(132, 40, 1, 1), W(132), X(1, 5, 5, 132)},
         .epilogue = {.activation = clip, .addend = 3});
    CONV_WITHIN(1e-4, .inputs = {X(1, 5, 5, 600), W(37, 600, 1, 1), W(37), X(1, 5, 5, 37)},
                .epilogue = {.activation = relu, .addend = 3});
    CONV_WITHIN(1e-4, .inputs = {X(1, 22, 21, 16), W(18, 16, 3, 3), W(18), X(1, 20, 19, 18)},
                .epilogue = {.activation = relu, .addend = 3});
    CONV_WITHIN(1e-4, .inputs = {X(1, 9, 10, 16), W(18, 16, 3, 3), W(18), X(1, 7, 8, 18)},
                .epilogue = {.activation = clip, .addend = 3});
}

static void failures(void)
{
    CONV_OP(.inputs = {X(1, 9, 9, 3), W(4, 2, 3, 3)}, .fails = HINGE_BAD_SHAPE,
            .says = "3 channels in 1 groups");
    CONV_OP(.inputs = {X(1, 9, 9, 3), W(4, 3, 3)}, .fails = HINGE_BAD_SHAPE, .says = "rank");
    CONV_OP(.inputs = {X(3), W(4, 3, 3)}, .fails = HINGE_UNSUPPORTED, .says = "rank 1");
    CONV_OP(.inputs = {X(1, 2, 9, 3), W(4, 3, 3, 3)}, .fails = HINGE_BAD_SHAPE,
            .says = "reaches over 3");
    CONV_OP(.inputs = {X(1, 9, 9, 3), W(4, 3, 3, 3)}, .attributes = {ATTR_INT("group", 0)},
            .fails = HINGE_BAD_SHAPE, .says = "groups");
    CONV_OP(.inputs = {X(1, 9, 9, 3), W(4, 3, 3, 3), W(3)}, .fails = HINGE_BAD_SHAPE,
            .says = "bias");
}

void test_convchannelslast(void)
{
    dimensions();
    windows();
    groups();
    depthwise();
    into();
    blocks();
    edges();
    unlike_inputs();
    orders();
    epilogues();
    failures();
}
