/* Range against counting by steps. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    double start = harness_get(call->inputs[0], 0), limit = harness_get(call->inputs[1], 0);
    double delta = harness_get(call->inputs[2], 0);
    int64_t count = 0;
    while (delta > 0 ? start + (double)count * delta < limit
                     : start + (double)count * delta > limit)
        count++;
    hinge_tensor *y = harness_output(call, 0, call->inputs[0]->type, 1, &count);
    for (int64_t i = 0; i < count; i++)
        harness_set(y, i, start + (double)i * delta);
}

#define ONE(element, value)                                                                        \
    {                                                                                              \
        .type = (element), .values = (const double[])                                              \
        {                                                                                          \
            value                                                                                  \
        }                                                                                          \
    }
#define RANGE(element, start, limit, delta)                                                        \
    .op = "Range", .inputs = {ONE(element, start), ONE(element, limit), ONE(element, delta)}

void test_range(void)
{
    const uint32_t types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) |
                           HARNESS_TYPE(HINGE_INT16) | HARNESS_TYPE(HINGE_INT32) |
                           HARNESS_TYPE(HINGE_INT64);
    CHECK_OP(RANGE(HARNESS_T, 3, 20, 4), .opsets = {11, 28}, .types = types,
             .reference = reference);
    CHECK_OP(RANGE(HARNESS_T, 10, -11, -7), .types = types, .reference = reference);
    CHECK_OP(RANGE(HARNESS_T, 10, 10, 1), .types = types, .reference = reference);
    CHECK_OP(RANGE(HARNESS_T, 10, 12, -1), .types = types, .reference = reference);
    CHECK_OP(RANGE(HARNESS_T, 2, -3, -0.5), .opsets = {27},
             .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
             .reference = reference);
    CHECK_OP(RANGE(HINGE_FLOAT16, 0, 3, 1), .opsets = {26}, .fails = HINGE_BAD_MODEL,
             .says = "signature");
    CHECK_OP(RANGE(HINGE_FLOAT16, 0, 3, 1), .attributes = {ATTR_INT("stash_type", 10)},
             .fails = HINGE_UNSUPPORTED, .says = "stash_type is 10");
    CHECK_OP(RANGE(HINGE_FLOAT, 0.25, 2, 0.5), .reference = reference);
    CHECK_OP(RANGE(HINGE_INT64, -0x1p63, 0x1.8p62, 0x1p62), .reference = reference);
    CHECK_OP(RANGE(HARNESS_T, 0, 1, 0), .types = types, .fails = HINGE_BAD_VALUE,
             .says = "delta does not lead");
    CHECK_OP(RANGE(HINGE_INT64, -0x1p63, 0x1p62, 1), .fails = HINGE_BAD_VALUE);
    CHECK_OP(.op = "Range", .fails = HINGE_BAD_MODEL, .says = "input 1 is not one number",
             .inputs = {ONE(HINGE_INT32, 0), LIST(HINGE_INT32, 1, 2), ONE(HINGE_INT32, 1)});
    CHECK_OP(.op = "Range", .fails = HINGE_BAD_MODEL, .says = "input 2: the signature",
             .inputs = {ONE(HINGE_INT32, 0), ONE(HINGE_INT32, 1), ONE(HINGE_INT64, 1)});
}
