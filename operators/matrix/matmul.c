/* MatMul-1, -9, -13: as numpy.matmul. A constant right operand of float32 or float64 that is one
 * matrix is packed once, and its original given up, unless the model fixes the rows to so few that
 * reading it is all the work; one of bfloat16 where the CPU multiplies that. Other halves, which
 * would take more memory as float, are packed in every run. Input 2, which no model has, is a bias
 * of the columns that a pass has folded in. */
#include "operators/matrix/matmul_node.h"
#include "operators/op/copy.h"

static const struct matmul_form form = {.alpha = 1};

static hinge_status matmul_init(struct hinge_node *node)
{
    return matmul_node_init(node, &form);
}

static hinge_status matmul_infer(const struct hinge_node *node)
{
    return matmul_node_infer(node, &form);
}

static hinge_status matmul_prepare(struct hinge_node *node, size_t *scratch)
{
    return matmul_node_prepare(node, &form, scratch);
}

static hinge_status matmul_run(const struct hinge_node *node)
{
    return matmul_node_run(node, &form);
}

static bool matmul_linear(const struct hinge_node *node, struct hinge_linear *linear)
{
    *linear =
        (struct hinge_linear){.weight = 1, .bias = 2, .weight_axis = 1, .axis = -1, .n_groups = 1};
    return node->inputs[1]->rank == 2;
}

static bool fits_integers(const struct hinge_node *node)
{
    const hinge_tensor *b = node->inputs[1];
    const int32_t axis = b->rank > 1 ? b->rank - 2 : 0;
    return op_byte_sums_fit(b, axis, axis + 1);
}

const struct hinge_op op_matmul[] = {
    {.name = "MatMul",
     .gradient = "matmul:",
     .since = 1,
     .signature = "(A: T, B: T) -> (Y: T); T: " OP_TYPES_WIDE,
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .linear = matmul_linear,
     .integers = "QLinearMatMul-10(a, b, y)",
     .fits_integers = fits_integers,
     .init = matmul_init,
     .infer = matmul_infer,
     .prepare = matmul_prepare,
     .kernels = HINGE_KERNELS(OP_FLOATING(matmul_run), {HINGE_INT32, matmul_run},
                              {HINGE_INT64, matmul_run}, {HINGE_UINT32, matmul_run},
                              {HINGE_UINT64, matmul_run})},
    OP_END,
};
