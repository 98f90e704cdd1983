/* Rules of operators that compute: see support/cases.h. */
#include "tests/gradient/support/cases.h"

static const struct rule_case activations[] = {
    {.op = "Celu", .inputs = {N(-3, 3, 4, 5)}, .attributes = {AF("alpha", 0.75F)}},
    {.op = "Clip", .inputs = {N(-3, 3, 4, 5)}},
    {.op = "Clip",
     .opset = 10,
     .inputs = {N(-3, 3, 4, 5)},
     .attributes = {AF("min", -1), AF("max", 2)}},
    {.op = "Elu", .inputs = {N(-3, 3, 4, 5)}, .attributes = {AF("alpha", 0.5F)}},
    UNARY("Erf", N(-2, 2, 4, 5)),
    UNARY("Gelu", N(-3, 3, 4, 5)),
    {.op = "Gelu", .inputs = {N(-3, 3, 4, 5)}, .attributes = {AS("approximate", "tanh")}},
    {.op = "HardSigmoid", .inputs = {N(-4, 4, 4, 5)}, .attributes = {AF("alpha", 0.25F)}},
    UNARY("HardSwish", N(-5, 5, 4, 5)),
    {.op = "LeakyRelu", .inputs = {N(-3, 3, 4, 5)}, .attributes = {AF("alpha", 0.125F)}},
    UNARY("LeakyRelu", N(-3, 3, 4, 5)),
    UNARY("Mish", N(-3, 3, 4, 5)),
    {.op = "PRelu", .inputs = {N(-3, 3, 4, 5), N(-1, 1, 5)}},
    UNARY("Relu", N(-3, 3, 4, 5)),
    UNARY("Selu", N(-3, 3, 4, 5)),
    {.op = "Shrink", .inputs = {N(-3, 3, 4, 5)}, .attributes = {AF("bias", 0.5F), AF("lambd", 1)}},
    UNARY("Sigmoid", N(-3, 3, 4, 5)),
    UNARY("Softplus", N(-3, 3, 4, 5)),
    UNARY("Softsign", N(-3, 3, 4, 5)),
    {.op = "Swish", .opset = 24, .inputs = {N(-3, 3, 4, 5)}, .attributes = {AF("alpha", 1.5F)}},
    UNARY("Tanh", N(-3, 3, 4, 5)),
    {.op = "ThresholdedRelu", .inputs = {N(-3, 3, 4, 5)}, .attributes = {AF("alpha", 0.5F)}},
    {.op = "Softmax", .inputs = {N(-2, 2, 3, 4, 2)}, .attributes = {AI("axis", 1)}},
    UNARY("Softmax", N(-2, 2, 3, 4)),
    UNARY("LogSoftmax", N(-2, 2, 3, 4)),
    {.op = "Softmax", .opset = 11, .inputs = {N(-2, 2, 3, 4, 2)}},
    {.op = "LogSoftmax", .opset = 11, .inputs = {N(-2, 2, 3, 4, 2)}, .attributes = {AI("axis", 2)}},
};

