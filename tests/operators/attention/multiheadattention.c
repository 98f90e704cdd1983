/* MultiHeadAttention of com.microsoft against plain loops in double. */
#include "tests/operators/attention/plain.h"
#include "tests/operators/harness.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { QUERY, KEY, VALUE, BIAS, MASK, ADDED, PAST_KEY, PAST_VALUE, PAST_LENGTH, BEAMS };

struct sizes {
    int64_t batch, length, new_length, heads, size, value_size, kept, past, total, rows;
};

static const hinge_tensor *input(const struct harness_call *call, unsigned k)
{
    return call->n_inputs > k ? call->inputs[k] : NULL;
}

static struct sizes sizes_of(const struct harness_call *call)
{
    const hinge_tensor *q = call->inputs[QUERY], *k = input(call, KEY), *v = input(call, VALUE);
    const hinge_tensor *past = input(call, PAST_KEY), *length = input(call, PAST_LENGTH);
    struct sizes s = {.batch = q->dims[0],
                      .length = q->dims[1],
                      .new_length = q->dims[1],
                      .heads = harness_attr_int(call, "num_heads", 0),
                      .kept = past ? past->dims[2] : 0};
    s.size = q->rank == 5 ? q->dims[4] : q->dims[2] / s.heads;
    s.value_size = !v ? s.size : v->rank == 4 ? v->dims[3] : v->dims[2] / s.heads;
    if (k)
        s.new_length = k->rank == 4 ? k->dims[2] : k->dims[1];
    s.past = length ? harness_get_int(length, 0) : s.kept;
    s.total = s.past + s.new_length;
    s.rows = length ? s.kept : s.total;
    return s;
}

/* Element e of row t of a head of new queries, keys or values (part). */
static double added(const struct harness_call *call, const struct sizes *s, unsigned part,
                    int64_t b, int64_t h, int64_t t, int64_t e)
{
    const hinge_tensor *q = call->inputs[QUERY], *k = input(call, KEY), *bias = input(call, BIAS);
    const int64_t size = part == VALUE ? s->value_size : s->size;
    const int64_t row = (b * (part == QUERY ? s->length : s->new_length) + t) * s->heads + h;
    const double addend = bias && (part == QUERY || !k || k->rank != 4)
                              ? harness_get(bias, (int64_t)part * s->heads * s->size + h * size + e)
                              : 0;
    if (!k)
        return harness_get(q, (row * 3 + (int64_t)part) * size + e) + addend;
    if (part != QUERY && k->rank == 5)
        return harness_get(k, (row * 2 + (int64_t)part - 1) * size + e) + addend;
    if (part != QUERY && k->rank == 4)
        return harness_get(call->inputs[part], ((b * s->heads + h) * s->new_length + t) * size + e);
    return harness_get(call->inputs[part], row * size + e) + addend;
}

/* Row t of all keys or values as batch b has them, or as it reads them. */
static double cached(const struct harness_call *call, const struct sizes *s, unsigned part,
                     int64_t b, int64_t h, int64_t t, int64_t e, bool as_read)
{
    const hinge_tensor *past = input(call, part + PAST_KEY - KEY), *beams = input(call, BEAMS);
    const int64_t size = part == VALUE ? s->value_size : s->size;
    if (t >= s->past && t < s->total)
        return added(call, s, part, b, h, t - s->past, e);
    if (beams && as_read)
        b = b / beams->dims[1] * beams->dims[1] + harness_get_int(beams, b * s->kept + t);
    return harness_get(past, ((b * s->heads + h) * s->kept + t) * size + e);
}

static bool is_masked(const struct harness_call *call, const struct sizes *s, int64_t b, int64_t i,
                      int64_t j)
{
    const hinge_tensor *mask = input(call, MASK);
    if (!mask)
        return false;
    if (mask->rank == 1)
        return j >= harness_get_int(mask, b);
    if (mask->rank == 3)
        return harness_get_int(mask, (b * s->length + i) * s->total + j) <= 0;
    j -= s->total - mask->dims[1];
    return j >= 0 && harness_get_int(mask, b * mask->dims[1] + j) <= 0;
}

static double score(const struct harness_call *call, const struct sizes *s, int64_t b, int64_t h,
                    int64_t i, int64_t j)
{
    const hinge_tensor *more = input(call, ADDED);
    const double scale = (double)harness_attr_float(call, "scale", 0);
    double sum = 0;
    for (int64_t e = 0; e < s->size; e++)
        sum += added(call, s, QUERY, b, h, i, e) * cached(call, s, KEY, b, h, j, e, true);
    sum *= scale != 0 ? scale : 1 / sqrt((double)s->size);
    if (is_masked(call, s, b, i, j))
        sum += (double)harness_attr_float(call, "mask_filter_value", -10000);
    if (more)
        sum += harness_get(
            more, (((more->dims[0] > 1 ? b : 0) * more->dims[1] + (more->dims[1] > 1 ? h : 0)) *
                       s->length +
                   i) * s->total +
                      j);
    return sum;
}

