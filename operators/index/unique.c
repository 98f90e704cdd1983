/* Unique-11: the elements, or slices along an axis, that are different, in ascending order or in
 * that of their first occurrence. 0 and -0 are equal, so is NaN to NaN, which comes last, as in
 * NumPy; complex numbers are ordered by their real parts first, slices by the first elements that
 * differ. */
#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"

#include <math.h>

#define BLOCK 128
#define FEW 256 /* slices that are not worth counting the bytes of keys */

enum { AXIS, SORTED };
enum { Y, INDICES, INVERSE_INDICES, COUNTS };

/* The input as n slices: [outer, n, inner]; n elements where there is no axis. */
struct unique {
    const hinge_tensor *x;
    int64_t outer, n, inner;
    /* Of n elements each: slices in order; and the buffer of the sort, then the first slice of each
     * different one; which of these a slice is. */
    int64_t *order, *first, *which, *counts;
    /* Of slices of one number each: integers of the same order; NULL otherwise. */
    int64_t *keys;
};

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t open = -1;
    int64_t dims[HINGE_MAX_RANK] = {-1}, n = -1;
    int32_t rank = 1, axis;
    hinge_status status = HINGE_OK;
    if (node->attributes[AXIS].present) {
        status = op_axis(node, "axis", node->attributes[AXIS].i, x->rank, &axis);
        if (status)
            return status;
        rank = x->rank;
        for (int32_t d = 0; d < rank; d++)
            dims[d] = d == axis ? -1 : x->dims[d];
        n = x->dims[axis];
    } else {
        n = hinge_count(x);
    }
    status = op_set_dims(node, Y, rank, dims);
    if (!status)
        status = op_set_dims(node, INDICES, 1, &open);
    if (!status)
        status = op_set_dims(node, INVERSE_INDICES, 1, &n);
    return status ? status : op_set_dims(node, COUNTS, 1, &open);
}

static void split(const struct hinge_node *node, struct unique *u)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t axis = node->attributes[AXIS].i;
    *u = (struct unique){.x = x, .outer = 1, .n = hinge_count(x), .inner = 1};
    if (!node->attributes[AXIS].present)
        return;
    axis = axis < 0 ? axis + x->rank : axis;
    u->outer = op_dims_count(x, 0, (int32_t)axis);
    u->n = x->dims[axis];
    u->inner = op_dims_count(x, (int32_t)axis + 1, x->rank);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    struct unique u;
    int64_t size;
    split(node, &u);
    if (!op_multiply(u.n, 5 * (int64_t)sizeof(int64_t), &size))
        return HINGE_NO_MEMORY;
    *scratch = (size_t)size;
    return HINGE_OK;
}

static int compare_reals(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    return (a > b) - (a < b);
}

