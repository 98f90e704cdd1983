#include "operators/op/copy.h"

#include "operators/kernels/convert.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Bytes that are worth a thread of their own. */
#define GRAIN_SIZE ((size_t)128 << 10)

static_assert(2 * HINGE_MAX_RANK <= COPY_MAX_RANK, "a copy holds every tensor's dimensions");

void op_strides(const hinge_tensor *x, int64_t *strides)
{
    int64_t stride = (int64_t)op_element_size(x);
    for (int32_t d = x->rank; d-- > 0;) {
        strides[d] = stride;
        stride *= x->dims[d];
    }
}

int64_t op_dims_count(const hinge_tensor *x, int32_t begin, int32_t end)
{
    int64_t count = 1;
    for (int32_t d = begin; d < end; d++)
        count *= x->dims[d];
    return count;
}

bool op_byte_sums_fit(const hinge_tensor *weight, int32_t begin, int32_t end)
{
    const double longest = (double)((INT32_MAX - (1 << 28)) / (255 * 255));
    double depth = 1;
    for (int32_t d = begin; d < end && d < weight->rank; d++)
        depth *= weight->dims[d] > 0 ? (double)weight->dims[d] : 1;
    return depth <= longest;
}

struct copy_job {
    const struct copy *copy;
    char *to;
    const char *from;
};

static void copy_task(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct copy_job *job = argument;
    (void)thread;
    copy_run(job->copy, job->to, job->from, begin, end);
}

void op_copy(const struct hinge_node *node, struct copy *copy, void *to, const void *from)
{
    copy_collapse(copy);
    size_t unit_size;
    int64_t n_units = copy_units(copy, &unit_size);
    int64_t grain = (int64_t)(GRAIN_SIZE / unit_size) + 1;
    struct copy_job job = {copy, to, from};
    if (n_units <= grain)
        copy_run(copy, to, from, 0, n_units);
    else
        node->host->parallel(node, n_units, grain, copy_task, &job);
}

/* What a packed tensor's last byte holds beyond its elements is 0. */
static void clear_rest(hinge_tensor *y)
{
    const unsigned bits = hinge_type_bits(y->type);
    const int64_t count = hinge_count(y), in_byte = 8 / bits;
    if (count % in_byte)
        ((uint8_t *)y->data)[count / in_byte] &= (uint8_t)((1U << count % in_byte * bits) - 1);
}

void op_move(const struct hinge_node *node, struct copy *copy, hinge_tensor *y, int64_t to_at,
             const hinge_tensor *x, int64_t from_at)
{
    const unsigned bits = hinge_type_bits(y->type);
    if (bits >= 8) {
        op_copy(node, copy, (char *)y->data + to_at, (const char *)x->data + from_at);
        return;
    }
    copy_collapse(copy);
    copy_run_packed(copy, bits, y->data, to_at, x->data, from_at);
    clear_rest(y);
}

void op_move_parallel(const struct hinge_node *node, hinge_tensor *y, int64_t count, int64_t grain,
                      hinge_task *task, void *argument)
{
    const bool packed = hinge_type_bits(y->type) < 8;
    if (packed || count <= grain)
        task(argument, 0, count, 0);
    else
        node->host->parallel(node, count, grain, task, argument);
    if (packed)
        clear_rest(y);
}

void op_copy_bytes(const struct hinge_node *node, void *to, const void *from, size_t size)
{
    struct copy copy = {.rank = 0, .size = size};
    op_copy(node, &copy, to, from);
}

struct fill_job {
    char *to;
    const void *value;
    size_t size;
};

static void fill_task(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct fill_job *job = argument;
    (void)thread;
    copy_fill(job->to + begin * (int64_t)job->size, job->value, job->size, end - begin);
}

void op_fill(const struct hinge_node *node, void *to, const void *value, size_t size, int64_t count)
{
    struct fill_job job = {to, value, size};
    int64_t grain = (int64_t)(GRAIN_SIZE / size);
    if (count <= grain)
        copy_fill(to, value, size, count);
    else
        node->host->parallel(node, count, grain, fill_task, &job);
}

hinge_status op_run_view(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    if (y && y->data != x->data)
        op_copy_bytes(node, y->data, x->data, hinge_size(x->type, hinge_count(x)));
    return HINGE_OK;
}

hinge_status op_whole_number(const struct hinge_node *node, unsigned input, int64_t i,
                             int64_t *whole)
{
    const hinge_tensor *x = node->inputs[input];
    double number;
    if (!x->data)
        return HINGE_NEEDS_DATA;
    convert_to_double(x->type, &number, (const char *)x->data + hinge_size(x->type, i), 1);
    if (!(fabs(number) < 0x1p53) || number != floor(number))
        return OP_FAIL(node, HINGE_BAD_VALUE, "input %u says %g where a whole number belongs",
                       input, number);
    *whole = (int64_t)number;
    return HINGE_OK;
}

hinge_status op_list_attribute(const struct hinge_node *node, unsigned attribute,
                               struct op_list *list)
{
    const struct hinge_attribute *a = &node->attributes[attribute];
    list->present = a->present;
    list->count = a->present ? a->count : 0;
    if (list->count > sizeof list->values / sizeof *list->values)
        return OP_FAIL(node, HINGE_LIMIT,
                       "a list of %zu integers, more than any tensor has "
                       "dimensions",
                       list->count);
    for (size_t i = 0; i < list->count; i++)
        list->values[i] = a->ints[i];
    return HINGE_OK;
}

hinge_status op_list_input(const struct hinge_node *node, unsigned input, struct op_list *list)
{
    list->present = op_input(node, input) != NULL;
    list->count = 0;
    return list->present ? op_input_ints(node, input, list->values,
                                         sizeof list->values / sizeof *list->values, &list->count)
                         : HINGE_OK;
}

hinge_status op_list_axes(const struct hinge_node *node, struct op_list *list, int32_t rank)
{
    uint32_t seen = 0;
    for (size_t i = 0; i < list->count; i++) {
        int32_t axis;
        hinge_status status = op_axis(node, "axis", list->values[i], rank, &axis);
        if (status)
            return status;
        if (seen >> axis & 1)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "axis %d is there twice", (int)axis);
        seen |= UINT32_C(1) << axis;
        list->values[i] = axis;
    }
    return HINGE_OK;
}
