/* The Reduce operators against a loop over all elements that adds each to its result, in long
 * double or in integers. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/operators/harness.h"

/* Which dimensions the case reduces. */
static uint32_t mask_of(const struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *attribute = harness_attr(call, "axes");
    const hinge_tensor *input = call->n_inputs > 1 ? call->inputs[1] : NULL;
    const int64_t count = attribute ? (int64_t)attribute->count : input ? hinge_count(input) : 0;
    uint32_t mask = 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t axis = attribute ? attribute->ints[i] : harness_get_int(input, i);
        mask |= UINT32_C(1) << (axis < 0 ? axis + x->rank : axis);
    }
    if (count == 0 && !harness_attr_int(call, "noop_with_empty_axes", 0))
        mask = (UINT32_C(1) << x->rank) - 1;
    return mask;
}

struct total {
    long double sum, product, squares, magnitudes, exponentials, max, min;
    uint64_t int_sum, int_product, int_squares, int_magnitudes;
    int64_t count, at_max, at_min;
    bool nan;
};

static bool int_less(const hinge_tensor *x, int64_t a, int64_t b)
{
    const int64_t p = harness_get_int(x, a), q = harness_get_int(x, b);
    return harness_is_signed(x->type) ? p < q : (uint64_t)p < (uint64_t)q;
}

static void take(struct total *t, const hinge_tensor *x, int64_t i)
{
    if (harness_is_floating(x->type)) {
        const long double v = harness_get(x, i);
        t->sum += v;
        t->product *= v;
        t->squares += v * v;
        t->magnitudes += fabsl(v);
        t->nan |= isnan(v);
        t->max = v > t->max ? v : t->max;
        t->min = v < t->min ? v : t->min;
    } else {
        const uint64_t v = (uint64_t)harness_get_int(x, i);
        const bool negative = harness_is_signed(x->type) && (int64_t)v < 0;
        const long double real = negative ? -(long double)(0 - v) : (long double)v;
        t->sum += real;
        t->squares += real * real;
        t->max = real > t->max ? real : t->max;
        t->int_sum += v;
        t->int_product *= v;
        t->int_squares += v * v;
        t->int_magnitudes += negative ? 0 - v : v;
        if (t->count == 0 || int_less(x, t->at_max, i))
            t->at_max = i;
        if (t->count == 0 || int_less(x, i, t->at_min))
            t->at_min = i;
    }
    t->count++;
}

/* What e^(x - shift) is shifted by. */
static long double shift_of(const struct total *t)
{
    return isfinite(t->max) ? t->max : 0;
}

/* A real result, which an integer type truncates and an unsigned one has no negative of. */
static void set_real(hinge_tensor *y, int64_t at, long double value, bool ints)
{
    if (!ints)
        harness_set(y, at, (double)value);
    else if (value < 0 && !harness_is_signed(y->type))
        harness_set_int(y, at, 0);
    else
        harness_set_int(y, at, value < -0x1p63L ? INT64_MIN : (int64_t)value);
}

/* The least value of an integer type. */
static int64_t least(hinge_type type)
{
    return harness_is_signed(type) ? (int64_t)(UINT64_MAX << (hinge_type_bits(type) - 1)) : 0;
}

static int64_t most(hinge_type type)
{
    return type == HINGE_BOOL ? 1 : ~least(type);
}

