/* Operators with every property that a pass asks for, as plain loops. Domain "test.plugins", float
 * only; x is (N, C, L). */
#include <hinge/plugin.h>

#include <math.h>
#include <string.h>

static float activate(const struct hinge_activation *activation, float x)
{
    switch (activation->kind) {
    case HINGE_ACT_RELU: return x > 0 ? x : 0;
    case HINGE_ACT_LEAKY_RELU: return x >= 0 ? x : activation->alpha * x;
    case HINGE_ACT_NONE: return x;
    default: activation->row(activation, &x, &x, 1); return x;
    }
}

/* Linear(x, w, b): w is (K, C), or with groups > 0 (C, K / groups), which makes the channels of
 * each group out of those of the same group. */
static const struct hinge_attribute_def linear_attributes[] = {
    {.name = "groups", .type = HINGE_ATTR_INT}, {.name = NULL}};

static int64_t n_outputs(const struct hinge_node *node)
{
    int64_t groups = node->attributes[0].i;
    return groups ? node->inputs[1]->dims[1] * groups : node->inputs[1]->dims[0];
}

static hinge_status linear_infer(const struct hinge_node *node)
{
    void *data = node->outputs[0]->data;
    *node->outputs[0] = *node->inputs[0];
    node->outputs[0]->dims[1] = n_outputs(node);
    node->outputs[0]->data = data;
    return HINGE_OK;
}

static hinge_status linear(const struct hinge_node *node)
{
    const hinge_tensor *shape = node->inputs[0];
    const float *x = shape->data, *w = node->inputs[1]->data;
    const float *b = node->n_inputs > 2 && node->inputs[2] ? node->inputs[2]->data : NULL;
    const float *addend =
        node->epilogue->addend ? node->inputs[node->epilogue->addend]->data : NULL;
    float *y = node->outputs[0]->data;
    int64_t C = shape->dims[1], K = n_outputs(node), L = shape->dims[2];
    int64_t groups = node->attributes[0].i;
    for (int64_t i = 0; i < shape->dims[0] * K * L; i++) {
        int64_t l = i % L, k = i / L % K, n = i / L / K;
        double sum = b ? (double)b[k] : 0;
        for (int64_t c = 0; c < C; c++) {
            int64_t group = groups ? c / (C / groups) : 0, per = groups ? K / groups : K;
            if (k / per != group)
                continue;
            sum += (double)x[(n * C + c) * L + l] *
                   (double)(groups ? w[c * per + k % per] : w[k * C + c]);
        }
        y[i] =
            activate(node->epilogue->activation, (float)(sum + (addend ? (double)addend[i] : 0)));
    }
    return HINGE_OK;
}

static bool linear_linear(const struct hinge_node *node, struct hinge_linear *linear_parts)
{
    int64_t groups = node->attributes[0].i;
    *linear_parts = (struct hinge_linear){1, 2, groups > 0, 1, groups ? groups : 1};
    return true;
}

/* Scale(x, s) and Shift(x, s): s has one element, or one for each channel. */
static hinge_status per_channel(const struct hinge_node *node, bool multiply)
{
    const float *x = node->inputs[0]->data, *s = node->inputs[1]->data;
    float *y = node->outputs[0]->data;
    int64_t C = node->inputs[0]->dims[1], L = node->inputs[0]->dims[2];
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++) {
        float value = s[hinge_count(node->inputs[1]) == 1 ? 0 : i / L % C];
        y[i] = multiply ? x[i] * value : x[i] + value;
    }
    return HINGE_OK;
}

static hinge_status scale(const struct hinge_node *node)
{
    return per_channel(node, true);
}

static hinge_status shift(const struct hinge_node *node)
{
    return per_channel(node, false);
}

static bool per_channel_affine(const struct hinge_node *node, int64_t n_channels, float *result,
                               unsigned *input)
{
    const hinge_tensor *s = node->inputs[1];
    if (!s->data || (hinge_count(s) != 1 && hinge_count(s) != n_channels))
        return false;
    for (int64_t c = 0; c < n_channels; c++)
        result[c] = ((const float *)s->data)[hinge_count(s) == 1 ? 0 : c];
    *input = 0;
    return true;
}

static bool scale_affine(const struct hinge_node *node, int32_t rank, int32_t axis,
                         int64_t n_channels, float *scale_result, float *shift_result,
                         unsigned *input)
{
    if (rank != 3 || axis != 1)
        return false;
    memset(shift_result, 0, (size_t)n_channels * sizeof *shift_result);
    return per_channel_affine(node, n_channels, scale_result, input);
}

