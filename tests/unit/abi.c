/*
 * Growth of the ABI: a plugin that is built with the first header of ABI 2 does in every later
 * runtime all that it could do in the first one, and a plugin of a newer header serves as far as it
 * uses nothing that the runtime does not know. This file is built twice, with the runtime as it is
 * and with one whose structs have all grown.
 */
#include "tests/unit/running.h"

#include "plugins/plugin.h"

static const int64_t four[] = {4}, any[] = {-1}, one[] = {1}, cube_dims[] = {1, 2, 3};
static const float weights[] = {2, -1}, bias[] = {1, 0.5F};
static float x6[] = {1, 2, 3, 4, 5, -6};

#define ABI2 TEST_PLUGINS "/abi2.so"
#define NEWER TEST_PLUGINS "/abi2_newer.so"

static struct running start(const char *plugin)
{
    return (struct running){.model = model_create(), .plugins = {plugin}};
}

static void run_one(struct running *r, int32_t rank, const int64_t *dims, float *x,
                    hinge_tensor *output)
{
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, rank, dims, x);
    running_open(r);
    if (running_run(r, &input, 1, output, 1))
        CU_FAIL_FATAL(r->error.message);
}

/* x w[c] + b[c] of (1, 2, 3) */
static float scaled(int i)
{
    return x6[i] * weights[i / 3] + bias[i / 3];
}

static void scale_model(struct running *r)
{
    model_input(r->model, "x", HINGE_FLOAT, 3, cube_dims);
    model_floats(r->model, "w", 1, (int64_t[]){2}, weights);
    model_floats(r->model, "b", 1, (int64_t[]){2}, bias);
    model_node(r->model, DOMAIN, "AbiScale", "x w b", "s");
}

static float cubed(float x)
{
    return 2 * x * x * x;
}

static float rectified(float x)
{
    return x > 0 ? x : 0;
}

static float soft(float x)
{
    return x / (1 + (x < 0 ? -x : x));
}

/* Activations that the plugin knows, does not know, has itself, and that a later header names. */
static void absorbs(const char *plugin)
{
    static const struct {
        const char *domain, *op;
        float (*f)(float);
        bool alpha, fuses;
    } cases[] = {{"", "Relu", rectified, false, true},
                 {"", "Softsign", soft, false, true},
                 {DOMAIN, "AbiCube", cubed, true, true},
                 {DOMAIN, "AbiNew", cubed, true, true},
                 {DOMAIN, "AbiRowless", cubed, true, false}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct running r = start(plugin);
        scale_model(&r);
        model_node(r.model, cases[k].domain, cases[k].op, "s", "y");
        if (cases[k].alpha)
            model_attribute_float(r.model, "alpha", 2);
        model_output(r.model, "y", HINGE_FLOAT, 3, cube_dims);
        hinge_tensor output;
        run_one(&r, 3, cube_dims, x6, &output);
        CU_ASSERT_EQUAL(count_nodes(r.session), cases[k].fuses ? 1 : 2);
        for (int i = 0; i < 6; i++)
            CU_ASSERT_EQUAL(((const float *)output.data)[i], cases[k].f(scaled(i)));
        running_close(&r);
    }
}

/* A residual, and y = 2 x + 3, which becomes part of w and b. */
static void absorbs_more(const char *plugin)
{
    struct running r = start(plugin);
    scale_model(&r);
    model_node(r.model, DOMAIN, "AbiShift", "s", "t");
    model_node(r.model, "", "Add", "t x", "y");
    model_output(r.model, "y", HINGE_FLOAT, 3, cube_dims);
    hinge_tensor output;
    run_one(&r, 3, cube_dims, x6, &output);
    CU_ASSERT_EQUAL(count_nodes(r.session), 1);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(((const float *)output.data)[i], 2 * scaled(i) + 3 + x6[i]);
    running_close(&r);
}

