/* Greater, Less, GreaterOrEqual, LessOrEqual against C's operators. */
#include "tests/operators/harness/aligned.h"

enum relation { GREATER, LESS, GREATER_OR_EQUAL, LESS_OR_EQUAL };

/* Whether a relation holds between two that are less, equal, greater or (NaN) none of these. */
static bool holds(enum relation relation, bool less, bool equal, bool greater)
{
    switch (relation) {
    case GREATER: return greater;
    case LESS: return less;
    case GREATER_OR_EQUAL: return greater || equal;
    case LESS_OR_EQUAL: return less || equal;
    }
    return false;
}

static void compare(struct harness_call *call, enum relation relation)
{
    const hinge_tensor *a = call->inputs[0], *b = call->inputs[1];
    hinge_tensor *y = harness_output_broadcast(call, 0, HINGE_BOOL);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const int64_t at = harness_broadcast_index(y, i, a), bt = harness_broadcast_index(y, i, b);
        bool result;
        if (harness_is_floating(a->type)) {
            const double p = harness_get(a, at), q = harness_get(b, bt);
            result = holds(relation, p<q, p == q, p> q);
        } else if (harness_is_signed(a->type)) {
            const int64_t p = harness_get_int(a, at), q = harness_get_int(b, bt);
            result = holds(relation, p<q, p == q, p> q);
        } else {
            const uint64_t p = (uint64_t)harness_get_int(a, at),
                           q = (uint64_t)harness_get_int(b, bt);
            result = holds(relation, p<q, p == q, p> q);
        }
        harness_set_int(y, i, result);
    }
}

static void greater(struct harness_call *call)
{
    compare(call, GREATER);
}

static void less(struct harness_call *call)
{
    compare(call, LESS);
}

static void greater_or_equal(struct harness_call *call)
{
    compare(call, GREATER_OR_EQUAL);
}

static void less_or_equal(struct harness_call *call)
{
    compare(call, LESS_OR_EQUAL);
}

static void check(const char *op, uint32_t since, void (*reference)(struct harness_call *call))
{
    CHECK_BROADCAST(.op = op, .opsets = {since, 16}, .types = HARNESS_NUMBERS,
                    .inputs = {SCALAR(HARNESS_T, 0, 5), SCALAR(HARNESS_T, 0, 5)},
                    .reference = reference);
    CHECK_OP(.op = op, .types = HARNESS_NUMBERS, .reference = reference,
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {999},
                         .low = -3,
                         .high = 3,
                         .specials = HARNESS_SPECIALS_ALWAYS},
                        {.type = HARNESS_T,
                         .rank = 1,
                         .dims = {999},
                         .low = -3,
                         .high = 3,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
}

static double real_greater(double a, double b)
{
    return a > b;
}

static double real_less(double a, double b)
{
    return a < b;
}

void test_comparison(void)
{
    check("Greater", 7, greater);
    check("Less", 7, less);
    check("GreaterOrEqual", 12, greater_or_equal);
    check("LessOrEqual", 12, less_or_equal);
    aligned_check("Greater", HARNESS_FLOATS, HINGE_BOOL, real_greater);
    aligned_check("Less", HARNESS_FLOATS, HINGE_BOOL, real_less);
}
