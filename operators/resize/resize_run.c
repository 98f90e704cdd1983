#include "operators/kernels/half.h"
#include "operators/kernels/resample.h"
#include "operators/op/copy.h"
#include "operators/resize/resize_plan.h"

#include <math.h>
#include <string.h>

#define GRAIN_SIZE 65536

struct resize {
    struct resize_plan plan;
    hinge_type type;
    int32_t rank, first, last; /* axes before first and after last stay as they are */
    bool active[HINGE_MAX_RANK];
    int64_t from_dims[HINGE_MAX_RANK];
    struct resample_axis axes[HINGE_MAX_RANK];
    bool *outside[HINGE_MAX_RANK];  /* for each output position */
    int32_t last_outside;           /* the last axis that has such positions; -1: none has */
    size_t table_size, buffer_size; /* bytes; there are two buffers for each thread */
    char *buffers;
    const char *x;
    char *y;
};

/* What is computed in: float for the types below it, double for double and integers. */
static bool in_float(hinge_type type)
{
    return type == HINGE_FLOAT || type == HINGE_FLOAT16 || type == HINGE_BFLOAT16;
}

/* Whether it can be interpolated: 64-bit integers do not fit into double. */
static bool is_number(hinge_type type)
{
    return in_float(type) || (type >= HINGE_UINT8 && type <= HINGE_INT32) || type == HINGE_DOUBLE ||
           type == HINGE_UINT32;
}

static int64_t product(const int64_t *dims, int32_t begin, int32_t end)
{
    int64_t count = 1;
    for (int32_t d = begin; d < end; d++)
        count *= dims[d];
    return count;
}

static bool is_active(const struct resize_plan *plan, int32_t d, int64_t n_from)
{
    return plan->dims[d] != n_from || plan->scales[d] != 1 || plan->begin[d] != 0 ||
           plan->end[d] != 1 || plan->coordinates == RESIZE_TF_HALF_PIXEL_FOR_NN;
}

/* Of positions, weights and outside, a multiple of 64. */
static size_t table_size(const struct resample_axis *axis)
{
    size_t n_to = (size_t)axis->n_to;
    size_t size = n_to * (size_t)axis->n_taps * (sizeof(int64_t) + sizeof(double)) + n_to;
    return (size + 63) / 64 * 64;
}

/* Everything but the memory. The output is not empty. */
static hinge_status describe(const struct hinge_node *node, struct resize *r)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_status status = resize_plan(node, &r->plan);
    if (status)
        return status;
    r->type = x->type;
    r->rank = x->rank;
    r->first = r->rank;
    r->last = -1;
    r->table_size = 0;
    for (int32_t d = 0; d < r->rank; d++) {
        r->from_dims[d] = x->dims[d];
        r->active[d] = is_active(&r->plan, d, x->dims[d]);
        if (!r->active[d])
            continue;
        r->first = d < r->first ? d : r->first;
        r->last = d;
        r->axes[d].n_from = x->dims[d];
        r->axes[d].n_to = r->plan.dims[d];
        r->axes[d].n_taps = resize_n_taps(&r->plan, d);
        r->table_size += table_size(&r->axes[d]);
    }
    r->buffer_size = 0;
    if (r->plan.mode == RESIZE_NEAREST || r->last < 0)
        return HINGE_OK;
    int64_t dims[HINGE_MAX_RANK], most;
    memcpy(dims, r->from_dims, sizeof dims);
    most = product(dims, r->first, r->rank);
    for (int32_t d = r->last; d >= r->first; d--) {
        dims[d] = r->plan.dims[d];
        int64_t count = product(dims, r->first, r->rank);
        most = count > most ? count : most;
    }
    r->buffer_size =
        ((size_t)most * (in_float(r->type) ? sizeof(float) : sizeof(double)) + 63) / 64 * 64;
    return HINGE_OK;
}

static void make_tables(struct resize *r, char *memory)
{
    r->last_outside = -1;
    for (int32_t d = 0; d < r->rank; d++) {
        struct resample_axis *axis = &r->axes[d];
        int64_t n_taps = axis->n_taps;
        if (!r->active[d])
            continue;
        int64_t *from = (int64_t *)(void *)memory;
        double *weights = (double *)(void *)(from + axis->n_to * n_taps);
        bool *outside = (bool *)(weights + axis->n_to * n_taps);
        for (int64_t i = 0; i < axis->n_to; i++) {
            outside[i] =
                !resize_taps(&r->plan, d, axis->n_from, i, from + i * n_taps, weights + i * n_taps);
            r->last_outside = outside[i] ? d : r->last_outside;
        }
        axis->from = from;
        axis->weights = weights;
        r->outside[d] = outside;
        memory += table_size(axis);
    }
}

