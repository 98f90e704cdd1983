/* Models of this folder's tests: opened, run, compared, and run out of memory. */
#ifndef TESTS_CONTROL_CONTROL_H
#define TESTS_CONTROL_CONTROL_H

#include "tests/support/counter.h"
#include "tests/support/main.h"
#include "tests/support/model.h"

#include <hinge/hinge.h>

#define CONTROL_MAX_OUTPUTS 4

struct control {
    struct model *model;
    struct counter counter;
    hinge_session *session;
    hinge_context *context;
    hinge_error error;
};

static inline hinge_status control_try_open(struct control *control)
{
    size_t size;
    const void *bytes = model_bytes(control->model, &size);
    hinge_options options = {.size = sizeof options,
                             .n_threads = 2,
                             .plugin_folder = BUILT_IN_PLUGINS,
                             .allocator = counter_allocator(&control->counter)};
    hinge_status status =
        hinge_open_memory(bytes, size, &options, &control->session, &control->error);
    return status ? status
                  : hinge_context_create(control->session, &control->context, &control->error);
}

static inline void control_shut(struct control *control)
{
    hinge_context_destroy(control->context);
    hinge_close(control->session);
    control->context = NULL;
    control->session = NULL;
    CU_ASSERT_EQUAL(atomic_load(&control->counter.n_live), 0);
}

static inline void control_open(struct control *control)
{
    hinge_status status = control_try_open(control);
    if (status)
        CU_FAIL_FATAL(control->error.message);
}

static inline void control_close(struct control *control)
{
    control_shut(control);
    model_destroy(control->model);
}

/* The outputs hold until the next run. */
static inline void control_run(struct control *control, const hinge_tensor *inputs, size_t n_inputs,
                               hinge_tensor *outputs, size_t n_outputs)
{
    for (size_t k = 0; k < n_outputs; k++)
        outputs[k] = (hinge_tensor){.data = NULL};
    if (hinge_run(control->context, inputs, n_inputs, outputs, n_outputs, NULL, &control->error))
        CU_FAIL_FATAL(control->error.message);
}

/* Opens and runs with the n-th allocation failing, for every n, and closes. */
static inline void control_exhaust(struct control *control, const hinge_tensor *inputs,
                                   size_t n_inputs, size_t n_outputs)
{
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        hinge_tensor outputs[CONTROL_MAX_OUTPUTS] = {{0}};
        control->counter = (struct counter){.fail_at = n};
        hinge_status status = control_try_open(control);
        if (!status)
            status = hinge_run(control->context, inputs, n_inputs, outputs, n_outputs, NULL,
                               &control->error);
        failed = counter_failed(&control->counter);
        /* What the runtime can do without it need not fail. */
        CU_ASSERT_TRUE(status == HINGE_OK || (failed && status == HINGE_NO_MEMORY));
        control_shut(control);
    }
    model_destroy(control->model);
}

static inline hinge_tensor control_floats(int32_t rank, const int64_t *dims, float *data)
{
    return hinge_tensor_over(HINGE_FLOAT, rank, dims, data);
}

static inline hinge_tensor control_int(int64_t *data)
{
    return hinge_tensor_over(HINGE_INT64, 0, NULL, data);
}

static inline hinge_tensor control_bool(bool *data)
{
    return hinge_tensor_over(HINGE_BOOL, 0, NULL, data);
}

static inline void control_check_shape(const hinge_tensor *y, hinge_type type, int32_t rank,
                                       const int64_t *dims)
{
    CU_ASSERT_EQUAL_FATAL(y->type, type);
    CU_ASSERT_EQUAL_FATAL(y->rank, rank);
    for (int32_t d = 0; d < rank; d++)
        CU_ASSERT_EQUAL_FATAL(y->dims[d], dims[d]);
}

static inline void control_check_floats(const hinge_tensor *y, int32_t rank, const int64_t *dims,
                                        const float *values)
{
    control_check_shape(y, HINGE_FLOAT, rank, dims);
    for (int64_t i = 0; i < hinge_tensor_count(y); i++)
        CU_ASSERT_EQUAL(((const float *)y->data)[i], values[i]);
}

static inline void control_check_ints(const hinge_tensor *y, int32_t rank, const int64_t *dims,
                                      const int64_t *values)
{
    control_check_shape(y, HINGE_INT64, rank, dims);
    for (int64_t i = 0; i < hinge_tensor_count(y); i++)
        CU_ASSERT_EQUAL(((const int64_t *)y->data)[i], values[i]);
}

#define DIMS(...)                                                                                  \
    (const int64_t[])                                                                              \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define FLOATS(...)                                                                                \
    (const float[])                                                                                \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define INTS(...)                                                                                  \
    (const int64_t[])                                                                              \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define SEQUENCE_OF(type) (HINGE_SEQUENCE | (hinge_type_code)(type) << 8)
#define OPTIONAL_OF(type) (HINGE_OPTIONAL | (hinge_type_code)(type) << 8)

/* The inputs and the first output of the body of a Loop: "i", "go" and "go_on", which is go. */
static inline void control_loop_body(struct model *model)
{
    model_begin_graph(model, "body");
    model_input(model, "i", HINGE_INT64, 0, NULL);
    model_input(model, "go", HINGE_BOOL, 0, NULL);
    model_output(model, "go_on", HINGE_BOOL, 0, NULL);
    model_node(model, "", "Identity", "go", "go_on");
}

#endif
