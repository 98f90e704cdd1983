/* com.microsoft FusedMatMul-1: alpha times the product of numpy.matmul, of operands whose last two
 * dimensions are swapped (transA, transB), or whose first one stands behind those of the batch
 * (transBatchA, transBatchB). */
#include "operators/matrix/matmul_node.h"

enum { ALPHA, TRANS_A, TRANS_B, TRANS_BATCH_A, TRANS_BATCH_B };

static const struct hinge_attribute_def attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1},
    {.name = "transA", .type = HINGE_ATTR_INT},
    {.name = "transB", .type = HINGE_ATTR_INT},
    {.name = "transBatchA", .type = HINGE_ATTR_INT},
    {.name = "transBatchB", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

static struct matmul_form form_of(const struct hinge_node *node)
{
    const struct hinge_attribute *a = node->attributes;
    return (struct matmul_form){a[ALPHA].f,
                                {a[TRANS_A].i != 0, a[TRANS_BATCH_A].i != 0},
                                {a[TRANS_B].i != 0, a[TRANS_BATCH_B].i != 0}};
}

static hinge_status init(struct hinge_node *node)
{
    const struct matmul_form form = form_of(node);
    return matmul_node_init(node, &form);
}

static hinge_status infer(const struct hinge_node *node)
{
    const struct matmul_form form = form_of(node);
    return matmul_node_infer(node, &form);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    const struct matmul_form form = form_of(node);
    return matmul_node_prepare(node, &form, scratch);
}

static hinge_status run(const struct hinge_node *node)
{
    const struct matmul_form form = form_of(node);
    return matmul_node_run(node, &form);
}

const struct hinge_op op_fusedmatmul[] = {
    {.name = "FusedMatMul",
     .gradient = "matmul:",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(A: T, B: T) -> (Y: T); T: " OP_TYPES_FLOAT,
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .attributes = attributes,
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS(OP_FLOATING(run))},
    OP_END,
};
