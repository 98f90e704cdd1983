/* ONNX Runtime through its C ABI, without its header, which its npm package lacks. */
#ifndef ONNXRUNTIME_ORT_API_H
#define ONNXRUNTIME_ORT_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ort_status ort_status; /* NULL is success */
typedef struct ort_environment ort_environment;
typedef struct ort_session ort_session;
typedef struct ort_session_options ort_session_options;
typedef struct ort_run_options ort_run_options;
typedef struct ort_value ort_value;
typedef struct ort_memory_info ort_memory_info;
typedef struct ort_allocator ort_allocator;
typedef struct ort_type_info ort_type_info;
typedef struct ort_tensor_info ort_tensor_info; /* part of the type info that it was got from */

/* The members of struct OrtApi that are used, by their number in onnxruntime_c_api.h, in which
 * versions only append: number, result, name (there in camel case), parameters. */
#define ORT_API_FUNCTIONS(X)                                                                       \
    X(2, const char *, get_error_message, (const ort_status *))                                    \
    X(3, ort_status *, create_env, (int log_level, const char *log_id, ort_environment **))        \
    X(7, ort_status *, create_session,                                                             \
      (const ort_environment *, const char *path, const ort_session_options *, ort_session **))    \
    X(8, ort_status *, create_session_from_array,                                                  \
      (const ort_environment *, const void *model, size_t size, const ort_session_options *,       \
       ort_session **))                                                                            \
    X(9, ort_status *, run,                                                                        \
      (ort_session *, const ort_run_options *, const char *const *input_names,                     \
       const ort_value *const *inputs, size_t n_inputs, const char *const *output_names,           \
       size_t n_outputs, ort_value **outputs))                                                     \
    X(10, ort_status *, create_session_options, (ort_session_options **))                          \
    X(23, ort_status *, set_session_graph_optimization_level, (ort_session_options *, int))        \
    X(24, ort_status *, set_intra_op_num_threads, (ort_session_options *, int))                    \
    X(25, ort_status *, set_inter_op_num_threads, (ort_session_options *, int))                    \
    X(30, ort_status *, session_get_input_count, (const ort_session *, size_t *))                  \
    X(31, ort_status *, session_get_output_count, (const ort_session *, size_t *))                 \
    X(33, ort_status *, session_get_input_type_info,                                               \
      (const ort_session *, size_t index, ort_type_info **))                                       \
    X(36, ort_status *, session_get_input_name,                                                    \
      (const ort_session *, size_t index, ort_allocator *, char **))                               \
    X(37, ort_status *, session_get_output_name,                                                   \
      (const ort_session *, size_t index, ort_allocator *, char **))                               \
    X(48, ort_status *, create_tensor_as_ort_value,                                                \
      (ort_allocator *, const int64_t *dims, size_t rank, int type, ort_value **))                 \
    X(49, ort_status *, create_tensor_with_data_as_ort_value,                                      \
      (const ort_memory_info *, void *data, size_t size, const int64_t *dims, size_t rank,         \
       int type, ort_value **))                                                                    \
    X(52, ort_status *, fill_string_tensor, (ort_value *, const char *const *texts, size_t n))     \
    X(55, ort_status *, cast_type_info_to_tensor_info,                                             \
      (const ort_type_info *, const ort_tensor_info **))                                           \
    X(60, ort_status *, get_tensor_element_type, (const ort_tensor_info *, int *))                 \
    X(61, ort_status *, get_dimensions_count, (const ort_tensor_info *, size_t *))                 \
    X(62, ort_status *, get_dimensions, (const ort_tensor_info *, int64_t *, size_t))              \
    X(63, ort_status *, get_symbolic_dimensions, (const ort_tensor_info *, const char **, size_t)) \
    X(69, ort_status *, create_cpu_memory_info, (int allocator, int type, ort_memory_info **))     \
    X(76, ort_status *, allocator_free, (ort_allocator *, void *))                                 \
    X(78, ort_status *, get_allocator_with_default_options, (ort_allocator **))                    \
    X(92, void, release_env, (ort_environment *))                                                  \
    X(93, void, release_status, (ort_status *))                                                    \
    X(94, void, release_memory_info, (ort_memory_info *))                                          \
    X(95, void, release_session, (ort_session *))                                                  \
    X(96, void, release_value, (ort_value *))                                                      \
    X(98, void, release_type_info, (ort_type_info *))                                              \
    X(100, void, release_session_options, (ort_session_options *))

struct ort_api {
#define ORT_API_MEMBER(number, result, name, parameters) result(*name) parameters;
    ORT_API_FUNCTIONS(ORT_API_MEMBER)
#undef ORT_API_MEMBER
    const char *version; /* "1.30.0" */
};

enum { ORT_LOG_FATAL = 4, ORT_OPTIMIZE_ALL = 99 };

/* Loads the library, for good. false, with a sentence in message (of size bytes), where it cannot
 * be loaded, is not ONNX Runtime, or is older than 1.17. */
bool ort_api_open(struct ort_api *api, const char *library, char *message, size_t size);

/* Whether a call succeeded; otherwise message is what it says, and the status is released. */
bool ort_api_succeeded(const struct ort_api *api, ort_status *status, char *message, size_t size);

#endif
