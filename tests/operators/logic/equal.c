/* Equal against C's == and byte by byte. */
#include <string.h>

#include "tests/operators/harness/aligned.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *a = call->inputs[0], *b = call->inputs[1];
    hinge_tensor *y = harness_output_broadcast(call, 0, HINGE_BOOL);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const int64_t at = harness_broadcast_index(y, i, a), bt = harness_broadcast_index(y, i, b);
        bool result;
        if (a->type == HINGE_STRING)
            result = !strcmp(harness_get_string(a, at).bytes, harness_get_string(b, bt).bytes);
        else if (harness_is_floating(a->type))
            result = harness_get(a, at) == harness_get(b, bt);
        else
            result = harness_get_int(a, at) == harness_get_int(b, bt);
        harness_set_int(y, i, result);
    }
}

static double real_equal(double a, double b)
{
    return a == b;
}

void test_equal(void)
{
    CHECK_BROADCAST(.op = "Equal", .opsets = {7, 11, 13, 19},
                    .types = HARNESS_NUMBERS | HARNESS_TYPE(HINGE_BOOL),
                    .inputs = {SCALAR(HARNESS_T, 0, 2), SCALAR(HARNESS_T, 0, 2)},
                    .reference = reference);
    CHECK_OP(.op = "Equal", .types = HARNESS_NUMBERS, .reference = reference,
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {999},
                         .low = 0,
                         .high = 1,
                         .specials = HARNESS_SPECIALS_ALWAYS},
                        {.type = HARNESS_T,
                         .rank = 1,
                         .dims = {999},
                         .low = 0,
                         .high = 1,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = "Equal", .reference = reference,
             .inputs = {LIST(HINGE_DOUBLE, 0, -0.0, 1, 1), LIST(HINGE_DOUBLE, -0.0, 0, 1, 2)});
    CHECK_OP(.op = "Equal", .opsets = {19}, .reference = reference,
             .inputs = {{.type = HINGE_STRING,
                         .rank = 2,
                         .dims = {2, 3},
                         .strings = (const char *const[]){"", "a", "hinge", "b", "ab", "hinges"}},
                        {.type = HINGE_STRING,
                         .rank = 1,
                         .dims = {3},
                         .strings = (const char *const[]){"", "ab", "hinge"}}});
    aligned_check("Equal",
                  HARNESS_TYPE(HINGE_BOOL) | HARNESS_TYPE(HINGE_INT32) | HARNESS_TYPE(HINGE_INT64),
                  HINGE_BOOL, real_equal);
}
