/* Stands in for libonnxruntime.so: a session with one input x, float[batch, 3], and an output y,
 * whatever the file holds. The bytes of x go to the file that STAND_IN_INPUT names, the numbers of
 * threads and the level of optimization to the one that STAND_IN_OPTIONS names. Where
 * STAND_IN_FAILS names a function, that fails. What was created and not released when the last
 * environment goes is told on stderr. */
#include "tools/onnxruntime/ort_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_FUNCTIONS = 101, FLOAT = 1 };

struct ort_status {
    char message[64];
};

struct ort_value {
    const void *data;
    size_t size;
};

static int n_live, settings[3]; /* level, threads within and between nodes */
static bool wrote_input;

static ort_status *end(const char *function)
{
    const char *fails = getenv("STAND_IN_FAILS");
    if (!fails || strcmp(fails, function) != 0)
        return NULL;
    ort_status *status = calloc(1, sizeof *status);
    snprintf(status->message, sizeof status->message, "%s fails", function);
    n_live++;
    return status;
}

/* What is created is a block of its own. */
static ort_status *create(const char *function, void *to, size_t size)
{
    ort_status *status = end(function);
    void *made = status ? NULL : calloc(1, size);
    if (!status) {
        memcpy(to, &made, sizeof made);
        n_live++;
    }
    return status;
}

static void release(void *object)
{
    n_live -= object != NULL;
    free(object);
}

static void write_file(const char *variable, const void *bytes, size_t size)
{
    const char *path = getenv(variable);
    FILE *file = path ? fopen(path, "wb") : NULL;
    if (file) {
        fwrite(bytes, 1, size, file);
        fclose(file);
    }
}

static const char *get_error_message(const ort_status *status)
{
    return status->message;
}

static ort_status *create_env(int level, const char *id, ort_environment **to)
{
    (void)level;
    (void)id;
    return create("create_env", to, 1);
}

static ort_status *create_session(const ort_environment *environment, const char *path,
                                  const ort_session_options *options, ort_session **to)
{
    char text[64];
    (void)environment;
    (void)path;
    (void)options;
    int size = snprintf(text, sizeof text, "%d %d %d", settings[0], settings[1], settings[2]);
    write_file("STAND_IN_OPTIONS", text, (size_t)size);
    return create("create_session", to, 1);
}

static ort_status *run(ort_session *session, const ort_run_options *options,
                       const char *const *input_names, const ort_value *const *inputs,
                       size_t n_inputs, const char *const *output_names, size_t n_outputs,
                       ort_value **outputs)
{
    (void)session;
    (void)options;
    if (n_inputs != 1 || n_outputs != 1 || strcmp(*input_names, "x") != 0 ||
        strcmp(*output_names, "y") != 0)
        abort();
    if (!wrote_input)
        write_file("STAND_IN_INPUT", inputs[0]->data, inputs[0]->size);
    wrote_input = true;
    return create("run", outputs, sizeof **outputs);
}

static ort_status *create_session_options(ort_session_options **to)
{
    return create("create_session_options", to, 1);
}

static ort_status *set_level(ort_session_options *options, int level)
{
    (void)options;
    settings[0] = level;
    return end("set_level");
}

static ort_status *set_within(ort_session_options *options, int n)
{
    (void)options;
    settings[1] = n;
    return end("set_within");
}

static ort_status *set_between(ort_session_options *options, int n)
{
    (void)options;
    settings[2] = n;
    return end("set_between");
}

static ort_status *get_count(const ort_session *session, size_t *n)
{
    (void)session;
    *n = 1;
    return end("get_count");
}

static ort_status *get_type(const ort_session *session, size_t index, ort_type_info **to)
{
    (void)session;
    (void)index;
    return create("get_type", to, 1);
}

static ort_status *get_name(const char *function, const char *name, char **to)
{
    ort_status *status = create(function, to, 2);
    if (!status)
        (*to)[0] = *name;
    return status;
}

