/*
 * Operators that behave as their attribute "mistake" says. All compute y = x, so that what they say
 * of themselves can be compared with what they do; a mistake of a run is made only where x[0] is
 * not negative, so that the same context can be seen to be sound after it. Domain "test.plugins".
 */
#include "wrong.h"

#include <hinge/plugin.h>

#include <string.h>

static const struct hinge_attribute_def attributes[] = {{.name = "mistake", .type = HINGE_ATTR_INT},
                                                        {.name = "n", .type = HINGE_ATTR_INT},
                                                        {.name = "dynamic", .type = HINGE_ATTR_INT},
                                                        {.name = "body", .type = HINGE_ATTR_GRAPH},
                                                        {.name = NULL}};

static enum wrong mistake_of(const struct hinge_node *node)
{
    return (enum wrong)node->attributes[0].i;
}

static int64_t number_of(const struct hinge_node *node)
{
    return node->attributes[1].i;
}

static hinge_status status_of(const struct hinge_node *node)
{
    return (hinge_status)number_of(node);
}

static bool is_dynamic(const struct hinge_node *node)
{
    return node->attributes[2].i != 0;
}

static hinge_status init(struct hinge_node *node)
{
    const struct hinge_host *host = node->host;
    hinge_tensor result;
    switch ((int)mistake_of(node)) {
    case INIT_STATUS: return status_of(node);
    case INIT_CALL: return host->call(node, 3, node->inputs, 1, &result, 1);
    case INIT_RELEASE: {
        size_t half = hinge_size(HINGE_FLOAT, hinge_count(node->inputs[1])) / 2;
        for (int i = 0; i < 3; i++) {
            host->release(node, 1, 0, half);
            host->release(node, 1, SIZE_MAX, SIZE_MAX);
            host->release(node, 1, half, SIZE_MAX - 1);
            host->release(node, 0, 0, 4);
            host->release(node, 77, 0, 4);
        }
        return HINGE_OK;
    }
    default: return HINGE_OK;
    }
}

static hinge_status infer(const struct hinge_node *node)
{
    hinge_tensor *y = node->outputs[0];
    const hinge_tensor *x = node->inputs[0];
    int64_t n = number_of(node);
    y->rank = x->rank;
    memcpy(y->dims, x->dims, sizeof x->dims);
    if (is_dynamic(node))
        y->dims[0] = -1;
    switch ((int)mistake_of(node)) {
    case INFER_STATUS: return status_of(node);
    case INFER_TYPE: y->type = (hinge_type)n; break;
    case INFER_RANK: y->rank = (int32_t)n; break;
    case INFER_DIM: y->dims[0] = n; break;
    case INFER_DATA: *y = *x; break;
    case INFER_CONTAINER:
        *y = (hinge_tensor){HINGE_SEQUENCE, 40, {INT64_MAX}, x->data ? x->data : (void *)y};
        break;
    case INFER_NEEDS_DATA: y->rank = (int32_t)n; return HINGE_NEEDS_DATA;
    case INFER_FAIL:
        *y = (hinge_tensor){HINGE_OPTIONAL, 17, {-7}, (void *)y};
        return node->host->fail(node, HINGE_BAD_SHAPE, "no shape is right");
    case INFER_RESIZE: return node->host->resize(node, 0, 1, &n);
    default: break;
    }
    return HINGE_OK;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    int64_t n = number_of(node);
    switch ((int)mistake_of(node)) {
    case PREPARE_STATUS: return status_of(node);
    case PREPARE_SCRATCH: *scratch = (size_t)n; break;
    case PREPARE_ALLOC: return node->host->alloc(node, (size_t)n) ? HINGE_OK : HINGE_NO_MEMORY;
    case PREPARE_RESIZE: return node->host->resize(node, 0, 1, &n);
    default: break;
    }
    return HINGE_OK;
}

static hinge_status copy(const struct hinge_node *node)
{
    hinge_tensor *y = node->outputs[0];
    const hinge_tensor *x = node->inputs[0];
    if (is_dynamic(node)) {
        hinge_status status = node->host->resize(node, 0, x->rank, x->dims);
        if (status)
            return status;
    }
    if (y->data != x->data && hinge_count(x))
        memcpy(y->data, x->data, hinge_size(x->type, hinge_count(x)));
    return HINGE_OK;
}

static void add_items(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    int64_t *sums = argument;
    sums[thread] += end - begin;
}

