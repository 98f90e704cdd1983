/* FusedConv against a plain loop over output elements and kernel positions, in double. How the
 * window lies is tested with Conv. */
#include "tests/operators/fused.h"
#include "tests/operators/harness/window.h"

static double sum_at(const struct harness_call *call, const struct window_geometry *g,
                     int64_t image, int64_t map, int64_t oy, int64_t ox)
{
    const hinge_tensor *x = call->inputs[0], *w = call->inputs[1];
    const int64_t groups = harness_attr_int(call, "group", 1);
    const int64_t channels = w->dims[1], group = map / (w->dims[0] / groups);
    double sum = call->n_inputs > 2 && call->inputs[2] ? harness_get(call->inputs[2], map) : 0;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t y = 0; y < g->kernel[1]; y++)
            for (int64_t k = 0; k < g->kernel[2]; k++) {
                const int64_t iy = oy * g->stride[1] + y - g->pad[1];
                const int64_t ix = ox * g->stride[2] + k - g->pad[2];
                const int64_t channel = image * x->dims[1] + group * channels + c;
                if (iy < 0 || iy >= g->in[1] || ix < 0 || ix >= g->in[2])
                    continue;
                sum += harness_get(x, (channel * g->in[1] + iy) * g->in[2] + ix) *
                       harness_get(w, ((map * channels + c) * g->kernel[1] + y) * g->kernel[2] + k);
            }
    return sum;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *w = call->inputs[1];
    const struct window_geometry g = window_geometry_of(call, w, false);
    const struct harness_attribute *activation = harness_attr(call, "activation");
    const struct harness_attribute *given = harness_attr(call, "activation_params");
    const double alpha = given && given->count > 0 ? (double)given->floats[0] : 0.01F;
    const double beta = given && given->count > 1 ? (double)given->floats[1] : 0;
    int64_t dims[5];
    const int32_t rank = window_geometry_dims(&g, call, w->dims[0], dims);
    hinge_tensor *y = harness_output(call, 0, call->inputs[0]->type, rank, dims);
    const int64_t pixels = g.out[1] * g.out[2];
    for (int64_t i = 0; i < hinge_count(y); i++) {
        double sum = sum_at(call, &g, i / pixels / dims[1], i / pixels % dims[1],
                            i % pixels / g.out[2], i % g.out[2]);
        if (call->n_inputs > 3)
            sum += harness_get(call->inputs[3], i);
        harness_set(y, i, fused(activation ? activation->s : NULL, sum, alpha, beta));
    }
}

#define NUMBERS(type_, constant_, ...)                                                             \
    {                                                                                              \
        .type = (type_), .low = -1, .high = 1, .dims = {__VA_ARGS__}, .constant = (constant_),     \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define X(...) NUMBERS(HARNESS_T, false, __VA_ARGS__)
#define W(...) NUMBERS(HARNESS_T, true, __VA_ARGS__)
#define F(...) NUMBERS(HINGE_FLOAT, false, __VA_ARGS__)
#define TYPES (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16))
#define CONV(...)                                                                                  \
    CHECK_OP(.op = "FusedConv", .domain = "com.microsoft", .reference = reference, .ulp = 0.51,    \
             .absolute = 3e-5, .relative = 2e-5, __VA_ARGS__)
#define ACTIVATION(name) ATTR_STRING("activation", name)
#define PADS ATTR_INTS("pads", 1, 1, 1, 1)

void test_fusedconv(void)
{
    const char *const names[] = {"Relu", "LeakyRelu", "Tanh", "Sigmoid"};
    CONV(.types = TYPES, .inputs = {X(2, 3, 9, 11), W(4, 3, 3, 3), W(4)});
    for (int i = 0; i < 4; i++)
        CONV(.types = TYPES, .inputs = {X(2, 6, 9, 11), W(8, 3, 3, 3), W(8), X(2, 8, 9, 11)},
             .attributes = {ACTIVATION(names[i]), PADS, ATTR_INT("group", 2)});
    CONV(.types = TYPES, .inputs = {X(1, 5, 8, HARNESS_N), W(7, 5, 1, 1)},
         .attributes = {ACTIVATION("Clip"), ATTR_FLOATS("activation_params", -0.5F, 0.75F)});
    CONV(.types = TYPES, .inputs = {X(1, 5, 8, 9), X(7, 5, 3, 3), OMITTED, X(1, 7, 6, 7)},
         .attributes = {ACTIVATION("HardSigmoid"), ATTR_FLOATS("activation_params", 0.3F, 0.4F)});
    /* Depthwise, and an image for Winograd. */
    CONV(.types = TYPES, .inputs = {X(1, 16, 20, 19), W(16, 1, 3, 3), W(16), X(1, 16, 20, 19)},
         .attributes = {ACTIVATION("Relu"), PADS, ATTR_INT("group", 16)});
    CONV(.inputs = {F(1, 16, 30, 30), NUMBERS(HINGE_FLOAT, true, 24, 16, 3, 3),
                    NUMBERS(HINGE_FLOAT, true, 24), F(1, 24, 30, 30)},
         .attributes = {ACTIVATION("LeakyRelu"), PADS, ATTR_FLOATS("activation_params", 0.2F)});
    CONV(.inputs = {F(2, 3, 9, 11), F(4, 3, 3, 3), F(4), F(2, 4, 9, 11)}, .fails = HINGE_BAD_SHAPE,
         .says = "Z has not the dimensions of the output");
    CONV(.inputs = {F(2, 3, 9, 11), F(4, 3, 3, 3)}, .attributes = {ACTIVATION("Gelu")},
         .fails = HINGE_UNSUPPORTED, .says = "activation Gelu is not supported");
}
