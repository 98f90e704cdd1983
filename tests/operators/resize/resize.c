/*
 * Resize against a sum over the whole input: along each axis every input position, those that lie
 * beyond the border counting as the border's, gets a weight from its distance to where the output
 * position lies.
 */
#include "tests/operators/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct axis {
    double begin, end, scale;
    int64_t n_from, n_to;
};

static const char *text(const struct harness_call *call, const char *name, const char *otherwise)
{
    const struct harness_attribute *attribute = harness_attr(call, name);
    return attribute ? attribute->s : otherwise;
}

static double position(const struct harness_call *call, const struct axis *a, int64_t i)
{
    const char *mode = call->opset < 11
                           ? "asymmetric"
                           : text(call, "coordinate_transformation_mode", "half_pixel");
    double x = (double)i, from = (double)a->n_from, to = from * a->scale; /* not rounded */
    if (!strcmp(mode, "asymmetric"))
        return x / a->scale;
    if (!strcmp(mode, "tf_half_pixel_for_nn"))
        return (x + 0.5) / a->scale;
    if (!strcmp(mode, "align_corners"))
        return a->n_to == 1 ? 0 : x * (from - 1) / (to - 1);
    if (!strcmp(mode, "tf_crop_and_resize") && a->n_to == 1)
        return 0.5 * (a->begin + a->end) * (from - 1);
    if (!strcmp(mode, "tf_crop_and_resize"))
        return a->begin * (from - 1) + x * (a->end - a->begin) * (from - 1) / (to - 1);
    if (!strcmp(mode, "pytorch_half_pixel") && a->n_to == 1)
        return 0;
    if (!strcmp(mode, "half_pixel_symmetric"))
        return from / 2 * (1 - (double)a->n_to / to) + (x + 0.5) / a->scale - 0.5;
    return (x + 0.5) / a->scale - 0.5;
}

static double rounded(const struct harness_call *call, double x, double scale)
{
    const char *mode = text(call, "nearest_mode", "round_prefer_floor");
    if (call->opset < 11)
        return scale < 1 ? ceil(x) : floor(x);
    if (!strcmp(mode, "floor") || (!strcmp(mode, "round_prefer_floor") && x - floor(x) <= 0.5))
        return floor(x);
    if (!strcmp(mode, "ceil") || x - floor(x) >= 0.5)
        return ceil(x);
    return floor(x);
}

static double filter(const struct harness_call *call, double distance)
{
    double d = fabs(distance), a = (double)harness_attr_float(call, "cubic_coeff_a", -0.75F);
    if (!strcmp(text(call, "mode", "nearest"), "linear"))
        return d < 1 ? 1 - d : 0;
    if (d <= 1)
        return (a + 2) * d * d * d - (a + 3) * d * d + 1;
    return d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a : 0;
}

/* The weights of the n_from input positions; false where the output is extrapolated. */
static bool weigh(const struct harness_call *call, const struct axis *a, int64_t i, double *weights)
{
    double x = position(call, a, i), sum = 0, limit = (double)(a->n_from - 1);
    bool exclude = harness_attr_int(call, "exclude_outside", 0) != 0;
    bool antialias = harness_attr_int(call, "antialias", 0) != 0;
    double stretch = antialias && a->scale < 1 ? 1 / a->scale : 1;
    memset(weights, 0, (size_t)a->n_from * sizeof *weights);
    if (!strcmp(text(call, "coordinate_transformation_mode", ""), "tf_crop_and_resize") &&
        (x < 0 || x > limit))
        return false;
    if (!strcmp(text(call, "mode", "nearest"), "nearest")) {
        weights[(int64_t)fmin(fmax(rounded(call, x, a->scale), 0), limit)] = 1;
        return true;
    }
    for (int64_t k = -3 * a->n_from - 3; k < 4 * a->n_from + 3; k++) {
        double w = filter(call, ((double)k - x) / stretch);
        if (exclude && (k < 0 || k >= a->n_from))
            continue;
        weights[k < 0 ? 0 : k >= a->n_from ? a->n_from - 1 : k] += w;
        sum += w;
    }
    for (int64_t k = 0; k < a->n_from && (exclude || antialias); k++)
        weights[k] /= sum;
    return true;
}

