#include "operators/shape/resize_plan.h"

#include "operators/op_copy.h"

#include <math.h>
#include <string.h>

/* Tables of positions along an axis must stay countable. */
#define MAX_DIM 0x1p40

enum {
    MODE,
    COORDINATES,
    CUBIC_A,
    EXCLUDE_OUTSIDE,
    EXTRAPOLATION,
    ROUNDING,
    ANTIALIAS,
    AXES,
    POLICY
};

static int find(hinge_string s, const char *const *names, int n_names)
{
    for (int i = 0; i < n_names; i++)
        if (s.size == strlen(names[i]) && !memcmp(s.bytes, names[i], s.size))
            return i;
    return -1;
}

static hinge_status no_such(const struct hinge_node *node, const char *what, hinge_string s)
{
    return OP_FAIL(node, HINGE_BAD_MODEL, "there is no %s %.*s", what,
                   (int)(s.size < 40 ? s.size : 40), s.bytes);
}

static hinge_status read_attributes(const struct hinge_node *node, struct resize_plan *plan)
{
    static const char *const modes[] = {"nearest", "linear", "cubic"};
    static const char *const coordinates[] = {
        "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",  "align_corners",
        "asymmetric", "tf_crop_and_resize",   "tf_half_pixel_for_nn"};
    static const char *const roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                            "ceil"};
    const struct hinge_attribute *a = node->attributes;
    int mode = find(a[MODE].s, modes, node->opset < 11 ? 2 : 3);
    if (mode < 0)
        return no_such(node, "mode", a[MODE].s);
    plan->mode = (enum resize_mode)mode;
    if (node->opset < 11) {
        plan->coordinates = RESIZE_ASYMMETRIC;
        plan->before_11 = true;
        return HINGE_OK;
    }
    int coordinate = find(a[COORDINATES].s, coordinates, 7),
        rounding = find(a[ROUNDING].s, roundings, 4);
    if (coordinate < 0)
        return no_such(node, "coordinate_transformation_mode", a[COORDINATES].s);
    if (rounding < 0)
        return no_such(node, "nearest_mode", a[ROUNDING].s);
    plan->coordinates = (enum resize_coordinates)coordinate;
    plan->rounding = (enum resize_rounding)rounding;
    plan->cubic_a = (double)a[CUBIC_A].f;
    plan->exclude_outside = a[EXCLUDE_OUTSIDE].i != 0;
    plan->extrapolation = a[EXTRAPOLATION].f;
    plan->antialias = node->opset >= 18 && a[ANTIALIAS].i != 0;
    return HINGE_OK;
}

/* The float values of an input, which may be left out or empty. */
static hinge_status read_floats(const struct hinge_node *node, unsigned input, size_t count,
                                double *values, bool *given)
{
    const hinge_tensor *x = op_input(node, input);
    *given = x && hinge_count(x) > 0;
    if (!*given)
        return HINGE_OK;
    if (x->rank != 1 || (x->type != HINGE_FLOAT && x->type != HINGE_DOUBLE))
        return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is not a list of numbers", input);
    if (hinge_count(x) != (int64_t)count)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u has %lld entries, not %zu", input,
                       (long long)hinge_count(x), count);
    if (!x->data)
        return HINGE_NEEDS_DATA;
    for (size_t i = 0; i < count; i++)
        values[i] = x->type == HINGE_FLOAT ? (double)((const float *)x->data)[i]
                                           : ((const double *)x->data)[i];
    return HINGE_OK;
}

static hinge_status set_scale(const struct hinge_node *node, struct resize_plan *plan, int64_t d,
                              double scale)
{
    int64_t dim = node->inputs[0]->dims[d];
    if (!(scale > 0) || !((double)dim * scale < MAX_DIM))
        return OP_FAIL(node, HINGE_BAD_VALUE, "scale %g of dimension %lld", scale, (long long)d);
    plan->scales[d] = scale;
    /* As a product in float: 10 times 0.7f is 7. */
    plan->dims[d] = (int64_t)floorf((float)dim * (float)scale);
    return HINGE_OK;
}

