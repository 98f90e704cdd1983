#include "operators/microsoft/fused_activation.h"

#include <float.h>
#include <string.h>

static const struct {
    const char *name;
    enum hinge_activation_kind kind;
    float alpha, beta;
} activations[] = {
    {"", HINGE_ACT_NONE, 0, 0},
    {"Clip", HINGE_ACT_CLIP, -FLT_MAX, FLT_MAX},
    {"Elu", HINGE_ACT_ELU, 1, 0},
    {"HardSigmoid", HINGE_ACT_HARD_SIGMOID, 0.2F, 0.5F},
    {"HardSwish", HINGE_ACT_HARD_SWISH, 0, 0},
    {"LeakyRelu", HINGE_ACT_LEAKY_RELU, 0.01F, 0},
    {"Relu", HINGE_ACT_RELU, 0, 0},
    {"Sigmoid", HINGE_ACT_SIGMOID, 0, 0},
    {"Softplus", HINGE_ACT_SOFTPLUS, 0, 0},
    {"Softsign", HINGE_ACT_SOFTSIGN, 0, 0},
    {"Tanh", HINGE_ACT_TANH, 0, 0},
    {"ThresholdedRelu", HINGE_ACT_THRESHOLDED_RELU, 1, 0},
};

hinge_status fused_activation(const struct hinge_node *node, hinge_string name,
                              const float *parameters, size_t n_parameters,
                              struct hinge_activation *activation)
{
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++) {
        if (strlen(activations[i].name) != name.size ||
            (name.size > 0 && memcmp(activations[i].name, name.bytes, name.size) != 0))
            continue;
        *activation = (struct hinge_activation){
            .kind = activations[i].kind,
            .alpha = n_parameters > 0 ? parameters[0] : activations[i].alpha,
            .beta = n_parameters > 1 ? parameters[1] : activations[i].beta};
        return HINGE_OK;
    }
    return OP_FAIL(node, HINGE_UNSUPPORTED, "activation %.*s is not supported",
                   (int)(name.size < 64 ? name.size : 64), name.bytes);
}