static hinge_status run_parallel(const struct hinge_node *node)
{
    int64_t sums[64] = {0}, sum = 0, n = number_of(node);
    static const int64_t grains[] = {0, -1, INT64_MIN, INT64_MAX, 1};
    for (size_t g = 0; g < sizeof grains / sizeof grains[0]; g++) {
        memset(sums, 0, sizeof sums);
        sum = 0;
        node->host->parallel(node, n, grains[g], add_items, sums);
        for (int t = 0; t < 64; t++)
            sum += sums[t];
        if (sum != (n < 0 ? 0 : n))
            return node->host->fail(node, HINGE_BAD_VALUE, "%lld items", (long long)sum);
    }
    return copy(node);
}

/* Resizes to 2, writes, resizes to n, which may not move what fits. */
static hinge_status resize_twice(const struct hinge_node *node)
{
    int64_t two = 2, n = number_of(node);
    const float *x = node->inputs[0]->data;
    hinge_status status = node->host->resize(node, 0, 1, &two);
    if (status)
        return status;
    memcpy(node->outputs[0]->data, x, 2 * sizeof *x);
    status = node->host->resize(node, 0, 1, &n);
    float *y = node->outputs[0]->data;
    for (int64_t i = 2; i < n && !status; i++)
        y[i] = x[i];
    return status;
}

static hinge_status resize_wrongly(const struct hinge_node *node)
{
    int64_t n = number_of(node), dims[32] = {0};
    switch ((int)mistake_of(node)) {
    case RUN_RESIZE_RANK: return node->host->resize(node, 0, (int32_t)n, dims);
    case RUN_RESIZE_DIM: return node->host->resize(node, 0, 1, &n);
    case RUN_RESIZE_OUTPUT: return node->host->resize(node, (unsigned)n, 1, dims);
    case RUN_RESIZE_IGNORED: (void)node->host->resize(node, (unsigned)n, 1, dims); break;
    case RUN_RESIZE_TWICE: return resize_twice(node);
    case RUN_RESIZE_HUGE: dims[0] = INT64_MAX; return node->host->resize(node, 0, 1, dims);
    default: break;
    }
    return copy(node);
}

static hinge_status set_by_hand(const struct hinge_node *node)
{
    hinge_tensor *y = node->outputs[0];
    hinge_status status = copy(node);
    switch ((int)mistake_of(node)) {
    case RUN_SETS_DATA: y->data = node->inputs[0]->data; break;
    case RUN_SETS_DIMS: y->dims[0] = 1 << 20; break;
    case RUN_SETS_RANK: y->rank = 40; break;
    case RUN_SETS_TYPE: y->type = HINGE_DOUBLE; break;
    default: break;
    }
    return status;
}

static hinge_status run(const struct hinge_node *node)
{
    const struct hinge_host *host = node->host;
    if (!(*(const float *)node->inputs[0]->data >= 0))
        return copy(node);
    hinge_type_code code = HINGE_FLOAT;
    switch ((int)mistake_of(node)) {
    case RUN_STATUS: return status_of(node);
    case RUN_FAIL: return host->fail(node, status_of(node), "the reason is %d", 42);
    case RUN_FAIL_IGNORED: (void)host->fail(node, HINGE_BAD_VALUE, "the reason is %d", 42); break;
    case RUN_NO_RESIZE: return HINGE_OK;
    case RUN_RESIZE_RANK:
    case RUN_RESIZE_DIM:
    case RUN_RESIZE_OUTPUT:
    case RUN_RESIZE_IGNORED:
    case RUN_RESIZE_TWICE:
    case RUN_RESIZE_HUGE: return resize_wrongly(node);
    case RUN_ALLOC:
        if (host->alloc(node, 8))
            return host->fail(node, HINGE_BAD_VALUE, "there was memory");
        break;
    case RUN_RELEASE: host->release(node, 1, 0, 4); break;
    case RUN_SETS_DATA:
    case RUN_SETS_DIMS:
    case RUN_SETS_RANK:
    case RUN_SETS_TYPE: return set_by_hand(node);
    case RUN_ELEMENTS:
        return host->elements(node, node->outputs[0], HINGE_SEQUENCE, 1) ? HINGE_OK
                                                                         : HINGE_NO_MEMORY;
    case RUN_TENSOR: return host->tensor(node, node->outputs[0], HINGE_FLOAT, 0, NULL);
    case RUN_SHARE: return host->share(node, node->outputs[0], node->inputs[0]);
    case RUN_PARALLEL: return run_parallel(node);
    case RUN_GRAPH_TYPES: return host->graph_types(node, 3, &code, 1, &code, 1);
    default: break;
    }
    return copy(node);
}

