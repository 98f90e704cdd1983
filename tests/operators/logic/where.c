/* Where against C's ?: over the broadcast indices. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *c = call->inputs[0];
    hinge_tensor *y = harness_output_broadcast(call, 0, call->inputs[1]->type);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const bool first = harness_get_int(c, harness_broadcast_index(y, i, c)) != 0;
        const hinge_tensor *x = call->inputs[first ? 1 : 2];
        const int64_t at = harness_broadcast_index(y, i, x);
        if (x->type == HINGE_STRING)
            harness_set_string(y, i, harness_get_string(x, at));
        else if (harness_is_floating(x->type))
            harness_set(y, i, harness_get(x, at));
        else
            harness_set_int(y, i, harness_get_int(x, at));
    }
}

void test_where(void)
{
    CHECK_OP(.op = "Where", .opsets = {9, 16}, .types = HARNESS_NUMBERS | HARNESS_TYPE(HINGE_BOOL),
             .reference = reference, .signed_zeros = true,
             .inputs = {TENSOR(HINGE_BOOL, 0, 1, HARNESS_N), TENSOR(HARNESS_T, -9, 9, HARNESS_N),
                        TENSOR(HARNESS_T, -9, 9, HARNESS_N)});
    CHECK_OP(.op = "Where", .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_INT64),
             .reference = reference,
             .inputs = {TENSOR(HINGE_BOOL, 0, 1, 1, HARNESS_N), TENSOR(HARNESS_T, -9, 9, 3, 1),
                        SCALAR(HARNESS_T, -9, 9)});
    CHECK_OP(.op = "Where", .types = HARNESS_NUMBERS, .reference = reference,
             .inputs = {TENSOR(HINGE_BOOL, 0, 1, HARNESS_N), TENSOR(HARNESS_T, -9, 9, HARNESS_N),
                        SCALAR(HARNESS_T, -9, 9)});
    CHECK_OP(.op = "Where", .types = HARNESS_NUMBERS, .reference = reference,
             .inputs = {TENSOR(HINGE_BOOL, 0, 1, HARNESS_N), SCALAR(HARNESS_T, -9, 9),
                        TENSOR(HARNESS_T, -9, 9, HARNESS_N)});
    CHECK_OP(.op = "Where", .reference = reference,
             .inputs = {TENSOR(HINGE_BOOL, 0, 1, 3, 1, 1), TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 4, 5),
                        TENSOR(HINGE_FLOAT, -9, 9, 4, 1)});
    CHECK_OP(.op = "Where", .reference = reference,
             .inputs = {
                 LIST(HINGE_BOOL, 1, 0),
                 {.type = HINGE_STRING,
                  .rank = 1,
                  .dims = {2},
                  .strings = (const char *const[]){"a", "b"}},
                 {.type = HINGE_STRING, .rank = 0, .strings = (const char *const[]){"hinge"}}});
    CHECK_OP(.op = "Where", .fails = HINGE_BAD_MODEL, .says = "input 0: the signature",
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3), TENSOR(HINGE_FLOAT, 0, 1, 3),
                        TENSOR(HINGE_FLOAT, 0, 1, 3)});
    CHECK_OP(.op = "Where", .fails = HINGE_BAD_MODEL, .says = "input 2: the signature",
             .inputs = {TENSOR(HINGE_BOOL, 0, 1, 3), TENSOR(HINGE_FLOAT, 0, 1, 3),
                        TENSOR(HINGE_INT32, 0, 1, 3)});
    CHECK_OP(.op = "Where", .fails = HINGE_BAD_SHAPE, .says = "broadcast",
             .inputs = {TENSOR(HINGE_BOOL, 0, 1, 3), TENSOR(HINGE_FLOAT, 0, 1, 2),
                        TENSOR(HINGE_FLOAT, 0, 1, 3)});
}
