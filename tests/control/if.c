/* Models with If: branches of different shapes, what they see from outside, Ifs within. */
#include "tests/control/control.h"

static const int64_t three[] = {3}, any[] = {-1};

/* Begins a branch that returns y, whose shape is not declared. */
static void begin_branch(struct model *model, const char *name, const char *y)
{
    model_begin_graph(model, name);
    model_output(model, y, HINGE_FLOAT, -1, NULL);
}

/* x [n], b -> y: x twice, or h = -x times an outer initializer. */
static struct model *two_shapes(void)
{
    struct model *model = model_create();
    model_input(model, "b", HINGE_BOOL, 0, NULL);
    model_input(model, "x", HINGE_FLOAT, 1, any);
    model_floats(model, "c", 1, DIMS(1), FLOATS(10));
    model_node(model, "", "Neg", "x", "h");
    model_node(model, "", "If", "b", "y");
    begin_branch(model, "then_branch", "twice");
    model_node(model, "", "Concat", "x x", "twice");
    model_attribute_int(model, "axis", 0);
    model_end_graph(model);
    begin_branch(model, "else_branch", "product");
    model_node(model, "", "Mul", "h c", "product");
    model_end_graph(model);
    model_node(model, "", "Add", "y c", "z");
    model_output(model, "y", HINGE_FLOAT, -1, NULL);
    model_output(model, "z", HINGE_FLOAT, -1, NULL);
    return model;
}

static void shapes_of_branches(void)
{
    struct control c = {.model = two_shapes()};
    control_open(&c);
    float x[] = {1, 2, 3};
    bool b = true;
    hinge_tensor inputs[] = {control_bool(&b), control_floats(1, three, x)}, y[2];
    for (int run = 0; run < 4; run++) {
        b = run % 2 == 0;
        control_run(&c, inputs, 2, y, 2);
        if (b) {
            control_check_floats(&y[0], 1, DIMS(6), FLOATS(1, 2, 3, 1, 2, 3));
            control_check_floats(&y[1], 1, DIMS(6), FLOATS(11, 12, 13, 11, 12, 13));
        } else {
            control_check_floats(&y[0], 1, three, FLOATS(-10, -20, -30));
            control_check_floats(&y[1], 1, three, FLOATS(0, -10, -20));
        }
    }
    control_close(&c);
}

/* A branch whose output is a constant of its own, and ones that hand on what is outside. */
static void branches_hand_on(void)
{
    struct control c = {.model = model_create()};
    model_input(c.model, "b", HINGE_BOOL, 0, NULL);
    model_input(c.model, "x", HINGE_FLOAT, 1, three);
    model_floats(c.model, "outer", 1, DIMS(1), FLOATS(8));
    model_node(c.model, "", "If", "b", "p q");
    model_begin_graph(c.model, "then_branch");
    model_floats(c.model, "own", 1, DIMS(2), FLOATS(5, 6));
    model_output(c.model, "own", HINGE_FLOAT, 1, DIMS(2));
    model_output(c.model, "same", HINGE_FLOAT, 1, three);
    model_node(c.model, "", "Identity", "x", "same");
    model_end_graph(c.model);
    model_begin_graph(c.model, "else_branch");
    model_output(c.model, "once", HINGE_FLOAT, 1, DIMS(1));
    model_output(c.model, "again", HINGE_FLOAT, 1, DIMS(1));
    model_node(c.model, "", "Identity", "outer", "once");
    model_node(c.model, "", "Identity", "outer", "again");
    model_end_graph(c.model);
    model_output(c.model, "p", HINGE_FLOAT, -1, NULL);
    model_output(c.model, "q", HINGE_FLOAT, -1, NULL);
    control_open(&c);
    float x[] = {1, 2, 3};
    bool b = true;
    hinge_tensor inputs[] = {control_bool(&b), control_floats(1, three, x)}, y[2];
    control_run(&c, inputs, 2, y, 2);
    control_check_floats(&y[0], 1, DIMS(2), FLOATS(5, 6));
    control_check_floats(&y[1], 1, three, x);
    b = false;
    control_run(&c, inputs, 2, y, 2);
    control_check_floats(&y[0], 1, DIMS(1), FLOATS(8));
    control_check_floats(&y[1], 1, DIMS(1), FLOATS(8));
    control_close(&c);
}

