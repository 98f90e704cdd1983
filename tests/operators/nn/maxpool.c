/* MaxPool, with its indices, against a plain loop over each window. */
#include "tests/operators/harness/window.h"

#include <math.h>

struct found {
    double most;
    int64_t index;
};

static struct found max_at(const struct harness_call *call, const struct window_geometry *g,
                           int64_t channel, const int64_t *out)
{
    struct found found = {-INFINITY, -1};
    for (int64_t z = 0; z < g->kernel[0]; z++)
        for (int64_t y = 0; y < g->kernel[1]; y++)
            for (int64_t x = 0; x < g->kernel[2]; x++) {
                const int64_t k[3] = {z, y, x};
                int64_t at[3];
                bool inside = true;
                for (int d = 0; d < 3; d++) {
                    at[d] = out[d] * g->stride[d] + k[d] * g->dilation[d] - g->pad[d];
                    inside = inside && at[d] >= 0 && at[d] < g->in[d];
                }
                if (!inside)
                    continue;
                const int64_t plane = g->in[1] * g->in[2];
                const double v =
                    harness_get(call->inputs[0], channel * g->in[0] * plane + at[0] * plane +
                                                     at[1] * g->in[2] + at[2]);
                if (found.index >= 0 && !(v > found.most) && !isnan(v))
                    continue;
                found.most = v;
                found.index = harness_attr_int(call, "storage_order", 0)
                                  ? (at[2] * g->in[1] + at[1]) * g->in[0] + at[0]
                                  : at[0] * plane + at[1] * g->in[2] + at[2];
                found.index += channel * g->in[0] * plane;
            }
    return found;
}

static void reference(struct harness_call *call)
{
    const struct window_geometry g =
        window_geometry_of(call, NULL, harness_attr_int(call, "ceil_mode", 0) != 0);
    int64_t dims[5];
    const int32_t rank = window_geometry_dims(&g, call, call->inputs[0]->dims[1], dims);
    hinge_tensor *y = harness_output(call, 0, call->inputs[0]->type, rank, dims);
    hinge_tensor *indices =
        call->n_outputs > 1 ? harness_output(call, 1, HINGE_INT64, rank, dims) : NULL;
    const int64_t plane = g.out[1] * g.out[2], pixels = g.out[0] * plane;
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const int64_t p = i % pixels;
        const int64_t out[3] = {p / plane, p / g.out[2] % g.out[1], p % g.out[2]};
        const struct found found = max_at(call, &g, i / pixels, out);
        harness_set(y, i, found.most);
        if (indices)
            harness_set_int(indices, i, found.index);
    }
}

#define POOL(...) CHECK_OP(.op = "MaxPool", .reference = reference, __VA_ARGS__)

void test_maxpool(void)
{
    const uint32_t types = HARNESS_FLOATS | HARNESS_TYPE(HINGE_INT8) | HARNESS_TYPE(HINGE_UINT8);
    POOL(.opsets = {7, 8, 10, 11, 12, 22}, .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 17, 19)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 2)});
    POOL(.types = types, .inputs = {TENSOR(HARNESS_T, -99, 99, 2, 3, 18, 13)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INTS("strides", 2, 2),
                        ATTR_INTS("pads", 1, 1, 1, 1)});
    POOL(.types = types, .n_outputs = 2, .inputs = {TENSOR(HARNESS_T, -99, 99, 2, 3, 9, 13)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INTS("strides", 2, 1),
                        ATTR_INTS("pads", 1, 1, 1, 1), ATTR_INT("storage_order", 1)});
    POOL(.n_outputs = 2, .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 2, 6, 7, 8)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 2, 2), ATTR_INTS("dilations", 2, 1, 3)});
    POOL(.inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 2, 18, 13)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 3), ATTR_INTS("strides", 2, 2),
                        ATTR_INT("ceil_mode", 1)});
    POOL(.inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 2, 14, 9, 11)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 2, 4), ATTR_INTS("dilations", 2, 3, 1),
                        ATTR_INTS("strides", 1, 3, 3), ATTR_INTS("pads", 1, 0, 2, 2, 1, 0)});
    POOL(.types = HARNESS_TYPE(HINGE_INT8) | HARNESS_TYPE(HINGE_UINT8),
         .inputs = {TENSOR(HARNESS_T, -128, 127, 2, 2, 14, 9, 11)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 2, 4), ATTR_INTS("dilations", 2, 3, 1),
                        ATTR_INTS("strides", 1, 3, 3), ATTR_INTS("pads", 1, 2, 2, 1, 1, 3)});
    POOL(.types = HARNESS_FLOATS, .inputs = {TENSOR(HARNESS_T, -9, 9, 1, 5, HARNESS_N)},
         .attributes = {ATTR_INTS("kernel_shape", 4), ATTR_INTS("pads", 2, 2)});
    POOL(.inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 2, 11, 8)},
         .attributes = {ATTR_INTS("kernel_shape", 4, 3), ATTR_INTS("strides", 2, 3),
                        ATTR_STRING("auto_pad", "SAME_LOWER")});
    /* A dilated window larger than the input: rounded up, one if less than a stride lacks. */
    POOL(.n_outputs = 2, .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 2, 3, 2)},
         .attributes = {ATTR_INTS("kernel_shape", 3, 2), ATTR_INTS("dilations", 2, 4),
                        ATTR_INTS("strides", 3, 4), ATTR_INT("ceil_mode", 1)});
    POOL(.inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 2, 4, 4)},
         .attributes = {ATTR_INTS("kernel_shape", 5, 1), ATTR_INT("ceil_mode", 1)},
         .fails = HINGE_BAD_SHAPE, .says = "reaches over 5");
    POOL(.inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 2, 4, 4)},
         .attributes = {ATTR_INTS("kernel_shape", 5, 1)}, .fails = HINGE_BAD_SHAPE,
         .says = "reaches over 5");
    POOL(.inputs = {TENSOR(HINGE_FLOAT, -9, 9, 1, 2, 4, 4)},
         .attributes = {ATTR_INTS("kernel_shape", 1)}, .fails = HINGE_BAD_MODEL,
         .says = "kernel_shape has 1 values");
}