hinge_status resize_infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    struct resize_plan plan;
    hinge_status status = resize_plan(node, &plan);
    if (status)
        return status;
    if (plan.mode != RESIZE_NEAREST && !is_number(x->type))
        return OP_FAIL(node, HINGE_UNSUPPORTED, "elements of type %d cannot be interpolated",
                       (int)x->type);
    return op_set_output(node, 0, x->type, x->rank, plan.dims);
}

hinge_status resize_prepare(struct hinge_node *node, size_t *scratch)
{
    struct resize r;
    if (hinge_count(node->outputs[0]) == 0)
        return HINGE_OK;
    hinge_status status = describe(node, &r);
    *scratch = status ? 0 : r.table_size + 2 * node->n_threads * r.buffer_size;
    return status;
}

/* Elements as float or double, and back: to integers cut off, or rounded where the average over
 * many is taken. */
static void load(const struct resize *r, void *to, const char *from, int64_t count)
{
    double *f64 = to;
#define LOAD(type)                                                                                 \
    for (int64_t i = 0; i < count; i++)                                                            \
        f64[i] = (double)((const type *)(const void *)from)[i];                                    \
    break
    switch (r->type) {
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16: half_load(r->type, to, (const uint16_t *)(const void *)from, count); break;
    case HINGE_UINT8: LOAD(uint8_t);
    case HINGE_INT8: LOAD(int8_t);
    case HINGE_UINT16: LOAD(uint16_t);
    case HINGE_INT16: LOAD(int16_t);
    case HINGE_INT32: LOAD(int32_t);
    case HINGE_UINT32: LOAD(uint32_t);
    default: memcpy(to, from, hinge_size(r->type, count)); break;
    }
#undef LOAD
}

static void store(const struct resize *r, char *to, const void *from, int64_t count)
{
    const double *f64 = from;
    double half = r->plan.antialias ? 0.5 : 0;
#define STORE(type, least, most)                                                                   \
    for (int64_t i = 0; i < count; i++) {                                                          \
        const double v = f64[i] + copysign(half, f64[i]);                                          \
        ((type *)(void *)to)[i] = (type)(!(v > least) ? least : v < most ? v : most);              \
    }                                                                                              \
    break
    switch (r->type) {
    case HINGE_FLOAT16:
    case HINGE_BFLOAT16: half_store(r->type, (uint16_t *)(void *)to, from, count); break;
    case HINGE_UINT8: STORE(uint8_t, 0, UINT8_MAX);
    case HINGE_INT8: STORE(int8_t, INT8_MIN, INT8_MAX);
    case HINGE_UINT16: STORE(uint16_t, 0, UINT16_MAX);
    case HINGE_INT16: STORE(int16_t, INT16_MIN, INT16_MAX);
    case HINGE_INT32: STORE(int32_t, INT32_MIN, INT32_MAX);
    case HINGE_UINT32: STORE(uint32_t, 0, UINT32_MAX);
    default: memcpy(to, from, hinge_size(r->type, count)); break;
    }
#undef STORE
}

/* The extrapolation value as an element; zero bytes for what is no number. */
static void extrapolated(const struct resize *r, char element[16])
{
    float f = r->plan.extrapolation;
    double f64 = (double)f;
    memset(element, 0, 16);
    if (is_number(r->type))
        store(r, element, in_float(r->type) ? (const void *)&f : (const void *)&f64, 1);
}

/* Where the row [index] of axis last begins in x; negative where it lies outside. index counts the
 * output's rows. */
static int64_t source_row(const struct resize *r, int64_t index)
{
    int64_t at[HINGE_MAX_RANK];
    for (int32_t d = r->last; d-- > r->first;) {
        at[d] = index % r->plan.dims[d];
        index /= r->plan.dims[d];
    }
    int64_t row = index;
    for (int32_t d = r->first; d < r->last; d++) {
        if (r->active[d] && r->outside[d][at[d]])
            return -1;
        int64_t from = r->active[d] ? r->axes[d].from[at[d]] : at[d];
        row = row * r->from_dims[d] + from;
    }
    return row;
}

static inline void pick(char *to, const char *from, const struct resample_axis *axis, size_t size)
{
    const int64_t *places = axis->from, n = axis->n_to;
    for (int64_t o = 0; o < n; o++)
        memcpy(to + (size_t)o * size, from + (size_t)places[o] * size, size);
}