static hinge_status types(const struct hinge_node *node, const hinge_type_code *inputs,
                          hinge_type_code *outputs)
{
    static const hinge_type_code nonsense = 0x99;
    outputs[1] = HINGE_FLOAT;
    switch ((int)mistake_of(node)) {
    case TYPES_STATUS: return status_of(node);
    case TYPES_CODE: outputs[1] = (hinge_type_code)number_of(node); break;
    case TYPES_NOTHING: outputs[1] = 0; break;
    case TYPES_KNOWN: outputs[0] = HINGE_INT8; break;
    case TYPES_GRAPH:
        return node->host->graph_types(node, (unsigned)number_of(node), inputs, 1, outputs + 1, 1);
    case TYPES_GRAPH_CODE: return node->host->graph_types(node, 3, &nonsense, 1, outputs + 1, 1);
    default: break;
    }
    return HINGE_OK;
}

/* y is x, z whatever. */
static hinge_status pair_infer(const struct hinge_node *node)
{
    for (int i = 0; i < 2; i++) {
        node->outputs[i]->rank = 1;
        node->outputs[i]->dims[0] = node->inputs[0]->dims[0];
    }
    return HINGE_OK;
}

static hinge_status pair(const struct hinge_node *node)
{
    size_t size = hinge_size(HINGE_FLOAT, hinge_count(node->inputs[0]));
    memcpy(node->outputs[0]->data, node->inputs[0]->data, size);
    memset(node->outputs[1]->data, 0,
           hinge_size(node->outputs[1]->type, hinge_count(node->outputs[1])));
    return HINGE_OK;
}

/* A sequence of x, twice. */
static hinge_status fill(const struct hinge_node *node, hinge_tensor *elements, int n)
{
    hinge_status status = HINGE_OK;
    for (int i = 0; i < n && !status; i++)
        status = node->host->share(node, &elements[i], node->inputs[0]);
    return status;
}

static hinge_status share_wrongly(const struct hinge_node *node, hinge_tensor *elements)
{
    const struct hinge_host *host = node->host;
    hinge_tensor *y = node->outputs[0], *inner;
    switch ((int)mistake_of(node)) {
    case SEQUENCE_SHARE_UNFILLED: return host->share(node, &elements[0], &elements[1]);
    case SEQUENCE_SHARE_NULL: return host->share(node, &elements[0], NULL);
    case SEQUENCE_SHARE_SELF:
        if (number_of(node) && fill(node, elements, 2))
            return HINGE_NO_MEMORY;
        return host->share(node, &elements[0], y);
    case SEQUENCE_SHARE_TENSOR: return host->share(node, y, node->inputs[0]);
    case SEQUENCE_SHARE_OTHER:
        /* y becomes a sequence of sequences, each filled as it should be. */
        for (int i = 0; i < 2; i++) {
            inner = host->elements(node, &elements[i], HINGE_SEQUENCE, 1);
            if (!inner || fill(node, inner, 1))
                return HINGE_NO_MEMORY;
        }
        return HINGE_OK;
    default: return HINGE_OK;
    }
}