static void attend(struct harness_call *call, const struct sizes *s, int64_t b, int64_t h,
                   int64_t i, double *scores)
{
    const bool causal = harness_attr_int(call, "unidirectional", 0) != 0;
    const int64_t end = causal ? i + 1 + s->total - s->length : s->total;
    double most = -INFINITY, sum = 0;
    for (int64_t j = 0; j < s->total; j++) {
        scores[j] = j < end ? score(call, s, b, h, i, j) : -(double)FLT_MAX;
        most = fmax(most, scores[j]);
        if (call->n_outputs > 3)
            harness_set(call->outputs[3], ((b * s->heads + h) * s->length + i) * s->total + j,
                        scores[j]);
    }
    for (int64_t j = 0; j < end; j++)
        sum += scores[j] = exp(scores[j] - most);
    for (int64_t e = 0; e < s->value_size; e++) {
        double result = 0;
        for (int64_t j = 0; j < end; j++)
            result += scores[j] / sum * cached(call, s, VALUE, b, h, j, e, true);
        harness_set(call->outputs[0], ((b * s->length + i) * s->heads + h) * s->value_size + e,
                    result);
    }
}

static void reference(struct harness_call *call)
{
    const struct sizes s = sizes_of(call);
    const hinge_type type = call->inputs[QUERY]->type;
    const int64_t dims[4][4] = {{s.batch, s.length, s.heads * s.value_size},
                                {s.batch, s.heads, s.rows, s.size},
                                {s.batch, s.heads, s.rows, s.value_size},
                                {s.batch, s.heads, s.length, s.total}};
    double *scores = calloc((size_t)s.total + 1, sizeof *scores);
    if (!scores)
        abort();
    for (unsigned k = 0; k < call->n_outputs; k++)
        harness_output(call, k, type, k ? 4 : 3, dims[k]);
    for (unsigned k = KEY; k <= VALUE && k < call->n_outputs; k++) {
        const int64_t size = k == VALUE ? s.value_size : s.size;
        for (int64_t i = 0; i < s.batch * s.heads * s.rows * size; i++)
            harness_set(call->outputs[k], i,
                        cached(call, &s, k, i / size / s.rows / s.heads,
                               i / size / s.rows % s.heads, i / size % s.rows, i % size, false));
    }
    for (int64_t i = 0; i < s.batch * s.heads * s.length; i++)
        attend(call, &s, i / s.length / s.heads, i / s.length % s.heads, i % s.length, scores);
    free(scores);
}

#define T(...) PLAIN_TENSOR(HARNESS_T, 1, __VA_ARGS__)
#define BITS(...) TENSOR(HINGE_INT32, 0, 1, __VA_ARGS__)
#define INTS(...) LIST(HINGE_INT32, __VA_ARGS__)
/* Two heads of 6 elements. */
#define QKV(batch, length, new_length)                                                             \
    T(batch, length, 12), T(batch, new_length, 12), T(batch, new_length, 12)
#define PAST(batch, rows) T(batch, 2, rows, 6), T(batch, 2, rows, 6)
#define NONE OMITTED
#define TYPES                                                                                      \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16))
#define HEADS ATTR_INT("num_heads", 2)
#define CAUSAL ATTR_INT("unidirectional", 1)
/* Where all keys of a query are masked, a larger filter leaves too few digits of the scores. */
#define SOFT ATTR_FLOAT("mask_filter_value", -3)
#define MHA_OP .op = "MultiHeadAttention", .domain = "com.microsoft", .reference = reference
#define MHA(...)                                                                                   \
    CHECK_OP(MHA_OP, .ulp = 0.51, .absolute = 1e-5, .relative = 1e-5, .types = TYPES, __VA_ARGS__)
#define REFUSED(status, text, ...)                                                                 \
    CHECK_OP(.op = "MultiHeadAttention", .domain = "com.microsoft",                                \
             .types = HARNESS_TYPE(HINGE_FLOAT), .fails = (status), .says = (text), __VA_ARGS__)

