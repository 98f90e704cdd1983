/* ConvInteger-10: 1 to 3 spatial dimensions, sums modulo 2^32. Constant weights are packed once,
 * and their original given up. */
#include "operators/quantize/conv8.h"

enum { X, W, X_ZERO, W_ZERO };

static const struct hinge_attribute_def attributes[] = {CONV8_ATTRIBUTES, {.name = NULL}};

static hinge_status read_conv(const struct hinge_node *node, struct conv8 *c)
{
    *c = (struct conv8){.x = node->inputs[X],
                        .w = node->inputs[W],
                        .x_zero = op_input(node, X_ZERO),
                        .w_zero = op_input(node, W_ZERO)};
    return conv8_read(node, c);
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

static void finish(const void *argument, const int32_t *sums, uint32_t addend, int64_t image,
                   int64_t map, int64_t pixel, int64_t count)
{
    const struct hinge_node *node = argument;
    const hinge_tensor *y = node->outputs[0];
    int64_t pixels = 1;
    for (int32_t i = 2; i < y->rank; i++)
        pixels *= y->dims[i];
    uint32_t *to = (uint32_t *)y->data + (image * y->dims[1] + map) * pixels + pixel;
    for (int64_t i = 0; i < count; i++)
        to[i] = (uint32_t)sums[i] + addend;
}

static hinge_status run(const struct hinge_node *node)
{
    struct conv8 c;
    hinge_status status = read_conv(node, &c);
    if (status || hinge_count(node->outputs[0]) == 0)
        return status;
    c.finish = finish;
    c.argument = node;
    conv8_run(node, &c);
    return HINGE_OK;
}

const struct hinge_op op_convinteger[] = {
    {.name = "ConvInteger",
     .since = 10,
     .signature = "(x: T1, w: T2, x_zero_point?: T1, w_zero_point?: T2) -> (y: int32); "
                  "T1: int8 uint8; T2: int8 uint8",
     .attributes = attributes,
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_INT8, run}, {HINGE_UINT8, run})},
    OP_END,
};
