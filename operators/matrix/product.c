#include "operators/matrix/product.h"

#include "operators/kernels/activation/activation.h"

struct packing {
    uint64_t cpu_features;
    const hinge_tensor *b;
    int64_t columns, depth;
    bool transposed;
};

static void fill(void *argument, void *packed)
{
    const struct packing *p = argument;
    gemm_pack_b(p->cpu_features, p->b->type, p->columns, p->depth, p->b->data,
                p->transposed ? 1 : p->columns, p->transposed ? p->depth : 1, packed);
}

hinge_status product_pack(struct hinge_node *node, int64_t columns, int64_t depth, bool transposed)
{
    const hinge_tensor *b = node->inputs[1];
    struct packing packing = {node->cpu_features, b, columns, depth, transposed};
    const void *packed = node->host->pack(
        node, gemm_packed_size(node->cpu_features, b->type, columns, depth), fill, &packing);
    if (!packed)
        return HINGE_NO_MEMORY;
    node->host->release(node, 1, 0, hinge_size(b->type, columns * depth));
    node->state = (void *)(uintptr_t)packed;
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