static ort_status *get_input_name(const ort_session *session, size_t index,
                                  ort_allocator *allocator, char **to)
{
    (void)session;
    (void)index;
    (void)allocator;
    return get_name("get_input_name", "x", to);
}

static ort_status *get_output_name(const ort_session *session, size_t index,
                                   ort_allocator *allocator, char **to)
{
    (void)session;
    (void)index;
    (void)allocator;
    return get_name("get_output_name", "y", to);
}

static ort_status *create_tensor(const ort_memory_info *memory, void *data, size_t size,
                                 const int64_t *dims, size_t rank, int type, ort_value **to)
{
    (void)memory;
    if (type != FLOAT || rank != 2 || dims[1] != 3 || size != (size_t)dims[0] * 3 * sizeof(float))
        abort();
    ort_status *status = create("create_tensor", to, sizeof **to);
    if (!status)
        **to = (ort_value){data, size};
    return status;
}

static ort_status *cast_type(const ort_type_info *type, const ort_tensor_info **to)
{
    *to = (const ort_tensor_info *)type;
    return end("cast_type");
}

static ort_status *get_element(const ort_tensor_info *info, int *type)
{
    (void)info;
    *type = FLOAT;
    return end("get_element");
}

static ort_status *get_rank(const ort_tensor_info *info, size_t *rank)
{
    (void)info;
    *rank = 2;
    return end("get_rank");
}

static ort_status *get_dims(const ort_tensor_info *info, int64_t *dims, size_t rank)
{
    (void)info;
    (void)rank;
    dims[0] = -1;
    dims[1] = 3;
    return end("get_dims");
}

static ort_status *get_symbols(const ort_tensor_info *info, const char **symbols, size_t rank)
{
    (void)info;
    (void)rank;
    symbols[0] = "batch";
    symbols[1] = "";
    return end("get_symbols");
}

static ort_status *create_memory(int allocator, int type, ort_memory_info **to)
{
    (void)allocator;
    (void)type;
    return create("create_memory", to, 1);
}

static ort_status *allocator_free(ort_allocator *allocator, void *memory)
{
    (void)allocator;
    release(memory);
    return NULL;
}

static ort_status *get_allocator(ort_allocator **allocator)
{
    *allocator = NULL;
    return NULL;
}

static void release_env(ort_environment *environment)
{
    release(environment);
    if (n_live != 0)
        fprintf(stderr, "%d objects are not released\n", n_live);
}

typedef void (*function)(void);

static const function functions[N_FUNCTIONS] = {
    [2] = (function)get_error_message,
    [3] = (function)create_env,
    [7] = (function)create_session,
    [9] = (function)run,
    [10] = (function)create_session_options,
    [23] = (function)set_level,
    [24] = (function)set_within,
    [25] = (function)set_between,
    [30] = (function)get_count,
    [31] = (function)get_count,
    [33] = (function)get_type,
    [36] = (function)get_input_name,
    [37] = (function)get_output_name,
    [49] = (function)create_tensor,
    [55] = (function)cast_type,
    [60] = (function)get_element,
    [61] = (function)get_rank,
    [62] = (function)get_dims,
    [63] = (function)get_symbols,
    [69] = (function)create_memory,
    [76] = (function)allocator_free,
    [78] = (function)get_allocator,
    [92] = (function)release_env,
    [93] = (function)release,
    [94] = (function)release,
    [95] = (function)release,
    [96] = (function)release,
    [98] = (function)release,
    [100] = (function)release,
};

static const function *get_api(uint32_t version)
{
    const char *newest = getenv("STAND_IN_VERSION");
    return newest && version > (uint32_t)atoi(newest) ? NULL : functions;
}

static const char *get_version_string(void)
{
    return "1.99.0";
}

struct api_base {
    const function *(*get_api)(uint32_t version);
    const char *(*get_version_string)(void);
};

__attribute__((visibility("default"))) const struct api_base *OrtGetApiBase(void);

const struct api_base *OrtGetApiBase(void)
{
    static const struct api_base base = {get_api, get_version_string};
    return &base;
}
