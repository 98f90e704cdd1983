/* RoiAlign sample by sample, as the standard's reference has it, in double. */
#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

struct sums {
    double sum, most;
    bool any;
};

static void take(struct sums *s, double v)
{
    s->most = !s->any || v > s->most ? v : s->most;
    s->any = true;
}

static void sample(const hinge_tensor *x, int64_t plane, double h, double w, struct sums *s)
{
    const double height = (double)x->dims[2], width = (double)x->dims[3];
    if (h < -1 || h > height || w < -1 || w > width) {
        take(s, 0);
        return;
    }
    h = fmin(fmax(h, 0), height - 1);
    w = fmin(fmax(w, 0), width - 1);
    for (int k = 0; k < 4; k++) {
        const double row = fmin(floor(h) + k / 2, height - 1),
                     column = fmin(floor(w) + k % 2, width - 1);
        const double along_h = k / 2 ? h - floor(h) : 1 - (h - floor(h));
        const double along_w = k % 2 ? w - floor(w) : 1 - (w - floor(w));
        const double v =
            along_h * along_w *
            harness_get(x, plane * x->dims[2] * x->dims[3] + (int64_t)(row * width + column));
        s->sum += v;
        take(s, v);
    }
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *rois = call->inputs[1], *images = call->inputs[2];
    const struct harness_attribute *mode = harness_attr(call, "mode");
    const struct harness_attribute *pixels = harness_attr(call, "coordinate_transformation_mode");
    const bool half = call->opset >= 16 && (!pixels || !strcmp(pixels->s, "half_pixel"));
    const double scale = (double)harness_attr_float(call, "spatial_scale", 1);
    const int64_t ratio = harness_attr_int(call, "sampling_ratio", 0);
    const int64_t dims[4] = {rois->dims[0], x->dims[1], harness_attr_int(call, "output_height", 1),
                             harness_attr_int(call, "output_width", 1)};
    hinge_tensor *y = harness_output(call, 0, x->type, 4, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK], n[2];
        double begin[2], cell[2];
        struct sums s = {0};
        harness_coordinates(y, i, at);
        for (int d = 0; d < 2; d++) {
            begin[d] = harness_get(rois, at[0] * 4 + 1 - d) * scale - (half ? 0.5 : 0);
            double extent = harness_get(rois, at[0] * 4 + 3 - d) * scale - (half ? 0.5 : 0);
            extent -= begin[d];
            if (!half)
                extent = fmax(extent, 1);
            cell[d] = extent / (double)dims[2 + d];
            n[d] = ratio ? ratio : (int64_t)ceil(cell[d]);
        }
        for (int64_t h = 0; h < n[0]; h++)
            for (int64_t w = 0; w < n[1]; w++)
                sample(
                    x, harness_get_int(images, at[0]) * x->dims[1] + at[1],
                    begin[0] + (double)at[2] * cell[0] + ((double)h + 0.5) * cell[0] / (double)n[0],
                    begin[1] + (double)at[3] * cell[1] + ((double)w + 0.5) * cell[1] / (double)n[1],
                    &s);
        if (mode && !strcmp(mode->s, "max"))
            harness_set(y, i, s.any ? s.most : 0);
        else
            harness_set(y, i, n[0] > 0 && n[1] > 0 ? s.sum / (double)(n[0] * n[1]) : 0);
    }
}

static const double regions[] = {0, 0, 10, 7, 2.25, 3.5, 5, 5.25, 5, 5, 1,  1,
                                 4, 1, 4,  3, -9,   -9,  9, 9,    7, 2, 99, 90};