static hinge_status set_sizes(const struct hinge_node *node, struct resize_plan *plan,
                              const struct op_list *axes, const struct op_list *sizes)
{
    static const char *const policies[] = {"stretch", "not_larger", "not_smaller"};
    const hinge_tensor *x = node->inputs[0];
    int policy = node->opset < 18 ? 0 : find(node->attributes[POLICY].s, policies, 3);
    double common = policy == 1 ? INFINITY : 0;
    if (policy < 0)
        return no_such(node, "keep_aspect_ratio_policy", node->attributes[POLICY].s);
    if (sizes->count != axes->count)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%zu sizes for %zu dimensions", sizes->count,
                       axes->count);
    for (size_t i = 0; i < axes->count; i++) {
        int64_t d = axes->values[i], size = sizes->values[i];
        if (size < 0 || (double)size > MAX_DIM || (x->dims[d] == 0 && size > 0))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %lld of %lld cannot become %lld",
                           (long long)d, (long long)x->dims[d], (long long)size);
        plan->dims[d] = size;
        plan->scales[d] = x->dims[d] ? (double)size / (double)x->dims[d] : 1;
        common = policy == 1 ? fmin(common, plan->scales[d]) : fmax(common, plan->scales[d]);
    }
    for (size_t i = 0; i < axes->count && policy != 0; i++) {
        int64_t d = axes->values[i];
        plan->scales[d] = common;
        if (common * (double)x->dims[d] > MAX_DIM)
            return OP_FAIL(node, HINGE_LIMIT, "dimension %lld would be too large", (long long)d);
        plan->dims[d] = (int64_t)floor(common * (double)x->dims[d] + 0.5);
    }
    return HINGE_OK;
}

static hinge_status read_axes(const struct hinge_node *node, struct op_list *axes)
{
    int32_t rank = node->inputs[0]->rank;
    axes->present = false;
    if (node->opset >= 18) {
        hinge_status status = op_list_attribute(node, AXES, axes);
        if (!status)
            status = op_list_axes(node, axes, rank);
        if (status)
            return status;
    }
    if (!axes->present) {
        axes->count = (size_t)rank;
        for (int32_t d = 0; d < rank; d++)
            axes->values[d] = d;
    }
    return HINGE_OK;
}

static hinge_status read_region(const struct hinge_node *node, struct resize_plan *plan,
                                const struct op_list *axes)
{
    double region[2 * HINGE_MAX_RANK];
    bool given;
    for (int32_t d = 0; d < node->inputs[0]->rank; d++) {
        plan->begin[d] = 0;
        plan->end[d] = 1;
    }
    if (plan->coordinates != RESIZE_TF_CROP_AND_RESIZE)
        return HINGE_OK;
    hinge_status status = read_floats(node, 1, 2 * axes->count, region, &given);
    if (!status && !given)
        return OP_FAIL(node, HINGE_BAD_MODEL, "tf_crop_and_resize needs roi");
    for (size_t i = 0; i < axes->count && !status; i++) {
        plan->begin[axes->values[i]] = region[i];
        plan->end[axes->values[i]] = region[axes->count + i];
    }
    return status;
}

hinge_status resize_plan(const struct hinge_node *node, struct resize_plan *plan)
{
    const hinge_tensor *x = node->inputs[0];
    struct op_list axes, sizes = {.present = false};
    double scales[HINGE_MAX_RANK];
    bool has_scales = false;
    *plan = (struct resize_plan){.cubic_a = -0.75};
    hinge_status status = read_attributes(node, plan);
    if (!status)
        status = read_axes(node, &axes);
    if (status)
        return status;
    for (int32_t d = 0; d < x->rank; d++) {
        plan->dims[d] = x->dims[d];
        plan->scales[d] = 1;
    }
    if (node->opset < 9) { /* Upsample-7 */
        const struct hinge_attribute *list = &node->attributes[1];
        if (list->count != (size_t)x->rank)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "%zu scales for an input of rank %d", list->count,
                           (int)x->rank);
        has_scales = true;
        for (int32_t d = 0; d < x->rank; d++)
            scales[d] = (double)list->floats[d];
    } else {
        status = read_floats(node, node->opset < 11 ? 1 : 2, axes.count, scales, &has_scales);
    }
    if (!status && node->opset >= 11)
        status = op_list_input(node, 3, &sizes);
    if (!status)
        status = read_region(node, plan, &axes);
    if (status)
        return status;
    bool has_sizes = sizes.present && sizes.count > 0;
    if (has_scales == has_sizes && x->rank > 0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "either scales or sizes must be given");
    if (has_sizes)
        return set_sizes(node, plan, &axes, &sizes);
    for (size_t i = 0; i < axes.count && !status; i++)
        status = set_scale(node, plan, axes.values[i], scales[i]);
    return status;
}

