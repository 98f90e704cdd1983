/*
 * The embedding API: open an ONNX model, run it, close it.
 *
 *     hinge_session *session;
 *     hinge_context *context;
 *     hinge_error error;
 *     if (hinge_open("model.onnx", NULL, &session, &error) ||
 *         hinge_context_create(session, &context, &error))
 *         return fprintf(stderr, "%s\n", error.message), 1;
 *     hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 4, (int64_t[]){1, 3, 224, 224}, pixels);
 *     hinge_tensor output = {0};
 *     if (hinge_run(context, &input, 1, &output, 1, NULL, &error)) …
 *
 * A session is immutable: any number of threads may use one. A context holds the memory of a run;
 * it serves one thread at a time, and a thread that wants to run while another does makes its own.
 * Every function that can fail returns a status and, where the caller hands over a hinge_error (it
 * may be NULL), fills it. Nothing here aborts, prints, or keeps global state.
 */
#ifndef HINGE_HINGE_H
#define HINGE_HINGE_H

#include <hinge/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define HINGE_API __declspec(dllexport)
#else
#define HINGE_API __attribute__((visibility("default")))
#endif

typedef struct hinge_session hinge_session;
typedef struct hinge_context hinge_context;

/* Filled by the function that fails; node is empty where no node is at fault. message is one
 * sentence that names file, node and operator as far as they are known. */
typedef struct hinge_error {
    hinge_status status;
    char node[128];
    char message[640];
} hinge_error;

/* Options */

/* Where all memory of a session comes from. alloc returns size bytes aligned to alignment (a power
 * of two) or NULL; release gets what alloc returned, never NULL. Both are called from several
 * threads. */
typedef struct hinge_allocator {
    void *(*alloc)(void *user, size_t size, size_t alignment);
    void (*release)(void *user, void *memory);
    void *user;
} hinge_allocator;

typedef enum hinge_log_level { HINGE_LOG_DEBUG, HINGE_LOG_INFO, HINGE_LOG_WARNING } hinge_log_level;

/* How a session is opened. Set size to sizeof(hinge_options); all other fields may stay zero. What
 * the pointers lead to needs to live only until hinge_open returns, but for user data and, with
 * hinge_open_memory, the model's bytes. */
typedef struct hinge_options {
    size_t size;
    unsigned n_threads;         /* threads a run may use; 0: one for each core */
    const char *isa;            /* widest plugin level: "scalar", "avx2", "avx512"; NULL: HINGE_ISA
                                   of the environment, or the widest the CPU has */
    const char *const *plugins; /* paths of user plugins, before those of HINGE_PLUGIN_PATH; the log
                                   is told of what is refused, the rest serves without it */
    size_t n_plugins;
    const char *const *disabled_passes; /* names as listed by hinge_pass_name */
    size_t n_disabled_passes;
    const char *plugin_folder; /* of the built-in plugins; NULL: found relative to the library */
    hinge_allocator allocator; /* zero: malloc's */
    void (*log)(void *user, hinge_log_level level, const char *message);
    void *log_user;
} hinge_options;

/* Opening and closing */

/* Opens the model at path. On success *session is the caller's, to be closed with hinge_close. */
HINGE_API hinge_status hinge_open(const char *path, const hinge_options *options,
                                  hinge_session **session, hinge_error *error);
/* The same for a model in memory, which must stay unchanged until hinge_close. External data is
 * refused: there is no folder to look in. */
HINGE_API hinge_status hinge_open_memory(const void *bytes, size_t size,
                                         const hinge_options *options, hinge_session **session,
                                         hinge_error *error);
/* Ends a session that no context uses any more. NULL is allowed. */
HINGE_API void hinge_close(hinge_session *session);

/* Describing. Names and descriptions belong to the session. Unknown dimensions are -1. */

HINGE_API size_t hinge_n_inputs(const hinge_session *session);
HINGE_API size_t hinge_n_outputs(const hinge_session *session);
/* NULL when index is too large. */
HINGE_API const char *hinge_input_name(const hinge_session *session, size_t index);
HINGE_API const char *hinge_output_name(const hinge_session *session, size_t index);
HINGE_API const hinge_tensor *hinge_input_info(const hinge_session *session, size_t index);
HINGE_API const hinge_tensor *hinge_output_info(const hinge_session *session, size_t index);
/* The symbolic name of a dimension, NULL where it has none. */
HINGE_API const char *hinge_input_dim_name(const hinge_session *session, size_t index,
                                           int32_t axis);
HINGE_API const char *hinge_output_dim_name(const hinge_session *session, size_t index,
                                            int32_t axis);
/* Running */

HINGE_API hinge_status hinge_context_create(const hinge_session *session, hinge_context **context,
                                            hinge_error *error);
HINGE_API void hinge_context_destroy(hinge_context *context);

/* What a finished node tells; times in nanoseconds of CLOCK_MONOTONIC. */
typedef struct hinge_node_event {
    const char *node, *op, *plugin;
    size_t index; /* position in the order of execution */
    uint64_t start_ns, end_ns;
    const hinge_tensor *const *outputs; /* NULL entries for outputs that nobody wants */
    size_t n_outputs;
} hinge_node_event;

/* Set size to sizeof(hinge_run_options); the rest may stay zero. */
typedef struct hinge_run_options {
    size_t size;
    uint64_t deadline_ns; /* CLOCK_MONOTONIC time after which no node is begun; 0: none */
    void (*on_node)(void *user, const hinge_node_event *event);
    void *on_node_user;
} hinge_run_options;

/*
 * Runs the model once. inputs[i] is the model's i-th input, its data the caller's, read in place (a
 * graph input with an initializer is a constant, and not one of these). outputs[i] receives the
 * model's i-th output: with data NULL on entry, data points into the context and holds until its
 * next run or its end. With data set on entry, type and dims must be those of the result, and it is
 * written there. Fewer outputs than the model has may be asked for. With input shapes that the
 * session has run before in this context, no memory is allocated.
 */
HINGE_API hinge_status hinge_run(hinge_context *context, const hinge_tensor *inputs,
                                 size_t n_inputs, hinge_tensor *outputs, size_t n_outputs,
                                 const hinge_run_options *options, hinge_error *error);
/* Makes the run that goes on in context end with HINGE_CANCELLED before its next node. Callable
 * from any thread; has no effect where nothing runs. */
HINGE_API void hinge_cancel(hinge_context *context);

/* Tensors */

/* A tensor over the caller's memory; dims are copied. rank above HINGE_MAX_RANK gives rank -1. */
static inline hinge_tensor hinge_tensor_over(hinge_type type, int32_t rank, const int64_t *dims,
                                             void *data)
{
    hinge_tensor tensor = {type, rank <= HINGE_MAX_RANK ? rank : -1, {0}, data};
    for (int32_t i = 0; i < tensor.rank; i++)
        tensor.dims[i] = dims[i];
    return tensor;
}

/* Elements and bytes of a tensor; -1 where a dimension is unknown, negative, or the product does
 * not fit. */
HINGE_API int64_t hinge_tensor_count(const hinge_tensor *tensor);
HINGE_API int64_t hinge_tensor_size(const hinge_tensor *tensor);

/* Names */

HINGE_API const char *hinge_version(void);
HINGE_API const char *hinge_status_text(hinge_status status);
HINGE_API const char *hinge_type_text(hinge_type type);
/* The passes in the order they run; NULL past the end. */
HINGE_API const char *hinge_pass_name(size_t index);
HINGE_API const char *hinge_pass_summary(size_t index);

#ifdef __cplusplus
}
#endif
#endif
