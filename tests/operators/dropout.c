/* Dropout at inference: the input, and a mask of ones; training refused. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_move(y, i, x, i);
    if (call->n_outputs < 2)
        return;
    hinge_tensor *mask =
        harness_output(call, 1, call->opset < 10 ? x->type : HINGE_BOOL, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_set(mask, i, 1);
}

#define X TENSOR(HARNESS_T, -50, 50, 3, HARNESS_N)
#define F32 TENSOR(HINGE_FLOAT, -9, 9, 3, 5)
#define FLAG(value)                                                                                \
    {                                                                                              \
        .type = HINGE_BOOL, .values = (const double[])                                             \
        {                                                                                          \
            value                                                                                  \
        }                                                                                          \
    }

void test_dropout(void)
{
    const uint32_t old =
        HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16);
    CHECK_OP(.op = "Dropout", .opsets = {7, 10}, .types = old, .n_outputs = 2,
             .attributes = {ATTR_FLOAT("ratio", 0.25F)}, .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "Dropout", .opsets = {12, 13, 22}, .types = HARNESS_FLOATS, .n_outputs = 2,
             .attributes = {ATTR_INT("seed", 7)}, .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "Dropout", .opsets = {7, 10, 12, 13, 22}, .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {X}, .reference = reference);
    CHECK_OP(.op = "Dropout", .n_outputs = 2, .reference = reference,
             .inputs = {F32, SCALAR(HINGE_FLOAT, 0.5, 0.5), FLAG(0)});
    CHECK_OP(.op = "Dropout", .n_outputs = 2, .reference = reference,
             .inputs = {F32, {.type = HINGE_FLOAT, .values = (const double[]){0}}, FLAG(1)});
    CHECK_OP(.op = "Dropout", .n_outputs = 2, .reference = reference,
             .inputs = {F32, {.type = HINGE_DOUBLE, .values = (const double[]){-0.0}}, FLAG(1)});
    CHECK_OP(.op = "Dropout", .opsets = {1, 6}, .types = old, .n_outputs = 2, .inputs = {X},
             .attributes = {ATTR_INT("is_test", 1)}, .reference = reference);
    CHECK_OP(.op = "Dropout", .opsets = {1, 6}, .n_outputs = 2, .inputs = {F32},
             .attributes = {ATTR_FLOAT("ratio", 0)}, .reference = reference);
    CHECK_OP(.op = "Dropout", .opsets = {6}, .inputs = {F32}, .fails = HINGE_UNSUPPORTED,
             .says = "is_test is 0");
    CHECK_OP(.op = "Dropout", .inputs = {F32, SCALAR(HINGE_FLOAT, 0.5, 0.6), FLAG(1)},
             .fails = HINGE_UNSUPPORTED, .says = "training_mode");
    CHECK_OP(.op = "Dropout", .inputs = {F32, OMITTED, FLAG(1)}, .fails = HINGE_UNSUPPORTED,
             .says = "training_mode");
    CHECK_OP(.op = "Dropout", .inputs = {F32, OMITTED, TENSOR(HINGE_BOOL, 0, 0, 2)},
             .fails = HINGE_BAD_MODEL, .says = "training_mode is not one bool");
}
