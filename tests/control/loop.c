/* Models with Loop: all ways of ending, states that change, loops within, endless ones. */
#include "tests/control/control.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static const int64_t two[] = {2};

/* n, x [2] -> (x with c added n times, x before each time): c is an outer initializer. */
static struct model *adding(const int64_t *declared)
{
    struct model *model = model_create();
    model_input(model, "n", HINGE_INT64, 0, NULL);
    model_input(model, "x", HINGE_FLOAT, 1, two);
    model_floats(model, "c", 1, two, FLOATS(1, 10));
    model_node(model, "", "Loop", "n - x", "y all");
    control_loop_body(model);
    model_input(model, "state", HINGE_FLOAT, 1, two);
    model_output(model, "next", HINGE_FLOAT, 1, two);
    model_output(model, "before", HINGE_FLOAT, declared ? 1 : -1, declared);
    model_node(model, "", "Add", "state c", "next");
    model_node(model, "", "Identity", "state", "before");
    model_end_graph(model);
    model_output(model, "y", HINGE_FLOAT, 1, two);
    model_output(model, "all", HINGE_FLOAT, -1, NULL);
    return model;
}

static void counted(void)
{
    struct control c = {.model = adding(two)};
    control_open(&c);
    float x[] = {1, 2};
    int64_t n = 3;
    hinge_tensor inputs[] = {control_int(&n), control_floats(1, two, x)}, y[2];
    control_run(&c, inputs, 2, y, 2);
    control_check_floats(&y[0], 1, two, FLOATS(4, 32));
    control_check_floats(&y[1], 2, DIMS(3, 2), FLOATS(1, 2, 2, 12, 3, 22));
    n = 1;
    control_run(&c, inputs, 2, y, 2);
    control_check_floats(&y[0], 1, two, FLOATS(2, 12));
    control_check_floats(&y[1], 2, DIMS(1, 2), FLOATS(1, 2));
    control_close(&c);
}

/* What is gathered has a dimension of 0, and the others as far as the body declares them. */
static void no_iteration(void)
{
    for (int declared = 0; declared < 2; declared++) {
        struct control c = {.model = adding(declared ? two : NULL)};
        control_open(&c);
        float x[] = {1, 2};
        int64_t n = 0;
        hinge_tensor inputs[] = {control_int(&n), control_floats(1, two, x)}, y[2];
        control_run(&c, inputs, 2, y, 2);
        control_check_floats(&y[0], 1, two, x);
        CU_ASSERT_EQUAL(hinge_tensor_count(&y[1]), 0);
        CU_ASSERT_EQUAL(y[1].dims[0], 0);
        if (declared)
            control_check_floats(&y[1], 2, DIMS(0, 2), NULL);
        control_close(&c);
    }
}

/* A body that needs its iteration number as a list of one, which it declares. */
static void iteration_of_rank_1(void)
{
    struct control c = {.model = model_create()};
    model_input(c.model, "x", HINGE_FLOAT, 1, DIMS(4));
    model_ints(c.model, "n", 0, NULL, INTS(3));
    model_ints(c.model, "one", 1, DIMS(1), INTS(1));
    model_node(c.model, "", "Loop", "n -", "y");
    model_begin_graph(c.model, "body");
    model_input(c.model, "i", HINGE_INT64, 1, DIMS(1));
    model_input(c.model, "go", HINGE_BOOL, 0, NULL);
    model_output(c.model, "go_on", HINGE_BOOL, 0, NULL);
    model_output(c.model, "part", HINGE_FLOAT, -1, NULL);
    model_node(c.model, "", "Identity", "go", "go_on");
    model_node(c.model, "", "Add", "i one", "end");
    model_node(c.model, "", "Slice", "x i end", "part");
    model_end_graph(c.model);
    model_output(c.model, "y", HINGE_FLOAT, -1, NULL);
    control_open(&c);
    float x[] = {5, 6, 7, 8};
    hinge_tensor input = control_floats(1, DIMS(4), x), y;
    control_run(&c, &input, 1, &y, 1);
    control_check_floats(&y, 2, DIMS(3, 1), FLOATS(5, 6, 7));
    control_close(&c);
}

