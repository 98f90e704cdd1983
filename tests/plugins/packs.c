/* Packs(x, w; factor, times, extra, late, table) -> y = x v, v being FACTOR factor times w: once
 * in each of `times` copies, which v is the mean of, of `extra` bytes more than w has, by way of
 * hinge_host.pack, which is called by prepare where `late` is 1. The log is told of each call of
 * fill. */
#include <hinge/plugin.h>

#ifndef FACTOR
#define FACTOR 1
#endif

enum { ATTRIBUTE_FACTOR, TIMES, EXTRA, LATE, TABLE, MAX_TIMES = 4 };

struct packing {
    const struct hinge_node *node;
    int64_t number;
};

static void fill(void *argument, void *memory)
{
    const struct packing *p = argument;
    const hinge_tensor *w = p->node->inputs[1];
    float *to = memory;
    for (int64_t i = 0; i < hinge_count(w); i++)
        to[i] = ((const float *)w->data)[i] * p->node->attributes[ATTRIBUTE_FACTOR].f * FACTOR *
                (float)(p->number + 1);
    p->node->host->log(p->node, HINGE_LOG_INFO, "filled %d", (int)p->number);
}

static const void *pack(const struct hinge_node *node, int64_t number)
{
    struct packing packing = {node, number};
    const size_t size = hinge_size(HINGE_FLOAT, hinge_count(node->inputs[1]));
    return node->host->pack(node, size + (size_t)node->attributes[EXTRA].i, fill, &packing);
}

static hinge_status init(struct hinge_node *node)
{
    const float **packed = node->host->alloc(node, MAX_TIMES * sizeof *packed);
    if (!packed)
        return HINGE_NO_MEMORY;
    for (int64_t i = 0; i < node->attributes[TIMES].i; i++) {
        packed[i] = pack(node, i);
        if (!packed[i])
            return HINGE_NO_MEMORY;
        if ((uintptr_t)packed[i] % 64)
            return node->host->fail(node, HINGE_BAD_PLUGIN, "it is not aligned");
    }
    node->host->release(node, 1, 0, hinge_size(HINGE_FLOAT, hinge_count(node->inputs[1])));
    node->state = packed;
    return HINGE_OK;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    (void)scratch;
    if (node->attributes[LATE].i && !pack(node, 0))
        return node->host->fail(node, HINGE_BAD_PLUGIN, "there is nothing");
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const float *x = node->inputs[0]->data, *const *packed = node->state;
    float *y = node->outputs[0]->data;
    const int64_t times = node->attributes[TIMES].i;
    for (int64_t i = 0; i < hinge_count(node->outputs[0]); i++) {
        float sum = 0;
        for (int64_t k = 0; k < times; k++)
            sum += packed[k][i] / (float)(k + 1);
        y[i] = x[i] * sum / (float)times;
    }
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [ATTRIBUTE_FACTOR] = {.name = "factor", .type = HINGE_ATTR_FLOAT, .f = 1},
    [TIMES] = {.name = "times", .type = HINGE_ATTR_INT, .i = 1},
    [EXTRA] = {.name = "extra", .type = HINGE_ATTR_INT},
    [LATE] = {.name = "late", .type = HINGE_ATTR_INT},
    [TABLE] = {.name = "table", .type = HINGE_ATTR_INTS},
    {.name = NULL}};

static const struct hinge_op packs[] = {{.name = "Packs",
                                         .domain = "test.plugins",
                                         .since = 1,
                                         .signature = "(x: T, w: T) -> (y: T); T: float",
                                         .attributes = attributes,
                                         .init = init,
                                         .prepare = prepare,
                                         .kernels = HINGE_KERNELS({HINGE_FLOAT, run})},
                                        {.name = NULL}};

HINGE_PLUGIN("packs", "1", 0, packs);
