/* GatherElements-11, -13: element i is input 0's at i's own coordinates, but along axis at the
 * index that input 1 has there. */
#include "operators/op/copy.h"
#include "operators/op/index.h"

#include <stdatomic.h>

#define GRAIN 16384
#define BLOCK 256

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1];
    int32_t axis;
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &axis);
    if (status)
        return status;
    if (indices->rank != x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "indices have rank %d, the data %d",
                       (int)indices->rank, (int)x->rank);
    for (int32_t d = 0; d < x->rank; d++)
        if (d != axis && indices->dims[d] > x->dims[d])
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d of the indices is %lld, above %lld",
                           (int)d, (long long)indices->dims[d], (long long)x->dims[d]);
    return op_set_output(node, 0, x->type, x->rank, indices->dims);
}

struct gather {
    const hinge_tensor *indices;
    int32_t axis;
    int64_t limit;
    hinge_type type;
    int64_t size; /* units of an element */
    int64_t strides[HINGE_MAX_RANK];
    const void *from;
    void *to;
    atomic_bool is_outside; /* some index was */
};

#define PLACES(index)                                                                              \
    for (int64_t k = 0; k < count; k++) {                                                          \
        const int64_t i = (index)[k] < 0 ? (index)[k] + limit : (index)[k];                        \
        const bool is_within = (uint64_t)i < (uint64_t)limit;                                      \
        place[k] = at + (first + k) * step + (i & -(int64_t)is_within) * stride;                   \
        n_outside += !is_within;                                                                   \
    }

/* Where each of count elements of the result's last dimension lies, from coordinate first on, by
 * the indices from begins on; at is where the row's would without the axis. An index out of range
 * counts as 0. Says whether there is one: looking before would be another way through memory. The
 * indices are read once, into a copy, which may be read as vectors: the fence keeps the compiler
 * from the originals. */
static bool find_places(const struct gather *g, int64_t begins, int64_t first, int64_t at,
                        int64_t count, int64_t *place)
{
    int64_t n_outside = 0;
    union {
        int64_t wide[BLOCK];
        int32_t narrow[BLOCK];
    } index;
    const int32_t last = g->indices->rank - 1;
    const int64_t step = last == g->axis ? 0 : g->strides[last], stride = g->strides[g->axis];
    const int64_t limit = g->limit;
    const size_t size = op_element_size(g->indices);
    memcpy(&index, (const char *)g->indices->data + (size_t)begins * size, (size_t)count * size);
    atomic_signal_fence(memory_order_seq_cst);
    if (g->indices->type == HINGE_INT64)
        PLACES(index.wide)
    else
        PLACES(index.narrow)
    return n_outside > 0;
}

#define MOVE(type)                                                                                 \
    for (int64_t k = 0; k < count; k++)                                                            \
        ((type *)g->to)[to + k] = *(const type *)(const void *)((const char *)g->from + place[k]); \
    break;

static void move(const struct gather *g, int64_t to, const int64_t *place, int64_t count)
{
    switch (hinge_type_bits(g->type)) {
    case 8: MOVE(uint8_t)
    case 16: MOVE(uint16_t)
    case 32: MOVE(uint32_t)
    case 64: MOVE(uint64_t)
    default:
        for (int64_t k = 0; k < count; k++)
            op_move_run(g->type, g->to, (to + k) * g->size, g->from, place[k], g->size);
    }
}

/* Rows of the last dimension. */
static void gather(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    struct gather *g = argument;
    const int32_t last = g->indices->rank - 1;
    const int64_t *dims = g->indices->dims, count = dims[last];
    int64_t place[BLOCK];
    (void)thread;
    for (int64_t r = begin; r < end; r++) {
        int64_t rest = r, at = 0;
        for (int32_t d = last; d-- > 0; rest /= dims[d])
            if (d != g->axis)
                at += rest % dims[d] * g->strides[d];
        for (int64_t i = 0; i < count; i += BLOCK) {
            const int64_t n = count - i < BLOCK ? count - i : BLOCK;
            const int64_t begins = r * count + i;
            if (find_places(g, begins, i, at, n, place))
                atomic_store(&g->is_outside, true);
            move(g, begins, place, n);
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *indices = node->inputs[1];
    struct gather g = {.indices = indices,
                       .type = x->type,
                       .size = (int64_t)op_element_size(x),
                       .from = x->data,
                       .to = node->outputs[0]->data};
    hinge_status status = op_axis(node, "axis", node->attributes[0].i, x->rank, &g.axis);
    if (status)
        return status;
    g.limit = x->dims[g.axis];
    if (status || hinge_count(indices) == 0)
        return status;
    if (g.limit == 0)
        return op_index_range(node, 1, 0);
    op_strides(x, g.strides);
    const int64_t row = indices->dims[indices->rank - 1];
    op_move_parallel(node, node->outputs[0], hinge_count(indices) / row, op_grain(GRAIN, row),
                     gather, &g);
    return g.is_outside ? op_index_range(node, 1, g.limit) : HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {{.name = "axis", .type = HINGE_ATTR_INT},
                                                        {.name = NULL}};

const struct hinge_op op_gatherelements[] = {
    {.name = "GatherElements",
     .gradient = "gather_elements:",
     .since = 11,
     .signature =
         "(data: T, indices: Tind) -> (output: T); T: " OP_TYPES_ALL_IR13 "; Tind: int32 int64",
     .flags = HINGE_OP_MOVES,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
