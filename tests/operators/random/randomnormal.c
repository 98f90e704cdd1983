/* RandomNormal and RandomNormalLike against Philox and Box-Muller once more, which are held against
 * the normal distribution. */
#include "tests/operators/random.h"

static double normal_distribution(double x)
{
    return erfc(-x / sqrt(2)) / 2;
}

static double normal(uint64_t key, int64_t i)
{
    return test_normal(key, i);
}

static void reference(struct harness_call *call)
{
    const struct harness_attribute *shape = harness_attr(call, "shape");
    const double mean = (double)harness_attr_float(call, "mean", 0);
    const double scale = (double)harness_attr_float(call, "scale", 1);
    const hinge_type type = (hinge_type)harness_attr_int(
        call, "dtype", call->n_inputs ? (int64_t)call->inputs[0]->type : HINGE_FLOAT);
    hinge_tensor *y =
        shape ? harness_output(call, 0, type, (int32_t)shape->count, shape->ints)
              : harness_output(call, 0, type, call->inputs[0]->rank, call->inputs[0]->dims);
    for (int64_t i = 0; i < hinge_count(y); i++)
        harness_set(y, i, mean + scale * test_normal(float_key(seed_of(call)), i));
}

#define NORMAL .op = "RandomNormal"
#define LIKE .op = "RandomNormalLike"
#define SEED ATTR_FLOAT("seed", 2.5F)
#define NEAR .ulp = 1, .absolute = 1e-15

void test_randomnormal(void)
{
    static const hinge_type types[] = {HINGE_FLOAT, HINGE_DOUBLE, HINGE_FLOAT16, HINGE_BFLOAT16};
    check_philox();
    check_distribution(normal, normal_distribution, 0, 1, 3);
    for (int i = 0; i < 4; i++) {
        const struct harness_attribute dtype = ATTR_INT("dtype", types[i]);
        CHECK_OP(NORMAL, .opsets = {i < 3 ? 1 : 22, 22}, .reference = reference, NEAR,
                 .attributes = {ATTR_INTS("shape", 3, 7001), dtype, SEED});
        CHECK_OP(LIKE, .opsets = {i < 3 ? 1 : 22, 22}, .reference = reference, NEAR,
                 .inputs = {TENSOR(HINGE_UINT8, 0, 9, 3, HARNESS_N)},
                 .attributes = {dtype, SEED, ATTR_FLOAT("mean", -3), ATTR_FLOAT("scale", 5.5F)});
        CHECK_OP(LIKE, .reference = reference, .inputs = {TENSOR(types[i], 0, 9, HARNESS_N)},
                 .attributes = {SEED}, NEAR);
    }
    CHECK_OP(NORMAL, .reference = reference, .attributes = {ATTR_INTS("shape", 5, 0, 2), SEED});
    static const double none[] = {0, 0, 0, 0};
    CHECK_OP(NORMAL, .attributes = {ATTR_INTS("shape", 4)}, .absolute = 9,
             .expect = {{.type = HINGE_FLOAT, .rank = 1, .dims = {4}, .values = none}});
}
