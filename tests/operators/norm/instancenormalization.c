/* InstanceNormalization against the formula in double. */
#include "tests/operators/sets.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const double epsilon = (double)harness_attr_float(call, "epsilon", 1e-5F);
    struct sets s = sets_of(x, x->rank, x->dims, ~UINT32_C(3));
    hinge_tensor *y = harness_output_like(call, 0, x);
    int64_t pixels = 1;
    for (int32_t d = 2; d < x->rank; d++)
        pixels *= x->dims[d];
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const struct set *set = &s.sets[s.of[i]];
        const int64_t c = i / pixels % x->dims[1];
        const double z =
            (harness_get(x, i) - set->mean) / sqrt(set->deviations / set->count + epsilon);
        harness_set(y, i, z * harness_get(call->inputs[1], c) + harness_get(call->inputs[2], c));
    }
    sets_free(&s);
}

#define FIRST_TYPES                                                                                \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16))
#define INSTANCE(...)                                                                              \
    CHECK_OP(.op = "InstanceNormalization", .reference = reference, .ulp = 0.55, .absolute = 4e-6, \
             .relative = 2e-6, __VA_ARGS__)
#define SCALE_AND_BIAS(n) ORDINARY(HARNESS_T, 0.5, 2, n), ORDINARY(HARNESS_T, -2, 2, n)
#define FLOATS(n) ORDINARY(HINGE_FLOAT, 0.5, 2, n), ORDINARY(HINGE_FLOAT, -2, 2, n)

void test_instancenormalization(void)
{
    INSTANCE(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 3, HARNESS_N), FLOATS(3)});
    INSTANCE(.opsets = {1, 6, 21}, .types = FIRST_TYPES,
             .inputs = {ORDINARY(HARNESS_T, -3, 3, 2, 3, HARNESS_N), SCALE_AND_BIAS(3)});
    INSTANCE(.types = HARNESS_FLOATS, .attributes = {ATTR_FLOAT("epsilon", 0.25F)},
             .inputs = {ORDINARY(HARNESS_T, -3, 3, 2, HARNESS_N, 3, 5), SCALE_AND_BIAS(HARNESS_N)});
    INSTANCE(.types = HARNESS_FLOATS,
             .inputs = {ORDINARY(HARNESS_T, -3, 3, 4, 5), SCALE_AND_BIAS(5)});
    INSTANCE(.opsets = {5}, .attributes = {ATTR_INTS("consumed_inputs", 0, 0, 0)},
             .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 1, 3, 60, 70), FLOATS(3)});
    INSTANCE(.inputs = {TENSOR(HINGE_FLOAT, 1e4, 1e4 + 1, 1, 3, 60, 70), FLOATS(3)},
             .attributes = {ATTR_FLOAT("epsilon", 0)});
    INSTANCE(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3), FLOATS(3)}, .fails = HINGE_BAD_SHAPE,
             .says = "input 0 has no channels");
    INSTANCE(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 3, 4), FLOATS(2)}, .fails = HINGE_BAD_SHAPE,
             .says = "scale is not a list of 3 values");
    INSTANCE(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 3, 4), ORDINARY(HINGE_FLOAT, 1, 2, 3),
                        ORDINARY(HINGE_FLOAT, 1, 2, 3, 1)},
             .fails = HINGE_BAD_SHAPE, .says = "B is not a list of 3 values");
    INSTANCE(.bench = true, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 1, 32, 224, 224), FLOATS(32)});
}
