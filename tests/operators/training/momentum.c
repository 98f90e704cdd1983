/* Momentum against the standard's formulas. */
#include "tests/operators/training.h"

static void update(const struct harness_call *call, double rate, double count, struct element *e)
{
    const double alpha = (double)harness_attr_float(call, "alpha", 0);
    const double beta = count > 0 ? (double)harness_attr_float(call, "beta", 0) : 1;
    const double g = (double)harness_attr_float(call, "norm_coefficient", 0) * e->x + e->g;
    e->states[0] = alpha * e->states[0] + beta * g;
    if (!strcmp(harness_attr(call, "mode")->s, "nesterov"))
        e->x = e->x - rate * (g + alpha * e->states[0]);
    else
        e->x = e->x - rate * e->states[0];
}

static void reference(struct harness_call *call)
{
    training_reference(call, 1, update);
}

#define MOMENTUM .op = "Momentum", DOMAIN
#define FACTORS(mode)                                                                              \
    ATTR_FLOAT("norm_coefficient", 0.001F), ATTR_FLOAT("alpha", 0.95F), ATTR_FLOAT("beta", 0.1F),  \
        ATTR_STRING("mode", mode)

void test_momentum(void)
{
    const char *const modes[] = {"standard", "nesterov"};
    for (int i = 0; i < 2; i++) {
        CHECK_OP(MOMENTUM, .types = TWO, .n_outputs = 2, .reference = reference, NEAR,
                 .inputs = {RATE, COUNT(3), X(HARNESS_N), X(HARNESS_N), X(HARNESS_N)},
                 .attributes = {FACTORS(modes[i])});
        CHECK_OP(MOMENTUM, .n_outputs = 4, .reference = reference, NEAR,
                 .attributes = {FACTORS(modes[i])},
                 .inputs = {LIST(HINGE_DOUBLE, 0.5), COUNT(0), F32(2, 3), F64(30001), F32(2, 3),
                            F64(30001), F32(2, 3), F64(30001)});
    }
    CHECK_OP(MOMENTUM, .n_outputs = 2, .attributes = {FACTORS("other")},
             .inputs = {RATE, COUNT(3), F32(5), F32(5), F32(5)}, .fails = HINGE_BAD_MODEL,
             .says = "mode is not standard or nesterov");
}
