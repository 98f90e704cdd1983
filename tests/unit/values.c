/* What a caller can ask a session for: values by name, defaults overridden, a memory limit, cheap
 * plans for many shapes, missing operators listed. */
#include "tests/support/counter.h"
#include "tests/support/main.h"
#include "tests/support/model.h"

#include <hinge/inspect.h>

#include <string.h>

#define DOMAIN "test.plugins"

static const int64_t any[] = {-1}, four[] = {4};

static hinge_options options_with(struct counter *counter)
{
    static const char *const plugins[] = {TEST_PLUGINS "/steps.so"};
    return (hinge_options){.size = sizeof(hinge_options),
                           .n_threads = 1,
                           .plugins = plugins,
                           .n_plugins = 1,
                           .plugin_folder = BUILT_IN_PLUGINS,
                           .allocator = counter_allocator(counter)};
}

static hinge_status open_with(struct model *model, const hinge_options *options,
                              hinge_session **session, hinge_error *error)
{
    size_t size;
    const void *bytes = model_bytes(model, &size);
    return hinge_open_memory(bytes, size, options, session, error);
}

/* x -> a = relu(x + c) -> y = a + 1 -> z = y + 1; fused or not, a and c + x can be seen. */
static struct model *chain(void)
{
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 1, any);
    model_floats(model, "c", 1, four, (float[]){1, -1, 1, -9});
    model_node(model, "", "Add", "x c", "sum");
    model_node(model, "", "Relu", "sum", "a");
    model_node(model, DOMAIN, "Increment", "a", "y");
    model_node(model, "", "Identity", "y", "same");
    model_node(model, DOMAIN, "Increment", "same", "z");
    model_output(model, "z", HINGE_FLOAT, 1, any);
    return model;
}

static void check(const hinge_tensor *tensor, const float *wanted)
{
    CU_ASSERT_EQUAL_FATAL(hinge_tensor_count(tensor), 4);
    CU_ASSERT_EQUAL(memcmp(tensor->data, wanted, 4 * sizeof *wanted), 0);
}

static void values_by_name(void)
{
    struct counter counter = {0};
    struct model *model = chain();
    hinge_options options = options_with(&counter);
    options.values = (const char *const[]){"same", "sum"};
    options.n_values = 2;
    hinge_session *session;
    hinge_context *context;
    hinge_error error;
    CU_ASSERT_EQUAL_FATAL(open_with(model, &options, &session, &error), HINGE_OK);
    CU_ASSERT_EQUAL(hinge_n_outputs(session), 3);
    CU_ASSERT_EQUAL(hinge_output_index(session, "z"), 0);
    CU_ASSERT_EQUAL(hinge_output_index(session, "nothing"), SIZE_MAX);
    CU_ASSERT_EQUAL_FATAL(hinge_context_create(session, &context, &error), HINGE_OK);
    float x[] = {1, 2, 3, 4};
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 1, four, x), outputs[3];
    memset(outputs, 0xee, sizeof outputs);
    for (int run = 0; run < 2; run++) {
        CU_ASSERT_EQUAL_FATAL(hinge_run(context, &input, 1, outputs, 3, NULL, &error), HINGE_OK);
        check(&outputs[0], (float[]){4, 3, 6, 2});
        check(&outputs[hinge_output_index(session, "same")], (float[]){3, 2, 5, 1});
        check(&outputs[hinge_output_index(session, "sum")], (float[]){2, 1, 4, -5});
    }
    hinge_context_destroy(context);
    hinge_close(session);

    options.values = (const char *const[]){"elsewhere"};
    options.n_values = 1;
    CU_ASSERT_EQUAL(open_with(model, &options, &session, &error), HINGE_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "no value \"elsewhere\""));

    options.n_values = 0;
    options.all_values = true;
    CU_ASSERT_EQUAL_FATAL(open_with(model, &options, &session, &error), HINGE_OK);
    CU_ASSERT_EQUAL(hinge_n_outputs(session), 5);
    hinge_model_info info = {.size = sizeof info};
    CU_ASSERT_TRUE(hinge_get_model(session, &info) && info.n_model_outputs == 1);
    hinge_close(session);
    model_destroy(model);
    CU_ASSERT_EQUAL(atomic_load(&counter.n_live), 0);
}

