/* LayerNormalization against the formula in double. */
#include "tests/operators/sets.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *scale = call->inputs[1];
    const hinge_tensor *bias = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const double epsilon = (double)harness_attr_float(call, "epsilon", 1e-5F);
    const hinge_type stash = (hinge_type)harness_attr_int(call, "stash_type", HINGE_FLOAT);
    int64_t axis = harness_attr_int(call, "axis", -1), dims[HINGE_MAX_RANK], count = 1;
    axis += axis < 0 ? x->rank : 0;
    for (int32_t d = 0; d < x->rank; d++) {
        dims[d] = d < axis ? x->dims[d] : 1;
        count *= d < axis ? 1 : x->dims[d];
    }
    struct sets s = sets_of(x, x->rank, x->dims, ~UINT32_C(0) << axis);
    hinge_tensor *y = harness_output_like(call, 0, x);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const struct set *set = &s.sets[s.of[i]];
        const double z =
            (harness_get(x, i) - set->mean) / sqrt(set->deviations / set->count + epsilon);
        const double b = bias ? harness_get(bias, harness_broadcast_index(y, i, bias)) : 0;
        harness_set(y, i, z * harness_get(scale, harness_broadcast_index(y, i, scale)) + b);
    }
    for (unsigned k = 1; k < call->n_outputs; k++) {
        hinge_tensor *output = harness_output(call, k, stash, x->rank, dims);
        for (int64_t i = 0; i < hinge_count(output); i++) {
            const struct set set = count > 0 ? s.sets[s.of[i * count]] : (struct set){.mean = NAN};
            harness_set(output, i,
                        k == 1 ? set.mean : 1 / sqrt(set.deviations / set.count + epsilon));
        }
    }
    sets_free(&s);
}

#define SINGLE_AND_DOUBLE (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE))
#define HALVES (HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16))
#define LAYER(...)                                                                                 \
    CHECK_OP(.op = "LayerNormalization", .reference = reference, .absolute = 4e-6,                 \
             .relative = 2e-6, __VA_ARGS__)
#define LAYER_HALVES(...)                                                                          \
    CHECK_OP(.op = "LayerNormalization", .reference = reference, .types = HALVES, .ulp = 0.55,     \
             .absolute = 4e-6, __VA_ARGS__)
#define SCALE(...) ORDINARY(HARNESS_T, 0.5, 2, __VA_ARGS__)
#define BIAS(...) ORDINARY(HARNESS_T, -2, 2, __VA_ARGS__)

static void check_broadcast(void)
{
    LAYER(.types = SINGLE_AND_DOUBLE, .attributes = {ATTR_INT("axis", 1)},
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 2, 5, 7), SCALE(5, 1), BIAS(7)});
    LAYER(.types = SINGLE_AND_DOUBLE, .attributes = {ATTR_INT("axis", 1)},
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, 5, 7), SCALE(3, 1, 7), BIAS(3, 5, 7)});
    LAYER(.types = SINGLE_AND_DOUBLE,
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, 5, 7), SCALE(1, 5, 1), BIAS(1)});
    LAYER(.types = SINGLE_AND_DOUBLE,
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, 5, 7), SCALAR(HARNESS_T, 1, 2), BIAS(1, 1)});
    LAYER_HALVES(.attributes = {ATTR_INT("axis", -2)},
                 .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, 5, 7), SCALE(5, 1), BIAS(3, 1, 1)});
    LAYER(.attributes = {ATTR_INT("axis", 1)},
          .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 0, 3), ORDINARY(HINGE_FLOAT, 1, 2, 1, 3)});
    LAYER(.attributes = {ATTR_INT("axis", 1)},
          .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 0, 3), ORDINARY(HINGE_FLOAT, 1, 2, 2, 0, 1)});
    LAYER(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 5), ORDINARY(HINGE_FLOAT, 1, 2, 4)},
          .fails = HINGE_BAD_SHAPE, .says = "Scale, dimension 0 of which is 4, does not broadcast");
    LAYER(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 5), ORDINARY(HINGE_FLOAT, 1, 2, 5),
                     ORDINARY(HINGE_FLOAT, 1, 2, 1, 5)},
          .fails = HINGE_BAD_SHAPE, .says = "B has rank 2, input 0 1");
    LAYER(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 5), ORDINARY(HINGE_FLOAT, 1, 2, 5)},
          .attributes = {ATTR_INT("axis", 2)}, .fails = HINGE_BAD_SHAPE, .says = "axis 2");
}

