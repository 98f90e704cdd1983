/* Operators that make a planner's cases plain: in place, view, shape from data, shape after the
 * run, failure. Domain "test.plugins", float only. */
#include <hinge/plugin.h>

#include <stdatomic.h>
#include <string.h>

static int64_t size_of(const hinge_tensor *tensor)
{
    return hinge_count(tensor) * (int64_t)sizeof(float);
}

/* y = x + 1 */
static hinge_status increment(const struct hinge_node *node)
{
    const float *x = node->inputs[0]->data;
    float *y = node->outputs[0]->data;
    int64_t count = hinge_count(node->inputs[0]);
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] + 1;
    return HINGE_OK;
}

/* y = a - b, of one shape */
static hinge_status subtract(const struct hinge_node *node)
{
    const float *a = node->inputs[0]->data, *b = node->inputs[1]->data;
    float *y = node->outputs[0]->data;
    int64_t count = hinge_count(node->inputs[0]);
    for (int64_t i = 0; i < count; i++)
        y[i] = a[i] - b[i];
    return HINGE_OK;
}

/* x in one dimension */
static hinge_status flat_infer(const struct hinge_node *node)
{
    *node->outputs[0] =
        (hinge_tensor){node->inputs[0]->type, 1, {hinge_count(node->inputs[0])}, NULL};
    return HINGE_OK;
}

static hinge_status copy(const struct hinge_node *node)
{
    if (node->outputs[0]->data != node->inputs[0]->data && hinge_count(node->inputs[0]))
        memcpy(node->outputs[0]->data, node->inputs[0]->data, (size_t)size_of(node->inputs[0]));
    return HINGE_OK;
}

/* The first n elements of x, n being the value of the second input's only element */
static hinge_status first_infer(const struct hinge_node *node)
{
    if (!node->inputs[1]->data)
        return HINGE_NEEDS_DATA;
    float n = *(const float *)node->inputs[1]->data;
    if (!(n >= 0 && n <= (float)hinge_count(node->inputs[0])))
        return node->host->fail(node, HINGE_BAD_VALUE, "there are no %g elements", (double)n);
    *node->outputs[0] = (hinge_tensor){HINGE_FLOAT, 1, {(int64_t)n}, NULL};
    return HINGE_OK;
}

static hinge_status first(const struct hinge_node *node)
{
    if (hinge_count(node->outputs[0]))
        memcpy(node->outputs[0]->data, node->inputs[0]->data, (size_t)size_of(node->outputs[0]));
    return HINGE_OK;
}

/* The positive elements of x, however many there are */
static hinge_status positive_infer(const struct hinge_node *node)
{
    *node->outputs[0] = (hinge_tensor){HINGE_FLOAT, 1, {-1}, NULL};
    return HINGE_OK;
}

static hinge_status positive(const struct hinge_node *node)
{
    const float *x = node->inputs[0]->data;
    int64_t count = hinge_count(node->inputs[0]), n = 0;
    for (int64_t i = 0; i < count; i++)
        n += x[i] > 0;
    hinge_status status = node->host->resize(node, 0, 1, &n);
    if (status)
        return status;
    float *y = node->outputs[0]->data;
    for (int64_t i = 0; i < count; i++)
        if (x[i] > 0)
            *y++ = x[i];
    return HINGE_OK;
}

static hinge_status fail(const struct hinge_node *node)
{
    return node->host->fail(node, HINGE_BAD_VALUE, "the answer is %d", 42);
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    *scratch = (size_t)size_of(node->inputs[0]);
    return HINGE_OK;
}

/* x backwards, by way of scratch memory, with state from init */
static hinge_status reverse_init(struct hinge_node *node)
{
    node->state = node->host->alloc(node, sizeof(float));
    if (!node->state)
        return HINGE_NO_MEMORY;
    *(float *)node->state = 1;
    return HINGE_OK;
}

static hinge_status reverse(const struct hinge_node *node)
{
    float *buffer = node->scratch, *y = node->outputs[0]->data;
    int64_t count = hinge_count(node->inputs[0]);
    if (count)
        memcpy(buffer, node->inputs[0]->data, (size_t)size_of(node->inputs[0]));
    for (int64_t i = 0; i < count; i++)
        y[i] = buffer[count - 1 - i] * *(const float *)node->state;
    return HINGE_OK;
}

/* How often infer and prepare were asked, by whatever model; infer looks at the second input. */
static atomic_int n_inferred, n_prepared;

static hinge_status asked_infer(const struct hinge_node *node)
{
    atomic_fetch_add(&n_inferred, 1);
    if (!node->inputs[1]->data)
        return HINGE_NEEDS_DATA;
    *node->outputs[0] = (hinge_tensor){HINGE_FLOAT, 1, {2}, NULL};
    return HINGE_OK;
}

static hinge_status asked_prepare(struct hinge_node *node, size_t *scratch)
{
    atomic_fetch_add(&n_prepared, 1);
    node->prepared = node->host->alloc(node, sizeof(float));
    *scratch = 0;
    if (!node->prepared)
        return HINGE_NO_MEMORY;
    *(float *)node->prepared = (float)atomic_load(&n_prepared);
    return HINGE_OK;
}

static hinge_status asked(const struct hinge_node *node)
{
    float *y = node->outputs[0]->data;
    y[0] = (float)atomic_load(&n_inferred);
    y[1] = *(const float *)node->prepared;
    return HINGE_OK;
}

#define ONE "(x: T) -> (y: T); T: float"
#define TWO "(a: T, b: T) -> (y: T); T: float"
#define OP(op_name, its_signature)                                                                 \
    .name = op_name, .domain = "test.plugins", .since = 1, .signature = its_signature

static const struct hinge_op ops[] = {
    {OP("Increment", ONE), .flags = HINGE_OP_IN_PLACE,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, increment})},
    {OP("Subtract", TWO), .flags = HINGE_OP_IN_PLACE,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, subtract})},
    {OP("Flat", ONE), .flags = HINGE_OP_VIEW, .infer = flat_infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, copy})},
    {OP("First", TWO), .infer = first_infer, .kernels = HINGE_KERNELS({HINGE_FLOAT, first})},
    {OP("Positive", ONE), .infer = positive_infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, positive})},
    {OP("Fail", ONE), .kernels = HINGE_KERNELS({HINGE_FLOAT, fail})},
    {OP("Asked", TWO), .infer = asked_infer, .prepare = asked_prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, asked})},
    {OP("Reverse", ONE), .init = reverse_init, .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, reverse})},
    {.name = NULL},
};

HINGE_PLUGIN("steps", "1", 0, ops);
