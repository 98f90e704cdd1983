/* Adam against the standard's formulas. */
#include "tests/operators/training.h"

static void update(const struct harness_call *call, double rate, double count, struct element *e)
{
    const double alpha = (double)harness_attr_float(call, "alpha", 0.9F);
    const double beta = (double)harness_attr_float(call, "beta", 0.999F);
    const double post = (double)harness_attr_float(call, "norm_coefficient_post", 0);
    const double g = (double)harness_attr_float(call, "norm_coefficient", 0) * e->x + e->g;
    e->states[0] = alpha * e->states[0] + (1 - alpha) * g;
    e->states[1] = beta * e->states[1] + (1 - beta) * (g * g);
    if (count > 0)
        rate = rate * sqrt(1 - pow(beta, count)) / (1 - pow(alpha, count));
    const double root = sqrt(e->states[1]) + (double)harness_attr_float(call, "epsilon", 0);
    e->x = (1 - post) * (e->x - rate * (e->states[0] / root));
}

static void reference(struct harness_call *call)
{
    training_reference(call, 2, update);
}

#define ADAM .op = "Adam", DOMAIN
#define FACTORS                                                                                    \
    ATTR_FLOAT("norm_coefficient", 0.001F), ATTR_FLOAT("epsilon", 1e-2F),                          \
        ATTR_FLOAT("norm_coefficient_post", 0.25F)

void test_adam(void)
{
    CHECK_OP(ADAM, .types = TWO, .n_outputs = 3, .reference = reference, NEAR,
             .inputs = {RATE, COUNT(3), X(HARNESS_N), X(HARNESS_N), X(HARNESS_N),
                        SQUARES(HARNESS_T, HARNESS_N)},
             .attributes = {FACTORS, ATTR_FLOAT("alpha", 0.5F), ATTR_FLOAT("beta", 0.75F)});
    CHECK_OP(ADAM, .n_outputs = 6, .reference = reference, NEAR, .attributes = {FACTORS},
             .inputs = {LIST(HINGE_DOUBLE, 0.5), COUNT(0), F32(2, 3), F64(30001), F32(2, 3),
                        F64(30001), F32(2, 3), F64(30001), SQUARES(HINGE_FLOAT, 2, 3),
                        SQUARES(HINGE_DOUBLE, 30001)});
    CHECK_OP(ADAM, .n_outputs = 3, .reference = reference, NEAR,
             .inputs = {RATE, COUNT(1000), F32(5), F32(5), F32(5), SQUARES(HINGE_FLOAT, 5)});
    CHECK_OP(ADAM, .n_outputs = 2, .inputs = {RATE, COUNT(3), F32(5), F32(5), F32(5)},
             .fails = HINGE_BAD_MODEL, .says = "5 inputs are not R, T and groups of 4");
}
