/* FeatureVectorizer against a loop over columns. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const struct harness_attribute *list = harness_attr(call, "inputdimensions");
    const hinge_tensor *first = call->inputs[0];
    const int64_t n_rows = first->rank == 2 ? first->dims[0] : 1;
    int64_t n = 0, at = 0;
    for (unsigned i = 0; i < call->n_inputs; i++)
        n += list ? list->ints[i] : call->inputs[i]->dims[call->inputs[i]->rank - 1];
    hinge_tensor *y = harness_output(call, 0, HINGE_FLOAT, 2, (int64_t[]){n_rows, n});
    for (unsigned i = 0; i < call->n_inputs; i++) {
        const hinge_tensor *x = call->inputs[i];
        const int64_t has = x->dims[x->rank - 1], gives = list ? list->ints[i] : has;
        for (int64_t row = 0; row < n_rows; row++)
            for (int64_t k = 0; k < gives && k < has; k++)
                harness_set(y, row * n + at + k, harness_get(x, row * has + k));
        at += gives;
    }
}

#define VECTORIZER .op = "FeatureVectorizer", .domain = "ai.onnx.ml", .reference = reference
#define TYPES                                                                                      \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_INT64) |          \
     HARNESS_TYPE(HINGE_INT32))
#define X(...) TENSOR(HARNESS_T, -9, 9, __VA_ARGS__)

void test_featurevectorizer(void)
{
    CHECK_OP(VECTORIZER, .types = TYPES, .inputs = {X(HARNESS_N, 3), X(HARNESS_N, 1)});
    CHECK_OP(VECTORIZER, .types = TYPES, .inputs = {X(3, HARNESS_N), X(3, 2), X(3, 0)});
    CHECK_OP(VECTORIZER, .types = TYPES, .inputs = {X(5, 3), X(5, 300), X(5, 2)},
             .attributes = {ATTR_INTS("inputdimensions", 4, 260, 0)});
    CHECK_OP(VECTORIZER, .types = TYPES, .inputs = {X(HARNESS_N), X(1, 2)});
    CHECK_OP(VECTORIZER, .types = TYPES, .inputs = {X(2, 2), X(3, 2)}, .fails = HINGE_BAD_SHAPE,
             .says = "input 1 has 3 rows, input 0 2");
    CHECK_OP(VECTORIZER, .types = TYPES, .inputs = {X(2, 2, 1)}, .fails = HINGE_BAD_SHAPE,
             .says = "input 0 has rank 3");
    CHECK_OP(VECTORIZER, .types = TYPES, .inputs = {X(2, 2)},
             .attributes = {ATTR_INTS("inputdimensions", 1, 2)}, .fails = HINGE_BAD_MODEL,
             .says = "inputdimensions has 2 entries for 1 inputs");
    CHECK_OP(VECTORIZER, .types = TYPES, .inputs = {X(2, 2)},
             .attributes = {ATTR_INTS("inputdimensions", -1)}, .fails = HINGE_BAD_MODEL,
             .says = "inputdimensions has -1");
}
