/* An activation that Conv, Gemm or MatMul computes in the same step has the bits of the
 * activation's own operator, for every kind and in every build. */
#include "tests/passes/support/rewrite.h"

#include <hinge/plugin.h>
#include <stdio.h>
#include <string.h>

#define OPSET 24

static const char *const isas[] = {"scalar", "avx2", "avx512"};

/* One for each kind of activation, with attributes that are not the defaults. */
static const struct activation {
    const char *op, *inputs; /* inputs: after y */
    const char *names[2];    /* of float attributes */
    float values[2];
    const char *approximate;
} activations[] = {
    {.op = "Relu", .inputs = ""},
    {"LeakyRelu", "", {"alpha"}, {0.3F}, NULL},
    {.op = "PRelu", .inputs = " slope"},
    {"Elu", "", {"alpha"}, {1.7F}, NULL},
    {.op = "Softplus", .inputs = ""},
    {.op = "Sigmoid", .inputs = ""},
    {.op = "Tanh", .inputs = ""},
    {.op = "Clip", .inputs = " low high"},
    {"Selu", "", {"alpha", "gamma"}, {1.3F, 0.8F}, NULL},
    {"Celu", "", {"alpha"}, {0.7F}, NULL},
    {"ThresholdedRelu", "", {"alpha"}, {0.6F}, NULL},
    {"HardSigmoid", "", {"alpha", "beta"}, {0.3F, 0.4F}, NULL},
    {.op = "HardSwish", .inputs = ""},
    {"Swish", "", {"alpha"}, {1.7F}, NULL},
    {.op = "Mish", .inputs = ""},
    {.op = "Gelu", .inputs = ""},
    {.op = "Gelu", .inputs = "", .approximate = "tanh"},
    {.op = "Softsign", .inputs = ""},
    {"Shrink", "", {"lambd", "bias"}, {1.1F, 0.3F}, NULL},
    {.op = "Erf", .inputs = ""},
    {.op = "Exp", .inputs = ""},
    {.op = "Log", .inputs = ""},
};
#define N_ACTIVATIONS (sizeof activations / sizeof activations[0])
/* Every kind from HINGE_ACT_RELU to HINGE_ACT_LOG, and one of them as PRelu too. */
_Static_assert(N_ACTIVATIONS == HINGE_N_ACTIVATIONS, "one for each kind");

/* x -> op -> y -> activation -> z; attribute, where it is there, is the first node's. */
struct linear {
    const char *op;
    int rank;
    int64_t x[4], weight[4];
    const char *attribute;
    int64_t values[4];
    size_t n_values; /* 0: an attribute of one integer */
};

static void add_activation(struct model *model, const struct activation *a)
{
    char inputs[32];
    snprintf(inputs, sizeof inputs, "y%s", a->inputs);
    model_floats(model, "slope", 1, (int64_t[]){1}, (float[]){0.3F});
    model_floats(model, "low", 0, NULL, (float[]){-0.9F});
    model_floats(model, "high", 0, NULL, (float[]){1.4F});
    model_node(model, "", a->op, inputs, "z");
    for (int i = 0; i < 2 && a->names[i]; i++)
        model_attribute_float(model, a->names[i], a->values[i]);
    if (a->approximate)
        model_attribute_string(model, "approximate", a->approximate);
}

static void check(const struct linear *linear)
{
    for (size_t i = 0; i < N_ACTIVATIONS; i++) {
        struct model *model = model_create();
        model_import(model, OPSET);
        model_input(model, "x", HINGE_FLOAT, linear->rank, linear->x);
        add_weights(model, "w", linear->rank, linear->weight);
        model_node(model, "", linear->op, "x w", "y");
        if (linear->n_values)
            model_attribute_ints(model, linear->attribute, linear->n_values, linear->values);
        else if (linear->attribute)
            model_attribute_int(model, linear->attribute, linear->values[0]);
        add_activation(model, &activations[i]);
        model_output(model, "z", HINGE_FLOAT, -1, NULL);
        for (size_t k = 0; k < sizeof isas / sizeof isas[0]; k++)
            check_fused_bits(model, isas[k]);
        model_destroy(model);
    }
}

/* By the methods that kernels/conv/conv.c chooses from. */
static void conv_and_activation(void)
{
    check(&(struct linear){.op = "Conv", .rank = 4, .x = {1, 16, 5, 7}, .weight = {19, 16, 1, 1}});
    check(&(struct linear){.op = "Conv", .rank = 4, .x = {2, 5, 21, 17}, .weight = {7, 5, 3, 3}});
    check(
        &(struct linear){.op = "Conv", .rank = 4, .x = {1, 32, 14, 14}, .weight = {33, 32, 3, 3}});
    check(
        &(struct linear){.op = "Conv", .rank = 4, .x = {1, 32, 30, 31}, .weight = {34, 32, 3, 3}});
    check(&(struct linear){.op = "Conv",
                           .rank = 4,
                           .x = {1, 6, 15, 13},
                           .weight = {6, 1, 3, 3},
                           .attribute = "group",
                           .values = {6}});
    check(&(struct linear){.op = "ConvTranspose",
                           .rank = 4,
                           .x = {1, 5, 7, 6},
                           .weight = {5, 9, 3, 3},
                           .attribute = "strides",
                           .values = {2, 2},
                           .n_values = 2});
}

static void gemm_and_activation(void)
{
    check(&(struct linear){.op = "Gemm", .rank = 2, .x = {1, 40}, .weight = {40, 37}});
    check(&(struct linear){.op = "Gemm", .rank = 2, .x = {41, 23}, .weight = {23, 70}});
    check(&(struct linear){.op = "Gemm",
                           .rank = 2,
                           .x = {5, 300},
                           .weight = {19, 300},
                           .attribute = "transB",
                           .values = {1}});
}

static void matmul_and_activation(void)
{
    check(&(struct linear){.op = "MatMul", .rank = 2, .x = {1, 33}, .weight = {33, 19}});
    check(&(struct linear){.op = "MatMul", .rank = 2, .x = {29, 65}, .weight = {65, 50}});
    check(&(struct linear){.op = "MatMul", .rank = 3, .x = {3, 9, 8}, .weight = {3, 8, 21}});
}

int main(void)
{
    return run_tests("epilogues", (CU_TestInfo[]){{"Conv and activation", conv_and_activation},
                                                  {"Gemm and activation", gemm_and_activation},
                                                  {"MatMul and activation", matmul_and_activation},
                                                  CU_TEST_INFO_NULL});
}
