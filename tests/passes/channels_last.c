/* channels-last over networks of convolutions: what is around a region, and what it may hold, keeps
 * its values. */
#include "tests/passes/support/rewrite.h"

#include <stdio.h>

#define C 64
#define SIDE 7
#define PASS "channels-last"

static void add_kernels(struct model *model, const char *name, int64_t n_inputs, int64_t side)
{
    static float values[C * C * 9];
    for (int64_t i = 0; i < C * n_inputs * side * side; i++)
        values[i] = 0.06F * random_float();
    model_floats(model, name, 4, (int64_t[]){C, n_inputs, side, side}, values);
}

static struct model *begin(int64_t batch)
{
    struct model *model = model_create();
    model_input(model, "v0", HINGE_FLOAT, 4, (int64_t[]){batch, C, SIDE, SIDE});
    add_kernels(model, "w", C, 3);
    add_kernels(model, "g", C / 2, 3);
    add_kernels(model, "p", C, 1);
    add_kernels(model, "d", 1, 3);
    add_weights(model, "b", 1, (int64_t[]){C});
    add_weights(model, "one", 1, (int64_t[]){1});
    add_weights(model, "scalar", 0, NULL);
    add_weights(model, "channels", 3, (int64_t[]){C, 1, 1});
    add_weights(model, "row", 1, (int64_t[]){SIDE});
    add_weights(model, "image", 4, (int64_t[]){1, C, SIDE, SIDE});
    add_weights(model, "part", 4, (int64_t[]){1, C, SIDE, SIDE});
    return model;
}

static void add_conv(struct model *model, const char *x, const char *y, uint32_t kind)
{
    static const char *const weights[] = {"w", "g", "p", "d"};
    char inputs[64];
    snprintf(inputs, sizeof inputs, "%s %s b", x, weights[kind]);
    model_node(model, "", "Conv", inputs, y);
    if (kind != 2)
        model_attribute_ints(model, "pads", 4, (int64_t[]){1, 1, 1, 1});
    if (kind == 1 || kind == 3)
        model_attribute_int(model, "group", kind == 1 ? 2 : C);
}

/* Node n, from the value before it and maybe an earlier one. */
static void add_node(struct model *model, uint32_t n)
{
    static const struct {
        const char *op, *constants;
    } others[] = {{"Add", " channels"},   {"Mul", " row"},  {"Sub", " image"}, {"Mul", " one"},
                  {"Add", " scalar"},     {"Relu", ""},     {"Sigmoid", ""},   {"Tanh", ""},
                  {"PRelu", " channels"}, {"Identity", ""}, {"Softmax", ""}};
    char x[16], y[16], inputs[64];
    snprintf(x, sizeof x, "v%u", n - 1);
    snprintf(y, sizeof y, "v%u", n);
    const uint32_t kind = random_below(8);
    if (kind < 4 || n == 1) {
        add_conv(model, x, y, random_below(4));
    } else if (kind == 4) {
        snprintf(inputs, sizeof inputs, "%s v%u", x, random_below(n));
        model_node(model, "", random_below(2) ? "Add" : "Mul", inputs, y);
    } else if (kind == 5) {
        /* Twice as many channels, and as many again. */
        char both[16];
        snprintf(both, sizeof both, "c%u", n);
        snprintf(inputs, sizeof inputs, "%s v%u", x, random_below(n));
        model_node(model, "", "Concat", inputs, both);
        model_attribute_int(model, "axis", random_below(2) ? 1 : -3);
        snprintf(inputs, sizeof inputs, "%s half b", both);
        model_node(model, "", "Conv", inputs, y);
    } else {
        const uint32_t which = random_below(sizeof others / sizeof others[0]);
        snprintf(inputs, sizeof inputs, "%s%s", x, others[which].constants);
        model_node(model, "", others[which].op, inputs, y);
    }
}

static void random_networks(void)
{
    size_t n_changes = 0;
    for (int round = 0; round < 40; round++) {
        const uint32_t n_nodes = 4 + random_below(12);
        struct model *model = begin(round % 2 ? -1 : 2);
        add_kernels(model, "half", 2 * C, 1);
        for (uint32_t n = 1; n <= n_nodes; n++)
            add_node(model, n);
        char name[16];
        snprintf(name, sizeof name, "v%u", n_nodes);
        model_output(model, name, HINGE_FLOAT, -1, NULL);
        snprintf(name, sizeof name, "v%u", 1 + random_below(n_nodes - 1));
        model_output(model, name, HINGE_FLOAT, -1, NULL);
        n_changes += check_pass(model, PASS);
        model_destroy(model);
    }
    CU_ASSERT(n_changes > 20);
}

