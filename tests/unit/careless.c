/* A caller that does one wrong thing at a time: each is told, or does no harm, and the next right
 * call works. */
#include "tests/unit/running.h"

#include <hinge/value.h>

#define STEPS TEST_PLUGINS "/steps.so"
#define ABI2 TEST_PLUGINS "/abi2.so"

static const int64_t four[] = {4}, any[] = {-1};

static struct running start(const char *plugin)
{
    return (struct running){.model = model_create(), .plugins = {plugin}};
}

/* Outputs */

static void resize_model(struct running *r)
{
    static const int64_t image[] = {1, 1, -1, -1}, kernel[] = {1, 1, 3, 3};
    static const float taps[] = {1, 2, 1, 2, 4, 2, 1, 2, 1}, scales[] = {1, 1, 2, 2};
    model_input(r->model, "x", HINGE_FLOAT, 4, image);
    model_floats(r->model, "w", 4, kernel, taps);
    model_floats(r->model, "scales", 1, four, scales);
    model_node(r->model, "", "Conv", "x w", "c");
    model_node(r->model, "", "Resize", "c - scales", "y");
    model_attribute_string(r->model, "mode", "nearest");
    model_output(r->model, "c", HINGE_FLOAT, 4, image);
    model_output(r->model, "y", HINGE_FLOAT, 4, image);
}

static float pixel(int64_t row, int64_t column)
{
    return (float)((row * 7 + column * 13) % 32);
}

/* Row and column of the convolution, worked out from the pixels. */
static float convolved(int64_t row, int64_t column)
{
    static const float taps[] = {1, 2, 1};
    float sum = 0;
    for (int64_t i = 0; i < 3; i++)
        for (int64_t k = 0; k < 3; k++)
            sum += taps[i] * taps[k] * pixel(row + i, column + k);
    return sum;
}

static float images[128 * 128];

static void check_image(const hinge_tensor *tensor, int64_t size, int64_t factor)
{
    CU_ASSERT_EQUAL_FATAL(hinge_tensor_count(tensor), size * size * factor * factor);
    int64_t n_wrong = 0, width = size * factor;
    for (int64_t i = 0; i < width * width; i++)
        n_wrong +=
            ((const float *)tensor->data)[i] != convolved(i / width / factor, i % width / factor);
    CU_ASSERT_EQUAL(n_wrong, 0);
}

static void run_image(struct running *r, hinge_context *context, int64_t size,
                      hinge_tensor *outputs)
{
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 4, (int64_t[]){1, 1, size, size}, images);
    for (int64_t i = 0; i < size * size; i++)
        images[i] = pixel(i / size, i % size);
    if (hinge_run(context, &input, 1, outputs, 2, NULL, &r->error))
        CU_FAIL_FATAL(r->error.message);
    check_image(&outputs[0], size - 2, 1);
    check_image(&outputs[1], size - 2, 2);
}

/* One output struct for all sizes, contexts and failures. */
static void output_structs_reused(void)
{
    static const int64_t sizes[] = {64, 96, 128, 48, 128, 5, 128, 3, 64};
    struct running r = start(NULL);
    resize_model(&r);
    running_open(&r);
    hinge_context *other;
    CU_ASSERT_EQUAL_FATAL(hinge_context_create(r.session, &other, &r.error), HINGE_OK);
    hinge_tensor outputs[2],
        wrong = hinge_tensor_over(HINGE_FLOAT, 3, (int64_t[]){1, 9, 9}, images);
    memset(outputs, 0xa5, sizeof outputs);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        run_image(&r, i & 1 ? other : r.context, sizes[i], outputs);
        if (i % 3 == 0)
            CU_ASSERT_EQUAL(hinge_run(r.context, &wrong, 1, outputs, 2, NULL, &r.error),
                            HINGE_BAD_ARGUMENT);
    }
    hinge_context_destroy(other);
    run_image(&r, r.context, 96, outputs); /* what outputs led to is gone */
    running_close(&r);
}

