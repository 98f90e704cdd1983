#include "tests/passes/support/rewrite.h"

#include "tests/support/allocation.h"

#include <hinge/inspect.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PASSES 32
#define MAX_VALUES 8
#define UNKNOWN_AS 3

static uint64_t random_state = 1;

uint32_t random_below(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % n);
}

float random_float(void)
{
    return (float)random_below(1 << 20) / (float)(1 << 19) - 1;
}

static float *random_floats(int64_t count)
{
    float *values = malloc((size_t)(count + 1) * sizeof *values);
    CU_ASSERT_PTR_NOT_NULL_FATAL(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = random_float();
    return values;
}

void add_weights(struct model *model, const char *name, int rank, const int64_t *dims)
{
    int64_t count = 1;
    for (int d = 0; d < rank; d++)
        count *= dims[d];
    float *values = random_floats(count);
    model_floats(model, name, rank, dims, values);
    free(values);
}

static const char *isa_level; /* NULL: the widest */

/* Loads the plugins of every level for as long as the program runs: thousands of sessions that each
 * load them anew would spend most of their time in the dynamic linker. */
static hinge_registry *loaded;

static void unload(void)
{
    hinge_registry_close(loaded);
}

static void load_plugins(hinge_options options)
{
    hinge_error error;
    options.isa = NULL;
    if (!loaded && hinge_registry_open(&options, &loaded, &error) == HINGE_OK)
        atexit(unload);
}

static hinge_status open_model(struct model *model, const char *const *disabled, size_t n_disabled,
                               const hinge_allocator *allocator, hinge_session **session,
                               hinge_error *error)
{
    static const char *const plugins[] = {TEST_PLUGINS "/rewrites.so"};
    hinge_options options = {.size = sizeof options,
                             .n_threads = 1,
                             .isa = isa_level,
                             .plugins = plugins,
                             .n_plugins = 1,
                             .plugin_folder = BUILT_IN_PLUGINS,
                             .disabled_passes = disabled,
                             .n_disabled_passes = n_disabled};
    load_plugins(options);
    if (allocator)
        options.allocator = *allocator;
    size_t size;
    const void *bytes = model_bytes(model, &size);
    return hinge_open_memory(bytes, size, &options, session, error);
}

struct outputs {
    hinge_tensor tensors[MAX_VALUES];
    size_t n;
};

/* Runs the model on inputs that only depend on the seed. */
static void run(hinge_session *session, struct outputs *outputs)
{
    hinge_context *context;
    hinge_error error;
    hinge_tensor inputs[MAX_VALUES], results[MAX_VALUES] = {{.data = NULL}};
    size_t n_inputs = hinge_n_inputs(session);
    uint64_t kept = random_state;
    random_state = 7;
    for (size_t i = 0; i < n_inputs; i++) {
        inputs[i] = *hinge_input_info(session, i);
        for (int32_t d = 0; d < inputs[i].rank; d++)
            if (inputs[i].dims[d] < 0)
                inputs[i].dims[d] = UNKNOWN_AS;
        inputs[i].data = random_floats(hinge_tensor_count(&inputs[i]));
    }
    random_state = kept;
    outputs->n = hinge_n_outputs(session);
    CU_ASSERT_EQUAL_FATAL(hinge_context_create(session, &context, &error), HINGE_OK);
    if (hinge_run(context, inputs, n_inputs, results, outputs->n, NULL, &error))
        CU_FAIL_FATAL(error.message);
    for (size_t i = 0; i < outputs->n; i++) {
        size_t size = (size_t)hinge_tensor_size(&results[i]);
        outputs->tensors[i] = results[i];
        outputs->tensors[i].data = malloc(size + 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(outputs->tensors[i].data);
        memcpy(outputs->tensors[i].data, results[i].data, size);
    }
    hinge_context_destroy(context);
    for (size_t i = 0; i < n_inputs; i++)
        free(inputs[i].data);
}

static void discard(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->n; i++)
        free(outputs->tensors[i].data);
}

static void compare(const struct outputs *expected, const struct outputs *got)
{
    CU_ASSERT_EQUAL_FATAL(expected->n, got->n);
    for (size_t i = 0; i < expected->n; i++) {
        const hinge_tensor *a = &expected->tensors[i], *b = &got->tensors[i];
        bool same = a->type == b->type && a->rank == b->rank &&
                    memcmp(a->dims, b->dims, (size_t)a->rank * sizeof a->dims[0]) == 0;
        CU_ASSERT_FATAL(same);
        double largest = 0, difference = 0;
        for (int64_t k = 0; k < hinge_tensor_count(a); k++) {
            double x = (double)((const float *)a->data)[k], y = (double)((const float *)b->data)[k];
            CU_ASSERT_FATAL(isfinite(x) && isfinite(y));
            largest = fmax(largest, fabs(x));
            difference = fmax(difference, fabs(x - y));
        }
        CU_ASSERT(difference <= 1e-5 * largest);
    }
}

/* Opens without the disabled passes, runs, and returns how many changes pass made. */
static size_t rewrite(struct model *model, const char *const *disabled, size_t n_disabled,
                      const char *pass, struct outputs *outputs)
{
    hinge_session *session;
    hinge_error error;
    if (open_model(model, disabled, n_disabled, NULL, &session, &error))
        CU_FAIL_FATAL(error.message);
    size_t n_changes = SIZE_MAX;
    hinge_pass_info info = {.size = sizeof info};
    for (size_t i = 0; hinge_get_pass(session, i, &info); i++)
        if (strcmp(info.name, pass) == 0)
            n_changes = info.n_changes;
    CU_ASSERT_NOT_EQUAL(n_changes, SIZE_MAX);
    run(session, outputs);
    hinge_close(session);
    return n_changes;
}

size_t check_pass(struct model *model, const char *pass)
{
    const char *all[MAX_PASSES], *name;
    size_t n_all = 0;
    for (size_t i = 0; (name = hinge_pass_name(i)); i++)
        if (strcmp(name, "inline-functions") != 0)
            all[n_all++] = name;
    struct outputs plain, rewritten, without;
    CU_ASSERT(rewrite(model, all, n_all, pass, &plain) == 0 ||
              strcmp(pass, "inline-functions") == 0);
    size_t n_changes = rewrite(model, NULL, 0, pass, &rewritten);
    compare(&plain, &rewritten);
    if (strcmp(pass, "inline-functions") != 0) {
        CU_ASSERT_EQUAL(rewrite(model, &pass, 1, pass, &without), 0);
        compare(&plain, &without);
        discard(&without);
    }
    discard(&plain);
    discard(&rewritten);
    return n_changes;
}

/* Keeps the nodes that a test means. */
static const char *const layout = "channels-last";

/* Whether the CPU has the ISA; node 0 is then run by its plugin. */
static bool is_run_by(struct model *model, const char *isa)
{
    hinge_session *session;
    hinge_error error;
    hinge_node_info info = {.size = sizeof info};
    if (open_model(model, &layout, 1, NULL, &session, &error)) {
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "this CPU has no"));
        return false;
    }
    CU_ASSERT(hinge_get_node(session, 0, &info) && strncmp(info.plugin, "onnx-", 5) == 0 &&
              strcmp(info.plugin + 5, isa) == 0);
    hinge_close(session);
    return true;
}

