/* Unique against a search for each slice among those before it. */
#include "tests/operators/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const hinge_tensor *x, int64_t i, int64_t j)
{
    if (x->type == HINGE_STRING)
        return strcmp(harness_get_string(x, i).bytes, harness_get_string(x, j).bytes);
    if (!harness_is_floating(x->type)) {
        const int64_t a = harness_get_int(x, i), b = harness_get_int(x, j);
        if (x->type == HINGE_UINT64)
            return ((uint64_t)a > (uint64_t)b) - ((uint64_t)a < (uint64_t)b);
        return (a > b) - (a < b);
    }
    const double a = harness_get(x, i), b = harness_get(x, j);
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    return (a > b) - (a < b);
}

static const hinge_tensor *sorted_x;
static int64_t outer, n_slices, inner;

static int compare_slices(int64_t a, int64_t b)
{
    int order = 0;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < inner && !order; i++)
            order =
                compare(sorted_x, (o * n_slices + a) * inner + i, (o * n_slices + b) * inner + i);
    return order;
}

static int compare_indices(const void *a, const void *b)
{
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    const int order = compare_slices(i, j);
    return order ? order : (i > j) - (i < j);
}

static int compare_numbers(const void *a, const void *b)
{
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    return (i > j) - (i < j);
}

/* Leaves in own the first slice that is as each slice, in first those that are their own, in the
 * order of the output. */
static int64_t find_first(int64_t *first, int64_t *own, bool sorted)
{
    int64_t n = 0;
    for (int64_t i = 0; i < n_slices; i++)
        first[i] = i;
    qsort(first, (size_t)n_slices, sizeof *first, compare_indices);
    for (int64_t i = 0; i < n_slices; i++) {
        const int64_t slice = first[i];
        if (i == 0 || compare_slices(first[n - 1], slice) != 0)
            first[n++] = slice;
        own[slice] = first[n - 1];
    }
    if (!sorted)
        qsort(first, (size_t)n, sizeof *first, compare_numbers);
    return n;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = sorted_x = call->inputs[0];
    const struct harness_attribute *given = harness_attr(call, "axis");
    int64_t axis = given ? given->i : 0, dims[HINGE_MAX_RANK];
    axis = axis < 0 ? axis + x->rank : axis;
    outer = inner = 1;
    for (int32_t d = 0; d < x->rank && given; d++) {
        outer *= d < axis ? x->dims[d] : 1;
        inner *= d > axis ? x->dims[d] : 1;
    }
    n_slices = given ? x->dims[axis] : hinge_count(x);
    int64_t *first = malloc((size_t)(3 * n_slices + 1) * sizeof *first);
    int64_t *own = first + n_slices, *number = own + n_slices;
    const int64_t n = find_first(first, own, harness_attr_int(call, "sorted", 1));
    for (int32_t d = 0; d < x->rank; d++)
        dims[d] = d == axis ? n : x->dims[d];
    hinge_tensor *y = given ? harness_output(call, 0, x->type, x->rank, dims)
                            : harness_output(call, 0, x->type, 1, &n);
    hinge_tensor *indices = harness_output(call, 1, HINGE_INT64, 1, &n);
    hinge_tensor *inverse = harness_output(call, 2, HINGE_INT64, 1, &n_slices);
    hinge_tensor *counts = harness_output(call, 3, HINGE_INT64, 1, &n);
    for (int64_t k = 0; k < n; k++) {
        harness_set_int(indices, k, first[k]);
        for (int64_t o = 0; o < outer; o++)
            for (int64_t i = 0; i < inner; i++)
                harness_move(y, (o * n + k) * inner + i, x, (o * n_slices + first[k]) * inner + i);
        number[first[k]] = k;
    }
    for (int64_t i = 0; i < n_slices; i++) {
        const int64_t k = number[own[i]];
        harness_set_int(inverse, i, k);
        harness_set_int(counts, k, harness_get_int(counts, k) + 1);
    }
    free(first);
}

#define UNIQUE .op = "Unique", .n_outputs = 4, .reference = reference
#define TYPES                                                                                      \
    (HARNESS_INTEGERS | HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) |                   \
     HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BOOL))

void test_unique(void)
{
    for (int sorted = 0; sorted < 2; sorted++) {
        const struct harness_attribute how = ATTR_INT("sorted", sorted);
        CHECK_OP(UNIQUE, .opsets = {11, 28}, .types = TYPES, .attributes = {how},
                 .inputs = {{.type = HARNESS_T,
                             .rank = 1,
                             .dims = {HARNESS_N},
                             .low = -3,
                             .high = 3,
                             .specials = HARNESS_SPECIALS_ALWAYS}});
        for (int axis = -3; axis < 0; axis++)
            CHECK_OP(UNIQUE, .types = TYPES, .inputs = {TENSOR(HARNESS_T, 0, 1, 6, 7, 2)},
                     .attributes = {how, ATTR_INT("axis", axis)});
        CHECK_OP(UNIQUE, .types = TYPES, .inputs = {TENSOR(HARNESS_T, -100, 100, 700)},
                 .attributes = {how});
        CHECK_OP(UNIQUE, .inputs = {TENSOR(HINGE_INT64, -1e15, 1e15, 999)}, .attributes = {how});
        CHECK_OP(UNIQUE, .inputs = {TENSOR(HINGE_INT32, 0, 1, 500, 3)},
                 .attributes = {how, ATTR_INT("axis", 0)});
        CHECK_OP(UNIQUE, .inputs = {STRINGS("b", "", "a", "ab", "b", "")}, .attributes = {how});
        CHECK_OP(UNIQUE, .inputs = {TENSOR(HINGE_INT32, 0, 1, 3, 0, 2)},
                 .attributes = {how, ATTR_INT("axis", 1)});
        CHECK_OP(UNIQUE, .inputs = {TENSOR(HINGE_INT32, 0, 1, 3, 0, 2)},
                 .attributes = {how, ATTR_INT("axis", 0)});
    }
    CHECK_OP(UNIQUE, .unwanted = 1 << 1, .inputs = {TENSOR(HINGE_INT32, 0, 9, 50)});
    CHECK_OP(UNIQUE, .unwanted = 1 << 0 | 1 << 2 | 1 << 3,
             .inputs = {TENSOR(HINGE_INT32, 0, 9, 50)});
    CHECK_OP(.op = "Unique", .inputs = {SCALAR(HINGE_INT8, 4, 4)}, .expect = {LIST(HINGE_INT8, 4)});
    CHECK_OP(.op = "Unique", .attributes = {ATTR_INT("axis", 2)},
             .inputs = {TENSOR(HINGE_INT32, 0, 1, 3, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "axis 2");
}
