/* Hardmax against a loop over the coordinates of each row. */
#include <math.h>

#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const bool flat = call->opset < 13;
    int64_t axis = harness_attr_int(call, "axis", flat ? 1 : -1), count = 1, inner = 1;
    hinge_tensor *y = harness_output_like(call, 0, x);
    axis = axis < 0 ? axis + x->rank : axis;
    for (int32_t d = (int32_t)axis; d < x->rank; d++)
        *(flat || d == axis ? &count : &inner) *= x->dims[d];
    for (int64_t i = 0; i < hinge_count(x); i++) {
        int64_t best = -1;
        if (i / inner % count != 0)
            continue;
        for (int64_t k = 0; k < count; k++) {
            const double value = harness_get(x, i + k * inner);
            if (!isnan(value) && (best < 0 || value > harness_get(x, i + best * inner)))
                best = k;
        }
        harness_set(y, i + (best < 0 ? 0 : best) * inner, 1);
    }
}

void test_hardmax(void)
{
    for (int64_t axis = -3; axis < 3; axis++)
        CHECK_OP(.op = "Hardmax", .opsets = {1, 11, 13}, .types = HARNESS_FLOATS,
                 .attributes = {ATTR_INT("axis", axis)}, .reference = reference,
                 .inputs = {TENSOR(HARNESS_T, -9, 9, 3, 4, 5)});
    CHECK_OP(.op = "Hardmax", .opsets = {11, 13}, .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, HARNESS_N)});
    CHECK_OP(.op = "Hardmax", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 2, 999)});
    CHECK_OP(.op = "Hardmax", .inputs = {LIST(HINGE_FLOAT, 1, 3, 3, 2)},
             .expect = {LIST(HINGE_FLOAT, 0, 1, 0, 0)});
    CHECK_OP(.op = "Hardmax", .inputs = {LIST(HINGE_FLOAT, NAN, -INFINITY, -INFINITY)},
             .expect = {LIST(HINGE_FLOAT, 0, 1, 0)});
    CHECK_OP(.op = "Hardmax", .inputs = {SCALAR(HINGE_FLOAT, 1, 2)},
             .expect = {{HINGE_FLOAT, .values = (const double[]){1}}});
    CHECK_OP(.op = "Hardmax", .attributes = {ATTR_INT("axis", 2)}, .inputs = {LIST(HINGE_FLOAT, 1)},
             .fails = HINGE_BAD_SHAPE, .says = "axis 2 is not in [-1, 1)");
}