static void set_result(struct harness_call *call, hinge_tensor *y, int64_t at,
                       const struct total *t)
{
    const char *op = call->c->op + strlen("Reduce");
    const hinge_tensor *x = call->inputs[0];
    const bool ints = !harness_is_floating(x->type);
    if (!strcmp(op, "Sum"))
        ints ? harness_set_int(y, at, (int64_t)t->int_sum) : harness_set(y, at, (double)t->sum);
    else if (!strcmp(op, "Prod"))
        ints ? harness_set_int(y, at, (int64_t)t->int_product)
             : harness_set(y, at, (double)t->product);
    else if (!strcmp(op, "SumSquare"))
        ints ? harness_set_int(y, at, (int64_t)t->int_squares)
             : harness_set(y, at, (double)t->squares);
    else if (!strcmp(op, "L1"))
        ints ? harness_set_int(y, at, (int64_t)t->int_magnitudes)
             : harness_set(y, at, (double)t->magnitudes);
    else if (!strcmp(op, "Mean"))
        ints ? harness_set_int(y, at, t->count ? (int64_t)t->int_sum / t->count : 0)
             : harness_set(y, at, (double)(t->sum / t->count));
    else if (!strcmp(op, "Max"))
        ints ? harness_set_int(y, at, t->count ? harness_get_int(x, t->at_max) : least(x->type))
             : harness_set(y, at, t->nan ? NAN : (double)t->max);
    else if (!strcmp(op, "Min"))
        ints ? harness_set_int(y, at, t->count ? harness_get_int(x, t->at_min) : most(x->type))
             : harness_set(y, at, t->nan ? NAN : (double)t->min);
    else if (!strcmp(op, "L2"))
        set_real(y, at, sqrtl(t->squares), ints);
    else if (!strcmp(op, "LogSum"))
        set_real(y, at, logl(t->sum), ints);
    else
        set_real(y, at, shift_of(t) + logl(t->exponentials), ints);
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const uint32_t mask = mask_of(call);
    hinge_tensor kept = {.rank = x->rank};
    int64_t dims[HINGE_MAX_RANK], at[HINGE_MAX_RANK];
    int32_t rank = 0;
    for (int32_t d = 0; d < x->rank; d++) {
        kept.dims[d] = mask >> d & 1 ? 1 : x->dims[d];
        if (!(mask >> d & 1) || harness_attr_int(call, "keepdims", 1))
            dims[rank++] = kept.dims[d];
    }
    hinge_tensor *y = harness_output(call, 0, x->type, rank, dims);
    const int64_t n = hinge_count(y), count = hinge_count(x);
    struct total *totals = malloc((size_t)(n + 1) * sizeof *totals);
    int64_t *results = malloc((size_t)(count + 1) * sizeof *results);
    for (int64_t k = 0; totals && k < n; k++)
        totals[k] =
            (struct total){.product = 1, .int_product = 1, .max = -INFINITY, .min = INFINITY};
    for (int64_t i = 0; totals && results && i < count; i++) {
        harness_coordinates(x, i, at);
        for (int32_t d = 0; d < x->rank; d++)
            at[d] = mask >> d & 1 ? 0 : at[d];
        results[i] = harness_index(&kept, at);
        take(&totals[results[i]], x, i);
    }
    for (int64_t i = 0; totals && results && i < count; i++) {
        struct total *t = &totals[results[i]];
        if (!strcmp(call->c->op, "ReduceLogSumExp"))
            t->exponentials += expl((long double)harness_get(x, i) - shift_of(t));
    }
    for (int64_t k = 0; totals && results && k < n; k++)
        set_result(call, y, k, &totals[k]);
    free(totals);
    free(results);
}

#define TYPES                                                                                      \
    (HARNESS_FLOATS | HARNESS_TYPE(HINGE_INT32) | HARNESS_TYPE(HINGE_INT64) |                      \
     HARNESS_TYPE(HINGE_UINT32) | HARNESS_TYPE(HINGE_UINT64))
#define SMALL_TYPES                                                                                \
    (HARNESS_TYPE(HINGE_INT8) | HARNESS_TYPE(HINGE_UINT8) | HARNESS_TYPE(HINGE_BOOL))

/* Every size, or two: what an older opset or keepdims 0 changes is where the axes come from and the
 * shape of the result, not how rows and columns of a size are reduced. */
static void check_sizes(const struct harness_case *c, bool every)
{
    static const int64_t few[] = {0, 33};
    if (every)
        CHECK_CASE(c);
    for (int i = 0; !every && i < 2; i++) {
        struct harness_case sized = *c;
        for (int32_t d = 0; d < sized.inputs[0].rank; d++)
            if (sized.inputs[0].dims[d] == HARNESS_N)
                sized.inputs[0].dims[d] = few[i];
        CHECK_CASE(&sized);
    }
}

/* The sums are in double and rounded once; double itself has no more to spare than the bound says.
 */
static void check(const char *op, uint32_t axes_input_since, double low, double high,
                  uint32_t types)
{
    struct harness_case c = {
        .op = op, .reference = reference, .types = types, .ulp = 0.51, .relative = 1e-12};
    /* Rows, columns, both, the middle; an axis counted from the end; results of one and of more
     * than a block. */
    static const struct {
        int32_t rank;
        int64_t dims[4];
        int64_t n_axes;
        double axes[3];
    } cases[] = {
        {2, {3, HARNESS_N}, 1, {1}},
        {2, {HARNESS_N, 3}, 1, {0}},
        {2, {3, HARNESS_N}, 1, {0}},
        {3, {2, HARNESS_N, 3}, 1, {-2}},
        {3, {2, HARNESS_N, 3}, 2, {2, 0}},
        {4, {2, 3, 4, 5}, 2, {1, 3}},
        {4, {2, 3, 4, 5}, 2, {0, 2}},
        {4, {2, 3, 1, 5}, 2, {2, 3}},
        {3, {2, 0, 3}, 1, {1}},
        {3, {2, 0, 3}, 1, {0}},
        {2, {4, HARNESS_N}, 0, {0}},
        {0, {0}, 0, {0}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int64_t axes[3];
        for (int64_t i = 0; i < cases[k].n_axes; i++)
            axes[i] = (int64_t)cases[k].axes[i];
        struct harness_tensor x = {.type = HARNESS_T,
                                   .rank = cases[k].rank,
                                   .low = low,
                                   .high = high,
                                   .specials = HARNESS_SPECIALS_NEVER};
        memcpy(x.dims, cases[k].dims, sizeof cases[k].dims);
        c.inputs[0] = x;
        for (int keep = k % 4 ? 1 : 0; keep < 2; keep++) {
            c.attributes[0] = (struct harness_attribute)ATTR_INT("keepdims", keep);
            c.attributes[1] = (struct harness_attribute){.name = "axes",
                                                         .type = HINGE_ATTR_INTS,
                                                         .ints = axes,
                                                         .count = (size_t)cases[k].n_axes};
            if (cases[k].n_axes == 0)
                c.attributes[1].name = NULL;
            c.types = keep && k < 2
                          ? types
                          : types & (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_INT32));
            c.opsets[0] = axes_input_since - 1;
            c.inputs[1] = (struct harness_tensor)OMITTED;
            check_sizes(&c, false);
            c.attributes[1].name = NULL;
            c.opsets[0] = axes_input_since;
            c.inputs[1] = (struct harness_tensor){.type = HINGE_INT64,
                                                  .rank = 1,
                                                  .dims = {cases[k].n_axes},
                                                  .values = cases[k].axes,
                                                  .constant = true};
            check_sizes(&c, keep != 0);
        }
    }
    c.types = types;
    c.inputs[0] = (struct harness_tensor)TENSOR(HARNESS_T, low, high, 2, 37);
    c.inputs[0].specials = HARNESS_SPECIALS_NEVER;
    c.attributes[0] = (struct harness_attribute)ATTR_INT("noop_with_empty_axes", 1);
    c.inputs[1] = (struct harness_tensor)OMITTED;
    CHECK_CASE(&c);
    CHECK_OP(.op = op, .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 2, 3), CONSTANT_LIST(HINGE_INT64, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "axis 2");
    CHECK_OP(.op = op,
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 2, 3), CONSTANT_LIST(HINGE_INT64, 1, -1)},
             .fails = HINGE_BAD_MODEL, .says = "twice");
}