static void output_structs_of_bodies_and_sequences(void)
{
    struct running r = start(ABI2);
    model_input(r.model, "x", HINGE_FLOAT, 1, any);
    model_node(r.model, DOMAIN, "AbiTwice", "x", "s");
    model_node(r.model, DOMAIN, "AbiWords", "x", "w");
    model_node(r.model, DOMAIN, "AbiPositive", "x", "p");
    model_output(r.model, "s", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    model_output(r.model, "w", HINGE_STRING, 1, any);
    model_output(r.model, "p", HINGE_FLOAT, 1, any);
    running_open(&r);
    hinge_tensor outputs[3];
    memset(outputs, 0xa5, sizeof outputs);
    for (int64_t n = 6; n >= 0; n--) {
        float x[] = {1, 2, 3, -4, 5, 6};
        hinge_tensor input = floats(n, x);
        CU_ASSERT_EQUAL_FATAL(running_run(&r, &input, 1, outputs, 3), HINGE_OK);
        check_floats(outputs[0].data, (size_t)n, x);
        CU_ASSERT_EQUAL(hinge_tensor_count(&outputs[1]), n);
        CU_ASSERT_EQUAL(hinge_tensor_count(&outputs[2]), n > 3 ? n - 1 : n);
        outputs[n % 3].type = HINGE_SEQUENCE;
        outputs[n % 3].dims[0] = 1000;
    }
    running_close(&r);
}

/* Arguments */

static void vector_model(struct running *running)
{
    *running = start(STEPS);
    model_input(running->model, "x", HINGE_FLOAT, 1, any);
    model_node(running->model, DOMAIN, "Increment", "x", "a");
    model_node(running->model, DOMAIN, "Increment", "a", "y");
    model_output(running->model, "y", HINGE_FLOAT, 1, any);
    model_output(running->model, "x", HINGE_FLOAT, 1, any);
    running_open(running);
}

static void check_vector(struct running *r)
{
    float x[] = {1, 2, 3, 4};
    hinge_tensor input = floats(4, x), outputs[2];
    if (running_run(r, &input, 1, outputs, 2))
        CU_FAIL_FATAL(r->error.message);
    check_floats(&outputs[0], 4, (float[]){3, 4, 5, 6});
    check_floats(&outputs[1], 4, x);
}

static void wrong_inputs(void)
{
    struct running r;
    vector_model(&r);
    float x[64] = {0};
    const struct {
        hinge_tensor tensor;
        const char *words;
    } wrong[] = {
        {{HINGE_FLOAT, 17, {1}, x}, "input \"x\" is of shape ?, not rank 17"},
        {{HINGE_FLOAT, INT32_MAX, {1}, x}, "is of shape ?, not rank 2147483647"},
        {{HINGE_FLOAT, -1, {1}, x}, "input \"x\" is of shape ?, not none"},
        {{HINGE_FLOAT, -5, {1}, x}, "is of shape ?, not none"},
        {{HINGE_FLOAT, INT32_MIN, {1}, x}, "is of shape ?, not none"},
        {{HINGE_FLOAT, 2, {2, 2}, x}, "input \"x\" is of shape ?, not 2x2"},
        {{HINGE_FLOAT, 0, {0}, x}, "input \"x\" is of shape ?, not scalar"},
        {{HINGE_FLOAT, 1, {-1}, x}, "input \"x\" is of shape ?, not ?"},
        {{HINGE_FLOAT, 1, {INT64_MIN}, x}, "input \"x\" is of shape ?, not ?"},
        {{HINGE_FLOAT, 1, {INT64_MAX}, x}, "is of shape ?, not 9223372036854775807"},
        {{HINGE_FLOAT, 1, {4}, NULL}, "input \"x\" has no data"},
        {{HINGE_INT32, 1, {4}, x}, "is of type tensor(float), not tensor(int32)"},
        {{HINGE_NO_TYPE, 1, {4}, x}, "is of type tensor(float), not ?"},
        {{(hinge_type)99, 1, {4}, x}, "is of type tensor(float), not"},
        {{(hinge_type)-1, 1, {4}, x}, "is of type tensor(float), not"},
        {{HINGE_SEQUENCE, 1, {4}, x}, "is of type tensor(float), not seq("},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        hinge_tensor outputs[2];
        check_failure(&r.error, running_run(&r, &wrong[i].tensor, 1, outputs, 2),
                      HINGE_BAD_ARGUMENT, wrong[i].words);
        if (wrong[i].tensor.data)
            check_failure(&r.error, hinge_plan(r.context, &wrong[i].tensor, 1, &r.error),
                          HINGE_BAD_ARGUMENT, wrong[i].words);
        check_vector(&r);
    }
    hinge_tensor good = floats(4, x), nothing = floats(0, NULL), outputs[2];
    CU_ASSERT_EQUAL(running_run(&r, &nothing, 1, outputs, 2), HINGE_OK);
    CU_ASSERT_EQUAL(hinge_tensor_count(&outputs[0]), 0);
    check_failure(&r.error, running_run(&r, &good, 0, outputs, 2), HINGE_BAD_ARGUMENT,
                  "the model has 1 inputs, not 0");
    check_failure(&r.error, running_run(&r, &good, 2, outputs, 2), HINGE_BAD_ARGUMENT,
                  "the model has 1 inputs, not 2");
    check_failure(&r.error, running_run(&r, &good, SIZE_MAX, outputs, 2), HINGE_BAD_ARGUMENT,
                  "the model has 1 inputs, not");
    check_failure(&r.error, running_run(&r, NULL, 1, outputs, 2), HINGE_BAD_ARGUMENT,
                  "there are no inputs");
    check_failure(&r.error, running_run(&r, &good, 1, outputs, 3), HINGE_BAD_ARGUMENT,
                  "the model has 2 outputs, not 3");
    check_failure(&r.error, running_run(&r, &good, 1, NULL, 2), HINGE_BAD_ARGUMENT,
                  "there is no place for 2 outputs");
    CU_ASSERT_EQUAL(hinge_run(r.context, NULL, 1, NULL, 0, NULL, NULL), HINGE_BAD_ARGUMENT);
    CU_ASSERT_EQUAL(hinge_run(r.context, &good, 1, NULL, 0, NULL, NULL), HINGE_OK);
    check_vector(&r);
    running_close(&r);
}

/* Containers that hold what they should not. */
static void wrong_containers(void)
{
    float x[] = {1, 2, 3, 4};
    const hinge_tensor good = floats(2, x);
    hinge_tensor elements[3] = {good, good, good};
    const struct {
        hinge_tensor element;
        const char *words;
    } wrong[] = {{{HINGE_INT64, 1, {2}, x}, "is of type tensor(float), not tensor(int64)"},
                 {{HINGE_SEQUENCE, 1, {2}, elements}, "is of type tensor(float), not seq("},
                 {{HINGE_FLOAT, 17, {2}, x}, "is of shape any rank, not rank 17"},
                 {{HINGE_FLOAT, 1, {-2}, x}, "is of shape any rank, not ?"},
                 {{HINGE_FLOAT, 1, {2}, NULL}, "has no data"},
                 {{HINGE_NO_TYPE, 0, {0}, NULL}, "is of type tensor(float), not ?"}};
    struct running r = start(NULL);
    model_input(r.model, "s", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    model_node(r.model, "", "SequenceLength", "s", "n");
    model_output(r.model, "n", HINGE_INT64, 0, NULL);
    running_open(&r);
    hinge_tensor sequence = {HINGE_SEQUENCE, 1, {3}, elements}, output;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        elements[1] = wrong[i].element;
        check_failure(&r.error, running_run(&r, &sequence, 1, &output, 1), HINGE_BAD_ARGUMENT,
                      wrong[i].words);
        elements[1] = good;
        CU_ASSERT_EQUAL(running_run(&r, &sequence, 1, &output, 1), HINGE_OK);
        CU_ASSERT_EQUAL(*(const int64_t *)output.data, 3);
    }
    const hinge_tensor whole[] = {
        {HINGE_SEQUENCE, 2, {3, 1}, elements},      {HINGE_SEQUENCE, 0, {0}, elements},
        {HINGE_SEQUENCE, -1, {3}, elements},        {HINGE_SEQUENCE, 1, {-1}, elements},
        {HINGE_SEQUENCE, 1, {INT64_MAX}, elements}, {HINGE_SEQUENCE, 1, {3}, NULL},
        {HINGE_OPTIONAL, 1, {1}, elements},         {HINGE_MAP, 1, {2}, elements},
        {HINGE_SPARSE, 1, {2}, elements},           {HINGE_FLOAT, 1, {2}, x}};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        check_failure(&r.error, running_run(&r, &whole[i], 1, &output, 1), HINGE_BAD_ARGUMENT,
                      "input \"s\" ");
    running_close(&r);
}

/* Results of a run hold until the next one, and cannot be what that reads. */
static void results_fed_back(void)
{
    struct running r;
    vector_model(&r);
    float x[] = {1, 2, 3, 4};
    hinge_tensor input = floats(4, x), outputs[2];
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL_FATAL(running_run(&r, &input, 1, outputs, 2), HINGE_OK);
        hinge_tensor again = outputs[i];
        check_failure(&r.error, running_run(&r, &again, 1, outputs, 2), HINGE_BAD_ARGUMENT,
                      "input \"x\" lies in memory of the context");
    }
    hinge_context *other;
    CU_ASSERT_EQUAL_FATAL(hinge_context_create(r.session, &other, &r.error), HINGE_OK);
    CU_ASSERT_EQUAL_FATAL(running_run(&r, &input, 1, outputs, 2), HINGE_OK);
    hinge_tensor results[2];
    CU_ASSERT_EQUAL(hinge_run(other, outputs, 1, results, 2, NULL, &r.error), HINGE_OK);
    check_floats(&results[0], 4, (float[]){5, 6, 7, 8});
    hinge_context_destroy(other);
    check_vector(&r);
    running_close(&r);
}

