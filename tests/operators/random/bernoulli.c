/* Bernoulli against Philox once more, and how often it gives 1. */
#include "tests/operators/random.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output(call, 0, (hinge_type)harness_attr_int(call, "dtype", x->type),
                                     x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++)
        harness_set(y, i, test_uniform(float_key(seed_of(call)), i) < harness_get(x, i));
}

static void frequencies(void)
{
    for (int tenths = 0; tenths <= 10; tenths++) {
        const double p = tenths / 10.;
        double sum = 0;
        for (int64_t i = 0; i < N_DRAWN; i++)
            sum += test_uniform(float_key((float)tenths), i) < p;
        CU_ASSERT(fabs(sum - N_DRAWN * p) <= 5 * sqrt(N_DRAWN * p * (1 - p)));
    }
}

#define P(type_of, ...)                                                                            \
    {                                                                                              \
        .type = (type_of), .high = 1, .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__),        \
        .dims = {__VA_ARGS__}, .specials = HARNESS_SPECIALS_NEVER                                  \
    }

void test_bernoulli(void)
{
    const uint32_t old =
        HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_FLOAT16);
    check_philox();
    frequencies();
    CHECK_OP(.op = "Bernoulli", .opsets = {15}, .types = old, .reference = reference,
             .inputs = {P(HARNESS_T, 3, HARNESS_N)}, .attributes = {ATTR_FLOAT("seed", 5)});
    CHECK_OP(.op = "Bernoulli", .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {P(HARNESS_T, HARNESS_N, 2)}, .attributes = {ATTR_FLOAT("seed", 0)});
    static const hinge_type types[] = {HINGE_INT8,   HINGE_UINT64, HINGE_BOOL,  HINGE_DOUBLE,
                                       HINGE_UINT16, HINGE_INT64,  HINGE_FLOAT, HINGE_BFLOAT16};
    for (int i = 0; i < 8; i++)
        CHECK_OP(.op = "Bernoulli", .opsets = {15, 22}, .reference = reference,
                 .inputs = {P(HINGE_FLOAT, 20001)},
                 .attributes = {ATTR_FLOAT("seed", 5), ATTR_INT("dtype", types[i])});
    CHECK_OP(.op = "Bernoulli", .inputs = {LIST(HINGE_FLOAT, 0, 1, 1, 0)},
             .expect = {LIST(HINGE_FLOAT, 0, 1, 1, 0)});
    CHECK_OP(.op = "Bernoulli", .inputs = {LIST(HINGE_FLOAT, 0, 1.5)}, .fails = HINGE_BAD_VALUE,
             .says = "element 1 is 1.5, no probability");
    CHECK_OP(.op = "Bernoulli", .inputs = {LIST(HINGE_DOUBLE, NAN)}, .fails = HINGE_BAD_VALUE,
             .says = "no probability");
}
