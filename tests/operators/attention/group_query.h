/* GroupQueryAttention of com.microsoft in plain loops in double. */
#ifndef TESTS_OPERATORS_ATTENTION_GROUP_QUERY_H
#define TESTS_OPERATORS_ATTENTION_GROUP_QUERY_H

#include "tests/operators/attention/quantized.h"
#include "tests/operators/harness.h"

#include <math.h>
#include <stdlib.h>

enum { QUERY, KEY, VALUE, PAST_KEY, PAST_VALUE, SEQLENS, TOTAL, COS, SIN, POSITIONS, BIAS, SINK };
enum { K_SCALE = 12, V_SCALE, Q_NORM, K_NORM };

struct sizes {
    int64_t batch, length, heads, kv_heads, size, past, total, rows;
    int64_t window; /* of a cache of a window; 0: it is none */
    int64_t bits;   /* of a number in the caches; 0: they are not quantized */
    bool prompt;
};

static const hinge_tensor *input(const struct harness_call *call, unsigned k)
{
    return call->n_inputs > k ? call->inputs[k] : NULL;
}

static struct sizes sizes_of(const struct harness_call *call)
{
    const hinge_tensor *q = call->inputs[QUERY], *past = input(call, PAST_KEY);
    struct sizes s = {.batch = q->dims[0],
                      .length = q->dims[1],
                      .heads = harness_attr_int(call, "num_heads", 0),
                      .kv_heads = harness_attr_int(call, "kv_num_heads", 0),
                      .past = past ? past->dims[2] : 0,
                      .total = harness_get_int(call->inputs[TOTAL], 0)};
    s.bits = harness_attr_int(call, "kv_cache_bit_width", 0);
    s.size = q->dims[2] / (s.heads + (input(call, KEY) ? 0 : 2 * s.kv_heads));
    if (harness_attr_int(call, "sliding_window_cache", 0))
        s.window = harness_attr_int(call, "local_window_size", 0);
    s.rows = s.total > s.past ? s.total : s.past;
    s.rows = s.window ? s.past + s.length : s.rows;
    s.prompt = s.total == s.length;
    return s;
}

static int64_t valid_of(const struct harness_call *call, int64_t b)
{
    return harness_get_int(call->inputs[SEQLENS], b) + 1;
}

/* Positions before the new ones. */
static int64_t before(const struct harness_call *call, const struct sizes *s, int64_t b)
{
    return s->prompt ? 0 : valid_of(call, b) - s->length;
}

/* Of total positions, how many a cache has: one by one, each that finds it full first takes away
 * what the window does not reach any more. */
static int64_t resident(const struct sizes *s, int64_t total)
{
    int64_t n = 0;
    for (int64_t i = 0; i < total; i++)
        n = (s->window && n == s->past ? s->window - 1 : n) + 1;
    return n;
}

static int64_t offset_of(const struct harness_call *call, const struct sizes *s, int64_t b)
{
    return resident(s, before(call, s, b));
}

/* Row t of a head of new queries, keys or values (part), normalized and turned. */
static void new_row(const struct harness_call *call, const struct sizes *s, unsigned part,
                    int64_t b, int64_t h, int64_t t, double *row)
{
    const hinge_tensor *x = call->inputs[QUERY], *cosine = input(call, COS);
    const hinge_tensor *norm = input(call, part == QUERY ? Q_NORM : K_NORM);
    const hinge_tensor *positions = input(call, POSITIONS);
    int64_t at = h * s->size;
    double sum = 0;
    if (input(call, KEY))
        x = call->inputs[part];
    else
        at += (part == QUERY ? 0 : s->heads + (part == VALUE ? s->kv_heads : 0)) * s->size;
    for (int64_t e = 0; e < s->size; e++) {
        row[e] = harness_get(x, (b * s->length + t) * x->dims[2] + at + e);
        sum += row[e] * row[e];
    }
    if (part == VALUE)
        return;
    sum = sqrt(sum / (double)s->size + (double)harness_attr_float(call, "qk_norm_epsilon", 1e-6F));
    for (int64_t e = 0; norm && e < s->size; e++)
        row[e] *= harness_get(norm, e) / sum;
    if (!harness_attr_int(call, "do_rotary", 0))
        return;
    const int64_t pairs = cosine->dims[1];
    const bool together = harness_attr_int(call, "rotary_interleaved", 0) != 0;
    const int64_t position = !positions  ? before(call, s, b) + t
                             : s->prompt ? harness_get_int(positions, 0) + t
                                         : harness_get_int(positions, b * s->length + t);
    for (int64_t p = 0; p < pairs; p++) {
        const double c = harness_get(cosine, position * pairs + p);
        const double d = harness_get(call->inputs[SIN], position * pairs + p);
        double *first = row + (together ? 2 * p : p), *second = first + (together ? 1 : pairs);
        const double a = *first;
        *first = a * c - *second * d;
        *second = a * d + *second * c;
    }
}