static void check_forms(void)
{
    MHA(.attributes = {HEADS}, .inputs = {QKV(2, 5, 7)});
    MHA(.attributes = {HEADS}, .inputs = {T(2, 5, 2, 3, 6)});
    MHA(.attributes = {HEADS}, .n_outputs = 3, .inputs = {T(2, 5, 2, 3, 6)});
    MHA(.attributes = {HEADS, CAUSAL}, .inputs = {T(2, 5, 12), T(2, 7, 2, 2, 6)});
    MHA(.attributes = {HEADS, CAUSAL}, .n_outputs = 3, .inputs = {T(2, 5, 12), T(2, 7, 2, 2, 6)});
    MHA(.attributes = {HEADS}, .inputs = {T(2, 5, 12), T(2, 2, 7, 6), T(2, 2, 7, 3)});
    MHA(.attributes = {HEADS, ATTR_FLOAT("scale", 0.3F)}, .n_outputs = 3,
        .inputs = {T(2, 5, 12), T(2, 2, 7, 6), T(2, 2, 7, 3)});
    MHA(.attributes = {HEADS}, .n_outputs = 3, .inputs = {T(2, 70, 12), T(2, 7, 12), T(2, 7, 20)});
    MHA(.attributes = {HEADS}, .n_outputs = 3, .inputs = {QKV(2, 0, 3)});
    MHA(.attributes = {HEADS}, .n_outputs = 3, .inputs = {QKV(0, 2, 3)});
}

static void check_past(void)
{
    MHA(.attributes = {HEADS, CAUSAL}, .inputs = {QKV(2, 3, 3), NONE, NONE, NONE, PAST(2, 4)});
    MHA(.attributes = {HEADS, CAUSAL}, .n_outputs = 3,
        .inputs = {QKV(2, 3, 3), NONE, NONE, NONE, PAST(2, 4)});
    MHA(.attributes = {HEADS}, .n_outputs = 4,
        .inputs = {QKV(2, 1, 1), NONE, NONE, NONE, PAST(2, 9), INTS(4)});
    MHA(.attributes = {HEADS}, .unwanted = 1 << 2, .n_outputs = 3,
        .inputs = {QKV(2, 2, 3), NONE, NONE, NONE, PAST(2, 9), INTS(6)});
    MHA(.attributes = {HEADS}, .n_outputs = 4,
        .inputs = {QKV(2, 1, 1), NONE, NONE, NONE, PAST(2, 9), CONSTANT_LIST(HINGE_INT32, 0)});
    MHA(.attributes = {HEADS}, .n_outputs = 3,
        .inputs = {QKV(4, 1, 1), NONE, NONE, NONE, PAST(4, 5), INTS(4), BITS(2, 2, 5)});
    MHA(.attributes = {HEADS},
        .inputs = {QKV(4, 2, 2), NONE, NONE, NONE, PAST(4, 5), NONE, BITS(2, 2, 5)});
}

static void check_masks(void)
{
    MHA(.attributes = {HEADS, SOFT}, .n_outputs = 4, .inputs = {QKV(2, 5, 4), NONE, INTS(3, 1)});
    MHA(.attributes = {HEADS, SOFT},
        .inputs = {QKV(2, 5, 4), NONE, INTS(3, -1, 0, 5, 10, 0, 3, 7)});
    MHA(.attributes = {HEADS, SOFT, CAUSAL}, .inputs = {QKV(2, 5, 5), NONE, BITS(2, 5)});
    MHA(.attributes = {HEADS, SOFT}, .n_outputs = 4,
        .inputs = {QKV(2, 5, 3), NONE, BITS(2, 5, 5), T(2, 1, 5, 5), PAST(2, 2)});
    MHA(.attributes = {HEADS, SOFT}, .inputs = {QKV(2, 1, 3), NONE, BITS(2, 3), NONE, PAST(2, 2)});
    MHA(.attributes = {HEADS, SOFT}, .inputs = {QKV(2, 1, 3), NONE, BITS(2, 5), NONE, PAST(2, 2)});
    MHA(.attributes = {HEADS}, .inputs = {QKV(2, 5, 3), NONE, NONE, T(1, 2, 5, 3)});
    MHA(.attributes = {HEADS}, .inputs = {QKV(2, 5, 3), NONE, NONE, T(1, 1, 5, 3)});
    MHA(.attributes = {HEADS, CAUSAL}, .n_outputs = 4, .inputs = {QKV(2, 5, 5)});
}

/* Keys and values with a bias are rounded to their type before they are multiplied. */
static void check_rounded(struct harness_case c)
{
    c.types = HARNESS_TYPE(HINGE_FLOAT);
    c.absolute = c.relative = 1e-5;
    CHECK_CASE(&c);
    c.types = TYPES & ~HARNESS_TYPE(HINGE_FLOAT);
    c.absolute = 0.04;
    CHECK_CASE(&c);
}

