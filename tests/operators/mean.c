/* Mean against a sum in double. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    hinge_tensor *y = harness_output_broadcast(call, 0, call->inputs[0]->type);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        double total = 0;
        for (unsigned n = 0; n < call->n_inputs; n++)
            total += harness_get(call->inputs[n], harness_broadcast_index(y, i, call->inputs[n]));
        harness_set(y, i, total / call->n_inputs);
    }
}

void test_mean(void)
{
    /* Two or three roundings, of terms whose sum may be the smaller number. */
    CHECK_OP(.op = "Mean", .opsets = {6, 8, 13}, .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, 1, 9, HARNESS_N)});
    CHECK_OP(.op = "Mean", .types = HARNESS_FLOATS, .reference = reference, .ulp = 1.5,
             .inputs = {TENSOR(HARNESS_T, 1, 9, HARNESS_N), TENSOR(HARNESS_T, 1, 9, 3, HARNESS_N)});
    CHECK_OP(.op = "Mean", .types = HARNESS_FLOATS, .reference = reference, .ulp = 2.5,
             .inputs = {{.type = HARNESS_T,
                         .low = 1,
                         .high = 9,
                         .rank = 2,
                         .dims = {HARNESS_N, 1},
                         .specials = HARNESS_SPECIALS_NEVER},
                        {.type = HARNESS_T,
                         .low = 1,
                         .high = 9,
                         .rank = 3,
                         .dims = {2, HARNESS_N, 3},
                         .specials = HARNESS_SPECIALS_NEVER},
                        {.type = HARNESS_T, .low = 1, .high = 9}});
    CHECK_OP(.op = "Mean", .types = HARNESS_FLOATS, .reference = reference, .ulp = 3.5,
             .inputs = {{.type = HARNESS_T,
                         .low = 1,
                         .high = 9,
                         .rank = 1,
                         .dims = {700},
                         .specials = HARNESS_SPECIALS_NEVER},
                        {.type = HARNESS_T,
                         .low = 1,
                         .high = 9,
                         .rank = 1,
                         .dims = {700},
                         .specials = HARNESS_SPECIALS_NEVER},
                        {.type = HARNESS_T,
                         .low = 1,
                         .high = 9,
                         .rank = 1,
                         .dims = {700},
                         .specials = HARNESS_SPECIALS_NEVER},
                        {.type = HARNESS_T,
                         .low = 1,
                         .high = 9,
                         .rank = 1,
                         .dims = {700},
                         .specials = HARNESS_SPECIALS_NEVER}});
    CHECK_OP(.op = "Mean",
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3), OMITTED, TENSOR(HINGE_FLOAT, 0, 1, 3)},
             .fails = HINGE_BAD_MODEL, .says = "left out");
}
