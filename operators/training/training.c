#include "operators/training/training.h"

#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/op/values.h"

#define N_LEADING 2 /* inputs R and T */
#define CHUNK 256
#define GRAIN 4096

/* How many tensors are optimized; 0 where the inputs do not come out even. */
static uint32_t n_optimized(const struct hinge_node *node, uint32_t n_states)
{
    const uint32_t n = node->n_inputs - N_LEADING;
    return node->n_inputs <= N_LEADING || n % (2 + n_states) ? 0 : n / (2 + n_states);
}

/* The input that an output is the new value of. */
static uint32_t old_value(uint32_t n, uint32_t output)
{
    return N_LEADING + output + (output < n ? 0 : n);
}

hinge_status training_types(const struct hinge_node *node, const hinge_type_code *inputs,
                            hinge_type_code *outputs, uint32_t n_states)
{
    const uint32_t n = n_optimized(node, n_states);
    if (n == 0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%u inputs are not R, T and groups of %u",
                       (unsigned)node->n_inputs, (unsigned)(2 + n_states));
    if (node->n_outputs > n * (1 + n_states))
        return OP_FAIL(node, HINGE_BAD_MODEL, "%u outputs, more than %u", (unsigned)node->n_outputs,
                       (unsigned)(n * (1 + n_states)));
    for (uint32_t i = N_LEADING; i < node->n_inputs; i++)
        if (!inputs[i])
            return OP_FAIL(node, HINGE_BAD_MODEL, "input %u is left out", (unsigned)i);
    for (uint32_t i = 0; i < node->n_outputs; i++)
        outputs[i] = inputs[old_value(n, i)];
    return HINGE_OK;
}

hinge_status training_infer(const struct hinge_node *node, uint32_t n_states)
{
    const uint32_t n = n_optimized(node, n_states);
    hinge_status status = HINGE_OK;
    for (unsigned i = 0; i < N_LEADING; i++)
        if (hinge_count(node->inputs[i]) != 1)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not one number", i ? "T" : "R");
    for (uint32_t i = n; i < n * (2 + n_states); i++) {
        char text[2][OP_TEXT_SIZE];
        const hinge_tensor *x = node->inputs[N_LEADING + i % n], *y = node->inputs[N_LEADING + i];
        if (!op_same_dims(x, y))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u is %s, what is optimized %s",
                           (unsigned)(N_LEADING + i), op_dims_text(y, text[0]),
                           op_dims_text(x, text[1]));
    }
    for (uint32_t i = 0; i < node->n_outputs && !status; i++)
        status = op_set_dims(node, i, node->inputs[N_LEADING + i % n]->rank,
                             node->inputs[N_LEADING + i % n]->dims);
    return status;
}

double training_rate(const struct hinge_node *node)
{
    double rate;
    convert_to_double(node->inputs[0]->type, &rate, node->inputs[0]->data, 1);
    return rate;
}

int64_t training_count(const struct hinge_node *node)
{
    return *(const int64_t *)node->inputs[1]->data;
}

struct job {
    const struct hinge_node *node;
    training_step *step;
    uint32_t which, n, n_states;
};

static void load(const hinge_tensor *x, int64_t at, int64_t count, double *to)
{
    convert_to_double(x->type, to, (const char *)x->data + hinge_size(x->type, at), count);
}

static void store(hinge_tensor *y, int64_t at, int64_t count, const double *from)
{
    if (y)
        convert_from_double(y->type, (char *)y->data + hinge_size(y->type, at), from, count);
}

static hinge_tensor *output(const struct job *job, uint32_t group)
{
    const uint32_t index = job->which + group * job->n;
    return index < job->node->n_outputs ? job->node->outputs[index] : NULL;
}

static void part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const hinge_tensor *const *inputs = job->node->inputs + N_LEADING + job->which;
    double x[CHUNK], gradient[CHUNK], buffers[TRAINING_MAX_STATES][CHUNK];
    double *const states[TRAINING_MAX_STATES] = {buffers[0], buffers[1]};
    (void)thread;
    for (int64_t at = begin; at < end; at += CHUNK) {
        const int64_t count = min_i64(CHUNK, end - at);
        load(inputs[0], at, count, x);
        load(inputs[job->n], at, count, gradient);
        for (uint32_t s = 0; s < job->n_states; s++)
            load(inputs[(2 + s) * job->n], at, count, states[s]);
        job->step(job->node, x, gradient, states, count);
        store(output(job, 0), at, count, x);
        for (uint32_t s = 0; s < job->n_states; s++)
            store(output(job, 1 + s), at, count, states[s]);
    }
}

hinge_status training_run(const struct hinge_node *node, uint32_t n_states, training_step *step)
{
    struct job job = {
        .node = node, .step = step, .n = n_optimized(node, n_states), .n_states = n_states};
    for (; job.which < job.n; job.which++)
        node->host->parallel(node, hinge_count(node->inputs[N_LEADING + job.which]), GRAIN, part,
                             &job);
    return HINGE_OK;
}