/* An initializer that is an input too: a constant, unless it may be overridden. */
static void defaults_are_overridden(void)
{
    struct counter counter = {0};
    struct model *model = model_create();
    model_input(model, "step", HINGE_FLOAT, 1, four);
    model_input(model, "x", HINGE_FLOAT, 1, four);
    model_floats(model, "step", 1, four, (float[]){1, 1, 1, 1});
    model_node(model, "", "Add", "x step", "y");
    model_output(model, "y", HINGE_FLOAT, 1, four);
    hinge_options options = options_with(&counter);
    hinge_error error;
    float x[] = {1, 2, 3, 4}, step[] = {10, 20, 30, 40};
    hinge_tensor inputs[] = {hinge_tensor_over(HINGE_FLOAT, 1, four, x),
                             hinge_tensor_over(HINGE_FLOAT, 1, four, step)};
    for (int open = 0; open < 2; open++) {
        hinge_session *session;
        hinge_context *context;
        hinge_tensor output;
        options.overridable_defaults = open;
        CU_ASSERT_EQUAL_FATAL(open_with(model, &options, &session, &error), HINGE_OK);
        CU_ASSERT_EQUAL(hinge_n_inputs(session), open ? 2 : 1);
        CU_ASSERT_EQUAL(hinge_input_index(session, "x"), 0);
        CU_ASSERT_EQUAL(hinge_input_index(session, "step"), open ? 1 : SIZE_MAX);
        CU_ASSERT_EQUAL(hinge_input_has_default(session, 1), open);
        CU_ASSERT_EQUAL_FATAL(hinge_context_create(session, &context, &error), HINGE_OK);
        CU_ASSERT_EQUAL(hinge_run(context, inputs, 1, &output, 1, NULL, &error), HINGE_OK);
        check(&output, (float[]){2, 3, 4, 5});
        hinge_status status = hinge_run(context, inputs, 2, &output, 1, NULL, &error);
        CU_ASSERT_EQUAL(status, open ? HINGE_OK : HINGE_BAD_ARGUMENT);
        if (open) {
            check(&output, (float[]){11, 22, 33, 44});
            hinge_tensor left_out[] = {inputs[0], {0}};
            CU_ASSERT_EQUAL(hinge_run(context, left_out, 2, &output, 1, NULL, &error), HINGE_OK);
            check(&output, (float[]){2, 3, 4, 5});
        }
        hinge_context_destroy(context);
        hinge_close(session);
    }
    model_destroy(model);
    CU_ASSERT_EQUAL(atomic_load(&counter.n_live), 0);
}

static void memory_is_limited(void)
{
    struct counter counter = {0};
    struct model *model = chain();
    hinge_options options = options_with(&counter);
    hinge_session *session;
    hinge_error error;
    options.memory_limit = 1000;
    CU_ASSERT_EQUAL(open_with(model, &options, &session, &error), HINGE_NO_MEMORY);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "memory limit of 1000 bytes"));
    options.memory_limit = (size_t)16 << 20;
    CU_ASSERT_EQUAL_FATAL(open_with(model, &options, &session, &error), HINGE_OK);
    hinge_close(session);
    model_destroy(model);
    CU_ASSERT_EQUAL(atomic_load(&counter.n_live), 0);
}

/* A sequence that grows: memory stays bounded whatever number of shapes has been there. */
static void many_shapes(void)
{
    struct counter counter = {0};
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 1, any);
    model_node(model, DOMAIN, "Increment", "x", "y");
    model_node(model, DOMAIN, "Reverse", "y", "z");
    model_output(model, "z", HINGE_FLOAT, 1, any);
    hinge_options options = options_with(&counter);
    hinge_session *session;
    hinge_context *context;
    hinge_error error;
    static float x[1000];
    CU_ASSERT_EQUAL_FATAL(open_with(model, &options, &session, &error), HINGE_OK);
    CU_ASSERT_EQUAL_FATAL(hinge_context_create(session, &context, &error), HINGE_OK);
    size_t most = 0, at_hundred = 0;
    for (int64_t n = 1; n <= 1000; n++) {
        hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 1, &n, x), output;
        CU_ASSERT_EQUAL_FATAL(hinge_run(context, &input, 1, &output, 1, NULL, &error), HINGE_OK);
        most = atomic_load(&counter.n_live) > most ? atomic_load(&counter.n_live) : most;
        at_hundred = n == 100 ? most : at_hundred;
    }
    CU_ASSERT_EQUAL(most, at_hundred);
    hinge_context_destroy(context);
    hinge_close(session);
    model_destroy(model);
}

static void missing_is_listed(void)
{
    struct counter counter = {0};
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 1, any);
    model_input(model, "i", HINGE_INT8, 1, any);
    model_node(model, DOMAIN, "Nothing", "x", "a");
    model_node(model, DOMAIN, "Increment", "a", "y");
    model_node(model, DOMAIN, "Increment", "i", "j");
    model_output(model, "y", HINGE_FLOAT, 1, any);
    model_output(model, "j", HINGE_INT8, 1, any);
    hinge_options options = options_with(&counter);
    options.allow_missing = true;
    hinge_session *session;
    hinge_context *context;
    hinge_error error;
    hinge_node_info node = {.size = sizeof node};
    CU_ASSERT_EQUAL_FATAL(open_with(model, &options, &session, &error), HINGE_OK);
    CU_ASSERT_STRING_EQUAL(hinge_missing(session, 0), "test.plugins::Nothing");
    CU_ASSERT_PTR_NOT_NULL(strstr(hinge_missing(session, 1), "test.plugins::Increment with input"));
    CU_ASSERT_PTR_NULL(hinge_missing(session, 2));
    for (size_t n = 0; hinge_get_node(session, n, &node); n++)
        CU_ASSERT_STRING_EQUAL(node.plugin, "");
    CU_ASSERT_EQUAL(hinge_context_create(session, &context, &error), HINGE_UNSUPPORTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "test.plugins::Nothing, test.plugins::Increment"));
    hinge_close(session);
    model_destroy(model);
    CU_ASSERT_EQUAL(atomic_load(&counter.n_live), 0);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"values by name", values_by_name},
                                  {"defaults are overridden", defaults_are_overridden},
                                  {"memory is limited", memory_is_limited},
                                  {"many shapes", many_shapes},
                                  {"missing operators are listed", missing_is_listed},
                                  CU_TEST_INFO_NULL};
    return run_tests("values", tests);
}