static int compare_strings(hinge_string a, hinge_string b)
{
    const size_t size = a.size < b.size ? a.size : b.size;
    const int order = size ? memcmp(a.bytes, b.bytes, size) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_elements(const hinge_tensor *x, int64_t i, int64_t j)
{
    const char *a = (const char *)x->data + hinge_size(x->type, i);
    const char *b = (const char *)x->data + hinge_size(x->type, j);
    double p[2] = {0, 0}, q[2] = {0, 0};
    int64_t k, l;
    switch (x->type) {
    case HINGE_STRING:
        return compare_strings(((const hinge_string *)x->data)[i],
                               ((const hinge_string *)x->data)[j]);
    case HINGE_COMPLEX64:
    case HINGE_COMPLEX128: {
        const hinge_type part = x->type == HINGE_COMPLEX64 ? HINGE_FLOAT : HINGE_DOUBLE;
        convert_to_double(part, p, a, 2);
        convert_to_double(part, q, b, 2);
        break;
    }
    case HINGE_FLOAT:
    case HINGE_DOUBLE:
    case HINGE_FLOAT16:
        convert_to_double(x->type, p, a, 1);
        convert_to_double(x->type, q, b, 1);
        break;
    default:
        convert_to_int(x->type, &k, a, 1);
        convert_to_int(x->type, &l, b, 1);
        if (x->type == HINGE_UINT64)
            return ((uint64_t)k > (uint64_t)l) - ((uint64_t)k < (uint64_t)l);
        return (k > l) - (k < l);
    }
    const int order = compare_reals(p[0], q[0]);
    return order ? order : compare_reals(p[1], q[1]);
}

static int compare_slices(const struct unique *u, int64_t a, int64_t b)
{
    int order = 0;
    if (u->keys)
        return (u->keys[a] > u->keys[b]) - (u->keys[a] < u->keys[b]);
    for (int64_t o = 0; o < u->outer; o++)
        for (int64_t i = 0; i < u->inner && !order; i++)
            order = compare_elements(u->x, (o * u->n + a) * u->inner + i,
                                     (o * u->n + b) * u->inner + i);
    return order;
}

/* The bits of a double are sign and magnitude; -0 + 0 is 0. */
static int64_t key_of_real(double x)
{
    int64_t bits;
    x += 0;
    memcpy(&bits, &x, sizeof bits);
    return isnan(x) ? INT64_MAX : bits ^ (bits >> 63 & INT64_MAX);
}

static void make_keys(struct unique *u, int64_t *keys)
{
    const hinge_tensor *x = u->x;
    double block[BLOCK];
    if (u->outer * u->inner != 1 || !convert_knows(x->type))
        return;
    u->keys = keys;
    for (int64_t i = 0, n; i < u->n; i += n) {
        n = min_i64(BLOCK, u->n - i);
        const char *from = (const char *)x->data + hinge_size(x->type, i);
        if (convert_is_floating(x->type)) {
            convert_to_double(x->type, block, from, n);
            for (int64_t k = 0; k < n; k++)
                keys[i + k] = key_of_real(block[k]);
            continue;
        }
        convert_to_int(x->type, keys + i, from, n);
        for (int64_t k = 0; k < n && x->type == HINGE_UINT64; k++)
            keys[i + k] ^= INT64_MIN;
    }
}

/* Byte number d of a key, of an order as of unsigned numbers. */
static unsigned digit(int64_t key, int d)
{
    return (unsigned)(((uint64_t)key ^ UINT64_C(1) << 63) >> 8 * d & 255);
}

/* By keys, byte after byte, but for those that are the same in all. Equal slices keep their order,
 * as they do in the other sort. */
static void radix_sort(struct unique *u)
{
    int64_t counts[8][256] = {{0}};
    int64_t *from = u->order, *to = u->first;
    for (int64_t i = 0; i < u->n; i++)
        for (int d = 0; d < 8; d++)
            counts[d][digit(u->keys[i], d)]++;
    for (int d = 0; d < 8; d++) {
        int64_t place = 0;
        if (counts[d][digit(u->keys[0], d)] == u->n)
            continue;
        for (int k = 0; k < 256; k++) {
            place += counts[d][k];
            counts[d][k] = place - counts[d][k];
        }
        for (int64_t i = 0; i < u->n; i++)
            to[counts[d][digit(u->keys[from[i]], d)]++] = from[i];
        int64_t *swapped = from;
        from = to;
        to = swapped;
    }
    u->order = from;
    u->first = to;
}

static void merge_sort(struct unique *u)
{
    int64_t *from = u->order, *to = u->first;
    for (int64_t size = 1; size < u->n; size *= 2) {
        for (int64_t begin = 0; begin < u->n; begin += 2 * size) {
            const int64_t middle = min_i64(begin + size, u->n);
            const int64_t end = min_i64(begin + 2 * size, u->n);
            int64_t a = begin, b = middle;
            for (int64_t k = begin; k < end; k++) {
                const bool left =
                    b == end || (a < middle && compare_slices(u, from[a], from[b]) <= 0);
                to[k] = left ? from[a++] : from[b++];
            }
        }
        int64_t *swapped = from;
        from = to;
        to = swapped;
    }
    u->order = from;
    u->first = to;
}

/* Numbers those that differ in the order wanted; returns how many there are. */
static int64_t number_slices(struct unique *u, bool sorted)
{
    int64_t n = 0;
    for (int64_t k = 0; k < u->n; k++) {
        const int64_t slice = u->order[k];
        if (k == 0 || compare_slices(u, u->order[k - 1], slice) != 0)
            u->first[n++] = slice;
        u->which[slice] = n - 1;
    }
    if (!sorted) {
        /* In the order of the slices each is met first where it is its own first. */
        int64_t *numbers = u->order;
        int64_t met = 0;
        for (int64_t i = 0; i < u->n; i++) {
            const int64_t group = u->which[i];
            if (u->first[group] == i)
                numbers[group] = met++;
        }
        for (int64_t i = 0; i < u->n; i++)
            u->which[i] = numbers[u->which[i]];
        for (int64_t i = u->n - 1; i >= 0; i--)
            u->first[u->which[i]] = i;
    }
    for (int64_t i = 0; i < n; i++)
        u->counts[i] = 0;
    for (int64_t i = 0; i < u->n; i++)
        u->counts[u->which[i]]++;
    return n;
}

static hinge_status write_slices(const struct hinge_node *node, const struct unique *u, int64_t n)
{
    const hinge_tensor *x = u->x;
    hinge_tensor *y = op_output(node, Y);
    const int64_t size = u->inner * (int64_t)op_element_size(x);
    int64_t dims[HINGE_MAX_RANK] = {n};
    if (!y)
        return HINGE_OK;
    for (int32_t d = 0; d < y->rank && y->rank == x->rank; d++)
        dims[d] = y->dims[d] == -1 ? n : y->dims[d];
    hinge_status status = node->host->resize(node, Y, y->rank, dims);
    if (status || hinge_count(y) == 0)
        return status;
    for (int64_t o = 0; o < u->outer; o++)
        for (int64_t k = 0; k < n; k++)
            memcpy((char *)y->data + (o * n + k) * size,
                   (const char *)x->data + (o * u->n + u->first[k]) * size, (size_t)size);
    return HINGE_OK;
}

static hinge_status write_list(const struct hinge_node *node, unsigned output, const int64_t *from,
                               int64_t n)
{
    hinge_tensor *y = op_output(node, output);
    hinge_status status = HINGE_OK;
    if (!y)
        return HINGE_OK;
    if (output != INVERSE_INDICES)
        status = node->host->resize(node, output, 1, &n);
    if (!status && n)
        memcpy(y->data, from, (size_t)n * sizeof *from);
    return status;
}

static hinge_status run(const struct hinge_node *node)
{
    struct unique u;
    split(node, &u);
    u.order = node->scratch;
    u.first = u.order + u.n;
    u.which = u.first + u.n;
    u.counts = u.which + u.n;
    make_keys(&u, u.counts + u.n);
    for (int64_t i = 0; i < u.n; i++)
        u.order[i] = i;
    if (u.keys && u.n >= FEW)
        radix_sort(&u);
    else
        merge_sort(&u);
    const int64_t n = number_slices(&u, node->attributes[SORTED].i != 0);
    hinge_status status = write_slices(node, &u, n);
    if (!status)
        status = write_list(node, INDICES, u.first, n);
    if (!status)
        status = write_list(node, INVERSE_INDICES, u.which, u.n);
    return status ? status : write_list(node, COUNTS, u.counts, n);
}

static const struct hinge_attribute_def attributes[] = {
    [AXIS] = {.name = "axis", .type = HINGE_ATTR_INT},
    [SORTED] = {.name = "sorted", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL}};

const struct hinge_op op_unique[] = {
    {.name = "Unique",
     .since = 11,
     .signature = "(X: T) -> (Y: T, indices?: int64, inverse_indices?: int64, counts?: int64); "
                  "T: " OP_TYPES_ALL_IR3,
     .attributes = attributes,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
