/* Sequences that grow in loops: in their place where nobody else needs them, else copied. */
#include "tests/control/control.h"

/* How often a node's sequence was found somewhere else than before. */
struct moves {
    const void *data;
    int n, n_events;
};

static void count_moves(void *user, const hinge_node_event *event)
{
    struct moves *moves = user;
    if (strcmp(event->op, "SequenceInsert") != 0)
        return;
    moves->n += event->outputs[0]->data != moves->data;
    moves->data = event->outputs[0]->data;
    moves->n_events++;
}

static void run_counting(struct control *c, int64_t n, struct moves *moves, hinge_tensor *y,
                         size_t n_outputs)
{
    hinge_tensor input = control_int(&n);
    hinge_run_options options = {
        .size = sizeof options, .on_node = count_moves, .on_node_user = moves};
    *moves = (struct moves){.n = 0};
    if (hinge_run(c->context, &input, 1, y, n_outputs, &options, &c->error))
        CU_FAIL_FATAL(c->error.message);
}

/* s = 0, 1, … of int64 scalars. */
static void check_counted(const hinge_tensor *s, int64_t n)
{
    control_check_shape(s, HINGE_SEQUENCE, 1, DIMS(n));
    for (int64_t i = 0; i < n; i++) {
        const hinge_tensor *element = (const hinge_tensor *)s->data + i;
        control_check_ints(element, 0, NULL, &i);
    }
}

/* n and an empty sequence of int64. */
static struct model *begin(void)
{
    struct model *model = model_create();
    model_import(model, 17);
    model_input(model, "n", HINGE_INT64, 0, NULL);
    model_node(model, "", "SequenceEmpty", "", "empty");
    model_attribute_int(model, "dtype", HINGE_INT64);
    return model;
}