/* Structs that say how large they are */

static void sizes_of_options(void)
{
    struct running r;
    vector_model(&r);
    float x[] = {1, 2, 3, 4};
    hinge_tensor input = floats(4, x);
    struct {
        hinge_run_options options;
        char behind[64];
    } given;
    static const size_t wrong[] = {0, 1, 4, 7}, right[] = {8, 12, sizeof given.options, SIZE_MAX};
    for (size_t i = 0; i < 4; i++) {
        memset(&given, 0xa5, sizeof given);
        given.options.size = wrong[i];
        check_failure(&r.error, hinge_run(r.context, &input, 1, NULL, 0, &given.options, &r.error),
                      HINGE_BAD_ARGUMENT, "not sizeof(hinge_run_options)");
        memset(&given.options, 0, sizeof given.options);
        given.options.size = right[i];
        CU_ASSERT_EQUAL(hinge_run(r.context, &input, 1, NULL, 0, &given.options, &r.error),
                        HINGE_OK);
    }
    size_t size;
    const void *bytes = model_bytes(r.model, &size);
    for (size_t i = 0; i < 4; i++) {
        hinge_options options = {.size = wrong[i], .plugin_folder = BUILT_IN_PLUGINS};
        hinge_session *session = (void *)x;
        hinge_registry *registry = (void *)x;
        check_failure(&r.error, hinge_open_memory(bytes, size, &options, &session, &r.error),
                      HINGE_BAD_ARGUMENT, "not sizeof(hinge_options)");
        CU_ASSERT_PTR_NULL(session);
        CU_ASSERT_EQUAL(hinge_registry_open(&options, &registry, &r.error), HINGE_BAD_ARGUMENT);
        CU_ASSERT_PTR_NULL(registry);
    }
    running_close(&r);
}

