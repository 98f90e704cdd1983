/* Clip against min(max(x, low), high), with bounds as attributes and as inputs. */
#include "tests/operators/harness.h"

#include <math.h>

static void reference(struct harness_call *call)
{
    const bool inputs = call->opset >= 11;
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        double low = (double)harness_attr_float(call, "min", -INFINITY);
        double high = (double)harness_attr_float(call, "max", INFINITY);
        if (inputs && call->n_inputs > 1 && call->inputs[1])
            low = harness_get(call->inputs[1], 0);
        if (inputs && call->n_inputs > 2 && call->inputs[2])
            high = harness_get(call->inputs[2], 0);
        double value = harness_get(x, i);
        value = value < low ? low : value;
        harness_set(y, i, value > high ? high : value);
    }
}

void test_clip(void)
{
    CHECK_OP(.op = "Clip", .opsets = {1, 6}, .types = HARNESS_FLOATS,
             .attributes = {ATTR_FLOAT("min", -3), ATTR_FLOAT("max", 5)},
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)}, .reference = reference);
    CHECK_OP(.op = "Clip", .opsets = {11, 12, 13}, .types = HARNESS_FLOATS,
             .inputs =
                 {TENSOR(HARNESS_T, -9, 9, HARNESS_N),
                  {.type = HARNESS_T,
                   .low = -4,
                   .high = -2,
                   .constant = true,
                   .specials = HARNESS_SPECIALS_NEVER},
                  {.type = HARNESS_T, .low = 2, .high = 5, .specials = HARNESS_SPECIALS_NEVER}},
             .reference = reference);
    /* Known bounds make it an activation. */
    CHECK_OP(.op = "Clip", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, HARNESS_N), CONSTANT_LIST(HINGE_FLOAT, -4),
                        CONSTANT_LIST(HINGE_FLOAT, 2.5)});
    CHECK_OP(.op = "Clip", .opsets = {12, 13}, .types = HARNESS_INTEGERS,
             .inputs = {TENSOR(HARNESS_T, 0, 99, HARNESS_N), SCALAR(HARNESS_T, 10, 20),
                        SCALAR(HARNESS_T, 50, 60)},
             .reference = reference);
    CHECK_OP(.op = "Clip", .types = HARNESS_NUMBERS,
             .inputs =
                 {TENSOR(HARNESS_T, 0, 99, HARNESS_N),
                  OMITTED,
                  {.type = HARNESS_T, .low = 50, .high = 60, .specials = HARNESS_SPECIALS_NEVER}},
             .reference = reference);
    CHECK_OP(.op = "Clip", .types = HARNESS_NUMBERS,
             .inputs = {TENSOR(HARNESS_T, 0, 99, HARNESS_N)}, .reference = reference);
    CHECK_OP(.op = "Clip", .inputs = {TENSOR(HINGE_FLOAT, 0, 9, 3), TENSOR(HINGE_FLOAT, 0, 1, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "scalar");
    CHECK_OP(.op = "Clip", .inputs = {TENSOR(HINGE_FLOAT, 0, 9, 3), SCALAR(HINGE_DOUBLE, 0, 1)},
             .fails = HINGE_BAD_MODEL, .says = "signature");
}
