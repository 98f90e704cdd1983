/* MaxUnpool-9, -11, -22: 1 to 3 spatial dimensions. Indices count the elements of the output that
 * kernel, strides and pads imply; an output_shape that is larger has zeros behind it. */
#include "operators/nn/window.h"
#include "operators/op/copy.h"
#include "operators/op/index.h"

enum { X, INDICES, OUTPUT_SHAPE };

/* dims: those of the output that follow from the attributes. */
static hinge_status implied_dims(const struct hinge_node *node, int64_t *dims, int64_t *count)
{
    const hinge_tensor *x = node->inputs[X], *indices = node->inputs[INDICES];
    struct window w;
    hinge_status status = window_read(node, x, NULL, &w);
    if (status)
        return status;
    bool same = indices->rank == x->rank;
    for (int32_t d = 0; d < x->rank && same; d++)
        same = indices->dims[d] == x->dims[d];
    if (!same)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the indices do not have X's shape");
    *count = 1;
    for (int32_t d = 0; d < x->rank; d++) {
        dims[d] = x->dims[d];
        if (d >= 2 && (!op_multiply(dims[d] > 0 ? dims[d] - 1 : 0, w.stride[d - 2], &dims[d]) ||
                       __builtin_add_overflow(dims[d], w.kernel[d - 2], &dims[d])))
            return OP_FAIL(node, HINGE_LIMIT, "the output is too large at axis %d", (int)d);
        if (d >= 2)
            dims[d] -= w.pad_begin[d - 2] + w.pad_end[d - 2];
        if (dims[d] < 0)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "the pads take all of axis %d", (int)d);
        if (!op_multiply(*count, dims[d], count))
            return OP_FAIL(node, HINGE_LIMIT, "the output is too large");
    }
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[X];
    int64_t dims[HINGE_MAX_RANK], given[HINGE_MAX_RANK], count;
    size_t n;
    hinge_status status = implied_dims(node, dims, &count);
    if (status)
        return status;
    if (!op_input(node, OUTPUT_SHAPE))
        return op_set_output(node, 0, x->type, x->rank, dims);
    status = op_input_ints(node, OUTPUT_SHAPE, given, HINGE_MAX_RANK, &n);
    if (status)
        return status;
    if (n != (size_t)x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "output_shape has %zu values, not %d", n,
                       (int)x->rank);
    for (int32_t d = 0; d < x->rank; d++)
        if (given[d] < dims[d])
            return OP_FAIL(node, HINGE_BAD_SHAPE, "output_shape is %lld at axis %d, less than %lld",
                           (long long)given[d], (int)d, (long long)dims[d]);
    return op_set_output(node, 0, x->type, x->rank, given);
}

/* Element index of a tensor of dims, in y. */
static int64_t place(const hinge_tensor *y, const int64_t *dims, int64_t index)
{
    int64_t at = 0, stride = 1;
    for (int32_t d = y->rank; d-- > 0;) {
        at += index % dims[d] * stride;
        index /= dims[d];
        stride *= y->dims[d];
    }
    return at;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[X];
    hinge_tensor *y = node->outputs[0];
    const int64_t n = hinge_count(x);
    const size_t size = hinge_size(x->type, 1);
    const uint64_t zero = 0;
    int64_t dims[HINGE_MAX_RANK], count;
    hinge_status status = implied_dims(node, dims, &count);
    if (status)
        return status;
    op_fill(node, y->data, &zero, size, hinge_count(y));
    const bool same = count == hinge_count(y);
    for (int64_t i = 0; i < n; i++) {
        const int64_t index = op_index_raw(node->inputs[INDICES], i);
        if (index < 0 || index >= count)
            return OP_FAIL(node, HINGE_BAD_VALUE, "index %lld at position %lld is not in [0, %lld)",
                           (long long)index, (long long)i, (long long)count);
        const int64_t at = same ? index : place(y, dims, index);
        memcpy((char *)y->data + (size_t)at * size, (const char *)x->data + (size_t)i * size, size);
    }
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {WINDOW_ATTRIBUTES, {.name = NULL}};

#define MAX_UNPOOL(first, last, types, ...)                                                        \
    {                                                                                              \
        .name = "MaxUnpool", .since = (first), .until = (last),                                    \
        .signature = "(X: T1, I: int64, output_shape?: int64) -> (output: T1); T1: " types,        \
        .attributes = attributes, .infer = infer, .kernels = HINGE_KERNELS(__VA_ARGS__)            \
    }

const struct hinge_op op_maxunpool[] = {
    MAX_UNPOOL(9, 21, "float16 float double", {HINGE_FLOAT, run}, {HINGE_DOUBLE, run},
               {HINGE_FLOAT16, run}),
    MAX_UNPOOL(22, 0, OP_TYPES_FLOAT, OP_FLOATING(run)),
    OP_END,
};
