/* hinge_options.cache and hinge_host.pack: what is found again, and what is not. */
#include "tests/cache/caching.h"
#include "tests/support/allocation.h"

#include <sys/wait.h>

static void is_found_again(void)
{
    struct caching c;
    caching_begin(&c);
    caching_check(&c, 1);
    CU_ASSERT_EQUAL(caching_count(&c), 1);
    CU_ASSERT_EQUAL(strspn(c.name, "0123456789abcdef"), 32);
    caching_check(&c, 0);
    c.running.options.n_threads = 1;
    caching_check(&c, 0);
    CU_ASSERT_EQUAL(caching_count(&c), 1);
    c.running.options.cache = NULL;
    caching_use(&c, 1, -1);
    CU_ASSERT_EQUAL(c.n_filled, 1);
    CU_ASSERT_EQUAL(c.cached_size, 0);
    caching_end(&c);
}

static void has_several_copies(void)
{
    struct caching c;
    caching_begin(&c);
    c.times = 3;
    caching_check(&c, 3);
    CU_ASSERT_EQUAL(caching_count(&c), 3);
    caching_check(&c, 0);
    char path[512];
    caching_path(&c, c.name, path);
    CU_ASSERT_EQUAL(unlink(path), 0);
    caching_check(&c, 1);
    caching_end(&c);
}

/* Opens a model that differs, the first time from all before. */
static void check_new(struct caching *c, int64_t changed, unsigned *n)
{
    caching_use(c, 1, changed);
    CU_ASSERT_EQUAL(c->n_filled, 1);
    CU_ASSERT_EQUAL(caching_count(c), ++*n);
    caching_use(c, 1, changed);
    CU_ASSERT_EQUAL(c->n_filled, 0);
    model_destroy(c->running.model);
    c->running.model = NULL;
}

static void tells_models_apart(void)
{
    static const int64_t places[] = {0, 1, 8, 255, 256, 16383, 16384, N_WEIGHTS - 1};
    struct caching c;
    unsigned n = 1;
    caching_begin(&c);
    caching_check(&c, 1);
    model_destroy(c.running.model);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        caching_model(&c, places[i]);
        check_new(&c, places[i], &n);
    }
    c.factor = 2;
    caching_model(&c, -1);
    check_new(&c, -1, &n);
    caching_model(&c, -1);
    model_attribute_int(c.running.model, "extra", 64);
    check_new(&c, -1, &n);
    caching_model(&c, -1);
    model_attribute_ints(c.running.model, "table", 2, (int64_t[]){3, 4});
    check_new(&c, -1, &n);
    caching_model(&c, -1);
    model_attribute_ints(c.running.model, "table", 2, (int64_t[]){3, 5});
    check_new(&c, -1, &n);
    caching_end(&c);
}

static void tells_options_apart(void)
{
    struct caching c;
    caching_begin(&c);
    caching_check(&c, 1);
    c.running.options.direct_convolution = true;
    caching_check(&c, 1);
    caching_check(&c, 0);
    c.running.options.direct_convolution = false;
    c.running.options.isa = "scalar";
    caching_use(&c, 1, -1); /* the CPU may have nothing more */
    caching_check(&c, 0);
    c.running.options.isa = NULL;
    caching_check(&c, 0);
    caching_end(&c);
}

static void tells_plugins_apart(void)
{
    static const struct {
        const char *path;
        float factor;
    } versions[] = {{PACKS, 1},
                    {TEST_PLUGINS "/packs2.so", 2},
                    {TEST_PLUGINS "/packs_bare1.so", 1},
                    {TEST_PLUGINS "/packs_bare2.so", 2}};
    struct caching c;
    caching_begin(&c);
    caching_model(&c, -1);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 4; i++) {
            c.running.plugins[0] = versions[i].path;
            caching_use(&c, versions[i].factor, -1);
            CU_ASSERT_EQUAL(c.n_filled, round == 0);
            CU_ASSERT_EQUAL(caching_count(&c), round == 0 ? i + 1 : 4);
        }
    caching_end(&c);
}

static void small_ones_are_made_anew(void)
{
    static const int64_t dims[] = {4};
    struct caching c;
    caching_begin(&c);
    struct model *model = c.running.model = model_create();
    model_input(model, "x", HINGE_FLOAT, 1, dims);
    model_floats(model, "w", 1, dims, (float[]){1, 2, 3, 4});
    model_node(model, DOMAIN, "Packs", "x w", "y");
    model_output(model, "y", HINGE_FLOAT, 1, dims);
    running_open(&c.running);
    running_shut(&c.running);
    CU_ASSERT_EQUAL(caching_count(&c), 0);
    model_attribute_int(model, "late", 1); /* pack is for init alone */
    CU_ASSERT_EQUAL(running_try_open(&c.running), HINGE_BAD_PLUGIN);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.running.error.message, "there is nothing"));
    caching_end(&c);
}

/* Processes that open the model at the same moment, none of which finds anything but what is
 * right. */
static void serves_processes_at_once(void)
{
    enum { N = 8 };
    struct caching c;
    caching_begin(&c);
    c.times = 3;
    caching_model(&c, -1);
    pid_t children[N];
    int start[2];
    char byte;
    CU_ASSERT_EQUAL_FATAL(pipe(start), 0);
    for (int i = 0; i < N; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            close(start[1]);
            bool ok = read(start[0], &byte, 1) == 0;
            for (int round = 0; round < 10 && ok; round++) {
                ok = running_try_open(&c.running) == HINGE_OK &&
                     caching_is_right(&c.running, c.factor, -1) && c.n_warnings == 0;
                hinge_context_destroy(c.running.context);
                hinge_close(c.running.session);
            }
            _exit(!ok);
        }
        CU_ASSERT_TRUE_FATAL(children[i] > 0);
    }
    close(start[0]);
    close(start[1]);
    for (int i = 0; i < N; i++) {
        int status;
        CU_ASSERT_EQUAL(waitpid(children[i], &status, 0), children[i]);
        CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    CU_ASSERT_EQUAL(caching_count(&c), 3);
    caching_check(&c, 0);
    caching_end(&c);
}

static struct caching *opened;

static hinge_status open_with(struct model *model, const hinge_allocator *allocator,
                              hinge_session **session, hinge_error *error)
{
    size_t size;
    const void *bytes = model_bytes(model, &size);
    hinge_options options = opened->running.options;
    options.size = sizeof options;
    options.n_threads = 1;
    options.plugins = opened->running.plugins;
    options.n_plugins = 1;
    options.plugin_folder = BUILT_IN_PLUGINS;
    options.allocator = *allocator;
    return hinge_open_memory(bytes, size, &options, session, error);
}

static hinge_status open_anew(struct model *model, const hinge_allocator *allocator,
                              hinge_session **session, hinge_error *error)
{
    caching_empty(opened);
    return open_with(model, allocator, session, error);
}

static void failed_allocations(void)
{
    struct caching c;
    caching_begin(&c);
    c.times = 2;
    caching_model(&c, -1);
    opened = &c;
    allocation_check(c.running.model, open_anew);
    caching_check(&c, 0);
    allocation_check(c.running.model, open_with);
    caching_end(&c);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"is found again", is_found_again},
                                  {"several copies", has_several_copies},
                                  {"other models", tells_models_apart},
                                  {"other options", tells_options_apart},
                                  {"other plugins", tells_plugins_apart},
                                  {"small ones, and too late", small_ones_are_made_anew},
                                  {"processes at once", serves_processes_at_once},
                                  {"failed allocations", failed_allocations},
                                  CU_TEST_INFO_NULL};
    return run_tests("cache", tests);
}
