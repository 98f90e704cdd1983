/*
 * Indices that somebody writes to while a node runs, after they have been checked: a host that does
 * so itself whenever the operator asks it for something. Whatever comes out, no other memory may be
 * read or written; what would be lies far away, or in red zones of the sanitizer.
 */
#include "tests/unit/running.h"

#include <dlfcn.h>
#include <hinge/plugin.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INPUTS 10
#define SIZE 4096

/* What the host writes, and where: elements of `size` bytes. */
static struct {
    void *data;
    size_t count, size;
    int64_t value;
    unsigned n_times; /* it did so */
} change;

static void change_indices(void)
{
    change.n_times++;
    for (size_t i = 0; i < change.count; i++)
        memcpy((char *)change.data + i * change.size, &change.value, change.size);
}

static hinge_status fail(const struct hinge_node *node, hinge_status status, const char *format,
                         ...)
{
    (void)node;
    (void)format;
    return status;
}

static void parallel(const struct hinge_node *node, int64_t count, int64_t grain, hinge_task *task,
                     void *argument)
{
    (void)node;
    (void)grain;
    change_indices();
    task(argument, 0, count, 0);
}

static hinge_status resize(const struct hinge_node *node, unsigned output, int32_t rank,
                           const int64_t *dims)
{
    hinge_tensor *y = node->outputs[output];
    change_indices();
    y->rank = rank;
    memcpy(y->dims, dims, (size_t)rank * sizeof *dims);
    free(y->data);
    y->data = malloc(hinge_size(y->type, hinge_count(y)));
    return y->data ? HINGE_OK : HINGE_NO_MEMORY;
}

static hinge_tensor elements_of_sequence[16];

static hinge_tensor *elements(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                              int64_t n)
{
    (void)node;
    (void)type;
    (void)value;
    change_indices();
    return n <= 16 ? elements_of_sequence : NULL;
}

static hinge_status tensor(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                           int32_t rank, const int64_t *dims)
{
    (void)node;
    for (int32_t d = 0; d < rank; d++)
        if (dims[d] < 0 || dims[d] > SIZE)
            return HINGE_LIMIT;
    *value = (hinge_tensor){.type = type, .rank = rank};
    memcpy(value->dims, dims, (size_t)rank * sizeof *dims);
    value->data = malloc(hinge_size(type, hinge_count(value)));
    return value->data ? HINGE_OK : HINGE_NO_MEMORY;
}

static const struct hinge_host host = {.size = sizeof host,
                                       .fail = fail,
                                       .parallel = parallel,
                                       .resize = resize,
                                       .elements = elements,
                                       .tensor = tensor};

/* The newest entry of an operator. */
static const struct hinge_op *find_op(const struct hinge_plugin *plugin, const char *name)
{
    const struct hinge_op *found = NULL;
    for (size_t i = 0; plugin->ops[i]; i++)
        for (const struct hinge_op *op = plugin->ops[i]; op->name; op++)
            if (strcmp(op->name, name) == 0 && (!found || op->since > found->since))
                found = op;
    return found;
}

struct input {
    hinge_type type;
    int32_t rank;
    int64_t dims[4];
    int64_t value; /* of each integer; that of floats is 1 */
};

struct example {
    const char *op;
    unsigned changed; /* which input is changed */
    int64_t to;
    struct input inputs[MAX_INPUTS];
    hinge_type output;
};

static void fill(hinge_tensor *x, int64_t value)
{
    const float one = 1;
    const size_t size = hinge_size(x->type, 1);
    for (int64_t i = 0; i < hinge_count(x); i++)
        memcpy((char *)x->data + (size_t)i * size,
               x->type == HINGE_FLOAT ? (const void *)&one : &value, size);
}

