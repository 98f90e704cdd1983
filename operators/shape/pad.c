/* Pad-1, -2, -11, -13, -18, -19, -21, -23, -24, -25: elements put before and after each dimension,
 * or taken away where the number is negative. pads and the value are attributes up to opset 10 (in
 * version 1 it is paddings), then inputs. The reflection of more elements than there are goes on as
 * between two mirrors. */
#include "operators/kernels/simd/simd.h"
#include "operators/op/copy.h"

#include <string.h>

enum mode { CONSTANT, REFLECT, EDGE, WRAP };

struct pads {
    enum mode mode;
    int64_t before[HINGE_MAX_RANK], after[HINGE_MAX_RANK];
};

static bool is_text(hinge_string s, const char *text)
{
    return s.size == strlen(text) && !memcmp(s.bytes, text, s.size);
}

static hinge_status mode_of(const struct hinge_node *node, enum mode *mode)
{
    static const char *const names[] = {"constant", "reflect", "edge", "wrap"};
    hinge_string given = node->attributes[0].s;
    int n_modes = node->opset < 19 ? 3 : 4;
    for (int m = 0; m < n_modes; m++) {
        if (is_text(given, names[m])) {
            *mode = (enum mode)m;
            return HINGE_OK;
        }
    }
    return OP_FAIL(node, HINGE_BAD_MODEL, "there is no mode %.*s",
                   (int)(given.size < 40 ? given.size : 40), given.bytes);
}

static hinge_status pads_of(const struct hinge_node *node, struct pads *pads)
{
    int32_t rank = node->inputs[0]->rank;
    struct op_list list, axes = {.present = false};
    hinge_status status = mode_of(node, &pads->mode);
    if (!status)
        status =
            node->opset < 11 ? op_list_attribute(node, 1, &list) : op_list_input(node, 1, &list);
    if (!status)
        status = op_list_input(node, 3, &axes);
    if (!status)
        status = op_list_axes(node, &axes, rank);
    if (status)
        return status;
    size_t n_axes = axes.present ? axes.count : (size_t)rank;
    if (list.count != 2 * n_axes)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%zu pads for %zu dimensions", list.count, n_axes);
    for (int32_t d = 0; d < rank; d++)
        pads->before[d] = pads->after[d] = 0;
    for (size_t i = 0; i < n_axes; i++) {
        size_t d = axes.present ? (size_t)axes.values[i] : i;
        pads->before[d] = list.values[i];
        pads->after[d] = list.values[n_axes + i];
    }
    return HINGE_OK;
}

static hinge_status check_value(const struct hinge_node *node)
{
    const hinge_tensor *value = op_input(node, 2);
    if (value && hinge_count(value) != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "constant_value is not one element");
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct pads pads;
    int64_t dims[HINGE_MAX_RANK];
    hinge_status status = check_value(node);
    if (!status)
        status = pads_of(node, &pads);
    if (status)
        return status;
    for (int32_t d = 0; d < x->rank; d++) {
        int64_t before = pads.before[d], after = pads.after[d], limit = INT64_MAX / 4;
        if (before < -x->dims[d] || after < -x->dims[d] || before > limit || after > limit ||
            x->dims[d] > limit || x->dims[d] + before + after < 0)
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "dimension %d of %lld cannot be padded by %lld, %lld", (int)d,
                           (long long)x->dims[d], (long long)before, (long long)after);
        dims[d] = x->dims[d] + before + after;
        int64_t left = x->dims[d] + (before < 0 ? before : 0) + (after < 0 ? after : 0);
        if (pads.mode != CONSTANT && left <= 0 && dims[d] > 0)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %d has nothing to be padded from",
                           (int)d);
    }
    return op_set_output(node, 0, x->type, x->rank, dims);
}

/* The element that a constant is made of. */
static void constant_element(const struct hinge_node *node, char element[16])
{
    const hinge_tensor *x = node->inputs[0], *value = op_input(node, 2);
    memset(element, 0, 16);
    if (value) {
        op_move_run(x->type, element, 0, value->data, 0, (int64_t)op_element_size(x));
    } else if (node->opset < 11) {
        float f = node->attributes[2].f;
        double f64 = (double)f;
        if (x->type == HINGE_DOUBLE)
            memcpy(element, &f64, sizeof f64);
        else if (x->type == HINGE_FLOAT16)
            vf32_store_f16_n((uint16_t *)(void *)element, vf32_set1(f), 1);
        else
            memcpy(element, &f, sizeof f);
    }
}

/* Where output index i, counted from the first element that is the input's own, is taken from among
 * the count that are. */
static int64_t source(enum mode mode, int64_t i, int64_t count)
{
    if (mode == EDGE)
        return i < 0 ? 0 : count - 1;
    int64_t period = mode == WRAP ? count : count > 1 ? 2 * (count - 1) : 1;
    i %= period;
    i = i < 0 ? i + period : i;
    return i < count ? i : period - i;
}

struct padding {
    const struct hinge_node *node;
    struct pads pads;
    struct copy copy; /* both sides dense in the output, dimensions those of the part at hand */
    int64_t strides[HINGE_MAX_RANK];
    int64_t first[HINGE_MAX_RANK], count[HINGE_MAX_RANK]; /* of the input's own elements in y */
    char element[16];
};

