/* Conv against a plain loop over output elements and kernel positions, in double: every method
 * (direct, transposed, depthwise, both Winograds), 1 to 3 dimensions, all of auto_pad. */
#include "tests/operators/harness/window.h"

#include <math.h>

static double sum_at(const struct harness_call *call, const struct window_geometry *g,
                     int64_t image, int64_t map, int64_t oz, int64_t oy, int64_t ox)
{
    const hinge_tensor *x = call->inputs[0], *w = call->inputs[1];
    const int64_t groups = harness_attr_int(call, "group", 1);
    const int64_t channels = w->dims[1], group = map / (w->dims[0] / groups);
    double sum = call->n_inputs > 2 && call->inputs[2] ? harness_get(call->inputs[2], map) : 0;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t z = 0; z < g->kernel[0]; z++)
            for (int64_t y = 0; y < g->kernel[1]; y++)
                for (int64_t k = 0; k < g->kernel[2]; k++) {
                    const int64_t iz = oz * g->stride[0] + z * g->dilation[0] - g->pad[0];
                    const int64_t iy = oy * g->stride[1] + y * g->dilation[1] - g->pad[1];
                    const int64_t ix = ox * g->stride[2] + k * g->dilation[2] - g->pad[2];
                    if (iz < 0 || iz >= g->in[0] || iy < 0 || iy >= g->in[1] || ix < 0 ||
                        ix >= g->in[2])
                        continue;
                    const int64_t channel = image * x->dims[1] + group * channels + c;
                    const int64_t at = ((channel * g->in[0] + iz) * g->in[1] + iy) * g->in[2] + ix;
                    const int64_t tap = (z * g->kernel[1] + y) * g->kernel[2] + k;
                    const int64_t volume = g->kernel[0] * g->kernel[1] * g->kernel[2];
                    sum += harness_get(x, at) * harness_get(w, (map * channels + c) * volume + tap);
                }
    return sum;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *w = call->inputs[1];
    const struct window_geometry g = window_geometry_of(call, w, false);
    const struct harness_epilogue *epilogue = &call->c->epilogue;
    int64_t dims[5];
    const int32_t rank = window_geometry_dims(&g, call, w->dims[0], dims);
    hinge_tensor *y = harness_output(call, 0, call->inputs[0]->type, rank, dims);
    const int64_t pixels = g.out[0] * g.out[1] * g.out[2];
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const int64_t p = i % pixels, map = i / pixels % dims[1];
        double sum = sum_at(call, &g, i / pixels / dims[1], map, p / (g.out[1] * g.out[2]),
                            p / g.out[2] % g.out[1], p % g.out[2]);
        if (epilogue->addend)
            sum += harness_get(call->inputs[epilogue->addend], i);
        if (epilogue->activation.kind == HINGE_ACT_RELU)
            sum = sum < 0 ? 0 : sum;
        if (epilogue->activation.kind == HINGE_ACT_CLIP)
            sum = sum < epilogue->activation.alpha  ? epilogue->activation.alpha
                  : sum > epilogue->activation.beta ? epilogue->activation.beta
                                                    : sum;
        harness_set(y, i, sum);
    }
}

/* Sums of some hundred products of numbers below 1. Infinities are left out: padding multiplies
 * weights by zero here. */
#define X(...)                                                                                     \
    {                                                                                              \
        .type = HINGE_FLOAT, .low = -1, .high = 1, .dims = {__VA_ARGS__},                          \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define W(...)                                                                                     \
    {                                                                                              \
        .type = HINGE_FLOAT, .low = -1, .high = 1, .dims = {__VA_ARGS__}, .constant = true,        \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define CONV_WITHIN(error, ...)                                                                    \
    CHECK_OP(.op = "Conv", .reference = reference, .absolute = (error), .relative = 2e-5,          \
             __VA_ARGS__)
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

#define OF_TYPE(constant_, ...)                                                                    \
    {                                                                                              \
        .type = HARNESS_T, .low = -1, .high = 1, .dims = {__VA_ARGS__}, .constant = (constant_),   \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define XT(...) OF_TYPE(false, __VA_ARGS__)
#define WT(...) OF_TYPE(true, __VA_ARGS__)
/* float64 as it should be, and the halves rounded once from sums in float32. */
#define CONV_TYPES(...)                                                                            \
    CHECK_OP(.op = "Conv", .reference = reference, .types = HARNESS_TYPE(HINGE_DOUBLE),            \
             .absolute = 1e-13, .relative = 1e-13, __VA_ARGS__);                                   \
    CHECK_OP(.op = "Conv", .reference = reference,                                                 \
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16), .ulp = 0.6,      \
             .absolute = 2e-5, __VA_ARGS__)

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
    CHECK_OP(.op = "Conv", .reference = reference, .absolute = 1e-4, .relative = 1e-3,
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
        .reference = reference,
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
    CHECK_OP(.op = "Conv", .reference = reference, .inputs = {X(1, 3, 9, 9), W(4, 2, 3, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "3 channels in 1 groups");
    CHECK_OP(.op = "Conv", .reference = reference, .inputs = {X(1, 3, 9, 9), W(4, 3, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "rank");
    CHECK_OP(.op = "Conv", .reference = reference, .inputs = {X(1, 3, 2, 9), W(4, 3, 3, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "reaches over 3");
    CHECK_OP(.op = "Conv", .reference = reference, .inputs = {X(1, 3, 9, 9), W(4, 3, 3, 3)},
             .attributes = {ATTR_INTS("pads", 1, 1)}, .fails = HINGE_BAD_MODEL, .says = "pads");
    CHECK_OP(.op = "Conv", .reference = reference, .inputs = {X(1, 3, 9, 9), W(4, 3, 3, 3)},
             .attributes = {ATTR_INTS("strides", 1, 0)}, .fails = HINGE_BAD_VALUE,
             .says = "strides");
    CHECK_OP(.op = "Conv", .reference = reference, .inputs = {X(1, 3, 9, 9), W(4, 3, 3, 3)},
             .attributes = {ATTR_INT("group", 0)}, .fails = HINGE_BAD_SHAPE, .says = "groups");
    CHECK_OP(.op = "Conv", .reference = reference, .inputs = {X(1, 3, 9, 9), W(4, 3, 3, 3)},
             .attributes = {ATTR_STRING("auto_pad", "SOME")}, .fails = HINGE_BAD_MODEL,
             .says = "auto_pad");
    CHECK_OP(.op = "Conv", .reference = reference, .inputs = {X(1, 3, 9, 9), W(4, 3, 3, 3), W(3)},
             .fails = HINGE_BAD_SHAPE, .says = "bias");
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
