/* Imputer against a comparison in double. */
#include "tests/operators/harness.h"

#include <math.h>

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const bool floating = harness_is_floating(x->type);
    const struct harness_attribute *values =
        harness_attr(call, floating ? "imputed_value_floats" : "imputed_value_int64s");
    const double replaced = floating ? (double)harness_attr_float(call, "replaced_value_float", 0)
                                     : (double)harness_attr_int(call, "replaced_value_int64", 0);
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const double number = harness_get(x, i);
        const size_t k = (size_t)i % values->count;
        if (number == replaced || (isnan(number) && isnan(replaced)))
            harness_set(y, i, floating ? (double)values->floats[k] : (double)values->ints[k]);
        else
            harness_move(y, i, x, i);
    }
}

#define FLOATING (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE))
#define INTEGERS (HARNESS_TYPE(HINGE_INT64) | HARNESS_TYPE(HINGE_INT32))
#define IMPUTER .op = "Imputer", .domain = "ai.onnx.ml"

void test_imputer(void)
{
    CHECK_OP(IMPUTER, .types = FLOATING, .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N, 3)},
             .attributes = {ATTR_FLOATS("imputed_value_floats", 1, 2.5F, -3)},
             .reference = reference);
    CHECK_OP(IMPUTER, .types = FLOATING, .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N, 3)},
             .attributes = {ATTR_FLOATS("imputed_value_floats", 0.1F),
                            ATTR_FLOAT("replaced_value_float", NAN)},
             .reference = reference);
    CHECK_OP(IMPUTER, .types = INTEGERS, .inputs = {TENSOR(HARNESS_T, -2, 2, HARNESS_N, 3)},
             .attributes = {ATTR_INTS("imputed_value_int64s", 7, 8, 9),
                            ATTR_INT("replaced_value_int64", -1)},
             .reference = reference);
    CHECK_OP(IMPUTER, .types = INTEGERS, .inputs = {SCALAR(HARNESS_T, 0, 0)},
             .attributes = {ATTR_INTS("imputed_value_int64s", 7)}, .reference = reference);
    CHECK_OP(IMPUTER, .inputs = {TENSOR(HINGE_FLOAT, -2, 2, 3)}, .fails = HINGE_BAD_MODEL,
             .attributes = {ATTR_INTS("imputed_value_int64s", 7)},
             .says = "imputed_value_floats is not there");
    CHECK_OP(IMPUTER, .inputs = {TENSOR(HINGE_INT64, -2, 2, 3)}, .fails = HINGE_BAD_SHAPE,
             .attributes = {ATTR_INTS("imputed_value_int64s", 7, 8)}, .says = "has 2 values");
    CHECK_OP(IMPUTER, .inputs = {TENSOR(HINGE_INT32, -2, 2, 3)}, .fails = HINGE_BAD_VALUE,
             .attributes = {ATTR_INTS("imputed_value_int64s", INT64_C(1) << 40)},
             .says = "which is no int32");
}