/* Values of the outermost graph, of the one between, and an initializer that hides one. */
static void two_deep(void)
{
    struct control c = {.model = model_create()};
    model_input(c.model, "b", HINGE_BOOL, 0, NULL);
    model_input(c.model, "x", HINGE_FLOAT, 1, three);
    model_floats(c.model, "k", 0, NULL, FLOATS(2));
    model_node(c.model, "", "If", "b", "y");
    begin_branch(c.model, "then_branch", "inner");
    model_floats(c.model, "k", 0, NULL, FLOATS(10)); /* another k */
    model_node(c.model, "", "Mul", "x k", "m");
    model_node(c.model, "", "If", "b", "inner");
    begin_branch(c.model, "then_branch", "sum");
    model_node(c.model, "", "Add", "m x", "m_x");
    model_node(c.model, "", "Add", "m_x k", "sum");
    model_end_graph(c.model);
    begin_branch(c.model, "else_branch", "difference");
    model_node(c.model, "", "Sub", "m x", "difference");
    model_end_graph(c.model);
    model_end_graph(c.model);
    begin_branch(c.model, "else_branch", "plain");
    model_node(c.model, "", "Mul", "x k", "plain");
    model_end_graph(c.model);
    model_node(c.model, "", "Mul", "y k", "z");
    model_output(c.model, "z", HINGE_FLOAT, 1, three);
    control_open(&c);
    float x[] = {1, 2, 3};
    bool b = true;
    hinge_tensor inputs[] = {control_bool(&b), control_floats(1, three, x)}, y;
    control_run(&c, inputs, 2, &y, 1);
    control_check_floats(&y, 1, three, FLOATS(42, 64, 86));
    b = false;
    control_run(&c, inputs, 2, &y, 1);
    control_check_floats(&y, 1, three, FLOATS(4, 8, 12));
    control_close(&c);
}

/* A function with a Loop around an If, called twice: what they see is the call's own. */
static void in_loop_in_function(void)
{
    struct control c = {.model = model_create()};
    model_input(c.model, "x", HINGE_FLOAT, 0, NULL);
    model_input(c.model, "n", HINGE_INT64, 0, NULL);
    model_begin_function(c.model, "Steps", "a count", "result", "", "", 0);
    model_node(c.model, "", "Add", "a a", "step");
    model_node(c.model, "", "Loop", "count - a", "result");
    control_loop_body(c.model);
    model_input(c.model, "state", HINGE_FLOAT, 0, NULL);
    model_output(c.model, "next", HINGE_FLOAT, 0, NULL);
    model_ints(c.model, "two", 0, NULL, INTS(2));
    model_node(c.model, "", "Less", "i two", "early");
    model_node(c.model, "", "If", "early", "next");
    begin_branch(c.model, "then_branch", "added");
    model_node(c.model, "", "Add", "state step", "added");
    model_end_graph(c.model);
    begin_branch(c.model, "else_branch", "doubled");
    model_node(c.model, "", "Add", "state state", "doubled");
    model_end_graph(c.model);
    model_end_graph(c.model);
    model_end_function(c.model);
    model_node(c.model, "test.functions", "Steps", "x n", "y");
    model_node(c.model, "test.functions", "Steps", "y n", "z");
    model_output(c.model, "y", HINGE_FLOAT, 0, NULL);
    model_output(c.model, "z", HINGE_FLOAT, 0, NULL);
    control_open(&c);
    float x = 1;
    int64_t n = 3;
    hinge_tensor inputs[] = {control_floats(0, NULL, &x), control_int(&n)}, y[2];
    control_run(&c, inputs, 2, y, 2); /* 1, 3, 5, 10; 10, 30, 50, 100 */
    control_check_floats(&y[0], 0, NULL, FLOATS(10));
    control_check_floats(&y[1], 0, NULL, FLOATS(100));
    control_close(&c);
}

static void types_must_agree(void)
{
    struct control c = {.model = model_create()};
    model_input(c.model, "b", HINGE_BOOL, 0, NULL);
    model_input(c.model, "x", HINGE_FLOAT, 1, three);
    model_node(c.model, "", "If", "b", "y");
    begin_branch(c.model, "then_branch", "same");
    model_node(c.model, "", "Identity", "x", "same");
    model_end_graph(c.model);
    model_begin_graph(c.model, "else_branch");
    model_output(c.model, "shape", HINGE_INT64, -1, NULL);
    model_node(c.model, "", "Shape", "x", "shape");
    model_end_graph(c.model);
    model_output(c.model, "y", HINGE_FLOAT, -1, NULL);
    CU_ASSERT_EQUAL(control_try_open(&c), HINGE_BAD_MODEL);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.error.message, "float of then_branch, int64 of else_branch"));
    control_close(&c);
}

static void survives_want_of_memory(void)
{
    struct control c = {.model = two_shapes()};
    float x[] = {1, 2, 3};
    bool b = true;
    hinge_tensor inputs[] = {control_bool(&b), control_floats(1, three, x)};
    control_exhaust(&c, inputs, 2, 2);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"shapes of branches", shapes_of_branches},
                                  {"branches hand on", branches_hand_on},
                                  {"two deep", two_deep},
                                  {"in a loop in a function", in_loop_in_function},
                                  {"types must agree", types_must_agree},
                                  {"survives want of memory", survives_want_of_memory},
                                  CU_TEST_INFO_NULL};
    return run_tests("if", tests);
}
