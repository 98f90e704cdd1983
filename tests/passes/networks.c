/* The passes over small random networks of the standard's own operators, symbolic and fixed batch:
 * whatever fires, the outputs stay. */
#include "tests/passes/support/rewrite.h"

#include <stdio.h>

#define C 4
#define SIDE 6

/* A constant of one positive number for each channel, as a variance is. */
static void add_positive(struct model *model, const char *name, int rank)
{
    float values[C];
    for (int c = 0; c < C; c++)
        values[c] = 1.5F + random_float();
    model_floats(model, name, rank, (int64_t[]){C, 1, 1}, values);
}

/* Kernels that leave values about as large as they are: rounding that differs by 1e-7 stays below
 * what is compared, however many convolutions follow one another. */
static void add_kernels(struct model *model, const char *name, int64_t n_inputs)
{
    float values[C * C * 9];
    for (int i = 0; i < C * n_inputs * 9; i++)
        values[i] = 0.25F * random_float();
    model_floats(model, name, 4, (int64_t[]){C, n_inputs, 3, 3}, values);
}

static struct model *begin(int64_t batch)
{
    struct model *model = model_create();
    model_input(model, "v0", HINGE_FLOAT, 4, (int64_t[]){batch, C, SIDE, SIDE});
    add_kernels(model, "w", C);
    add_kernels(model, "g", C / 2);
    add_weights(model, "b", 1, (int64_t[]){C});
    add_weights(model, "one", 1, (int64_t[]){1});
    add_positive(model, "scale", 1);
    add_positive(model, "channels", 3);
    add_weights(model, "mean", 1, (int64_t[]){C});
    add_positive(model, "var", 1);
    return model;
}

static void add_conv(struct model *model, const char *x, const char *y)
{
    char inputs[64];
    bool grouped = random_below(2);
    snprintf(inputs, sizeof inputs, "%s %s%s", x, grouped ? "g" : "w", random_below(2) ? " b" : "");
    model_node(model, "", "Conv", inputs, y);
    model_attribute_ints(model, "pads", 4, (int64_t[]){1, 1, 1, 1});
    if (grouped)
        model_attribute_int(model, "group", 2);
}

/* Node n, from the value before it, or a sum with any earlier one. */
static void add_node(struct model *model, uint32_t n)
{
    static const struct {
        const char *op, *constants;
    } others[] = {{"BatchNormalization", " scale b mean var"},
                  {"BatchNormalization", " scale b mean var"},
                  {"Mul", " channels"},
                  {"Add", " channels"},
                  {"Sub", " one"},
                  {"Div", " channels"},
                  {"Relu", ""},
                  {"LeakyRelu", ""},
                  {"Sigmoid", ""},
                  {"Tanh", ""},
                  {"Elu", ""},
                  {"Softplus", ""},
                  {"Identity", ""}};
    char x[16], y[16], inputs[64];
    snprintf(x, sizeof x, "v%u", n - 1);
    snprintf(y, sizeof y, "v%u", n);
    uint32_t kind = random_below(8);
    if (kind < 3) {
        add_conv(model, x, y);
    } else if (kind == 3 && n > 1) {
        snprintf(inputs, sizeof inputs, "%s v%u", x, random_below(n - 1));
        model_node(model, "", random_below(2) ? "Add" : "Sum", inputs, y);
    } else {
        uint32_t which = random_below(sizeof others / sizeof others[0]);
        snprintf(inputs, sizeof inputs, "%s%s", x, others[which].constants);
        model_node(model, "", others[which].op, inputs, y);
    }
}

