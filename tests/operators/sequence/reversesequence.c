/* ReverseSequence against the standard's formula, with the time axis first and second. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    int64_t batch_axis = harness_attr_int(call, "batch_axis", 1);
    int64_t time_axis = harness_attr_int(call, "time_axis", 0), at[HINGE_MAX_RANK];
    for (int64_t i = 0; i < hinge_count(x); i++) {
        harness_coordinates(x, i, at);
        int64_t length = harness_get_int(call->inputs[1], at[batch_axis]);
        if (at[time_axis] < length)
            at[time_axis] = length - 1 - at[time_axis];
        harness_move(y, i, x, harness_index(x, at));
    }
}

void test_reversesequence(void)
{
    CHECK_OP(.op = "ReverseSequence", .types = HARNESS_NUMBERS | HARNESS_TYPE(HINGE_BOOL),
             .inputs = {TENSOR(HARNESS_T, -100, 100, 5, 4, HARNESS_N),
                        LIST(HINGE_INT64, 0, 5, 1, 3)},
             .reference = reference, .signed_zeros = true);
    CHECK_OP(.op = "ReverseSequence", .types = HARNESS_ALL_SIZES,
             .attributes = {ATTR_INT("batch_axis", 0), ATTR_INT("time_axis", 1)},
             .inputs = {TENSOR(HARNESS_T, -100, 100, 4, 5, HARNESS_N),
                        LIST(HINGE_INT64, 2, 5, 1, 0)},
             .reference = reference, .signed_zeros = true);
    CHECK_OP(.op = "ReverseSequence",
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 2), LIST(HINGE_INT64, 2, 3)},
             .reference = reference);
    CHECK_OP(.op = "ReverseSequence",
             .inputs = {{.type = HINGE_STRING,
                         .rank = 2,
                         .dims = {3, 1},
                         .strings = (const char *const[]){"a", "", "hinge"}},
                        LIST(HINGE_INT64, 3)},
             .reference = reference);
    CHECK_OP(.op = "ReverseSequence",
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 2), LIST(HINGE_INT64, 2, 4)},
             .fails = HINGE_BAD_VALUE, .says = "entry 1 of sequence_lens is 4, not in [0, 3]");
    CHECK_OP(.op = "ReverseSequence",
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 2), LIST(HINGE_INT64, 2, -1)},
             .fails = HINGE_BAD_VALUE, .says = "entry 1");
    CHECK_OP(.op = "ReverseSequence",
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 2), LIST(HINGE_INT64, 2, 2, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "no list of 2");
    CHECK_OP(.op = "ReverseSequence",
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3), LIST(HINGE_INT64, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "rank 1");
    CHECK_OP(.op = "ReverseSequence", .attributes = {ATTR_INT("batch_axis", 0)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 2), LIST(HINGE_INT64, 2, 2, 2)},
             .fails = HINGE_BAD_MODEL, .says = "batch_axis is 0 and time_axis 0");
}
