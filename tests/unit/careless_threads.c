/* Callers that stop runs, before, during and after, and several that run, stop and look into one
 * session at a time. */
#include "tests/unit/running.h"

#include <pthread.h>
#include <time.h>

#define SLOW TEST_PLUGINS "/slow.so"
#define ABI2 TEST_PLUGINS "/abi2.so"

static const int64_t any[] = {-1};

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

#define SECOND UINT64_C(1000000000)

/* y is x after so many milliseconds. */
static void slow_model(struct running *r, int64_t milliseconds)
{
    *r = (struct running){.model = model_create(), .plugins = {SLOW}};
    model_input(r->model, "x", HINGE_FLOAT, 1, any);
    model_node(r->model, DOMAIN, "Slow", "x", "a");
    model_attribute_int(r->model, "n", milliseconds);
    model_node(r->model, DOMAIN, "Slow", "a", "y");
    model_attribute_int(r->model, "n", 1);
    model_output(r->model, "y", HINGE_FLOAT, 1, any);
    running_open(r);
}

/* The body of a loop over a million slow steps. */
static void slow_loop(struct running *r)
{
    *r = (struct running){.model = model_create(), .plugins = {SLOW}};
    model_input(r->model, "x", HINGE_FLOAT, 1, any);
    model_ints(r->model, "times", 0, NULL, (int64_t[]){1000000});
    model_node(r->model, "", "Loop", "times - x", "y");
    model_begin_graph(r->model, "body");
    model_input(r->model, "i", HINGE_INT64, 0, NULL);
    model_input(r->model, "go", HINGE_BOOL, 0, NULL);
    model_input(r->model, "v", HINGE_FLOAT, -1, NULL);
    model_output(r->model, "go", HINGE_BOOL, 0, NULL);
    model_output(r->model, "w", HINGE_FLOAT, -1, NULL);
    model_node(r->model, DOMAIN, "Slow", "v", "w");
    model_attribute_int(r->model, "n", 1);
    model_end_graph(r->model);
    model_output(r->model, "y", HINGE_FLOAT, 1, any);
    running_open(r);
}

static hinge_status run_until(struct running *r, uint64_t deadline_ns)
{
    float x[] = {1, 2};
    hinge_tensor input = floats(2, x), output;
    hinge_run_options options = {.size = sizeof options, .deadline_ns = deadline_ns};
    hinge_status status = hinge_run(r->context, &input, 1, &output, 1, &options, &r->error);
    if (!status)
        check_floats(&output, 2, x);
    return status;
}

static void cancelled_before_and_after(void)
{
    struct running r;
    slow_model(&r, 1);
    for (int round = 0; round < 3; round++) {
        hinge_cancel(r.context);
        for (int again = 0; again < round; again++)
            hinge_cancel(r.context);
        check_failure(&r.error, run_until(&r, 0), HINGE_CANCELLED, "cancelled");
        CU_ASSERT_EQUAL(run_until(&r, 0), HINGE_OK);
    }
    /* A run that is refused is none. */
    hinge_cancel(r.context);
    CU_ASSERT_EQUAL(running_run(&r, NULL, 0, NULL, 0), HINGE_BAD_ARGUMENT);
    check_failure(&r.error, run_until(&r, 0), HINGE_CANCELLED, "cancelled");
    check_failure(&r.error, run_until(&r, 1), HINGE_DEADLINE, "deadline passed");
    CU_ASSERT_EQUAL(run_until(&r, 0), HINGE_OK);
    running_close(&r);
}

static void *cancel_later(void *context)
{
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    hinge_cancel(context);
    return NULL;
}

/* A kernel of minutes ends soon where the run has a deadline, be it hours from now. */
static void cancelled_in_a_kernel(void)
{
    struct running r;
    slow_model(&r, 600000);
    for (int round = 0; round < 2; round++) {
        pthread_t thread;
        uint64_t begin = now_ns();
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, cancel_later, r.context), 0);
        check_failure(&r.error, run_until(&r, begin + 3600 * SECOND), HINGE_CANCELLED,
                      "node \"a\" (test.plugins::Slow): cancelled");
        pthread_join(thread, NULL);
        CU_ASSERT_TRUE(now_ns() - begin < 5 * SECOND);
    }
    running_close(&r);
}

static void deadline_in_a_kernel(void)
{
    struct running r;
    slow_model(&r, 600000);
    for (int round = 0; round < 2; round++) {
        uint64_t begin = now_ns();
        check_failure(&r.error, run_until(&r, begin + SECOND / 20), HINGE_DEADLINE,
                      "node \"a\" (test.plugins::Slow): deadline passed");
        CU_ASSERT_TRUE(now_ns() - begin < 5 * SECOND);
    }
    running_close(&r);
}

