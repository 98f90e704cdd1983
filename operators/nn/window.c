#include "operators/nn/window.h"

#include <string.h>

/* Bounds that keep every sum and product of a few of them inside of int64_t. */
#define MAX_EXTENT (INT64_C(1) << 40)
#define MAX_STEP (INT64_C(1) << 31)

static hinge_status read_padding(const struct hinge_node *node, enum window_padding *padding)
{
    static const char *const names[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
    const hinge_string s = node->attributes[WINDOW_AUTO_PAD].s;
    for (unsigned i = 0; i < 4; i++)
        if (s.size == strlen(names[i]) && !memcmp(s.bytes, names[i], s.size)) {
            *padding = (enum window_padding)i;
            return HINGE_OK;
        }
    return OP_FAIL(node, HINGE_BAD_MODEL,
                   "auto_pad is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER");
}

/* A list of one value an axis, or all otherwise where it is left out. */
static hinge_status read_list(const struct hinge_node *node, unsigned index, const char *name,
                              size_t count, int64_t otherwise, int64_t least, int64_t most,
                              int64_t *values)
{
    const struct hinge_attribute *a = &node->attributes[index];
    if (a->present && a->count != count)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %zu values, not %zu", name, a->count, count);
    for (size_t i = 0; i < count; i++) {
        values[i] = a->present ? a->ints[i] : otherwise;
        if (values[i] < least || values[i] > most)
            return OP_FAIL(node, HINGE_BAD_VALUE, "%s has the value %lld", name,
                           (long long)values[i]);
    }
    return HINGE_OK;
}

static hinge_status read_kernel(const struct hinge_node *node, const hinge_tensor *weight,
                                struct window *w)
{
    const struct hinge_attribute *a = &node->attributes[WINDOW_KERNEL_SHAPE];
    if (!weight && !a->present)
        return OP_FAIL(node, HINGE_BAD_MODEL, "kernel_shape is missing");
    hinge_status status = read_list(node, WINDOW_KERNEL_SHAPE, "kernel_shape", (size_t)w->n_axes, 1,
                                    1, MAX_STEP, w->kernel);
    if (status || !weight)
        return status;
    for (int32_t i = 0; i < w->n_axes; i++) {
        const int64_t extent = weight->dims[2 + i];
        if (a->present && w->kernel[i] != extent)
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "kernel_shape is %lld at axis %d, the weight %lld",
                           (long long)w->kernel[i], (int)i, (long long)extent);
        if (extent < 1 || extent > MAX_STEP)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "the weight's dimension %d is %lld", (int)i + 2,
                           (long long)extent);
        w->kernel[i] = extent;
    }
    return HINGE_OK;
}

hinge_tensor window_channels_first(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor first = *x;
    for (int32_t d = 2; d < x->rank; d++)
        first.dims[d] = x->dims[d - 1];
    if (x->rank >= 2)
        first.dims[1] = x->dims[x->rank - 1];
    return first;
}

hinge_status window_read(const struct hinge_node *node, const hinge_tensor *x,
                         const hinge_tensor *weight, struct window *w)
{
    *w = (struct window){.n_axes = x->rank - 2};
    if (x->rank < 3 || x->rank > 2 + WINDOW_MAX_AXES)
        return OP_FAIL(node, HINGE_UNSUPPORTED, "input 0 has rank %d, not 3 to %d", (int)x->rank,
                       2 + WINDOW_MAX_AXES);
    if (weight && weight->rank != x->rank)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the weight has rank %d, the input %d",
                       (int)weight->rank, (int)x->rank);
    for (int32_t i = 0; i < w->n_axes; i++) {
        w->input[i] = x->dims[2 + i];
        if (w->input[i] > MAX_EXTENT)
            return OP_FAIL(node, HINGE_LIMIT, "dimension %d is %lld", (int)i + 2,
                           (long long)w->input[i]);
    }
    const size_t n = (size_t)w->n_axes;
    int64_t pads[2 * WINDOW_MAX_AXES];
    hinge_status status = read_padding(node, &w->padding);
    if (!status)
        status = read_kernel(node, weight, w);
    if (!status)
        status = read_list(node, WINDOW_STRIDES, "strides", n, 1, 1, MAX_STEP, w->stride);
    if (!status)
        status = read_list(node, WINDOW_DILATIONS, "dilations", n, 1, 1, MAX_STEP, w->dilation);
    /* Exporters leave pads beside auto_pad; only NOTSET reads them. */
    if (!status && w->padding == WINDOW_EXPLICIT) {
        status = read_list(node, WINDOW_PADS, "pads", 2 * n, 0, 0, MAX_EXTENT, pads);
        for (size_t i = 0; !status && i < n; i++) {
            w->pad_begin[i] = pads[i];
            w->pad_end[i] = pads[n + i];
        }
    }
    for (int32_t i = 0; !status && i < w->n_axes; i++)
        if ((w->kernel[i] - 1) > MAX_EXTENT / w->dilation[i])
            status =
                OP_FAIL(node, HINGE_LIMIT, "the dilated kernel is too large at axis %d", (int)i);
    return status;
}

static void pad_same(struct window *w, int32_t i)
{
    w->output[i] = (w->input[i] + w->stride[i] - 1) / w->stride[i];
    int64_t total = (w->output[i] - 1) * w->stride[i] + window_reach(w, i) - w->input[i];
    if (total < 0)
        total = 0;
    w->pad_begin[i] = w->padding == WINDOW_SAME_UPPER ? total / 2 : total - total / 2;
    w->pad_end[i] = total - w->pad_begin[i];
}

hinge_status window_slide(const struct hinge_node *node, struct window *w, bool ceil)
{
    for (int32_t i = 0; i < w->n_axes; i++) {
        if (w->padding >= WINDOW_SAME_UPPER) {
            pad_same(w, i);
            continue;
        }
        const int64_t padded = w->input[i] + w->pad_begin[i] + w->pad_end[i];
        const int64_t room = padded - window_reach(w, i);
        if (room < 0 && w->input[i] == 0) {
            w->output[i] = 0;
            continue;
        }
        /* Rounded up, less than a step that is missing makes one window. */
        if (room < 0 && ceil && room > -w->stride[i]) {
            w->output[i] = 1;
            continue;
        }
        if (room < 0)
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "the kernel reaches over %lld at axis %d, the padded input is %lld",
                           (long long)window_reach(w, i), (int)i, (long long)padded);
        w->output[i] = room / w->stride[i] + 1;
        if (ceil && room % w->stride[i] != 0 &&
            w->output[i] * w->stride[i] < w->input[i] + w->pad_begin[i])
            w->output[i]++;
    }
    return HINGE_OK;
}

void window_extend(struct window *w)
{
    const int32_t missing = WINDOW_MAX_AXES - w->n_axes;
    int64_t *const fields[] = {w->input,    w->output,    w->kernel, w->stride,
                               w->dilation, w->pad_begin, w->pad_end};
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
        memmove(fields[f] + missing, fields[f], (size_t)w->n_axes * sizeof(int64_t));
        for (int32_t i = 0; i < missing; i++)
            fields[f][i] = f < 5 ? 1 : 0;
    }
    w->n_axes = WINDOW_MAX_AXES;
}
