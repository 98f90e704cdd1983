/* RMSNormalization against the formula in double. */
#include "tests/operators/sets.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *scale = call->inputs[1];
    const double epsilon = (double)harness_attr_float(call, "epsilon", 1e-5F);
    int64_t axis = harness_attr_int(call, "axis", -1);
    axis += axis < 0 ? x->rank : 0;
    struct sets s = sets_of(x, x->rank, x->dims, ~UINT32_C(0) << axis);
    hinge_tensor *y = harness_output(call, 0, scale->type, x->rank, x->dims);
    int64_t dims[HINGE_MAX_RANK], count = 1;
    for (int32_t d = 0; d < x->rank; d++) {
        dims[d] = d < axis ? x->dims[d] : 1;
        count *= d < axis ? 1 : x->dims[d];
    }
    hinge_tensor *roots =
        call->n_outputs > 1 ? harness_output(call, 1, HINGE_FLOAT, x->rank, dims) : NULL;
    for (int64_t i = 0; roots && count == 0 && i < hinge_count(roots); i++)
        harness_set(roots, i, NAN);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const struct set *set = &s.sets[s.of[i]];
        const double root = sqrt(set->squares / set->count + epsilon);
        harness_set(y, i,
                    harness_get(x, i) / root *
                        harness_get(scale, harness_broadcast_index(y, i, scale)));
        if (roots)
            harness_set(roots, i / count, 1 / root);
    }
    sets_free(&s);
}

#define SINGLE_AND_DOUBLE (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE))
#define HALVES (HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16))
#define RMS(...)                                                                                   \
    CHECK_OP(.op = "RMSNormalization", .reference = reference, .relative = 1e-6,                   \
             .absolute = 1e-44, __VA_ARGS__)
#define SCALE(...) ORDINARY(HARNESS_T, -2, 2, __VA_ARGS__)

static void check_simplified(void)
{
    const struct harness_case simplified = {
        .op = "SimplifiedLayerNormalization",
        .opsets = {1, 12},
        .types = HARNESS_FLOATS,
        .reference = reference,
        .n_outputs = 2,
        .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, HARNESS_N), SCALE(HARNESS_N)},
        .ulp = 0.55,
        .relative = 1e-6};
    CHECK_CASE(&simplified);
}

void test_rmsnormalization(void)
{
    const hinge_type types[] = {HINGE_FLOAT, HINGE_DOUBLE, HINGE_FLOAT16, HINGE_BFLOAT16};
    RMS(.types = SINGLE_AND_DOUBLE,
        .inputs = {TENSOR(HARNESS_T, -3, 3, 3, HARNESS_N), SCALE(HARNESS_N)});
    RMS(.types = SINGLE_AND_DOUBLE, .inputs = {TENSOR(HARNESS_T, -3, 3, HARNESS_N, 5), SCALE(5)});
    RMS(.types = HALVES, .inputs = {TENSOR(HARNESS_T, -3, 3, 3, HARNESS_N), SCALE(HARNESS_N)},
        .ulp = 0.55);
    for (int i = 0; i < 4; i++)
        RMS(.types = HARNESS_FLOATS, .attributes = {ATTR_INT("stash_type", types[i])},
            .inputs = {TENSOR(types[i], -3, 3, 3, 1100), SCALE(1100)}, .ulp = 0.55);
    RMS(.types = SINGLE_AND_DOUBLE,
        .attributes = {ATTR_INT("axis", 1), ATTR_FLOAT("epsilon", 0.25F)},
        .inputs = {TENSOR(HARNESS_T, -3, 3, 3, 5, 7), SCALE(3, 1, 7)});
    RMS(.types = SINGLE_AND_DOUBLE, .attributes = {ATTR_INT("axis", -2)},
        .inputs = {TENSOR(HARNESS_T, -3, 3, 3, 5, 7), SCALE(5, 1)});
    RMS(.types = SINGLE_AND_DOUBLE,
        .inputs = {TENSOR(HARNESS_T, -3, 3, 3, 5, 7), SCALAR(HARNESS_T, 1, 2)});
    RMS(.inputs = {TENSOR(HINGE_FLOAT, -3e38, 3e38, 2, 3000), ORDINARY(HINGE_FLOAT, 1, 2, 3000)});
    RMS(.attributes = {ATTR_FLOAT("epsilon", 0)},
        .inputs = {TENSOR(HINGE_FLOAT, -3e-35, 3e-35, 2, 3000), ORDINARY(HINGE_FLOAT, 1, 2, 3000)});
    RMS(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 5), ORDINARY(HINGE_FLOAT, 1, 2, 2)},
        .fails = HINGE_BAD_SHAPE, .says = "scale, dimension 0 of which is 2, does not broadcast");
    RMS(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 5), ORDINARY(HINGE_FLOAT, 1, 2, 5)},
        .attributes = {ATTR_INT("axis", -3)}, .fails = HINGE_BAD_SHAPE, .says = "axis -3");
    RMS(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 5), ORDINARY(HINGE_FLOAT, 1, 2, 5)},
        .attributes = {ATTR_INT("stash_type", HINGE_INT8)}, .fails = HINGE_BAD_MODEL,
        .says = "stash_type is 3");
    check_simplified();
    RMS(.bench = true,
        .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 128, 2048), ORDINARY(HINGE_FLOAT, 1, 2, 2048)});
}
