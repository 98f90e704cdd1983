/* ConvTranspose against its definition: every input element times every weight, added where it
 * belongs. */
#include "tests/operators/harness/convolution.h"

#include <string.h>

static int64_t list(const struct harness_call *call, const char *name, int32_t i, int64_t otherwise)
{
    const struct harness_attribute *a = harness_attr(call, name);
    return a ? a->ints[i] : otherwise;
}

static void set_outputs(const struct harness_call *call, struct window_geometry *g)
{
    const struct harness_attribute *automatic = harness_attr(call, "auto_pad");
    for (int32_t i = 0; i < g->n; i++) {
        const int32_t to = 3 - g->n + i;
        const int64_t full = (g->in[to] - 1) * g->stride[to] + list(call, "output_padding", i, 0) +
                             (g->kernel[to] - 1) * g->dilation[to] + 1;
        const bool upper = automatic && !strcmp(automatic->s, "SAME_UPPER");
        const bool same = upper || (automatic && !strcmp(automatic->s, "SAME_LOWER"));
        g->pad[to] = list(call, "pads", i, 0);
        g->out[to] = full - g->pad[to] - list(call, "pads", g->n + i, 0);
        if (same || harness_attr(call, "output_shape")) {
            g->out[to] = list(call, "output_shape", i, g->in[to] * g->stride[to]);
            const int64_t total = full > g->out[to] ? full - g->out[to] : 0;
            g->pad[to] = upper ? total / 2 : total - total / 2;
        }
    }
}

static void scatter(const struct harness_call *call, const struct window_geometry *g, int64_t maps,
                    int64_t image, int64_t channel, int64_t m, hinge_tensor *y)
{
    const hinge_tensor *x = call->inputs[0], *w = call->inputs[1];
    const int64_t groups = harness_attr_int(call, "group", 1);
    const int64_t group = channel / (x->dims[1] / groups);
    const int64_t pixels = g->in[0] * g->in[1] * g->in[2];
    const int64_t volume = g->kernel[0] * g->kernel[1] * g->kernel[2];
    for (int64_t p = 0; p < pixels; p++)
        for (int64_t k = 0; k < volume; k++) {
            const int64_t in[3] = {p / g->in[2] / g->in[1], p / g->in[2] % g->in[1], p % g->in[2]};
            const int64_t tap[3] = {k / g->kernel[2] / g->kernel[1],
                                    k / g->kernel[2] % g->kernel[1], k % g->kernel[2]};
            int64_t at = (image * groups + group) * maps + m;
            bool inside = true;
            for (int d = 0; d < 3; d++) {
                const int64_t o = in[d] * g->stride[d] + tap[d] * g->dilation[d] - g->pad[d];
                inside = inside && o >= 0 && o < g->out[d];
                at = at * g->out[d] + o;
            }
            if (inside)
                harness_set(y, at,
                            harness_get(y, at) +
                                harness_get(x, (image * x->dims[1] + channel) * pixels + p) *
                                    harness_get(w, (channel * maps + m) * volume + k));
        }
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *w = call->inputs[1];
    const hinge_tensor *bias = call->n_inputs > 2 ? call->inputs[2] : NULL;
    struct window_geometry g = window_geometry_of(call, w, false);
    const int64_t maps = w->dims[1];
    int64_t dims[5];
    set_outputs(call, &g);
    const int32_t rank =
        window_geometry_dims(&g, call, maps * harness_attr_int(call, "group", 1), dims);
    hinge_tensor *y = harness_output(call, 0, x->type, rank, dims);
    const int64_t pixels = g.out[0] * g.out[1] * g.out[2];
    for (int64_t i = 0; bias && i < hinge_count(y); i++)
        harness_set(y, i, harness_get(bias, i / pixels % dims[1]));
    for (int64_t n = 0; n < x->dims[0]; n++)
        for (int64_t c = 0; c < x->dims[1]; c++)
            for (int64_t m = 0; m < maps; m++)
                scatter(call, &g, maps, n, c, m, y);
    const struct harness_epilogue *epilogue = &call->c->epilogue;
    for (int64_t i = 0; i < hinge_count(y); i++) {
        double v = harness_get(y, i);
        if (epilogue->addend)
            v += harness_get(call->inputs[epilogue->addend], i);
        harness_set(y, i, epilogue->activation.kind == HINGE_ACT_RELU && v < 0 ? 0 : v);
    }
}

