/* ArgMax and ArgMin against a look at every element of the axis. */
#include <math.h>

#include "tests/operators/harness.h"

/* -1, 0, 1 as a comes before, with or after b; NaN comes first. */
static int order(const hinge_tensor *x, int64_t a, int64_t b, bool smallest)
{
    int result;
    if (harness_is_floating(x->type)) {
        const double p = harness_get(x, a), q = harness_get(x, b);
        if (isnan(p) || isnan(q))
            return isnan(p) ? (isnan(q) ? 0 : -1) : 1;
        result = (p > q) - (p < q);
    } else if (harness_is_signed(x->type)) {
        const int64_t p = harness_get_int(x, a), q = harness_get_int(x, b);
        result = (p > q) - (p < q);
    } else {
        const uint64_t p = (uint64_t)harness_get_int(x, a), q = (uint64_t)harness_get_int(x, b);
        result = (p > q) - (p < q);
    }
    return smallest ? result : -result;
}

static void choose(struct harness_call *call, bool smallest)
{
    const hinge_tensor *x = call->inputs[0];
    const bool keep = harness_attr_int(call, "keepdims", 1) != 0;
    const bool last = harness_attr_int(call, "select_last_index", 0) != 0;
    const int64_t given = harness_attr_int(call, "axis", 0);
    const int32_t axis = (int32_t)(given < 0 ? given + x->rank : given);
    int64_t dims[HINGE_MAX_RANK], inner = 1;
    int32_t rank = 0;
    for (int32_t d = 0; d < x->rank; d++) {
        if (d != axis || keep)
            dims[rank++] = d == axis ? 1 : x->dims[d];
        if (d > axis)
            inner *= x->dims[d];
    }
    hinge_tensor *y = harness_output(call, 0, HINGE_INT64, rank, dims);
    for (int64_t k = 0; k < hinge_count(y); k++) {
        const int64_t first = k / inner * inner * x->dims[axis] + k % inner;
        int64_t best = 0;
        for (int64_t i = 1; i < x->dims[axis]; i++) {
            const int o = order(x, first + i * inner, first + best * inner, smallest);
            if (o < 0 || (o == 0 && last))
                best = i;
        }
        harness_set_int(y, k, best);
    }
}

static void largest(struct harness_call *call)
{
    choose(call, false);
}

static void smallest(struct harness_call *call)
{
    choose(call, true);
}

static void check(const char *op, void (*reference)(struct harness_call *call))
{
    CHECK_OP(.op = op, .opsets = {7, 11, 12, 13}, .types = HARNESS_NUMBERS, .reference = reference,
             .inputs = {{.type = HARNESS_T,
                         .rank = 2,
                         .dims = {7, HARNESS_N},
                         .low = -5,
                         .high = 5,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    for (int last = 0; last < 2; last++)
        CHECK_OP(.op = op, .types = HARNESS_NUMBERS, .reference = reference,
                 .attributes = {ATTR_INT("axis", -1), ATTR_INT("select_last_index", last)},
                 .inputs = {{.type = HARNESS_T,
                             .rank = 2,
                             .dims = {3, 1000},
                             .low = -5,
                             .high = 5,
                             .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = op, .types = HARNESS_NUMBERS, .reference = reference,
             .attributes = {ATTR_INT("axis", -1), ATTR_INT("keepdims", 0),
                            ATTR_INT("select_last_index", 1)},
             .inputs = {{.type = HARNESS_T,
                         .rank = 2,
                         .dims = {HARNESS_N, 9},
                         .low = 0,
                         .high = 3,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = op, .reference = reference, .attributes = {ATTR_INT("axis", 1)},
             .inputs = {TENSOR(HINGE_FLOAT, 0, 3, 3, 40, 5)});
    CHECK_OP(.op = op, .types = HARNESS_NUMBERS, .reference = reference,
             .attributes = {ATTR_INT("select_last_index", 1)},
             .inputs = {{.type = HARNESS_T,
                         .rank = 2,
                         .dims = {40, 530},
                         .low = -2,
                         .high = 2,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = op, .reference = reference, .inputs = {TENSOR(HINGE_FLOAT, 0, 9, 20000, 2)});
    CHECK_OP(.op = op, .fails = HINGE_BAD_SHAPE, .says = "nothing to choose",
             .inputs = {TENSOR(HINGE_FLOAT, 0, 3, 0, 4)});
    CHECK_OP(.op = op, .fails = HINGE_BAD_SHAPE, .says = "axis 2",
             .attributes = {ATTR_INT("axis", 2)}, .inputs = {TENSOR(HINGE_FLOAT, 0, 3, 3, 4)});
}

void test_arg(void)
{
    check("ArgMax", largest);
    check("ArgMin", smallest);
}
