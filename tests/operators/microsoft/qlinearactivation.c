/* QLinearSigmoid and QLinearLeakyRelu against the functions in double. */
#include "tests/operators/qlinear.h"

static void sigmoid(struct harness_call *call)
{
    harness_output_like(call, 0, call->inputs[0]);
    for (int64_t i = 0; i < hinge_count(call->inputs[0]); i++)
        qlinear_set(call, 3, i, 1 / (1 + exp(-qlinear_get(call, 0, i))));
}

static void leaky(struct harness_call *call)
{
    const double alpha = (double)harness_attr_float(call, "alpha", 0.01F);
    harness_output_like(call, 0, call->inputs[0]);
    for (int64_t i = 0; i < hinge_count(call->inputs[0]); i++) {
        const double x = qlinear_get(call, 0, i);
        qlinear_set(call, 3, i, x >= 0 ? x : alpha * x);
    }
}

#define CHECK(...) CHECK_OP(.domain = "com.microsoft", .types = QLINEAR_EIGHT, __VA_ARGS__)
#define S QLINEAR_SCALE(0.02, 0.1)
#define Y_SCALE QLINEAR_SCALE(0.004, 0.006)

void test_qlinearactivation(void)
{
    CHECK(.op = "QLinearSigmoid", .reference = sigmoid,
          .inputs = {Q(HARNESS_N), S, QLINEAR_ZERO, Y_SCALE, SCALAR(HARNESS_T, 0, 20)});
    CHECK(.op = "QLinearSigmoid", .reference = sigmoid, .inputs = {Q(2, 300), S, OMITTED, Y_SCALE});
    CHECK(.op = "QLinearLeakyRelu", .reference = leaky,
          .inputs = {Q(HARNESS_N), S, QLINEAR_ZERO, S, QLINEAR_ZERO});
    CHECK(.op = "QLinearLeakyRelu", .reference = leaky, .attributes = {ATTR_FLOAT("alpha", 0.3F)},
          .inputs = {Q(3, 7000), S, QLINEAR_ZERO, S, QLINEAR_ZERO});
    CHECK(.op = "QLinearLeakyRelu", .fails = HINGE_BAD_SHAPE,
          .inputs = {Q(3), S, QLINEAR_ZERO, S, Q(3)}, .says = "input 4 has 3 elements");
}
