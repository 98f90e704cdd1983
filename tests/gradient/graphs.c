/* Gradient nodes in all places: what is differentiated by what, at which values, and what is
 * refused. */
#include "tests/gradient/support/differences.h"

#include <hinge/inspect.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t three[] = {3}, none[] = {0};
static double a_data[] = {0.5, -1, 2}, b_data[] = {3, 0.25, -2}, c_data[] = {-0.75, 1.5, 1};

static hinge_tensor a_is(void)
{
    return hinge_tensor_over(HINGE_DOUBLE, 1, three, a_data);
}

static hinge_tensor b_is(void)
{
    return hinge_tensor_over(HINGE_DOUBLE, 1, three, b_data);
}

static hinge_tensor c_is(void)
{
    return hinge_tensor_over(HINGE_DOUBLE, 1, three, c_data);
}

static void input(struct model *model, const char *name)
{
    model_input(model, name, HINGE_DOUBLE, 1, three);
}

static void output(struct model *model, const char *name)
{
    model_output(model, name, HINGE_DOUBLE, -1, NULL);
}

static void check_output(const struct run *run, size_t index, double x, double y, double z)
{
    const hinge_tensor *got = &run->outputs[index];
    const double expected[] = {x, y, z};
    CU_ASSERT_FATAL(got->type == HINGE_DOUBLE && got->rank == 1 && got->dims[0] == 3);
    for (int i = 0; i < 3; i++) {
        const double value = ((const double *)got->data)[i];
        CU_ASSERT(fabs(value - expected[i]) <= 1e-12 * fmax(1, fabs(expected[i])));
    }
}

/* Runs on a, b and c, as many as the model has inputs. */
static void run_on_all(struct run *run, struct model *model)
{
    const hinge_tensor inputs[] = {a_is(), b_is(), c_is()};
    begin_run(run, model);
    do_run(run, inputs, hinge_n_inputs(run->session));
}

static void end(struct run *run, struct model *model)
{
    end_run(run);
    model_destroy(model);
}

/* y = a b sin(a): one value read by many. */
static void readers_add_up(void)
{
    struct model *model = begin_model(21);
    input(model, "a");
    input(model, "b");
    model_node(model, "", "Sin", "a", "s");
    model_node(model, "", "Mul", "a b", "p");
    model_node(model, "", "Mul", "p s", "y");
    add_gradient(model, "a b", NULL, "y", "a b", "da db");
    output(model, "da");
    output(model, "db");
    struct run run;
    run_on_all(&run, model);
    double da[3], db[3];
    for (int i = 0; i < 3; i++) {
        da[i] = b_data[i] * (sin(a_data[i]) + a_data[i] * cos(a_data[i]));
        db[i] = a_data[i] * sin(a_data[i]);
    }
    check_output(&run, 0, da[0], da[1], da[2]);
    check_output(&run, 1, db[0], db[1], db[2]);
    end(&run, model);
}

/* What y does not depend on, what is y itself, and outputs that are left out. */
static void there_need_be_no_way(void)
{
    struct model *model = begin_model(21);
    input(model, "a");
    input(model, "b");
    model_node(model, "", "Neg", "a", "y");
    model_node(model, "", "Shape", "b", "shape");
    model_node(model, "", "Expand", "y shape", "z");
    add_gradient(model, "a b", NULL, "z", "a b", "- db");
    add_gradient(model, "a", "b", "a", "a b", "one");
    add_gradient(model, "a", "b", "b", "a b", "zero");
    add_gradient(model, "y", NULL, "z", "y", "dy");
    output(model, "db");
    output(model, "one");
    output(model, "zero");
    output(model, "dy");
    struct run run;
    run_on_all(&run, model);
    check_output(&run, 0, 0, 0, 0);
    check_output(&run, 1, 1, 1, 1);
    check_output(&run, 2, 0, 0, 0);
    check_output(&run, 3, 1, 1, 1);
    end(&run, model);
}

/* y = exp(a) h with h = a b, and z = exp(c) h, which is differentiated by h itself. Where other
 * values are given than those that are named, it is at those. */
