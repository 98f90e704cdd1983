/* GRU-1, -3, -7, -14, -22: with f and g
 * z, r = f(X W^T + h R^T + Wb + Rb), h' = (1 - z) g(X Wh^T + (r h) Rh^T + Wbh + Rbh) + z h,
 * or with linear_before_reset g(X Wh^T + r (h Rh^T + Rbh) + Wbh). output_sequence (until opset 6)
 * has no say: Y is put out where it is wanted. */
#include "operators/recurrent/recurrent.h"

#define BEFORE_RESET                                                                               \
    {                                                                                              \
        .name = "linear_before_reset", .type = HINGE_ATTR_INT                                      \
    }

static const struct hinge_attribute_def attributes_1[] = {
    RECURRENT_ATTRIBUTES, {.name = "output_sequence", .type = HINGE_ATTR_INT}, {.name = NULL}};
static const struct hinge_attribute_def attributes_3[] = {
    RECURRENT_ATTRIBUTES,
    BEFORE_RESET,
    {.name = "output_sequence", .type = HINGE_ATTR_INT},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_7[] = {
    RECURRENT_ATTRIBUTES, BEFORE_RESET, {.name = NULL}};
static const struct hinge_attribute_def attributes_14[] = {
    RECURRENT_ATTRIBUTES, BEFORE_RESET, {.name = "layout", .type = HINGE_ATTR_INT}, {.name = NULL}};

static const struct recurrent_kind kind = {.n_gates = 3,
                                           .n_parts = 2,
                                           .part_gates = {2, 1},
                                           .n_activations = 2,
                                           .activations = {"Sigmoid", "Tanh"},
                                           .own_since = 3,
                                           .bias_gate = 2,
                                           .layout = RECURRENT_OWN + 1,
                                           .step_f32 = gru_step_f32,
                                           .step_f64 = gru_step_f64};

static hinge_status init(struct hinge_node *node)
{
    return recurrent_init(node, &kind);
}

static hinge_status infer(const struct hinge_node *node)
{
    return recurrent_infer(node, &kind);
}

#define GRU(last, types)                                                                           \
    .name = "GRU", .init = init, .infer = infer, .prepare = recurrent_prepare,                     \
    .signature = "(X: T, W: T, R: T, B?: T, sequence_lens?: T1, initial_h?: T) -> "                \
                 "(Y?: T, " last ": T); T: " types "; T1: int32"

const struct hinge_op op_gru[] = {
    {GRU("Y_h", RECURRENT_TYPES), .since = 1, .until = 2, .attributes = attributes_1,
     .kernels = RECURRENT_KERNELS},
    {GRU("Y_h?", RECURRENT_TYPES), .since = 3, .until = 6, .attributes = attributes_3,
     .kernels = RECURRENT_KERNELS},
    {GRU("Y_h?", RECURRENT_TYPES), .since = 7, .until = 13, .attributes = attributes_7,
     .kernels = RECURRENT_KERNELS},
    {GRU("Y_h?", RECURRENT_TYPES), .since = 14, .until = 21, .attributes = attributes_14,
     .kernels = RECURRENT_KERNELS},
    {GRU("Y_h?", OP_TYPES_FLOAT), .since = 22, .attributes = attributes_14,
     .kernels = RECURRENT_KERNELS_22},
    OP_END,
};
