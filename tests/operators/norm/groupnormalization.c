/* GroupNormalization against the formula in double. */
#include "tests/operators/sets.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const double epsilon = (double)harness_attr_float(call, "epsilon", 1e-5F);
    const int64_t groups = harness_attr_int(call, "num_groups", 1), channels = x->dims[1] / groups;
    int64_t pixels = 1;
    for (int32_t d = 2; d < x->rank; d++)
        pixels *= x->dims[d];
    const int64_t dims[] = {x->dims[0], groups, channels * pixels};
    struct sets s = sets_of(x, 3, dims, 4);
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const struct set *set = &s.sets[s.of[i]];
        int64_t c = i / pixels % x->dims[1];
        if (call->opset < 21)
            c /= channels;
        const double z =
            (harness_get(x, i) - set->mean) / sqrt(set->deviations / set->count + epsilon);
        harness_set(y, i, z * harness_get(call->inputs[1], c) + harness_get(call->inputs[2], c));
    }
    sets_free(&s);
}

#define GROUP(groups, ...)                                                                         \
    CHECK_OP(.op = "GroupNormalization", .reference = reference, .ulp = 0.55, .absolute = 4e-6,    \
             .relative = 2e-6, .attributes = {ATTR_INT("num_groups", groups)}, __VA_ARGS__)
#define SCALE_AND_BIAS(n) ORDINARY(HARNESS_T, 0.5, 2, n), ORDINARY(HARNESS_T, -2, 2, n)
#define FLOATS(n) ORDINARY(HINGE_FLOAT, 0.5, 2, n), ORDINARY(HINGE_FLOAT, -2, 2, n)

void test_groupnormalization(void)
{
    GROUP(3, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 6, HARNESS_N), FLOATS(6)});
    GROUP(2, .opsets = {18, 20}, .types = HARNESS_FLOATS,
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 2, 6, HARNESS_N), SCALE_AND_BIAS(2)});
    GROUP(2, .types = HARNESS_FLOATS,
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 2, 6, HARNESS_N), SCALE_AND_BIAS(6)});
    GROUP(1, .types = HARNESS_FLOATS,
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, HARNESS_N), SCALE_AND_BIAS(HARNESS_N)});
    GROUP(3, .types = HARNESS_FLOATS,
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, 12), SCALE_AND_BIAS(12)});
    GROUP(4, .inputs = {TENSOR(HINGE_FLOAT, 1e4, 1e4 + 1, 1, 12, 40, 40), FLOATS(12)});
    GROUP(2, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 6), FLOATS(6)}, .fails = HINGE_BAD_SHAPE,
          .says = "input 0 has no channels");
    GROUP(4, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 6), FLOATS(6)}, .fails = HINGE_BAD_VALUE,
          .says = "6 channels do not make 4 groups");
    GROUP(0, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 6), FLOATS(6)}, .fails = HINGE_BAD_VALUE,
          .says = "6 channels do not make 0 groups");
    GROUP(2, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 6), FLOATS(2)}, .fails = HINGE_BAD_SHAPE,
          .says = "scale is not a list of 6 values");
    CHECK_OP(.op = "GroupNormalization", .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 6), FLOATS(6)},
             .attributes = {ATTR_INT("num_groups", 2), ATTR_INT("stash_type", 99)},
             .fails = HINGE_BAD_MODEL, .says = "stash_type is 99");
    GROUP(32, .bench = true, .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 1, 320, 32, 32), FLOATS(320)});
}
