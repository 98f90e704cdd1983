/* Range-11, -27: start, start + delta … before limit; of half types, from opset 27 on, in float. */
#include "operators/kernels/half.h"
#include "operators/op/op.h"

#include <math.h>

/* The three scalars, once their data is known. */
static hinge_status check_inputs(const struct hinge_node *node)
{
    for (unsigned i = 0; i < 3; i++)
        if (hinge_count(node->inputs[i]) != 1)
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is not one number", i);
    if (half_is(node->inputs[0]->type) && node->attributes[0].i != HINGE_FLOAT)
        return OP_FAIL(node, HINGE_UNSUPPORTED, "stash_type is %lld, not 1 (float)",
                       (long long)node->attributes[0].i);
    for (unsigned i = 0; i < 3; i++)
        if (!node->inputs[i]->data)
            return HINGE_NEEDS_DATA;
    return HINGE_OK;
}

static int64_t get_int(const hinge_tensor *x)
{
    return x->type == HINGE_INT64   ? *(const int64_t *)x->data
           : x->type == HINGE_INT32 ? *(const int32_t *)x->data
                                    : *(const int16_t *)x->data;
}

static bool is_floating(hinge_type type)
{
    return type == HINGE_FLOAT || type == HINGE_DOUBLE || half_is(type);
}

static double get_double(const hinge_tensor *x)
{
    float f;
    if (x->type == HINGE_DOUBLE)
        return *(const double *)x->data;
    if (half_is(x->type))
        half_load(x->type, &f, x->data, 1);
    else
        f = *(const float *)x->data;
    return (double)f;
}

/* Steps from start to before limit, in unsigned arithmetic: the difference may not fit int64. */
static uint64_t int_count(int64_t start, int64_t limit, int64_t delta)
{
    if (delta > 0 && limit > start)
        return ((uint64_t)limit - (uint64_t)start - 1) / (uint64_t)delta + 1;
    if (delta < 0 && limit < start)
        return ((uint64_t)start - (uint64_t)limit - 1) / (0 - (uint64_t)delta) + 1;
    return 0;
}

static hinge_status infer(const struct hinge_node *node)
{
    hinge_type type = node->inputs[0]->type;
    int64_t count;
    bool fits;
    hinge_status status = check_inputs(node);
    if (status)
        return status;
    if (is_floating(type)) {
        double start = get_double(node->inputs[0]), limit = get_double(node->inputs[1]);
        double steps = ceil((limit - start) / get_double(node->inputs[2]));
        fits = steps < 0x1p53; /* false for NaN */
        count = fits && steps > 0 ? (int64_t)steps : 0;
    } else {
        int64_t delta = get_int(node->inputs[2]);
        uint64_t steps = int_count(get_int(node->inputs[0]), get_int(node->inputs[1]), delta);
        fits = delta != 0 && steps < (uint64_t)1 << 53;
        count = fits ? (int64_t)steps : 0;
    }
    if (!fits)
        return OP_FAIL(node, HINGE_BAD_VALUE, "delta does not lead from start to limit");
    return op_set_output(node, 0, type, 1, &count);
}

static void fill_floating(hinge_tensor *y, double first, double step)
{
    for (int64_t i = 0; i < y->dims[0]; i++) {
        double value = first + (double)i * step;
        float f = (float)value;
        if (y->type == HINGE_DOUBLE)
            ((double *)y->data)[i] = value;
        else if (y->type == HINGE_FLOAT)
            ((float *)y->data)[i] = f;
        else
            half_store(y->type, (uint16_t *)y->data + i, &f, 1);
    }
}

/* In unsigned arithmetic, as a step past the last one may not fit. */
#define FILL(type)                                                                                 \
    for (int64_t i = 0; i < count; i++, value += (uint64_t)step)                                   \
        ((type *)y->data)[i] = (type)value;                                                        \
    break;

static void fill_integers(hinge_tensor *y, int64_t first, int64_t step)
{
    const int64_t count = y->dims[0];
    uint64_t value = (uint64_t)first;
    switch (y->type) {
    case HINGE_INT64: FILL(int64_t)
    case HINGE_INT32: FILL(int32_t)
    default: FILL(int16_t)
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *start = node->inputs[0], *delta = node->inputs[2];
    hinge_tensor *y = node->outputs[0];
    int64_t count = y->dims[0];
    if (is_floating(y->type)) {
        fill_floating(y, get_double(start), get_double(delta));
        return HINGE_OK;
    }
    fill_integers(y, count ? get_int(start) : 0, get_int(delta));
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "stash_type", .type = HINGE_ATTR_INT, .i = HINGE_FLOAT}, {.name = NULL}};

#define RANGE(types)                                                                               \
    .name = "Range",                                                                               \
    .signature =                                                                                   \
        "(start: T, limit: T, delta: T) -> (output: T); T: float double int16 int32 int64" types,  \
    .infer = infer, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_range[] = {
    {RANGE(""), .since = 11, .until = 26},
    {RANGE(" float16 bfloat16"), .since = 27, .attributes = attributes},
    OP_END,
};