/* Three convolutions, and what is between them, between two Transposes. */
static struct model *chain(const char *between)
{
    struct model *model = begin(1);
    add_conv(model, "v0", "v1", 0);
    model_node(model, "", "Relu", "v1", "v2");
    add_conv(model, "v2", "v3", 2);
    model_node(model, "", between, "v3 image", "v4");
    add_conv(model, "v4", "v5", 0);
    model_output(model, "v5", HINGE_FLOAT, -1, NULL);
    return model;
}

static void region_is_one(void)
{
    struct model *model = chain("Mul");
    CU_ASSERT_EQUAL(check_pass(model, PASS), 1);
    CU_ASSERT_EQUAL(count_nodes(model), 6);
    check_allocation_failures(model);
    model_destroy(model);
}

/* What is read in the model's layout too is there in both. */
static void outputs_keep_their_layout(void)
{
    struct model *model = chain("Div");
    model_output(model, "v2", HINGE_FLOAT, -1, NULL);
    model_node(model, "", "Flatten", "v4", "f");
    model_output(model, "f", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, PASS), 1);
    model_destroy(model);
}

/* Concat along each axis, a constant among its inputs. */
static void concat_moves_its_axis(void)
{
    for (int64_t axis = -4; axis < 4; axis++) {
        struct model *model = chain("Add");
        model_node(model, "", "Concat", "v5 part", "o");
        model_attribute_int(model, "axis", axis);
        model_output(model, "o", HINGE_FLOAT, -1, NULL);
        CU_ASSERT_EQUAL(check_pass(model, PASS), 1);
        model_destroy(model);
    }
}

/* Means over height and width, or over all axes, of an attribute or of a constant: the axes follow.
 */
static void reductions_are_inside(void)
{
    static const struct {
        int64_t opset;
        size_t n;
        int64_t axes[3];
    } cases[] = {
        {13, 2, {2, 3}}, {13, 1, {-3}}, {13, 0, {0}}, {18, 2, {-1, 2}}, {18, 3, {1, 2, 3}}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct model *model = begin(2);
        model_import(model, cases[c].opset);
        add_conv(model, "v0", "v1", 0);
        if (cases[c].opset >= 18)
            model_ints(model, "axes", 1, (int64_t[]){(int64_t)cases[c].n}, cases[c].axes);
        model_node(model, "", "ReduceMean", cases[c].opset < 18 ? "v1" : "v1 axes", "m");
        if (cases[c].opset < 18 && cases[c].n)
            model_attribute_ints(model, "axes", cases[c].n, cases[c].axes);
        model_node(model, "", "Sub", "v1 m", "v2");
        add_conv(model, "v2", "v3", 0);
        model_output(model, "v3", HINGE_FLOAT, -1, NULL);
        CU_ASSERT_EQUAL(check_pass(model, PASS), 1);
        CU_ASSERT_EQUAL(count_nodes(model), 6);
        if (c % 3 == 0)
            check_allocation_failures(model);
        model_destroy(model);
    }
}

/* Without keepdims the rank is another, and the mean is no part of it. */
static void reductions_to_lower_rank_stay(void)
{
    struct model *model = begin(1);
    add_conv(model, "v0", "v1", 0);
    add_conv(model, "v1", "v2", 0);
    model_node(model, "", "ReduceMax", "v2", "v3");
    model_attribute_ints(model, "axes", 2, (int64_t[]){-1, 2});
    model_attribute_int(model, "keepdims", 0);
    model_output(model, "v3", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, PASS), 1);
    CU_ASSERT_EQUAL(count_nodes(model), 5);
    model_destroy(model);
}