static void values_are_those_given(void)
{
    struct model *model = begin_model(21);
    input(model, "a");
    input(model, "b");
    input(model, "c");
    model_node(model, "", "Mul", "a b", "h");
    model_node(model, "", "Exp", "a", "e");
    model_node(model, "", "Mul", "e h", "y");
    model_node(model, "", "Exp", "c", "f");
    model_node(model, "", "Mul", "f h", "z");
    add_gradient(model, "h", "c", "z", "h c", "dh");
    add_gradient(model, "h", "c", "z", "h b", "dh_at_b");
    add_gradient(model, "a b", NULL, "y", "b a", "da_swapped db_swapped");
    add_gradient(model, "a b", NULL, "y", "c c", "da_at_c db_at_c");
    output(model, "dh");
    output(model, "dh_at_b");
    output(model, "da_swapped");
    output(model, "db_swapped");
    output(model, "da_at_c");
    output(model, "db_at_c");
    struct run run;
    run_on_all(&run, model);
    const double *a = a_data, *b = b_data, *c = c_data;
    check_output(&run, 0, exp(c[0]), exp(c[1]), exp(c[2]));
    check_output(&run, 1, exp(b[0]), exp(b[1]), exp(b[2]));
    double da[3], db[3], at_c[3], by_c[3];
    for (int i = 0; i < 3; i++) {
        da[i] = exp(b[i]) * (b[i] * a[i] + a[i]);
        db[i] = exp(b[i]) * b[i];
        at_c[i] = exp(c[i]) * (c[i] * c[i] + c[i]);
        by_c[i] = exp(c[i]) * c[i];
    }
    check_output(&run, 2, da[0], da[1], da[2]);
    check_output(&run, 3, db[0], db[1], db[2]);
    check_output(&run, 4, at_c[0], at_c[1], at_c[2]);
    check_output(&run, 5, by_c[0], by_c[1], by_c[2]);
    check_allocation_failures(model);
    end(&run, model);
}

static void constants_are_differentiated_by(void)
{
    const float weights[] = {1, 2, 4};
    struct model *model = begin_model(21);
    model_floats(model, "w", 1, three, weights);
    model_node(model, "", "Cast", "w", "x");
    model_attribute_int(model, "to", HINGE_DOUBLE);
    model_node(model, "", "Mul", "x x", "y");
    model_node(model, "", "Cast", "y", "z");
    model_attribute_int(model, "to", HINGE_FLOAT);
    add_gradient(model, "w", NULL, "z", "w", "dw");
    model_node(model, "", "Cast", "dw", "wide");
    model_attribute_int(model, "to", HINGE_DOUBLE);
    output(model, "wide");
    struct run run;
    run_on_all(&run, model);
    check_output(&run, 0, 2, 4, 8);
    end(&run, model);
}

/* y = a^3 sin(a): its derivatives up to the third. */
static void derivatives_are_differentiated(void)
{
    struct model *model = begin_model(21);
    input(model, "a");
    model_node(model, "", "Sin", "a", "s");
    model_node(model, "", "Mul", "a a", "q");
    model_node(model, "", "Mul", "q a", "k");
    model_node(model, "", "Mul", "k s", "y");
    add_gradient(model, "a", NULL, "y", "a", "d1");
    add_gradient(model, "a", NULL, "d1", "a", "d2");
    add_gradient(model, "a", NULL, "d2", "a", "d3");
    output(model, "d1");
    output(model, "d2");
    output(model, "d3");
    struct run run;
    run_on_all(&run, model);
    double d[3][3];
    for (int i = 0; i < 3; i++) {
        const double a = a_data[i], s = sin(a), c = cos(a);
        d[0][i] = 3 * a * a * s + a * a * a * c;
        d[1][i] = 6 * a * s + 6 * a * a * c - a * a * a * s;
        d[2][i] = 6 * s + 18 * a * c - 9 * a * a * s - a * a * a * c;
    }
    for (size_t o = 0; o < 3; o++)
        check_output(&run, o, d[o][0], d[o][1], d[o][2]);
    end(&run, model);
}

