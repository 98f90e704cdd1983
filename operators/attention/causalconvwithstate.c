/* CausalConvWithState-27: each channel convolved with its own kernel, which reaches back into the
 * past state; with SiLU at the end where the activation says so. The halves are computed in float
 * and rounded once. */
#include "operators/kernels/activation/activation.h"
#include "operators/kernels/half.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"

enum { INPUT, WEIGHT, BIAS, PAST_STATE };
enum { OUTPUT, PRESENT_STATE };

enum { CHUNK = 256 };

static bool is_text(hinge_string s, const char *text)
{
    return s.size == strlen(text) && !memcmp(s.bytes, text, s.size);
}

static bool has_silu(const struct hinge_node *node)
{
    return is_text(node->attributes[0].s, "silu") || is_text(node->attributes[0].s, "swish");
}

static hinge_status init(struct hinge_node *node)
{
    const hinge_string s = node->attributes[0].s;
    if (!has_silu(node) && !is_text(s, "none"))
        return OP_FAIL(node, HINGE_BAD_MODEL, "activation is \"%.*s\", not silu, swish or none",
                       (int)s.size, s.bytes);
    return HINGE_OK;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[INPUT], *w = node->inputs[WEIGHT];
    const hinge_tensor *bias = op_input(node, BIAS), *past = op_input(node, PAST_STATE);
    if (x->rank != 3)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input has rank %d, not 3", (int)x->rank);
    if (w->rank != 3 || w->dims[0] != x->dims[1] || w->dims[1] != 1 || w->dims[2] < 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "weight is not %lld x 1 x a kernel",
                       (long long)x->dims[1]);
    const int64_t state[3] = {x->dims[0], x->dims[1], w->dims[2] - 1};
    if (bias && (bias->rank != 1 || bias->dims[0] != x->dims[1]))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "bias is not of %lld values", (long long)x->dims[1]);
    if (past && (past->rank != 3 || past->dims[0] != state[0] || past->dims[1] != state[1] ||
                 past->dims[2] != state[2]))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "past_state is not %lld x %lld x %lld",
                       (long long)state[0], (long long)state[1], (long long)state[2]);
    hinge_status status = op_set_dims(node, OUTPUT, 3, x->dims);
    return status ? status : op_set_dims(node, PRESENT_STATE, 3, state);
}

/* Floats of a thread: the kernel, what a chunk reads, and what it makes. */
static int64_t thread_count(int64_t kernel)
{
    return round_up(kernel, 16) + round_up(kernel - 1 + CHUNK, 16) + CHUNK;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    const int64_t kernel = node->inputs[WEIGHT]->dims[2];
    int64_t size;
    if (kernel > INT64_MAX / 64 ||
        !op_multiply(thread_count(kernel), (int64_t)(node->n_threads * sizeof(float)), &size))
        return OP_FAIL(node, HINGE_LIMIT, "the kernel is too large");
    *scratch = (size_t)size;
    return HINGE_OK;
}

struct job {
    const struct hinge_node *node;
    hinge_type type;
    int64_t channels, length, kernel;
    struct hinge_activation activation;
};

static void load(hinge_type type, float *to, const void *from, int64_t at, int64_t count)
{
    if (type == HINGE_FLOAT)
        memcpy(to, (const float *)from + at, (size_t)count * sizeof *to);
    else
        half_load(type, to, (const uint16_t *)from + at, count);
}

/* Numbers [first, first + count) of a row's past state and input together. */
static void load_joined(const struct job *job, int64_t row, int64_t first, int64_t count, float *to)
{
    const hinge_tensor *past = op_input(job->node, PAST_STATE);
    const int64_t behind = job->kernel - 1;
    const int64_t n_past = max_i64(min_i64(behind - first, count), 0);
    if (n_past > 0 && past)
        load(job->type, to, past->data, row * behind + first, n_past);
    else
        memset(to, 0, (size_t)n_past * sizeof *to);
    if (n_past < count)
        load(job->type, to + n_past, job->node->inputs[INPUT]->data,
             row * job->length + first + n_past - behind, count - n_past);
}

/* The last elements of past state and input together. */
static void store_state(const struct job *job, int64_t row)
{
    const hinge_tensor *past = op_input(job->node, PAST_STATE);
    const size_t size = hinge_size(job->type, 1);
    const int64_t behind = job->kernel - 1, kept = max_i64(behind - job->length, 0);
    const char *x = (const char *)job->node->inputs[INPUT]->data +
                    (size_t)(row * job->length + job->length - (behind - kept)) * size;
    char *to = (char *)job->node->outputs[PRESENT_STATE]->data + (size_t)(row * behind) * size;
    if (kept > 0 && past)
        memcpy(to, (const char *)past->data + (size_t)(row * behind + behind - kept) * size,
               (size_t)kept * size);
    else
        memset(to, 0, (size_t)kept * size);
    if (kept < behind)
        memcpy(to + (size_t)kept * size, x, (size_t)(behind - kept) * size);
}

static void convolve(const float *x, const float *w, int64_t kernel, float bias, int64_t count,
                     float *restrict y)
{
    for (int64_t i = 0; i < count; i++)
        y[i] = bias;
    for (int64_t k = 0; k < kernel; k++)
        for (int64_t i = 0; i < count; i++)
            y[i] += w[k] * x[i + k];
}

static void rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct hinge_node *node = job->node;
    float *w = (float *)node->scratch + (int64_t)thread * thread_count(job->kernel);
    float *x = w + round_up(job->kernel, 16), *y = x + round_up(job->kernel - 1 + CHUNK, 16);
    for (int64_t row = begin; row < end; row++) {
        const int64_t channel = row % job->channels;
        float bias = 0;
        if (op_input(node, BIAS))
            load(job->type, &bias, node->inputs[BIAS]->data, channel, 1);
        load(job->type, w, node->inputs[WEIGHT]->data, channel * job->kernel, job->kernel);
        for (int64_t i = 0; i < job->length && op_output(node, OUTPUT); i += CHUNK) {
            const int64_t n = min_i64(CHUNK, job->length - i), at = row * job->length + i;
            load_joined(job, row, i, n + job->kernel - 1, x);
            convolve(x, w, job->kernel, bias, n, y);
            if (job->activation.kind != HINGE_ACT_NONE)
                activation_f32(&job->activation, y, y, n);
            if (job->type == HINGE_FLOAT)
                memcpy((float *)node->outputs[OUTPUT]->data + at, y, (size_t)n * sizeof *y);
            else
                half_store(job->type, (uint16_t *)node->outputs[OUTPUT]->data + at, y, n);
        }
        if (op_output(node, PRESENT_STATE))
            store_state(job, row);
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[INPUT];
    struct job job = {.node = node,
                      .type = x->type,
                      .channels = x->dims[1],
                      .length = x->dims[2],
                      .kernel = node->inputs[WEIGHT]->dims[2]};
    if (has_silu(node))
        job.activation = (struct hinge_activation){.kind = HINGE_ACT_SWISH, .alpha = 1};
    node->host->parallel(node, x->dims[0] * x->dims[1],
                         op_grain(16384, min_i64(job.length + 1, 16384) * 4), rows, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "activation", .type = HINGE_ATTR_STRING, .s = "none"}, {.name = NULL}};

const struct hinge_op op_causalconvwithstate[] = {
    {.name = "CausalConvWithState",
     .since = 27,
     .signature = "(input: T, weight: T, bias?: T, past_state?: T) -> "
                  "(output: T, present_state: T); T: float float16 bfloat16",
     .attributes = attributes,
     .init = init,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_FLOAT16, run}, {HINGE_BFLOAT16, run})},
    OP_END,
};
