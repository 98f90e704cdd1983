/* Dropout-7, -10, -12, -13, -22, as inference does it: y = x, and a mask of ones. From opset 12 on
 * an input may ask for training; that is refused unless the ratio is 0. */
#include "operators/op_copy.h"

#include <string.h>

/* From opset 12 on. Here rather than in run, which is left out where y shares memory with x. */
static hinge_status refuse_training(const struct hinge_node *node)
{
    const hinge_tensor *training = op_input(node, 2), *ratio = op_input(node, 1);
    static const char zeros[8] = {0};
    if (!training)
        return HINGE_OK;
    if (training->type != HINGE_BOOL || hinge_count(training) != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "training_mode is not one bool");
    if (ratio && (hinge_count(ratio) != 1 || op_element_size(ratio) > 8))
        return OP_FAIL(node, HINGE_BAD_MODEL, "ratio is not one number");
    if (!training->data)
        return HINGE_NEEDS_DATA;
    if (!*(const uint8_t *)training->data)
        return HINGE_OK;
    if (ratio && !ratio->data)
        return HINGE_NEEDS_DATA;
    if (ratio && !memcmp(ratio->data, zeros, op_element_size(ratio)))
        return HINGE_OK;
    return OP_FAIL(node, HINGE_UNSUPPORTED,
                   "training_mode is true, but there is inference only here");
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_status status = node->opset >= 12 ? refuse_training(node) : HINGE_OK;
    if (!status)
        status = op_infer_same(node);
    hinge_type mask = node->opset >= 10 ? HINGE_BOOL : x->type;
    return status ? status : op_set_output(node, 1, mask, x->rank, x->dims);
}

static hinge_status run(const struct hinge_node *node)
{
    static const float one = 1;
    static const double one_f64 = 1;
    static const uint16_t one_f16 = 0x3C00;
    static const uint8_t yes = 1;
    hinge_tensor *mask = op_output(node, 1);
    if (mask) {
        const void *value = mask->type == HINGE_FLOAT     ? (const void *)&one
                            : mask->type == HINGE_DOUBLE  ? (const void *)&one_f64
                            : mask->type == HINGE_FLOAT16 ? (const void *)&one_f16
                                                          : (const void *)&yes;
        op_fill(node, mask->data, value, op_element_size(mask), hinge_count(mask));
    }
    return op_run_view(node);
}

static bool always(const struct hinge_node *node)
{
    (void)node;
    return true;
}

static bool is_inference(const struct hinge_node *node)
{
    const hinge_tensor *training = op_input(node, 2);
    return !training || (training->data && training->type == HINGE_BOOL &&
                         hinge_count(training) == 1 && !*(const uint8_t *)training->data);
}

static const struct hinge_attribute_def attributes_7[] = {
    {.name = "ratio", .type = HINGE_ATTR_FLOAT, .f = 0.5F}, {.name = NULL}};
static const struct hinge_attribute_def attributes_12[] = {{.name = "seed", .type = HINGE_ATTR_INT},
                                                           {.name = NULL}};

#define DROPOUT .name = "Dropout", .outputs = {1, 2}, .flags = HINGE_OP_VIEW, .infer = infer

const struct hinge_op op_dropout[] = {
    {DROPOUT, .since = 7, .until = 9, .inputs = {1, 1}, .attributes = attributes_7,
     .is_identity = always,
     .kernels = {{HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run}}},
    {DROPOUT, .since = 10, .until = 11, .inputs = {1, 1}, .attributes = attributes_7,
     .is_identity = always, .kernels = {{HINGE_NO_TYPE, run}}},
    {DROPOUT, .since = 12, .inputs = {1, 3}, .attributes = attributes_12,
     .is_identity = is_inference, .kernels = {{HINGE_NO_TYPE, run}}},
    OP_END,
};