/* A model whose own layout is the other one, turned for every Conv: nothing is left of that. */
static void transposes_of_the_model_go(void)
{
    struct model *model = begin(1);
    add_weights(model, "line", 1, (int64_t[]){C});
    model_node(model, "", "Transpose", "v0", "n0");
    model_attribute_ints(model, "perm", 4, (int64_t[]){0, 2, 3, 1});
    for (int i = 0; i < 3; i++) {
        char names[6][16], inputs[32];
        static const char *const formats[] = {"n%d", "a%d", "t%d", "c%d", "u%d", "n%d"};
        for (int n = 0; n < 6; n++)
            snprintf(names[n], sizeof names[n], formats[n], n == 5 ? i + 1 : i);
        snprintf(inputs, sizeof inputs, "%s line", names[0]);
        model_node(model, "", "Mul", inputs, names[1]);
        model_node(model, "", "Transpose", names[1], names[2]);
        model_attribute_ints(model, "perm", 4, (int64_t[]){0, 3, 1, 2});
        add_conv(model, names[2], names[3], 0);
        model_node(model, "", "Transpose", names[3], names[4]);
        model_attribute_ints(model, "perm", 4, (int64_t[]){0, 2, 3, 1});
        model_node(model, "", "Softmax", names[4], names[5]);
    }
    model_output(model, "n3", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, PASS), 3);
    CU_ASSERT(check_pass(model, "merge-transposes") > 0);
    CU_ASSERT_EQUAL(count_nodes(model), 10);
    check_allocation_failures(model);
    model_destroy(model);
}

/* Two Transposes that do not cancel are one; what is read between them, or is an output, stays. */
static void transposes_are_merged(void)
{
    struct model *model = begin(1);
    model_node(model, "", "Transpose", "v0", "ta");
    model_attribute_ints(model, "perm", 4, (int64_t[]){0, 3, 2, 1});
    model_node(model, "", "Transpose", "ta", "tb");
    model_attribute_ints(model, "perm", 4, (int64_t[]){0, 1, 3, 2});
    model_node(model, "", "Transpose", "tb", "tc");
    model_attribute_ints(model, "perm", 4, (int64_t[]){0, 2, 3, 1});
    model_node(model, "", "Transpose", "tc", "td"); /* v0 */
    model_node(model, "", "Transpose", "td", "te");
    model_node(model, "", "Tanh", "te", "tf");
    model_output(model, "tb", HINGE_FLOAT, -1, NULL);
    model_output(model, "tf", HINGE_FLOAT, -1, NULL);
    model_output(model, "te", HINGE_FLOAT, -1, NULL);
    CU_ASSERT(check_pass(model, "merge-transposes") >= 2);
    check_allocation_failures(model);
    model_destroy(model);
}

/* Poolings are part of a region; with its indices one is not. */
static void pools_are_inside(void)
{
    for (int indices = 0; indices < 2; indices++) {
        struct model *model = begin(1);
        add_conv(model, "v0", "v1", 0);
        add_conv(model, "v1", "v2", 0);
        model_node(model, "", "MaxPool", "v2", indices ? "v3 i" : "v3");
        model_attribute_ints(model, "kernel_shape", 2, (int64_t[]){3, 3});
        model_node(model, "", "AveragePool", "v3", "v4");
        model_attribute_ints(model, "kernel_shape", 2, (int64_t[]){2, 3});
        model_node(model, "", "GlobalAveragePool", "v4", "v5");
        model_output(model, "v5", HINGE_FLOAT, -1, NULL);
        if (indices) {
            model_node(model, "", "Cast", "i", "f");
            model_attribute_int(model, "to", HINGE_FLOAT);
            model_output(model, "f", HINGE_FLOAT, -1, NULL);
        }
        CU_ASSERT_EQUAL(check_pass(model, PASS), indices ? 2U : 1U);
        CU_ASSERT_EQUAL(count_nodes(model), indices ? 10 : 7);
        model_destroy(model);
    }
}

static void neighbouring_channels_are_inside(void)
{
    struct model *model = begin(1);
    add_conv(model, "v0", "v1", 0);
    model_node(model, "", "LRN", "v1", "v2");
    model_attribute_int(model, "size", 5);
    add_conv(model, "v2", "v3", 0);
    model_output(model, "v3", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, PASS), 1);
    CU_ASSERT_EQUAL(count_nodes(model), 5);
    model_destroy(model);
}

