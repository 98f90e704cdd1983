/* Hardmax-1, -11, -13: 1 for the first largest element of a row and 0 for the others. Before opset
 * 13 everything from axis on is one row (axis 1 unless given), from then on the elements along axis
 * are (the last one). NaN is never the largest; in a row of nothing else the first element is. */
#include "operators/kernels/convert.h"
#include "operators/kernels/extremum.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"

#define BLOCK 256
#define GRAIN 8192

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = 1}, {.name = NULL}};
static const struct hinge_attribute_def attributes_13[] = {
    {.name = "axis", .type = HINGE_ATTR_INT, .i = -1}, {.name = NULL}};

struct rows {
    struct extremum extremum;
    uint8_t *y;
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

static void mark_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct rows *rows = argument;
    const int64_t inner = rows->extremum.inner, count = rows->extremum.count;
    int64_t most[BLOCK];
    (void)thread;
    for (int64_t first = begin, n; first < end; first += n) {
        n = min_i64(BLOCK, end - first);
        extremum_find(&rows->extremum, first, first + n, most);
        for (int64_t r = first; r < first + n; r++) {
            const int64_t at = (r / inner * count + most[r - first]) * inner + r % inner;
            memcpy(rows->y + (size_t)at * rows->size, &rows->one, rows->size);
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
    struct rows rows = {
        .extremum = {.type = x->type, .x = x->data, .count = 1, .inner = 1, .nan_loses = true},
        .y = node->outputs[0]->data,
        .size = hinge_size(x->type, 1)};
    convert_from_double(x->type, &rows.one, &one, 1);
    for (int32_t d = axis; d < x->rank; d++) {
        if (d == axis || node->opset < 13)
            rows.extremum.count *= x->dims[d];
        else
            rows.extremum.inner *= x->dims[d];
    }
    memset(rows.y, 0, hinge_size(x->type, hinge_count(x)));
    node->host->parallel(node, hinge_count(x) / rows.extremum.count,
                         op_grain(GRAIN, rows.extremum.count), mark_rows, &rows);
    return HINGE_OK;
}

#define ENTRY(first, last, list)                                                                   \
    {                                                                                              \
        .name = "Hardmax", .gradient = "flat:", .since = (first), .until = (last),                 \
        .signature = "(input: T) -> (output: T); T: " OP_TYPES_FLOAT, .attributes = (list),        \
        .infer = infer, .kernels = HINGE_KERNELS(OP_FLOATING(run))                                 \
    }

const struct hinge_op op_hardmax[] = {
    ENTRY(1, 12, attributes_1),
    ENTRY(13, 0, attributes_13),
    OP_END,
};