#define ROIS(n, values_)                                                                           \
    {                                                                                              \
        .type = HARNESS_T, .rank = 2, .dims = {n, 4}, .values = (values_),                         \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define X(...)                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .low = -9, .high = 9, .dims = {__VA_ARGS__},                            \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define IMAGES LIST(HINGE_INT64, 0, 1, 1, 0, 1, 0)
#define ROIALIGN(...)                                                                              \
    CHECK_OP(.op = "RoiAlign", .reference = reference, .absolute = 1e-5, .ulp = 0.6, __VA_ARGS__)
#define REFUSED(status, text, x, rois, images, ...)                                                \
    CHECK_OP(.op = "RoiAlign", .types = HARNESS_TYPE(HINGE_FLOAT), .inputs = {x, rois, images},    \
             .attributes = {__VA_ARGS__}, .fails = (status), .says = (text))

static void errors(void)
{
    static const double wide[] = {0, 0, 1e9, 1};
    const struct harness_tensor x = X(2, 3, 4, 5), rois = ROIS(6, regions), images = IMAGES;
    const struct harness_tensor one = LIST(HINGE_INT64, 0);
    REFUSED(HINGE_BAD_MODEL, "mode is \"sum\"", x, rois, images, ATTR_STRING("mode", "sum"));
    REFUSED(HINGE_BAD_MODEL, "\"pixel\", not half_pixel", x, rois, images,
            ATTR_STRING("coordinate_transformation_mode", "pixel"));
    REFUSED(HINGE_BAD_VALUE, "sampling_ratio is -1", x, rois, images,
            ATTR_INT("sampling_ratio", -1));
    REFUSED(HINGE_BAD_VALUE, "0 x 1 cells", x, rois, images, ATTR_INT("output_height", 0));
    REFUSED(HINGE_BAD_SHAPE, "X has rank 3", X(2, 3, 4), rois, images, ATTR_INT("output_width", 1));
    REFUSED(HINGE_BAD_SHAPE, "rows of 4", x, X(6, 5), images, ATTR_INT("output_width", 1));
    REFUSED(HINGE_BAD_SHAPE, "each of 6 rois", x, rois, one, ATTR_INT("output_width", 1));
    REFUSED(HINGE_BAD_VALUE, "batch_indices[1] is 1, not in [0, 1)", X(1, 3, 4, 5), rois, images,
            ATTR_INT("output_width", 1));
    REFUSED(HINGE_LIMIT, "region 0 is too large", x, ROIS(1, wide), one,
            ATTR_INT("output_width", 1));
}

void test_roialign(void)
{
    static const char *const coordinates[] = {"half_pixel", "output_half_pixel"};
    static const char *const modes[] = {"avg", "max"};
    for (int i = 0; i < 8; i++)
        ROIALIGN(.types = HARNESS_FLOATS, .inputs = {X(2, 3, 8, 11), ROIS(6, regions), IMAGES},
                 .attributes = {ATTR_INT("output_height", 3), ATTR_INT("output_width", 4),
                                ATTR_STRING("mode", modes[i % 2]),
                                ATTR_INT("sampling_ratio", i / 2 % 2 * 3),
                                ATTR_STRING("coordinate_transformation_mode", coordinates[i / 4])});
    ROIALIGN(.types = HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_BFLOAT16), .opsets = {16, 21},
             .inputs = {X(2, 3, 8, 11), ROIS(6, regions), IMAGES});
    ROIALIGN(.types = HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_BFLOAT16), .opsets = {10, 15},
             .inputs = {X(2, 3, 8, 11), ROIS(6, regions), IMAGES},
             .attributes = {ATTR_FLOAT("spatial_scale", 0.5F), ATTR_INT("output_width", 2)});
    ROIALIGN(.types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {X(2, 70, 40, 50), ROIS(6, regions), IMAGES},
             .attributes = {ATTR_FLOAT("spatial_scale", 4), ATTR_INT("output_height", 2)});
    ROIALIGN(.types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {X(2, 0, 4, 5), ROIS(6, regions), IMAGES});
    ROIALIGN(.types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {X(2, 3, 4, 5), ROIS(0, NULL), TENSOR(HINGE_INT64, 0, 1, 0)});
    errors();
    ROIALIGN(.types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {X(2, 256, 50, 60), ROIS(6, regions), IMAGES},
             .attributes = {ATTR_FLOAT("spatial_scale", 4), ATTR_INT("output_height", 7),
                            ATTR_INT("output_width", 7), ATTR_INT("sampling_ratio", 2)},
             .bench = true);
}