void test_reductions(void)
{
    check("ReduceSum", 13, 1, 9, TYPES);
    check("ReduceMean", 18, 1, 9, TYPES);
    check("ReduceProd", 18, 0.9, 1.1, TYPES);
    check("ReduceMax", 18, -99, 99, TYPES | SMALL_TYPES);
    check("ReduceMin", 18, -99, 99, TYPES | SMALL_TYPES);
    check("ReduceL1", 18, -9, 9, TYPES);
    check("ReduceL2", 18, -9, 9, TYPES);
    check("ReduceSumSquare", 18, -9, 9, TYPES);
    check("ReduceLogSum", 18, 1, 9, TYPES);
    check("ReduceLogSumExp", 18, 1, 9, TYPES);
    /* Special values reach a largest and a smallest. */
    CHECK_OP(.op = "ReduceMax", .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 9, HARNESS_N), CONSTANT_LIST(HINGE_INT64, 1)});
    CHECK_OP(.op = "ReduceMin", .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N, 9), CONSTANT_LIST(HINGE_INT64, 0)});
    /* Rows longer than what is looked at together, along and across. */
    for (int axis = 0; axis < 2; axis++) {
        const struct harness_tensor axes = {.type = HINGE_INT64,
                                            .rank = 1,
                                            .dims = {1},
                                            .values = (const double[]){axis},
                                            .constant = true};
        CHECK_OP(.op = "ReduceMax", .types = TYPES | SMALL_TYPES, .reference = reference,
                 .inputs = {TENSOR(HARNESS_T, -99, 99, 5, 1100), axes});
        CHECK_OP(.op = "ReduceMin", .types = TYPES | SMALL_TYPES, .reference = reference,
                 .inputs = {TENSOR(HARNESS_T, -99, 99, 5, 1100), axes});
        CHECK_OP(.op = "ReduceSum", .types = TYPES & ~HARNESS_TYPE(HINGE_DOUBLE),
                 .reference = reference, .ulp = 1,
                 .inputs = {{.type = HARNESS_T,
                             .rank = 2,
                             .dims = {5, 1100},
                             .low = 1,
                             .high = 9,
                             .specials = HARNESS_SPECIALS_NEVER},
                            axes});
    }
    CHECK_OP(.op = "ReduceLogSumExp", .inputs = {LIST(HINGE_FLOAT, 1000, 1000)},
             .attributes = {ATTR_INT("keepdims", 0)},
             .expect = {{.type = HINGE_FLOAT, .values = (const double[]){1000.693147180559945}}});
    CHECK_OP(.op = "ReduceLogSumExp", .inputs = {LIST(HINGE_FLOAT, -INFINITY, -INFINITY)},
             .attributes = {ATTR_INT("keepdims", 0)},
             .expect = {{.type = HINGE_FLOAT, .values = (const double[]){-INFINITY}}});
    CHECK_OP(.op = "ReduceMean", .bench = true, .reference = reference, .ulp = 1,
             .inputs = {TENSOR(HINGE_FLOAT, 1, 2, 1, 2048, 7, 7),
                        CONSTANT_LIST(HINGE_INT64, 2, 3)});
    CHECK_OP(.op = "ReduceMean", .bench = true, .reference = reference, .ulp = 1,
             .inputs = {TENSOR(HINGE_FLOAT, 1, 2, 128, 768), CONSTANT_LIST(HINGE_INT64, -1)});
    CHECK_OP(.op = "ReduceSum", .bench = true, .reference = reference, .ulp = 1,
             .inputs = {TENSOR(HINGE_FLOAT, 1, 2, 1024, 1024), CONSTANT_LIST(HINGE_INT64, 0)});
}
