/* Adagrad against the standard's formulas. */
#include "tests/operators/training.h"

static void update(const struct harness_call *call, double rate, double count, struct element *e)
{
    const double decay = (double)harness_attr_float(call, "decay_factor", 0);
    const double g = (double)harness_attr_float(call, "norm_coefficient", 0) * e->x + e->g;
    e->states[0] = e->states[0] + g * g;
    e->x = e->x - rate / (1 + count * decay) * g /
                      (sqrt(e->states[0]) + (double)harness_attr_float(call, "epsilon", 0));
}

static void reference(struct harness_call *call)
{
    training_reference(call, 1, update);
}

#define ADAGRAD .op = "Adagrad", DOMAIN
#define FACTORS                                                                                    \
    ATTR_FLOAT("norm_coefficient", 0.001F), ATTR_FLOAT("epsilon", 1e-5F),                          \
        ATTR_FLOAT("decay_factor", 0.1F)

void test_adagrad(void)
{
    CHECK_OP(ADAGRAD, .types = TWO, .n_outputs = 2, .reference = reference, NEAR,
             .inputs = {RATE, COUNT(3), X(HARNESS_N), X(HARNESS_N), SQUARES(HARNESS_T, HARNESS_N)},
             .attributes = {FACTORS});
    CHECK_OP(ADAGRAD, .n_outputs = 4, .reference = reference, NEAR, .attributes = {FACTORS},
             .inputs = {LIST(HINGE_DOUBLE, 0.5), COUNT(0), F32(2, 3), F64(30001), F32(2, 3),
                        F64(30001), SQUARES(HINGE_FLOAT, 2, 3), SQUARES(HINGE_DOUBLE, 30001)});
    CHECK_OP(ADAGRAD, .n_outputs = 2, .reference = reference, NEAR,
             .inputs = {RATE, COUNT(3), F32(5), F32(5), SQUARES(HINGE_FLOAT, 5)});
    CHECK_OP(ADAGRAD, .n_outputs = 2, .unwanted = 1, .reference = reference, NEAR,
             .inputs = {RATE, COUNT(3), F32(5), F32(5), SQUARES(HINGE_FLOAT, 5)});
    CHECK_OP(ADAGRAD, .n_outputs = 2, .inputs = {RATE, COUNT(3), F32(5), F32(4), F32(5)},
             .fails = HINGE_BAD_SHAPE, .says = "input 3 is [4], what is optimized [5]");
    CHECK_OP(ADAGRAD, .n_outputs = 2,
             .inputs = {LIST(HINGE_FLOAT, 1, 2), COUNT(3), F32(5), F32(5), F32(5)},
             .fails = HINGE_BAD_SHAPE, .says = "R is not one number");
    CHECK_OP(ADAGRAD, .n_outputs = 2, .inputs = {RATE, COUNT(3), F32(5), F32(5)},
             .fails = HINGE_BAD_MODEL, .says = "4 inputs are not R, T and groups of 3");
    CHECK_OP(ADAGRAD, .n_outputs = 3, .inputs = {RATE, COUNT(3), F32(5), F32(5), F32(5)},
             .fails = HINGE_BAD_MODEL, .says = "3 outputs, more than 2");
}
