/* RNN-1, -7, -14, -22: h = f(X W^T + h R^T + Wb + Rb). output_sequence of RNN-1 has no say: Y is
 * put out where it is wanted. */
#include "operators/recurrent/recurrent.h"

static const struct hinge_attribute_def attributes_1[] = {
    RECURRENT_ATTRIBUTES, {.name = "output_sequence", .type = HINGE_ATTR_INT}, {.name = NULL}};
static const struct hinge_attribute_def attributes_7[] = {RECURRENT_ATTRIBUTES, {.name = NULL}};
static const struct hinge_attribute_def attributes_14[] = {
    RECURRENT_ATTRIBUTES, {.name = "layout", .type = HINGE_ATTR_INT}, {.name = NULL}};

static const struct recurrent_kind kind = {.n_gates = 1,
                                           .n_parts = 1,
                                           .part_gates = {1},
                                           .n_activations = 1,
                                           .activations = {"Tanh"},
                                           .bias_gate = -1,
                                           .layout = RECURRENT_OWN,
                                           .step_f32 = rnn_step_f32,
                                           .step_f64 = rnn_step_f64};

static hinge_status init(struct hinge_node *node)
{
    return recurrent_init(node, &kind);
}

static hinge_status infer(const struct hinge_node *node)
{
    return recurrent_infer(node, &kind);
}

#define RNN(types)                                                                                 \
    .name = "RNN", .init = init, .infer = infer, .prepare = recurrent_prepare,                     \
    .signature = "(X: T, W: T, R: T, B?: T, sequence_lens?: T1, initial_h?: T) -> "                \
                 "(Y?: T, Y_h?: T); T: " types "; T1: int32"

const struct hinge_op op_rnn[] = {
    {RNN(RECURRENT_TYPES), .since = 1, .until = 6, .attributes = attributes_1,
     .kernels = RECURRENT_KERNELS},
    {RNN(RECURRENT_TYPES), .since = 7, .until = 13, .attributes = attributes_7,
     .kernels = RECURRENT_KERNELS},
    {RNN(RECURRENT_TYPES), .since = 14, .until = 21, .attributes = attributes_14,
     .kernels = RECURRENT_KERNELS},
    {RNN(OP_TYPES_FLOAT), .since = 22, .attributes = attributes_14,
     .kernels = RECURRENT_KERNELS_22},
    OP_END,
};
