/* Shape against the dimensions as the case states them. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t start = harness_attr_int(call, "start", 0);
    int64_t end = harness_attr_int(call, "end", x->rank);
    int64_t dims[HINGE_MAX_RANK], count = 0;
    for (int64_t d = 0; d < x->rank; d++)
        if (d >= (start < 0 ? start + x->rank : start) && d < (end < 0 ? end + x->rank : end))
            dims[count++] = x->dims[d];
    hinge_tensor *y = harness_output(call, 0, HINGE_INT64, 1, &count);
    for (int64_t i = 0; i < count; i++)
        harness_set_int(y, i, dims[i]);
}

void test_shape(void)
{
    CHECK_OP(.op = "Shape", .opsets = {7, 13, 15, 19, 21, 23}, .types = HARNESS_SIZES,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, HARNESS_N, 1)}, .reference = reference);
    for (int64_t start = -5; start <= 4; start++)
        for (int64_t end = -5; end <= 4; end++)
            CHECK_OP(.op = "Shape", .attributes = {ATTR_INT("start", start), ATTR_INT("end", end)},
                     .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 4)}, .reference = reference);
    CHECK_OP(.op = "Shape", .inputs = {SCALAR(HINGE_FLOAT, 0, 1)}, .reference = reference);
    CHECK_OP(.op = "Shape", .inputs = {TENSOR(HINGE_INT4, 0, 1, 3, 5)}, .reference = reference);
}
