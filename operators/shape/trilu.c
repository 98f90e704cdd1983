/* Trilu-14, and com.microsoft's, which is the same: the upper or lower triangle of the last two
 * dimensions, from the k-th diagonal; zeros elsewhere. */
#include "operators/op/copy.h"

#include <string.h>

#define GRAIN_SIZE 65536

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *k = op_input(node, 1);
    if (x->rank < 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the input has rank %d, below 2", (int)x->rank);
    if (k && hinge_count(k) != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "k is not one int64");
    return op_infer_same(node);
}

struct trilu {
    bool upper;
    int64_t k, n_rows, n_columns;
    size_t size;
    const char *from;
    char *to;
};

static void copy_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct trilu *t = argument;
    (void)thread;
    for (int64_t n = begin; n < end; n++) {
        /* The first column on or above the diagonal; for the lower triangle, above it. */
        int64_t column = n % t->n_rows + t->k + !t->upper;
        column = column < 0 ? 0 : column > t->n_columns ? t->n_columns : column;
        size_t left = (size_t)column * t->size, row = (size_t)t->n_columns * t->size;
        char *to = t->to + (size_t)n * row;
        memset(t->upper ? to : to + left, 0, t->upper ? left : row - left);
        const char *from = t->from + (size_t)n * row;
        if (to != from && t->upper)
            memcpy(to + left, from + left, row - left);
        else if (to != from)
            memcpy(to, from, left);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *k = op_input(node, 1);
    hinge_tensor *y = node->outputs[0];
    struct trilu t = {.upper = node->attributes[0].i != 0,
                      .k = k ? *(const int64_t *)k->data : 0,
                      .n_rows = x->dims[x->rank - 2],
                      .n_columns = x->dims[x->rank - 1],
                      .size = op_element_size(x),
                      .from = x->data,
                      .to = y->data};
    if (hinge_count(x) == 0)
        return HINGE_OK;
    t.k = t.k < -t.n_rows ? -t.n_rows : t.k > t.n_columns ? t.n_columns : t.k;
    node->host->parallel(node, hinge_count(x) / t.n_columns,
                         GRAIN_SIZE / (t.n_columns * (int64_t)t.size) + 1, copy_rows, &t);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "upper", .type = HINGE_ATTR_INT, .i = 1}, {.name = NULL}};

#define TRILU                                                                                      \
    .name = "Trilu", .gradient = "move:", .flags = HINGE_OP_IN_PLACE,                              \
    .signature = "(input: T, k?: int64) -> (output: T); T: " OP_TYPES_ALL_IR4,                     \
    .attributes = attributes, .infer = infer, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_trilu[] = {
    {TRILU, .since = 14},
    {TRILU, .domain = "com.microsoft", .since = 1, .until = OP_LATEST_OPSET_MICROSOFT},
    OP_END,
};