static const struct rule_case arithmetic[] = {
    UNARY("Abs", N(-3, 3, 4, 5)),
    UNARY("Acos", N(-0.9, 0.9, 7)),
    UNARY("Acosh", N(1.2, 3, 7)),
    UNARY("Asin", N(-0.9, 0.9, 7)),
    UNARY("Asinh", N(-3, 3, 7)),
    UNARY("Atan", N(-3, 3, 7)),
    UNARY("Atanh", N(-0.9, 0.9, 7)),
    UNARY("Ceil", N(-0.9, -0.1, 7)),
    UNARY("Cos", N(-3, 3, 7)),
    UNARY("Cosh", N(-2, 2, 7)),
    UNARY("Exp", N(-2, 2, 7)),
    UNARY("Floor", N(0.1, 0.9, 7)),
    UNARY("Identity", N(-2, 2, 7)),
    UNARY("Log", N(0.5, 3, 7)),
    UNARY("Neg", N(-2, 2, 7)),
    UNARY("Reciprocal", N(0.5, 3, 7)),
    UNARY("Round", N(0.1, 0.4, 7)),
    UNARY("Sign", N(0.1, 0.4, 7)),
    UNARY("Sin", N(-3, 3, 7)),
    UNARY("Sinh", N(-2, 2, 7)),
    UNARY("Sqrt", N(0.5, 3, 7)),
    UNARY("Tan", N(-1, 1, 7)),
    UNARY("Add", N(-2, 2, 4, 5), N(-2, 2, 5)),
    UNARY("Add", SCALAR(-2, 2), N(-2, 2, 3, 1, 5)),
    UNARY("Sub", N(-2, 2, 4, 1), N(-2, 2, 1, 5)),
    UNARY("Mul", N(-2, 2, 4, 5), N(-2, 2, 3, 4, 1)),
    UNARY("Div", N(-2, 2, 4, 5), N(1, 2, 4, 5)),
    UNARY("Div", N(-2, 2, 5), N(1, 2, 4, 1)),
    UNARY("Pow", N(0.5, 2, 4, 5), N(-2, 2, 5)),
    UNARY("Pow", N(0.5, 2, 4, 3), I(2, 0, -1)),
    {.op = "Max", .inputs = {N(-2, 2, 4, 5), N(-2, 2, 5), SCALAR(-1, 1)}, .is_exact = true},
    {.op = "Min", .inputs = {N(-2, 2, 4, 5), N(-2, 2, 4, 1)}, .is_exact = true},
    UNARY("Sum", N(-2, 2, 4, 5), N(-2, 2, 5), N(-2, 2, 4, 1)),
    UNARY("Mean", N(-2, 2, 4, 5), N(-2, 2, 5), SCALAR(-2, 2)),
    UNARY("Where", B(1, 0, 1), N(-2, 2, 4, 3), N(-2, 2, 4, 1)),
    UNARY("Dropout", N(-2, 2, 7), SCALAR(0.2, 0.3)),
};

static const struct rule_case reductions[] = {
    UNARY("ReduceL1", N(-2, 2, 3, 4), I(1)),
    UNARY("ReduceL2", N(-2, 2, 3, 4), I(0)),
    UNARY("ReduceLogSum", N(0.5, 2, 3, 4), I(-1)),
    UNARY("ReduceLogSumExp", N(-2, 2, 3, 4), I(0, 1)),
    UNARY("ReduceMean", N(-2, 2, 3, 4, 2), I(0, 2)),
    {.op = "ReduceMean",
     .inputs = {N(-2, 2, 3, 4, 2), I(-1, 0)},
     .attributes = {AI("keepdims", 0)}},
    {.op = "ReduceMean",
     .opset = 13,
     .inputs = {N(-2, 2, 3, 4, 2)},
     .attributes = {AI("keepdims", 0), AL("axes", 1, -1)}},
    UNARY("ReduceSum", N(-2, 2, 3, 4)),
    {.op = "ReduceSum", .inputs = {N(-2, 2, 3, 4)}, .attributes = {AI("keepdims", 0)}},
    {.op = "ReduceSum", .inputs = {N(-2, 2, 3, 4)}, .attributes = {AI("noop_with_empty_axes", 1)}},
    {.op = "ReduceSum",
     .opset = 11,
     .inputs = {N(-2, 2, 3, 4)},
     .attributes = {AI("keepdims", 0), AL("axes", 0)}},
    UNARY("ReduceSumSquare", N(-2, 2, 3, 4), I(1)),
    {.op = "ReduceMax", .inputs = {N(-2, 2, 3, 4), I(1)}, .is_exact = true},
    {.op = "ReduceMin",
     .inputs = {N(-2, 2, 3, 4), I(0)},
     .attributes = {AI("keepdims", 0)},
     .is_exact = true},
    UNARY("GlobalAveragePool", N(-2, 2, 2, 3, 4, 5)),
};