void check_fused_bits(struct model *model, const char *isa)
{
    const char *pass = "fuse-activation", *both[] = {pass, layout};
    struct outputs fused, apart;
    isa_level = isa;
    if (is_run_by(model, isa)) {
        CU_ASSERT_EQUAL(rewrite(model, &both[1], 1, pass, &fused), 1);
        CU_ASSERT_EQUAL(rewrite(model, both, 2, pass, &apart), 0);
        const hinge_tensor *y = &fused.tensors[0], *z = &apart.tensors[0];
        const int64_t size = hinge_tensor_size(y);
        CU_ASSERT_FATAL(size > 0 && size == hinge_tensor_size(z));
        CU_ASSERT(memcmp(y->data, z->data, (size_t)size) == 0);
        discard(&fused);
        discard(&apart);
    }
    isa_level = NULL;
}

void compare_models(struct model *a, struct model *b)
{
    struct outputs of_a, of_b;
    rewrite(a, NULL, 0, "remove-dead", &of_a);
    rewrite(b, NULL, 0, "remove-dead", &of_b);
    compare(&of_a, &of_b);
    discard(&of_a);
    discard(&of_b);
}

size_t count_nodes(struct model *model)
{
    hinge_session *session;
    hinge_error error;
    hinge_model_info info = {.size = sizeof info};
    if (open_model(model, NULL, 0, NULL, &session, &error))
        CU_FAIL_FATAL(error.message);
    CU_ASSERT(hinge_get_model(session, &info));
    hinge_close(session);
    return info.n_nodes;
}

static hinge_status open_plain(struct model *model, const hinge_allocator *allocator,
                               hinge_session **session, hinge_error *error)
{
    return open_model(model, NULL, 0, allocator, session, error);
}

void check_allocation_failures(struct model *model)
{
    allocation_check(model, open_plain);
}

void check_fails(struct model *model, hinge_status status, const char *says)
{
    hinge_session *session = NULL;
    hinge_error error;
    CU_ASSERT_EQUAL(open_model(model, NULL, 0, NULL, &session, &error), status);
    hinge_close(session);
    if (!strstr(error.message, says))
        CU_FAIL(error.message);
}

void check_disabling_fails(struct model *model, const char *pass, const char *says)
{
    hinge_session *session = NULL;
    hinge_error error;
    CU_ASSERT_EQUAL(open_model(model, &pass, 1, NULL, &session, &error), HINGE_BAD_ARGUMENT);
    hinge_close(session);
    if (!strstr(error.message, says))
        CU_FAIL(error.message);
}