/* Sum over the whole input, weighted by the product of the axes' weights at output y[i]. */
static double interpolate(const struct harness_call *call, const struct axis *axes,
                          const int64_t *at)
{
    const hinge_tensor *x = call->inputs[0];
    double *weights[HINGE_MAX_RANK], sum = 0;
    bool inside = true;
    for (int32_t d = 0; d < x->rank; d++) {
        weights[d] = calloc((size_t)axes[d].n_from, sizeof(double));
        inside = weigh(call, &axes[d], at[d], weights[d]) && inside;
    }
    for (int64_t i = 0; i < hinge_count(x) && inside; i++) {
        int64_t from[HINGE_MAX_RANK];
        double w = 1;
        harness_coordinates(x, i, from);
        for (int32_t d = 0; d < x->rank; d++)
            w *= weights[d][from[d]];
        sum += w != 0 ? w * harness_get(x, i) : 0;
    }
    for (int32_t d = 0; d < x->rank; d++)
        free(weights[d]);
    return inside ? sum : (double)harness_attr_float(call, "extrapolation_value", 0);
}

/* Cases here state scales that are exact, so that n_from × scale is the dimension, or sizes. */
static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *listed = harness_attr(call, "axes");
    const hinge_tensor *scales = call->inputs[call->opset < 11 ? 1 : 2];
    const hinge_tensor *sizes = call->n_inputs > 3 ? call->inputs[3] : NULL;
    const char *policy = text(call, "keep_aspect_ratio_policy", "stretch");
    int64_t n = listed ? (int64_t)listed->count : x->rank, dims[HINGE_MAX_RANK];
    struct axis axes[HINGE_MAX_RANK];
    double common = strcmp(policy, "not_larger") ? 0 : INFINITY;
    for (int32_t d = 0; d < x->rank; d++)
        axes[d] = (struct axis){0, 1, 1, x->dims[d], x->dims[d]};
    for (int64_t k = 0; k < n; k++) {
        struct axis *a = &axes[listed ? listed->ints[k] : k];
        if (call->opset >= 11 && call->inputs[1]) {
            a->begin = harness_get(call->inputs[1], k);
            a->end = harness_get(call->inputs[1], n + k);
        }
        a->scale = sizes ? harness_get(sizes, k) / (double)a->n_from : harness_get(scales, k);
        a->n_to = sizes ? harness_get_int(sizes, k) : (int64_t)((double)a->n_from * a->scale);
        common = strcmp(policy, "not_larger") ? fmax(common, a->scale) : fmin(common, a->scale);
    }
    for (int64_t k = 0; k < n && strcmp(policy, "stretch"); k++) {
        struct axis *a = &axes[listed ? listed->ints[k] : k];
        a->scale = common;
        a->n_to = (int64_t)floor((double)a->n_from * common + 0.5);
    }
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = axes[d].n_to;
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK];
        harness_coordinates(y, i, at);
        double value = interpolate(call, axes, at);
        bool round = harness_attr_int(call, "antialias", 0) && !harness_is_floating(x->type);
        harness_set(y, i, round ? floor(value + 0.5) : value);
    }
}

#define X TENSOR(HARNESS_T, 0, 100, 2, 3, 4, 6)
#define F32(...)                                                                                   \
    {                                                                                              \
        .type = HINGE_FLOAT, .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__),                 \
        .dims = {__VA_ARGS__}, .low = -9, .high = 9, .specials = HARNESS_SPECIALS_NEVER            \
    }
#define SCALES(...) CONSTANT_LIST(HINGE_FLOAT, __VA_ARGS__)
#define SIZES(...) CONSTANT_LIST(HINGE_INT64, __VA_ARGS__)
/* Without NaN and infinities: these times a weight of 0 are NaN in a sum over the neighbours. */
#define FINITE                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .rank = 4, .dims = {2, 3, 4, 6}, .low = -9, .high = 9,                  \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define TOLERANCE_OF_ANY .ulp = 2, .absolute = 1e-5
#define TOLERANCE .relative = 1e-5, .absolute = 1e-5