static void begin_loop(struct model *model)
{
    control_loop_body(model);
    model_input(model, "t", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_output(model, "u", SEQUENCE_OF(HINGE_INT64), -1, NULL);
}

static void check_growth(struct model *model)
{
    struct control c = {.model = model};
    control_open(&c);
    for (int64_t n = 0; n <= 10000; n = n ? n * 10 : 1) {
        struct moves moves;
        hinge_tensor y;
        run_counting(&c, n, &moves, &y, 1);
        check_counted(&y, n);
        CU_ASSERT_EQUAL(moves.n_events, n);
        CU_ASSERT(moves.n <= 16); /* 10000 is less than 2 ** 14 */
    }
    control_close(&c);
}

/* A loop that appends the number of its iteration. */
static struct model *append(void)
{
    struct model *model = begin();
    model_node(model, "", "Loop", "n - empty", "s");
    begin_loop(model);
    model_node(model, "", "SequenceInsert", "t i", "u");
    model_end_graph(model);
    model_output(model, "s", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    return model;
}

/* The same in a branch of an If, which captures the sequence. */
static struct model *append_in_branch(void)
{
    struct model *model = begin();
    model_node(model, "", "Loop", "n - empty", "s");
    begin_loop(model);
    model_node(model, "", "If", "go", "u");
    model_begin_graph(model, "then_branch");
    model_output(model, "longer", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_node(model, "", "SequenceInsert", "t i", "longer");
    model_end_graph(model);
    model_begin_graph(model, "else_branch");
    model_output(model, "same", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_node(model, "", "Identity", "t", "same");
    model_end_graph(model);
    model_end_graph(model);
    model_output(model, "s", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    return model;
}

/* An inner loop of one iteration, which takes the sequence over from the outer one. */
static struct model *append_in_loop(void)
{
    struct model *model = begin();
    model_ints(model, "once", 0, NULL, INTS(1));
    model_node(model, "", "Loop", "n - empty", "s");
    begin_loop(model);
    model_node(model, "", "Loop", "once - t", "u");
    model_begin_graph(model, "body");
    model_input(model, "k", HINGE_INT64, 0, NULL);
    model_input(model, "inner_go", HINGE_BOOL, 0, NULL);
    model_input(model, "v", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_output(model, "inner_on", HINGE_BOOL, 0, NULL);
    model_output(model, "w", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_node(model, "", "Identity", "inner_go", "inner_on");
    model_node(model, "", "SequenceInsert", "v i", "w");
    model_end_graph(model);
    model_end_graph(model);
    model_output(model, "s", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    return model;
}

static void moves_are_few(void)
{
    check_growth(append());
    check_growth(append_in_branch());
    check_growth(append_in_loop());
}

/* In each iteration an element goes in front of what there is. */
static struct model *prepend(const char *loop_inputs, const char *loop_outputs)
{
    struct model *model = begin();
    model_ints(model, "first", 0, NULL, INTS(0));
    model_node(model, "", "SequenceConstruct", "n n", "two");
    model_node(model, "", "Loop", loop_inputs, loop_outputs);
    begin_loop(model);
    model_node(model, "", "SequenceInsert", "t i first", "u");
    return model;
}

static void check_prepended(const hinge_tensor *s, int64_t n, int64_t n_before)
{
    control_check_shape(s, HINGE_SEQUENCE, 1, DIMS(n + n_before));
    for (int64_t i = 0; i < n; i++)
        control_check_ints((const hinge_tensor *)s->data + i, 0, NULL, INTS(n - 1 - i));
}

/* What a node behind the loop reads too: it is the loop's first state, and stays as it was. */
static void is_read_later(void)
{
    struct control c = {.model = prepend("n - two", "s")};
    model_end_graph(c.model);
    model_node(c.model, "", "SequenceAt", "two first", "x");
    model_output(c.model, "s", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_output(c.model, "two", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_output(c.model, "x", HINGE_INT64, 0, NULL);
    control_open(&c);
    hinge_tensor y[3];
    struct moves moves;
    run_counting(&c, 5, &moves, y, 3);
    check_prepended(&y[0], 5, 2);
    control_check_shape(&y[1], HINGE_SEQUENCE, 1, DIMS(2));
    for (int i = 0; i < 2; i++)
        control_check_ints((const hinge_tensor *)y[1].data + i, 0, NULL, INTS(5));
    control_check_ints(&y[2], 0, NULL, INTS(5));
    control_close(&c);
}

/* What a later node of the body reads too. */
static void is_read_in_the_body(void)
{
    struct control c = {.model = prepend("n - two", "s before")};
    model_output(c.model, "head", HINGE_INT64, 0, NULL);
    model_node(c.model, "", "SequenceLength", "u", "length"); /* to run behind the insertion */
    model_node(c.model, "", "Sub", "length length", "start");
    model_node(c.model, "", "SequenceAt", "t start", "head");
    model_end_graph(c.model);
    model_output(c.model, "s", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_output(c.model, "before", HINGE_INT64, 1, (const int64_t[]){-1});
    control_open(&c);
    hinge_tensor y[2];
    struct moves moves;
    run_counting(&c, 4, &moves, y, 2);
    check_prepended(&y[0], 4, 2);
    control_check_ints(&y[1], 1, DIMS(4), INTS(4, 0, 1, 2));
    control_close(&c);
}

/* Two states that begin as one sequence, of which only one grows. */
static void is_two_states(void)
{
    struct control c = {.model = prepend("n - two two", "s same")};
    model_input(c.model, "kept", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_output(c.model, "kept_on", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_node(c.model, "", "Identity", "kept", "kept_on");
    model_end_graph(c.model);
    model_output(c.model, "s", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_output(c.model, "same", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    control_open(&c);
    hinge_tensor y[2];
    struct moves moves;
    run_counting(&c, 3, &moves, y, 2);
    check_prepended(&y[0], 3, 2);
    control_check_shape(&y[1], HINGE_SEQUENCE, 1, DIMS(2));
    for (int i = 0; i < 2; i++)
        control_check_ints((const hinge_tensor *)y[1].data + i, 0, NULL, INTS(3));
    control_close(&c);
}

/* A first state that every iteration captures besides. */
static void is_captured(void)
{
    struct control c = {.model = prepend("n - two", "s heads")};
    model_output(c.model, "head", HINGE_INT64, 0, NULL);
    model_node(c.model, "", "SequenceLength", "u", "length");
    model_node(c.model, "", "Sub", "length length", "start");
    model_node(c.model, "", "SequenceAt", "two start", "head");
    model_end_graph(c.model);
    model_output(c.model, "s", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_output(c.model, "heads", HINGE_INT64, 1, (const int64_t[]){-1});
    control_open(&c);
    hinge_tensor y[2];
    struct moves moves;
    run_counting(&c, 3, &moves, y, 2);
    check_prepended(&y[0], 3, 2);
    control_check_ints(&y[1], 1, DIMS(3), INTS(3, 3, 3));
    control_close(&c);
}

/* A branch that grows what a node behind the If reads. */
static void is_read_behind_a_branch(void)
{
    struct control c = {.model = begin()};
    model_ints(c.model, "first", 0, NULL, INTS(0));
    model_ints(c.model, "seven", 0, NULL, INTS(7));
    model_node(c.model, "", "SequenceConstruct", "n n", "two");
    model_node(c.model, "", "Greater", "n first", "is");
    model_node(c.model, "", "If", "is", "s");
    for (int i = 0; i < 2; i++) {
        model_begin_graph(c.model, i ? "then_branch" : "else_branch");
        model_output(c.model, i ? "a" : "b", SEQUENCE_OF(HINGE_INT64), -1, NULL);
        model_node(c.model, "", "SequenceInsert", "two seven first", i ? "a" : "b");
        model_end_graph(c.model);
    }
    model_node(c.model, "", "SequenceAt", "two first", "x");
    model_output(c.model, "s", SEQUENCE_OF(HINGE_INT64), -1, NULL);
    model_output(c.model, "x", HINGE_INT64, 0, NULL);
    control_open(&c);
    hinge_tensor y[2];
    struct moves moves;
    run_counting(&c, 5, &moves, y, 2);
    control_check_shape(&y[0], HINGE_SEQUENCE, 1, DIMS(3));
    control_check_ints((const hinge_tensor *)y[0].data, 0, NULL, INTS(7));
    control_check_ints(&y[1], 0, NULL, INTS(5));
    control_close(&c);
}

static void survives_want_of_memory(void)
{
    int64_t n = 4;
    hinge_tensor number = control_int(&n);
    control_exhaust(&(struct control){.model = append()}, &number, 1, 1);
    control_exhaust(&(struct control){.model = append_in_branch()}, &number, 1, 1);
    control_exhaust(&(struct control){.model = append_in_loop()}, &number, 1, 1);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"moves are few", moves_are_few},
                                  {"is read later", is_read_later},
                                  {"is read in the body", is_read_in_the_body},
                                  {"is two states", is_two_states},
                                  {"is captured", is_captured},
                                  {"is read behind a branch", is_read_behind_a_branch},
                                  {"survives want of memory", survives_want_of_memory},
                                  CU_TEST_INFO_NULL};
    return run_tests("growth", tests);
}
