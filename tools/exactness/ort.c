#include "tools/exactness/ort.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OrtApi is an array of functions, numbered by onnxruntime_c_api.h (which only ever appends). */
enum {
    GET_ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    CREATE_SESSION_FROM_ARRAY = 8,
    RUN = 9,
    CREATE_SESSION_OPTIONS = 10,
    SET_INTRA_OP_NUM_THREADS = 24,
    CREATE_TENSOR_WITH_DATA = 49,
    CREATE_CPU_MEMORY_INFO = 69,
    RELEASE_STATUS = 93,
    RELEASE_SESSION = 95,
    RELEASE_VALUE = 96,
    RELEASE_SESSION_OPTIONS = 100,
    API_VERSION = 17
};

typedef void *status; /* NULL is success */
typedef void (*function)(void);

struct api_base {
    const function *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
};

static const function *api;
static void *environment;

struct ort_node {
    void *session, *x, *y;
};

static void release(int what, void *object)
{
    if (object)
        ((void (*)(void *))api[what])(object);
}

static bool succeeded(status s)
{
    if (s) {
        const char *(*message)(status) = (const char *(*)(status))api[GET_ERROR_MESSAGE];
        fprintf(stderr, "ONNX Runtime: %.100s\n", message(s));
        release(RELEASE_STATUS, s);
    }
    return !s;
}

bool ort_open(const char *library)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    const struct api_base *(*get_base)(void) = NULL;
    void *symbol = handle ? dlsym(handle, "OrtGetApiBase") : NULL;
    memcpy(&get_base, &symbol, sizeof get_base);
    if (!get_base) {
        fprintf(stderr, "%s is not ONNX Runtime\n", library);
        return false;
    }
    api = get_base()->get_api(API_VERSION);
    return api && succeeded(((status(*)(int, const char *, void **))api[CREATE_ENV])(
                      4, "activation_speed", &environment));
}

/* Protobuf, as far as a model of one node needs it. */

struct message {
    unsigned char bytes[512];
    size_t size;
};

static void put_byte(struct message *m, unsigned value)
{
    if (m->size < sizeof m->bytes)
        m->bytes[m->size++] = (unsigned char)value;
}

static void put_varint(struct message *m, uint64_t value)
{
    for (; value >= 128; value >>= 7)
        put_byte(m, (unsigned)(value & 127) | 128);
    put_byte(m, (unsigned)value);
}

static void put_int(struct message *m, unsigned field, uint64_t value)
{
    put_varint(m, field << 3);
    put_varint(m, value);
}

static void put_bytes(struct message *m, unsigned field, const void *bytes, size_t size)
{
    put_varint(m, field << 3 | 2);
    put_varint(m, size);
    for (size_t i = 0; i < size; i++)
        put_byte(m, ((const unsigned char *)bytes)[i]);
}

static void put_string(struct message *m, unsigned field, const char *text)
{
    put_bytes(m, field, text, strlen(text));
}

static void put_message(struct message *m, unsigned field, const struct message *part)
{
    put_bytes(m, field, part->bytes, part->size);
}

/* A ValueInfoProto: a float tensor of one dimension. */
static void put_value(struct message *graph, unsigned field, const char *name, int64_t count)
{
    struct message dim = {.size = 0}, shape = {.size = 0}, tensor = {.size = 0};
    struct message type = {.size = 0}, value = {.size = 0};
    put_int(&dim, 1, (uint64_t)count);
    put_message(&shape, 1, &dim);
    put_int(&tensor, 1, 1);
    put_message(&tensor, 2, &shape);
    put_message(&type, 1, &tensor);
    put_string(&value, 1, name);
    put_message(&value, 2, &type);
    put_message(graph, field, &value);
}

static struct message make_model(const struct reference *reference, int64_t count)
{
    struct message node = {.size = 0}, graph = {.size = 0}, opset = {.size = 0};
    struct message model = {.size = 0};
    put_string(&node, 1, "x");
    put_string(&node, 2, "y");
    put_string(&node, 4, reference->op);
    if (reference->attribute) {
        struct message attribute = {.size = 0};
        put_string(&attribute, 1, reference->attribute);
        put_string(&attribute, 4, reference->string);
        put_int(&attribute, 20, 3);
        put_message(&node, 5, &attribute);
    }
    put_message(&graph, 1, &node);
    put_string(&graph, 2, "g");
    put_value(&graph, 11, "x", count);
    put_value(&graph, 12, "y", count);
    put_int(&opset, 2, strcmp(reference->op, "Swish") == 0 ? 24 : 22);
    put_int(&model, 1, 10);
    put_message(&model, 7, &graph);
    put_message(&model, 8, &opset);
    return model;
}

static bool make_tensor(float *data, int64_t count, void **tensor)
{
    static void *memory;
    if (!memory &&
        !succeeded(((status(*)(int, int, void **))api[CREATE_CPU_MEMORY_INFO])(0, 0, &memory)))
        return false;
    return succeeded(((status(*)(const void *, void *, size_t, const int64_t *, size_t, int,
                                 void **))api[CREATE_TENSOR_WITH_DATA])(
        memory, data, (size_t)count * sizeof *data, &count, 1, 1, tensor));
}

struct ort_node *ort_node_new(const struct reference *reference, float *x, float *y, int64_t count,
                              int n_threads)
{
    struct ort_node *node = calloc(1, sizeof *node);
    void *options = NULL;
    if (!node)
        return NULL;
    const struct message model = make_model(reference, count);
    const bool made =
        succeeded(((status(*)(void **))api[CREATE_SESSION_OPTIONS])(&options)) &&
        succeeded(((status(*)(void *, int))api[SET_INTRA_OP_NUM_THREADS])(options, n_threads)) &&
        succeeded(((status(*)(void *, const void *, size_t, const void *,
                              void **))api[CREATE_SESSION_FROM_ARRAY])(
            environment, model.bytes, model.size, options, &node->session)) &&
        make_tensor(x, count, &node->x) && make_tensor(y, count, &node->y);
    release(RELEASE_SESSION_OPTIONS, options);
    if (!made) {
        ort_node_free(node);
        return NULL;
    }
    return node;
}

void ort_node_free(struct ort_node *node)
{
    if (!node)
        return;
    release(RELEASE_VALUE, node->x);
    release(RELEASE_VALUE, node->y);
    release(RELEASE_SESSION, node->session);
    free(node);
}

bool ort_node_run(struct ort_node *node)
{
    const char *const inputs[] = {"x"};
    const char *const outputs[] = {"y"};
    const void *const values[] = {node->x};
    return succeeded(((status(*)(void *, const void *, const char *const *, const void *const *,
                                 size_t, const char *const *, size_t, void **))api[RUN])(
        node->session, NULL, inputs, values, 1, outputs, 1, &node->y));
}
