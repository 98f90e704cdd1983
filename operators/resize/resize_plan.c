#include "operators/resize/resize_plan.h"

#include "operators/kernels/half.h"
#include "operators/op/copy.h"

#include <math.h>
#include <string.h>

/* Tables of positions along an axis must stay countable. */
#define MAX_DIM 0x1p40
/* Products of three lengths up to it, and twice of two, fit into int64_t. */
#define MAX_EXACT (INT64_C(1) << 20)

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
    static const char *const first_modes[] = {"nearest", "bilinear"};
    int mode = find(a[MODE].s, node->opset < 7 ? first_modes : modes, node->opset < 11 ? 2 : 3);
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

static double number(const hinge_tensor *x, size_t i)
{
    float half = 0;
    switch (x->type) {
    case HINGE_FLOAT: return (double)((const float *)x->data)[i];
    case HINGE_FLOAT16:
        half_load(x->type, &half, (const uint16_t *)x->data + i, 1);
        return (double)half;
    default: return ((const double *)x->data)[i];
    }
}

/* The float values of an input, which may be left out or empty. */
static hinge_status read_floats(const struct hinge_node *node, unsigned input, size_t count,
                                double *values, bool *given)
{
    const hinge_tensor *x = op_input(node, input);
    *given = x && hinge_count(x) > 0;
    if (!*given)
        return HINGE_OK;
    if (x->rank != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is not a list of numbers", input);
    if (hinge_count(x) != (int64_t)count)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u has %lld entries, not %zu", input,
                       (long long)hinge_count(x), count);
    if (!x->data)
        return HINGE_NEEDS_DATA;
    for (size_t i = 0; i < count; i++)
        values[i] = number(x, i);
    return HINGE_OK;
}

/* Sets the scale that is the quotient of two lengths. */
static void set_ratio(struct resize_plan *plan, int64_t d, int64_t numerator, int64_t denominator)
{
    const bool fits = numerator <= MAX_EXACT && denominator <= MAX_EXACT && numerator > 0;
    plan->scales[d] = (double)numerator / (double)denominator;
    plan->numerator[d] = fits ? numerator : 0;
    plan->denominator[d] = fits ? denominator : 0;
}

/* A float that is the rounded quotient of the lengths stands for that quotient. */
static hinge_status set_scale(const struct hinge_node *node, struct resize_plan *plan, int64_t d,
                              double scale)
{
    int64_t dim = node->inputs[0]->dims[d];
    if (!(scale > 0) || !((double)dim * scale < MAX_DIM))
        return OP_FAIL(node, HINGE_BAD_VALUE, "scale %g of dimension %lld", scale, (long long)d);
    plan->scales[d] = scale;
    /* As a product in float, as far as that counts: 10 times 0.7f is 7. */
    const float product = floorf((float)dim * (float)scale);
    plan->dims[d] = product < 0x1p24F ? (int64_t)product : (int64_t)floor((double)dim * scale);
    if (dim > 0 && (float)((double)plan->dims[d] / (double)dim) == (float)scale)
        set_ratio(plan, d, plan->dims[d], dim);
    return HINGE_OK;
}

