/* NegativeLogLikelihoodLoss against a loop over the labels. */
#include "tests/operators/loss.h"

static void reference(struct harness_call *call)
{
    loss_reference(call, NULL);
}

#define LOSS .op = "NegativeLogLikelihoodLoss"
#define X(...) TENSOR(HARNESS_T, -9, 0, __VA_ARGS__)
#define F32(...) TENSOR(HINGE_FLOAT, -9, 0, __VA_ARGS__)
#define LABELS(...) TENSOR(HINGE_INT64, 0, 4, __VA_ARGS__)
#define ADDED .ulp = 1, .absolute = 1e-6, .relative = 1e-9
#define OLD (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16))

static void errors(void)
{
    CHECK_OP(LOSS, .inputs = {F32(5), LABELS(5)}, .fails = HINGE_BAD_SHAPE,
             .says = "input 0 has rank 1, no classes");
    CHECK_OP(LOSS, .inputs = {F32(3, 5), LABELS(3, 1)}, .fails = HINGE_BAD_SHAPE,
             .says = "the labels have rank 2, not 1");
    CHECK_OP(LOSS, .inputs = {F32(3, 5, 2), LABELS(3, 4)}, .fails = HINGE_BAD_SHAPE,
             .says = "dimension 1 of the labels is 4, not 2");
    CHECK_OP(LOSS, .inputs = {F32(3, 5), LABELS(3), F32(4)}, .fails = HINGE_BAD_SHAPE,
             .says = "the weights are not one for each of 5 classes");
    CHECK_OP(LOSS, .inputs = {F32(3, 5), LABELS(3)},
             .attributes = {ATTR_STRING("reduction", "max")}, .fails = HINGE_BAD_MODEL,
             .says = "reduction is \"max\", not none, sum or mean");
    CHECK_OP(LOSS, .inputs = {F32(3, 5), LIST(HINGE_INT64, 0, 5, 0)}, .fails = HINGE_BAD_VALUE,
             .says = "label 5 at 1 is not in [0, 5)");
    CHECK_OP(LOSS, .inputs = {F32(3, 5), LIST(HINGE_INT32, 0, 4, -1)}, .fails = HINGE_BAD_VALUE,
             .attributes = {ATTR_INT("ignore_index", -2)}, .says = "label -1 at 2");
    CHECK_OP(LOSS, .opsets = {21}, .inputs = {TENSOR(HINGE_BFLOAT16, -9, 0, 3, 5), LABELS(3)},
             .fails = HINGE_BAD_MODEL, .says = "signature");
}

void test_negativeloglikelihoodloss(void)
{
    const char *const reductions[] = {"none", "sum", "mean"};
    for (int i = 0; i < 3; i++) {
        const struct harness_attribute reduction = ATTR_STRING("reduction", reductions[i]);
        CHECK_OP(LOSS, .opsets = {12, 13}, .types = OLD, .attributes = {reduction},
                 .inputs = {X(2, 5, HARNESS_N), LABELS(2, HARNESS_N), X(5)}, .reference = reference,
                 ADDED);
        CHECK_OP(LOSS, .opsets = {22}, .types = HARNESS_FLOATS,
                 .attributes = {reduction, ATTR_INT("ignore_index", 3)}, .reference = reference,
                 .inputs = {X(HARNESS_N, 5), TENSOR(HINGE_INT32, 0, 4, HARNESS_N)}, ADDED);
        CHECK_OP(LOSS, .attributes = {reduction}, .reference = reference,
                 .inputs = {F32(40, 5, 7, 3, 2), LABELS(40, 7, 3, 2), F32(5)}, ADDED);
        CHECK_OP(LOSS, .attributes = {reduction, ATTR_INT("ignore_index", -100)},
                 .inputs = {F32(4, 5), LIST(HINGE_INT64, -100, 2, 4, -100), F32(5)},
                 .reference = reference, ADDED);
        CHECK_OP(LOSS, .attributes = {reduction, ATTR_INT("ignore_index", 7)},
                 .inputs = {F32(2, 5), LIST(HINGE_INT64, 7, 7)}, .reference = reference, ADDED);
        CHECK_OP(LOSS, .attributes = {reduction}, .inputs = {F32(3, 0, 0), LABELS(3, 0)},
                 .reference = reference, ADDED);
    }
    errors();
}
