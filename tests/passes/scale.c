/* Opening a model takes time in proportion to its nodes, whatever the passes find to do. */
#include "tests/passes/support/rewrite.h"

#include <stdio.h>
#include <time.h>

#define TIMES 16
/* Where a sanitizer looks at the paths, fewer nodes do. */
#if defined(__SANITIZE_ADDRESS__)
#define FEW 300
#else
#define FEW 3000
#endif
/* TIMES in proportion, TIMES² with the square; caches and noise take their share. */
#define MOST (TIMES * 4)

/* Adds node n of a chain that reads value "v<n>" and writes "v<n + 1>". */
typedef void add_link(struct model *model, int n, const char *x, const char *y);

static void add_no_op(struct model *model, int n, const char *x, const char *y)
{
    (void)n;
    model_node(model, "", "Identity", x, y);
}

static void add_affine(struct model *model, int n, const char *x, const char *y)
{
    char inputs[64];
    snprintf(inputs, sizeof inputs, "%s c", x);
    model_node(model, "", n % 2 ? "Mul" : "Add", inputs, y);
}

static void add_folded(struct model *model, int n, const char *x, const char *y)
{
    model_node(model, "", "Neg", n ? x : "c", y);
}

static void add_pair(struct model *model, int n, const char *x, const char *y)
{
    char middle[32];
    snprintf(middle, sizeof middle, "m%d", n);
    add_affine(model, 1, x, middle);
    model_node(model, "", "Relu", middle, y);
}

static void add_dead(struct model *model, int n, const char *x, const char *y)
{
    char unread[32];
    snprintf(unread, sizeof unread, "u%d", n);
    model_node(model, "", "Neg", x, unread);
    model_node(model, "", "Neg", x, y);
}

static double seconds_to_open(add_link *add, int n_links)
{
    struct model *model = model_create();
    char x[32] = "v0", y[32];
    model_input(model, "v0", HINGE_FLOAT, 2, (int64_t[]){2, 4});
    add_weights(model, "c", 2, (int64_t[]){1, 4});
    for (int n = 0; n < n_links; n++) {
        snprintf(y, sizeof y, "v%d", n + 1);
        add(model, n, x, y);
        snprintf(x, sizeof x, "%s", y);
    }
    model_node(model, "", "Neg", x, "result");
    model_output(model, "result", HINGE_FLOAT, 2, (int64_t[]){-1, 4});
    size_t size;
    const void *bytes = model_bytes(model, &size);
    hinge_options options = {.size = sizeof options, .n_threads = 1};
    options.plugin_folder = BUILT_IN_PLUGINS;
    hinge_session *session;
    hinge_error error;
    clock_t start = clock();
    CU_ASSERT_EQUAL(hinge_open_memory(bytes, size, &options, &session, &error), HINGE_OK);
    clock_t end = clock();
    hinge_close(session);
    model_destroy(model);
    return (double)(end - start) / CLOCKS_PER_SEC;
}

static void check(add_link *add)
{
    double few = seconds_to_open(add, FEW);
    for (int i = 0; i < 4; i++) {
        double again = seconds_to_open(add, FEW);
        few = again < few ? again : few;
    }
    double many = seconds_to_open(add, FEW * TIMES);
    printf(" %.1f", many / few);
    CU_ASSERT(many < few * MOST);
}

static void test_chains(void)
{
    check(add_no_op);
    check(add_affine);
    check(add_folded);
    check(add_pair);
    check(add_dead);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"chains", test_chains}, CU_TEST_INFO_NULL};
    return run_tests("scale", tests);
}
