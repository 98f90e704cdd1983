/* CumSum and CumProd against a sum or product, for every element, over all that go before it. */
#include "tests/operators/harness.h"

#include <string.h>

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t axis = harness_get_int(call->inputs[1], 0), at[HINGE_MAX_RANK];
    bool exclusive = harness_attr_int(call, "exclusive", 0) != 0;
    bool reverse = harness_attr_int(call, "reverse", 0) != 0;
    hinge_tensor *y = harness_output_like(call, 0, x);
    axis = axis < 0 ? axis + x->rank : axis;
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const bool product = !strcmp(call->c->op, "CumProd");
        double sum = product;
        harness_coordinates(x, i, at);
        int64_t own = at[axis];
        for (int64_t k = 0; k < x->dims[axis]; k++) {
            at[axis] = k;
            if (k == own ? !exclusive : reverse == (k > own))
                sum = product ? sum * harness_get(x, harness_index(x, at))
                              : sum + harness_get(x, harness_index(x, at));
        }
        harness_set(y, i, sum);
    }
}

#define AXIS(type_of, value)                                                                       \
    {                                                                                              \
        .type = (type_of), .values = (const double[])                                              \
        {                                                                                          \
            value                                                                                  \
        }                                                                                          \
    }
#define X                                                                                          \
    {                                                                                              \
        .type = HARNESS_T, .rank = 3, .dims = {2, 17, 3}, .low = 0, .high = 9,                     \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }

#define FACTORS                                                                                    \
    {                                                                                              \
        .type = HARNESS_T, .rank = 3, .dims = {2, 9, 3}, .low = 1, .high = 3,                      \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }

void test_cumsum(void)
{
    const uint32_t types = HARNESS_FLOATS | HARNESS_TYPE(HINGE_INT32) | HARNESS_TYPE(HINGE_UINT32) |
                           HARNESS_TYPE(HINGE_INT64) | HARNESS_TYPE(HINGE_UINT64);
    for (int mode = 0; mode < 4; mode++)
        CHECK_OP(.op = "CumSum", .opsets = {11, 14}, .types = types,
                 .attributes = {ATTR_INT("exclusive", mode & 1), ATTR_INT("reverse", mode >> 1)},
                 .inputs = {X, AXIS(HINGE_INT32, 1)}, .reference = reference, .ulp = 17);
    for (int mode = 0; mode < 4; mode++)
        CHECK_OP(.op = "CumProd", .types = types,
                 .attributes = {ATTR_INT("exclusive", mode & 1), ATTR_INT("reverse", mode >> 1)},
                 .inputs = {FACTORS, AXIS(HINGE_INT32, 1)}, .reference = reference, .ulp = 17);
    CHECK_OP(.op = "CumProd", .inputs = {LIST(HINGE_INT32, 65536, 32768, -1), AXIS(HINGE_INT64, 0)},
             .expect = {LIST(HINGE_INT32, 65536, -2147483648., -2147483648.)});
    CHECK_OP(.op = "CumSum",
             .inputs = {TENSOR(HINGE_INT64, -9, 9, 40, HARNESS_N), AXIS(HINGE_INT64, -2)},
             .reference = reference);
    CHECK_OP(.op = "CumSum",
             .inputs = {TENSOR(HINGE_INT64, -9, 9, HARNESS_N, 9), AXIS(HINGE_INT64, 1)},
             .reference = reference);
    for (int mode = 0; mode < 4; mode++)
        CHECK_OP(.op = "CumSum", .types = types, .reference = reference, .ulp = 400,
                 .attributes = {ATTR_INT("exclusive", mode & 1), ATTR_INT("reverse", mode >> 1)},
                 .inputs = {{.type = HARNESS_T,
                             .rank = 2,
                             .dims = {2, 333},
                             .low = 0,
                             .high = 3,
                             .specials = HARNESS_SPECIALS_NEVER},
                            AXIS(HINGE_INT32, 1)});
    CHECK_OP(.op = "CumSum", .reference = reference, .attributes = {ATTR_INT("reverse", 1)},
             .inputs = {TENSOR(HINGE_INT32, -9, 9, 2, 5, 600), AXIS(HINGE_INT64, 1)});
    CHECK_OP(.op = "CumSum", .inputs = {TENSOR(HINGE_INT32, 0, 9, 4), AXIS(HINGE_INT64, 1)},
             .fails = HINGE_BAD_SHAPE, .says = "axis 1 is not in");
    CHECK_OP(.op = "CumSum", .inputs = {TENSOR(HINGE_INT32, 0, 9, 4), LIST(HINGE_INT64, 0, 0)},
             .fails = HINGE_BAD_MODEL, .says = "axis is not one integer");
}