static bool shift_affine(const struct hinge_node *node, int32_t rank, int32_t axis,
                         int64_t n_channels, float *scale_result, float *shift_result,
                         unsigned *input)
{
    if (rank != 3 || axis != 1)
        return false;
    for (int64_t c = 0; c < n_channels; c++)
        scale_result[c] = 1;
    return per_channel_affine(node, n_channels, shift_result, input);
}

/* Sum(a, b): of one shape, or b with one element in its first dimension. */
static hinge_status sum(const struct hinge_node *node)
{
    const float *a = node->inputs[0]->data, *b = node->inputs[1]->data;
    float *y = node->outputs[0]->data;
    int64_t count_b = hinge_count(node->inputs[1]);
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++)
        y[i] = a[i] + b[i % count_b];
    return HINGE_OK;
}

/* Product(x, s) = x s[i mod length of s] */
static hinge_status product(const struct hinge_node *node)
{
    const float *a = node->inputs[0]->data, *b = node->inputs[1]->data;
    float *y = node->outputs[0]->data;
    int64_t count_b = hinge_count(node->inputs[1]);
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++)
        y[i] = a[i] * b[i % count_b];
    return HINGE_OK;
}

/* Rectify(x), Leaky(x; alpha), Parabola(x; alpha) = alpha x^2, Rowless(x) */
static const struct hinge_attribute_def leaky_attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 0.5F}, {.name = NULL}};

static void rectify_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    (void)node;
    activation->kind = HINGE_ACT_RELU;
}

static void leaky_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_LEAKY_RELU;
    activation->alpha = node->attributes[0].f;
}

static hinge_status map(const struct hinge_node *node, struct hinge_activation activation)
{
    const float *x = node->inputs[0]->data;
    float *y = node->outputs[0]->data;
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++)
        y[i] = activate(&activation, x[i]);
    return HINGE_OK;
}

static hinge_status rectify(const struct hinge_node *node)
{
    return map(node, (struct hinge_activation){.kind = HINGE_ACT_RELU});
}

static hinge_status leaky(const struct hinge_node *node)
{
    struct hinge_activation activation;
    leaky_activation(node, &activation);
    return map(node, activation);
}

static void parabola_row(const struct hinge_activation *activation, const float *x, float *y,
                         int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = activation->alpha * x[i] * x[i];
}

static void parabola_derivative(const struct hinge_activation *activation, const float *x, float *y,
                                int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = 2 * activation->alpha * x[i];
}

static void parabola_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_OWN;
    activation->alpha = node->attributes[0].f;
}

static hinge_status parabola(const struct hinge_node *node)
{
    struct hinge_activation activation = {.row = parabola_row};
    parabola_activation(node, &activation);
    return map(node, activation);
}

/* Same(x) is x. Noise(x) is x too, but says that one cannot know. */
static hinge_status copy(const struct hinge_node *node)
{
    if (node->outputs[0]->data != node->inputs[0]->data && hinge_count(node->inputs[0]))
        memcpy(node->outputs[0]->data, node->inputs[0]->data,
               (size_t)hinge_count(node->inputs[0]) * sizeof(float));
    return node->scratch ? HINGE_OK /* of no size, it has an address too */
                         : node->host->fail(node, HINGE_BAD_PLUGIN, "scratch is NULL");
}

/* Turn(x) is x from its end on. */
static hinge_status turn(const struct hinge_node *node)
{
    const size_t size = node->inputs[0]->type == HINGE_FLOAT ? sizeof(float) : 1;
    const size_t count = (size_t)hinge_count(node->inputs[0]);
    for (size_t i = 0; i < count; i++)
        memcpy((char *)node->outputs[0]->data + i * size,
               (const char *)node->inputs[0]->data + (count - 1 - i) * size, size);
    return HINGE_OK;
}

/* Times(x) = factor x, and the same of integers of uint8. */
static hinge_status times(const struct hinge_node *node)
{
    const float *x = node->inputs[0]->data;
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++)
        ((float *)node->outputs[0]->data)[i] = node->attributes[0].f * x[i];
    return HINGE_OK;
}

static bool times_fits_integers(const struct hinge_node *node)
{
    return node->attributes[0].f != 0;
}

