#include "operators/op/activation.h"

struct job {
    struct hinge_activation activation;
    hinge_type type;
    const void *x;
    void *y;
};

static void run_span(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const int64_t count = end - begin;
    switch ((int)job->type) {
    case HINGE_FLOAT:
        activation_f32(&job->activation, (const float *)job->x + begin, (float *)job->y + begin,
                       count);
        break;
    case HINGE_DOUBLE:
        activation_f64(&job->activation, (const double *)job->x + begin, (double *)job->y + begin,
                       count);
        break;
    case HINGE_FLOAT16:
        activation_f16(&job->activation, (const uint16_t *)job->x + begin,
                       (uint16_t *)job->y + begin, count);
        break;
    case HINGE_BFLOAT16:
        activation_bf16(&job->activation, (const uint16_t *)job->x + begin,
                        (uint16_t *)job->y + begin, count);
        break;
    default: break;
    }
}

hinge_status op_activation_run(const struct hinge_node *node, struct hinge_activation activation)
{
    const hinge_tensor *x = node->inputs[0];
    struct job job = {activation, x->type, x->data, node->outputs[0]->data};
    const int64_t grain =
        activation_is_short(activation.kind) ? OP_ACTIVATION_GRAIN_SHORT : OP_ACTIVATION_GRAIN;
    node->host->parallel(node, hinge_count(x), grain, run_span, &job);
    return HINGE_OK;
}
