/* Gradient and an optimizer in the body of a Loop: a perceptron with a hidden layer of Tanh learns
 * the exclusive or. */
#include "tests/gradient/support/differences.h"

#include <stdio.h>
#include <string.h>

#define N_STEPS 200
#define N_TENSORS 4
#define TEXT_SIZE 256

static const char *const tensors[N_TENSORS] = {"w1", "b1", "w2", "b2"};
static const int64_t dims[N_TENSORS][2] = {{2, 6}, {6}, {6, 1}, {1}};
static const int ranks[N_TENSORS] = {2, 1, 2, 1};

struct optimizer {
    const char *op;
    int n_states;
    float rate;
};

/* list has TEXT_SIZE bytes. */
static void append(char *list, const char *prefix, const char *name)
{
    const size_t used = strlen(list);
    snprintf(list + used, TEXT_SIZE - used, "%s%s%s", *list ? " " : "", prefix, name);
}

/* The names of all tensors, each behind every prefix. */
static void append_all(char *list, const char *const *prefixes, int n_prefixes)
{
    for (int p = 0; p < n_prefixes; p++)
        for (int i = 0; i < N_TENSORS; i++)
            append(list, prefixes[p], tensors[i]);
}

/* One step: loss, gradients, and the tensors and states after it. */
static void add_body(struct model *model, const struct optimizer *optimizer)
{
    static const char *const before[] = {"", "d_", "s_", "t_"}, *const after[] = {"n_", "ns_",
                                                                                  "nt_"};
    static const char *const carried[] = {"", "s_", "t_"};
    const int n_carried = 1 + optimizer->n_states;
    char inputs[TEXT_SIZE] = "rate step", outputs[TEXT_SIZE] = "";
    model_begin_graph(model, "body");
    model_input(model, "step", HINGE_INT64, 0, NULL);
    model_input(model, "go", HINGE_BOOL, 0, NULL);
    for (int p = 0; p < n_carried; p++)
        for (int i = 0; i < N_TENSORS; i++) {
            char name[TEXT_SIZE] = "";
            append(name, carried[p], tensors[i]);
            model_input(model, name, HINGE_FLOAT, ranks[i], dims[i]);
        }
    model_node(model, "", "Gemm", "x w1 b1", "z");
    model_node(model, "", "Tanh", "z", "h");
    model_node(model, "", "MatMul", "h w2", "p");
    model_node(model, "", "Add", "p b2", "o");
    model_node(model, "", "Sub", "o target", "e");
    model_node(model, "", "ReduceSumSquare", "e", "loss");
    model_attribute_int(model, "keepdims", 0);
    add_gradient(model, "w1 b1 w2 b2", "x target", "loss", "w1 b1 w2 b2 x target",
                 "d_w1 d_b1 d_w2 d_b2");
    append_all(inputs, before, 2 + optimizer->n_states);
    append_all(outputs, after, n_carried);
    model_node(model, TRAINING, optimizer->op, inputs, outputs);
    if (strcmp(optimizer->op, "Momentum") == 0) {
        model_attribute_float(model, "alpha", 0.9F);
        model_attribute_float(model, "beta", 1);
        model_attribute_float(model, "norm_coefficient", 0);
        model_attribute_string(model, "mode", "nesterov");
    } else {
        model_attribute_float(model, "epsilon", 1e-6F);
    }
    model_node(model, "", "Identity", "go", "go_on");
    model_output(model, "go_on", HINGE_BOOL, 0, NULL);
    for (int p = 0; p < n_carried; p++)
        for (int i = 0; i < N_TENSORS; i++) {
            char name[TEXT_SIZE] = "";
            append(name, after[p], tensors[i]);
            model_output(model, name, HINGE_FLOAT, ranks[i], dims[i]);
        }
    model_output(model, "loss", HINGE_FLOAT, 0, NULL);
    model_end_graph(model);
}

static struct model *build(const struct optimizer *optimizer)
{
    static const float x[] = {0, 0, 0, 1, 1, 0, 1, 1}, target[] = {0, 1, 1, 0};
    static const int64_t of_x[] = {4, 2}, of_target[] = {4, 1}, n_steps = N_STEPS;
    struct model *model = begin_model(21);
    char inputs[TEXT_SIZE] = "n -", outputs[TEXT_SIZE] = "";
    model_floats(model, "x", 2, of_x, x);
    model_floats(model, "target", 2, of_target, target);
    model_floats(model, "rate", 0, NULL, &optimizer->rate);
    model_ints(model, "n", 0, NULL, &n_steps);
    for (int i = 0; i < N_TENSORS; i++) {
        float values[12];
        char name[TEXT_SIZE] = "";
        for (int k = 0; k < 12; k++)
            values[k] = (float)random_in(-1, 1);
        append(name, "i_", tensors[i]);
        model_floats(model, name, ranks[i], dims[i], values);
        append(inputs, "i_", tensors[i]);
    }
    for (int s = 0; s < optimizer->n_states; s++)
        for (int i = 0; i < N_TENSORS; i++) {
            const float zeros[12] = {0};
            char name[TEXT_SIZE] = "";
            append(name, s ? "y_" : "z_", tensors[i]);
            model_floats(model, name, ranks[i], dims[i], zeros);
            append(inputs, s ? "y_" : "z_", tensors[i]);
        }
    for (int i = 0; i < N_TENSORS * (1 + optimizer->n_states); i++) {
        char name[16];
        snprintf(name, sizeof name, "r%d", i);
        append(outputs, "", name);
    }
    append(outputs, "", "losses");
    model_node(model, "", "Loop", inputs, outputs);
    add_body(model, optimizer);
    model_output(model, "losses", HINGE_FLOAT, -1, NULL);
    return model;
}

static void loss_falls(void)
{
    static const struct optimizer optimizers[] = {
        {"Adam", 2, 0.05F}, {"Momentum", 1, 0.02F}, {"Adagrad", 1, 0.3F}};
    for (size_t i = 0; i < sizeof optimizers / sizeof optimizers[0]; i++) {
        struct model *model = build(&optimizers[i]);
        struct run run;
        begin_run(&run, model);
        do_run(&run, NULL, 0);
        const hinge_tensor *losses = &run.outputs[0];
        CU_ASSERT_FATAL(losses->rank == 1 && losses->dims[0] == N_STEPS);
        const float *loss = losses->data;
        char text[100];
        snprintf(text, sizeof text, "%s: loss %g, then %g, in the end %g", optimizers[i].op,
                 (double)loss[0], (double)loss[N_STEPS / 2], (double)loss[N_STEPS - 1]);
        if (!(loss[0] > 0.5F && loss[N_STEPS / 2] < loss[0] / 2 && loss[N_STEPS - 1] < 0.05F))
            fail(text);
        end_run(&run);
        model_destroy(model);
    }
}

int main(void)
{
    return run_tests("gradient training",
                     (CU_TestInfo[]){{"loss falls", loss_falls}, CU_TEST_INFO_NULL});
}