static void check_coordinates(const char *mode)
{
    static const char *const coordinates[] = {
        "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",  "align_corners",
        "asymmetric", "tf_crop_and_resize",   "tf_half_pixel_for_nn"};
    static const double sizes[][2] = {{8, 12}, {3, 5}, {1, 1}, {2, 3}, {4, 13}};
    for (size_t c = 0; c < 7; c++)
        for (size_t s = 0; s < 5; s++)
            CHECK_OP(.op = "Resize", .opsets = {11, 13, 18, 19},
                     .attributes = {ATTR_STRING("mode", mode),
                                    ATTR_STRING("coordinate_transformation_mode", coordinates[c]),
                                    ATTR_FLOAT("extrapolation_value", 7)},
                     .types = HARNESS_TYPE(HINGE_FLOAT),
                     .inputs = {FINITE,
                                CONSTANT_LIST(HINGE_FLOAT, 0, 0, -0.25, 0.125, 1, 1, 0.5, 1.25),
                                OMITTED, SIZES(2, 3, sizes[s][0], sizes[s][1])},
                     .reference = reference, TOLERANCE);
    CHECK_OP(.op = "Resize", .opsets = {13, 19},
             .attributes = {ATTR_STRING("mode", mode),
                            ATTR_STRING("coordinate_transformation_mode", "tf_crop_and_resize")},
             .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {FINITE, CONSTANT_LIST(HINGE_FLOAT16, 0, 0, -0.25, 0.125, 1, 1, 0.5, 1.25),
                        OMITTED, SIZES(2, 3, 8, 12)},
             .reference = reference, TOLERANCE);
    CHECK_OP(.op = "Resize", /* outside along the first and the third axis, the second is whole */
             .attributes = {ATTR_STRING("mode", mode), ATTR_FLOAT("extrapolation_value", 7),
                            ATTR_STRING("coordinate_transformation_mode", "tf_crop_and_resize")},
             .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {FINITE, CONSTANT_LIST(HINGE_FLOAT, -0.5, 0, 0, 0.25, 1, 1, 1.5, 0.5),
                        OMITTED, SIZES(3, 3, 5, 6)},
             .reference = reference, TOLERANCE);
}

static void check_nearest(void)
{
    static const char *const roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                            "ceil"};
    for (size_t r = 0; r < 4; r++)
        CHECK_OP(.op = "Resize", .types = HARNESS_SIZES,
                 .attributes = {ATTR_STRING("nearest_mode", roundings[r])},
                 .inputs = {X, OMITTED, SCALES(1, 1, 0.5, 1.5)}, .reference = reference);
    CHECK_OP(.op = "Resize", .opsets = {10}, .types = HARNESS_SIZES,
             .inputs = {X, SCALES(1, 1, 2, 0.5)}, .reference = reference);
    CHECK_OP(.op = "Resize", .inputs = {F32(3, 17), OMITTED, SCALES(1, 2)}, .reference = reference);
    CHECK_OP(.op = "Resize", .inputs = {F32(2, 5, 6, 3), OMITTED, LIST(HINGE_FLOAT, 1, 2, 2, 1)},
             .reference = reference);
}

