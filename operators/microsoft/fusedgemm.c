/* com.microsoft FusedGemm-1: an activation of Gemm. Integers, which the operator has too, are left
 * out: the activations are functions of real numbers. activation_gamma has no use in any of them.
 */
#include "operators/matrix/gemm_node.h"
#include "operators/microsoft/fused_activation.h"

enum { ACTIVATION = GEMM_N_ATTRIBUTES };

static const struct hinge_attribute_def attributes[] = {
    GEMM_ATTRIBUTES,
    {.name = "activation", .type = HINGE_ATTR_STRING, .s = ""},
    {.name = "activation_alpha", .type = HINGE_ATTR_FLOAT},
    {.name = "activation_beta", .type = HINGE_ATTR_FLOAT},
    {.name = "activation_gamma", .type = HINGE_ATTR_FLOAT},
    {.name = NULL},
};

static hinge_status activation_of(const struct hinge_node *node,
                                  struct hinge_activation *activation)
{
    const struct hinge_attribute *a = &node->attributes[ACTIVATION];
    const float parameters[] = {a[1].f, a[2].f};
    const size_t given = a[2].present ? 2 : a[1].present ? 1 : 0;
    return fused_activation(node, a->s, parameters, given, activation);
}

static hinge_status infer(const struct hinge_node *node)
{
    struct hinge_activation activation;
    hinge_status status = activation_of(node, &activation);
    return status ? status : gemm_node_infer(node);
}

static hinge_status run(const struct hinge_node *node)
{
    struct hinge_activation activation;
    hinge_status status = activation_of(node, &activation);
    return status ? status : gemm_node_run(node, &activation);
}

const struct hinge_op op_fusedgemm[] = {
    {.name = "FusedGemm",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(A: T, B: T, C?: T) -> (Y: T); T: float16 float double",
     .attributes = attributes,
     .init = gemm_node_init,
     .infer = infer,
     .prepare = gemm_node_prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run})},
    OP_END,
};
