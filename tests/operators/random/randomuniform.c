/* RandomUniform and RandomUniformLike against Philox once more, which is held against the uniform
 * distribution. */
#include "tests/operators/random.h"

static double identity(double x)
{
    return x;
}

static double uniform(uint64_t key, int64_t i)
{
    return test_uniform(key, i);
}

static void reference(struct harness_call *call)
{
    const struct harness_attribute *shape = harness_attr(call, "shape");
    const double low = (double)harness_attr_float(call, "low", 0);
    const double high = (double)harness_attr_float(call, "high", 1);
    const hinge_type type = (hinge_type)harness_attr_int(
        call, "dtype", call->n_inputs ? (int64_t)call->inputs[0]->type : HINGE_FLOAT);
    const int bits = type == HINGE_DOUBLE    ? 53
                     : type == HINGE_FLOAT   ? 24
                     : type == HINGE_FLOAT16 ? 11
                                             : 8;
    hinge_tensor *y =
        shape ? harness_output(call, 0, type, (int32_t)shape->count, shape->ints)
              : harness_output(call, 0, type, call->inputs[0]->rank, call->inputs[0]->dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const double u = test_uniform(float_key(seed_of(call)), i);
        harness_set(y, i, low + (high - low) * ldexp(floor(ldexp(u, bits)), -bits));
    }
}

#define UNIFORM .op = "RandomUniform"
#define LIKE .op = "RandomUniformLike"
#define SEED ATTR_FLOAT("seed", -1.5F)

void test_randomuniform(void)
{
    static const hinge_type types[] = {HINGE_FLOAT, HINGE_DOUBLE, HINGE_FLOAT16, HINGE_BFLOAT16};
    check_philox();
    check_distribution(uniform, identity, 0.5, 1 / 12., 1.8);
    for (int i = 0; i < 4; i++) {
        const struct harness_attribute dtype = ATTR_INT("dtype", types[i]);
        CHECK_OP(UNIFORM, .opsets = {i < 3 ? 1 : 22, 22}, .reference = reference,
                 .attributes = {ATTR_INTS("shape", 3, 7001), dtype, SEED});
        CHECK_OP(LIKE, .opsets = {i < 3 ? 1 : 22, 22}, .reference = reference,
                 .inputs = {TENSOR(HINGE_UINT8, 0, 9, 3, HARNESS_N)},
                 .attributes = {dtype, SEED, ATTR_FLOAT("low", -3), ATTR_FLOAT("high", 5.5F)});
        CHECK_OP(LIKE, .reference = reference, .inputs = {TENSOR(types[i], 0, 9, HARNESS_N)},
                 .attributes = {SEED});
    }
    CHECK_OP(UNIFORM, .reference = reference, .attributes = {ATTR_INTS("shape", 5), SEED});
    CHECK_OP(UNIFORM, .reference = reference, .attributes = {ATTR_INTS("shape", 5, 0, 2), SEED});
    /* Without a seed there is no telling which, but the range. */
    static const double middle[] = {0.5, 0.5, 0.5, 0.5};
    CHECK_OP(UNIFORM, .attributes = {ATTR_INTS("shape", 4)}, .absolute = 0.5,
             .expect = {{.type = HINGE_FLOAT, .rank = 1, .dims = {4}, .values = middle}});
    CHECK_OP(UNIFORM, .attributes = {ATTR_INTS("shape", 5, -1)}, .fails = HINGE_BAD_SHAPE,
             .says = "dimension 1 of the shape is -1");
    CHECK_OP(UNIFORM,
             .attributes = {ATTR_INTS("shape", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)},
             .fails = HINGE_LIMIT, .says = "the shape has rank 17");
    CHECK_OP(LIKE, .inputs = {TENSOR(HINGE_INT32, 0, 9, 3)}, .fails = HINGE_BAD_MODEL, .says = "");
}
