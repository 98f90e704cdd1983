/* Built from the first header of ABI 2, in abi2/include, which never changes: operators that use
 * every hook and every service that it has. Domain "test.plugins". */
#include <hinge/plugin.h>

#include <stdio.h>
#include <string.h>

static hinge_status like_input(const struct hinge_node *node)
{
    node->outputs[0]->rank = node->inputs[0]->rank;
    memcpy(node->outputs[0]->dims, node->inputs[0]->dims, sizeof node->inputs[0]->dims);
    return HINGE_OK;
}

static hinge_status unknown(const struct hinge_node *node)
{
    node->outputs[0]->rank = -1;
    return HINGE_OK;
}

/* AbiScale(x, w, b): y = act(x w[c] + b[c] + addend) for x of (N, C, L). Linear in x. */
static float activate(const struct hinge_activation *activation, float x)
{
    if (activation->kind == HINGE_ACT_NONE)
        return x;
    if (activation->kind == HINGE_ACT_RELU)
        return x > 0 ? x : 0;
    activation->row(activation, &x, &x, 1);
    return x;
}

static hinge_status scale(const struct hinge_node *node)
{
    const struct hinge_epilogue *epilogue = node->epilogue;
    const float *x = node->inputs[0]->data, *w = node->inputs[1]->data;
    const float *b = node->n_inputs > 2 && node->inputs[2] ? node->inputs[2]->data : NULL;
    const float *addend = epilogue->addend ? node->inputs[epilogue->addend]->data : NULL;
    float *y = node->outputs[0]->data;
    int64_t n_channels = node->inputs[0]->dims[1], length = node->inputs[0]->dims[2];
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++) {
        int64_t c = i / length % n_channels;
        float sum = x[i] * w[c] + (b ? b[c] : 0) + (addend ? addend[i] : 0);
        y[i] = activate(epilogue->activation, sum);
    }
    return HINGE_OK;
}

static bool scale_linear(const struct hinge_node *node, struct hinge_linear *linear)
{
    (void)node;
    *linear = (struct hinge_linear){.weight = 1, .bias = 2, .axis = 1, .n_groups = 1};
    return true;
}

/* AbiShift(x): y = 2 x + 3 */
static hinge_status shift(const struct hinge_node *node)
{
    const float *x = node->inputs[0]->data;
    float *y = node->outputs[0]->data;
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++)
        y[i] = 2 * x[i] + 3;
    return HINGE_OK;
}

static bool shift_affine(const struct hinge_node *node, int32_t rank, int32_t axis,
                         int64_t n_channels, float *scales, float *shifts, unsigned *input)
{
    (void)node, (void)rank, (void)axis;
    for (int64_t c = 0; c < n_channels; c++) {
        scales[c] = 2;
        shifts[c] = 3;
    }
    *input = 0;
    return true;
}

/* AbiCube(x; alpha): y = alpha x^3. AbiNew is the same with a kind that only a later header
 * names, AbiRowless with such a kind and no row. */
static const struct hinge_attribute_def cube_attributes[] = {
    {.name = "alpha", .type = HINGE_ATTR_FLOAT, .f = 1}, {.name = NULL}};

static void cube_row(const struct hinge_activation *activation, const float *x, float *y,
                     int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = activation->alpha * x[i] * x[i] * x[i];
}

static void cube_derivative(const struct hinge_activation *activation, const float *x, float *y,
                            int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = 3 * activation->alpha * x[i] * x[i];
}

static void cube_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    activation->kind = HINGE_ACT_OWN;
    activation->alpha = node->attributes[0].f;
}

static void new_activation(const struct hinge_node *node, struct hinge_activation *activation)
{
    int kind = 0x7000;
    memcpy(&activation->kind, &kind, sizeof activation->kind);
    activation->alpha = node->attributes[0].f;
}

static hinge_status cube(const struct hinge_node *node)
{
    struct hinge_activation activation = {.alpha = node->attributes[0].f};
    cube_row(&activation, node->inputs[0]->data, node->outputs[0]->data,
             hinge_count(node->inputs[0]));
    return HINGE_OK;
}

/* AbiPack(x, w): y = x w for w of one element, which init keeps and releases; by way of scratch
 * memory, in parallel, with what prepare left. */
