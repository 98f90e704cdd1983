/* QLinearConv-10: the sums of ConvInteger and the bias, times x's and w's scale and the reciprocal
 * of y's, which are multiplied in float32. w has one scale, or one for each map. */
#include "operators/quantize/conv8.h"
#include "operators/quantize/quantize.h"

enum { X, X_SCALE, X_ZERO, W, W_SCALE, W_ZERO, Y_SCALE, Y_ZERO, BIAS };

static const struct hinge_attribute_def attributes[] = {CONV8_ATTRIBUTES, {.name = NULL}};

static hinge_status read_conv(const struct hinge_node *node, struct conv8 *c)
{
    const hinge_tensor *const *in = node->inputs, *bias = op_input(node, BIAS);
    *c = (struct conv8){.x = in[X], .w = in[W], .x_zero = in[X_ZERO], .w_zero = in[W_ZERO]};
    hinge_status status = conv8_read(node, c);
    if (status)
        return status;
    const int64_t maps = in[W]->dims[0], n_scales = hinge_count(in[W_SCALE]);
    if (n_scales != 1 && (in[W_SCALE]->rank != 1 || n_scales != maps))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the scale of w is neither one number nor %lld",
                       (long long)maps);
    if (hinge_count(in[X_SCALE]) != 1 || hinge_count(in[Y_SCALE]) != 1 ||
        hinge_count(in[Y_ZERO]) != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "the scales of x and y and the zero point of y are not one number each");
    if (bias && (bias->rank != 1 || bias->dims[0] != maps))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the bias is not a list of %lld values",
                       (long long)maps);
    return HINGE_OK;
}

static hinge_status init(struct hinge_node *node)
{
    return conv8_init(node, W);
}

static hinge_status infer(const struct hinge_node *node)
{
    return conv8_infer(node, read_conv);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    return conv8_prepare(node, read_conv, scratch);
}

struct job {
    const float *w_scale;
    int64_t w_step, maps, pixels;
    float x_scale, y_scale, least, largest;
    int32_t y_zero;
    const int32_t *bias;
    hinge_tensor *y;
};

static void finish(const void *argument, const int32_t *sums, uint32_t addend, int64_t image,
                   int64_t map, int64_t pixel, int64_t count)
{
    const struct job *job = argument;
    const float scale = job->x_scale * job->w_scale[job->w_step * map] / job->y_scale;
    const struct quantize_by by = {&scale, &job->y_zero, 0};
    if (job->bias)
        addend += (uint32_t)job->bias[map];
    quantize_sums((uint8_t *)job->y->data + (image * job->maps + map) * job->pixels + pixel, sums,
                  (int32_t)addend, &by, job->least, job->largest, count);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *const *in = node->inputs, *bias = op_input(node, BIAS);
    struct conv8 c;
    hinge_status status = read_conv(node, &c);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    struct job job = {.w_scale = in[W_SCALE]->data,
                      .w_step = hinge_count(in[W_SCALE]) == 1 ? 0 : 1,
                      .maps = in[W]->dims[0],
                      .pixels = c.pixels,
                      .x_scale = *(const float *)in[X_SCALE]->data,
                      .y_scale = *(const float *)in[Y_SCALE]->data,
                      .bias = bias ? bias->data : NULL,
                      .y = node->outputs[0]};
    quantize_load(job.y->type, &job.y_zero, in[Y_ZERO]->data, 0, 1);
    quantize_range(job.y->type, &job.least, &job.largest);
    c.finish = finish;
    c.argument = &job;
    conv8_run(node, &c);
    return HINGE_OK;
}

const struct hinge_op op_qlinearconv[] = {
    {.name = "QLinearConv",
     .since = 10,
     .signature = "(x: T1, x_scale: float, x_zero_point: T1, w: T2, w_scale: float, "
                  "w_zero_point: T2, y_scale: float, y_zero_point: T3, B?: T4) -> (y: T3); "
                  "T1: int8 uint8; T2: int8 uint8; T3: int8 uint8; T4: int32",
     .attributes = attributes,
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_INT8, run}, {HINGE_UINT8, run})},
    OP_END,
};
