/* Gemm-1, -6, -7, -9, -11, -13: Y = alpha A' B' + beta C; C is not read where beta is 0. Constant
 * weights of float32 and float64 are packed once, and their original given up, unless the model
 * fixes the rows to so few that reading them is all the work. Integers wrap; factors other than 1
 * are applied in double. */
#include "operators/matrix/gemm_node.h"
#include "operators/op/copy.h"

enum { GEMM_BROADCAST = GEMM_N_ATTRIBUTES /* until 6 */ };

static const struct hinge_attribute_def attributes[] = {GEMM_ATTRIBUTES, {.name = NULL}};

static const struct hinge_attribute_def attributes_1[] = {
    GEMM_ATTRIBUTES,
    {.name = "broadcast", .type = HINGE_ATTR_INT},
    {.name = NULL},
};

/* Without broadcast, C has the dimensions of the product. */
static hinge_status gemm_infer_1(const struct hinge_node *node)
{
    const hinge_tensor *c = node->inputs[2], *y = node->outputs[0];
    hinge_status status = gemm_node_infer(node);
    if (status || !y || node->attributes[GEMM_BROADCAST].i)
        return status;
    if (c->rank != 2 || c->dims[0] != y->dims[0] || c->dims[1] != y->dims[1])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "C is not %lld x %lld, and broadcast is 0",
                       (long long)y->dims[0], (long long)y->dims[1]);
    return HINGE_OK;
}

static hinge_status gemm_run_node(const struct hinge_node *node)
{
    return gemm_node_run(node, NULL);
}

static bool gemm_linear(const struct hinge_node *node, struct hinge_linear *linear)
{
    const hinge_tensor *c = op_input(node, 2);
    const bool trans_b = node->attributes[GEMM_TRANS_B].i != 0;
    if (c && (c->rank != 1 || node->inputs[1]->rank != 2 ||
              c->dims[0] != node->inputs[1]->dims[trans_b ? 0 : 1]))
        return false;
    *linear = (struct hinge_linear){
        .weight = 1, .bias = 2, .weight_axis = trans_b ? 0 : 1, .axis = 1, .n_groups = 1};
    return node->attributes[GEMM_BETA].f == 1;
}

static bool gemm_fits_integers(const struct hinge_node *node)
{
    const int32_t axis = node->attributes[GEMM_TRANS_B].i != 0;
    return node->attributes[GEMM_ALPHA].f == 1 && node->attributes[GEMM_BETA].f == 1 &&
           op_byte_sums_fit(node->inputs[1], axis, axis + 1);
}

#define GEMM_ENTRY(first, last, parameters, declared, infers)                                      \
    {                                                                                              \
        .name = "Gemm", .gradient = "gemm:", .since = (first), .until = (last),                    \
        .signature = "(A: T, B: T, " parameters ") -> (Y: T); T: " OP_TYPES_WIDE,                  \
        .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND, .attributes = (declared),  \
        .init = gemm_node_init, .infer = (infers), .prepare = gemm_node_prepare,                   \
        .linear = gemm_linear, .integers = "com.microsoft::QGemm-1(a, b, C, y)",                   \
        .fits_integers = gemm_fits_integers,                                                       \
        .kernels = HINGE_KERNELS(OP_FLOATING(gemm_run_node), {HINGE_INT32, gemm_run_node},         \
                                 {HINGE_INT64, gemm_run_node}, {HINGE_UINT32, gemm_run_node},      \
                                 {HINGE_UINT64, gemm_run_node}),                                   \
    }

const struct hinge_op op_gemm[] = {
    GEMM_ENTRY(1, 6, "C: T", attributes_1, gemm_infer_1),
    GEMM_ENTRY(7, 10, "C: T", attributes, gemm_node_infer),
    GEMM_ENTRY(11, 0, "C?: T", attributes, gemm_node_infer),
    OP_END,
};
