/* Gelu-20: y = x Phi(x), Phi the normal distribution; with approximate = "tanh" the approximation
 * x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. At -Inf both are the limit, 0, where the
 * standard's function, step by step, multiplies -Inf by 0. */
#include "operators/op/activation.h"

#include <string.h>

static bool is(const struct hinge_node *node, const char *text)
{
    const hinge_string approximate = node->attributes[0].s;
    return approximate.size == strlen(text) && memcmp(approximate.bytes, text, strlen(text)) == 0;
}

static hinge_status gelu_infer(const struct hinge_node *node)
{
    if (!is(node, "none") && !is(node, "tanh"))
        return OP_FAIL(node, HINGE_BAD_MODEL, "attribute approximate is neither none nor tanh");
    return op_infer_same(node);
}

static void gelu_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    activation->kind = is(node, "tanh") ? HINGE_ACT_GELU_TANH : HINGE_ACT_GELU;
}

OP_ACTIVATION_RUN(gelu)

static const struct hinge_attribute_def attributes[] = {
    {.name = "approximate", .type = HINGE_ATTR_STRING, .s = "none"},
    {.name = NULL},
};

const struct hinge_op op_gelu[] = {
    {.name = "Gelu",
     .gradient = "gelu:",
     .since = 20,
     .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = attributes,
     .infer = gelu_infer,
     .activation = gelu_activation,
     .row = activation_f32,
     .derivative = activation_derivative_f32,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, gelu_run}, {HINGE_DOUBLE, gelu_run},
                              {HINGE_FLOAT16, gelu_run}, {HINGE_BFLOAT16, gelu_run})},
    OP_END,
};