struct packed {
    const float *x, *w;
    float *scratch, *y;
};

static hinge_status pack_init(struct hinge_node *node)
{
    if (!node->inputs[1]->data)
        return node->host->fail(node, HINGE_UNSUPPORTED, "w is not constant");
    node->state = node->host->alloc(node, sizeof(float));
    if (!node->state)
        return HINGE_NO_MEMORY;
    memcpy(node->state, node->inputs[1]->data, sizeof(float));
    node->host->release(node, 1, 0, sizeof(float));
    node->host->log(node, HINGE_LOG_INFO, "packed %d", 1);
    return HINGE_OK;
}

static void pack_fini(struct hinge_node *node)
{
    *(float *)node->state = 0;
}

static hinge_status pack_prepare(struct hinge_node *node, size_t *scratch)
{
    node->prepared = node->host->alloc(node, sizeof(int64_t));
    if (!node->prepared)
        return HINGE_NO_MEMORY;
    *(int64_t *)node->prepared = hinge_count(node->inputs[0]);
    *scratch = hinge_size(HINGE_FLOAT, hinge_count(node->inputs[0]));
    return HINGE_OK;
}

static void pack_task(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct packed *packed = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        packed->scratch[i] = packed->x[i];
        packed->y[i] = packed->scratch[i] * *packed->w;
    }
}

static hinge_status pack(const struct hinge_node *node)
{
    struct packed packed = {node->inputs[0]->data, node->state, node->scratch,
                            node->outputs[0]->data};
    node->host->parallel(node, *(const int64_t *)node->prepared, 1, pack_task, &packed);
    return HINGE_OK;
}

/* AbiWords(x): each element in words, made in parallel. */
static void words_task(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const float *x = node->inputs[0]->data;
    hinge_string *y = node->outputs[0]->data;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        char *bytes = node->host->alloc_string(node, 16);
        y[i] = (hinge_string){bytes, bytes ? (size_t)snprintf(bytes, 16, "%g", (double)x[i]) : 0};
    }
}

static hinge_status words(const struct hinge_node *node)
{
    node->host->parallel(node, hinge_count(node->inputs[0]), 1, words_task,
                         (void *)(uintptr_t)node);
    return HINGE_OK;
}

/* AbiPositive(x): the positive elements. */
static hinge_status positive(const struct hinge_node *node)
{
    const float *x = node->inputs[0]->data;
    int64_t n = 0;
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++)
        n += x[i] > 0;
    hinge_status status = node->host->resize(node, 0, 1, &n);
    float *y = node->outputs[0]->data;
    for (int64_t i = 0; i < hinge_count(node->inputs[0]) && !status; i++)
        if (x[i] > 0)
            *y++ = x[i];
    return status;
}

/* AbiTwice(x): a sequence of x and of a scalar 7. */
static hinge_status twice(const struct hinge_node *node)
{
    const struct hinge_host *host = node->host;
    hinge_tensor *elements = host->elements(node, node->outputs[0], HINGE_SEQUENCE, 2);
    if (!elements)
        return HINGE_NO_MEMORY;
    hinge_status status = host->share(node, &elements[0], node->inputs[0]);
    if (!status)
        status = host->tensor(node, &elements[1], HINGE_FLOAT, 0, NULL);
    if (!status)
        *(float *)elements[1].data = 7;
    return status;
}

/* AbiCall(x; body): the body applied twice. */
static const struct hinge_attribute_def call_attributes[] = {
    {.name = "body", .type = HINGE_ATTR_GRAPH, .required = true}, {.name = NULL}};

static hinge_status call_types(const struct hinge_node *node, const hinge_type_code *inputs,
                               hinge_type_code *outputs)
{
    if (node->attributes[0].graph.n_inputs != 1 || node->attributes[0].graph.n_outputs != 1)
        return node->host->fail(node, HINGE_BAD_MODEL, "the body is of another arity");
    return node->host->graph_types(node, 0, inputs, 1, outputs, 1);
}

static hinge_status call(const struct hinge_node *node)
{
    hinge_tensor result, again;
    const hinge_tensor *first = &result;
    hinge_status status = node->host->call(node, 0, node->inputs, 1, &result, 1);
    if (!status)
        status = node->host->call(node, 0, &first, 1, &again, 1);
    return status ? status : node->host->share(node, node->outputs[0], &again);
}