static void depthwise_ones_are_inside(void)
{
    struct model *model = begin(1);
    add_conv(model, "v0", "v1", 2);
    add_conv(model, "v1", "v2", 3);
    add_conv(model, "v2", "v3", 0);
    model_output(model, "v3", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(check_pass(model, PASS), 1);
    CU_ASSERT_EQUAL(count_nodes(model), 5);
    model_destroy(model);
}

/* Branches whose parts each write their channels, in whatever order they come. */
static struct model *branches(const char *inputs)
{
    struct model *model = begin(2);
    add_conv(model, "v0", "v1", 0);
    add_conv(model, "v1", "a", 2);
    model_node(model, "", "Relu", "a", "ra");
    model_node(model, "", "MaxPool", "v1", "m");
    model_attribute_ints(model, "kernel_shape", 2, (int64_t[]){3, 3});
    model_attribute_ints(model, "pads", 4, (int64_t[]){1, 1, 1, 1});
    add_conv(model, "v1", "e", 0);
    model_node(model, "", "Sigmoid", "e", "se");
    add_conv(model, "v1", "dw", 3);
    model_node(model, "", "Concat", inputs, "c");
    model_attribute_int(model, "axis", 1);
    return model;
}

static size_t check_branches(const char *inputs, const char *output)
{
    struct model *model = branches(inputs);
    model_node(model, "", "GlobalMaxPool", "c", "gm");
    model_output(model, "gm", HINGE_FLOAT, -1, NULL);
    model_node(model, "", "Tanh", "c", "t");
    model_output(model, "t", HINGE_FLOAT, -1, NULL);
    if (output)
        model_output(model, output, HINGE_FLOAT, -1, NULL);
    const size_t n_changes = check_pass(model, "concat-in-place");
    if (!output)
        check_allocation_failures(model);
    model_destroy(model);
    return n_changes;
}

static void concat_is_in_place(void)
{
    CU_ASSERT_EQUAL(check_branches("ra se dw m", NULL), 1);
    CU_ASSERT_EQUAL(check_branches("m dw se ra", "v1"), 1);
    CU_ASSERT_EQUAL(check_branches("dw ra", "c"), 1);
    /* Not what somebody else reads, or is there twice, or is not computed by such an operator. */
    CU_ASSERT_EQUAL(check_branches("ra se dw m", "dw"), 0);
    CU_ASSERT_EQUAL(check_branches("ra ra", NULL), 0);
    CU_ASSERT_EQUAL(check_branches("ra v1", "se"), 0);
    CU_ASSERT_EQUAL(check_branches("ra v0", "se"), 0);
}

static size_t one_conv(int64_t channels, int64_t side, int64_t kernel)
{
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 4, (int64_t[]){1, channels, side, side});
    add_weights(model, "w", 4, (int64_t[]){channels, channels, kernel, kernel});
    model_node(model, "", "Conv", "x w", "y");
    model_output(model, "y", HINGE_FLOAT, -1, NULL);
    const size_t n_changes = check_pass(model, PASS);
    model_destroy(model);
    return n_changes;
}

/* Few channels, or nothing to gather; but what a larger kernel gathers of short lines counts. */
static void small_ones_stay(void)
{
    CU_ASSERT_EQUAL(one_conv(4, 9, 3), 0);
    CU_ASSERT_EQUAL(one_conv(16, 9, 1), 0);
    CU_ASSERT_EQUAL(one_conv(16, 9, 3), 1);
}

int main(void)
{
    return run_tests(
        "channels last",
        (CU_TestInfo[]){{"random networks", random_networks},
                        {"a region is one", region_is_one},
                        {"outputs keep their layout", outputs_keep_their_layout},
                        {"Concat moves its axis", concat_moves_its_axis},
                        {"reductions are inside", reductions_are_inside},
                        {"reductions to a lower rank stay", reductions_to_lower_rank_stay},
                        {"the model's own Transposes go", transposes_of_the_model_go},
                        {"Transposes are merged", transposes_are_merged},
                        {"pools are inside", pools_are_inside},
                        {"neighbouring channels are inside", neighbouring_channels_are_inside},
                        {"concat is in place", concat_is_in_place},
                        {"depthwise ones are inside", depthwise_ones_are_inside},
                        {"small ones stay", small_ones_stay},
                        CU_TEST_INFO_NULL});
}
