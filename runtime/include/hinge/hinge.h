/*
 * The embedding API: open an ONNX model, run it, close it.
 *
 *     hinge_session *session;
 *     hinge_context *context;
 *     hinge_error error;
 *     if (hinge_open("model.onnx", NULL, &session, &error) ||
 *         hinge_context_create(session, &context, &error))
 *         return fprintf(stderr, "%s\n", error.message), 1;
 *     const int64_t dims[] = {1, 3, 224, 224};
 *     hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 4, dims, pixels);
 *     hinge_tensor output;
 *     if (hinge_run(context, &input, 1, &output, 1, NULL, &error))
 *         return fprintf(stderr, "%s\n", error.message), 1;
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

/* Threads that several sessions share. */
typedef struct hinge_threads hinge_threads;

/* A pool of n_threads in all, the caller's counted (0: one for each core). It lives until its maker
 * has released it and all sessions that use it are closed. Thread-safe. */
HINGE_API hinge_status hinge_threads_create(unsigned n_threads, const hinge_allocator *allocator,
                                            hinge_threads **threads, hinge_error *error);
HINGE_API void hinge_threads_release(hinge_threads *threads); /* NULL is allowed */

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
    hinge_threads *threads; /* used instead of n_threads of its own; NULL: none */
    /* Names of values that are wanted beside the model's outputs: they become outputs behind those.
     * Rewrites leave them as the model has them. A value within a body has no single result and
     * cannot be asked for; hinge_run_options.on_node shows it. */
    const char *const *values;
    size_t n_values;
    bool all_values; /* all named values that nodes of the main graph compute */
    /* Convolutions by direct sums alone. Otherwise a 3x3 one may be computed by Winograd's minimal
     * filtering and differ from the exact result by 2^-11 s, where s is the sum over channels of
     * the largest |weight| times the largest |x| that the output sees (2^-18 s where inputs are of
     * one size). A NaN or infinity touches only the outputs that see it. */
    bool direct_convolution;
    /* Opens a model although operators are missing, to be looked at: hinge_run is refused. */
    bool allow_missing;
    /* Inputs that the model gives a default (an initializer of the same name) may be given another
     * value by hinge_run. Otherwise the default is a constant and is computed with ahead of time.
     */
    bool overridable_defaults;
    size_t constant_limit; /* bytes of constants that may be made while opening, computed or out of
                              sparse ones; 0: 1 GiB and 16 times the file's size. Beyond it nodes
                              are left to the run; what must be made then fails with HINGE_LIMIT. */
    size_t memory_limit; /* bytes that the session may allocate in all, contexts and runs included,
                            0: no limit. What would exceed it fails with HINGE_NO_MEMORY. */
    /* A folder, which must be there, to keep prepared copies of weights in. What a session before
     * has made of the same weights, with the same plugins on such a CPU, is then mapped, and shared
     * between processes, instead of being made again. Any number of processes may use a folder at
     * once, for any models. Files are only ever added, each under the hash of what it was made of,
     * and, like those of models, must not be changed in place; which to delete, and when, is the
     * user's affair. They are used where they belong to the user or root, nobody else may write to
     * them, and they are as they were written; but who can write to the folder, or have models
     * opened with it, is trusted: the hash is no cryptographic one. Where the folder cannot be
     * used, the log is told, and the session does without: hinge_model_info.cached_size. */
    const char *cache;
} hinge_options;

/* Opening and closing */

/* Opens the model at path. On success *session is the caller's, to be closed with hinge_close.
 * Files that together are at most 1 MiB, external data included, are read now and may be changed in
 * place afterwards; larger ones are mapped, and must stay as they are until then: to exchange one,
 * write a new file and rename it. */
HINGE_API hinge_status hinge_open(const char *path, const hinge_options *options,
                                  hinge_session **session, hinge_error *error);
/* The same for a model in memory, which must stay unchanged until hinge_close. External data is
 * refused: there is no folder to look in. */
HINGE_API hinge_status hinge_open_memory(const void *bytes, size_t size,
                                         const hinge_options *options, hinge_session **session,
                                         hinge_error *error);
/* Ends a session that no context uses any more. NULL is allowed.
 *
 * In a process that was forked with a session open, the child has no threads of the pool: runs
 * there use the calling thread alone, and hinge_close works. A context that another thread was
 * running in at the moment of the fork must not be touched in the child. */
HINGE_API void hinge_close(hinge_session *session);

/* Describing. Names and descriptions belong to the session. Unknown dimensions are -1. Inputs that
 * have a default come behind those that have none. */