static hinge_status make_wrongly(const struct hinge_node *node, hinge_tensor *elements)
{
    const struct hinge_host *host = node->host;
    hinge_tensor *y = node->outputs[0], local = {.data = NULL};
    int64_t n = number_of(node), dims[32] = {0};
    switch ((int)mistake_of(node)) {
    case SEQUENCE_UNFILLED: return fill(node, elements, 1);
    case SEQUENCE_TENSOR_TYPE: return host->tensor(node, &elements[0], (hinge_type)n, 0, NULL);
    case SEQUENCE_TENSOR_RANK:
        return host->tensor(node, &elements[0], HINGE_FLOAT, (int32_t)n, dims);
    case SEQUENCE_TENSOR_DIM: return host->tensor(node, &elements[0], HINGE_FLOAT, 1, &n);
    case SEQUENCE_TENSOR_WHOLE: return host->tensor(node, y, HINGE_FLOAT, 0, NULL);
    case SEQUENCE_RESIZE: return host->resize(node, 0, 1, &n);
    case SEQUENCE_BY_HAND: elements[0] = elements[1] = *node->inputs[0]; return HINGE_OK;
    case SEQUENCE_LOCAL: return host->share(node, &local, node->inputs[0]);
    case SEQUENCE_OTHER_TYPE:
        for (int i = 0; i < 2; i++)
            if (host->tensor(node, &elements[i], HINGE_INT64, 1, (int64_t[]){0}))
                return HINGE_NO_MEMORY;
        return HINGE_OK;
    case SEQUENCE_OTHER_DIMS:
        if (fill(node, elements, 2))
            return HINGE_NO_MEMORY;
        elements[1].dims[0] = 1 << 30;
        return HINGE_OK;
    case SEQUENCE_OTHER_LENGTH:
        if (fill(node, elements, 2))
            return HINGE_NO_MEMORY;
        y->dims[0] = 1 << 30;
        return HINGE_OK;
    case SEQUENCE_TWICE:
        if (fill(node, elements, 2))
            return HINGE_NO_MEMORY;
        elements = host->elements(node, y, HINGE_SEQUENCE, 2);
        return elements ? fill(node, elements, 2) : HINGE_NO_MEMORY;
    default: return share_wrongly(node, elements);
    }
}

static hinge_status sequence(const struct hinge_node *node)
{
    const struct hinge_host *host = node->host;
    bool wrong = *(const float *)node->inputs[0]->data >= 0;
    enum wrong mistake = wrong ? mistake_of(node) : WRONG_NOTHING;
    if (mistake == SEQUENCE_NOTHING)
        return HINGE_OK;
    hinge_tensor *elements =
        host->elements(node, node->outputs[0],
                       mistake == SEQUENCE_TYPE ? (hinge_type)number_of(node) : HINGE_SEQUENCE,
                       mistake == SEQUENCE_LENGTH ? number_of(node) : 2);
    if (!elements)
        return HINGE_NO_MEMORY;
    return mistake == WRONG_NOTHING ? fill(node, elements, 2) : make_wrongly(node, elements);
}

static hinge_status unknown(const struct hinge_node *node)
{
    (void)node;
    return HINGE_OK;
}

/* y is what the body makes of x. */
static hinge_status call(const struct hinge_node *node)
{
    const struct hinge_host *host = node->host;
    const hinge_tensor *lists[2] = {node->inputs[0], node->inputs[0]};
    hinge_tensor changed = *node->inputs[0], results[3];
    bool wrong = *(const float *)node->inputs[0]->data >= 0;
    uint32_t n_inputs = 1, n_outputs = 1;
    unsigned attribute = 3;
    switch (wrong ? (int)mistake_of(node) : 0) {
    case CALL_COUNTS:
        n_inputs = number_of(node) & 1 ? 2 : 1;
        n_outputs = number_of(node) & 2 ? 3 : 1;
        break;
    case CALL_NULL: lists[0] = NULL; break;
    case CALL_NULL_LISTS:
        return host->call(node, 3, number_of(node) ? lists : NULL, 1,
                          number_of(node) ? NULL : results, 1);
    case CALL_ATTRIBUTE: attribute = (unsigned)number_of(node); break;
    case CALL_UNKNOWN:
        changed.dims[0] = number_of(node);
        lists[0] = &changed;
        break;
    case CALL_TYPE:
        changed.type = (hinge_type)number_of(node);
        lists[0] = &changed;
        break;
    case CALL_NO_DATA:
        changed.data = NULL;
        lists[0] = &changed;
        break;
    case CALL_IGNORED: (void)host->call(node, 0, lists, 1, results, 1); return HINGE_OK;
    default: break;
    }
    hinge_status status = host->call(node, attribute, lists, n_inputs, results, n_outputs);
    return status ? status : host->share(node, node->outputs[0], &results[0]);
}

/* Activations, linear and affine operators, identities that they are not */

static void row(const struct hinge_activation *activation, const float *x, float *y, int64_t count)
{
    (void)activation;
    memmove(y, x, (size_t)count * sizeof *x);
}

static void activation(const struct hinge_node *node, struct hinge_activation *said)
{
    int kind = mistake_of(node) == ACTIVATION_KIND ? (int)number_of(node) : HINGE_ACT_RELU;
    memcpy(&said->kind, &kind, sizeof said->kind);
}

