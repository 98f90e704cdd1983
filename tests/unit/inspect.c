/* What inspect.h tells of small models, and that it writes no more than the caller has room for. */
#include "tests/support/counter.h"
#include "tests/support/main.h"
#include "tests/support/model.h"

#include <hinge/inspect.h>
#include <hinge/plugin.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct opened {
    struct model *model;
    hinge_session *session;
    hinge_context *context;
    hinge_error error;
};

static void close_opened(struct opened *opened)
{
    hinge_context_destroy(opened->context);
    hinge_close(opened->session);
    model_destroy(opened->model);
}

/* Ends the test, with nothing left behind. */
static void fail_to_open(struct opened *opened)
{
    close_opened(opened);
    CU_FAIL_FATAL(opened->error.message);
}

/* x[n] -> Relu -> a -> Identity -> b -> Relu -> y[n], and Relu of a constant */
static struct opened open_chain(void)
{
    struct opened opened = {.model = model_create()};
    hinge_options options = {
        .size = sizeof options, .n_threads = 1, .plugin_folder = BUILT_IN_PLUGINS};
    size_t size;
    model_input(opened.model, "x", HINGE_FLOAT, 1, (int64_t[]){-1});
    model_output(opened.model, "y", HINGE_FLOAT, 1, (int64_t[]){-1});
    model_output(opened.model, "z", HINGE_FLOAT, 1, (int64_t[]){2});
    model_floats(opened.model, "c", 1, (int64_t[]){2}, (float[]){-1, 1});
    model_node(opened.model, "", "Relu", "x", "a");
    model_node(opened.model, "", "Identity", "a", "b");
    model_node(opened.model, "", "Relu", "b", "y");
    model_node(opened.model, "", "Relu", "c", "z");
    const void *bytes = model_bytes(opened.model, &size);
    if (hinge_open_memory(bytes, size, &options, &opened.session, &opened.error) ||
        hinge_context_create(opened.session, &opened.context, &opened.error))
        fail_to_open(&opened);
    return opened;
}

static void test_graph(void)
{
    struct opened opened = open_chain();
    const hinge_session *session = opened.session;
    hinge_model_info model = {.size = sizeof model};
    hinge_node_info node = {.size = sizeof node};
    hinge_value_info value = {.size = sizeof value};
    CU_ASSERT_TRUE(hinge_get_model(session, &model));
    CU_ASSERT_EQUAL(model.n_nodes_loaded, 4);
    CU_ASSERT_EQUAL(model.n_nodes, 2); /* Identity is gone, the Relu of a constant computed */
    CU_ASSERT_EQUAL(model.ir_version, 8);
    CU_ASSERT_TRUE(hinge_get_node(session, 1, &node));
    CU_ASSERT_STRING_EQUAL(node.op, "Relu");
    CU_ASSERT_STRING_EQUAL(node.domain, "");
    CU_ASSERT_EQUAL(node.opset, 13);
    CU_ASSERT_EQUAL(strncmp(node.plugin, "onnx-", 5), 0);
    CU_ASSERT_TRUE(node.n_inputs == 1 && node.n_outputs == 1);
    CU_ASSERT_FALSE(hinge_get_node(session, 2, &node));
    size_t between = hinge_node_input(session, 1, 0);
    CU_ASSERT_EQUAL(between, hinge_node_output(session, 0, 0));
    CU_ASSERT_EQUAL(hinge_node_input(session, 1, 1), HINGE_NO_INDEX);
    CU_ASSERT_EQUAL(hinge_node_output(session, 2, 0), HINGE_NO_INDEX);
    CU_ASSERT_TRUE(hinge_get_value(session, between, &value));
    CU_ASSERT_EQUAL(value.producer, 0);
    CU_ASSERT_EQUAL(value.n_readers, 1);
    CU_ASSERT_FALSE(value.is_input || value.is_output || value.is_constant);
    CU_ASSERT_TRUE(hinge_get_value(session, hinge_node_input(session, 0, 0), &value));
    CU_ASSERT_TRUE(value.is_input && value.producer == HINGE_NO_INDEX);
    CU_ASSERT_STRING_EQUAL(value.name, "x");
    CU_ASSERT_FALSE(hinge_get_value(session, model.n_values, &value));
    const char *domain;
    uint32_t version;
    CU_ASSERT_TRUE(hinge_get_opset(session, 0, &domain, &version));
    CU_ASSERT_TRUE(*domain == '\0' && version == 13);
    CU_ASSERT_FALSE(hinge_get_opset(session, model.n_opsets, &domain, &version));
    const char *location;
    const void *bytes = NULL;
    size_t size = 0;
    CU_ASSERT_TRUE(hinge_get_file(session, 0, &location, &bytes, &size));
    CU_ASSERT_TRUE(*location == '\0' && size > 0 && bytes != NULL);
    CU_ASSERT_FALSE(hinge_get_file(session, 1, &location, &bytes, &size));
    close_opened(&opened);
}

