/* MaxRoiPool: every cell against all elements of its image, in double. */
#include "tests/operators/harness.h"

#include <math.h>

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *rois = call->inputs[1];
    const int64_t *shape = harness_attr(call, "pooled_shape")->ints;
    const double scale = (double)harness_attr_float(call, "spatial_scale", 1);
    const int64_t dims[4] = {rois->dims[0], x->dims[1], shape[0], shape[1]};
    hinge_tensor *y = harness_output(call, 0, x->type, 4, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK];
        double low[2], high[2], most = -INFINITY;
        bool found = false;
        harness_coordinates(y, i, at);
        for (int d = 0; d < 2; d++) {
            const double begin = round(harness_get(rois, at[0] * 5 + 2 - d) * scale);
            const double end = round(harness_get(rois, at[0] * 5 + 4 - d) * scale);
            const double cell = fmax(end - begin + 1, 1) / (double)shape[d];
            low[d] = begin + floor((double)at[2 + d] * cell);
            high[d] = begin + ceil((double)(at[2 + d] + 1) * cell);
        }
        const int64_t image = (int64_t)harness_get(rois, at[0] * 5);
        for (int64_t h = 0; h < x->dims[2]; h++)
            for (int64_t w = 0; w < x->dims[3]; w++) {
                const int64_t from[4] = {image, at[1], h, w};
                const double v = harness_get(x, harness_index(x, from));
                if ((double)h < low[0] || (double)h >= high[0] || (double)w < low[1] ||
                    (double)w >= high[1])
                    continue;
                found = true;
                most = isnan(v) || isnan(most) ? NAN : fmax(most, v);
            }
        harness_set(y, i, found ? most : 0);
    }
}

static const double regions[] = {0, 0, 0, 10, 7, 1, 3,  2,  3,  2,  1, 5,  5,  1, 1,
                                 0, 2, 3, 9,  5, 1, 20, 20, 30, 30, 0, -5, -5, 4, 200};

#define ROIS(n, values_)                                                                           \
    {                                                                                              \
        .type = HARNESS_T, .rank = 2, .dims = {n, 5}, .values = (values_),                         \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define X(...) TENSOR(HARNESS_T, -9, 9, __VA_ARGS__)
#define FLOAT_ONLY .types = HARNESS_TYPE(HINGE_FLOAT)

void test_maxroipool(void)
{
    CHECK_OP(.op = "MaxRoiPool", .types = HARNESS_FLOATS, .reference = reference,
             .attributes = {ATTR_INTS("pooled_shape", 3, 4)},
             .inputs = {X(2, 3, 8, 11), ROIS(6, regions)});
    CHECK_OP(.op = "MaxRoiPool", .types = HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_BFLOAT16),
             .opsets = {7, 21}, .reference = reference,
             .attributes = {ATTR_INTS("pooled_shape", 2, 2), ATTR_FLOAT("spatial_scale", 0.25F)},
             .inputs = {X(2, 3, 8, 11), ROIS(6, regions)});
    CHECK_OP(.op = "MaxRoiPool", FLOAT_ONLY, .reference = reference,
             .attributes = {ATTR_INTS("pooled_shape", 1, 1), ATTR_FLOAT("spatial_scale", 20)},
             .inputs = {X(2, 40, 60, 150), ROIS(6, regions)});
    CHECK_OP(.op = "MaxRoiPool", FLOAT_ONLY, .reference = reference,
             .attributes = {ATTR_INTS("pooled_shape", 2, 2)},
             .inputs = {X(2, 3, 8, 0), ROIS(6, regions)});
    CHECK_OP(.op = "MaxRoiPool", FLOAT_ONLY, .reference = reference,
             .attributes = {ATTR_INTS("pooled_shape", 2, 2)},
             .inputs = {X(2, 3, 8, 5), ROIS(0, NULL)});
    CHECK_OP(.op = "MaxRoiPool", FLOAT_ONLY, .attributes = {ATTR_INTS("pooled_shape", 2)},
             .inputs = {X(2, 3, 8, 5), ROIS(6, regions)}, .fails = HINGE_BAD_MODEL,
             .says = "pooled_shape has 1 values");
    CHECK_OP(.op = "MaxRoiPool", FLOAT_ONLY, .attributes = {ATTR_INTS("pooled_shape", 0, 2)},
             .inputs = {X(2, 3, 8, 5), ROIS(6, regions)}, .fails = HINGE_BAD_VALUE,
             .says = "pooled_shape has the value 0");
    CHECK_OP(.op = "MaxRoiPool", FLOAT_ONLY, .attributes = {ATTR_INTS("pooled_shape", 2, 2)},
             .inputs = {X(2, 3, 8), ROIS(6, regions)}, .fails = HINGE_BAD_SHAPE,
             .says = "X has rank 3");
    CHECK_OP(.op = "MaxRoiPool", FLOAT_ONLY, .attributes = {ATTR_INTS("pooled_shape", 2, 2)},
             .inputs = {X(2, 3, 8, 5), X(2, 4)}, .fails = HINGE_BAD_SHAPE, .says = "rows of 5");
    CHECK_OP(.op = "MaxRoiPool", FLOAT_ONLY, .attributes = {ATTR_INTS("pooled_shape", 2, 2)},
             .inputs = {X(1, 3, 8, 5), ROIS(6, regions)}, .fails = HINGE_BAD_VALUE,
             .says = "region 1 is of none of the 1 images");
}
