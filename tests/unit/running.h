/* A model of test operators, opened with test plugins and run. */
#ifndef TESTS_UNIT_RUNNING_H
#define TESTS_UNIT_RUNNING_H

#include "tests/support/counter.h"
#include "tests/support/main.h"
#include "tests/support/model.h"

#include <hinge/inspect.h>

#include <stdint.h>
#include <stdio.h>

#define DOMAIN "test.plugins"
#define SEQUENCE_OF(type) (HINGE_SEQUENCE | (hinge_type_code)(type) << 8)

struct running {
    struct model *model;
    const char *plugins[2]; /* NULL: none */
    struct counter counter;
    hinge_session *session;
    hinge_context *context;
    hinge_error error;
    hinge_options options; /* beside those that running_open sets */
};

/* A counter that has nothing so large: what would be refused by no allocator alone is not asked of
 * the system. */
static inline void *running_alloc(void *user, size_t size, size_t alignment)
{
    return size > (size_t)1 << 32 ? NULL : counter_alloc(user, size, alignment);
}

static inline hinge_status running_try_open(struct running *running)
{
    size_t size;
    const void *bytes = model_bytes(running->model, &size);
    hinge_options options = running->options;
    options.size = sizeof options;
    options.n_threads = options.n_threads ? options.n_threads : 2;
    options.plugins = running->plugins;
    while (options.n_plugins < 2 && running->plugins[options.n_plugins])
        options.n_plugins++;
    options.plugin_folder = BUILT_IN_PLUGINS;
    options.allocator = (hinge_allocator){running_alloc, counter_release, &running->counter};
    hinge_status status =
        hinge_open_memory(bytes, size, &options, &running->session, &running->error);
    return status ? status
                  : hinge_context_create(running->session, &running->context, &running->error);
}

static inline void running_open(struct running *running)
{
    if (running_try_open(running))
        CU_FAIL_FATAL(running->error.message);
}

static inline void running_shut(struct running *running)
{
    hinge_context_destroy(running->context);
    hinge_close(running->session);
    running->context = NULL;
    running->session = NULL;
    CU_ASSERT_EQUAL(atomic_load(&running->counter.n_live), 0);
}

static inline void running_close(struct running *running)
{
    running_shut(running);
    model_destroy(running->model);
    running->model = NULL;
}

static inline hinge_status running_run(struct running *running, const hinge_tensor *inputs,
                                       size_t n_inputs, hinge_tensor *outputs, size_t n_outputs)
{
    return hinge_run(running->context, inputs, n_inputs, outputs, n_outputs, NULL, &running->error);
}

/* A failure with these words, where status is one; what was said is shown otherwise. */
static inline void check_failure(const hinge_error *error, hinge_status status, hinge_status wanted,
                                 const char *words)
{
    bool right = status == wanted && error->status == wanted && strstr(error->message, words);
    if (!right)
        printf("\n    %s, \"%s\" instead of %s, \"%s\"", hinge_status_text(status),
               status ? error->message : "", hinge_status_text(wanted), words);
    CU_ASSERT_TRUE(right);
}

static inline void check_floats(const hinge_tensor *tensor, size_t count, const float *wanted)
{
    CU_ASSERT_EQUAL_FATAL(tensor->type, HINGE_FLOAT);
    CU_ASSERT_EQUAL_FATAL(hinge_tensor_count(tensor), (int64_t)count);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(((const float *)tensor->data)[i], wanted[i]);
}

static inline hinge_tensor floats(int64_t count, float *data)
{
    return hinge_tensor_over(HINGE_FLOAT, 1, &count, data);
}

/* The node that computes the value of that name after all passes: how many nodes are left, and what
 * is fused into it. */
static inline bool find_node(const hinge_session *session, const char *name, hinge_node_info *info)
{
    info->size = sizeof *info;
    for (size_t n = 0; hinge_get_node(session, n, info); n++)
        if (strcmp(info->name, name) == 0)
            return true;
    return false;
}

static inline size_t count_nodes(const hinge_session *session)
{
    hinge_model_info info = {.size = sizeof info};
    hinge_get_model(session, &info);
    return info.n_nodes;
}

#endif