static void is_absorbed(const char *plugin)
{
    static const char *const ops[] = {"AbiCube", "AbiNew"};
    static const int64_t dims[] = {1, 1, 2, 3}, w_dims[] = {1, 1, 1, 1};
    for (size_t k = 0; k < 2; k++) {
        struct running r = start(plugin);
        model_input(r.model, "x", HINGE_FLOAT, 4, dims);
        model_floats(r.model, "w", 4, w_dims, (float[]){3});
        model_node(r.model, "", "Conv", "x w", "c");
        model_node(r.model, DOMAIN, "AbiShift", "c", "s");
        model_node(r.model, DOMAIN, ops[k], "s", "y");
        model_attribute_float(r.model, "alpha", 2);
        model_output(r.model, "y", HINGE_FLOAT, 4, dims);
        hinge_tensor output;
        run_one(&r, 4, dims, x6, &output);
        CU_ASSERT_EQUAL(count_nodes(r.session), 1);
        for (int i = 0; i < 6; i++)
            CU_ASSERT_EQUAL(((const float *)output.data)[i], cubed(2 * 3 * x6[i] + 3));
        running_close(&r);
    }
}

/* Row and derivative by themselves. */
static void shows_its_activation(const char *plugin)
{
    struct running r = start(plugin);
    model_input(r.model, "x", HINGE_FLOAT, 1, four);
    model_node(r.model, DOMAIN, "AbiCube", "x", "y");
    model_output(r.model, "y", HINGE_FLOAT, 1, four);
    running_open(&r);
    float y[2] = {0};
    CU_ASSERT_EQUAL(hinge_apply_activation(r.session, 0, true, (float[]){2, -1}, y, 2, &r.error),
                    HINGE_OK);
    CU_ASSERT_TRUE(y[0] == 12 && y[1] == 3);
    running_close(&r);
}

/* state, prepared, scratch, parallel, log, release */
static void log_line(void *user, hinge_log_level level, const char *message)
{
    if (level == HINGE_LOG_INFO && strstr(message, "packed 1"))
        ++*(int *)user;
}

static void has_memory(const char *plugin)
{
    struct running r = start(plugin);
    int n_lines = 0;
    r.options.log = log_line;
    r.options.log_user = &n_lines;
    model_input(r.model, "x", HINGE_FLOAT, 1, any);
    model_floats(r.model, "w", 1, one, (float[]){3});
    model_node(r.model, DOMAIN, "AbiPack", "x w", "a");
    model_node(r.model, DOMAIN, "AbiSame", "a", "b");
    model_node(r.model, DOMAIN, "AbiPositive", "b", "c");
    model_ints(r.model, "n", 1, one, (int64_t[]){2});
    model_node(r.model, DOMAIN, "AbiFirst", "c n", "y");
    model_node(r.model, DOMAIN, "AbiFirst", "a n", "z");
    model_output(r.model, "y", HINGE_FLOAT, 1, any);
    model_output(r.model, "z", HINGE_FLOAT, 1, any);
    running_open(&r);
    CU_ASSERT_EQUAL(n_lines, 1);
    CU_ASSERT_EQUAL(count_nodes(r.session), 4);
    for (int64_t n = 4; n <= 6; n++) {
        float x[] = {1, -2, 3, -4, 5, 6};
        hinge_tensor input = floats(n, x), outputs[2];
        CU_ASSERT_EQUAL_FATAL(running_run(&r, &input, 1, outputs, 2), HINGE_OK);
        check_floats(&outputs[0], 2, (float[]){3, 9});
        check_floats(&outputs[1], 2, (float[]){3, -6});
    }
    float x[] = {1, -2};
    hinge_tensor input = floats(2, x);
    check_failure(&r.error, running_run(&r, &input, 1, NULL, 0), HINGE_BAD_VALUE,
                  "node \"y\" (test.plugins::AbiFirst): there are no 2 elements");
    running_close(&r);
}

static void makes_strings(const char *plugin)
{
    struct running r = start(plugin);
    model_input(r.model, "x", HINGE_FLOAT, 1, any);
    model_node(r.model, DOMAIN, "AbiWords", "x", "y");
    model_output(r.model, "y", HINGE_STRING, 1, any);
    float x[] = {1.5F, -2};
    hinge_tensor output;
    run_one(&r, 1, (int64_t[]){2}, x, &output);
    const hinge_string *y = output.data;
    CU_ASSERT_TRUE(y[0].size == 3 && memcmp(y[0].bytes, "1.5", 3) == 0);
    CU_ASSERT_TRUE(y[1].size == 2 && memcmp(y[1].bytes, "-2", 2) == 0);
    running_close(&r);
}