static void nearest_rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct resize *r = argument;
    const struct resample_axis *axis = &r->axes[r->last];
    size_t element_size = hinge_type_bits(r->type) / 8;
    size_t size = (size_t)product(r->from_dims, r->last + 1, r->rank) * element_size;
    size_t row_size = (size_t)axis->n_to * size;
    const bool *outside = r->last_outside == r->last ? r->outside[r->last] : NULL;
    char element[16];
    (void)thread;
    extrapolated(r, element);
    for (int64_t n = begin, row = -1, before; n < end; n++) {
        before = row;
        row = source_row(r, n);
        char *to = r->y + (size_t)n * row_size;
        const char *from = row < 0 ? NULL : r->x + (size_t)(row * axis->n_from) * size;
        if (row < 0) {
            copy_fill(to, element, element_size, (int64_t)(row_size / element_size));
            continue;
        }
        if (row == before) {
            memcpy(to, to - row_size, row_size);
            continue;
        }
        if (size == 4)
            pick(to, from, axis, 4);
        else if (size == 1)
            pick(to, from, axis, 1);
        else
            pick(to, from, axis, size);
        for (int64_t o = 0; o < axis->n_to && outside; o++)
            if (outside[o])
                copy_fill(to + (size_t)o * size, element, element_size,
                          (int64_t)(size / element_size));
    }
}

/* Puts the extrapolation value where an output from axis d on lies outside along any axis. */
static void extrapolate(const struct resize *r, const char element[16], int32_t d, char *to)
{
    const size_t element_size = hinge_type_bits(r->type) / 8;
    const int64_t inner = product(r->plan.dims, d + 1, r->rank);
    const bool *outside = r->active[d] ? r->outside[d] : NULL;
    for (int64_t i = 0; i < r->plan.dims[d]; i++, to += (size_t)inner * element_size)
        if (outside && outside[i])
            copy_fill(to, element, element_size, inner);
        else if (d < r->last_outside)
            extrapolate(r, element, d + 1, to);
}

/* One slab: everything behind one index of the axes before first. Axis after axis, the last first,
 * from one buffer into the other. */
static void interpolate_slab(const struct resize *r, char *to, const char *from, char *buffers)
{
    const bool direct = r->type == HINGE_FLOAT; /* from the input, and into the output at once */
    const void *have = direct ? from : buffers;
    int64_t dims[HINGE_MAX_RANK];
    memcpy(dims, r->from_dims, sizeof dims);
    if (!direct)
        load(r, buffers, from, product(dims, r->first, r->rank));
    for (int32_t d = r->last; d >= r->first; d--) {
        if (!r->active[d])
            continue;
        int64_t outer = product(dims, r->first, d), inner = product(dims, d + 1, r->rank);
        void *next = direct && d == r->first ? to
                     : have == buffers       ? buffers + r->buffer_size
                                             : buffers;
        if (in_float(r->type))
            resample_f32(&r->axes[d], next, have, outer, inner);
        else
            resample_f64(&r->axes[d], next, have, outer, inner);
        dims[d] = r->plan.dims[d];
        have = next;
    }
    if (!direct)
        store(r, to, have, product(dims, r->first, r->rank));
    if (r->last_outside >= 0) {
        char element[16];
        extrapolated(r, element);
        extrapolate(r, element, r->first, to);
    }
}

static void interpolate_slabs(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct resize *r = argument;
    size_t element_size = hinge_type_bits(r->type) / 8;
    size_t from_size = (size_t)product(r->from_dims, r->first, r->rank) * element_size;
    size_t to_size = (size_t)product(r->plan.dims, r->first, r->rank) * element_size;
    for (int64_t n = begin; n < end; n++)
        interpolate_slab(r, r->y + (size_t)n * to_size, r->x + (size_t)n * from_size,
                         r->buffers + 2 * thread * r->buffer_size);
}

hinge_status resize_run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    struct resize r;
    if (hinge_count(y) == 0)
        return HINGE_OK;
    hinge_status status = describe(node, &r);
    if (status)
        return status;
    if (r.last < 0) {
        op_copy_bytes(node, y->data, x->data, hinge_size(x->type, hinge_count(x)));
        return HINGE_OK;
    }
    make_tables(&r, node->scratch);
    r.buffers = (char *)node->scratch + r.table_size;
    r.x = x->data;
    r.y = y->data;
    bool nearest = r.plan.mode == RESIZE_NEAREST;
    int64_t n_parts = product(r.plan.dims, 0, nearest ? r.last : r.first);
    int64_t part_size = (int64_t)(hinge_size(y->type, hinge_count(y)) / (size_t)n_parts);
    node->host->parallel(node, n_parts, GRAIN_SIZE / part_size + 1,
                         nearest ? nearest_rows : interpolate_slabs, &r);
    return HINGE_OK;
}
