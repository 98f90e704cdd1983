/* hinge_run over small models of test operators: where values lie must never show in results. */
#include "tests/support/counter.h"
#include "tests/support/main.h"
#include "tests/support/model.h"

#include <hinge/inspect.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DOMAIN "test.plugins"

static hinge_status open_model(struct model *model, struct counter *counter,
                               hinge_session **session, hinge_error *error)
{
    static const char *const plugins[] = {TEST_PLUGINS "/steps.so"};
    hinge_options options = {.size = sizeof options,
                             .n_threads = 2,
                             .plugins = plugins,
                             .n_plugins = 1,
                             .plugin_folder = BUILT_IN_PLUGINS,
                             .allocator = counter_allocator(counter)};
    size_t size;
    const void *bytes = model_bytes(model, &size);
    return hinge_open_memory(bytes, size, &options, session, error);
}

struct running {
    struct model *model;
    struct counter counter;
    hinge_session *session;
    hinge_context *context;
    hinge_error error;
};

static void start(struct running *running)
{
    CU_ASSERT_EQUAL_FATAL(
        open_model(running->model, &running->counter, &running->session, &running->error),
        HINGE_OK);
    CU_ASSERT_EQUAL_FATAL(
        hinge_context_create(running->session, &running->context, &running->error), HINGE_OK);
}

static void stop(struct running *running)
{
    hinge_context_destroy(running->context);
    hinge_close(running->session);
    model_destroy(running->model);
    CU_ASSERT_EQUAL(atomic_load(&running->counter.n_live), 0);
}

static hinge_tensor vector(int64_t count, float *data)
{
    return hinge_tensor_over(HINGE_FLOAT, 1, &count, data);
}

static void check_values(const hinge_tensor *tensor, size_t count, const float *wanted)
{
    CU_ASSERT_EQUAL_FATAL(hinge_tensor_count(tensor), (int64_t)count);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(((const float *)tensor->data)[i], wanted[i]);
}

static const int64_t any[] = {-1}, four[] = {4}, two_by_two[] = {2, 2};

/* x -> a = x+1 -> b = a+1 -> y = b - a: a is still needed when b is made. */
static void in_place_only_where_it_dies(void)
{
    struct running r = {.model = model_create()};
    model_input(r.model, "x", HINGE_FLOAT, 1, any);
    model_node(r.model, DOMAIN, "Increment", "x", "a");
    model_node(r.model, DOMAIN, "Increment", "a", "b");
    model_node(r.model, DOMAIN, "Subtract", "a b", "y");
    model_node(r.model, DOMAIN, "Increment", "y", "z");
    model_output(r.model, "y", HINGE_FLOAT, 1, any);
    model_output(r.model, "z", HINGE_FLOAT, 1, any);
    start(&r);
    float x[] = {1, 2, 3, 4};
    hinge_tensor input = vector(4, x), outputs[2] = {{0}};
    CU_ASSERT_EQUAL(hinge_run(r.context, &input, 1, outputs, 2, NULL, &r.error), HINGE_OK);
    check_values(&outputs[0], 4, (float[]){-1, -1, -1, -1});
    check_values(&outputs[1], 4, (float[]){0, 0, 0, 0});
    CU_ASSERT_EQUAL(x[0], 1);
    stop(&r);
}

/* A tensor without elements has an address all the same: memcpy takes no NULL. */
static void empty_output(void)
{
    struct running r = {.model = model_create()};
    model_input(r.model, "x", HINGE_FLOAT, 1, any);
    model_node(r.model, DOMAIN, "Increment", "x", "y");
    model_output(r.model, "y", HINGE_FLOAT, 1, any);
    start(&r);
    float x[1];
    hinge_tensor input = vector(0, x), output;
    CU_ASSERT_EQUAL(hinge_run(r.context, &input, 1, &output, 1, NULL, &r.error), HINGE_OK);
    CU_ASSERT_EQUAL(output.dims[0], 0);
    CU_ASSERT_PTR_NOT_NULL(output.data);
    stop(&r);
}