static void random_networks(void)
{
    static const char *const names[] = {"fold-affine", "fuse-addend", "fuse-activation"};
    size_t n_changes[sizeof names / sizeof names[0]] = {0};
    for (int round = 0; round < 60; round++) {
        uint32_t n_nodes = 4 + random_below(12);
        struct model *model = begin(round % 2 ? -1 : 2);
        for (uint32_t n = 1; n <= n_nodes; n++)
            add_node(model, n);
        char name[16];
        snprintf(name, sizeof name, "v%u", n_nodes);
        model_output(model, name, HINGE_FLOAT, -1, NULL);
        snprintf(name, sizeof name, "v%u", 1 + random_below(n_nodes - 1));
        model_output(model, name, HINGE_FLOAT, -1, NULL);
        for (size_t p = 0; p < sizeof names / sizeof names[0]; p++)
            n_changes[p] += check_pass(model, names[p]);
        model_destroy(model);
    }
    for (size_t p = 0; p < sizeof names / sizeof names[0]; p++)
        CU_ASSERT(n_changes[p] > 5);
}

/* An epilogue is float32: another type's activation and residual stay nodes of their own. */
static void other_types_are_left_alone(void)
{
    struct model *model = model_create();
    model_input(model, "a", HINGE_DOUBLE, 2, (int64_t[]){3, 3});
    model_node(model, "", "MatMul", "a a", "y");
    model_node(model, "", "Add", "y a", "z");
    model_node(model, "", "Relu", "z", "o");
    model_output(model, "o", HINGE_DOUBLE, -1, NULL);
    CU_ASSERT_EQUAL(count_nodes(model), 3);
    model_destroy(model);
}

/* A column of numbers after Gemm runs along the rows, as many as there are columns. */
static void gemm_folds_its_columns(void)
{
    for (int column = 0; column < 2; column++) {
        struct model *model = model_create();
        model_input(model, "a", HINGE_FLOAT, 2, (int64_t[]){C, C});
        add_weights(model, "w", 2, (int64_t[]){C, C});
        add_weights(model, "s", 2, column ? (int64_t[]){C, 1} : (int64_t[]){1, C});
        model_node(model, "", "Gemm", "a w", "y");
        model_node(model, "", "Mul", "y s", "z");
        model_node(model, "", "Add", "z s", "o");
        model_output(model, "o", HINGE_FLOAT, -1, NULL);
        CU_ASSERT_EQUAL(check_pass(model, "fold-affine"), column ? 0 : 2);
        model_destroy(model);
    }
}

/* MatMul takes over scale and bias of its columns, a residual and an activation, with many rows and
 * with few; without a bias the residual must not be taken for one. */
static void matmul_takes_bias_and_residual(void)
{
    for (int variant = 0; variant < 4; variant++) {
        const int64_t rows = variant & 1 ? 1 : 9, dims[] = {2, rows, C};
        struct model *model = model_create();
        model_input(model, "a", HINGE_FLOAT, 3, dims);
        model_input(model, "r", HINGE_FLOAT, 3, dims);
        add_weights(model, "w", 2, (int64_t[]){C, C});
        add_weights(model, "s", 1, (int64_t[]){C});
        model_node(model, "", "MatMul", "a w", "x");
        model_node(model, "", "Mul", "x s", "y");
        if (variant & 2)
            model_node(model, "", "Add", "y s", "z");
        model_node(model, "", "Add", variant & 2 ? "z r" : "y r", "q");
        model_node(model, "", "Relu", "q", "o");
        model_output(model, "o", HINGE_FLOAT, 3, dims);
        CU_ASSERT_EQUAL(check_pass(model, "fold-affine"), variant & 2 ? 2 : 1);
        CU_ASSERT_EQUAL(check_pass(model, "fuse-addend"), 1);
        CU_ASSERT_EQUAL(count_nodes(model), 1);
        model_destroy(model);
    }
}

int main(void)
{
    return run_tests(
        "networks",
        (CU_TestInfo[]){{"random networks", random_networks},
                        {"other types are left alone", other_types_are_left_alone},
                        {"Gemm folds its columns", gemm_folds_its_columns},
                        {"MatMul takes bias and residual", matmul_takes_bias_and_residual},
                        CU_TEST_INFO_NULL});
}