/* x -> x doubled until it is 100 at least, and how often: a while loop with an outer limit. */
static struct model *doubling(void)
{
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 0, NULL);
    model_floats(model, "limit", 0, NULL, FLOATS(100));
    model_node(model, "", "Less", "x limit", "begin");
    model_node(model, "", "Loop", "- begin x", "y steps");
    model_begin_graph(model, "body");
    model_input(model, "i", HINGE_INT64, 0, NULL);
    model_input(model, "go", HINGE_BOOL, 0, NULL);
    model_input(model, "state", HINGE_FLOAT, 0, NULL);
    model_output(model, "go_on", HINGE_BOOL, 0, NULL);
    model_output(model, "next", HINGE_FLOAT, 0, NULL);
    model_output(model, "i", HINGE_INT64, 0, NULL);
    model_node(model, "", "Add", "state state", "next");
    model_node(model, "", "Less", "next limit", "go_on");
    model_end_graph(model);
    model_output(model, "y", HINGE_FLOAT, 0, NULL);
    model_output(model, "steps", HINGE_INT64, 1, DIMS(-1));
    return model;
}

static void while_loop(void)
{
    struct control c = {.model = doubling()};
    control_open(&c);
    float x = 13;
    hinge_tensor input = control_floats(0, NULL, &x), y[2];
    control_run(&c, &input, 1, y, 2);
    control_check_floats(&y[0], 0, NULL, FLOATS(104));
    control_check_ints(&y[1], 1, DIMS(3), INTS(0, 1, 2));
    x = 100;
    control_run(&c, &input, 1, y, 2);
    control_check_floats(&y[0], 0, NULL, FLOATS(100));
    control_check_ints(&y[1], 1, DIMS(0), NULL);
    control_close(&c);
}

/* A state that is twice as long after each iteration, and an output that follows it. */
static void growing_state(void)
{
    struct control c = {.model = model_create()};
    model_input(c.model, "n", HINGE_INT64, 0, NULL);
    model_input(c.model, "x", HINGE_FLOAT, 1, DIMS(-1));
    model_node(c.model, "", "Loop", "n - x", "y lengths");
    control_loop_body(c.model);
    model_input(c.model, "state", HINGE_FLOAT, 1, DIMS(-1));
    model_output(c.model, "next", HINGE_FLOAT, -1, NULL);
    model_output(c.model, "length", HINGE_INT64, 1, DIMS(1));
    model_node(c.model, "", "Concat", "state state", "next");
    model_attribute_int(c.model, "axis", 0);
    model_node(c.model, "", "Shape", "next", "length");
    model_end_graph(c.model);
    model_node(c.model, "", "Neg", "y", "z");
    model_output(c.model, "z", HINGE_FLOAT, 1, DIMS(-1));
    model_output(c.model, "lengths", HINGE_INT64, 2, DIMS(-1, 1));
    control_open(&c);
    float x[] = {1, 2};
    int64_t n = 2;
    hinge_tensor inputs[] = {control_int(&n), control_floats(1, two, x)}, y[2];
    for (int run = 0; run < 2; run++) {
        control_run(&c, inputs, 2, y, 2);
        control_check_floats(&y[0], 1, DIMS(8), FLOATS(-1, -2, -1, -2, -1, -2, -1, -2));
        control_check_ints(&y[1], 2, DIMS(2, 1), INTS(4, 8));
    }
    control_close(&c);
}

/* Three loops in one another; the innermost reads x of the model and i of both others, and hides k
 * with a constant of its own. */
