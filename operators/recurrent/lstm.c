/* LSTM-1, -7, -14, -22: with f, g and k, and gates i, o, f, c = X W^T + h R^T + Wb + Rb,
 * C' = f(f + Pf C) C + f(i + Pi C) g(c), h' = f(o + Po C') k(C'). With input_forget the forget gate
 * is 1 less the input gate. clip bounds the gates, not the cell in front of k. output_sequence of
 * LSTM-1 has no say: Y is put out where it is wanted. */
#include "operators/recurrent/recurrent.h"

#define INPUT_FORGET                                                                               \
    {                                                                                              \
        .name = "input_forget", .type = HINGE_ATTR_INT                                             \
    }

static const struct hinge_attribute_def attributes_1[] = {
    RECURRENT_ATTRIBUTES,
    INPUT_FORGET,
    {.name = "output_sequence", .type = HINGE_ATTR_INT},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_7[] = {
    RECURRENT_ATTRIBUTES, INPUT_FORGET, {.name = NULL}};
static const struct hinge_attribute_def attributes_14[] = {
    RECURRENT_ATTRIBUTES, INPUT_FORGET, {.name = "layout", .type = HINGE_ATTR_INT}, {.name = NULL}};

static const struct recurrent_kind kind = {.n_gates = 4,
                                           .n_parts = 1,
                                           .part_gates = {4},
                                           .n_activations = 3,
                                           .activations = {"Sigmoid", "Tanh", "Tanh"},
                                           .has_cell = true,
                                           .own_since = 1,
                                           .bias_gate = -1,
                                           .layout = RECURRENT_OWN + 1,
                                           .step_f32 = lstm_step_f32,
                                           .step_f64 = lstm_step_f64};

static hinge_status init(struct hinge_node *node)
{
    return recurrent_init(node, &kind);
}

static hinge_status infer(const struct hinge_node *node)
{
    return recurrent_infer(node, &kind);
}

#define LSTM(types)                                                                                \
    .name = "LSTM", .init = init, .infer = infer, .prepare = recurrent_prepare,                    \
    .signature = "(X: T, W: T, R: T, B?: T, sequence_lens?: T1, initial_h?: T, initial_c?: T, "    \
                 "P?: T) -> (Y?: T, Y_h?: T, Y_c?: T); T: " types "; T1: int32"

const struct hinge_op op_lstm[] = {
    {LSTM(RECURRENT_TYPES), .since = 1, .until = 6, .attributes = attributes_1,
     .kernels = RECURRENT_KERNELS},
    {LSTM(RECURRENT_TYPES), .since = 7, .until = 13, .attributes = attributes_7,
     .kernels = RECURRENT_KERNELS},
    {LSTM(RECURRENT_TYPES), .since = 14, .until = 21, .attributes = attributes_14,
     .kernels = RECURRENT_KERNELS},
    {LSTM(OP_TYPES_FLOAT), .since = 22, .attributes = attributes_14,
     .kernels = RECURRENT_KERNELS_22},
    OP_END,
};
