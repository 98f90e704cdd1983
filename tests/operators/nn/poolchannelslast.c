/* Pooling with the channels last against a plain loop over each window, in double. */
#include "tests/operators/harness/window.h"

#include <math.h>
#include <string.h>

static bool is_mean(const struct harness_call *call)
{
    return strstr(call->c->op, "Average") != NULL;
}

/* Whether a position of the window counts, and the input pixel where it is inside of the image. */
static bool counts(const struct harness_call *call, const struct window_geometry *g,
                   const int64_t at[3], int64_t *pixel)
{
    bool inside = true, padded = harness_attr_int(call, "count_include_pad", 0) != 0;
    for (int d = 0; d < 3; d++) {
        inside = inside && at[d] >= 0 && at[d] < g->in[d];
        padded = padded && at[d] >= -g->pad[d] && at[d] < g->in[d] + g->pad_end[d];
    }
    *pixel = inside ? (at[0] * g->in[1] + at[1]) * g->in[2] + at[2] : -1;
    return inside || padded;
}

static double pooled(const struct harness_call *call, const struct window_geometry *g,
                     int64_t image, int64_t channel, int64_t n_channels, const int64_t out[3])
{
    const int64_t n_pixels = g->in[0] * g->in[1] * g->in[2];
    const bool mean = is_mean(call);
    double all = mean ? 0 : -INFINITY, n = 0;
    for (int64_t k = 0; k < g->kernel[0] * g->kernel[1] * g->kernel[2]; k++) {
        const int64_t in[3] = {k / (g->kernel[1] * g->kernel[2]), k / g->kernel[2] % g->kernel[1],
                               k % g->kernel[2]};
        int64_t at[3], pixel;
        for (int d = 0; d < 3; d++)
            at[d] = out[d] * g->stride[d] + in[d] * g->dilation[d] - g->pad[d];
        if (!counts(call, g, at, &pixel))
            continue;
        n++;
        if (pixel < 0)
            continue;
        const double x =
            harness_get(call->inputs[0], (image * n_pixels + pixel) * n_channels + channel);
        all = mean ? all + x : isnan(all) || x <= all ? all : x;
    }
    return mean ? all / n : all;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const int64_t n_channels = x->dims[x->rank - 1];
    hinge_tensor first = *x;
    int64_t dims[5], stored[5] = {x->dims[0]};
    for (int32_t d = 2; d < x->rank; d++)
        first.dims[d] = x->dims[d - 1];
    call->inputs[0] = &first;
    struct window_geometry g =
        window_geometry_of(call, NULL, harness_attr_int(call, "ceil_mode", 0) != 0);
    for (int d = 0; d < 3 && strncmp(call->c->op, "Global", 6) == 0; d++) {
        g.kernel[d] = g.in[d];
        g.out[d] = 1;
    }
    const int32_t rank = window_geometry_dims(&g, call, n_channels, dims);
    call->inputs[0] = x;
    /* Where there are more, the others are those of input 1. */
    const int64_t n_stored = harness_attr_int(call, "channels", n_channels);
    const int64_t before = harness_attr_int(call, "first_channel", 0);
    for (int32_t d = 1; d < rank; d++)
        stored[d] = d == rank - 1 ? n_stored : dims[d + 1];
    hinge_tensor *y = harness_output(call, 0, x->type, rank, stored);
    const int64_t plane = g.out[1] * g.out[2], n_pixels = g.out[0] * plane;
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const int64_t p = i / n_stored % n_pixels, c = i % n_stored - before;
        const int64_t out[3] = {p / plane, p / g.out[2] % g.out[1], p % g.out[2]};
        harness_set(y, i,
                    c < 0 || c >= n_channels
                        ? harness_get(call->inputs[1], i)
                        : pooled(call, &g, i / n_stored / n_pixels, c, n_channels, out));
    }
}

#define POOL(name, ...)                                                                            \
    CHECK_OP(.op = name, .domain = "ai.hinge", .opsets = {1}, .reference = reference,              \
             .absolute = 1e-5, .relative = 1e-5, __VA_ARGS__)
/* Sums of the largest numbers overflow. */
#define OF(is_mean, ...)                                                                           \
    {                                                                                              \
        .type = HINGE_FLOAT, .low = -9, .high = 9, .dims = {__VA_ARGS__},                          \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__),                                      \
        .specials = (is_mean) ? HARNESS_SPECIALS_NEVER : HARNESS_SPECIALS_OF_FLOATS                \
    }
#define X(...) OF(mean, __VA_ARGS__)