/* All keys or values of a head, rows x size. */
static void cache(struct harness_call *call, const struct sizes *s, unsigned part, int64_t b,
                  int64_t h, double *to)
{
    const hinge_tensor *past = input(call, part + PAST_KEY - KEY);
    const int64_t offset = offset_of(call, s, b);
    const hinge_tensor *scales = input(call, part + K_SCALE - KEY);
    const int64_t first_past = (b * s->kv_heads + h) * s->past * s->size;
    for (int64_t i = 0; i < s->rows * s->size; i++)
        if (i >= offset * s->size)
            to[i] = 0;
        else if (s->bits)
            to[i] = quantized_scale(scales, h, s->size, i % s->size) *
                    quantized_get(past, s->bits, first_past + i);
        else
            to[i] = harness_get(past, first_past + i);
    for (int64_t t = 0; t < s->length; t++) {
        double *row = to + (offset + t) * s->size;
        new_row(call, s, part, b, h, t, row);
        if (s->bits)
            quantized_round(row, s->size, s->bits, scales, h);
    }
    const int64_t kept = resident(s, valid_of(call, b));
    const int64_t first = s->window ? offset + valid_of(call, b) - before(call, s, b) - kept : 0;
    const int64_t rows = s->window ? s->past : s->rows;
    const int64_t at = (b * s->kv_heads + h) * rows * s->size;
    for (int64_t i = 0; call->n_outputs > part && i < rows * s->size; i++)
        if (!s->bits)
            harness_set(call->outputs[part], at + i,
                        s->window && i >= kept * s->size ? 0 : to[first * s->size + i]);
        else /* what has no row is the byte 0 */
            quantized_set(call->outputs[part], s->bits, at + i,
                          i < (offset + s->length) * s->size
                              ? (int)rint(to[i] / quantized_scale(scales, h, s->size, i % s->size))
                          : s->bits == 4 ? -8
                                         : 0);
}

static double score(const struct harness_call *call, const struct sizes *s, int64_t b, int64_t h,
                    int64_t t, int64_t j, double product)
{
    const hinge_tensor *bias = input(call, BIAS);
    const double scale = (double)harness_attr_float(call, "scale", 0);
    const double softcap = (double)harness_attr_float(call, "softcap", 0);
    double sum = product * (scale != 0 ? scale : 1 / sqrt((double)s->size));
    if (softcap > 0)
        sum = softcap * tanh(sum / softcap);
    if (bias)
        sum += harness_get(
            bias, (((bias->dims[0] > 1 ? b : 0) * bias->dims[1] + (bias->dims[1] > 1 ? h : 0)) *
                       s->length +
                   t) * s->total +
                      j + before(call, s, b) - offset_of(call, s, b));
    return sum;
}

/* A query's row of the output, and of the scores. */
static void attend(struct harness_call *call, const struct sizes *s, int64_t b, int64_t h,
                   int64_t t, const double *keys, const double *values, double *work)
{
    const int64_t window = harness_attr_int(call, "local_window_size", -1);
    const int64_t mode = harness_attr_int(call, "qk_output", 0);
    const int64_t at = offset_of(call, s, b) + t,
                  valid = valid_of(call, b) - before(call, s, b) + offset_of(call, s, b);
    const bool causal = harness_attr_int(call, "causal", 1) != 0, sinks = input(call, SINK) != NULL;
    const bool smooth = harness_attr_int(call, "smooth_softmax", 0) != 0;
    const double sink = sinks ? harness_get(call->inputs[SINK], h) : 0;
    const int64_t end = causal && at + 1 < valid ? at + 1 : valid;
    const int64_t begin = window < 0 || at + 1 < window ? 0 : at + 1 - window;
    double *q = work, *scores = work + s->size;
    double most = sinks || smooth ? sink : -INFINITY, sum = 0;
    new_row(call, s, QUERY, b, h, t, q);
    for (int64_t j = begin; j < end; j++) {
        scores[j] = 0;
        for (int64_t e = 0; e < s->size; e++)
            scores[j] += q[e] * keys[j * s->size + e];
        scores[j] = score(call, s, b, h, t, j, scores[j]);
        most = fmax(most, scores[j]);
    }
    const int64_t row = ((b * s->heads + h) * s->length + t) * s->total;
    for (int64_t j = begin; mode == 1 && call->n_outputs > 3 && j < end; j++)
        harness_set(call->outputs[3], row + j, scores[j]);
    sum = sinks || smooth ? exp(sink - most) : 0;
    for (int64_t j = begin; j < end; j++)
        sum += scores[j] = exp(scores[j] - most);
    for (int64_t j = begin; mode == 2 && call->n_outputs > 3 && j < end; j++)
        harness_set(call->outputs[3], row + j, scores[j] / sum);
    for (int64_t e = 0; e < s->size; e++) {
        double result = 0;
        for (int64_t j = begin; j < end; j++)
            result += scores[j] / sum * values[j * s->size + e];
        harness_set(call->outputs[0], ((b * s->length + t) * s->heads + h) * s->size + e, result);
    }
}

static void reference(struct harness_call *call)
{
    const struct sizes s = sizes_of(call);
    const hinge_type type = call->inputs[QUERY]->type;
    const int64_t y[] = {s.batch, s.length, s.heads * s.size};
    const int64_t present[] = {s.batch, s.kv_heads, s.window ? s.past : s.rows,
                               s.bits == 4 ? s.size / 2 : s.size};
    const hinge_type cached = s.bits == 4 ? HINGE_UINT8 : s.bits ? HINGE_INT8 : type;
    const int64_t scores[] = {s.batch, s.heads, s.length, s.total};
    const size_t count = (size_t)(s.rows * s.size + s.rows + s.size) + 1;
    double *keys = calloc(count, sizeof *keys), *values = calloc(count, sizeof *values);
    double *work = calloc(count, sizeof *work);
    if (!keys || !values || !work)
        abort();
    harness_output(call, 0, type, 3, y);
    for (unsigned k = 1; k < call->n_outputs; k++)
        harness_output(call, k, k < 3 ? cached : type, 4, k < 3 ? present : scores);
    for (int64_t i = 0; i < s.batch * s.heads; i++) {
        const int64_t b = i / s.heads, h = i % s.heads, group = s.heads / s.kv_heads;
        cache(call, &s, KEY, b, h / group, keys);
        cache(call, &s, VALUE, b, h / group, values);
        for (int64_t t = 0; t < s.length; t++)
            attend(call, &s, b, h, t, keys, values, work);
    }
    free(keys);
    free(values);
    free(work);
}

#endif