static void test_passes(void)
{
    struct opened opened = open_chain();
    hinge_pass_info pass = {.size = sizeof pass};
    size_t n = 0, n_changes = 0, nodes = 4;
    for (; hinge_get_pass(opened.session, n, &pass); n++) {
        CU_ASSERT_STRING_EQUAL(pass.name, hinge_pass_name(n));
        CU_ASSERT_EQUAL(pass.nodes_before, nodes);
        nodes = pass.nodes_after;
        for (size_t i = 0; i < pass.n_changes; i++)
            CU_ASSERT_TRUE(strlen(hinge_pass_change(opened.session, n, i)) > 0);
        CU_ASSERT_PTR_NULL(hinge_pass_change(opened.session, n, pass.n_changes));
        n_changes += pass.n_changes;
    }
    CU_ASSERT_PTR_NULL(hinge_pass_name(n));
    CU_ASSERT_PTR_NULL(hinge_pass_change(opened.session, n, 0));
    CU_ASSERT_EQUAL(nodes, 2);
    CU_ASSERT_TRUE(n_changes >= 2);
    close_opened(&opened);
}

static void test_plan(void)
{
    struct opened opened = open_chain();
    hinge_plan_info plan = {.size = sizeof plan};
    hinge_place_info place = {.size = sizeof place};
    hinge_node_info node = {.size = sizeof node};
    CU_ASSERT_FALSE(hinge_get_plan(opened.context, &plan));
    CU_ASSERT_FALSE(hinge_get_place(opened.context, 0, &place));
    CU_ASSERT_EQUAL(hinge_plan_step(opened.context, 0), HINGE_NO_INDEX);
    hinge_tensor x = hinge_tensor_over(HINGE_FLOAT, 1, (int64_t[]){1000}, NULL);
    hinge_tensor wrong = hinge_tensor_over(HINGE_INT32, 1, (int64_t[]){1000}, NULL);
    CU_ASSERT_NOT_EQUAL(hinge_plan(opened.context, &wrong, 1, &opened.error), HINGE_OK);
    CU_ASSERT_NOT_EQUAL(hinge_plan(opened.context, &x, 2, &opened.error), HINGE_OK);
    CU_ASSERT_EQUAL(hinge_plan(opened.context, &x, 1, &opened.error), HINGE_OK);
    CU_ASSERT_TRUE(hinge_get_plan(opened.context, &plan));
    CU_ASSERT_TRUE(plan.n_steps == 2 && plan.n_dynamic == 0);
    CU_ASSERT_TRUE(plan.arena_size >= 4000 && plan.arena_size < 8000);
    CU_ASSERT_TRUE(plan.unshared == 8000);
    CU_ASSERT_TRUE(hinge_plan_step(opened.context, 0) == 0 &&
                   hinge_plan_step(opened.context, 1) == 1 &&
                   hinge_plan_step(opened.context, 2) == HINGE_NO_INDEX);
    size_t a = hinge_node_output(opened.session, 0, 0), y = hinge_node_output(opened.session, 1, 0);
    CU_ASSERT_TRUE(hinge_get_place(opened.context, a, &place));
    CU_ASSERT_TRUE(place.placement == HINGE_PLACE_ARENA && place.over == HINGE_NO_INDEX);
    CU_ASSERT_TRUE(place.tensor.rank == 1 && place.tensor.dims[0] == 1000);
    CU_ASSERT_TRUE(hinge_get_place(opened.context, y, &place));
    CU_ASSERT_TRUE(place.placement == HINGE_PLACE_ARENA && place.over == a && !place.is_view);
    CU_ASSERT_TRUE(hinge_get_place(opened.context, hinge_node_input(opened.session, 0, 0), &place));
    CU_ASSERT_EQUAL(place.placement, HINGE_PLACE_INPUT);
    CU_ASSERT_TRUE(hinge_get_node(opened.session, 0, &node));
    CU_ASSERT_TRUE(strlen(node.plugin) > 0 && node.since > 0);
    close_opened(&opened);
}

