/* Models with sequences and optionals: as inputs, outputs, in between and through loops. */
#include "tests/control/control.h"

static const int64_t any[] = {-1};

static hinge_tensor container(hinge_type type, int64_t n, hinge_tensor *elements)
{
    return hinge_tensor_over(type, 1, &n, elements);
}

/* x [n] -> x split, each part negated and twice as long, joined again; and the parts. */
static struct model *parts(void)
{
    struct model *model = model_create();
    model_import(model, 17);
    model_input(model, "x", HINGE_FLOAT, 1, any);
    model_ints(model, "size", 0, NULL, INTS(2));
    model_node(model, "", "SplitToSequence", "x size", "s");
    model_node(model, "", "SequenceMap", "s", "t");
    model_begin_graph(model, "body");
    model_input(model, "part", HINGE_FLOAT, 1, any);
    model_output(model, "longer", HINGE_FLOAT, -1, NULL);
    model_node(model, "", "Neg", "part", "negative");
    model_node(model, "", "Concat", "negative negative", "longer");
    model_attribute_int(model, "axis", 0);
    model_end_graph(model);
    model_node(model, "", "ConcatFromSequence", "t", "y");
    model_attribute_int(model, "axis", 0);
    model_output(model, "y", HINGE_FLOAT, 1, any);
    model_output(model, "t", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    return model;
}

static void split_map_join(void)
{
    struct control c = {.model = parts()};
    control_open(&c);
    float x[] = {1, 2, 3};
    hinge_tensor input = control_floats(1, DIMS(3), x), y[2];
    for (int run = 0; run < 2; run++) {
        control_run(&c, &input, 1, y, 2);
        control_check_floats(&y[0], 1, DIMS(6), FLOATS(-1, -2, -1, -2, -3, -3));
        control_check_shape(&y[1], HINGE_SEQUENCE, 1, DIMS(2));
        const hinge_tensor *elements = y[1].data;
        control_check_floats(&elements[0], 1, DIMS(4), FLOATS(-1, -2, -1, -2));
        control_check_floats(&elements[1], 1, DIMS(2), FLOATS(-3, -3));
    }
    control_close(&c);
}

/* A sequence that is an input of the model, and comes back with another element. */
static void in_and_out(void)
{
    struct control c = {.model = model_create()};
    model_input(c.model, "s", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    model_input(c.model, "x", HINGE_FLOAT, 1, any);
    model_input(c.model, "at", HINGE_INT64, 0, NULL);
    model_node(c.model, "", "SequenceInsert", "s x at", "t");
    model_node(c.model, "", "SequenceAt", "t at", "y");
    model_node(c.model, "", "SequenceLength", "t", "n");
    model_output(c.model, "t", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    model_output(c.model, "y", HINGE_FLOAT, -1, NULL);
    model_output(c.model, "n", HINGE_INT64, 0, NULL);
    control_open(&c);
    float a[] = {1}, b[] = {2, 3}, x[] = {4, 5, 6};
    int64_t at = 1;
    hinge_tensor elements[] = {control_floats(1, DIMS(1), a), control_floats(1, DIMS(2), b)};
    hinge_tensor inputs[] = {container(HINGE_SEQUENCE, 2, elements), control_floats(1, DIMS(3), x),
                             control_int(&at)};
    hinge_tensor y[3];
    control_run(&c, inputs, 3, y, 3);
    control_check_shape(&y[0], HINGE_SEQUENCE, 1, DIMS(3));
    control_check_floats((const hinge_tensor *)y[0].data + 1, 1, DIMS(3), x);
    control_check_floats((const hinge_tensor *)y[0].data + 2, 1, DIMS(2), b);
    control_check_floats(&y[1], 1, DIMS(3), x);
    control_check_ints(&y[2], 0, NULL, INTS(3));
    CU_ASSERT_PTR_NOT_EQUAL(((const hinge_tensor *)y[0].data)[1].data, x);
    inputs[0] = container(HINGE_SEQUENCE, 0, NULL);
    CU_ASSERT_EQUAL(hinge_run(c.context, inputs, 3, y, 3, NULL, &c.error), HINGE_BAD_VALUE);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.error.message, "position 1 is not in [0, 1)"));
    at = 0;
    control_run(&c, inputs, 3, y, 3);
    control_check_ints(&y[2], 0, NULL, INTS(1));
    control_close(&c);
}

/* n -> a sequence that a loop has put texts into, from an empty one. */
static struct model *texts(void)
{
    struct model *model = model_create();
    model_input(model, "n", HINGE_INT64, 0, NULL);
    model_strings(model, "hinge", 1, DIMS(1), (const char *const[]){"a text beyond any buffer"});
    model_node(model, "", "SequenceEmpty", "", "empty");
    model_attribute_int(model, "dtype", HINGE_STRING);
    model_node(model, "", "Loop", "n - empty hinge", "s last");
    control_loop_body(model);
    model_input(model, "t", SEQUENCE_OF(HINGE_STRING), -1, NULL);
    model_input(model, "state", HINGE_STRING, 1, any);
    model_output(model, "u", SEQUENCE_OF(HINGE_STRING), -1, NULL);
    model_output(model, "next", HINGE_STRING, -1, NULL);
    model_node(model, "", "SequenceInsert", "t state", "u");
    model_node(model, "", "Concat", "state hinge", "next");
    model_attribute_int(model, "axis", 0);
    model_end_graph(model);
    model_node(model, "", "ConcatFromSequence", "s", "y");
    model_attribute_int(model, "axis", 0);
    model_output(model, "y", HINGE_STRING, 1, any);
    return model;
}

static void through_a_loop(void)
{
    struct control c = {.model = texts()};
    control_open(&c);
    int64_t n = 4;
    hinge_tensor input = control_int(&n), y;
    control_run(&c, &input, 1, &y, 1);
    control_check_shape(&y, HINGE_STRING, 1, DIMS(10));
    for (int i = 0; i < 10; i++) {
        hinge_string string = ((const hinge_string *)y.data)[i];
        CU_ASSERT_TRUE(string.size == 24 && !memcmp(string.bytes, "a text beyond any buffer", 24));
    }
    control_close(&c);
}

/* An optional input, and what it holds or else a constant. */
static void optional(void)
{
    struct control c = {.model = model_create()};
    model_import(c.model, 18);
    model_input(c.model, "maybe", OPTIONAL_OF(HINGE_FLOAT), -1, NULL);
    model_node(c.model, "", "OptionalHasElement", "maybe", "has");
    model_node(c.model, "", "If", "has", "y");
    model_begin_graph(c.model, "then_branch");
    model_output(c.model, "element", HINGE_FLOAT, -1, NULL);
    model_node(c.model, "", "OptionalGetElement", "maybe", "element");
    model_end_graph(c.model);
    model_begin_graph(c.model, "else_branch");
    model_floats(c.model, "otherwise", 1, DIMS(1), FLOATS(9));
    model_output(c.model, "otherwise", HINGE_FLOAT, 1, DIMS(1));
    model_end_graph(c.model);
    model_node(c.model, "", "Optional", "y", "again");
    model_node(c.model, "", "Optional", "", "none");
    model_attribute_type(c.model, "type", SEQUENCE_OF(HINGE_FLOAT));
    model_output(c.model, "y", HINGE_FLOAT, -1, NULL);
    model_output(c.model, "again", OPTIONAL_OF(HINGE_FLOAT), -1, NULL);
    model_output(c.model, "none", OPTIONAL_OF(SEQUENCE_OF(HINGE_FLOAT)), -1, NULL);
    control_open(&c);
    float x[] = {1, 2};
    hinge_tensor element = control_floats(1, DIMS(2), x), y[3];
    hinge_tensor input = container(HINGE_OPTIONAL, 1, &element);
    control_run(&c, &input, 1, y, 3);
    control_check_floats(&y[0], 1, DIMS(2), x);
    control_check_shape(&y[1], HINGE_OPTIONAL, 1, DIMS(1));
    control_check_floats(y[1].data, 1, DIMS(2), x);
    control_check_shape(&y[2], HINGE_OPTIONAL, 1, DIMS(0));
    input = container(HINGE_OPTIONAL, 0, NULL);
    control_run(&c, &input, 1, y, 3);
    control_check_floats(&y[0], 1, DIMS(1), FLOATS(9));
    control_check_floats(y[1].data, 1, DIMS(1), FLOATS(9));
    control_close(&c);
}

static void survives_want_of_memory(void)
{
    float x[] = {1, 2, 3};
    int64_t n = 3;
    hinge_tensor input = control_floats(1, DIMS(3), x), number = control_int(&n);
    control_exhaust(&(struct control){.model = parts()}, &input, 1, 2);
    control_exhaust(&(struct control){.model = texts()}, &number, 1, 1);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"split, map, join", split_map_join},
                                  {"in and out", in_and_out},
                                  {"through a loop", through_a_loop},
                                  {"optional", optional},
                                  {"survives want of memory", survives_want_of_memory},
                                  CU_TEST_INFO_NULL};
    return run_tests("sequence", tests);
}
