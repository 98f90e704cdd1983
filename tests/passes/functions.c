/* inline-functions: a model with functions gives what the same nodes give when written out. */
#include "tests/passes/support/rewrite.h"

#include <stdio.h>

#define FUNCTIONS "test.functions"

static const int64_t shape[] = {2, 6, 5};

/* A model with input x and a weight w, the same in each. */
static struct model *begin(void)
{
    static float weights[6 * 6];
    for (int i = 0; i < 6 * 6 && weights[35] == 0; i++)
        weights[i] = random_float();
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 3, shape);
    model_floats(model, "w", 2, (int64_t[]){6, 6}, weights);
    return model;
}

static void output(struct model *model, const char *name)
{
    model_output(model, name, HINGE_FLOAT, 3, shape);
}

/* Both models' outputs on the same inputs, which only depend on their number. */
static void check_same(struct model *with, struct model *without)
{
    CU_ASSERT(check_pass(with, "inline-functions") > 0);
    CU_ASSERT_EQUAL(check_pass(without, "inline-functions"), 0);
    compare_models(with, without);
    check_allocation_failures(with);
    model_destroy(with);
    model_destroy(without);
}

/* Functions within functions, an input that is returned, a value returned twice, an output left
 * out, names that the caller uses as well. */
static void body_takes_the_calls_place(void)
{
    struct model *with = begin(), *without = begin();
    model_begin_function(with, "Inner", "x", "y", "", "", 0);
    model_node(with, DOMAIN, "Leaky", "x", "y");
    model_end_function(with);
    model_begin_function(with, "Outer", "a b s", "y z y a", "", "", 0);
    model_node(with, FUNCTIONS, "Inner", "a", "x");
    model_node(with, DOMAIN, "Sum", "x b", "y");
    model_node(with, DOMAIN, "Linear", "y s", "z");
    model_end_function(with);
    model_node(with, FUNCTIONS, "Outer", "x x w", "y1 z1 y2 a1");
    model_node(with, FUNCTIONS, "Outer", "z1 a1 w", "y3 z3 - a3");
    model_node(with, DOMAIN, "Sum", "y2 z3", "o");
    model_node(with, DOMAIN, "Sum", "y3 a3", "p");

    model_node(without, DOMAIN, "Leaky", "x", "i1");
    model_node(without, DOMAIN, "Sum", "i1 x", "y1");
    model_node(without, DOMAIN, "Linear", "y1 w", "z1");
    model_node(without, DOMAIN, "Leaky", "z1", "i3");
    model_node(without, DOMAIN, "Sum", "i3 x", "y3");
    model_node(without, DOMAIN, "Linear", "y3 w", "z3");
    model_node(without, DOMAIN, "Sum", "y1 z3", "o");
    model_node(without, DOMAIN, "Sum", "y3 z1", "p");
    output(with, "o");
    output(with, "p");
    output(without, "o");
    output(without, "p");
    check_same(with, without);
}

/* An attribute is the call's, or the function's default, or left to the operator. */
static void attributes_are_passed_on(void)
{
    static const struct {
        bool given;
        const char *attributes, *defaulted;
        float expected;
    } cases[] = {{true, "slope", "", 0.125F},
                 {true, "", "slope", 0.125F},
                 {false, "", "slope", 0.75F},
                 {false, "slope", "", 0.5F}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct model *with = begin(), *without = begin();
        model_begin_function(with, "Inner", "x", "y", cases[c].attributes, cases[c].defaulted,
                             0.75F);
        model_node(with, DOMAIN, "Leaky", "x", "y");
        model_attribute_reference(with, "alpha", "slope");
        model_end_function(with);
        model_begin_function(with, "Outer", "x", "y", cases[c].attributes, cases[c].defaulted,
                             0.75F);
        model_node(with, FUNCTIONS, "Inner", "x", "y");
        model_attribute_reference(with, "slope", "slope");
        model_end_function(with);
        model_node(with, FUNCTIONS, "Outer", "x", "y");
        if (cases[c].given)
            model_attribute_float(with, "slope", 0.125F);
        output(with, "y");
        model_node(without, DOMAIN, "Leaky", "x", "y");
        model_attribute_float(without, "alpha", cases[c].expected);
        output(without, "y");
        check_same(with, without);
    }
}

static void input_is_left_out(void)
{
    struct model *with = begin(), *without = begin();
    model_begin_function(with, "F", "x w b", "y", "", "", 0);
    model_node(with, DOMAIN, "Linear", "x w b", "y");
    model_end_function(with);
    model_node(with, FUNCTIONS, "F", "x w", "y");
    model_node(without, DOMAIN, "Linear", "x w", "y");
    output(with, "y");
    output(without, "y");
    check_same(with, without);
}

static void recursion_is_refused(void)
{
    struct model *model = begin();
    model_begin_function(model, "Ping", "x", "y", "", "", 0);
    model_node(model, FUNCTIONS, "Pong", "x", "y");
    model_end_function(model);
    model_begin_function(model, "Pong", "x", "y", "", "", 0);
    model_node(model, FUNCTIONS, "Ping", "x", "y");
    model_end_function(model);
    model_node(model, FUNCTIONS, "Ping", "x", "y");
    output(model, "y");
    check_fails(model, HINGE_BAD_MODEL, "function Ping calls itself");
    model_destroy(model);
}

/* Each function calls the one before twice: 2^30 nodes. */
static void bomb_is_refused(void)
{
    struct model *model = begin();
    char name[16] = "", before[16];
    for (int level = 0; level < 30; level++) {
        snprintf(before, sizeof before, "%s", name);
        snprintf(name, sizeof name, "F%d", level);
        model_begin_function(model, name, "x", "y", "", "", 0);
        model_node(model, level ? FUNCTIONS : DOMAIN, level ? before : "Rectify", "x", "z");
        model_node(model, level ? FUNCTIONS : DOMAIN, level ? before : "Rectify", "z", "y");
        model_end_function(model);
    }
    model_node(model, FUNCTIONS, name, "x", "y");
    output(model, "y");
    check_fails(model, HINGE_LIMIT, "functions make more than");
    model_destroy(model);
}

static void wrong_calls_are_refused(void)
{
    static const struct {
        const char *inputs, *attribute, *says;
    } cases[] = {{"x x", NULL, "has 2 inputs"}, {"x", "color", "no attribute color"}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct model *model = begin();
        model_begin_function(model, "F", "x", "y", "", "", 0);
        model_node(model, DOMAIN, "Rectify", "x", "y");
        model_end_function(model);
        model_node(model, FUNCTIONS, "F", cases[c].inputs, "y");
        if (cases[c].attribute)
            model_attribute_float(model, cases[c].attribute, 1);
        output(model, "y");
        check_fails(model, HINGE_BAD_MODEL, cases[c].says);
        model_destroy(model);
    }
}

int main(void)
{
    return run_tests("functions",
                     (CU_TestInfo[]){{"body takes the call's place", body_takes_the_calls_place},
                                     {"attributes are passed on", attributes_are_passed_on},
                                     {"input is left out", input_is_left_out},
                                     {"recursion is refused", recursion_is_refused},
                                     {"bomb is refused", bomb_is_refused},
                                     {"wrong calls are refused", wrong_calls_are_refused},
                                     CU_TEST_INFO_NULL});
}
