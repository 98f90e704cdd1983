#include "tools/exactness/ort.h"

#include "tools/onnxruntime/ort_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ort_api api;
static ort_environment *environment;

struct ort_node {
    ort_session *session;
    ort_value *x, *y;
};

static bool succeeded(ort_status *status)
{
    char message[120];
    const bool ok = ort_api_succeeded(&api, status, message, sizeof message);
    if (!ok)
        fprintf(stderr, "%s\n", message);
    return ok;
}

bool ort_open(const char *library)
{
    char message[400];
    if (!ort_api_open(&api, library, message, sizeof message)) {
        fprintf(stderr, "%s\n", message);
        return false;
    }
    return succeeded(api.create_env(ORT_LOG_FATAL, "activation_speed", &environment));
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

static bool make_tensor(float *data, int64_t count, ort_value **tensor)
{
    static ort_memory_info *memory;
    if (!memory && !succeeded(api.create_cpu_memory_info(0, 0, &memory)))
        return false;
    return succeeded(api.create_tensor_with_data_as_ort_value(
        memory, data, (size_t)count * sizeof *data, &count, 1, 1, tensor));
}

struct ort_node *ort_node_new(const struct reference *reference, float *x, float *y, int64_t count,
                              int n_threads)
{
    struct ort_node *node = calloc(1, sizeof *node);
    ort_session_options *options = NULL;
    if (!node)
        return NULL;
    const struct message model = make_model(reference, count);
    const bool made = succeeded(api.create_session_options(&options)) &&
                      succeeded(api.set_intra_op_num_threads(options, n_threads)) &&
                      succeeded(api.create_session_from_array(environment, model.bytes, model.size,
                                                              options, &node->session)) &&
                      make_tensor(x, count, &node->x) && make_tensor(y, count, &node->y);
    if (options)
        api.release_session_options(options);
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
    if (node->x)
        api.release_value(node->x);
    if (node->y)
        api.release_value(node->y);
    if (node->session)
        api.release_session(node->session);
    free(node);
}

bool ort_node_run(struct ort_node *node)
{
    const char *const inputs[] = {"x"};
    const char *const outputs[] = {"y"};
    const ort_value *const values[] = {node->x};
    return succeeded(api.run(node->session, NULL, inputs, values, 1, outputs, 1, &node->y));
}