#define TRANSPOSE(...)                                                                             \
    CHECK_OP(.op = "ConvTranspose", .reference = reference, .absolute = 2e-5, .relative = 2e-5,    \
             __VA_ARGS__)

#define TRANSPOSE_TYPES(...)                                                                       \
    CHECK_CONVOLUTION_TYPES(.op = "ConvTranspose", .reference = reference, __VA_ARGS__)

static void types(void)
{
    TRANSPOSE_TYPES(.inputs = {XT(1, 2, 9), WT(2, 3, 4), WT(3)},
                    .attributes = {ATTR_INTS("strides", 2)});
    TRANSPOSE_TYPES(.inputs = {XT(2, 6, 7, 5), WT(6, 2, 3, 3), WT(6)},
                    .attributes = {ATTR_INT("group", 3), ATTR_INTS("strides", 2, 2),
                                   ATTR_INTS("pads", 1, 1, 1, 1),
                                   ATTR_INTS("output_padding", 1, 1)});
    TRANSPOSE_TYPES(.inputs = {XT(1, 400, 4, 9), WT(400, 3, 2, 2)},
                    .attributes = {ATTR_INTS("strides", 2, 2)});
    TRANSPOSE_TYPES(.inputs = {XT(2, 0, 9), WT(0, 3, 4), WT(3)});
    TRANSPOSE_TYPES(.inputs = {XT(2, 2, 9), WT(2, 0, 4)});
    TRANSPOSE_TYPES(.inputs = {XT(0, 2, 9), WT(2, 3, 4), WT(3)});
}

void test_convtranspose(void)
{
    types();
    TRANSPOSE(.opsets = {7, 11, 22}, .inputs = {X(2, 3, 5, 6), W(3, 4, 3, 2)});
    TRANSPOSE(.inputs = {X(1, 2, HARNESS_N), W(2, 3, 4), W(3)},
              .attributes = {ATTR_INTS("strides", 2)});
    TRANSPOSE(.inputs = {X(1, 2, 3, 4, 5), W(2, 3, 2, 3, 2), W(3)},
              .attributes = {ATTR_INTS("strides", 2, 1, 3), ATTR_INTS("dilations", 1, 2, 2),
                             ATTR_INTS("pads", 1, 0, 1, 0, 2, 0)});
    TRANSPOSE(.inputs = {X(1, 6, 7, 5), W(6, 2, 3, 3), W(6)},
              .attributes = {ATTR_INT("group", 3), ATTR_INTS("strides", 2, 2),
                             ATTR_INTS("pads", 1, 1, 1, 1), ATTR_INTS("output_padding", 1, 1)});
    TRANSPOSE(.inputs = {X(1, 2, 3, 3), W(2, 2, 3, 3)},
              .attributes = {ATTR_INTS("strides", 3, 2), ATTR_INTS("output_shape", 10, 8)});
    TRANSPOSE(.inputs = {X(1, 2, 3, 3), W(2, 2, 3, 3)},
              .attributes = {ATTR_INTS("strides", 3, 2), ATTR_INTS("output_shape", 8, 6),
                             ATTR_STRING("auto_pad", "SAME_UPPER")});
    TRANSPOSE(.inputs = {X(1, 2, 3, 3), W(2, 2, 4, 3)},
              .attributes = {ATTR_INTS("strides", 1, 2), ATTR_STRING("auto_pad", "SAME_LOWER")});
    TRANSPOSE(.inputs = {X(1, 400, 4, 9), W(400, 3, 2, 2)},
              .attributes = {ATTR_INTS("strides", 2, 2)});
    TRANSPOSE(.inputs = {X(1, 3, 5, 5), W(3, 4, 2, 2), W(4), X(1, 4, 6, 6)},
              .epilogue = {.activation = {.kind = HINGE_ACT_RELU}, .addend = 3});
    TRANSPOSE(.inputs = {X(1, 3, 5, 5), W(4, 4, 2, 2)}, .fails = HINGE_BAD_SHAPE,
              .says = "3 channels in 1 groups");
    TRANSPOSE(.inputs = {X(1, 3, 1, 1), W(3, 4, 2, 2)},
              .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)}, .fails = HINGE_BAD_SHAPE,
              .says = "extent at axis 0");
    TRANSPOSE(.inputs = {X(1, 3, 2, 2), W(3, 4, 2, 2)},
              .attributes = {ATTR_INTS("output_shape", 1)}, .fails = HINGE_BAD_MODEL,
              .says = "output_shape");
}
