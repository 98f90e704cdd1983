/* Size against the product of the dimensions. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    int64_t count = 1;
    for (int32_t d = 0; d < call->inputs[0]->rank; d++)
        count *= call->inputs[0]->dims[d];
    harness_set_int(harness_output(call, 0, HINGE_INT64, 0, NULL), 0, count);
}

void test_size(void)
{
    CHECK_OP(.op = "Size", .opsets = {7, 13, 19, 21, 23}, .types = HARNESS_ALL_SIZES,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, HARNESS_N, 2)}, .reference = reference);
    CHECK_OP(.op = "Size", .inputs = {SCALAR(HINGE_FLOAT, 0, 1)}, .reference = reference);
}
