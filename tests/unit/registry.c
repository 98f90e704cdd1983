/* The registry: which entry serves a node, and which plugins are refused, with what words. */
#include "plugins/registry.h"
#include "plugins/signature.h"

#include "plugins/cpu.h"
#include "tests/support/counter.h"
#include "tests/support/main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hinge_allocator allocator;

static struct registry *open_registry(const char *const *plugins, size_t n_plugins, const char *isa)
{
    allocator = memory_allocator(NULL);
    hinge_options options = {.size = sizeof options,
                             .plugins = plugins,
                             .n_plugins = n_plugins,
                             .isa = isa,
                             .plugin_folder = BUILT_IN_PLUGINS};
    struct registry *registry = NULL;
    hinge_error error;
    CU_ASSERT_EQUAL_FATAL(registry_create(&options, &allocator, &registry, &error), HINGE_OK);
    return registry;
}

static const struct registry_entry *find(const struct registry *registry, const char *domain,
                                         const char *op, uint32_t opset, hinge_type type)
{
    struct graph_node node = {.op = op, .domain = domain, .opset = opset};
    const struct registry_entry *first;
    size_t n = registry_find(registry, &node, &first);
    for (size_t i = 0; i < n; i++)
        if (registry_covers(&first[i], opset) &&
            (type == HINGE_NO_TYPE ||
             signature_allows(first[i].op->signature, 0, (hinge_type_code)type)))
            return &first[i];
    return NULL;
}

static void refuses_bad_plugins(void)
{
    static const struct {
        const char *path, *words;
    } bad[] = {{TEST_PLUGINS "/wrong_abi.so", "ABI version 3"},
               {TEST_PLUGINS "/no_entry.so", "no symbol hinge_plugin"},
               {TEST_PLUGINS "/other_cpu.so", "CPU does not have"},
               {TEST_PLUGINS "/listed_twice.so", "Twice is listed twice for opset 3"},
               {TEST_PLUGINS "/not_an_object.so", "cannot be opened"},
               {TEST_PLUGINS "/missing.so", "cannot be opened"}};
    enum { N = sizeof bad / sizeof bad[0] };
    const char *paths[N];
    for (size_t i = 0; i < N; i++)
        paths[i] = bad[i].path;
    struct registry *registry = open_registry(paths, N, NULL);
    CU_ASSERT_EQUAL_FATAL(registry->n_refusals, N);
    for (size_t i = 0; i < N; i++) {
        CU_ASSERT_STRING_EQUAL(registry->refusals[i].path, bad[i].path);
        CU_ASSERT_PTR_NOT_NULL(strstr(registry->refusals[i].reason, bad[i].words));
    }
    /* The rest keeps working. */
    CU_ASSERT_PTR_NOT_NULL(find(registry, "", "Relu", 13, HINGE_FLOAT));
    CU_ASSERT_PTR_NULL(find(registry, "test.plugins", "Twice", 1, HINGE_FLOAT));
    registry_destroy(registry);
}