/* AbiFirst(x, n): the first n elements, n known or not. */
static hinge_status first_infer(const struct hinge_node *node)
{
    if (!node->inputs[1]->data)
        return HINGE_NEEDS_DATA;
    int64_t n = *(const int64_t *)node->inputs[1]->data;
    if (n < 0 || n > hinge_count(node->inputs[0]))
        return node->host->fail(node, HINGE_BAD_VALUE, "there are no %lld elements", (long long)n);
    node->outputs[0]->rank = 1;
    node->outputs[0]->dims[0] = n;
    return HINGE_OK;
}

static hinge_status first(const struct hinge_node *node)
{
    size_t size = hinge_size(HINGE_FLOAT, hinge_count(node->outputs[0]));
    if (size)
        memcpy(node->outputs[0]->data, node->inputs[0]->data, size);
    return HINGE_OK;
}

/* AbiSame(x): x, as is_identity says. */
static hinge_status same(const struct hinge_node *node)
{
    memcpy(node->outputs[0]->data, node->inputs[0]->data,
           hinge_size(HINGE_FLOAT, hinge_count(node->inputs[0])));
    return HINGE_OK;
}

static bool always(const struct hinge_node *node)
{
    (void)node;
    return true;
}

#define UNKNOWN_FLAGS 0xffff0000u
#define OP(op_name, its_signature)                                                                 \
    .name = op_name, .domain = "test.plugins", .since = 1, .signature = its_signature

static const struct hinge_op activations[] = {
    {OP("AbiCube", "(x: T) -> (y: T); T: float"), .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .attributes = cube_attributes, .activation = cube_activation, .row = cube_row,
     .derivative = cube_derivative, .kernels = HINGE_KERNELS({HINGE_FLOAT, cube})},
    {OP("AbiNew", "(x: T) -> (y: T); T: float"), .flags = UNKNOWN_FLAGS | HINGE_OP_IN_PLACE,
     .attributes = cube_attributes, .activation = new_activation, .row = cube_row,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, cube})},
    {OP("AbiRowless", "(x: T) -> (y: T); T: float"), .attributes = cube_attributes,
     .activation = new_activation, .kernels = HINGE_KERNELS({HINGE_FLOAT, cube})},
    {.name = NULL}};

static const struct hinge_op others[] = {
    {OP("AbiScale", "(x: T, w: T, b?: T) -> (y: T); T: float"),
     .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND, .infer = like_input,
     .linear = scale_linear, .kernels = HINGE_KERNELS({HINGE_FLOAT, scale})},
    {OP("AbiShift", "(x: T) -> (y: T); T: float"), .flags = HINGE_OP_IN_PLACE,
     .affine = shift_affine, .kernels = HINGE_KERNELS({HINGE_FLOAT, shift})},
    {OP("AbiPack", "(x: T, w: T) -> (y: T); T: float"), .init = pack_init, .fini = pack_fini,
     .prepare = pack_prepare, .kernels = HINGE_KERNELS({HINGE_FLOAT, pack})},
    {OP("AbiWords", "(x: float) -> (y: string)"), .kernels = HINGE_KERNELS({HINGE_NO_TYPE, words})},
    {OP("AbiPositive", "(x: T) -> (y: T); T: float"), .infer = unknown,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, positive})},
    {OP("AbiTwice", "(x: T) -> (y: seq(T)); T: float"),
     .kernels = HINGE_KERNELS({HINGE_FLOAT, twice})},
    {OP("AbiCall", "(x: T) -> (y: V); T: float; V: float double"), .attributes = call_attributes,
     .types = call_types, .infer = unknown, .kernels = HINGE_KERNELS({HINGE_FLOAT, call})},
    {OP("AbiFirst", "(x: T, n: int64) -> (y: T); T: float"), .infer = first_infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, first})},
    {OP("AbiSame", "(x: T) -> (y: T); T: float"), .is_identity = always,
     .kernels = HINGE_KERNELS({HINGE_DOUBLE, same}, {HINGE_FLOAT, same})},
    {.name = NULL}};

HINGE_PLUGIN("abi2", "1", 0, activations, others);