/* x -> Linear -> Parabola (fused), x -> Elu, x -> Rowless, x -> Noise */
static struct opened open_activations(void)
{
    static const char *const plugins[] = {TEST_PLUGINS "/rewrites.so"};
    const hinge_options options = {.size = sizeof options,
                                   .n_threads = 1,
                                   .plugin_folder = BUILT_IN_PLUGINS,
                                   .plugins = plugins,
                                   .n_plugins = 1};
    struct opened opened = {.model = model_create()};
    struct model *model = opened.model;
    model_input(model, "x", HINGE_FLOAT, 3, (int64_t[]){1, 1, 2});
    model_floats(model, "w", 2, (int64_t[]){1, 1}, (float[]){1});
    model_node(model, "test.plugins", "Linear", "x w", "a");
    model_node(model, "test.plugins", "Parabola", "a", "y0");
    model_attribute_float(model, "alpha", 0.25F);
    model_node(model, "", "Elu", "x", "y1");
    model_attribute_float(model, "alpha", 2);
    model_node(model, "test.plugins", "Rowless", "x", "y2");
    model_node(model, "test.plugins", "Noise", "x", "y3");
    for (int i = 0; i < 4; i++)
        model_output(model, (const char *[]){"y0", "y1", "y2", "y3"}[i], HINGE_FLOAT, -1, NULL);
    size_t size;
    const void *bytes = model_bytes(model, &size);
    if (hinge_open_memory(bytes, size, &options, &opened.session, &opened.error))
        fail_to_open(&opened);
    return opened;
}

static void test_activations(void)
{
    struct opened opened = open_activations();
    const hinge_session *session = opened.session;
    hinge_error error;
    const float x[] = {-1, 3};
    float y[2];
    hinge_activation_info info = {.size = sizeof info};
    hinge_node_info node = {.size = sizeof node};
    CU_ASSERT_TRUE(hinge_get_activation(session, 0, &info));
    CU_ASSERT_STRING_EQUAL(info.op, "Parabola");
    CU_ASSERT_STRING_EQUAL(info.domain, "test.plugins");
    CU_ASSERT_TRUE(info.is_fused && info.has_row && info.has_derivative);
    CU_ASSERT_TRUE(info.kind == HINGE_ACT_OWN && info.alpha == 0.25F);
    CU_ASSERT_TRUE(hinge_get_node(session, 0, &node));
    CU_ASSERT_STRING_EQUAL(node.activation, "Parabola");
    CU_ASSERT_EQUAL(hinge_apply_activation(session, 0, false, x, y, 2, &error), HINGE_OK);
    CU_ASSERT_TRUE(y[0] == 0.25F && y[1] == 2.25F);
    CU_ASSERT_EQUAL(hinge_apply_activation(session, 0, true, x, y, 2, &error), HINGE_OK);
    CU_ASSERT_TRUE(y[0] == -0.5F && y[1] == 1.5F);

    CU_ASSERT_TRUE(hinge_get_activation(session, 1, &info));
    CU_ASSERT_STRING_EQUAL(info.op, "Elu");
    CU_ASSERT_STRING_EQUAL(info.domain, "");
    CU_ASSERT_TRUE(!info.is_fused && info.has_row && info.kind == HINGE_ACT_ELU && info.alpha == 2);
    CU_ASSERT_EQUAL(hinge_apply_activation(session, 1, false, x, y, 2, &error), HINGE_OK);
    CU_ASSERT_DOUBLE_EQUAL(y[0], 2 * (exp(-1) - 1), 1e-6);
    CU_ASSERT_EQUAL(y[1], 3);

    CU_ASSERT_FALSE(hinge_get_activation(session, 2, &info)); /* own, but without a row */
    CU_ASSERT_FALSE(hinge_get_activation(session, 3, &info));
    CU_ASSERT_FALSE(hinge_get_activation(session, 4, &info));
    CU_ASSERT_EQUAL(hinge_apply_activation(session, 3, false, x, y, 2, &error), HINGE_UNSUPPORTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "Noise"));
    CU_ASSERT_EQUAL(hinge_apply_activation(session, 4, false, x, y, 2, &error), HINGE_BAD_ARGUMENT);
    close_opened(&opened);
}

/* A caller of an older version has shorter structs: nothing behind them is touched. */
static void test_sizes(void)
{
    struct opened opened = open_chain();
    hinge_node_info node;
    for (size_t size = sizeof node.size; size <= sizeof node; size++) {
        memset(&node, 0x5a, sizeof node);
        node.size = size;
        CU_ASSERT_TRUE(hinge_get_node(opened.session, 0, &node));
        CU_ASSERT_EQUAL(node.size, size);
        for (size_t i = size; i < sizeof node; i++)
            CU_ASSERT_EQUAL(((unsigned char *)&node)[i], 0x5a);
    }
    CU_ASSERT_STRING_EQUAL(node.op, "Relu");
    close_opened(&opened);
}