static void read_attributes(const struct hinge_op *op, struct hinge_attribute *attributes)
{
    const struct hinge_attribute_def *defs = op->attributes;
    for (size_t i = 0; defs && defs[i].name; i++) {
        attributes[i].type = defs[i].type;
        if (defs[i].type == HINGE_ATTR_INT)
            attributes[i].i = defs[i].required ? 1 : defs[i].i;
        else if (defs[i].type == HINGE_ATTR_FLOAT)
            attributes[i].f = defs[i].f;
        else if (defs[i].type == HINGE_ATTR_STRING && defs[i].s)
            attributes[i].s = (hinge_string){defs[i].s, strlen(defs[i].s)};
    }
}

static const struct hinge_kernel *kernel_of(const struct hinge_op *op)
{
    const struct hinge_kernel *kernel = op->kernels;
    while (kernel->run && kernel->type != HINGE_FLOAT && kernel->type != HINGE_NO_TYPE)
        kernel++;
    return kernel->run ? kernel : NULL;
}

static void run_example(const struct hinge_plugin *plugin, const struct example *example)
{
    static const struct hinge_activation none;
    static const struct hinge_epilogue epilogue = {&none, 0};
    const struct hinge_op *op = find_op(plugin, example->op);
    CU_ASSERT_PTR_NOT_NULL_FATAL(op);
    struct hinge_attribute attributes[16] = {{0}};
    hinge_tensor in[MAX_INPUTS], out = {.type = example->output}, sequence = {.rank = 1};
    const hinge_tensor *inputs[MAX_INPUTS];
    hinge_tensor *output = example->output ? &out : &sequence;
    struct hinge_node node = {.size = sizeof node,
                              .opset = 24,
                              .n_threads = 1,
                              .n_outputs = 1,
                              .host = &host,
                              .inputs = inputs,
                              .outputs = &output,
                              .attributes = attributes,
                              .epilogue = &epilogue};
    read_attributes(op, attributes);
    memset(elements_of_sequence, 0, sizeof elements_of_sequence);
    for (uint32_t i = 0; i < MAX_INPUTS && example->inputs[i].type; i++) {
        const struct input *from = &example->inputs[i];
        in[i] = hinge_tensor_over(from->type, from->rank, from->dims, NULL);
        in[i].data = malloc(hinge_size(from->type, hinge_count(&in[i])));
        fill(&in[i], from->value);
        inputs[i] = &in[i];
        node.n_inputs = i + 1;
    }
    size_t scratch = 0;
    if (op->infer) {
        CU_ASSERT_EQUAL_FATAL(op->infer(&node), HINGE_OK);
    } else if (example->output) {
        out = *inputs[0];
    }
    bool known = example->output != HINGE_NO_TYPE;
    for (int32_t d = 0; d < out.rank; d++)
        known &= out.dims[d] >= 0;
    out.data = known ? malloc(hinge_size(out.type, hinge_count(&out))) : NULL;
    if (op->prepare)
        CU_ASSERT_EQUAL_FATAL(op->prepare(&node, &scratch), HINGE_OK);
    node.scratch = aligned_alloc(64, (scratch + 64) / 64 * 64);
    const hinge_tensor *changed = inputs[example->changed];
    change.data = changed->data;
    change.count = (size_t)hinge_count(changed);
    change.size = hinge_size(changed->type, 1);
    change.value = example->to;
    change.n_times = 0;
    kernel_of(op)->run(&node); /* any status is right */
    if (!change.n_times)       /* too little for a second thread: nothing was tried */
        printf("\n    %s", example->op);
    CU_ASSERT_TRUE(change.n_times > 0);
    for (uint32_t i = 0; i < node.n_inputs; i++)
        free(in[i].data);
    for (int i = 0; i < 16; i++)
        free(elements_of_sequence[i].data);
    free(out.data);
    free(node.scratch);
}

#define FAR ((int64_t)1 << 40)

/* So much that the work is shared, for which the host is asked. */
#define MANY 20000