/* Views of inputs, of inner values, of other outputs; outputs bound to the caller's memory or not;
 * what the structs hold before a run does not matter. */
static void views_and_outputs(void)
{
    for (int mask = 0; mask < 16; mask++) {
        struct running r = {.model = model_create()};
        model_input(r.model, "x", HINGE_FLOAT, 2, two_by_two);
        model_node(r.model, DOMAIN, "Flat", "x", "flat");
        model_node(r.model, DOMAIN, "Increment", "x", "a");
        model_node(r.model, DOMAIN, "Flat", "a", "flat_a");
        model_node(r.model, DOMAIN, "Increment", "flat_a", "b");
        static const char *const names[] = {"flat", "a", "flat_a", "b"};
        for (int i = 0; i < 4; i++)
            model_output(r.model, names[i], HINGE_FLOAT, -1, NULL);
        start(&r);
        float x[] = {1, 2, 3, 4}, mine[4][4] = {{0}};
        hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 2, two_by_two, x), outputs[4];
        for (int run = 0; run < 2; run++) {
            for (int i = 0; i < 4 && run == 0; i++) {
                outputs[i] = i == 1 ? hinge_tensor_over(HINGE_FLOAT, 2, two_by_two, mine[i])
                                    : vector(4, mine[i]);
                if (mask >> i & 1)
                    CU_ASSERT_EQUAL(hinge_bind_output(r.context, (size_t)i, &outputs[i], &r.error),
                                    HINGE_OK);
            }
            CU_ASSERT_EQUAL(hinge_run(r.context, &input, 1, outputs, 4, NULL, &r.error), HINGE_OK);
            check_values(&outputs[0], 4, (float[]){1, 2, 3, 4});
            check_values(&outputs[1], 4, (float[]){2, 3, 4, 5});
            check_values(&outputs[2], 4, (float[]){2, 3, 4, 5});
            check_values(&outputs[3], 4, (float[]){3, 4, 5, 6});
            for (int i = 0; i < 4; i++)
                CU_ASSERT_TRUE((outputs[i].data == mine[i]) == (mask >> i & 1));
            CU_ASSERT_PTR_NOT_EQUAL(outputs[0].data, x);
        }
        stop(&r);
    }
}

/* An output that is an input, or a constant, is handed out as a copy. */
static void outputs_without_nodes(void)
{
    struct running r = {.model = model_create()};
    model_input(r.model, "x", HINGE_FLOAT, 1, four);
    model_floats(r.model, "c", 1, four, (float[]){5, 6, 7, 8});
    model_output(r.model, "x", HINGE_FLOAT, 1, four);
    model_output(r.model, "c", HINGE_FLOAT, 1, four);
    start(&r);
    float x[] = {1, 2, 3, 4};
    hinge_tensor input = vector(4, x), outputs[2] = {{0}};
    CU_ASSERT_EQUAL(hinge_run(r.context, &input, 1, outputs, 2, NULL, &r.error), HINGE_OK);
    check_values(&outputs[0], 4, x);
    check_values(&outputs[1], 4, (float[]){5, 6, 7, 8});
    CU_ASSERT_PTR_NOT_EQUAL(outputs[0].data, x);
    memset(outputs[1].data, 0, 4 * sizeof(float));
    CU_ASSERT_EQUAL(hinge_run(r.context, &input, 1, outputs, 2, NULL, &r.error), HINGE_OK);
    check_values(&outputs[1], 4, (float[]){5, 6, 7, 8});
    stop(&r);
}

static struct model *dynamic_model(void)
{
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 1, any);
    model_input(model, "n", HINGE_FLOAT, 1, (int64_t[]){1});
    model_node(model, DOMAIN, "Reverse", "x", "r");
    model_node(model, DOMAIN, "Positive", "r", "p");
    model_node(model, DOMAIN, "First", "p n", "f");
    model_node(model, DOMAIN, "Increment", "f", "y");
    model_node(model, DOMAIN, "Flat", "y", "z");
    model_output(model, "y", HINGE_FLOAT, 1, any);
    model_output(model, "z", HINGE_FLOAT, 1, any);
    return model;
}