void test_layernormalization(void)
{
    LAYER(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 3, HARNESS_N),
                     ORDINARY(HINGE_FLOAT, 1, 2, HARNESS_N)});
    LAYER(.types = SINGLE_AND_DOUBLE, .n_outputs = 3,
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, HARNESS_N), SCALE(HARNESS_N), BIAS(HARNESS_N)});
    LAYER(.types = SINGLE_AND_DOUBLE,
          .inputs = {ORDINARY(HARNESS_T, -3, 3, HARNESS_N, 5), SCALE(5), BIAS(5)});
    LAYER_HALVES(.inputs = {ORDINARY(HARNESS_T, -3, 3, 3, HARNESS_N), SCALE(HARNESS_N)});
    LAYER(.n_outputs = 3, .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_FLOAT),
          .attributes = {ATTR_INT("stash_type", HINGE_BFLOAT16), ATTR_INT("axis", -2),
                         ATTR_FLOAT("epsilon", 0.25F)},
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 4, 3, 70), SCALE(3, 70), BIAS(3, 70)}, .ulp = 0.55);
    LAYER(.types = SINGLE_AND_DOUBLE, .unwanted = 2, .n_outputs = 3,
          .attributes = {ATTR_INT("axis", 0)},
          .inputs = {ORDINARY(HARNESS_T, -3, 3, 3, 2000), SCALE(3, 2000)});
    LAYER(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 40, 768), ORDINARY(HINGE_FLOAT, 1, 2, 768),
                     ORDINARY(HINGE_FLOAT, 1, 2, 768)});
    /* A large mean against a small variance; all the same. */
    LAYER(.types = SINGLE_AND_DOUBLE, .attributes = {ATTR_FLOAT("epsilon", 0)},
          .inputs = {ORDINARY(HARNESS_T, 1e4, 1e4 + 1, 3, 5000), SCALE(5000), BIAS(5000)});
    LAYER(.attributes = {ATTR_FLOAT("epsilon", 0)}, .n_outputs = 3, .unwanted = 4,
          .inputs = {TENSOR(HINGE_FLOAT, -1e6 - 3, -1e6, 2, 300),
                     ORDINARY(HINGE_FLOAT, 1, 2, 300)});
    LAYER(.inputs = {TENSOR(HINGE_FLOAT, 77, 77, 2, 3000), ORDINARY(HINGE_FLOAT, 1, 2, 3000)});
    /* What float cannot hold on the way. */
    LAYER(.attributes = {ATTR_FLOAT("epsilon", 0)},
          .inputs = {TENSOR(HINGE_FLOAT, -3e38, 3e38, 2, 3000), ORDINARY(HINGE_FLOAT, 1, 2, 3000)});
    LAYER(.attributes = {ATTR_FLOAT("epsilon", 0)},
          .inputs = {TENSOR(HINGE_FLOAT, -3e-35, 3e-35, 2, 3000), ORDINARY(HINGE_FLOAT, 1, 2, 3000),
                     ORDINARY(HINGE_FLOAT, 1, 2, 3000)});
    LAYER(.inputs = {TENSOR(HINGE_FLOAT, -3, 3, 2, 0), ORDINARY(HINGE_FLOAT, 1, 2, 0)},
          .n_outputs = 3, .unwanted = 4);
    check_broadcast();
    LAYER(.bench = true,
          .inputs = {TENSOR(HINGE_FLOAT, -3, 3, 128, 768), ORDINARY(HINGE_FLOAT, 1, 2, 768),
                     ORDINARY(HINGE_FLOAT, 1, 2, 768)});
}
