/*
 * ai.hinge::SumTo-1, an operator that passes make: the sum of input 0 over the axes along which a
 * tensor of the dimensions in input 1 would be broadcast to it; what Expand does, differentiated.
 * The sums are double, rounded once.
 */
#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/op/values.h"

#include <string.h>

#define CHUNK 256

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    int64_t dims[HINGE_MAX_RANK];
    size_t n;
    hinge_status status = op_input_ints(node, 1, dims, HINGE_MAX_RANK, &n);
    if (status)
        return status;
    const int32_t rank = (int32_t)n, added = x->rank - rank;
    bool fits = added >= 0;
    for (int32_t d = 0; d < rank && fits; d++)
        fits = dims[d] == 1 || dims[d] == x->dims[added + d];
    char text[2][OP_TEXT_SIZE];
    hinge_tensor wanted = {.type = x->type, .rank = rank};
    memcpy(wanted.dims, dims, n * sizeof *dims);
    if (!fits)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not what %s is broadcast to",
                       op_dims_text(x, text[0]), op_dims_text(&wanted, text[1]));
    return op_set_dims(node, 0, rank, dims);
}

/* The axes of x, those next to each other that are all summed, or all kept, being one. */
struct walk {
    int32_t rank;
    int64_t dims[HINGE_MAX_RANK], to[HINGE_MAX_RANK]; /* strides in y; 0: summed */
};

static void find_walk(const hinge_tensor *x, const hinge_tensor *y, struct walk *walk)
{
    int64_t stride = 1;
    int32_t n = 0;
    for (int32_t d = x->rank - 1, own = y->rank - 1; d >= 0; d--, own--) {
        const bool is_kept = own >= 0 && y->dims[own] == x->dims[d];
        if (n && (walk->to[n - 1] != 0) == is_kept) {
            walk->dims[n - 1] *= x->dims[d];
        } else {
            walk->dims[n] = x->dims[d];
            walk->to[n++] = is_kept ? stride : 0;
        }
        stride *= is_kept ? x->dims[d] : 1;
    }
    walk->rank = n;
}

/* Adds count elements that lie side by side to one total, or each to its own. */
static void add_run(hinge_type type, const char *x, int64_t count, double *totals, bool is_kept)
{
    double values[CHUNK];
    for (int64_t at = 0; at < count; at += CHUNK) {
        const int64_t n = min_i64(CHUNK, count - at);
        convert_to_double(type, values, x + hinge_size(type, at), n);
        for (int64_t i = 0; i < n; i++)
            totals[is_kept ? at + i : 0] += values[i];
    }
}

/* Axis 0 of the walk is the innermost. */
static void add_all(const hinge_tensor *x, const struct walk *walk, double *totals)
{
    const char *from = x->data;
    int64_t index[HINGE_MAX_RANK] = {0}, at = 0;
    int32_t d = 0;
    while (d < walk->rank) {
        add_run(x->type, from, walk->dims[0], totals + at, walk->to[0] != 0);
        from += hinge_size(x->type, walk->dims[0]);
        for (d = 1; d < walk->rank; d++) {
            at += walk->to[d];
            if (++index[d] < walk->dims[d])
                break;
            at -= walk->to[d] * walk->dims[d];
            index[d] = 0;
        }
    }
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    const int64_t count = hinge_count(node->outputs[0]);
    if ((uint64_t)count > SIZE_MAX / sizeof(double))
        return HINGE_NO_MEMORY;
    *scratch = (size_t)count * sizeof(double);
    return HINGE_OK;
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    const int64_t count = hinge_count(y);
    double *totals = node->scratch;
    struct walk walk;
    if (count == 0)
        return HINGE_OK;
    if (count == hinge_count(x)) {
        memcpy(y->data, x->data, hinge_size(x->type, count));
        return HINGE_OK;
    }
    memset(totals, 0, (size_t)count * sizeof *totals);
    find_walk(x, y, &walk);
    if (hinge_count(x))
        add_all(x, &walk, totals);
    convert_from_double(y->type, y->data, totals, count);
    return HINGE_OK;
}

const struct hinge_op op_sumto[] = {
    {.name = "SumTo",
     .gradient = "Expand(dy, Shape(x))",
     .domain = "ai.hinge",
     .since = 1,
     .signature = "(data: T, shape: int64) -> (sum: T); T: " OP_TYPES_FLOAT,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS(OP_FLOATING(run))},
    OP_END,
};