static void shapes_from_data(void)
{
    struct running r = {.model = dynamic_model()};
    start(&r);
    float x[] = {1, -2, 3, 4, -5}, n = 2;
    hinge_tensor inputs[] = {vector(5, x), vector(1, &n)}, outputs[2] = {{0}};
    CU_ASSERT_EQUAL(hinge_run(r.context, inputs, 2, outputs, 2, NULL, &r.error), HINGE_OK);
    check_values(&outputs[0], 2, (float[]){5, 4});
    check_values(&outputs[1], 2, (float[]){5, 4});
    n = 3;
    CU_ASSERT_EQUAL(hinge_run(r.context, inputs, 2, outputs, 2, NULL, &r.error), HINGE_OK);
    check_values(&outputs[0], 3, (float[]){5, 4, 2});
    n = 4;
    CU_ASSERT_EQUAL(hinge_run(r.context, inputs, 2, outputs, 0, NULL, &r.error), HINGE_BAD_VALUE);
    CU_ASSERT_STRING_EQUAL(r.error.message,
                           "node \"f\" (test.plugins::First): there are no 4 elements");
    CU_ASSERT_STRING_EQUAL(r.error.node, "f");
    n = 0;
    float mine[3];
    hinge_tensor bound = vector(3, mine);
    CU_ASSERT_EQUAL(hinge_bind_output(r.context, 0, &bound, &r.error), HINGE_OK);
    CU_ASSERT_EQUAL(hinge_run(r.context, inputs, 2, outputs, 1, NULL, &r.error),
                    HINGE_BAD_ARGUMENT);
    stop(&r);
}

/* Runs Asked over the positive ones of count elements; its two numbers into y. */
static void ask(struct running *r, float *x, int64_t count, float *n, int64_t n_count, float y[2])
{
    hinge_tensor inputs[] = {vector(count, x), vector(n_count, n)}, output = {0};
    CU_ASSERT_EQUAL_FATAL(hinge_run(r->context, inputs, 2, &output, 1, NULL, &r->error), HINGE_OK);
    CU_ASSERT_EQUAL_FATAL(hinge_tensor_count(&output), 2);
    memcpy(y, output.data, 2 * sizeof *y);
}

/* What a dynamic step infers and prepares is kept as long as shapes and small values stay; large
 * values are not compared, so that a step which wants them is asked in every run. */
static void asked_again_where_needed(void)
{
    struct running r = {.model = model_create()};
    model_input(r.model, "x", HINGE_FLOAT, 1, any);
    model_input(r.model, "n", HINGE_FLOAT, 1, any);
    model_node(r.model, DOMAIN, "Positive", "x", "p");
    model_node(r.model, DOMAIN, "Asked", "p n", "y");
    model_output(r.model, "y", HINGE_FLOAT, 1, any);
    start(&r);
    float x[70], n[65] = {7}, first[2], again[2];
    for (int i = 0; i < 70; i++)
        x[i] = (float)i;
    ask(&r, x, 70, n, 64, first);
    x[1] = 5;
    ask(&r, x, 70, n, 64, again);
    CU_ASSERT_TRUE(again[0] == first[0] && again[1] == first[1]);
    n[63] = 1;
    ask(&r, x, 70, n, 64, again);
    CU_ASSERT_TRUE(again[0] == first[0] + 1 && again[1] == first[1] + 1);
    x[1] = -1;
    ask(&r, x, 70, n, 64, again);
    CU_ASSERT_TRUE(again[0] == first[0] + 2 && again[1] == first[1] + 2);
    ask(&r, x, 70, n, 65, first);
    ask(&r, x, 70, n, 65, again);
    CU_ASSERT_TRUE(again[0] == first[0] + 2 && again[1] == first[1] + 1);
    stop(&r);
}

