/* Rewrites that hold for the shapes that are expected and not for those that come: the run takes
 * the nodes that they stand for. */
#include "tests/passes/support/rewrite.h"

#include <string.h>

/* Output 0 for these inputs, with all passes or without the named one, into values. */
static size_t run(struct model *model, const char *without, const hinge_tensor *inputs,
                  size_t n_inputs, float *values)
{
    hinge_options options = {.size = sizeof options,
                             .n_threads = 1,
                             .plugin_folder = BUILT_IN_PLUGINS,
                             .disabled_passes = &without,
                             .n_disabled_passes = without != NULL};
    size_t size, n_nodes;
    const void *bytes = model_bytes(model, &size);
    hinge_session *session;
    hinge_context *context;
    hinge_error error;
    hinge_tensor output;
    hinge_model_info info = {.size = sizeof info};
    CU_ASSERT_EQUAL_FATAL(hinge_open_memory(bytes, size, &options, &session, &error), HINGE_OK);
    hinge_get_model(session, &info);
    n_nodes = info.n_nodes;
    CU_ASSERT_EQUAL_FATAL(hinge_context_create(session, &context, &error), HINGE_OK);
    for (int round = 0; round < 2; round++)
        if (hinge_run(context, inputs, n_inputs, &output, 1, NULL, &error))
            CU_FAIL_FATAL(error.message);
    memcpy(values, output.data, (size_t)hinge_tensor_size(&output));
    hinge_context_destroy(context);
    hinge_close(session);
    return n_nodes;
}

/* relu(x w + r): x and r have one name for their rows, and different numbers of them. */
static void addend_that_broadcasts(void)
{
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 2, (int64_t[]){-1, 4});
    model_input(model, "r", HINGE_FLOAT, 2, (int64_t[]){-1, 4});
    add_weights(model, "w", 2, (int64_t[]){4, 4});
    model_node(model, "", "MatMul", "x w", "y");
    model_node(model, "", "Add", "y r", "z");
    model_node(model, "", "Relu", "z", "o");
    model_output(model, "o", HINGE_FLOAT, -1, NULL);
    float x[12], r[12], with[12], apart[12];
    for (int i = 0; i < 12; i++) {
        x[i] = random_float();
        r[i] = random_float();
    }
    for (int64_t rows = 1; rows <= 3; rows += 2) {
        const hinge_tensor inputs[] = {hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){3, 4}, x),
                                       hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){rows, 4}, r)};
        CU_ASSERT_EQUAL(run(model, NULL, inputs, 2, with), 1);
        CU_ASSERT_EQUAL(run(model, "fuse-addend", inputs, 2, apart), 3);
        for (int i = 0; i < 12; i++)
            CU_ASSERT(with[i] - apart[i] < 1e-5F && apart[i] - with[i] < 1e-5F);
    }
    check_allocation_failures(model);
    model_destroy(model);
}

/* relu(s c + d), s being the first 200 columns of x, of which a run may have one: c and d are as
 * long as s for every large x. Where s ends is a constant, or computed from the shape of x. */
static void check_channels(bool is_computed)
{
    enum { N = 200 };
    const size_t n_computing = is_computed ? 3 : 0;
    struct model *model = model_create();
    model_input(model, "x", HINGE_FLOAT, 2, (int64_t[]){2, -1});
    static const int64_t one[] = {1};
    model_ints(model, "begin", 1, one, (int64_t[]){0});
    model_ints(model, is_computed ? "most" : "end", 1, one, (int64_t[]){N});
    model_ints(model, "axis", 1, one, (int64_t[]){1});
    if (is_computed) {
        model_node(model, "", "Shape", "x", "shape");
        model_node(model, "", "Gather", "shape axis", "n");
        model_node(model, "", "Min", "n most", "end");
    }
    add_weights(model, "c", 1, (int64_t[]){N});
    add_weights(model, "d", 1, (int64_t[]){N});
    model_node(model, "", "Slice", "x begin end axis", "s");
    model_node(model, "", "Mul", "s c", "y");
    model_node(model, "", "Add", "y d", "z");
    model_node(model, "", "Relu", "z", "o");
    model_output(model, "o", HINGE_FLOAT, -1, NULL);
    static float x[2 * N], with[2 * N], apart[2 * N];
    for (int i = 0; i < 2 * N; i++)
        x[i] = random_float();
    for (int64_t columns = 1; columns <= N; columns += N - 1) {
        const hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){2, columns}, x);
        CU_ASSERT_EQUAL(run(model, NULL, &input, 1, with), 2 + n_computing);
        CU_ASSERT_EQUAL(run(model, "fold-affine", &input, 1, apart), 4 + n_computing);
        for (int i = 0; i < 2 * N; i++)
            CU_ASSERT(with[i] - apart[i] < 1e-5F && apart[i] - with[i] < 1e-5F);
    }
    check_allocation_failures(model);
    model_destroy(model);
}

static void channels_that_broadcast(void)
{
    check_channels(false);
    check_channels(true);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"addend that broadcasts", addend_that_broadcasts},
                                  {"channels that broadcast", channels_that_broadcast},
                                  CU_TEST_INFO_NULL};
    return run_tests("way back", tests);
}