/* One head of 8 elements; a past of 2 rows in buffers of 4, and a new one. */
#define GROUP_QUERY(changed, to)                                                                   \
    {                                                                                              \
        "GroupQueryAttention", changed, to,                                                        \
            {{HINGE_FLOAT, 3, {2, 1, 8}, 0},    {HINGE_FLOAT, 3, {2, 1, 8}, 0},                    \
             {HINGE_FLOAT, 3, {2, 1, 8}, 0},    {HINGE_FLOAT, 4, {2, 1, 4, 8}, 0},                 \
             {HINGE_FLOAT, 4, {2, 1, 4, 8}, 0}, {HINGE_INT32, 1, {2}, 2},                          \
             {HINGE_INT32, 1, {1}, 3}},                                                            \
            HINGE_FLOAT                                                                            \
    }
#define MULTI_HEAD(changed, to)                                                                    \
    {                                                                                              \
        "MultiHeadAttention", changed, to,                                                         \
            {{HINGE_FLOAT, 3, {2, 1, 8}, 0},    {HINGE_FLOAT, 3, {2, 1, 8}, 0},                    \
             {HINGE_FLOAT, 3, {2, 1, 8}, 0},    {HINGE_FLOAT, 1, {24}, 0},                         \
             {HINGE_INT32, 1, {2}, 2},          {HINGE_FLOAT, 4, {1, 1, 1, 3}, 0},                 \
             {HINGE_FLOAT, 4, {2, 1, 4, 8}, 0}, {HINGE_FLOAT, 4, {2, 1, 4, 8}, 0},                 \
             {HINGE_INT32, 1, {1}, 2},          {HINGE_INT32, 3, {1, 2, 4}, 1}},                   \
            HINGE_FLOAT                                                                            \
    }

static const struct example examples[] = {
    GROUP_QUERY(5, 1 << 30),
    GROUP_QUERY(5, -(1 << 30)),
    GROUP_QUERY(6, 1 << 30),
    MULTI_HEAD(4, -(1 << 30)),
    MULTI_HEAD(8, 1 << 30),
    MULTI_HEAD(9, 1 << 30),
    MULTI_HEAD(9, -(1 << 30)),
    {"Gather", 1, FAR, {{HINGE_FLOAT, 2, {5, 3}, 0}, {HINGE_INT64, 1, {MANY}, 2}}, HINGE_FLOAT},
    {"Gather", 1, 1 << 30, {{HINGE_FLOAT, 2, {5, 3}, 0}, {HINGE_INT32, 1, {MANY}, 2}}, HINGE_FLOAT},
    {"GatherND",
     1,
     -FAR,
     {{HINGE_FLOAT, 2, {5, 3}, 0}, {HINGE_INT64, 2, {MANY, 1}, 2}},
     HINGE_FLOAT},
    {"GatherElements",
     1,
     FAR,
     {{HINGE_FLOAT, 2, {5, 3}, 0}, {HINGE_INT64, 2, {MANY, 3}, 2}},
     HINGE_FLOAT},
    {"GatherElements",
     1,
     1 << 30,
     {{HINGE_FLOAT, 2, {5, 3}, 0}, {HINGE_INT32, 2, {MANY, 3}, 2}},
     HINGE_FLOAT},
    {"ScatterElements",
     1,
     FAR,
     {{HINGE_FLOAT, 2, {5, MANY}, 0},
      {HINGE_INT64, 2, {4, MANY}, 2},
      {HINGE_FLOAT, 2, {4, MANY}, 0}},
     HINGE_FLOAT},
    {"ScatterND",
     1,
     -FAR,
     {{HINGE_FLOAT, 2, {5, MANY}, 0}, {HINGE_INT64, 2, {4, 1}, 2}, {HINGE_FLOAT, 2, {4, MANY}, 0}},
     HINGE_FLOAT},
    {"TensorScatter",
     2,
     FAR + 1,
     {{HINGE_FLOAT, 3, {MANY, 5, 3}, 0},
      {HINGE_FLOAT, 3, {MANY, 2, 3}, 0},
      {HINGE_INT64, 1, {MANY}, 1}},
     HINGE_FLOAT},
    {"Compress", 1, 1, {{HINGE_FLOAT, 1, {1000}, 0}, {HINGE_BOOL, 1, {1000}, 0}}, HINGE_FLOAT},
    {"NonZero", 0, 1, {{HINGE_INT64, 1, {1000}, 0}}, HINGE_INT64},
    {"ReverseSequence",
     1,
     FAR,
     {{HINGE_FLOAT, 2, {4, MANY}, 0}, {HINGE_INT64, 1, {MANY}, 2}},
     HINGE_FLOAT},
    {"SplitToSequence",
     1,
     1000,
     {{HINGE_FLOAT, 2, {4, 3}, 0}, {HINGE_INT64, 1, {2}, 2}},
     HINGE_NO_TYPE},
    {"NegativeLogLikelihoodLoss",
     1,
     FAR,
     {{HINGE_FLOAT, 2, {4, 3}, 0}, {HINGE_INT64, 1, {4}, 2}},
     HINGE_FLOAT},
    {"SoftmaxCrossEntropyLoss",
     1,
     -FAR,
     {{HINGE_FLOAT, 2, {4, 3}, 0}, {HINGE_INT64, 1, {4}, 2}},
     HINGE_FLOAT},
    {"RotaryEmbedding",
     3,
     FAR,
     {{HINGE_FLOAT, 4, {1, 2, 3, 4}, 0},
      {HINGE_FLOAT, 2, {5, 2}, 0},
      {HINGE_FLOAT, 2, {5, 2}, 0},
      {HINGE_INT64, 2, {1, 3}, 2}},
     HINGE_FLOAT},
    {"EmbedLayerNormalization",
     0,
     1 << 30,
     {{HINGE_INT32, 2, {2, 3}, 2},
      {HINGE_INT32, 2, {2, 3}, 1},
      {HINGE_FLOAT, 2, {5, 4}, 0},
      {HINGE_FLOAT, 2, {5, 4}, 0},
      {HINGE_FLOAT, 2, {5, 4}, 0},
      {HINGE_FLOAT, 1, {4}, 0},
      {HINGE_FLOAT, 1, {4}, 0}},
     HINGE_FLOAT},
};