static void second_run_allocates_nothing(void)
{
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        struct running r = {.model = dynamic ? dynamic_model() : model_create()};
        if (!dynamic) {
            model_input(r.model, "x", HINGE_FLOAT, 1, any);
            model_node(r.model, DOMAIN, "Reverse", "x", "a");
            model_node(r.model, DOMAIN, "Increment", "a", "y");
            model_output(r.model, "y", HINGE_FLOAT, 1, any);
        }
        start(&r);
        float x[] = {1, 2, 3, 4}, n = 2;
        for (int round = 0; round < 3; round++) {
            size_t before = atomic_load(&r.counter.n);
            for (int64_t count = 2; count <= 4; count++) {
                hinge_tensor inputs[] = {vector(count, x), vector(1, &n)}, output = {0};
                CU_ASSERT_EQUAL(
                    hinge_run(r.context, inputs, dynamic ? 2 : 1, &output, 1, NULL, &r.error),
                    HINGE_OK);
            }
            CU_ASSERT_TRUE(round == 0 || atomic_load(&r.counter.n) == before);
        }
        stop(&r);
    }
}

static void wrong_arguments(void)
{
    struct running r = {.model = model_create()};
    model_input(r.model, "x", HINGE_FLOAT, 1, four);
    model_node(r.model, DOMAIN, "Increment", "x", "y");
    model_output(r.model, "y", HINGE_FLOAT, 1, four);
    start(&r);
    float x[5] = {0};
    hinge_tensor good = vector(4, x), bad = vector(5, x), outputs[2] = {{0}};
    CU_ASSERT_EQUAL(hinge_run(r.context, &bad, 1, outputs, 1, NULL, &r.error), HINGE_BAD_ARGUMENT);
    CU_ASSERT_STRING_EQUAL(r.error.message, "input \"x\" is of shape 4, not 5");
    bad = good;
    bad.type = HINGE_INT32;
    CU_ASSERT_EQUAL(hinge_run(r.context, &bad, 1, outputs, 1, NULL, &r.error), HINGE_BAD_ARGUMENT);
    CU_ASSERT_STRING_EQUAL(r.error.message,
                           "input \"x\" is of type tensor(float), not tensor(int32)");
    bad = good;
    bad.data = NULL;
    CU_ASSERT_EQUAL(hinge_run(r.context, &bad, 1, outputs, 1, NULL, &r.error), HINGE_BAD_ARGUMENT);
    CU_ASSERT_EQUAL(hinge_run(r.context, &good, 0, outputs, 1, NULL, &r.error), HINGE_BAD_ARGUMENT);
    CU_ASSERT_EQUAL(hinge_run(r.context, &good, 1, outputs, 2, NULL, &r.error), HINGE_BAD_ARGUMENT);
    float mine[5];
    hinge_tensor bound = vector(5, mine);
    CU_ASSERT_EQUAL(hinge_bind_output(r.context, 0, &bound, &r.error), HINGE_OK);
    CU_ASSERT_EQUAL(hinge_run(r.context, &good, 1, outputs, 1, NULL, &r.error), HINGE_BAD_ARGUMENT);
    CU_ASSERT_EQUAL(hinge_bind_output(r.context, 0, NULL, &r.error), HINGE_OK);
    CU_ASSERT_EQUAL(hinge_run(r.context, &good, 1, NULL, 0, NULL, NULL), HINGE_OK);
    const hinge_run_options no_size = {.deadline_ns = 1};
    CU_ASSERT_EQUAL(hinge_run(r.context, &good, 1, NULL, 0, &no_size, &r.error),
                    HINGE_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.error.message, "hinge_run_options.size"));
    stop(&r);
}

static void options_without_size(void)
{
    const hinge_options options = {.n_threads = 1};
    hinge_session *session;
    hinge_registry *registry;
    hinge_error error;
    CU_ASSERT_EQUAL(hinge_open("model.onnx", &options, &session, &error), HINGE_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "hinge_options.size"));
    CU_ASSERT_EQUAL(hinge_registry_open(&options, &registry, &error), HINGE_BAD_ARGUMENT);
}

