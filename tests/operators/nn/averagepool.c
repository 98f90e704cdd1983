/* AveragePool against a plain loop over each window. */
#include "tests/operators/harness/window.h"

static bool within(int64_t i, int64_t low, int64_t high)
{
    return i >= low && i < high;
}

static double mean_at(const struct harness_call *call, const struct window_geometry *g,
                      int64_t channel, const int64_t *out, bool count_pads)
{
    double sum = 0, count = 0;
    for (int64_t z = 0; z < g->kernel[0]; z++)
        for (int64_t y = 0; y < g->kernel[1]; y++)
            for (int64_t x = 0; x < g->kernel[2]; x++) {
                const int64_t k[3] = {z, y, x};
                int64_t at[3];
                bool inside = true, padded = true;
                for (int d = 0; d < 3; d++) {
                    at[d] = out[d] * g->stride[d] + k[d] * g->dilation[d] - g->pad[d];
                    inside = inside && within(at[d], 0, g->in[d]);
                    padded = padded && within(at[d], -g->pad[d], g->in[d] + g->pad_end[d]);
                }
                if (inside)
                    sum += harness_get(
                        call->inputs[0],
                        ((channel * g->in[0] + at[0]) * g->in[1] + at[1]) * g->in[2] + at[2]);
                count += inside || (padded && count_pads);
            }
    return sum / count;
}

static void reference(struct harness_call *call)
{
    const struct window_geometry g =
        window_geometry_of(call, NULL, harness_attr_int(call, "ceil_mode", 0) != 0);
    int64_t dims[5];
    const int32_t rank = window_geometry_dims(&g, call, call->inputs[0]->dims[1], dims);
    hinge_tensor *y = harness_output(call, 0, call->inputs[0]->type, rank, dims);
    const int64_t plane = g.out[1] * g.out[2], pixels = g.out[0] * plane;
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const int64_t p = i % pixels;
        const int64_t out[3] = {p / plane, p / g.out[2] % g.out[1], p % g.out[2]};
        harness_set(y, i,
                    mean_at(call, &g, i / pixels, out,
                            harness_attr_int(call, "count_include_pad", 0) != 0));
    }
}

/* The largest floats would overflow in float and not in double. */
#define POOL(...)                                                                                  \
    CHECK_OP(.op = "AveragePool", .reference = reference, .absolute = 2e-6, .relative = 2e-6,      \
             __VA_ARGS__)
#define X(...)                                                                                     \
    {                                                                                              \
        .type = HINGE_FLOAT, .low = -2, .high = 2, .dims = {__VA_ARGS__},                          \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define Y(...)                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .low = -2, .high = 2, .dims = {__VA_ARGS__},                            \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }

void test_averagepool(void)
{
    POOL(.opsets = {7, 10, 11, 19, 22}, .inputs = {X(2, 3, 17, 19)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 2)});
    POOL(.inputs = {X(2, 3, 18, 13)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INTS("strides", 2, 2),
                        ATTR_INTS("pads", 1, 1, 1, 1)});
    POOL(.inputs = {X(1, 2, 18, 13)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INTS("strides", 2, 2),
                        ATTR_INTS("pads", 0, 2, 1, 1), ATTR_INT("ceil_mode", 1),
                        ATTR_INT("count_include_pad", 1)});
    POOL(.inputs = {X(1, 2, 14, 9, 11)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 2, 4), ATTR_INTS("dilations", 2, 3, 1),
                        ATTR_INTS("strides", 1, 3, 3), ATTR_INTS("pads", 1, 0, 2, 2, 1, 0)});
    POOL(.inputs = {X(1, 5, HARNESS_N)},
         .attributes = {ATTR_INTS("kernel_shape", 4), ATTR_INTS("pads", 2, 2)});
    POOL(.inputs = {X(1, 2, 11, 8)},
         .attributes = {ATTR_INTS("kernel_shape", 4, 3), ATTR_INTS("strides", 2, 3),
                        ATTR_STRING("auto_pad", "SAME_UPPER"), ATTR_INT("count_include_pad", 1)});
    POOL(.inputs = {X(1, 2, 11, 8)},
         .attributes = {ATTR_INTS("kernel_shape", 4, 3), ATTR_STRING("auto_pad", "SAME_LOWER")});
    /* Rounded once from float; in double itself. */
#define OTHERS(...)                                                                                \
    CHECK_OP(.op = "AveragePool", .reference = reference, .ulp = 0.51, .absolute = 1e-6,           \
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16), __VA_ARGS__);    \
    CHECK_OP(.op = "AveragePool", .reference = reference, .relative = 1e-14, .absolute = 1e-14,    \
             .types = HARNESS_TYPE(HINGE_DOUBLE), __VA_ARGS__)
    OTHERS(.opsets = {7, 22}, .inputs = {Y(2, 3, 17, 19)},
           .attributes = {ATTR_INTS("kernel_shape", 3, 2), ATTR_INTS("pads", 1, 0, 1, 1),
                          ATTR_INTS("strides", 2, 2), ATTR_INT("count_include_pad", 1)});
    OTHERS(.inputs = {Y(1, 2, 5, 6, HARNESS_N)},
           .attributes = {ATTR_INTS("kernel_shape", 2, 3, 1), ATTR_INTS("strides", 1, 1, 3)});
    /* Windows larger than the padded input: rounded up, there is one if less than a stride lacks.
     */
    POOL(.inputs = {X(1, 2, 7, 7)},
         .attributes = {ATTR_INTS("kernel_shape", 1280, 9), ATTR_INTS("strides", 1280, 3),
                        ATTR_INT("ceil_mode", 1)});
    POOL(.inputs = {X(1, 2, 3)},
         .attributes = {ATTR_INTS("kernel_shape", 3), ATTR_INTS("dilations", 3),
                        ATTR_INTS("strides", 3), ATTR_INTS("pads", 1, 1), ATTR_INT("ceil_mode", 1),
                        ATTR_INT("count_include_pad", 1)});
    POOL(.inputs = {X(1, 2, 5)},
         .attributes = {ATTR_INTS("kernel_shape", 7), ATTR_INTS("strides", 2),
                        ATTR_INT("ceil_mode", 1)},
         .fails = HINGE_BAD_SHAPE, .says = "the kernel reaches over 7");
    POOL(.inputs = {X(1, 2, 5)},
         .attributes = {ATTR_INTS("kernel_shape", 7), ATTR_INTS("strides", 9)},
         .fails = HINGE_BAD_SHAPE, .says = "the kernel reaches over 7");
    POOL(.inputs = {X(1, 2, 5, 5)}, .fails = HINGE_BAD_MODEL, .says = "kernel_shape is missing");
    POOL(.inputs = {X(1, 2)}, .attributes = {ATTR_INTS("kernel_shape", 1)},
         .fails = HINGE_UNSUPPORTED, .says = "rank 2");
    POOL(.inputs = {X(1, 2, 5)}, .attributes = {ATTR_INTS("kernel_shape", -1)},
         .fails = HINGE_BAD_VALUE, .says = "kernel_shape");
}