static void memory_is_safe(void)
{
    void *object = dlopen(BUILT_IN_PLUGINS "/onnx-scalar.so", RTLD_NOW | RTLD_LOCAL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(object);
    const struct hinge_plugin *plugin = dlsym(object, "hinge_plugin");
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        run_example(plugin, &examples[i]);
    dlclose(object);
}

static void change_once(void *user, const hinge_node_event *event)
{
    (void)user;
    (void)event;
    change_indices();
}

/* What shapes are made of is as it was when the run began: infer and run see the same. */
static void small_inputs_are_kept(void)
{
    struct running r = {.model = model_create()};
    model_input(r.model, "x", HINGE_FLOAT, 1, (const int64_t[]){4});
    model_input(r.model, "ends", HINGE_INT64, 1, (const int64_t[]){1});
    model_ints(r.model, "starts", 1, (const int64_t[]){1}, (const int64_t[]){0});
    model_node(r.model, "", "Neg", "x", "z");
    model_node(r.model, "", "Slice", "z starts ends", "y");
    model_output(r.model, "y", HINGE_FLOAT, -1, NULL);
    running_open(&r);
    float x[] = {1, 2, 3, 4};
    int64_t ends = 2;
    hinge_tensor y,
        inputs[] = {floats(4, x), hinge_tensor_over(HINGE_INT64, 1, (const int64_t[]){1}, &ends)};
    change.data = &ends;
    change.count = 1;
    change.size = sizeof ends;
    change.value = 4;
    hinge_run_options options = {.size = sizeof options, .on_node = change_once};
    CU_ASSERT_EQUAL_FATAL(hinge_run(r.context, inputs, 2, &y, 1, &options, &r.error), HINGE_OK);
    check_floats(&y, 2, (const float[]){-1, -2});
    CU_ASSERT_EQUAL(ends, 4);
    running_close(&r);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"memory is safe", memory_is_safe},
                                  {"small inputs are kept", small_inputs_are_kept},
                                  CU_TEST_INFO_NULL};
    return run_tests("changed indices", tests);
}