/* Between the nodes of a body no deadline is needed. */
static void stopped_in_a_body(void)
{
    struct running r;
    slow_loop(&r);
    for (int round = 0; round < 4; round++) {
        pthread_t thread;
        uint64_t begin = now_ns();
        bool cancels = round & 1;
        if (cancels)
            CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, cancel_later, r.context), 0);
        hinge_status status = run_until(&r, cancels ? 0 : begin + SECOND / 20);
        check_failure(&r.error, status, cancels ? HINGE_CANCELLED : HINGE_DEADLINE,
                      cancels ? ": cancelled" : ": deadline passed");
        if (cancels)
            pthread_join(thread, NULL);
        CU_ASSERT_TRUE(now_ns() - begin < 5 * SECOND);
    }
    running_close(&r);
}

static void cancel_at(void *user, const hinge_node_event *event)
{
    if (event->graph == 1)
        hinge_cancel(user);
}

/* The last node of a body is done: what ends is the next call of it. */
static void stopped_between_calls(void)
{
    struct running r;
    slow_loop(&r);
    float x[] = {1, 2};
    hinge_tensor input = floats(2, x), output;
    hinge_run_options options = {
        .size = sizeof options, .on_node = cancel_at, .on_node_user = r.context};
    hinge_status status = hinge_run(r.context, &input, 1, &output, 1, &options, &r.error);
    check_failure(&r.error, status, HINGE_CANCELLED, "node \"y\" (Loop): cancelled");
    running_close(&r);
}

/* Many at a time: one session, whose nodes are the plugin's and depend on data, with a body that is
 * packed when it is first run. */

static void shared_model(struct model *model)
{
    static const int64_t two[] = {2, 2};
    model_input(model, "x", HINGE_FLOAT, 1, any);
    model_node(model, DOMAIN, "AbiPositive", "x", "p");
    model_ints(model, "n", 1, (int64_t[]){1}, (int64_t[]){2});
    model_node(model, DOMAIN, "AbiFirst", "p n", "f");
    model_node(model, DOMAIN, "AbiTwice", "f", "s");
    model_node(model, DOMAIN, "AbiWords", "f", "w");
    model_node(model, DOMAIN, "AbiCall", "f", "y");
    model_begin_graph(model, "body");
    model_input(model, "v", HINGE_FLOAT, 1, any);
    model_output(model, "out", HINGE_FLOAT, 1, any);
    model_floats(model, "b0", 2, two, (float[]){0, -2, -2, 0});
    model_node(model, "", "Neg", "b0", "b"); /* in memory of its own, given up when packed */
    model_node(model, "", "MatMul", "v b", "out");
    model_end_graph(model);
    model_output(model, "s", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    model_output(model, "w", HINGE_STRING, 1, any);
    model_output(model, "y", HINGE_FLOAT, 1, any);
}

struct caller {
    hinge_session *session;
    pthread_barrier_t *start;
    int64_t number;
    size_t n_good;
};

enum { N_RUNS = 40, N_CALLERS = 4 };

static void *run_often(void *argument)
{
    struct caller *caller = argument;
    hinge_context *context = NULL;
    hinge_error error;
    hinge_status status = hinge_context_create(caller->session, &context, &error);
    pthread_barrier_wait(caller->start);
    for (int64_t i = 0; i < N_RUNS && !status; i++) {
        float x[12], first = (float)(caller->number * 100 + i + 1);
        int64_t count = 3 + (i + caller->number) % 9;
        for (int64_t k = 0; k < count; k++)
            x[k] = k % 2 ? -1 : first + (float)k;
        hinge_tensor input = floats(count, x), outputs[3];
        status = hinge_run(context, &input, 1, outputs, 3, NULL, &error);
        if (status)
            break;
        /* x b b is 4 x. */
        const float *y = outputs[2].data;
        const hinge_tensor *elements = outputs[0].data;
        caller->n_good += y[0] == 4 * first && y[1] == 4 * (first + 2) &&
                          ((const float *)elements[0].data)[1] == first + 2 &&
                          hinge_tensor_count(&outputs[1]) == 2;
    }
    hinge_context_destroy(context);
    return NULL;
}

/* All that may be asked of a session meanwhile. */
static void *look_often(void *argument)
{
    struct caller *caller = argument;
    const hinge_session *session = caller->session;
    pthread_barrier_wait(caller->start);
    for (int i = 0; i < N_RUNS * 5; i++) {
        hinge_model_info model = {.size = sizeof model};
        hinge_value_info value = {.size = sizeof value};
        hinge_node_info node = {.size = sizeof node};
        hinge_graph_info graph = {.size = sizeof graph};
        hinge_activation_info activation = {.size = sizeof activation};
        size_t n = 0;
        n += hinge_get_model(session, &model);
        for (size_t v = 0; hinge_get_value(session, v, &value); v++)
            n += value.n_readers;
        for (size_t k = 0; hinge_get_node(session, k, &node); k++) {
            n += hinge_get_activation(session, k, &activation);
            n += hinge_node_input(session, k, 0) != HINGE_NO_INDEX;
        }
        for (size_t g = 0; hinge_get_graph(session, g, &graph); g++)
            n += graph.n_nodes;
        caller->n_good += n > 0 && hinge_output_info(session, 2)->type == HINGE_FLOAT;
    }
    return NULL;
}

static void one_session(void)
{
    struct running r = {.model = model_create(), .plugins = {ABI2}};
    shared_model(r.model);
    for (int round = 0; round < 4; round++) {
        running_open(&r);
        pthread_barrier_t start;
        pthread_t threads[N_CALLERS + 1];
        struct caller callers[N_CALLERS + 1];
        CU_ASSERT_EQUAL_FATAL(pthread_barrier_init(&start, NULL, N_CALLERS + 1), 0);
        for (int i = 0; i <= N_CALLERS; i++) {
            callers[i] = (struct caller){r.session, &start, i, 0};
            CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL,
                                                 i < N_CALLERS ? run_often : look_often,
                                                 &callers[i]),
                                  0);
        }
        for (int i = 0; i <= N_CALLERS; i++) {
            pthread_join(threads[i], NULL);
            CU_ASSERT_EQUAL(callers[i].n_good, i < N_CALLERS ? N_RUNS : N_RUNS * 5);
        }
        pthread_barrier_destroy(&start);
        running_shut(&r);
    }
    running_close(&r);
}

