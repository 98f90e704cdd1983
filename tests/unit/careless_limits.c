/* Callers that run out of memory, by an allocator or by a limit of their own, or fork. */
#include "tests/unit/running.h"

#include <sys/wait.h>
#include <unistd.h>

#define STEPS TEST_PLUGINS "/steps.so"
#define ABI2 TEST_PLUGINS "/abi2.so"

static const int64_t any[] = {-1};

static struct running start(const char *plugin)
{
    return (struct running){.model = model_create(), .plugins = {plugin}};
}

static void loop_model(struct running *r)
{
    model_input(r->model, "x", HINGE_FLOAT, 1, any);
    model_ints(r->model, "times", 0, NULL, (int64_t[]){4});
    model_node(r->model, "", "SequenceConstruct", "x", "s0");
    model_node(r->model, "", "Loop", "times - s0 x", "s last");
    model_begin_graph(r->model, "body");
    model_input(r->model, "i", HINGE_INT64, 0, NULL);
    model_input(r->model, "go", HINGE_BOOL, 0, NULL);
    model_input(r->model, "before", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    model_input(r->model, "v", HINGE_FLOAT, -1, NULL);
    model_output(r->model, "go_on", HINGE_BOOL, 0, NULL);
    model_output(r->model, "after", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    model_output(r->model, "w", HINGE_FLOAT, -1, NULL);
    model_node(r->model, "", "Identity", "go", "go_on");
    model_node(r->model, "", "Concat", "v x", "w");
    model_attribute_int(r->model, "axis", 0);
    model_node(r->model, "", "SequenceInsert", "before w", "after");
    model_end_graph(r->model);
    model_node(r->model, DOMAIN, "AbiWords", "last", "words");
    model_node(r->model, DOMAIN, "AbiTwice", "last", "twice");
    model_output(r->model, "s", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    model_output(r->model, "words", HINGE_STRING, 1, any);
    model_output(r->model, "twice", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
}

static hinge_status run_loop(struct running *r)
{
    float x[] = {1, 2};
    hinge_tensor input = floats(2, x), outputs[3];
    hinge_status status = running_run(r, &input, 1, outputs, 3);
    if (status)
        return status;
    CU_ASSERT_EQUAL_FATAL(outputs[0].dims[0], 5);
    check_floats(&((const hinge_tensor *)outputs[0].data)[1], 4, (float[]){1, 2, 1, 2});
    CU_ASSERT_EQUAL_FATAL(hinge_tensor_count(&outputs[1]), 10);
    CU_ASSERT_EQUAL(*((const hinge_string *)outputs[1].data)[9].bytes, '2');
    check_floats((const hinge_tensor *)outputs[2].data + 1, 1, (float[]){7});
    return HINGE_OK;
}

/* The n-th allocation fails, for every n: in opening, in making a context, in a run. The context
 * runs again after it, with memory. */
static void every_allocation_fails(void)
{
    struct running r = start(ABI2);
    loop_model(&r);
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        r.counter = (struct counter){.fail_at = n};
        hinge_status status = running_try_open(&r);
        for (int round = 0; round < 2 && r.context; round++)
            status = run_loop(&r);
        failed = counter_failed(&r.counter);
        /* What can be done without it need not fail, and the second run has it. */
        CU_ASSERT_TRUE(status == HINGE_OK || (failed && status == HINGE_NO_MEMORY));
        CU_ASSERT_TRUE(status == HINGE_OK || r.error.status == HINGE_NO_MEMORY);
        running_shut(&r);
    }
    running_close(&r);
}

static void memory_limits(void)
{
    struct running r = start(ABI2);
    loop_model(&r);
    int n_open = 0, n_run = 0, n_good = 0;
    for (size_t limit = 1; n_good < 3; limit += limit / 8 + 64) {
        r.options.memory_limit = limit;
        hinge_status status = running_try_open(&r);
        n_open += !r.session;
        if (r.context) {
            status = run_loop(&r);
            n_run += status != HINGE_OK;
            n_good += status == HINGE_OK;
        }
        char words[64];
        snprintf(words, sizeof words, "the memory limit of %zu bytes is reached", limit);
        if (status)
            check_failure(&r.error, status, HINGE_NO_MEMORY, words);
        running_shut(&r);
        CU_ASSERT_FATAL(limit < (size_t)1 << 32);
    }
    CU_ASSERT_TRUE(n_open > 0 && n_run > 0);
    running_close(&r);
}

/* A run that wants too much leaves a context that serves smaller ones. */
static void memory_limit_in_a_run(void)
{
    struct running r = start(STEPS);
    r.options.memory_limit = (size_t)16 << 20;
    model_input(r.model, "x", HINGE_FLOAT, 1, any);
    model_node(r.model, DOMAIN, "Reverse", "x", "a");
    model_node(r.model, DOMAIN, "Reverse", "a", "y");
    model_output(r.model, "y", HINGE_FLOAT, 1, any);
    running_open(&r);
    enum { MANY = 4 << 20 };
    float *x = calloc(MANY, sizeof *x);
    for (int round = 0; round < 3; round++) {
        hinge_tensor many = floats(MANY, x), few = floats(2, (float[]){1, 2}), output;
        check_failure(&r.error, running_run(&r, &many, 1, &output, 1), HINGE_NO_MEMORY,
                      "the memory limit of 16777216 bytes is reached");
        CU_ASSERT_EQUAL_FATAL(running_run(&r, &few, 1, &output, 1), HINGE_OK);
        check_floats(&output, 2, (float[]){1, 2});
    }
    free(x);
    running_close(&r);
}

static void check_vector(struct running *r)
{
    float x[] = {1, 2, 3, 4};
    hinge_tensor input = floats(4, x), output;
    if (running_run(r, &input, 1, &output, 1))
        CU_FAIL_FATAL(r->error.message);
    check_floats(&output, 4, (float[]){3, 4, 5, 6});
}

/* The child of a process with an open session runs and closes it. */
static void forked(void)
{
    struct running r = start(STEPS);
    model_input(r.model, "x", HINGE_FLOAT, 1, any);
    model_node(r.model, DOMAIN, "Increment", "x", "a");
    model_node(r.model, DOMAIN, "Increment", "a", "y");
    model_output(r.model, "y", HINGE_FLOAT, 1, any);
    running_open(&r);
    check_vector(&r);
    for (int with_run = 0; with_run < 2; with_run++) {
        fflush(stdout);
        pid_t child = fork();
        CU_ASSERT_TRUE_FATAL(child >= 0);
        if (child == 0) {
            alarm(60);
            hinge_context *fresh = NULL;
            float x[] = {1, 2, 3, 4};
            hinge_tensor input = floats(4, x), output = {.data = NULL};
            bool right = true;
            if (with_run)
                right = !running_run(&r, &input, 1, &output, 1) &&
                        ((const float *)output.data)[3] == 6 &&
                        !hinge_context_create(r.session, &fresh, NULL) &&
                        !hinge_run(fresh, &input, 1, &output, 1, NULL, NULL) &&
                        ((const float *)output.data)[0] == 3;
            hinge_context_destroy(fresh);
            hinge_context_destroy(r.context);
            hinge_close(r.session);
            _exit(right && atomic_load(&r.counter.n_live) == 0 ? 0 : 1);
        }
        int status = -1;
        CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
        CU_ASSERT_EQUAL(status, 0);
        check_vector(&r);
    }
    running_close(&r);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"every allocation fails", every_allocation_fails},
                                  {"memory limits", memory_limits},
                                  {"memory limit in a run", memory_limit_in_a_run},
                                  {"forked", forked},
                                  CU_TEST_INFO_NULL};
    return run_tests("careless limits", tests);
}