/* Where e^x overflows in the branch that is not taken, nothing becomes NaN. */
static void second_derivatives_stay_finite(void)
{
    static const char *const ops[] = {"Elu", "Selu", "Celu", "Softplus", "Sigmoid", "Tanh", "Mish"};
    double x_data[] = {-800, 0.5, 800};
    const hinge_tensor x = hinge_tensor_over(HINGE_DOUBLE, 1, three, x_data);
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        struct model *model = begin_model(21);
        input(model, "a");
        model_node(model, "", ops[i], "a", "y");
        add_gradient(model, "a", NULL, "y", "a", "d1");
        add_gradient(model, "a", NULL, "d1", "a", "d2");
        output(model, "d1");
        output(model, "d2");
        struct run run;
        begin_run(&run, model);
        do_run(&run, &x, 1);
        for (size_t o = 0; o < 2; o++)
            for (int k = 0; k < 3; k++)
                CU_ASSERT(isfinite(((const double *)run.outputs[o].data)[k]));
        end_run(&run);
        model_destroy(model);
    }
}

/* A function's names are its own: x there is b here. */
static void functions_have_gradients(void)
{
    struct model *model = begin_model(21);
    model_begin_function(model, "Slope", "x", "dx", "", "", 0);
    model_node(model, "", "Mul", "x x", "y");
    add_gradient(model, "x", NULL, "y", "x", "dx");
    model_end_function(model);
    input(model, "x");
    input(model, "b");
    model_node(model, "", "Add", "x b", "y");
    model_node(model, "test.functions", "Slope", "b", "db");
    model_node(model, "test.functions", "Slope", "y", "dy");
    output(model, "db");
    output(model, "dy");
    struct run run;
    run_on_all(&run, model);
    const double *a = a_data, *b = b_data;
    check_output(&run, 0, 2 * b[0], 2 * b[1], 2 * b[2]);
    check_output(&run, 1, 2 * (a[0] + b[0]), 2 * (a[1] + b[1]), 2 * (a[2] + b[2]));
    check_allocation_failures(model);
    end(&run, model);
}

/* By a value of the graph around, x, which the body reads; and what has no place in the body. */
static void bodies_have_gradients(void)
{
    struct model *model = begin_model(21);
    const uint8_t yes = 1;
    input(model, "a");
    input(model, "b");
    model_bools(model, "yes", 0, none, &yes);
    model_node(model, "", "Identity", "yes", "cond");
    model_node(model, "", "If", "cond", "r");
    model_begin_graph(model, "then_branch");
    model_node(model, "", "Mul", "a b", "p");
    model_node(model, "", "Mul", "p a", "y");
    add_gradient(model, "a", "b", "y", "a b", "da");
    output(model, "da");
    model_end_graph(model);
    model_begin_graph(model, "else_branch");
    model_node(model, "", "Neg", "a", "n");
    output(model, "n");
    model_end_graph(model);
    output(model, "r");
    struct run run;
    run_on_all(&run, model);
    const double *a = a_data, *b = b_data;
    check_output(&run, 0, 2 * a[0] * b[0], 2 * a[1] * b[1], 2 * a[2] * b[2]);
    check_allocation_failures(model);
    end(&run, model);
}

/* Errors */

struct refusal {
    const char *xs, *zs, *y, *inputs;
    hinge_status status;
    const char *says;
};