static void makes_values_and_calls(const char *plugin)
{
    struct running r = start(plugin);
    model_input(r.model, "x", HINGE_FLOAT, 1, any);
    model_node(r.model, DOMAIN, "AbiTwice", "x", "s");
    model_node(r.model, DOMAIN, "AbiCall", "x", "y");
    model_begin_graph(r.model, "body");
    model_input(r.model, "v", HINGE_FLOAT, 1, any);
    model_output(r.model, "out", HINGE_FLOAT, 1, any);
    model_node(r.model, DOMAIN, "AbiCube", "v", "out");
    model_end_graph(r.model);
    model_output(r.model, "s", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    model_output(r.model, "y", HINGE_FLOAT, 1, any);
    running_open(&r);
    for (int round = 0; round < 3; round++) {
        float x[] = {1, 2};
        hinge_tensor input = floats(2, x), outputs[2];
        if (running_run(&r, &input, 1, outputs, 2))
            CU_FAIL_FATAL(r.error.message);
        CU_ASSERT_EQUAL_FATAL(outputs[0].dims[0], 2);
        const hinge_tensor *elements = outputs[0].data;
        check_floats(&elements[0], 2, x);
        check_floats(&elements[1], 1, (float[]){7});
        check_floats(&outputs[1], 2, (float[]){1, 512});
    }
    running_close(&r);
}

static void does_all(const char *plugin)
{
    absorbs(plugin);
    absorbs_more(plugin);
    is_absorbed(plugin);
    shows_its_activation(plugin);
    has_memory(plugin);
    makes_strings(plugin);
    makes_values_and_calls(plugin);
}

static void first_header(void)
{
    does_all(ABI2);
}

static void newer_header_with_zeros(void)
{
    does_all(NEWER);
}

/* The plugin is refused with these words, or, where they are NULL, is not. */
static void check_plugin(const char *path, const char *words)
{
    hinge_options options = {.size = sizeof options,
                             .plugins = &path,
                             .n_plugins = 1,
                             .plugin_folder = BUILT_IN_PLUGINS};
    hinge_registry *registry;
    hinge_error error;
    CU_ASSERT_EQUAL_FATAL(hinge_registry_open(&options, &registry, &error), HINGE_OK);
    hinge_plugin_info info = {.size = sizeof info};
    for (size_t i = 0; i < hinge_n_plugins(registry); i++) {
        CU_ASSERT_TRUE(hinge_get_plugin(registry, i, &info));
        if (strcmp(info.path, path) == 0)
            break;
    }
    CU_ASSERT_STRING_EQUAL(info.path, path);
    bool right = words ? info.refused && strstr(info.refused, words) : !info.refused;
    if (!right)
        printf("\n    %s: %s", path, info.refused ? info.refused : "not refused");
    CU_ASSERT_TRUE(right);
    hinge_registry_close(registry);
}

static void newer_fields_in_use(void)
{
#ifdef NEWEST
    const char *op = NULL, *plugin = NULL;
#else
    const char *op = "operator GrownSecond uses what only a newer version of Hinge has",
               *plugin = "uses what only a newer version of Hinge has";
#endif
    check_plugin(TEST_PLUGINS "/grown_nothing.so", NULL);
    check_plugin(TEST_PLUGINS "/grown_op.so", op);
    check_plugin(TEST_PLUGINS "/grown_kernel.so", op);
    check_plugin(TEST_PLUGINS "/grown_attribute.so", op);
    check_plugin(TEST_PLUGINS "/grown_plugin.so", plugin);
}

/* A plugin that counts on more in nodes than the runtime puts there. */
static void newer_nodes(void)
{
#ifdef NEWEST
    does_all(TEST_PLUGINS "/abi2_newest.so");
#else
    check_plugin(TEST_PLUGINS "/abi2_newest.so",
                 "made for a newer version of Hinge, whose struct hinge_node is larger");
#endif
}

static hinge_status nothing(const struct hinge_node *node)
{
    (void)node;
    return HINGE_OK;
}

static const struct hinge_op op_sizes[] = {{.name = "Sizes",
                                            .signature = "(X: T) -> (Y: T); T: float",
                                            .kernels = HINGE_KERNELS({HINGE_FLOAT, nothing})},
                                           {.name = NULL}};
static const struct hinge_op *const sizes_ops[] = {op_sizes, NULL};

/* The table with one of its sizes changed. */
static void check_size(size_t field, const char *name, uint32_t size, const char *words)
{
    struct {
        struct hinge_plugin table;
        uint64_t behind[4];
    } given = {.table = {HINGE_PLUGIN_SIZES, 0, "sizes", "1", 0, sizes_ops}};
    hinge_allocator allocator = memory_allocator(NULL);
    struct arena arena = {&allocator, NULL};
    struct plugin plugin;
    hinge_error error = {.message = ""};
    char wanted[128];
    memcpy((char *)&given.table + field, &size, sizeof size);
    hinge_status status = plugin_link(&given.table, UINT64_MAX, &arena, &plugin, &error);
    snprintf(wanted, sizeof wanted, words ? words : "", name, (unsigned)size);
    if (words)
        check_failure(&error, status, HINGE_BAD_PLUGIN, wanted);
    CU_ASSERT_TRUE(words || status == HINGE_OK);
    arena_free(&arena);
}

static void stated_sizes(void)
{
#define FIELD(field, type) offsetof(struct hinge_plugin, field), #type, sizeof(struct type)
    static const struct {
        size_t field;
        const char *name;
        size_t size;
    } of_plugin[] = {{FIELD(size, hinge_plugin)},
                     {FIELD(op_size, hinge_op)},
                     {FIELD(kernel_size, hinge_kernel)},
                     {FIELD(attribute_def_size, hinge_attribute_def)}},
      of_host[] = {{FIELD(node_size, hinge_node)},
                   {FIELD(host_size, hinge_host)},
                   {FIELD(epilogue_size, hinge_epilogue)},
                   {FIELD(activation_size, hinge_activation)},
                   {FIELD(linear_size, hinge_linear)}};
#undef FIELD
    static const char less[] = "struct %s has %u bytes, less than in any header",
                      nonsense[] = "struct %s has %u bytes, which cannot be",
                      larger[] = "made for a newer version of Hinge, whose struct %s is larger";
    for (size_t i = 0; i < sizeof of_plugin / sizeof of_plugin[0]; i++) {
        uint32_t size = (uint32_t)of_plugin[i].size;
        check_size(of_plugin[i].field, of_plugin[i].name, size, NULL);
        check_size(of_plugin[i].field, of_plugin[i].name, 8, less);
        check_size(of_plugin[i].field, of_plugin[i].name, size + 1, nonsense);
        check_size(of_plugin[i].field, of_plugin[i].name, 1u << 31, nonsense);
    }
    check_size(of_plugin[0].field, "", (uint32_t)of_plugin[0].size + 8, NULL);
    for (size_t i = 0; i < sizeof of_host / sizeof of_host[0]; i++) {
        uint32_t size = (uint32_t)of_host[i].size;
        check_size(of_host[i].field, of_host[i].name, size, NULL);
        check_size(of_host[i].field, of_host[i].name, 8, less);
        check_size(of_host[i].field, of_host[i].name, size + 1, nonsense);
        check_size(of_host[i].field, of_host[i].name, size + 8, larger);
    }
}

static void unknown_features(void)
{
    check_plugin(TEST_PLUGINS "/other_cpu.so",
                 "needs an unknown CPU feature, which this CPU does not have");
}

int main(void)
{
    static CU_TestInfo tests[] = {{"the first header", first_header},
                                  {"a newer header, new fields zero", newer_header_with_zeros},
                                  {"a newer header, new fields in use", newer_fields_in_use},
                                  {"newer nodes", newer_nodes},
                                  {"stated sizes", stated_sizes},
                                  {"unknown CPU features", unknown_features},
                                  CU_TEST_INFO_NULL};
    return run_tests("abi", tests);
}
