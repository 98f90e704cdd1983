#include "operators/kernels/gemm/gemm_multiply.h"

#include "operators/kernels/gemm/gemm_bf16.h"

static const struct gemm_bf16 *kernel_of(uint64_t cpu_features, hinge_type type)
{
    return type == HINGE_BFLOAT16 ? gemm_bf16_choose(cpu_features) : NULL;
}

const struct gemm_bf16 *gemm_bf16_of(const struct gemm_call *call)
{
    return call->panels ? NULL : kernel_of(call->node->cpu_features, call->type);
}

bool gemm_packs(uint64_t cpu_features, hinge_type type, bool few_rows)
{
    return ((type == HINGE_FLOAT || type == HINGE_DOUBLE) && !few_rows) ||
           kernel_of(cpu_features, type);
}

size_t gemm_packed_size(uint64_t cpu_features, hinge_type type, int64_t columns, int64_t depth)
{
    const struct gemm_bf16 *kernel = kernel_of(cpu_features, type);
    if (kernel)
        return (size_t)(round_up(columns, kernel->columns) * gemm_bf16_words(kernel, depth)) *
               sizeof(uint32_t);
    return type == HINGE_DOUBLE
               ? (size_t)(round_up(columns, GEMM_COLUMNS_F64) * depth) * sizeof(double)
               : (size_t)(round_up(columns, GEMM_COLUMNS) * depth) * sizeof(float);
}

void gemm_pack_b(uint64_t cpu_features, hinge_type type, int64_t columns, int64_t depth,
                 const void *b, int64_t b_depth, int64_t b_column, void *packed)
{
    const struct gemm_bf16 *kernel = kernel_of(cpu_features, type);
    if (kernel)
        gemm_bf16_pack(kernel, true, columns, depth, b, b_column, b_depth, packed);
    else if (type == HINGE_DOUBLE)
        gemm_pack_f64(columns, depth, b, b_column, b_depth, GEMM_COLUMNS_F64, packed,
                      depth * GEMM_COLUMNS_F64);
    else
        gemm_pack_f32(columns, depth, b, b_column, b_depth, GEMM_COLUMNS, packed,
                      depth * GEMM_COLUMNS);
}

static bool is_integer(hinge_type type)
{
    return type == HINGE_INT32 || type == HINGE_UINT32 || type == HINGE_INT64 ||
           type == HINGE_UINT64;
}

size_t gemm_scratch(const struct gemm_call *call)
{
    if (call->rows == 0 || call->columns == 0 || is_integer(call->type))
        return 0;
    return call->type == HINGE_DOUBLE ? gemm_scratch_f64(call) : gemm_scratch_f32(call);
}

void gemm_run(const struct gemm_call *call)
{
    if (call->rows == 0 || call->columns == 0)
        return;
    switch (call->type) {
    case HINGE_DOUBLE: gemm_run_f64(call); break;
    case HINGE_INT32:
    case HINGE_UINT32: gemm_run_u32(call); break;
    case HINGE_INT64:
    case HINGE_UINT64: gemm_run_u64(call); break;
    default: gemm_run_f32(call); break;
    }
}