/* The input position of output position i along dimension d of n_from, fractional. Corners are
 * aligned as though the output were scale times as long, which need not be whole: so do the
 * standard's own test cases. */
static double position(const struct resize_plan *plan, int32_t d, int64_t n_from, int64_t i)
{
    double at = (double)i, scale = plan->scales[d], from = (double)n_from;
    double to = scale * from, size = plan->end[d] - plan->begin[d];
    bool many = plan->dims[d] > 1;
    switch (plan->coordinates) {
    case RESIZE_HALF_PIXEL: return (at + 0.5) / scale - 0.5;
    case RESIZE_HALF_PIXEL_SYMMETRIC:
        return from / 2 * (1 - (double)plan->dims[d] / to) + (at + 0.5) / scale - 0.5;
    case RESIZE_PYTORCH_HALF_PIXEL: return many ? (at + 0.5) / scale - 0.5 : 0;
    case RESIZE_ALIGN_CORNERS: return many ? at * (from - 1) / (to - 1) : 0;
    case RESIZE_TF_CROP_AND_RESIZE:
        return many ? plan->begin[d] * (from - 1) + at * size * (from - 1) / (to - 1)
                    : (plan->begin[d] + size / 2) * (from - 1);
    case RESIZE_TF_HALF_PIXEL_FOR_NN: return (at + 0.5) / scale;
    default: return at / scale;
    }
}

static double nearest(const struct resize_plan *plan, int32_t d, double x)
{
    if (plan->before_11)
        return plan->scales[d] < 1 ? ceil(x) : floor(x);
    switch (plan->rounding) {
    case RESIZE_ROUND_PREFER_FLOOR: return ceil(x - 0.5);
    case RESIZE_ROUND_PREFER_CEIL: return floor(x + 0.5);
    case RESIZE_FLOOR: return floor(x);
    default: return ceil(x);
    }
}

static double filter(const struct resize_plan *plan, double x)
{
    double a = plan->cubic_a;
    x = fabs(x);
    if (plan->mode == RESIZE_LINEAR)
        return x < 1 ? 1 - x : 0;
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/* How far the filter is stretched: when shrinking without aliasing, to what falls into one output.
 */
static double stretch(const struct resize_plan *plan, int32_t d)
{
    return plan->antialias && plan->scales[d] < 1 ? 1 / plan->scales[d] : 1;
}

int64_t resize_n_taps(const struct resize_plan *plan, int32_t d)
{
    if (plan->mode == RESIZE_NEAREST)
        return 1;
    double radius = plan->mode == RESIZE_LINEAR ? 1 : 2;
    return 2 * (int64_t)ceil(radius * stretch(plan, d));
}

static int64_t clamp(double x, int64_t n)
{
    return !(x > 0) ? 0 : x > (double)(n - 1) ? n - 1 : (int64_t)x;
}

bool resize_taps(const struct resize_plan *plan, int32_t d, int64_t n_from, int64_t i,
                 int64_t *from, double *weights)
{
    double x = position(plan, d, n_from, i), sum = 0;
    int64_t n_taps = resize_n_taps(plan, d);
    bool inside =
        plan->coordinates != RESIZE_TF_CROP_AND_RESIZE || (x >= 0 && x <= (double)(n_from - 1));
    if (plan->mode == RESIZE_NEAREST || !inside) {
        for (int64_t t = 0; t < n_taps; t++) {
            from[t] = inside ? clamp(nearest(plan, d, x), n_from) : 0;
            weights[t] = 0;
        }
        return inside;
    }
    double first = floor(x) - (double)(n_taps / 2 - 1);
    for (int64_t t = 0; t < n_taps; t++) {
        double at = first + (double)t;
        bool exists = at >= 0 && at < (double)n_from;
        from[t] = clamp(at, n_from);
        weights[t] =
            exists || !plan->exclude_outside ? filter(plan, (at - x) / stretch(plan, d)) : 0;
        sum += weights[t];
    }
    for (int64_t t = 0; t < n_taps && (plan->antialias || plan->exclude_outside); t++)
        weights[t] = sum != 0 ? weights[t] / sum : 0;
    return true;
}