/* Selu's, in the standard's words. */
static void check_attributes(const hinge_registry *registry, size_t p)
{
    hinge_op_info op = {.size = sizeof op};
    hinge_attribute_info info = {.size = sizeof info};
    size_t n_found = 0, i = 0;
    while (hinge_get_op(registry, p, i, &op) && strcmp(op.name, "Selu") != 0)
        i++;
    for (; hinge_get_op_attribute(registry, p, i, n_found, &info); n_found++)
        CU_ASSERT_TRUE(!info.is_required &&
                       (strcmp(info.name, "consumed_inputs") == 0 ? info.type == HINGE_ATTR_INTS
                                                                  : info.type == HINGE_ATTR_FLOAT));
    CU_ASSERT_TRUE(n_found >= 2);
    CU_ASSERT_FALSE(hinge_get_op_attribute(registry, p, SIZE_MAX, 0, &info));
    CU_ASSERT_FALSE(hinge_get_op_attribute(registry, 9, 0, 0, &info));
}

static void test_registry(void)
{
    struct counter counter = {0};
    hinge_options options = {.size = sizeof options,
                             .isa = "scalar",
                             .plugins = (const char *const[]){"no-such-plugin.so"},
                             .n_plugins = 1,
                             .plugin_folder = BUILT_IN_PLUGINS,
                             .allocator = counter_allocator(&counter)};
    hinge_registry *registry;
    hinge_error error;
    hinge_plugin_info plugin = {.size = sizeof plugin};
    hinge_op_info op = {.size = sizeof op};
    /* An allocation that fails, whichever it is, is an error and leaves nothing behind. */
    for (counter.fail_at = 1;; counter.fail_at++) {
        counter.n = 0;
        hinge_status status = hinge_registry_open(&options, &registry, &error);
        if (!counter_failed(&counter)) {
            CU_ASSERT_EQUAL_FATAL(status, HINGE_OK);
            break;
        }
        CU_ASSERT_EQUAL_FATAL(status, HINGE_NO_MEMORY);
        CU_ASSERT_EQUAL(counter.n_live, 0);
        CU_ASSERT_PTR_NULL(registry);
    }
    CU_ASSERT_TRUE(counter.fail_at > 3);
    size_t n_plugins = hinge_n_plugins(registry), p = 0;
    CU_ASSERT_TRUE_FATAL(n_plugins >= 2);
    while (hinge_get_plugin(registry, p, &plugin) && strcmp(plugin.name, "onnx-scalar") != 0)
        p++;
    CU_ASSERT_TRUE(plugin.is_builtin && !plugin.refused && plugin.n_ops > 0);
    size_t n_ops = 0;
    bool has_relu = false;
    for (; hinge_get_op(registry, p, n_ops, &op); n_ops++) {
        CU_ASSERT_TRUE(op.name && op.domain && op.since > 0 && op.signature);
        has_relu |= strcmp(op.name, "Relu") == 0 && op.min_inputs == 1 && op.max_inputs == 1;
    }
    CU_ASSERT_TRUE(has_relu);
    check_attributes(registry, p);
    CU_ASSERT_EQUAL(n_ops, plugin.n_ops);
    CU_ASSERT_TRUE(hinge_get_plugin(registry, n_plugins - 1, &plugin));
    CU_ASSERT_STRING_EQUAL(plugin.path, "no-such-plugin.so");
    CU_ASSERT_TRUE(plugin.refused && strlen(plugin.refused) > 0 && plugin.n_ops == 0);
    CU_ASSERT_FALSE(hinge_get_op(registry, n_plugins - 1, 0, &op));
    CU_ASSERT_FALSE(hinge_get_plugin(registry, n_plugins, &plugin));
    hinge_registry_close(registry);
    hinge_registry_close(NULL);
    CU_ASSERT_EQUAL(counter.n_live, 0);
}

int main(void)
{
    CU_TestInfo tests[] = {{"graph", test_graph},
                           {"passes", test_passes},
                           {"plan", test_plan},
                           {"struct sizes", test_sizes},
                           {"activations", test_activations},
                           {"registry", test_registry},
                           CU_TEST_INFO_NULL};
    return run_tests("inspect", tests);
}