static void windows(const char *name, bool mean)
{
    POOL(name, .inputs = {X(2, 17, 19, 3)}, .attributes = {ATTR_INTS("kernel_shape", 3, 2)});
    POOL(name, .inputs = {X(2, 18, 13, 70)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INTS("strides", 2, 2),
                        ATTR_INTS("pads", 1, 1, 1, 1)});
    POOL(name, .inputs = {X(1, 9, 7, HARNESS_N)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INTS("strides", 2, 1),
                        ATTR_INTS("pads", 0, 1, 1, 0), ATTR_INT("ceil_mode", 1)});
    POOL(name, .inputs = {X(1, HARNESS_N, 5)},
         .attributes = {ATTR_INTS("kernel_shape", 1), ATTR_INTS("strides", 2)});
    POOL(name, .inputs = {X(2, 5, 6, 7, 9)},
         .attributes = {ATTR_INTS("kernel_shape", 2, 3, 2), ATTR_INTS("dilations", 2, 1, 3)});
    POOL(name, .inputs = {X(1, 10, 7, 17)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 4), ATTR_INTS("strides", 2, 3),
                        ATTR_STRING("auto_pad", "SAME_UPPER")});
    POOL(name, .inputs = {X(0, 4, 4, 3)}, .attributes = {ATTR_INTS("kernel_shape", 2, 2)});
    POOL(name, .inputs = {X(1, 4, 4, 0)}, .attributes = {ATTR_INTS("kernel_shape", 2, 2)});
    POOL(name, .inputs = {X(1, 4, 4, 3)}, .fails = HINGE_BAD_MODEL, .says = "kernel_shape");
    POOL(name, .inputs = {X(1, 4)}, .fails = HINGE_UNSUPPORTED, .says = "rank 2");
}

static void into(const char *name, bool mean)
{
    for (int64_t first = 0; first < 12; first += 5) {
        POOL(name, .inputs = {X(2, 18, 13, 70), X(2, 9, 7, 81)},
             .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INTS("strides", 2, 2),
                            ATTR_INTS("pads", 1, 1, 1, 1), ATTR_INT("first_channel", first),
                            ATTR_INT("channels", 81)});
    }
    POOL(name, .inputs = {X(1, 6, 5, 3)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INT("channels", 3)});
    POOL(name, .inputs = {X(1, 6, 5, 3)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INT("channels", 2)},
         .fails = HINGE_BAD_VALUE, .says = "3 channels from 0 on do not fit 2");
    POOL(name, .inputs = {X(1, 6, 5, 3), X(1, 4, 3, 5)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INT("channels", 4)},
         .fails = HINGE_BAD_SHAPE, .says = "input 1 does not have the output's shape");
}

static void global(const char *name, bool mean)
{
    POOL(name, .inputs = {X(2, 7, 7, HARNESS_N)});
    POOL(name, .inputs = {X(2, 3, 5, 4, 67)});
    POOL(name, .inputs = {X(3, 9)});
    POOL(name, .inputs = {X(0, 9, 2)});
    POOL(name, .inputs = {X(4)}, .fails = HINGE_BAD_SHAPE, .says = "rank 1");
}

#define BYTES(...)                                                                                 \
    CHECK_OP(.op = "NhwcMaxPool", .domain = "com.microsoft", .reference = reference,               \
             .types = HARNESS_TYPE(HINGE_INT8) | HARNESS_TYPE(HINGE_UINT8), __VA_ARGS__)
#define B(...)                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .low = 0, .high = 9, .dims = {__VA_ARGS__},                             \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_ALWAYS  \
    }

static void bytes(void)
{
    BYTES(.inputs = {B(2, 18, 13, HARNESS_N)},
          .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INTS("strides", 2, 2),
                         ATTR_INTS("pads", 1, 1, 1, 1)});
    BYTES(.inputs = {B(1, 9, 7, 70)},
          .attributes = {ATTR_INTS("kernel_shape", 3, 2), ATTR_INTS("strides", 2, 1),
                         ATTR_INTS("pads", 0, 1, 1, 0), ATTR_INT("ceil_mode", 1)});
    BYTES(.inputs = {B(2, 5, 6, 7, 9)},
          .attributes = {ATTR_INTS("kernel_shape", 2, 3, 2), ATTR_INTS("dilations", 2, 1, 3)});
    BYTES(.inputs = {B(1, 11, 5)},
          .attributes = {ATTR_INTS("kernel_shape", 3), ATTR_STRING("auto_pad", "SAME_LOWER")});
    BYTES(.inputs = {B(0, 4, 4, 3)}, .attributes = {ATTR_INTS("kernel_shape", 2, 2)});
    BYTES(.inputs = {B(1, 4, 4, 3)}, .fails = HINGE_BAD_MODEL, .says = "kernel_shape");
}

void test_poolchannelslast(void)
{
    bytes();
    windows("MaxPoolChannelsLast", false);
    windows("AveragePoolChannelsLast", true);
    POOL("AveragePoolChannelsLast", .inputs = {OF(true, 2, 18, 13, 5)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INTS("pads", 1, 1, 2, 0),
                        ATTR_INTS("strides", 2, 2), ATTR_INT("ceil_mode", 1),
                        ATTR_INT("count_include_pad", 1)});
    into("MaxPoolChannelsInto", false);
    into("AveragePoolChannelsInto", true);
    global("GlobalMaxPoolChannelsLast", false);
    global("GlobalAveragePoolChannelsLast", true);
}
