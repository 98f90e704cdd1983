/* LpNormalization against the formula in double. */
#include "tests/operators/sets.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t axis = harness_attr_int(call, "axis", -1);
    axis += axis < 0 ? x->rank : 0;
    struct sets s = sets_of(x, x->rank, x->dims, UINT32_C(1) << axis);
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const struct set *set = &s.sets[s.of[i]];
        const double norm =
            harness_attr_int(call, "p", 2) == 1 ? set->magnitudes : sqrt(set->squares);
        harness_set(y, i, norm == 0 ? 0 : harness_get(x, i) / norm);
    }
    sets_free(&s);
}

#define FIRST_TYPES                                                                                \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16))
#define LP(...)                                                                                    \
    CHECK_OP(.op = "LpNormalization", .reference = reference, .ulp = 0.55, .relative = 1e-6,       \
             __VA_ARGS__)

void test_lpnormalization(void)
{
    for (int p = 1; p <= 2; p++) {
        LP(.opsets = {1, 21}, .types = FIRST_TYPES, .attributes = {ATTR_INT("p", p)},
           .inputs = {TENSOR(HARNESS_T, -3, 3, 3, HARNESS_N)});
        LP(.types = HARNESS_FLOATS, .attributes = {ATTR_INT("p", p), ATTR_INT("axis", 1)},
           .inputs = {TENSOR(HARNESS_T, -3, 3, 2, 3, HARNESS_N)});
        LP(.types = HARNESS_FLOATS, .attributes = {ATTR_INT("p", p), ATTR_INT("axis", 0)},
           .inputs = {TENSOR(HARNESS_T, -3, 3, HARNESS_N)});
        LP(.attributes = {ATTR_INT("p", p)}, .inputs = {TENSOR(HINGE_FLOAT, 0, 0, 2, 40)});
        LP(.attributes = {ATTR_INT("p", p), ATTR_INT("axis", 0)},
           .inputs = {TENSOR(HINGE_FLOAT, 0, 0, 2, 40)});
        LP(.attributes = {ATTR_INT("p", p)}, .inputs = {TENSOR(HINGE_FLOAT, -3e38, 3e38, 2, 4000)});
        LP(.attributes = {ATTR_INT("p", p)},
           .inputs = {TENSOR(HINGE_FLOAT, -3e-37, 3e-37, 2, 4000)});
    }
    LP(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 3)}, .attributes = {ATTR_INT("p", 3)},
       .fails = HINGE_BAD_VALUE, .says = "p is 3, not 1 or 2");
    LP(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 3)}, .attributes = {ATTR_INT("axis", 2)},
       .fails = HINGE_BAD_SHAPE, .says = "axis 2");
    LP(.bench = true, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 1, 256, 60, 80)},
       .attributes = {ATTR_INT("axis", 1)});
}
