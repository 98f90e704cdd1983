#include "operators/math/product.h"

#include "operators/kernels/activation/activation.h"

hinge_status product_pack(struct hinge_node *node, int64_t columns, int64_t depth, bool transposed)
{
    const hinge_tensor *b = node->inputs[1];
    void *packed = node->host->alloc(node, gemm_packed_size(b->type, columns, depth));
    if (!packed)
        return HINGE_NO_MEMORY;
    gemm_pack_b(b->type, columns, depth, b->data, transposed ? 1 : columns, transposed ? depth : 1,
                packed);
    node->host->release(node, 1, 0, hinge_size(b->type, columns * depth));
    node->state = packed;
    return HINGE_OK;
}

void product_epilogue(const struct hinge_node *node, float *y, int64_t index, int64_t count)
{
    const struct hinge_epilogue *epilogue = node->epilogue;
    if (epilogue->addend) {
        const float *addend = (const float *)node->inputs[epilogue->addend]->data + index;
        for (int64_t i = 0; i < count; i++)
            y[i] += addend[i];
    }
    if (epilogue->activation->kind != HINGE_ACT_NONE)
        activation_f32(epilogue->activation, y, y, count);
}