static void nothing_where_something_is_wanted(void)
{
    hinge_close(NULL);
    hinge_context_destroy(NULL);
    hinge_threads_release(NULL);
    hinge_registry_close(NULL);
    hinge_value_free(NULL);
    hinge_session *session = (void *)(uintptr_t)8;
    hinge_error error;
    const hinge_options options = {.size = sizeof options, .plugin_folder = BUILT_IN_PLUGINS};
    CU_ASSERT_NOT_EQUAL(hinge_open_memory(NULL, 0, &options, &session, &error), HINGE_OK);
    CU_ASSERT_PTR_NULL(session);
    CU_ASSERT_NOT_EQUAL(hinge_open("", &options, &session, &error), HINGE_OK);
    CU_ASSERT_NOT_EQUAL(hinge_open("/", &options, &session, NULL), HINGE_OK);
    struct running r;
    vector_model(&r);
    CU_ASSERT_PTR_NULL(hinge_input_name(r.session, 1));
    CU_ASSERT_PTR_NULL(hinge_output_name(r.session, SIZE_MAX));
    CU_ASSERT_PTR_NULL(hinge_input_info(r.session, SIZE_MAX));
    CU_ASSERT_EQUAL(hinge_output_type(r.session, 2), 0);
    CU_ASSERT_EQUAL(hinge_input_index(r.session, ""), SIZE_MAX);
    CU_ASSERT_FALSE(hinge_input_has_default(r.session, 9));
    CU_ASSERT_PTR_NULL(hinge_input_dim_name(r.session, 0, -1));
    CU_ASSERT_PTR_NULL(hinge_input_dim_name(r.session, 0, 1));
    CU_ASSERT_PTR_NULL(hinge_output_dim_name(r.session, 9, 0));
    running_close(&r);
}

