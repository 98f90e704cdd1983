/* PRelu against x < 0 ? slope x : x under every way of broadcasting. */
#include "tests/operators/harness.h"

static double prelu(double x, double slope)
{
    return x < 0 ? slope * x : x;
}

static void reference(struct harness_call *call)
{
    harness_map2(call, HINGE_NO_TYPE, prelu);
}

/* Before version 7 a slope of rank 1 runs along axis 1. */
static void reference_channels(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        int64_t at[HINGE_MAX_RANK];
        harness_coordinates(x, i, at);
        harness_set(y, i, prelu(harness_get(x, i), harness_get(call->inputs[1], at[1])));
    }
}

#define WHOLE                                                                                      \
    (HARNESS_TYPE(HINGE_INT32) | HARNESS_TYPE(HINGE_INT64) | HARNESS_TYPE(HINGE_UINT32) |          \
     HARNESS_TYPE(HINGE_UINT64))

void test_prelu(void)
{
    CHECK_OP(.op = "PRelu", .opsets = {1, 6}, .reference = reference_channels,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 5), TENSOR(HINGE_FLOAT, -1, 1, 3)});
    CHECK_OP(.op = "PRelu", .opsets = {7, 9, 16}, .types = HARNESS_FLOATS, .reference = reference,
             .inputs =
                 {TENSOR(HARNESS_T, -9, 9, HARNESS_N),
                  {.type = HARNESS_T, .low = -1, .high = 1, .specials = HARNESS_SPECIALS_NEVER}},
             .ulp = 0.51);
    /* A known slope makes it an activation. */
    CHECK_OP(.op = "PRelu", .reference = reference, .ulp = 0.51,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, HARNESS_N), CONSTANT_LIST(HINGE_FLOAT, 0.3125)});
    CHECK_OP(.op = "PRelu", .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 2, HARNESS_N),
                        {.type = HARNESS_T,
                         .rank = 2,
                         .dims = {2, HARNESS_N},
                         .low = -1,
                         .high = 1,
                         .specials = HARNESS_SPECIALS_NEVER}},
             .ulp = 0.51);
    CHECK_OP(.op = "PRelu", .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 2, 3, HARNESS_N),
                        {.type = HARNESS_T,
                         .rank = 2,
                         .dims = {3, 1},
                         .low = -1,
                         .high = 1,
                         .specials = HARNESS_SPECIALS_NEVER}},
             .ulp = 0.51);
    CHECK_OP(.op = "PRelu", .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 2, 3, 4, HARNESS_N),
                        {.type = HARNESS_T,
                         .rank = 4,
                         .dims = {2, 1, 4, 1},
                         .low = -1,
                         .high = 1,
                         .specials = HARNESS_SPECIALS_NEVER}},
             .ulp = 0.51);
    CHECK_OP(.op = "PRelu", .opsets = {9, 16}, .types = WHOLE, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, 0, 9, 3, HARNESS_N), TENSOR(HARNESS_T, 1, 4, 3, 1)});
    CHECK_OP(.op = "PRelu", .types = HARNESS_TYPE(HINGE_INT32) | HARNESS_TYPE(HINGE_INT64),
             .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, HARNESS_N),
                        TENSOR(HARNESS_T, -4, 4, HARNESS_N)});
    CHECK_OP(.op = "PRelu",
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3), TENSOR(HINGE_FLOAT, -1, 1, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "broadcast");
}