/* In a graph with y = h + 1 of h = a b, a sequence q, and t of an operator without a rule. */
static void wrong_nodes_are_refused(void)
{
    static const struct refusal cases[] = {
        {"", NULL, "y", "", HINGE_BAD_MODEL, "xs names nothing"},
        {"a", NULL, "nowhere", "a", HINGE_BAD_MODEL, "\"nowhere\" is no node's output"},
        {"nowhere", NULL, "y", "a", HINGE_BAD_MODEL, "\"nowhere\" is no node's output"},
        {"a", "nowhere", "y", "a b", HINGE_BAD_MODEL, "\"nowhere\" is no node's output"},
        {"a", NULL, "", "a", HINGE_BAD_MODEL, "\"\" is no node's output"},
        {"a b", NULL, "y", "a", HINGE_BAD_MODEL, "name 2 tensors, but there are 1 inputs"},
        {"a", NULL, "y", "a b", HINGE_BAD_MODEL, "name 1 tensors, but there are 2 inputs"},
        {"a", NULL, "y", "-", HINGE_BAD_MODEL, "input 0 (Inputs) is left out"},
        {"a", NULL, "y", "f", HINGE_BAD_MODEL, "of type float, what it stands for double"},
        {"a a", NULL, "y", "a a", HINGE_BAD_MODEL, "\"a\" is named twice"},
        {"a", "a", "y", "a a", HINGE_BAD_MODEL, "\"a\" is named twice"},
        {"a h", NULL, "y", "a h", HINGE_BAD_MODEL, "computed from another, \"a\""},
        {"b", "h", "y", "b h", HINGE_BAD_MODEL, "computed from another, \"b\""},
        {"i", NULL, "y", "i", HINGE_BAD_MODEL, "by which nothing is differentiated"},
        {"a", NULL, "i", "a", HINGE_BAD_MODEL, "y is of type int64"},
        {"a", NULL, "q", "a", HINGE_UNSUPPORTED, "Gradient with input Inputs of type seq"},
        {"a", NULL, "t", "a", HINGE_UNSUPPORTED,
         "the derivative of node \"t\" (Det): there is no rule for this operator"},
        {"a", NULL, "d", "a", HINGE_BAD_MODEL, "cycle"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct refusal *c = &cases[i];
        struct model *model = begin_model(21);
        input(model, "a");
        input(model, "b");
        model_input(model, "f", HINGE_FLOAT, 1, three);
        model_input(model, "i", HINGE_INT64, 1, three);
        model_node(model, "", "Mul", "a b", "h");
        model_node(model, "", "Exp", "h", "y");
        model_node(model, "", "SequenceConstruct", "a", "q");
        model_node(model, "", "Expand", "a twice", "m");
        const int64_t twice[] = {3, 3}, two[] = {2};
        model_ints(model, "twice", 1, two, twice);
        model_node(model, "", "Det", "m", "t");
        add_gradient(model, c->xs, c->zs, c->y, c->inputs, "d");
        output(model, "d");
        check_fails(model, c->status, c->says);
        model_destroy(model);
    }
}

/* What an If computes from a has no derivative here, and is not computed at other values. */
static void branches_are_refused(void)
{
    for (int at_others = 0; at_others < 2; at_others++) {
        struct model *model = begin_model(21);
        input(model, "a");
        input(model, "b");
        model_input(model, "cond", HINGE_BOOL, 0, none);
        model_node(model, "", "If", "cond", "r");
        model_begin_graph(model, "then_branch");
        model_node(model, "", "Exp", "a", "e");
        output(model, "e");
        model_end_graph(model);
        model_begin_graph(model, "else_branch");
        model_node(model, "", "Neg", "a", "n");
        output(model, "n");
        model_end_graph(model);
        add_gradient(model, "a", NULL, "r", at_others ? "b" : "a", "d");
        output(model, "d");
        check_fails(model, HINGE_UNSUPPORTED,
                    at_others ? "If has a graph of its own" : "node \"r\" (If): there is no rule");
        model_destroy(model);
    }
}

static void y_outside_of_the_body_is_refused(void)
{
    struct model *model = begin_model(21);
    input(model, "a");
    model_input(model, "cond", HINGE_BOOL, 0, none);
    model_node(model, "", "Exp", "a", "y");
    model_node(model, "", "If", "cond", "r");
    for (int i = 0; i < 2; i++) {
        model_begin_graph(model, i ? "else_branch" : "then_branch");
        add_gradient(model, "a", NULL, "y", "a", i ? "d1" : "d0");
        output(model, i ? "d1" : "d0");
        model_end_graph(model);
    }
    output(model, "r");
    check_fails(model, HINGE_UNSUPPORTED, "y, \"y\", is computed outside of this graph");
    model_destroy(model);
}

/* Where shapes are not known, attributes have not been held against them. */
static void wrong_attributes_are_refused(void)
{
    static const char *const ops[] = {"Concat", "Split", "Gather", "GatherElements"};
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        struct model *model = begin_model(21);
        model_input(model, "a", HINGE_DOUBLE, -1, NULL);
        model_input(model, "i", HINGE_INT64, -1, NULL);
        model_node(model, "", ops[i], i == 0 ? "a a" : "a i", "y");
        model_attribute_int(model, "axis", INT64_MAX);
        add_gradient(model, "a", NULL, "y", "a", "d");
        output(model, "d");
        check_fails(model, HINGE_BAD_MODEL, "axis 9223372036854775807 is none of a tensor");
        model_destroy(model);
    }
}