/* Fills y's indices [begin, end) of dimension d: across all of the later dimensions, which are
 * whole by now, and the input's own part of the earlier ones. */
static void pad_band(struct padding *p, int32_t d, int64_t begin, int64_t end)
{
    hinge_tensor *y = p->node->outputs[0];
    const hinge_tensor element = {.type = y->type, .data = p->element};
    int64_t to = 0;
    if (begin >= end)
        return;
    p->copy.rank = y->rank;
    p->copy.size = op_element_size(y);
    for (int32_t k = 0; k < y->rank; k++) {
        p->copy.dims[k] = k < d ? p->count[k] : y->dims[k];
        p->copy.to[k] = p->strides[k];
        p->copy.from[k] = p->pads.mode == CONSTANT ? 0 : p->strides[k];
        to += k < d ? p->first[k] * p->strides[k] : 0;
    }
    if (p->pads.mode == CONSTANT) {
        p->copy.dims[d] = end - begin;
        op_move(p->node, &p->copy, y, to + begin * p->strides[d], &element, 0);
        return;
    }
    for (int64_t i = begin; i < end; i++) {
        struct copy row = p->copy;
        int64_t from = p->first[d] + source(p->pads.mode, i - p->first[d], p->count[d]);
        row.dims[d] = 1;
        op_move(p->node, &row, y, to + i * p->strides[d], y, to + from * p->strides[d]);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    struct padding p = {.node = node};
    hinge_status status = pads_of(node, &p.pads);
    if (status || hinge_count(y) == 0)
        return status;
    constant_element(node, p.element);
    bool any = true;
    for (int32_t d = 0; d < x->rank; d++) {
        int64_t before = p.pads.before[d], after = p.pads.after[d];
        p.first[d] = before > 0 ? before : 0;
        p.count[d] = x->dims[d] + (before < 0 ? before : 0) + (after < 0 ? after : 0);
        any = any && p.count[d] > 0;
    }
    op_strides(y, p.strides);
    if (!any) { /* nothing of the input is left */
        const hinge_tensor element = {.type = y->type, .data = p.element};
        p.copy = (struct copy){.rank = 1,
                               .size = op_element_size(y),
                               .dims = {hinge_count(y)},
                               .to = {(int64_t)op_element_size(y)}};
        op_move(node, &p.copy, y, 0, &element, 0);
        return HINGE_OK;
    }
    p.copy = (struct copy){.rank = x->rank, .size = op_element_size(x)};
    int64_t from = 0, to = 0;
    op_strides(x, p.copy.from);
    for (int32_t d = 0; d < x->rank; d++) {
        p.copy.dims[d] = p.count[d];
        p.copy.to[d] = p.strides[d];
        to += p.first[d] * p.strides[d];
        from += p.pads.before[d] < 0 ? -p.pads.before[d] * p.copy.from[d] : 0;
    }
    op_move(node, &p.copy, y, to, x, from);
    for (int32_t d = x->rank; d-- > 0;) {
        pad_band(&p, d, 0, p.first[d]);
        pad_band(&p, d, p.first[d] + p.count[d], y->dims[d]);
    }
    return HINGE_OK;
}

static bool is_identity(const struct hinge_node *node)
{
    const struct hinge_attribute *old = &node->attributes[1];
    const hinge_tensor *pads = op_input(node, 1);
    if (node->opset < 11) {
        for (size_t i = 0; i < old->count; i++)
            if (old->ints[i])
                return false;
        return true;
    }
    if (!pads || !pads->data || pads->type != HINGE_INT64 || pads->rank != 1)
        return false;
    for (int64_t i = 0; i < pads->dims[0]; i++)
        if (((const int64_t *)pads->data)[i])
            return false;
    return true;
}

#define MODE                                                                                       \
    {                                                                                              \
        .name = "mode", .type = HINGE_ATTR_STRING, .s = "constant"                                 \
    }
static const struct hinge_attribute_def attributes_1[] = {
    MODE,
    {.name = "paddings", .type = HINGE_ATTR_INTS, .required = true},
    {.name = "value", .type = HINGE_ATTR_FLOAT},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_2[] = {
    MODE,
    {.name = "pads", .type = HINGE_ATTR_INTS, .required = true},
    {.name = "value", .type = HINGE_ATTR_FLOAT},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_11[] = {MODE, {.name = NULL}};

#define PAD .name = "Pad", .gradient = "pad:", .infer = infer, .is_identity = is_identity
#define PAD_TO_10(...)                                                                             \
    {                                                                                              \
        PAD, .signature = "(data: T) -> (output: T); T: float16 float double",                     \
             .kernels =                                                                            \
                 HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run}),     \
             __VA_ARGS__                                                                           \
    }

const struct hinge_op op_pad[] = {
    PAD_TO_10(.since = 1, .until = 1, .attributes = attributes_1),
    PAD_TO_10(.since = 2, .until = 10, .attributes = attributes_2),
    {PAD, .since = 11, .until = 17,
     .signature =
         "(data: T, pads: int64, constant_value?: T) -> (output: T); T: " OP_TYPES_ALL_IR13,
     .attributes = attributes_11, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    {PAD, .since = 18,
     .signature = "(data: T, pads: int64, constant_value?: T, axes?: Tind) -> (output: T); "
                  "T: " OP_TYPES_ALL_IR13 "; Tind: int32 int64",
     .attributes = attributes_11, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