HINGE_API size_t hinge_n_inputs(const hinge_session *session);
HINGE_API size_t hinge_n_outputs(const hinge_session *session);
/* NULL when index is too large. */
HINGE_API const char *hinge_input_name(const hinge_session *session, size_t index);
HINGE_API const char *hinge_output_name(const hinge_session *session, size_t index);
HINGE_API const hinge_tensor *hinge_input_info(const hinge_session *session, size_t index);
HINGE_API const hinge_tensor *hinge_output_info(const hinge_session *session, size_t index);
/* The whole type, of containers too; 0 when index is too large. */
HINGE_API hinge_type_code hinge_input_type(const hinge_session *session, size_t index);
HINGE_API hinge_type_code hinge_output_type(const hinge_session *session, size_t index);
/* The input or output of that name; SIZE_MAX where there is none. */
HINGE_API size_t hinge_input_index(const hinge_session *session, const char *name);
HINGE_API size_t hinge_output_index(const hinge_session *session, const char *name);
/* Whether the input may be left out. */
HINGE_API bool hinge_input_has_default(const hinge_session *session, size_t index);
/* The symbolic name of a dimension, NULL where it has none. */
HINGE_API const char *hinge_input_dim_name(const hinge_session *session, size_t index,
                                           int32_t axis);
HINGE_API const char *hinge_output_dim_name(const hinge_session *session, size_t index,
                                            int32_t axis);
/* Running */

HINGE_API hinge_status hinge_context_create(const hinge_session *session, hinge_context **context,
                                            hinge_error *error);
HINGE_API void hinge_context_destroy(hinge_context *context); /* NULL is allowed */

/* What a finished node tells; times in nanoseconds of CLOCK_MONOTONIC. */
typedef struct hinge_node_event {
    const char *node; /* its name, or that of its first output */
    const char *op, *plugin;
    size_t index; /* position in the order of execution of its graph */
    uint64_t start_ns, end_ns;
    const hinge_tensor *const *outputs; /* NULL entries for outputs that nobody wants */
    size_t n_outputs;
    size_t graph;  /* number of the graph: 0 for the main one, then the bodies */
    size_t number; /* of the node, as in inspect.h; SIZE_MAX for a step of a rewrite that is taken
                      back for the shapes at hand */
} hinge_node_event;

/* Set size to sizeof(hinge_run_options); the rest may stay zero. */
typedef struct hinge_run_options {
    size_t size;
    uint64_t deadline_ns; /* CLOCK_MONOTONIC time after which the run ends with HINGE_DEADLINE,
                             within a long operator too; 0: none */
    /* Called after every node, those of bodies too, by the thread that called hinge_run, which must
     * not use the context meanwhile. */
    void (*on_node)(void *user, const hinge_node_event *event);
    void *on_node_user;
    bool trace; /* tells the log of every node before it runs */
} hinge_run_options;

/*
 * Runs the model once. inputs[i] is the model's i-th input, its data the caller's, read in place
 * (of at most 256 bytes, copied as the run begins). Nobody may write to it before the run has
 * ended. Inputs that have a default may be left out: at the end of the list, or by a tensor that is
 * zero. outputs[i] receives the model's i-th output, whatever it held before; fewer than the model
 * has may be asked for. Its data lie where hinge_bind_output said, or else in the context, until
 * its next run or its end; the bytes of strings always lie in the context, or in the session. With
 * input shapes that the session has run before in this context, no memory is allocated, unless a
 * shape depends on data.
 *
 * A session keeps plans for the 32 shape signatures used last, a context its part of 8.
 * A result that lies in the context cannot be an input of its next run: HINGE_BAD_ARGUMENT.
 */
HINGE_API hinge_status hinge_run(hinge_context *context, const hinge_tensor *inputs,
                                 size_t n_inputs, hinge_tensor *outputs, size_t n_outputs,
                                 const hinge_run_options *options, hinge_error *error);
/* From now on the output of that index is written to memory (type, dims and data), which is the
 * caller's until the context ends or the output is bound elsewhere; NULL ends that. A run whose
 * result has another type or shape, or in which the memory overlaps an input or another output,
 * ends with HINGE_BAD_ARGUMENT. Sequences, optionals and maps cannot be bound. */
HINGE_API hinge_status hinge_bind_output(hinge_context *context, size_t index,
                                         const hinge_tensor *memory, hinge_error *error);
/* Makes the run that goes on in context, or the next one where none does, end with HINGE_CANCELLED
 * before its next node; where the run has a deadline, within a long operator too. Callable from any
 * thread. */
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

#define HINGE_VERSION_MAJOR 0
#define HINGE_VERSION_MINOR 2
#define HINGE_VERSION_PATCH 0

/* "0.2.0", of the library that is there. */
HINGE_API const char *hinge_version(void);
/* Whether the library can do what a name says: "bodies", "sequences", "bound-outputs",
 * "shared-threads", "values-by-name", "default-inputs", "memory-limit", "deadline", "cache". */
HINGE_API bool hinge_supports(const char *feature);
HINGE_API const char *hinge_status_text(hinge_status status);
HINGE_API const char *hinge_type_text(hinge_type type);
/* "tensor(float)", "seq(map(int64, tensor(float)))", "?" for what is not known: written into buffer
 * of size bytes (HINGE_TYPE_CODE_TEXT are enough for any), which is returned. */
#define HINGE_TYPE_CODE_TEXT 128
HINGE_API const char *hinge_type_code_text(hinge_type_code code, char *buffer, size_t size);
/* The passes in the order they run; NULL past the end. */
HINGE_API const char *hinge_pass_name(size_t index);
HINGE_API const char *hinge_pass_summary(size_t index);

#ifdef __cplusplus
}
#endif
#endif