#define BIASED(...) check_rounded((struct harness_case){MHA_OP, .attributes = {HEADS}, __VA_ARGS__})

static void check_bias(void)
{
    BIASED(.inputs = {QKV(2, 5, 7), T(36)});
    BIASED(.n_outputs = 3, .inputs = {QKV(2, 5, 7), T(36), NONE, NONE, PAST(2, 2)});
    BIASED(.inputs = {T(2, 5, 12), T(2, 7, 12), T(2, 7, 6), T(30)});
    BIASED(.n_outputs = 3, .inputs = {T(2, 5, 2, 3, 6), NONE, NONE, T(36)});
    BIASED(.inputs = {T(2, 5, 12), T(2, 7, 2, 2, 6), NONE, T(36)});
    BIASED(.inputs = {T(2, 5, 12), T(2, 2, 7, 6), T(2, 2, 7, 6), T(36)});
}

static void check_errors(void)
{
    REFUSED(HINGE_BAD_VALUE, "num_heads is 0", .attributes = {ATTR_INT("num_heads", 0)},
            .inputs = {QKV(2, 3, 3)});
    REFUSED(HINGE_BAD_SHAPE, "query is not batch x length x 5 heads",
            .attributes = {ATTR_INT("num_heads", 5)}, .inputs = {QKV(2, 3, 3)});
    REFUSED(HINGE_BAD_SHAPE, "query is not batch x length x (2 heads x 3 x size)",
            .attributes = {HEADS}, .inputs = {T(2, 3, 36)});
    REFUSED(HINGE_BAD_SHAPE, "key is not of 2 batches and heads of 6 elements",
            .attributes = {HEADS}, .inputs = {T(2, 3, 12), T(2, 3, 14), T(2, 3, 12)});
    REFUSED(HINGE_BAD_SHAPE, "value does not fit key and 2 heads", .attributes = {HEADS},
            .inputs = {T(2, 3, 12), T(2, 3, 12), T(2, 2, 3, 6)});
    REFUSED(HINGE_BAD_SHAPE, "value does not fit key and 2 heads", .attributes = {HEADS},
            .inputs = {T(2, 3, 12), T(2, 3, 12), T(2, 3, 13)});
    REFUSED(HINGE_BAD_SHAPE, "value does not fit key and 2 heads", .attributes = {HEADS},
            .inputs = {T(2, 3, 12), T(2, 3, 2, 2, 6), T(2, 3, 12)});
    REFUSED(HINGE_BAD_SHAPE, "past_key and past_value are not both 2 x 2", .attributes = {HEADS},
            .inputs = {QKV(2, 3, 3), NONE, NONE, NONE, T(2, 2, 3, 6)});
    REFUSED(HINGE_BAD_MODEL, "past_key goes with new keys", .attributes = {HEADS},
            .inputs = {T(2, 3, 12), T(2, 2, 3, 6), T(2, 2, 3, 6), NONE, NONE, NONE, PAST(2, 3)});
    REFUSED(HINGE_BAD_VALUE, "9 rows are no room for 8 and 2", .attributes = {HEADS},
            .inputs = {QKV(2, 2, 2), NONE, NONE, NONE, PAST(2, 9), INTS(8)});
    REFUSED(HINGE_BAD_VALUE, "past_sequence_length is -2", .attributes = {HEADS},
            .inputs = {QKV(2, 2, 2), NONE, NONE, NONE, PAST(2, 9), INTS(-2)});
    REFUSED(HINGE_BAD_SHAPE, "key_padding_mask of rank 1 fits no batch of 2", .attributes = {HEADS},
            .inputs = {QKV(2, 3, 3), NONE, INTS(1, 2, 3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "bias is not a list of 36 values", .attributes = {HEADS},
            .inputs = {QKV(2, 3, 3), T(35)});
    REFUSED(HINGE_BAD_SHAPE, "attention_bias does not broadcast to 2 x 2 x 3 x 4",
            .attributes = {HEADS}, .inputs = {QKV(2, 3, 4), NONE, NONE, T(2, 2, 3, 3)});
    REFUSED(HINGE_BAD_SHAPE, "cache_indirection is not batches x beams, 4 together, x 5",
            .attributes = {HEADS},
            .inputs = {QKV(4, 1, 1), NONE, NONE, NONE, PAST(4, 5), INTS(4), BITS(2, 2, 4)});
}

void test_multiheadattention(void)
{
    check_forms();
    check_past();
    check_masks();
    check_bias();
    check_errors();
    MHA(.bench = true, .attributes = {ATTR_INT("num_heads", 12)},
        .inputs = {T(1, 128, 768), T(1, 128, 768), T(1, 128, 768)});
}