static hinge_status set_sizes(const struct hinge_node *node, struct resize_plan *plan,
                              const struct op_list *axes, const struct op_list *sizes)
{
    static const char *const policies[] = {"stretch", "not_larger", "not_smaller"};
    const hinge_tensor *x = node->inputs[0];
    int policy = node->opset < 18 ? 0 : find(node->attributes[POLICY].s, policies, 3);
    int64_t common = -1; /* the axis whose scale is that of all */
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
        if (x->dims[d] > 0)
            set_ratio(plan, d, size, x->dims[d]);
        if (common < 0 || (policy == 1 ? plan->scales[d] < plan->scales[common]
                                       : plan->scales[d] > plan->scales[common]))
            common = d;
    }
    if (policy == 0 || common < 0)
        return HINGE_OK;
    const int64_t numerator = plan->dims[common], denominator = x->dims[common];
    for (size_t i = 0; i < axes->count && denominator > 0; i++) {
        int64_t d = axes->values[i];
        set_ratio(plan, d, numerator, denominator);
        const double dim = plan->scales[d] * (double)x->dims[d];
        if (dim > MAX_DIM)
            return OP_FAIL(node, HINGE_LIMIT, "dimension %lld would be too large", (long long)d);
        plan->dims[d] = plan->numerator[d] && x->dims[d] <= MAX_EXACT
                            ? (2 * numerator * x->dims[d] + denominator) / (2 * denominator)
                            : (int64_t)floor(dim + 0.5);
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

/* Of Upsample-1 and -7. */
static hinge_status attribute_scales(const struct hinge_node *node, double *scales)
{
    const int32_t rank = node->inputs[0]->rank;
    const struct hinge_attribute *a = node->attributes;
    if (node->opset < 7) {
        if (rank != 4)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "the input has rank %d, not 4", (int)rank);
        scales[0] = scales[1] = 1;
        scales[2] = (double)a[1].f;
        scales[3] = (double)a[2].f;
        return HINGE_OK;
    }
    if (a[1].count != (size_t)rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%zu scales for an input of rank %d", a[1].count,
                       (int)rank);
    for (int32_t d = 0; d < rank; d++)
        scales[d] = (double)a[1].floats[d];
    return HINGE_OK;
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
    if (node->opset < 9) {
        has_scales = true;
        status = attribute_scales(node, scales);
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

/* An input position: whole + fraction, the latter in [0, 1). */
struct position {
    double whole, fraction;
};

static struct position from_double(double x)
{
    return (struct position){floor(x), x - floor(x)};
}

/* numerator / denominator; the fraction is rounded once, so it is 0 or 1/2 where it is just that.
 */
static struct position from_quotient(int64_t numerator, int64_t denominator)
{
    int64_t whole = numerator / denominator, rest = numerator % denominator;
    if (rest < 0) {
        whole--;
        rest += denominator;
    }
    return (struct position){(double)whole, (double)rest / (double)denominator};
}

/* Position i of output dimension d whose scale is a quotient. */
static struct position exact_position(const struct resize_plan *plan, int32_t d, int64_t n_from,
                                      int64_t i)
{
    const int64_t over = plan->numerator[d], under = plan->denominator[d];
    switch (plan->coordinates) {
    case RESIZE_ALIGN_CORNERS:
        return from_quotient(i * (n_from - 1) * under, over * n_from - under);
    case RESIZE_ASYMMETRIC: return from_quotient(i * under, over);
    case RESIZE_TF_HALF_PIXEL_FOR_NN: return from_quotient((2 * i + 1) * under, 2 * over);
    case RESIZE_HALF_PIXEL_SYMMETRIC:
        return from_quotient((2 * i + 1 - plan->dims[d]) * under + (n_from - 1) * over, 2 * over);
    default: return from_quotient((2 * i + 1) * under - over, 2 * over);
    }
}

/* Corners are aligned as though the output were scale times as long, which need not be whole: so do
 * the standard's own test cases. The sums below are exact where their parts are, which are rounded
 * once. */
static struct position float_position(const struct resize_plan *plan, int32_t d, int64_t n_from,
                                      int64_t i)
{
    double at = (double)i, scale = plan->scales[d], last = (double)n_from - 1;
    double size = plan->end[d] - plan->begin[d];
    double to = plan->numerator[d]
                    ? (double)plan->numerator[d] * (double)n_from / (double)plan->denominator[d]
                    : scale * (double)n_from;
    switch (plan->coordinates) {
    case RESIZE_HALF_PIXEL_SYMMETRIC:
        return from_double((2 * at + 1 - (double)plan->dims[d]) / (2 * scale) + last / 2);
    case RESIZE_ALIGN_CORNERS: return from_double(at * last / (to - 1));
    case RESIZE_TF_CROP_AND_RESIZE:
        return from_double(plan->dims[d] > 1 ? plan->begin[d] * last + at * size * last / (to - 1)
                                             : (plan->begin[d] + plan->end[d]) * last / 2);
    case RESIZE_TF_HALF_PIXEL_FOR_NN: return from_double((at + 0.5) / scale);
    case RESIZE_ASYMMETRIC: return from_double(at / scale);
    default: return from_double((at + 0.5) / scale - 0.5);
    }
}

/* The input position of output position i along dimension d of n_from. */
static struct position position(const struct resize_plan *plan, int32_t d, int64_t n_from,
                                int64_t i)
{
    const bool one = plan->dims[d] <= 1;
    if (one && (plan->coordinates == RESIZE_PYTORCH_HALF_PIXEL ||
                plan->coordinates == RESIZE_ALIGN_CORNERS))
        return from_double(0);
    if (plan->numerator[d] && plan->dims[d] <= MAX_EXACT && n_from <= MAX_EXACT &&
        plan->coordinates != RESIZE_TF_CROP_AND_RESIZE)
        return exact_position(plan, d, n_from, i);
    return float_position(plan, d, n_from, i);
}

static double nearest(const struct resize_plan *plan, int32_t d, struct position x)
{
    const bool down = plan->before_11 ? plan->scales[d] >= 1 : plan->rounding == RESIZE_FLOOR;
    const bool up = plan->before_11 ? !down : plan->rounding == RESIZE_CEIL;
    if (down || x.fraction == 0)
        return x.whole;
    if (up || x.fraction > 0.5)
        return x.whole + 1;
    return x.fraction < 0.5 || plan->rounding == RESIZE_ROUND_PREFER_FLOOR ? x.whole : x.whole + 1;
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
    if (!plan->antialias || plan->scales[d] >= 1)
        return 1;
    return plan->numerator[d] ? (double)plan->denominator[d] / (double)plan->numerator[d]
                              : 1 / plan->scales[d];
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
    const struct position x = position(plan, d, n_from, i);
    double sum = 0;
    int64_t n_taps = resize_n_taps(plan, d);
    const double end = x.fraction > 0 ? x.whole + 1 : x.whole;
    bool inside = plan->coordinates != RESIZE_TF_CROP_AND_RESIZE ||
                  (x.whole >= 0 && end <= (double)(n_from - 1));
    if (plan->mode == RESIZE_NEAREST || !inside) {
        for (int64_t t = 0; t < n_taps; t++) {
            from[t] = inside ? clamp(nearest(plan, d, x), n_from) : 0;
            weights[t] = 0;
        }
        return inside;
    }
    for (int64_t t = 0; t < n_taps; t++) {
        const double offset = (double)(t - (n_taps / 2 - 1));
        const double at = x.whole + offset;
        bool exists = at >= 0 && at < (double)n_from;
        from[t] = clamp(at, n_from);
        weights[t] = exists || !plan->exclude_outside
                         ? filter(plan, (offset - x.fraction) / stretch(plan, d))
                         : 0;
        sum += weights[t];
    }
    for (int64_t t = 0; t < n_taps && (plan->antialias || plan->exclude_outside); t++)
        weights[t] = sum != 0 ? weights[t] / sum : 0;
    return true;
}