static struct model *nested(void)
{
    struct model *model = model_create();
    model_input(model, "n", HINGE_INT64, 0, NULL);
    model_ints(model, "x", 0, NULL, INTS(1000));
    model_ints(model, "k", 0, NULL, INTS(7));
    model_node(model, "", "Loop", "n -", "all");
    control_loop_body(model);
    model_output(model, "rows", HINGE_INT64, -1, NULL);
    model_node(model, "", "Loop", "n -", "rows");
    model_begin_graph(model, "body");
    model_input(model, "j", HINGE_INT64, 0, NULL);
    model_input(model, "go_j", HINGE_BOOL, 0, NULL);
    model_output(model, "go_j", HINGE_BOOL, 0, NULL);
    model_output(model, "row", HINGE_INT64, -1, NULL);
    model_node(model, "", "Loop", "n -", "row");
    model_begin_graph(model, "body");
    model_input(model, "l", HINGE_INT64, 0, NULL);
    model_input(model, "go_l", HINGE_BOOL, 0, NULL);
    model_output(model, "go_l", HINGE_BOOL, 0, NULL);
    model_output(model, "sum", HINGE_INT64, -1, NULL);
    model_ints(model, "k", 0, NULL, INTS(10));
    model_node(model, "", "Mul", "i k", "ten_i");
    model_node(model, "", "Add", "ten_i j", "ij");
    model_node(model, "", "Mul", "ij k", "ten_ij");
    model_node(model, "", "Add", "ten_ij l", "ijl");
    model_node(model, "", "Add", "ijl x", "sum");
    model_end_graph(model);
    model_end_graph(model);
    model_end_graph(model);
    model_node(model, "", "Add", "all k", "y");
    model_output(model, "y", HINGE_INT64, 3, DIMS(-1, -1, -1));
    return model;
}

static void loops_in_loops(void)
{
    struct control c = {.model = nested()};
    control_open(&c);
    int64_t n = 3, expected[27];
    hinge_tensor input = control_int(&n), y;
    for (int64_t i = 0; i < 27; i++)
        expected[i] = 1007 + 100 * (i / 9) + 10 * (i / 3 % 3) + i % 3;
    control_run(&c, &input, 1, &y, 1);
    control_check_ints(&y, 3, DIMS(3, 3, 3), expected);
    control_close(&c);
}

/* A body without a node that swaps its states, and gathers the iteration. */
static void swapping(void)
{
    struct control c = {.model = model_create()};
    model_input(c.model, "n", HINGE_INT64, 0, NULL);
    model_input(c.model, "a", HINGE_FLOAT, 1, two);
    model_strings(c.model, "s", 1, DIMS(1), (const char *const[]){"text"});
    model_strings(c.model, "t", 1, two, (const char *const[]){"", "another"});
    model_node(c.model, "", "Loop", "n - a s t", "p q r iterations");
    model_begin_graph(c.model, "body");
    model_input(c.model, "i", HINGE_INT64, 0, NULL);
    model_input(c.model, "go", HINGE_BOOL, 0, NULL);
    model_input(c.model, "u", HINGE_FLOAT, 1, two);
    model_input(c.model, "v", HINGE_STRING, 1, DIMS(-1));
    model_input(c.model, "w", HINGE_STRING, 1, DIMS(-1));
    model_output(c.model, "go", HINGE_BOOL, 0, NULL);
    model_output(c.model, "u", HINGE_FLOAT, 1, two);
    model_output(c.model, "w", HINGE_STRING, 1, DIMS(-1));
    model_output(c.model, "v", HINGE_STRING, 1, DIMS(-1));
    model_output(c.model, "i", HINGE_INT64, 0, NULL);
    model_end_graph(c.model);
    model_output(c.model, "p", HINGE_FLOAT, 1, two);
    model_output(c.model, "q", HINGE_STRING, 1, DIMS(-1));
    model_output(c.model, "iterations", HINGE_INT64, 1, DIMS(-1));
    control_open(&c);
    float a[] = {3, 4};
    int64_t n = 3;
    hinge_tensor inputs[] = {control_int(&n), control_floats(1, two, a)}, y[3];
    control_run(&c, inputs, 2, y, 3);
    control_check_floats(&y[0], 1, two, a);
    control_check_shape(&y[1], HINGE_STRING, 1, two);
    hinge_string another = ((const hinge_string *)y[1].data)[1];
    CU_ASSERT_TRUE(another.size == 7 && !memcmp(another.bytes, "another", 7));
    control_check_ints(&y[2], 1, DIMS(3), INTS(0, 1, 2));
    control_close(&c);
}