static bool linear(const struct hinge_node *node, struct hinge_linear *said)
{
    int64_t n = number_of(node);
    *said = (struct hinge_linear){.weight = 1, .bias = 2, .axis = 1, .n_groups = 1};
    switch ((int)mistake_of(node)) {
    case LINEAR_WEIGHT: said->weight = (uint8_t)n; break;
    case LINEAR_BIAS: said->bias = (uint8_t)n; break;
    case LINEAR_WEIGHT_AXIS: said->weight_axis = (uint8_t)n; break;
    case LINEAR_AXIS: said->axis = (int8_t)n; break;
    case LINEAR_GROUPS:
        said->n_groups = n;
        said->weight_axis = 1;
        break;
    default: break;
    }
    return true;
}

static bool affine(const struct hinge_node *node, int32_t rank, int32_t axis, int64_t n_channels,
                   float *scale, float *shift, unsigned *input)
{
    (void)rank, (void)axis;
    for (int64_t c = 0; c < n_channels; c++) {
        scale[c] = 1;
        shift[c] = 0;
    }
    *input = mistake_of(node) == AFFINE_INPUT ? (unsigned)number_of(node) : 0;
    return true;
}

static bool always(const struct hinge_node *node)
{
    (void)node;
    return true;
}

static hinge_status flat(const struct hinge_node *node)
{
    node->outputs[0]->rank = 1;
    node->outputs[0]->dims[0] = 1;
    for (int32_t d = 0; d < node->inputs[0]->rank; d++)
        node->outputs[0]->dims[0] *= node->inputs[0]->dims[d];
    return HINGE_OK;
}

/* int8 of float */
static hinge_status narrow(const struct hinge_node *node)
{
    const float *x = node->inputs[0]->data;
    int8_t *y = node->outputs[0]->data;
    for (int64_t i = 0; i < hinge_count(node->inputs[0]); i++)
        y[i] = (int8_t)x[i];
    return HINGE_OK;
}

/* A float that comes from nowhere */
static hinge_status source_infer(const struct hinge_node *node)
{
    node->outputs[0]->rank = 0;
    return HINGE_OK;
}

static hinge_status source(const struct hinge_node *node)
{
    *(float *)node->outputs[0]->data = 5;
    return HINGE_OK;
}

#define ONE "(x: T, w?: T, b?: T) -> (y: T); T: float"
#define OP(op_name, its_signature)                                                                 \
    .name = op_name, .domain = "test.plugins", .since = 1, .signature = its_signature,             \
    .attributes = attributes
#define LIES .activation = activation, .row = row, .affine = affine, .is_identity = always

static const struct hinge_op ops[] = {
    {OP("Wrong", ONE), .init = init, .infer = infer, .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run})},
    {OP("WrongPair", "(x: T) -> (y: T, z: V); T: float; V: float int64"), .types = types,
     .infer = pair_infer, .kernels = HINGE_KERNELS({HINGE_FLOAT, pair})},
    {OP("WrongSequence", "(x: T) -> (y: seq(T)); T: float"), .init = init, .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, sequence})},
    {OP("WrongCall", ONE), .init = init, .infer = unknown,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, call})},
    {OP("WrongActivation", ONE), .activation = activation, .row = row,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, copy})},
    {OP("WrongRowless", ONE), .activation = activation,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, copy})},
    {OP("WrongLinear", ONE), .flags = HINGE_OP_ABSORBS_ACTIVATION | HINGE_OP_ABSORBS_ADDEND,
     .linear = linear, .kernels = HINGE_KERNELS({HINGE_FLOAT, copy})},
    {OP("WrongAffine", ONE), .affine = affine, .kernels = HINGE_KERNELS({HINGE_FLOAT, copy})},
    {OP("WrongFlat", ONE), .infer = flat, LIES, .kernels = HINGE_KERNELS({HINGE_FLOAT, copy})},
    {OP("WrongNarrow", "(x: T, c?: T) -> (y: int8); T: float"), LIES, .flags = HINGE_OP_SUM,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, narrow})},
    {OP("WrongSource", "() -> (y: float)"), LIES, .infer = source_infer,
     .flags = HINGE_OP_SUM | HINGE_OP_NONDETERMINISTIC | HINGE_OP_VIEW | HINGE_OP_IN_PLACE,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, source})},
    {OP("WrongEnd", "(x: T) -> (); T: float"), LIES, .flags = HINGE_OP_SUM,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, copy})},
    {.name = NULL}};

HINGE_PLUGIN("wrong", "1", 0, ops);
