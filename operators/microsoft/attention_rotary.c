/* The rotary embedding of Attention and QAttention (do_rotary), as ONNX Runtime's CUDA kernels have
 * it: the first elements of queries and keys are turned in pairs half of them apart, pair i of n at
 * a position by position / 10000^(i / n); the first new position is that behind the past. */
#include "operators/microsoft/attention_node.h"

#include <math.h>

static void fill_angles(const struct attention_sizes *s, float *cosine, float *sine)
{
    for (int64_t i = 0; i < s->pairs; i++) {
        const double each = pow(10000, -(double)i / (double)s->pairs);
        for (int64_t t = 0; t < s->sequence; t++) {
            const double angle = (double)(s->past + t) * each;
            cosine[t * s->pairs + i] = (float)cos(angle);
            sine[t * s->pairs + i] = (float)sin(angle);
        }
    }
}

void attention_open_turn(const struct attention_sizes *s, float *angles,
                         struct attention_turn *turn)
{
    const int64_t count = s->sequence * s->pairs;
    float *sine = angles + count;
    fill_angles(s, angles, sine);
    *turn = (struct attention_turn){
        .cosine = {HINGE_FLOAT, 2, {s->sequence, s->pairs}, angles},
        .sine = {HINGE_FLOAT, 2, {s->sequence, s->pairs}, sine},
        .first = {HINGE_INT64, 0, {0}, &turn->zero},
        .turn = {.cosine = &turn->cosine,
                 .sine = &turn->sine,
                 .n_rows = s->sequence,
                 .pairs = s->pairs,
                 .positions = &turn->first,
                 .which = HEADS_BEHIND_FIRST},
    };
}

struct attention_matrix attention_place_turned(const struct attention_sizes *s, struct heads *heads,
                                               float *to)
{
    if (!heads->turn)
        return heads->from;
    heads->to = heads_cache(HINGE_FLOAT, to, s->heads, s->sequence, s->head);
    heads_place(heads);
    return heads->to;
}