static void check_options(void)
{
    static const char *const modes[] = {"linear", "cubic"};
    for (int m = 0; m < 2; m++) {
        CHECK_OP(.op = "Resize", .inputs = {F32(2, 9, 7), OMITTED, OMITTED, SIZES(4, 3)},
                 .attributes = {ATTR_STRING("mode", modes[m]), ATTR_INT("antialias", 1),
                                ATTR_INTS("axes", 1, 2)},
                 .reference = reference, TOLERANCE);
        CHECK_OP(.op = "Resize", .inputs = {F32(2, 9, 7), OMITTED, SCALES(1, 2, 0.5)},
                 .attributes = {ATTR_STRING("mode", modes[m]), ATTR_INT("exclude_outside", 1),
                                ATTR_FLOAT("cubic_coeff_a", -0.5F)},
                 .reference = reference, TOLERANCE);
    }
    static const char *const policies[] = {"not_larger", "not_smaller"};
    for (int p = 0; p < 2; p++)
        CHECK_OP(.op = "Resize", .inputs = {F32(2, 4, 6), OMITTED, OMITTED, SIZES(7, 8)},
                 .attributes = {ATTR_STRING("mode", "linear"), ATTR_INTS("axes", 2, 1),
                                ATTR_STRING("keep_aspect_ratio_policy", policies[p])},
                 .reference = reference, TOLERANCE);
    CHECK_OP(.op = "Resize",
             .types = HARNESS_TYPE(HINGE_UINT8) | HARNESS_TYPE(HINGE_INT8) |
                      HARNESS_TYPE(HINGE_INT32) | HARNESS_TYPE(HINGE_UINT16) |
                      HARNESS_TYPE(HINGE_INT16) | HARNESS_TYPE(HINGE_UINT32),
             .inputs = {X, OMITTED, SCALES(1, 1, 0.5, 2)},
             .attributes = {ATTR_STRING("mode", "linear"), ATTR_INT("antialias", 1)},
             .reference = reference, .absolute = 1);
}

static void check_refusals(void)
{
    CHECK_OP(.op = "Resize", .inputs = {F32(2, 3)}, .fails = HINGE_BAD_MODEL,
             .says = "either scales or sizes");
    CHECK_OP(.op = "Resize", .inputs = {F32(2), OMITTED, SCALES(2), SIZES(4)},
             .fails = HINGE_BAD_MODEL, .says = "either scales or sizes");
    CHECK_OP(.op = "Resize", .inputs = {F32(2), OMITTED, SCALES(-1)}, .fails = HINGE_BAD_VALUE,
             .says = "scale -1");
    CHECK_OP(.op = "Resize", .inputs = {F32(2), OMITTED, SCALES(0x1p80)}, .fails = HINGE_BAD_VALUE);
    CHECK_OP(.op = "Resize", .inputs = {F32(2, 3), OMITTED, SCALES(2)}, .fails = HINGE_BAD_SHAPE,
             .says = "1 entries, not 2");
    CHECK_OP(.op = "Resize", .inputs = {F32(2, 3), OMITTED, OMITTED, SIZES(2, -3)},
             .fails = HINGE_BAD_SHAPE, .says = "cannot become -3");
    CHECK_OP(.op = "Resize", .inputs = {F32(2), OMITTED, SCALES(2)}, .fails = HINGE_BAD_MODEL,
             .attributes = {ATTR_STRING("mode", "area")}, .says = "no mode area");
    CHECK_OP(.op = "Resize", .inputs = {TENSOR(HINGE_INT64, 0, 9, 4), OMITTED, SCALES(2)},
             .attributes = {ATTR_STRING("mode", "linear")}, .fails = HINGE_UNSUPPORTED,
             .says = "cannot be interpolated");
}

void test_resize(void)
{
    check_coordinates("nearest");
    check_coordinates("linear");
    check_coordinates("cubic");
    check_nearest();
    CHECK_OP(.op = "Resize", .opsets = {10}, .types = HARNESS_FLOATS,
             .attributes = {ATTR_STRING("mode", "linear")}, .inputs = {FINITE, SCALES(1, 1, 2, 2)},
             .reference = reference, TOLERANCE_OF_ANY);
    CHECK_OP(.op = "Resize", .opsets = {11, 13, 19}, .types = HARNESS_FLOATS,
             .attributes = {ATTR_STRING("mode", "linear")},
             .inputs = {FINITE, OMITTED, SCALES(1, 1, 2, 0.5)}, .reference = reference,
             TOLERANCE_OF_ANY);
    CHECK_OP(.op = "Resize", .inputs = {F32(5, 7), OMITTED, SCALES(0.625, 1.5)},
             .attributes = {ATTR_STRING("mode", "linear"),
                            ATTR_STRING("coordinate_transformation_mode", "align_corners")},
             .reference = reference, TOLERANCE);
    check_options();
    check_refusals();
}