static void cancel_on_first(void *user, const hinge_node_event *event)
{
    if (event->index == 0)
        hinge_cancel(user);
}

static void cancel_and_deadline(void)
{
    struct running r = {.model = model_create()};
    model_input(r.model, "x", HINGE_FLOAT, 1, four);
    model_node(r.model, DOMAIN, "Reverse", "x", "a");
    model_node(r.model, DOMAIN, "Reverse", "a", "y");
    model_output(r.model, "y", HINGE_FLOAT, 1, four);
    start(&r);
    float x[4] = {0};
    hinge_tensor input = vector(4, x);
    hinge_run_options options = {
        .size = sizeof options, .on_node = cancel_on_first, .on_node_user = r.context};
    CU_ASSERT_EQUAL(hinge_run(r.context, &input, 1, NULL, 0, &options, &r.error), HINGE_CANCELLED);
    CU_ASSERT_STRING_EQUAL(r.error.node, "y");
    options = (hinge_run_options){.size = sizeof options, .deadline_ns = 1};
    CU_ASSERT_EQUAL(hinge_run(r.context, &input, 1, NULL, 0, &options, &r.error), HINGE_DEADLINE);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    options.deadline_ns = ((uint64_t)now.tv_sec + 1000) * 1000000000u;
    CU_ASSERT_EQUAL(hinge_run(r.context, &input, 1, NULL, 0, &options, &r.error), HINGE_OK);
    stop(&r);
}

static void failing_kernel(void)
{
    struct running r = {.model = model_create()};
    model_input(r.model, "x", HINGE_FLOAT, 1, four);
    model_node(r.model, DOMAIN, "Fail", "x", "y");
    model_output(r.model, "y", HINGE_FLOAT, 1, four);
    start(&r);
    float x[4] = {0};
    hinge_tensor input = vector(4, x);
    CU_ASSERT_EQUAL(hinge_run(r.context, &input, 1, NULL, 0, NULL, &r.error), HINGE_BAD_VALUE);
    CU_ASSERT_STRING_EQUAL(r.error.message, "node \"y\" (test.plugins::Fail): the answer is 42");
    stop(&r);
}

static void missing_operators_together(void)
{
    struct running r = {.model = model_create()};
    model_input(r.model, "x", HINGE_FLOAT, 1, four);
    model_node(r.model, DOMAIN, "Nothing", "x", "a");
    model_node(r.model, DOMAIN, "Increment", "a", "b");
    model_node(r.model, "", "Nonsense", "b", "c");
    model_node(r.model, DOMAIN, "Not", "c", "d"); /* a name that another one begins with */
    model_node(r.model, DOMAIN, "Nothing", "d", "y");
    model_output(r.model, "y", HINGE_FLOAT, 1, four);
    CU_ASSERT_EQUAL(open_model(r.model, &r.counter, &r.session, &r.error), HINGE_UNSUPPORTED);
    CU_ASSERT_STRING_EQUAL(r.error.message, "no plugin has these: test.plugins::Nothing, "
                                            "ai.onnx::Nonsense, test.plugins::Not");
    CU_ASSERT_PTR_NULL(r.session);
    model_destroy(r.model);
    CU_ASSERT_EQUAL(atomic_load(&r.counter.n_live), 0);
}

static hinge_status open_and_run(struct model *model, struct counter *counter)
{
    hinge_session *session;
    hinge_context *context = NULL;
    hinge_error error;
    float x[] = {1, -2, 3, 4, -5}, n = 2;
    hinge_tensor inputs[] = {vector(5, x), vector(1, &n)}, outputs[2] = {{0}};
    hinge_status status = open_model(model, counter, &session, &error);
    if (!status)
        status = hinge_context_create(session, &context, &error);
    if (!status)
        status = hinge_run(context, inputs, 2, outputs, 2, NULL, &error);
    if (!status)
        check_values(&outputs[1], 2, (float[]){5, 4});
    else
        CU_ASSERT_EQUAL(status, error.status);
    hinge_context_destroy(context);
    hinge_close(session);
    return status;
}

