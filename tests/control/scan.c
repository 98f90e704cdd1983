/* Models with Scan: running sums in both directions, batches, a Scan in a Loop. */
#include "tests/control/control.h"

/* The body (sum, x) -> (sum + x times an outer k, that again). */
static void sum_body(struct model *model, int rank, const int64_t *dims)
{
    model_attribute_int(model, "num_scan_inputs", 1);
    model_begin_graph(model, "body");
    model_input(model, "sum", HINGE_FLOAT, rank, dims);
    model_input(model, "next", HINGE_FLOAT, rank, dims);
    model_output(model, "new_sum", HINGE_FLOAT, rank, dims);
    model_output(model, "element", HINGE_FLOAT, rank, dims);
    model_node(model, "", "Mul", "next k", "product");
    model_node(model, "", "Add", "sum product", "new_sum");
    model_node(model, "", "Identity", "new_sum", "element");
    model_end_graph(model);
}

/* x [2, n] scanned along axis 1, backwards in and out where backward; z = y + sum. */
static struct model *along_axis_1(bool backward)
{
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 2, DIMS(2, -1));
    model_floats(model, "zero", 1, DIMS(2), FLOATS(0, 0));
    model_floats(model, "k", 0, NULL, FLOATS(10));
    model_node(model, "", "Scan", "zero x", "sum y");
    sum_body(model, 1, DIMS(2));
    model_attribute_ints(model, "scan_input_axes", 1, INTS(1));
    model_attribute_ints(model, "scan_output_axes", 1, INTS(-1));
    model_attribute_ints(model, "scan_input_directions", 1, INTS(backward));
    model_attribute_ints(model, "scan_output_directions", 1, INTS(backward));
    model_node(model, "", "Neg", "y", "z");
    model_output(model, "sum", HINGE_FLOAT, 1, DIMS(2));
    model_output(model, "z", HINGE_FLOAT, 2, DIMS(2, -1));
    return model;
}

static void directions(void)
{
    for (int backward = 0; backward < 2; backward++) {
        struct control c = {.model = along_axis_1(backward)};
        control_open(&c);
        float x[] = {1, 2, 3, 4, 5, 6};
        hinge_tensor input = control_floats(2, DIMS(2, 3), x), y[2];
        for (int run = 0; run < 2; run++) {
            control_run(&c, &input, 1, y, 2);
            control_check_floats(&y[0], 1, DIMS(2), FLOATS(60, 150));
            control_check_floats(&y[1], 2, DIMS(2, 3),
                                 backward ? FLOATS(-60, -50, -30, -150, -110, -60)
                                          : FLOATS(-10, -30, -60, -40, -90, -150));
        }
        input = control_floats(2, DIMS(2, 0), x);
        control_run(&c, &input, 1, y, 2);
        control_check_floats(&y[0], 1, DIMS(2), FLOATS(0, 0));
        control_check_floats(&y[1], 2, DIMS(2, 0), NULL);
        control_close(&c);
    }
}

/* The second run with a shape allocates nothing: the outputs' shapes are known before it. */
static void steady(void)
{
    struct control c = {.model = along_axis_1(false)};
    control_open(&c);
    float x[2000] = {1};
    hinge_tensor input = control_floats(2, DIMS(2, 1000), x), y[2];
    control_run(&c, &input, 1, y, 2);
    size_t before = c.counter.n;
    control_run(&c, &input, 1, y, 2);
    CU_ASSERT_EQUAL(atomic_load(&c.counter.n), before);
    control_close(&c);
}

static void batch(void)
{
    struct control c = {.model = model_create()};
    model_import(c.model, 8);
    model_input(c.model, "x", HINGE_FLOAT, 3, DIMS(2, 3, 1));
    model_ints(c.model, "lens", 1, DIMS(2), INTS(3, 1));
    model_floats(c.model, "start", 2, DIMS(2, 1), FLOATS(100, 200));
    model_floats(c.model, "k", 0, NULL, FLOATS(10));
    model_node(c.model, "", "Scan", "lens start x", "sum y");
    sum_body(c.model, 1, DIMS(1));
    model_attribute_ints(c.model, "directions", 1, INTS(1));
    model_output(c.model, "sum", HINGE_FLOAT, 2, DIMS(2, 1));
    model_output(c.model, "y", HINGE_FLOAT, 3, DIMS(2, 3, 1));
    control_open(&c);
    float x[] = {1, 2, 3, 4, 5, 6};
    hinge_tensor input = control_floats(3, DIMS(2, 3, 1), x), y[2];
    control_run(&c, &input, 1, y, 2);
    control_check_floats(&y[0], 2, DIMS(2, 1), FLOATS(160, 240));
    control_check_floats(&y[1], 3, DIMS(2, 3, 1), FLOATS(130, 150, 160, 240, 0, 0));
    control_close(&c);
}

/* The Loop's state is what the Scan starts from; the Scan reads k, and x, from two levels up. */
static void in_loop(void)
{
    struct control c = {.model = model_create()};
    model_input(c.model, "n", HINGE_INT64, 0, NULL);
    model_input(c.model, "x", HINGE_FLOAT, 1, DIMS(3));
    model_floats(c.model, "zero", 0, NULL, FLOATS(0));
    model_floats(c.model, "k", 0, NULL, FLOATS(10));
    model_node(c.model, "", "Loop", "n - zero", "total sums");
    control_loop_body(c.model);
    model_input(c.model, "state", HINGE_FLOAT, 0, NULL);
    model_output(c.model, "after", HINGE_FLOAT, 0, NULL);
    model_output(c.model, "row", HINGE_FLOAT, 1, DIMS(3));
    model_node(c.model, "", "Scan", "state x", "after row");
    sum_body(c.model, 0, NULL);
    model_end_graph(c.model);
    model_output(c.model, "total", HINGE_FLOAT, 0, NULL);
    model_output(c.model, "sums", HINGE_FLOAT, 2, DIMS(-1, 3));
    control_open(&c);
    float x[] = {1, 2, 3};
    int64_t n = 2;
    hinge_tensor inputs[] = {control_int(&n), control_floats(1, DIMS(3), x)}, y[2];
    control_run(&c, inputs, 2, y, 2);
    control_check_floats(&y[0], 0, NULL, FLOATS(120));
    control_check_floats(&y[1], 2, DIMS(2, 3), FLOATS(10, 30, 60, 70, 90, 120));
    control_close(&c);
}

static void survives_want_of_memory(void)
{
    float x[] = {1, 2, 3, 4, 5, 6};
    hinge_tensor input = control_floats(2, DIMS(2, 3), x);
    control_exhaust(&(struct control){.model = along_axis_1(true)}, &input, 1, 2);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"directions", directions},
                                  {"steady", steady},
                                  {"batch", batch},
                                  {"in a loop", in_loop},
                                  {"survives want of memory", survives_want_of_memory},
                                  CU_TEST_INFO_NULL};
    return run_tests("scan", tests);
}