/* Bound memory */

static void bound_memory(void)
{
    struct running r;
    vector_model(&r);
    float x[8] = {1, 2, 3, 4, 5}, y[8] = {0}, z[8] = {0};
    hinge_tensor input = floats(4, x), memory = floats(4, y), outputs[2];
    static const int64_t square[] = {2, 2};
    const struct {
        hinge_tensor memory;
        const char *words;
    } wrong[] = {{{HINGE_INT32, 1, {4}, y}, "output \"y\" is of type float, not int32"},
                 {{HINGE_FLOAT, 17, {4}, y}, "the memory for output \"y\" has no data, or dims"},
                 {{HINGE_FLOAT, -1, {4}, y}, "the memory for output \"y\" has no data, or dims"},
                 {{HINGE_FLOAT, 1, {-4}, y}, "the memory for output \"y\" has no data, or dims"},
                 {{HINGE_FLOAT, 1, {INT64_MAX}, y}, "has no data, or dims"},
                 {{HINGE_FLOAT, 1, {4}, NULL}, "has no data, or dims"},
                 {{HINGE_NO_TYPE, 0, {0}, NULL}, "output \"y\" is of type float, not"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        check_failure(&r.error, hinge_bind_output(r.context, 0, &wrong[i].memory, &r.error),
                      HINGE_BAD_ARGUMENT, wrong[i].words);
        check_vector(&r);
    }
    check_failure(&r.error, hinge_bind_output(r.context, 2, &memory, &r.error), HINGE_BAD_ARGUMENT,
                  "the model has 2 outputs, none numbered 2");
    static const struct {
        int64_t offset; /* of y's memory in x */
        bool overlaps;
    } overlaps[] = {{0, true}, {3, true}, {4, false}};
    for (size_t i = 0; i < 3; i++) {
        hinge_tensor over = floats(4, x + overlaps[i].offset);
        CU_ASSERT_EQUAL(hinge_bind_output(r.context, 0, &over, &r.error), HINGE_OK);
        hinge_status status = running_run(&r, &input, 1, outputs, 2);
        if (overlaps[i].overlaps)
            check_failure(&r.error, status, HINGE_BAD_ARGUMENT,
                          "the memory of output \"y\" overlaps input \"x\"");
        CU_ASSERT_TRUE(overlaps[i].overlaps || status == HINGE_OK);
    }
    for (int64_t offset = 0; offset <= 4; offset += 2) {
        hinge_tensor first = floats(4, z), second = floats(4, z + offset);
        CU_ASSERT_EQUAL(hinge_bind_output(r.context, 0, &first, &r.error), HINGE_OK);
        CU_ASSERT_EQUAL(hinge_bind_output(r.context, 1, &second, &r.error), HINGE_OK);
        hinge_status status = running_run(&r, &input, 1, outputs, 2);
        if (offset < 4)
            check_failure(&r.error, status, HINGE_BAD_ARGUMENT,
                          "the memory of output \"y\" overlaps that of \"x\"");
        CU_ASSERT_TRUE(offset < 4 || status == HINGE_OK);
    }
    CU_ASSERT_PTR_EQUAL(outputs[0].data, z);
    CU_ASSERT_TRUE(z[0] == 3 && z[4] == 1);
    /* The memory stays bound, and another shape does not fit. */
    hinge_tensor longer = floats(5, x);
    check_failure(&r.error, running_run(&r, &longer, 1, NULL, 0), HINGE_BAD_ARGUMENT,
                  "output \"y\" is of shape 5, but is bound to memory of shape 4");
    memory = hinge_tensor_over(HINGE_FLOAT, 2, square, y);
    CU_ASSERT_EQUAL(hinge_bind_output(r.context, 0, &memory, &r.error), HINGE_OK);
    check_failure(&r.error, running_run(&r, &input, 1, NULL, 0), HINGE_BAD_ARGUMENT,
                  "output \"y\" is of shape 4, but is bound to memory of shape 2x2");
    for (size_t i = 0; i < 2; i++)
        for (int twice = 0; twice < 2; twice++)
            CU_ASSERT_EQUAL(hinge_bind_output(r.context, i, NULL, &r.error), HINGE_OK);
    check_vector(&r);
    CU_ASSERT_TRUE(z[0] == 3 && z[4] == 1 && y[0] == 0);
    running_close(&r);
}

/* Memory that overlaps an element of a sequence; a sequence bound. */
static void bound_memory_and_sequences(void)
{
    struct running r = start(NULL);
    model_input(r.model, "s", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    model_ints(r.model, "at", 0, NULL, (int64_t[]){1});
    model_node(r.model, "", "SequenceAt", "s at", "y");
    model_output(r.model, "y", HINGE_FLOAT, -1, NULL);
    model_output(r.model, "s", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    running_open(&r);
    float x[] = {1, 2, 3, 4}, y[2];
    hinge_tensor elements[] = {floats(2, x), floats(2, x + 2)};
    hinge_tensor sequence = {HINGE_SEQUENCE, 1, {2}, elements}, memory = floats(2, x), output;
    CU_ASSERT_EQUAL(hinge_bind_output(r.context, 0, &memory, &r.error), HINGE_OK);
    check_failure(&r.error, running_run(&r, &sequence, 1, &output, 1), HINGE_BAD_ARGUMENT,
                  "the memory of output \"y\" overlaps input \"s\"");
    memory = floats(2, y);
    CU_ASSERT_EQUAL(hinge_bind_output(r.context, 0, &memory, &r.error), HINGE_OK);
    CU_ASSERT_EQUAL(running_run(&r, &sequence, 1, &output, 1), HINGE_OK);
    CU_ASSERT_TRUE(y[0] == 3 && y[1] == 4 && output.data == y);
    check_failure(&r.error, hinge_bind_output(r.context, 1, &sequence, &r.error),
                  HINGE_BAD_ARGUMENT, "output \"s\" is a sequence, which cannot be bound");
    running_close(&r);
}

/* Calls from on_node */

struct reentry {
    struct running *running;
    hinge_tensor input, outputs[2];
    int n_refused;
};

static void call_again(void *user, const hinge_node_event *event)
{
    struct reentry *reentry = user;
    struct running *r = reentry->running;
    hinge_error error;
    float memory[4];
    hinge_tensor bound = floats(4, memory);
    CU_ASSERT_PTR_NOT_NULL(event->node);
    hinge_status status =
        hinge_run(r->context, &reentry->input, 1, reentry->outputs, 2, NULL, &error);
    check_failure(&error, status, HINGE_BAD_ARGUMENT, "the context is running");
    check_failure(&error, hinge_plan(r->context, &reentry->input, 1, &error), HINGE_BAD_ARGUMENT,
                  "the context is running");
    check_failure(&error, hinge_bind_output(r->context, 0, &bound, &error), HINGE_BAD_ARGUMENT,
                  "the context is running");
    CU_ASSERT_EQUAL(hinge_run(r->context, &reentry->input, 1, NULL, 0, NULL, NULL),
                    HINGE_BAD_ARGUMENT);
    reentry->n_refused++;
}

static void calls_from_on_node(void)
{
    struct running r;
    vector_model(&r);
    float x[] = {1, 2, 3, 4};
    struct reentry reentry = {.running = &r, .input = floats(4, x)};
    hinge_run_options options = {
        .size = sizeof options, .on_node = call_again, .on_node_user = &reentry};
    hinge_tensor outputs[2];
    CU_ASSERT_EQUAL_FATAL(hinge_run(r.context, &reentry.input, 1, outputs, 2, &options, &r.error),
                          HINGE_OK);
    check_floats(&outputs[0], 4, (float[]){3, 4, 5, 6});
    CU_ASSERT_EQUAL(reentry.n_refused, 2);
    check_vector(&r);
    running_close(&r);
}

int main(void)
{
    static CU_TestInfo tests[] = {
        {"output structs reused", output_structs_reused},
        {"output structs of sequences reused", output_structs_of_bodies_and_sequences},
        {"wrong inputs", wrong_inputs},
        {"wrong containers", wrong_containers},
        {"results fed back", results_fed_back},
        {"sizes of options", sizes_of_options},
        {"nothing where something is wanted", nothing_where_something_is_wanted},
        {"bound memory", bound_memory},
        {"bound memory and sequences", bound_memory_and_sequences},
        {"calls from on_node", calls_from_on_node},
        CU_TEST_INFO_NULL};
    return run_tests("careless", tests);
}