static void survives_want_of_memory(void)
{
    struct model *model = dynamic_model();
    hinge_status status = HINGE_NO_MEMORY;
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        struct counter counter = {.fail_at = n};
        status = open_and_run(model, &counter);
        failed = counter_failed(&counter);
        CU_ASSERT_TRUE(status == HINGE_OK || status == HINGE_NO_MEMORY);
        CU_ASSERT_EQUAL(atomic_load(&counter.n_live), 0);
    }
    CU_ASSERT_EQUAL(status, HINGE_OK);
    model_destroy(model);
}

static void *run_often(void *session)
{
    hinge_context *context;
    hinge_error error;
    if (hinge_context_create(session, &context, &error))
        return NULL;
    size_t n_good = 0;
    for (int64_t i = 0; i < 300; i++) {
        float x[40], n = 2;
        for (int k = 0; k < 40; k++)
            x[k] = (float)(k + 1);
        int64_t count = 2 + i % 39;
        hinge_tensor inputs[] = {vector(count, x), vector(1, &n)}, outputs[2] = {{0}};
        if (hinge_run(context, inputs, 2, outputs, 2, NULL, &error))
            continue;
        const float *z = outputs[1].data;
        n_good += z[0] == (float)count + 1 && z[1] == (float)count;
    }
    hinge_context_destroy(context);
    return (void *)(uintptr_t)n_good; /* NOLINT: a number through pthread's pointer */
}

static void one_session_many_threads(void)
{
    struct model *model = dynamic_model();
    struct counter counter = {.fail_at = 0};
    hinge_session *session;
    hinge_error error;
    CU_ASSERT_EQUAL_FATAL(open_model(model, &counter, &session, &error), HINGE_OK);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, run_often, session), 0);
    for (int i = 0; i < 4; i++) {
        void *n_good = NULL;
        pthread_join(threads[i], &n_good);
        CU_ASSERT_EQUAL((uintptr_t)n_good, 300);
    }
    hinge_close(session);
    model_destroy(model);
    CU_ASSERT_EQUAL(atomic_load(&counter.n_live), 0);
}

/* A model may leave out an output that its operator always computes. */
static void required_output_left_out(void)
{
    struct running r = {.model = model_create()};
    model_input(r.model, "x", HINGE_FLOAT, 4, (int64_t[]){1, 1, 2, 2});
    model_node(r.model, "", "MaxPool", "x", "- indices");
    model_attribute_ints(r.model, "kernel_shape", 2, (int64_t[]){2, 2});
    model_output(r.model, "indices", HINGE_INT64, -1, NULL);
    start(&r);
    float x[] = {1, 2, 4, 3};
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 4, (int64_t[]){1, 1, 2, 2}, x);
    hinge_tensor output = {0};
    CU_ASSERT_EQUAL_FATAL(hinge_run(r.context, &input, 1, &output, 1, NULL, &r.error), HINGE_OK);
    CU_ASSERT_EQUAL_FATAL(hinge_tensor_count(&output), 1);
    CU_ASSERT_EQUAL(*(const int64_t *)output.data, 2);
    stop(&r);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"in place only where a value dies", in_place_only_where_it_dies},
                                  {"empty output", empty_output},
                                  {"views and outputs", views_and_outputs},
                                  {"outputs without nodes", outputs_without_nodes},
                                  {"shapes from data", shapes_from_data},
                                  {"asked again where needed", asked_again_where_needed},
                                  {"second run allocates nothing", second_run_allocates_nothing},
                                  {"wrong arguments", wrong_arguments},
                                  {"options without size", options_without_size},
                                  {"cancel and deadline", cancel_and_deadline},
                                  {"failing kernel", failing_kernel},
                                  {"missing operators together", missing_operators_together},
                                  {"required output left out", required_output_left_out},
                                  {"survives want of memory", survives_want_of_memory},
                                  {"one session, many threads", one_session_many_threads},
                                  CU_TEST_INFO_NULL};
    return run_tests("run", tests);
}