static hinge_status quantized_times(const struct hinge_node *node)
{
    const uint8_t *x = node->inputs[0]->data,
                  *zero_points[] = {node->inputs[2]->data, node->inputs[4]->data};
    const float *scale_x = node->inputs[1]->data, *scale_y = node->inputs[3]->data;
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++) {
        const float number = (float)(x[i] - *zero_points[0]) * *scale_x;
        const float y =
            nearbyintf(node->attributes[0].f * number / *scale_y) + (float)*zero_points[1];
        ((uint8_t *)node->outputs[0]->data)[i] = (uint8_t)fminf(fmaxf(y, 0), 255);
    }
    return HINGE_OK;
}

static const struct hinge_attribute_def times_attributes[] = {
    {.name = "factor", .type = HINGE_ATTR_FLOAT, .f = 0.5F}, {.name = NULL}};
static const struct hinge_attribute_def quantized_times_attributes[] = {
    {.name = "factor", .type = HINGE_ATTR_FLOAT, .f = 0.25F}, {.name = NULL}};

/* Lift(x): x, with one axis more in front of all where that has less than 100 elements. */
static hinge_status lift_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    const int32_t more = x->rank > 0 && x->dims[0] < 100;
    y->rank = x->rank + more;
    y->dims[0] = 1;
    for (int32_t d = 0; d < x->rank; d++)
        y->dims[d + more] = x->dims[d];
    return HINGE_OK;
}

static bool always(const struct hinge_node *node)
{
    (void)node;
    return true;
}

#define ONE "(x: T) -> (y: T); T: float"
#define TWO "(x: T, s: T) -> (y: T); T: float"
#define OP(op_name, its_signature)                                                                 \
    .name = op_name, .domain = "test.plugins", .since = 1, .signature = its_signature

static const struct hinge_op ops[] = {
    {OP("Linear", "(x: T, w: T, b?: T) -> (y: T); T: float"),
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .attributes = linear_attributes, .infer = linear_infer, .linear = linear_linear,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, linear})},
    {OP("Scale", TWO), .flags = HINGE_OP_IN_PLACE, .affine = scale_affine,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, scale})},
    {OP("Shift", TWO), .flags = HINGE_OP_IN_PLACE, .affine = shift_affine,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, shift})},
    {OP("Sum", TWO), .flags = HINGE_OP_SUM, .kernels = HINGE_KERNELS({HINGE_FLOAT, sum})},
    {OP("Product", TWO), .flags = HINGE_OP_PRODUCT,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, product})},
    {OP("Rectify", ONE), .flags = HINGE_OP_IN_PLACE, .activation = rectify_activation,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, rectify})},
    {OP("Leaky", ONE), .flags = HINGE_OP_IN_PLACE, .attributes = leaky_attributes,
     .activation = leaky_activation, .kernels = HINGE_KERNELS({HINGE_FLOAT, leaky})},
    {OP("Parabola", ONE), .flags = HINGE_OP_IN_PLACE, .attributes = leaky_attributes,
     .activation = parabola_activation, .row = parabola_row, .derivative = parabola_derivative,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, parabola})},
    {OP("Rowless", ONE), .flags = HINGE_OP_IN_PLACE, .attributes = leaky_attributes,
     .activation = parabola_activation, .kernels = HINGE_KERNELS({HINGE_FLOAT, parabola})},
    {OP("Same", ONE), .is_identity = always, .kernels = HINGE_KERNELS({HINGE_FLOAT, copy})},
    {OP("Lift", ONE), .infer = lift_infer, .kernels = HINGE_KERNELS({HINGE_FLOAT, copy})},
    {OP("Noise", ONE), .flags = HINGE_OP_NONDETERMINISTIC,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, copy})},
    {OP("Turn", "(x: T) -> (y: T); T: float uint8"), .flags = HINGE_OP_MOVES,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, turn}, {HINGE_UINT8, turn})},
    {OP("Times", ONE), .attributes = times_attributes, .fits_integers = times_fits_integers,
     .integers = "test.plugins::QuantizedTimes-1(a, y)",
     .kernels = HINGE_KERNELS({HINGE_FLOAT, times})},
    {OP("QuantizedTimes", "(x: T, xs: float, xz: T, ys: float, yz: T) -> (y: T); T: uint8"),
     .attributes = quantized_times_attributes,
     .kernels = HINGE_KERNELS({HINGE_UINT8, quantized_times})},
    {.name = NULL},
};

HINGE_PLUGIN("rewrites", "1", 0, ops);
