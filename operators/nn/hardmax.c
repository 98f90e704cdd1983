/* Hardmax-1, -11, -13: 1 for the first largest element of a row and 0 for the others. Before opset
 * 13 everything from axis on is one row (axis 1 unless given), from then on the elements along axis
 * are (the last one). NaN is never the largest; in a row of nothing else the first element is. */
#include "operators/kernels/convert.h"
#include "operators/op.h"
#include "operators/op_copy.h"

#include <math.h>

#define BLOCK 256
#define GRAIN 8192

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = 1}, {.name = NULL}};
static const struct hinge_attribute_def attributes_13[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1}, {.name = NULL}};

/* The input as outer × count × inner, rows running over count. */
struct rows {
    const hinge_tensor *x;
    uint8_t *y;
    int64_t count, inner;
    size_t size; /* of an element */
    uint64_t one;
};

static hinge_status row_axis(const struct hinge_node *node, int32_t *axis)
{
    const int32_t rank = node->inputs[0]->rank;
    const int64_t given = node->attributes[0].i;
    *axis = rank;
    if (rank == 0 || (node->opset < 13 && given == rank))
        return HINGE_OK; /* rows of one element */
    return op_axis(node, "axis", given, rank, axis);
}

static hinge_status infer(const struct hinge_node *node)
{
    int32_t axis;
    const hinge_status status = row_axis(node, &axis);
    return status ? status : op_infer_same(node);
}

/* Of the row that begins at this element. */
static int64_t largest(const struct rows *rows, int64_t first)
{
    const uint8_t *x = rows->x->data;
    double most = -INFINITY, block[BLOCK];
    int64_t at = 0;
    bool found = false;
    for (int64_t i = 0, n; i < rows->count; i += n) {
        n = rows->inner > 1 ? 1 : rows->count - i < BLOCK ? rows->count - i : BLOCK;
        convert_to_double(rows->x->type, block, x + (size_t)(first + i * rows->inner) * rows->size,
                          n);
        for (int64_t k = 0; k < n; k++) {
            if (block[k] > most || (!found && block[k] == most)) {
                most = block[k];
                at = i + k;
                found = true;
            }
        }
    }
    return at;
}

static void mark_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct rows *rows = argument;
    (void)thread;
    for (int64_t r = begin; r < end; r++) {
        const int64_t first = r / rows->inner * rows->inner * rows->count + r % rows->inner;
        const int64_t most = largest(rows, first);
        for (int64_t i = 0; i < rows->count; i++) {
            const uint64_t value = i == most ? rows->one : 0;
            memcpy(rows->y + (size_t)(first + i * rows->inner) * rows->size, &value, rows->size);
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const double one = 1;
    int32_t axis;
    const hinge_status status = row_axis(node, &axis);
    if (status || hinge_count(x) == 0)
        return status;
    struct rows rows = {.x = x,
                        .y = node->outputs[0]->data,
                        .count = 1,
                        .inner = 1,
                        .size = hinge_size(x->type, 1)};
    convert_from_double(x->type, &rows.one, &one, 1);
    for (int32_t d = axis; d < x->rank; d++) {
        if (d == axis || node->opset < 13)
            rows.count *= x->dims[d];
        else
            rows.inner *= x->dims[d];
    }
    node->host->parallel(node, hinge_count(x) / rows.count, op_grain(GRAIN, rows.count), mark_rows,
                         &rows);
    return HINGE_OK;
}

#define ENTRY(first, last, list)                                                                   \
    {                                                                                              \
        .name = "Hardmax", .since = (first), .until = (last),                                      \
        .signature = "(input: T) -> (output: T); T: " OP_TYPES_FLOAT, .attributes = (list),        \
        .infer = infer, .kernels = HINGE_KERNELS(OP_FLOATING(run))                                 \
    }

const struct hinge_op op_hardmax[] = {
    ENTRY(1, 12, attributes_1),
    ENTRY(13, 0, attributes_13),
    OP_END,
};
