/* MeanVarianceNormalization against the formula in double. */
#include "tests/operators/sets.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const struct harness_attribute *axes = harness_attr(call, "axes");
    uint32_t mask = axes ? 0 : 13;
    for (size_t k = 0; axes && k < axes->count; k++)
        mask |= UINT32_C(1) << (axes->ints[k] + (axes->ints[k] < 0 ? x->rank : 0));
    struct sets s = sets_of(x, x->rank, x->dims, mask);
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const struct set *set = &s.sets[s.of[i]];
        const double deviation = sqrt(set->deviations / set->count);
        harness_set(y, i, (harness_get(x, i) - set->mean) / (deviation + 1e-9));
    }
    sets_free(&s);
}

#define FIRST_TYPES                                                                                \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16))
#define MVN(...)                                                                                   \
    CHECK_OP(.op = "MeanVarianceNormalization", .reference = reference, .ulp = 0.55,               \
             .absolute = 3e-6, .relative = 2e-6, __VA_ARGS__)

void test_meanvariancenormalization(void)
{
    MVN(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 3, HARNESS_N, 4)});
    MVN(.opsets = {9}, .types = FIRST_TYPES,
        .inputs = {ORDINARY(HARNESS_T, -3, 3, 2, 3, HARNESS_N, 4)});
    MVN(.types = HARNESS_FLOATS, .inputs = {ORDINARY(HARNESS_T, -3, 3, 2, 3, HARNESS_N, 4)});
    MVN(.types = HARNESS_FLOATS, .inputs = {ORDINARY(HARNESS_T, -3, 3, 5, HARNESS_N)},
        .attributes = {ATTR_INTS("axes", 0)});
    MVN(.types = HARNESS_FLOATS, .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, HARNESS_N, 2)},
        .attributes = {ATTR_INTS("axes", 0, -2)});
    MVN(.types = HARNESS_FLOATS, .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, 4, 5, 6)},
        .attributes = {ATTR_INTS("axes", 3, 1)});
    MVN(.types = HARNESS_FLOATS, .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, 4, 5, 600)},
        .attributes = {ATTR_INTS("axes", 0, 2)});
    MVN(.inputs = {TENSOR(HINGE_FLOAT, 1e4, 1e4 + 1, 3, 4, 50, 60)});
    MVN(.inputs = {TENSOR(HINGE_FLOAT, -3e38, 3e38, 3, 40)}, .attributes = {ATTR_INTS("axes", 1)});
    MVN(.inputs = {TENSOR(HINGE_FLOAT, -3e38, 3e38, 40, 3)}, .attributes = {ATTR_INTS("axes", 0)});
    MVN(.inputs = {TENSOR(HINGE_FLOAT, 5, 5, 3, 40)}, .attributes = {ATTR_INTS("axes", 1)});
    MVN(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3, 4)}, .fails = HINGE_BAD_SHAPE, .says = "axis 2");
    MVN(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3, 4)}, .fails = HINGE_BAD_MODEL,
        .attributes = {ATTR_INTS("axes", 1, -1)}, .says = "axis 1 is listed twice");
}