static size_t count_nodes(struct model *model)
{
    hinge_session *session = open_sound(model);
    hinge_model_info info = {.size = sizeof info};
    CU_ASSERT(hinge_get_model(session, &info));
    hinge_close(session);
    return info.n_nodes;
}

/* As many Tanh, one after the other, each beside a copy of what it reads. */
static struct model *chain(int n)
{
    struct model *model = begin_model(21);
    char from[16] = "a", to[16], both[40], copy[16];
    input(model, "a");
    for (int i = 0; i < n; i++) {
        snprintf(copy, sizeof copy, "t%d", i);
        snprintf(to, sizeof to, "y%d", i);
        model_node(model, "", "Tanh", from, copy);
        snprintf(both, sizeof both, "%s %s", copy, from);
        model_node(model, "", "Mul", both, to);
        snprintf(from, sizeof from, "%s", to);
    }
    add_gradient(model, "a", NULL, from, "a", "d");
    output(model, "d");
    return model;
}

/* The number of ways from a to y doubles with each, the number of nodes does not. */
static void nodes_are_as_many_as_before(void)
{
    struct model *of_20 = chain(20), *of_40 = chain(40), *of_2000 = chain(2000);
    const size_t n_20 = count_nodes(of_20), n_40 = count_nodes(of_40);
    CU_ASSERT(n_20 < 20 * 10);
    CU_ASSERT_EQUAL(count_nodes(of_2000) - n_20, (n_40 - n_20) * 99);
    model_destroy(of_20);
    model_destroy(of_40);
    model_destroy(of_2000);
}

/* Each differentiates what the one before made. */
static void bomb_is_refused(void)
{
    struct model *model = begin_model(21);
    char from[16] = "y", to[16];
    input(model, "a");
    model_node(model, "", "Tanh", "a", "y");
    for (int i = 0; i < 40; i++) {
        snprintf(to, sizeof to, "d%d", i);
        add_gradient(model, "a", NULL, from, "a", to);
        snprintf(from, sizeof from, "%s", to);
    }
    output(model, from);
    check_fails(model, HINGE_LIMIT, "Gradient nodes take more than");
    model_destroy(model);
}

int main(void)
{
    return run_tests(
        "gradient graphs",
        (CU_TestInfo[]){{"readers add up", readers_add_up},
                        {"there need be no way", there_need_be_no_way},
                        {"values are those given", values_are_those_given},
                        {"constants are differentiated by", constants_are_differentiated_by},
                        {"derivatives are differentiated", derivatives_are_differentiated},
                        {"second derivatives stay finite", second_derivatives_stay_finite},
                        {"functions have gradients", functions_have_gradients},
                        {"bodies have gradients", bodies_have_gradients},
                        {"wrong nodes are refused", wrong_nodes_are_refused},
                        {"branches are refused", branches_are_refused},
                        {"y outside of the body is refused", y_outside_of_the_body_is_refused},
                        {"wrong attributes are refused", wrong_attributes_are_refused},
                        {"nodes are as many as before", nodes_are_as_many_as_before},
                        {"bomb is refused", bomb_is_refused},
                        CU_TEST_INFO_NULL});
}
