/* Slice-1, -10, -11, -13: elements start, start + step … before end of each named axis, counted
 * from the end where negative and clamped to the dimension. The lists are attributes up to opset 9
 * (and step 1), then inputs. */
#include "operators/op/copy.h"

struct slice {
    int64_t dims[HINGE_MAX_RANK], start[HINGE_MAX_RANK], step[HINGE_MAX_RANK];
};

static int64_t clamp(int64_t value, int64_t dim, int64_t least, int64_t most)
{
    if (value < 0)
        value += dim;
    value = value > most ? most : value;
    return value < least ? least : value;
}

static void slice_axis(struct slice *slice, int64_t axis, int64_t start, int64_t end, int64_t step)
{
    int64_t dim = slice->dims[axis], count = 0;
    if (step > 0) {
        start = clamp(start, dim, 0, dim);
        end = clamp(end, dim, 0, dim);
        if (end > start)
            count = (end - start - 1) / step + 1;
    } else if (dim > 0) {
        start = clamp(start, dim, 0, dim - 1);
        end = clamp(end, dim, -1, dim - 1);
        if (start > end)
            count = (end - start + 1) / step + 1;
    }
    slice->dims[axis] = count;
    slice->start[axis] = start;
    slice->step[axis] = count > 1 ? step : 1;
}

static hinge_status lists(const struct hinge_node *node, struct op_list list[4])
{
    for (unsigned i = 0; i < 4; i++) {
        hinge_status status = HINGE_OK;
        list[i] = (struct op_list){.present = false};
        if (node->opset >= 10)
            status = op_list_input(node, i + 1, &list[i]);
        else if (i < 3)
            status = op_list_attribute(node, i, &list[i]);
        if (status)
            return status;
    }
    return HINGE_OK;
}

static hinge_status slice_of(const struct hinge_node *node, struct slice *slice)
{
    const hinge_tensor *x = node->inputs[0];
    struct op_list list[4], *starts = &list[0], *ends = &list[1], *axes = &list[2],
                            *steps = &list[3];
    hinge_status status = lists(node, list);
    if (status)
        return status;
    if (starts->count != ends->count || (axes->present && axes->count != starts->count) ||
        (steps->present && steps->count != starts->count))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "starts, ends, axes and steps differ in length");
    if (!axes->present) {
        axes->count = starts->count;
        for (size_t i = 0; i < axes->count; i++)
            axes->values[i] = (int64_t)i;
    }
    status = op_list_axes(node, axes, x->rank);
    if (status)
        return status;
    for (int32_t d = 0; d < x->rank; d++) {
        slice->dims[d] = x->dims[d];
        slice->start[d] = 0;
        slice->step[d] = 1;
    }
    for (size_t i = 0; i < axes->count; i++) {
        int64_t step = steps->present ? steps->values[i] : 1;
        if (step == 0)
            return OP_FAIL(node, HINGE_BAD_VALUE, "step %zu is 0", i);
        slice_axis(slice, axes->values[i], starts->values[i], ends->values[i], step);
    }
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct slice slice;
    hinge_status status = slice_of(node, &slice);
    return status ? status : op_set_output(node, 0, x->type, x->rank, slice.dims);
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    struct slice slice;
    hinge_status status = slice_of(node, &slice);
    if (status || hinge_count(y) == 0)
        return status;
    struct copy copy = {.rank = x->rank, .size = op_element_size(x)};
    int64_t from = 0;
    op_strides(x, copy.from);
    op_strides(y, copy.to);
    for (int32_t d = 0; d < x->rank; d++) {
        copy.dims[d] = slice.dims[d];
        from += slice.start[d] * copy.from[d];
        copy.from[d] *= slice.step[d];
    }
    op_move(node, &copy, y, 0, x, from);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "starts", .type = HINGE_ATTR_INTS, .required = true},
    {.name = "ends", .type = HINGE_ATTR_INTS, .required = true},
    {.name = "axes", .type = HINGE_ATTR_INTS},
    {.name = NULL}};

#define SLICE                                                                                      \
    .name = "Slice", .gradient = "move:", .flags = HINGE_OP_MOVES, .infer = infer,                 \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_slice[] = {
    {SLICE, .since = 1, .until = 9, .signature = "(data: T) -> (output: T); T: " OP_TYPES_ALL_IR13,
     .attributes = attributes},
    {SLICE, .since = 10,
     .signature = "(data: T, starts: Tind, ends: Tind, axes?: Tind, steps?: Tind) -> (output: T); "
                  "T: " OP_TYPES_ALL_IR13 "; Tind: int32 int64"},
    OP_END,
};