/* Many iterations ask for no more memory than few, but for what doubling takes. */
static void steady(void)
{
    struct control c = {.model = adding(two)};
    control_open(&c);
    float x[] = {1, 2};
    size_t n_allocations[2];
    for (int round = 0; round < 2; round++) {
        int64_t n = round ? 20000 : 20;
        hinge_tensor inputs[] = {control_int(&n), control_floats(1, two, x)}, y[2];
        control_run(&c, inputs, 2, y, 2);
        size_t before = c.counter.n;
        control_run(&c, inputs, 2, y, 2);
        n_allocations[round] = c.counter.n - before;
        CU_ASSERT_EQUAL(((const float *)y[0].data)[0], (float)(n + 1));
    }
    CU_ASSERT_TRUE(n_allocations[1] <= n_allocations[0] + 40);
    control_close(&c);
}

/* x -> nothing ever: without M and cond. */
static struct model *endless(bool empty)
{
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 1, two);
    model_node(model, "", "Loop", "- - x", "y");
    model_begin_graph(model, "body");
    model_input(model, "i", HINGE_INT64, 0, NULL);
    model_input(model, "go", HINGE_BOOL, 0, NULL);
    model_input(model, "state", HINGE_FLOAT, 1, two);
    model_output(model, "go", HINGE_BOOL, 0, NULL);
    model_output(model, empty ? "state" : "next", HINGE_FLOAT, 1, two);
    if (!empty)
        model_node(model, "", "Neg", "state", "next");
    model_end_graph(model);
    model_output(model, "y", HINGE_FLOAT, 1, two);
    return model;
}

static void deadline(void)
{
    for (int empty = 0; empty < 2; empty++) {
        struct control c = {.model = endless(empty)};
        control_open(&c);
        float x[] = {1, 2};
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        hinge_run_options options = {.size = sizeof options,
                                     .deadline_ns = (uint64_t)now.tv_sec * 1000000000 +
                                                    (uint64_t)now.tv_nsec + 20000000};
        hinge_tensor input = control_floats(1, two, x), y = {.data = NULL};
        CU_ASSERT_EQUAL(hinge_run(c.context, &input, 1, &y, 1, &options, &c.error), HINGE_DEADLINE);
        control_close(&c);
    }
}

struct cancelling {
    hinge_context *context;
    atomic_bool done;
};

static void *cancel_again_and_again(void *argument)
{
    struct cancelling *cancelling = argument;
    while (!atomic_load(&cancelling->done)) {
        nanosleep(&(const struct timespec){.tv_nsec = 5000000}, NULL);
        hinge_cancel(cancelling->context);
    }
    return NULL;
}

static void cancel(void)
{
    for (int empty = 0; empty < 2; empty++) {
        struct control c = {.model = endless(empty)};
        control_open(&c);
        float x[] = {1, 2};
        hinge_tensor input = control_floats(1, two, x), y = {.data = NULL};
        struct cancelling cancelling = {.context = c.context};
        pthread_t thread;
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, cancel_again_and_again, &cancelling),
                              0);
        CU_ASSERT_EQUAL(hinge_run(c.context, &input, 1, &y, 1, NULL, &c.error), HINGE_CANCELLED);
        atomic_store(&cancelling.done, true);
        pthread_join(thread, NULL);
        control_close(&c);
    }
}

static void survives_want_of_memory(void)
{
    float x[] = {1, 2}, y = 13;
    int64_t n = 3;
    hinge_tensor inputs[] = {control_int(&n), control_floats(1, two, x)};
    hinge_tensor number = control_floats(0, NULL, &y);
    control_exhaust(&(struct control){.model = adding(two)}, inputs, 2, 2);
    control_exhaust(&(struct control){.model = doubling()}, &number, 1, 2);
    control_exhaust(&(struct control){.model = nested()}, inputs, 1, 1);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"counted", counted},
                                  {"no iteration", no_iteration},
                                  {"iteration of rank 1", iteration_of_rank_1},
                                  {"while loop", while_loop},
                                  {"growing state", growing_state},
                                  {"loops in loops", loops_in_loops},
                                  {"swapping", swapping},
                                  {"steady", steady},
                                  {"deadline", deadline},
                                  {"cancel", cancel},
                                  {"survives want of memory", survives_want_of_memory},
                                  CU_TEST_INFO_NULL};
    return run_tests("loop", tests);
}
