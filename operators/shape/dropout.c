/* Dropout-1, -6, -7, -10, -12, -13, -22, as inference does it: y = x, and a mask of ones. Up to
 * opset 6 an attribute, from 12 on an input may ask for training; that is refused unless the ratio
 * is 0. */
#include "operators/op_copy.h"

/* Whether all bits of a floating-point number but its sign are 0. */
static bool is_zero(const hinge_tensor *x)
{
    const uint8_t *bytes = x->data;
    const size_t last = op_element_size(x) - 1;
    uint8_t any = bytes[last] & 0x7f;
    for (size_t i = 0; i < last; i++)
        any |= bytes[i];
    return any == 0;
}

/* From opset 12 on. Here rather than in run, which is left out where y shares memory with x. */
static hinge_status refuse_training(const struct hinge_node *node)
{
    const hinge_tensor *training = op_input(node, 2), *ratio = op_input(node, 1);
    if (!training)
        return HINGE_OK;
    if (hinge_count(training) != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "training_mode is not one bool");
    if (ratio && hinge_count(ratio) != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "ratio is not one number");
    if (!training->data)
        return HINGE_NEEDS_DATA;
    if (!*(const uint8_t *)training->data)
        return HINGE_OK;
    if (ratio && !ratio->data)
        return HINGE_NEEDS_DATA;
    if (ratio && is_zero(ratio))
        return HINGE_OK;
    return OP_FAIL(node, HINGE_UNSUPPORTED,
                   "training_mode is true, but there is inference only here");
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_status status = node->opset >= 12 ? refuse_training(node) : HINGE_OK;
    if (node->opset < 7 && node->attributes[1].i == 0 && !(node->attributes[0].f == 0))
        return OP_FAIL(node, HINGE_UNSUPPORTED, "is_test is 0, but there is inference only here");
    if (!status)
        status = op_infer_same(node);
    return status ? status : op_set_dims(node, 1, x->rank, x->dims);
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

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "ratio", .type = HINGE_ATTR_FLOAT, .f = 0.5F},
    {.name = "is_test", .type = HINGE_ATTR_INT},
    {.name = "consumed_inputs", .type = HINGE_ATTR_INTS},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_7[] = {
    {.name = "ratio", .type = HINGE_ATTR_FLOAT, .f = 0.5F}, {.name = NULL}};
static const struct hinge_attribute_def attributes_12[] = {{.name = "seed", .type = HINGE_ATTR_INT},
                                                           {.name = NULL}};

#define DROPOUT_TYPES OP_TYPES_FLOAT " float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz"
#define DROPOUT .name = "Dropout", .flags = HINGE_OP_VIEW, .infer = infer

const struct hinge_op op_dropout[] = {
    {DROPOUT, .since = 1, .until = 6,
     .signature = "(data: T) -> (output: T, mask?: T); T: float16 float double",
     .attributes = attributes_1,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run})},
    {DROPOUT, .since = 7, .until = 9,
     .signature = "(data: T) -> (output: T, mask?: T); T: float16 float double",
     .attributes = attributes_7, .is_identity = always,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run})},
    {DROPOUT, .since = 10, .until = 11,
     .signature = "(data: T) -> (output: T, mask?: bool); T: float16 float double",
     .attributes = attributes_7, .is_identity = always,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    {DROPOUT, .since = 12,
     .signature = "(data: T, ratio?: T1, training_mode?: bool) -> (output: T, mask?: bool); "
                  "T: " DROPOUT_TYPES "; T1: " DROPOUT_TYPES,
     .attributes = attributes_12, .is_identity = is_inference,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