/* Runs that another thread cancels at any moment: each ends well or as cancelled, none otherwise,
 * and each cancellation counts at most once. */
static void *cancel_often(void *argument)
{
    for (int i = 0; i < 200; i++) {
        hinge_cancel(argument);
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
    return NULL;
}

static void cancelled_often(void)
{
    struct running r;
    slow_model(&r, 1);
    pthread_t thread;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, cancel_often, r.context), 0);
    int n_cancelled = 0, n_other = 0;
    for (int i = 0; i < 100; i++) {
        hinge_status status = run_until(&r, now_ns() + 3600 * SECOND);
        n_cancelled += status == HINGE_CANCELLED;
        n_other += status && status != HINGE_CANCELLED;
    }
    pthread_join(thread, NULL);
    CU_ASSERT_TRUE(n_cancelled > 0 && n_other == 0);
    (void)run_until(&r, 0); /* what came last */
    CU_ASSERT_EQUAL(run_until(&r, 0), HINGE_OK);
    running_close(&r);
}

/* While as many runs go on as there are threads, 2, a job has no help, and takes what its items
 * take. */
struct neighbour {
    hinge_session *session;
    atomic_bool runs, ends;
};

static void *run_on(void *argument)
{
    struct neighbour *neighbour = argument;
    float x[] = {1, 2};
    hinge_tensor input = floats(2, x), output;
    hinge_context *context = NULL;
    hinge_status status = hinge_context_create(neighbour->session, &context, NULL);
    while (!status && !atomic_load(&neighbour->ends)) {
        atomic_store(&neighbour->runs, true);
        status = hinge_run(context, &input, 1, &output, 1, NULL, NULL);
    }
    hinge_context_destroy(context);
    return NULL;
}

static int n_without_help(struct running *r, int64_t milliseconds, int n_runs)
{
    int n = 0;
    for (int i = 0; i < n_runs; i++) {
        uint64_t begin = now_ns();
        CU_ASSERT_EQUAL(run_until(r, 0), HINGE_OK);
        n += now_ns() - begin >= (uint64_t)milliseconds * 1000000;
    }
    return n;
}

static void runs_on_every_core(void)
{
    struct running r;
    slow_model(&r, 60);
    struct neighbour neighbour = {.session = r.session};
    pthread_t thread;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run_on, &neighbour), 0);
    while (!atomic_load(&neighbour.runs))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    CU_ASSERT_TRUE(n_without_help(&r, 60, 6) >= 4);
    atomic_store(&neighbour.ends, true);
    pthread_join(thread, NULL);
    CU_ASSERT_TRUE(n_without_help(&r, 60, 10) < 10);
    running_close(&r);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"cancelled before and after", cancelled_before_and_after},
                                  {"cancelled in a kernel", cancelled_in_a_kernel},
                                  {"deadline in a kernel", deadline_in_a_kernel},
                                  {"stopped in a body", stopped_in_a_body},
                                  {"stopped between calls", stopped_between_calls},
                                  {"one session, many callers", one_session},
                                  {"cancelled often", cancelled_often},
                                  {"runs on every core", runs_on_every_core},
                                  CU_TEST_INFO_NULL};
    return run_tests("careless threads", tests);
}