static void finds_by_opset(void)
{
    const char *paths[] = {TEST_PLUGINS "/versions.so"};
    struct registry *registry = open_registry(paths, 1, NULL);
    CU_ASSERT_EQUAL(registry->n_refusals, 0);
    const struct registry_entry *old = find(registry, "test.plugins", "Version", 2, HINGE_FLOAT);
    const struct registry_entry *new = find(registry, "test.plugins", "Version", 3, HINGE_FLOAT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(old);
    CU_ASSERT_PTR_NOT_NULL_FATAL(new);
    CU_ASSERT_EQUAL(old->op->since, 1);
    CU_ASSERT_EQUAL(new->op->since, 3);
    CU_ASSERT_PTR_NULL(find(registry, "test.plugins", "Version", 6, HINGE_FLOAT));
    CU_ASSERT_PTR_NULL(find(registry, "com.acme", "Relu", 13, HINGE_FLOAT));
    CU_ASSERT_PTR_NULL(find(registry, "", "HardSwish", 13, HINGE_FLOAT));
    CU_ASSERT_PTR_NULL(find(registry, "", "Relu", 10000, HINGE_FLOAT));
    registry_destroy(registry);
}

static void user_plugins_first_by_type(void)
{
    const char *paths[] = {TEST_PLUGINS "/versions.so"};
    struct registry *registry = open_registry(paths, 1, NULL);
    const struct registry_entry *user = find(registry, "", "Relu", 13, HINGE_DOUBLE);
    const struct registry_entry *ours = find(registry, "", "Relu", 13, HINGE_FLOAT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(user);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ours);
    CU_ASSERT_STRING_EQUAL(user->plugin->table->name, "versions");
    CU_ASSERT_TRUE(ours->plugin->built_in);
    registry_destroy(registry);
}

static void isa_only_lowers(void)
{
    struct registry *registry = open_registry(NULL, 0, "scalar");
    CU_ASSERT_STRING_EQUAL(find(registry, "", "Relu", 13, HINGE_FLOAT)->plugin->table->name,
                           "onnx-scalar");
    registry_destroy(registry);

    setenv("HINGE_ISA", "scalar", 1);
    registry = open_registry(NULL, 0, NULL);
    CU_ASSERT_STRING_EQUAL(find(registry, "", "Relu", 13, HINGE_FLOAT)->plugin->table->name,
                           "onnx-scalar");
    registry_destroy(registry);
    unsetenv("HINGE_ISA");

    hinge_options options = {.size = sizeof options, .isa = "mmx"};
    hinge_error error;
    CU_ASSERT_EQUAL(registry_create(&options, &allocator, &registry, &error), HINGE_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "mmx"));
    options.isa = "avx512";
    options.plugin_folder = BUILT_IN_PLUGINS;
    hinge_status wanted = cpu_features() & HINGE_CPU_AVX512 ? HINGE_OK : HINGE_UNSUPPORTED;
    CU_ASSERT_EQUAL(registry_create(&options, &allocator, &registry, &error), wanted);
    if (!wanted)
        registry_destroy(registry);
}

static bool is_mapped(const char *plugin)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(maps);
    char line[4096];
    bool is_there = false;
    while (fgets(line, sizeof line, maps))
        is_there |= strstr(line, plugin) != NULL;
    fclose(maps);
    return is_there;
}

static void other_levels_are_not_mapped(void)
{
    struct registry *registry = open_registry(NULL, 0, "scalar");
    CU_ASSERT_PTR_NOT_NULL(find(registry, "", "Relu", 14, HINGE_FLOAT));
    CU_ASSERT_FALSE(is_mapped("/onnx-avx2.so"));
    CU_ASSERT_FALSE(is_mapped("/onnx-avx512.so"));
    registry_destroy(registry);
    registry = open_registry(NULL, 0, NULL);
    CU_ASSERT_TRUE(!is_mapped("/onnx-avx512.so") || cpu_features() & HINGE_CPU_AVX512);
    registry_destroy(registry);
}

static void plugin_path(void)
{
    setenv("HINGE_PLUGIN_PATH", TEST_PLUGINS, 1);
    struct registry *registry = open_registry(NULL, 0, NULL);
    unsetenv("HINGE_PLUGIN_PATH");
    CU_ASSERT_PTR_NOT_NULL(find(registry, "test.plugins", "Version", 3, HINGE_FLOAT));
    CU_ASSERT_TRUE(registry->n_refusals >= 5);
    registry_destroy(registry);
}

/* Every allocation fails once; nothing may be lost, nothing may crash. */
static void survives_want_of_memory(void)
{
    const char *paths[] = {TEST_PLUGINS "/versions.so", TEST_PLUGINS "/wrong_abi.so"};
    hinge_status status = HINGE_NO_MEMORY;
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        struct counter counter = {.fail_at = n};
        hinge_allocator hook = counter_allocator(&counter);
        hinge_options options = {.size = sizeof options,
                                 .plugins = paths,
                                 .n_plugins = 2,
                                 .plugin_folder = BUILT_IN_PLUGINS};
        struct registry *registry = NULL;
        status = registry_create(&options, &hook, &registry, NULL);
        failed = counter_failed(&counter);
        CU_ASSERT_EQUAL(status, failed ? HINGE_NO_MEMORY : HINGE_OK);
        if (!status)
            registry_destroy(registry);
        CU_ASSERT_EQUAL(counter.n_live, 0);
    }
}

int main(void)
{
    static CU_TestInfo tests[] = {{"refuses bad plugins", refuses_bad_plugins},
                                  {"finds by opset", finds_by_opset},
                                  {"user plugins first, by type", user_plugins_first_by_type},
                                  {"ISA only lowers", isa_only_lowers},
                                  {"other levels are not mapped", other_levels_are_not_mapped},
                                  {"plugin path", plugin_path},
                                  {"survives want of memory", survives_want_of_memory},
                                  CU_TEST_INFO_NULL};
    return run_tests("registry", tests);
}