static const struct rule_case norms[] = {
    {.op = "LpNormalization", .opset = 22, .inputs = {N(0.5, 2, 3, 4)}},
    {.op = "LpNormalization",
     .opset = 22,
     .inputs = {N(-2, -0.5, 3, 4, 2)},
     .attributes = {AI("p", 1), AI("axis", 1)}},
    {.op = "RMSNormalization",
     .opset = 23,
     .inputs = {N(-2, 2, 3, 5), N(0.5, 2, 5)},
     .attributes = {AF("epsilon", 0.01F)}},
    {.op = "RMSNormalization",
     .opset = 23,
     .inputs = {N(-2, 2, 3, 2, 4), N(0.5, 2, 2, 4)},
     .attributes = {AI("axis", 1), AF("epsilon", 0.01F)}},
    {.op = "InstanceNormalization",
     .opset = 22,
     .inputs = {N(-2, 2, 2, 3, 4), N(0.5, 2, 3), N(-1, 1, 3)}},
    {.op = "InstanceNormalization",
     .opset = 9,
     .inputs = {N(-2, 2, 2, 2, 2, 3), N(0.5, 2, 2), N(-1, 1, 2)},
     .attributes = {AF("epsilon", 0.01F)}},
    {.op = "GroupNormalization",
     .inputs = {N(-2, 2, 2, 4, 3), N(0.5, 2, 4), N(-1, 1, 4)},
     .attributes = {AI("num_groups", 2)}},
    {.op = "GroupNormalization",
     .opset = 18,
     .inputs = {N(-2, 2, 2, 4, 2, 2), N(0.5, 2, 2), N(-1, 1, 2)},
     .attributes = {AI("num_groups", 2), AF("epsilon", 0.01F)}},
    {.op = "GlobalLpPool", .opset = 22, .inputs = {N(0.5, 2, 2, 3, 4)}},
    {.op = "GlobalLpPool",
     .opset = 22,
     .inputs = {N(-2, -0.5, 2, 3, 2, 2)},
     .attributes = {AI("p", 3)}},
    {.op = "LRN", .inputs = {N(-2, 2, 2, 5, 3)}, .attributes = {AI("size", 3), AF("alpha", 0.5F)}},
    {.op = "LRN",
     .inputs = {N(-2, 2, 1, 6, 2, 3)},
     .attributes = {AI("size", 4), AF("alpha", 2), AF("beta", 1.5F), AF("bias", 0.5F)}},
    {.op = "LRN",
     .opset = 9,
     .inputs = {N(-2, 2, 3, 4)},
     .attributes = {AI("size", 8), AF("alpha", 4), AF("beta", 0.25F)}},
    {.op = "LRN", .inputs = {N(-2, 2, 3, 4)}, .attributes = {AI("size", 1), AF("alpha", 1)}},
    {.op = "SwiGLU",
     .opset = 28,
     .inputs = {N(-2, 2, 3, 4), N(-1, 1, 3, 4)},
     .attributes = {AF("alpha", 1.5F)}},
};

static void activations_are_differentiated(void)
{
    CHECK_ALL(activations);
}

static void arithmetic_is_differentiated(void)
{
    CHECK_ALL(arithmetic);
}

static void reductions_are_differentiated(void)
{
    CHECK_ALL(reductions);
}

static void norms_are_differentiated(void)
{
    CHECK_ALL(norms);
}

int main(void)
{
    return run_tests("gradient rules",
                     (CU_TestInfo[]){{"activations", activations_are_differentiated},
                                     {"arithmetic", arithmetic_is_differentiated},
                                     {"norms", norms_are_differentiated},
                                     {"reductions", reductions_are_differentiated},
                                     CU_TEST_INFO_NULL});
}
