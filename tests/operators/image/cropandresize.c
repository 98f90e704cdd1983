/* CropAndResize: every point from the four pixels around it, in double. */
#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

/* Point i of n between two corners, in pixels. */
static double position(double from, double to, int64_t i, int64_t n, int64_t size)
{
    const double share = n > 1 ? (double)i / (double)(n - 1) : 0.5;
    return (from + (to - from) * share) * (double)(size - 1);
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *rois = call->inputs[1];
    const struct harness_attribute *mode = harness_attr(call, "mode");
    const int64_t dims[] = {rois->dims[0], x->dims[1], harness_get_int(call->inputs[3], 0),
                            harness_get_int(call->inputs[3], 1)};
    hinge_tensor *y = harness_output(call, 0, x->type, 4, dims);
    int64_t at[4];
    for (int64_t i = 0; i < hinge_count(y); i++) {
        double place[2], sum = 0;
        bool inside = true;
        harness_coordinates(y, i, at);
        for (int k = 0; k < 2; k++) {
            place[k] =
                position(harness_get(rois, 4 * at[0] + k), harness_get(rois, 4 * at[0] + k + 2),
                         at[2 + k], dims[2 + k], x->dims[2 + k]);
            inside = inside && place[k] >= 0 && place[k] <= (double)(x->dims[2 + k] - 1);
            if (mode && strcmp(mode->s, "nearest") == 0)
                place[k] = round(place[k]);
        }
        const int64_t plane = harness_get_int(call->inputs[2], at[0]) * x->dims[1] + at[1];
        for (int64_t p = 0; p < x->dims[2] * x->dims[3]; p++) {
            const double down = 1 - fabs(place[0] - (double)(p / x->dims[3]));
            const double across = 1 - fabs(place[1] - (double)(p % x->dims[3]));
            if (down > 0 && across > 0)
                sum += down * across * harness_get(x, plane * x->dims[2] * x->dims[3] + p);
        }
        harness_set(y, i,
                    inside ? sum : (double)harness_attr_float(call, "extrapolation_value", 0));
    }
}

#define NUMBERS(least, most, ...)                                                                  \
    {                                                                                              \
        .type = HARNESS_T, .low = (least), .high = (most), .dims = {__VA_ARGS__},                  \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define INDICES(...) LIST(HINGE_INT32, __VA_ARGS__)
#define SIZE(h, w) CONSTANT_LIST(HINGE_INT32, h, w)
#define CROP(...)                                                                                  \
    CHECK_OP(.op = "CropAndResize", .domain = "com.microsoft", .reference = reference, .ulp = 0.6, \
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16), .absolute = 1e-4,   \
             .relative = 1e-4, __VA_ARGS__)
#define REFUSED(status, text, ...)                                                                 \
    CHECK_OP(.op = "CropAndResize", .domain = "com.microsoft", .types = HARNESS_TYPE(HINGE_FLOAT), \
             .fails = (status), .says = (text), __VA_ARGS__)

void test_cropandresize(void)
{
    CROP(.inputs = {NUMBERS(-2, 2, 3, 2, 7, 9), NUMBERS(0.05, 0.95, 4, 4), INDICES(2, 0, 1, 1),
                    SIZE(5, 6)});
    CROP(.inputs = {NUMBERS(-2, 2, 1, 3, 8, 5), NUMBERS(-0.5, 1.5, 3, 4), INDICES(0, 0, 0),
                    SIZE(4, 7)},
         .attributes = {ATTR_FLOAT("extrapolation_value", 1.5F)});
    CROP(.inputs = {NUMBERS(-2, 2, 2, 1, 6, 6), NUMBERS(0.1, 0.9, 2, 4), INDICES(1, 0), SIZE(3, 4)},
         .attributes = {ATTR_STRING("mode", "nearest")});
    CROP(.inputs = {NUMBERS(-2, 2, 2, 1, 6, 6), NUMBERS(0.1, 0.9, 2, 4), INDICES(1, 0),
                    LIST(HINGE_INT32, 1, 1)});
    REFUSED(HINGE_BAD_SHAPE, "X has rank 3",
            .inputs = {NUMBERS(0, 1, 1, 6, 6), NUMBERS(0, 1, 1, 4), INDICES(0), SIZE(3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "rois is not",
            .inputs = {NUMBERS(0, 1, 1, 1, 6, 6), NUMBERS(0, 1, 1, 5), INDICES(0), SIZE(3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "batch_indices is not of 1 values",
            .inputs = {NUMBERS(0, 1, 1, 1, 6, 6), NUMBERS(0, 1, 1, 4), INDICES(0, 0), SIZE(3, 4)});
    REFUSED(HINGE_BAD_VALUE, "crop_size is not two positive numbers",
            .inputs = {NUMBERS(0, 1, 1, 1, 6, 6), NUMBERS(0, 1, 1, 4), INDICES(0), SIZE(3, 0)});
    REFUSED(HINGE_BAD_VALUE, "1",
            .inputs = {NUMBERS(0, 1, 1, 1, 6, 6), NUMBERS(0, 1, 1, 4), INDICES(1), SIZE(3, 4)});
    REFUSED(HINGE_BAD_VALUE, "mode is neither bilinear nor nearest",
            .inputs = {NUMBERS(0, 1, 1, 1, 6, 6), NUMBERS(0, 1, 1, 4), INDICES(0), SIZE(3, 4)},
            .attributes = {ATTR_STRING("mode", "cubic")});
}
