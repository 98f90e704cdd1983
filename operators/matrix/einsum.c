/* Einsum-12: any number of terms, contracted from left to right. Extents of 1 broadcast, for
 * letters too, as in NumPy; ellipses of fewer dimensions are aligned at their end. float16 is
 * computed in float and rounded once; integers wrap. */
#include "operators/matrix/einsum_plan.h"

static hinge_status einsum_init(struct hinge_node *node)
{
    return einsum_check(node);
}

static hinge_status einsum_infer(const struct hinge_node *node)
{
    struct einsum_sizes sizes;
    int64_t dims[HINGE_MAX_RANK];
    hinge_status status = einsum_measure(node, &sizes);
    if (status)
        return status;
    for (int32_t d = 0; d < sizes.rank; d++)
        dims[d] = sizes.extents[sizes.output[d]];
    return op_set_output(node, 0, node->inputs[0]->type, sizes.rank, dims);
}

static hinge_status einsum_prepare(struct hinge_node *node, size_t *scratch)
{
    struct einsum_plan *plan = NULL;
    hinge_status status = einsum_plan(node, &plan);
    if (status)
        return status;
    node->prepared = plan;
    *scratch = (size_t)plan->size;
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "equation", .type = HINGE_ATTR_STRING, .required = true}, {.name = NULL}};

const struct hinge_op op_einsum[] = {
    {.name = "Einsum",
     .gradient = "einsum:",
     .since = 12,
     .signature = "(Inputs...: T) -> (Output: T); T: float16 float double " OP_TYPES_SIGNED
                  " " OP_TYPES_UNSIGNED,
     .attributes = attributes,
     .init = einsum_init,
     .infer = einsum_infer,
     .prepare = einsum_prepare,
     .kernels = HINGE_KERNELS(
         {HINGE_FLOAT, einsum_run}, {HINGE_DOUBLE, einsum_run}, {HINGE_FLOAT16, einsum_run},
         {HINGE_INT8, einsum_run}, {HINGE_INT16, einsum_run}, {HINGE_INT32, einsum_run},
         {HINGE_INT64, einsum_run}, {HINGE_UINT8, einsum_run}, {HINGE_UINT16, einsum_run},
         {HINGE_UINT32, einsum_run}, {HINGE_UINT64, einsum_run})},
    OP_END,
};
