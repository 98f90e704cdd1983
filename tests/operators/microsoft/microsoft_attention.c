/* Attention of com.microsoft against plain loops in double. */
#include "tests/operators/harness.h"
#include "tests/operators/microsoft/rotary.h"

#include <math.h>
#include <stdlib.h>

enum { INPUT, WEIGHTS, BIAS, MASK, PAST, ADDED, PAST_LENGTH };

struct sizes {
    int64_t batch, sequence, kept, past, total, rows;
    int64_t heads, hidden, value_hidden, width, head, value_head;
};

static const hinge_tensor *input(const struct harness_call *call, unsigned k)
{
    return call->n_inputs > k ? call->inputs[k] : NULL;
}

static struct sizes sizes_of(const struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[INPUT], *past = input(call, PAST);
    const struct harness_attribute *given = harness_attr(call, "qkv_hidden_sizes");
    struct sizes s = {.batch = x->dims[0],
                      .sequence = x->dims[1],
                      .kept = past ? past->dims[3] : 0,
                      .heads = harness_attr_int(call, "num_heads", 1),
                      .width = call->inputs[WEIGHTS]->dims[1]};
    const bool shares = harness_attr_int(call, "past_present_share_buffer", 0) != 0;
    s.past = shares ? harness_get_int(call->inputs[PAST_LENGTH], 0) : s.kept;
    s.total = s.past + s.sequence;
    s.rows = shares ? s.kept : s.total;
    s.hidden = given ? given->ints[0] : s.width / 3;
    s.value_hidden = given ? given->ints[2] : s.width / 3;
    s.head = s.hidden / s.heads;
    s.value_head = s.value_hidden / s.heads;
    return s;
}

static double projected(const struct harness_call *call, int64_t row, int64_t column)
{
    const hinge_tensor *x = call->inputs[INPUT], *w = call->inputs[WEIGHTS];
    double sum = input(call, BIAS) ? harness_get(call->inputs[BIAS], column) : 0;
    for (int64_t k = 0; k < x->dims[2]; k++)
        sum += harness_get(x, row * x->dims[2] + k) * harness_get(w, k * w->dims[1] + column);
    return sum;
}

/* Element i of a head of queries, keys or values (part). */
static double element(const struct harness_call *call, const struct sizes *s, int part, int64_t b,
                      int64_t h, int64_t t, int64_t i)
{
    const int64_t row = b * s->sequence + t, n = part == 2 ? 0 : rotary_pairs(call, s->head);
    const int64_t column = part * s->hidden + h * (part == 2 ? s->value_head : s->head);
    if (i >= 2 * n)
        return projected(call, row, column + i);
    return rotary_turned(projected(call, row, column + i % n),
                         projected(call, row, column + i % n + n), i >= n, i % n, n, s->past + t);
}

static bool is_masked(const hinge_tensor *mask, const struct sizes *s, int64_t b, int64_t q,
                      int64_t m)
{
    if (!mask || (mask->rank == 2 && mask->dims[1] == 1))
        return false;
    switch (mask->rank) {
    case 1:
        return m >= harness_get_int(mask, b) ||
               (mask->dims[0] == 2 * s->batch && m < harness_get_int(mask, s->batch + b));
    case 2: return harness_get_int(mask, b * s->total + m) <= 0;
    case 3: return harness_get_int(mask, (b * s->sequence + q) * s->total + m) <= 0;
    default:
        return harness_get_int(mask, (b * mask->dims[2] + s->past + q) * mask->dims[3] + m) <= 0;
    }
}

/* Keys (kind 0) or values of a head, rows x size. */
static void read_head(const struct harness_call *call, const struct sizes *s, int kind, int64_t b,
                      int64_t h, double *to)
{
    const hinge_tensor *past = input(call, PAST);
    const int64_t size = kind ? s->value_head : s->head;
    for (int64_t t = 0; t < s->rows; t++)
        for (int64_t i = 0; i < size; i++)
            to[t * size + i] =
                t < s->past || t >= s->total
                    ? harness_get(past,
                                  (((kind * s->batch + b) * s->heads + h) * s->kept + t) * size + i)
                    : element(call, s, kind + 1, b, h, t - s->past, i);
}

static double score(const struct harness_call *call, const struct sizes *s, int64_t b, int64_t h,
                    int64_t q, int64_t m, const double *query, const double *key)
{
    const hinge_tensor *added = input(call, ADDED);
    const double scale = (double)harness_attr_float(call, "scale", 0);
    const double filter = (double)harness_attr_float(call, "mask_filter_value", -10000);
    double sum = 0;
    for (int64_t i = 0; i < s->head; i++)
        sum += query[i] * key[i];
    sum *= scale != 0 ? scale : 1 / sqrt((double)s->head);
    if (is_masked(input(call, MASK), s, b, q, m))
        sum += filter;
    if (added)
        sum += harness_get(
            added, (((added->dims[0] > 1 ? b : 0) * added->dims[1] + (added->dims[1] > 1 ? h : 0)) *
                        s->sequence +
                    q) * s->total +
                       m);
    return sum;
}

static void attend(struct harness_call *call, const struct sizes *s, int64_t b, int64_t h)
{
    double *keys = calloc((size_t)(s->rows * s->head + 1), sizeof *keys);
    double *values = calloc((size_t)(s->rows * s->value_head + 1), sizeof *values);
    double *scores = calloc((size_t)s->total + 1, sizeof *scores);
    double *query = calloc((size_t)s->head + 1, sizeof *query);
    if (!keys || !values || !scores || !query)
        abort();
    read_head(call, s, 0, b, h, keys);
    read_head(call, s, 1, b, h, values);
    for (int64_t q = 0; q < s->sequence; q++) {
        const bool causal = harness_attr_int(call, "unidirectional", 0) != 0;
        const int64_t seen = causal ? s->past + q + 1 : s->total;
        double most = -INFINITY, sum = 0;
        for (int64_t i = 0; i < s->head; i++)
            query[i] = element(call, s, 0, b, h, q, i);
        for (int64_t m = 0; m < seen; m++) {
            scores[m] = score(call, s, b, h, q, m, query, keys + m * s->head);
            most = fmax(most, scores[m]);
        }
        for (int64_t m = 0; m < seen; m++)
            sum += scores[m] = exp(scores[m] - most);
        for (int64_t i = 0; i < s->value_head; i++) {
            double result = 0;
            for (int64_t m = 0; m < seen; m++)
                result += scores[m] / sum * values[m * s->value_head + i];
            harness_set(call->outputs[0],
                        (b * s->sequence + q) * s->value_hidden + h * s->value_head + i, result);
        }
    }
    for (int64_t i = 0; call->n_outputs > 1 && i < s->rows * s->head; i++) {
        const int64_t at = (b * s->heads + h) * s->rows * s->head + i;
        harness_set(call->outputs[1], at, keys[i]);
        harness_set(call->outputs[1], s->batch * s->heads * s->rows * s->head + at, values[i]);
    }
    free(keys);
    free(values);
    free(scores);
    free(query);
}

static void reference(struct harness_call *call)
{
    const struct sizes s = sizes_of(call);
    const int64_t dims[] = {s.batch, s.sequence, s.value_hidden};
    const int64_t present[] = {2, s.batch, s.heads, s.rows, s.head};
    harness_output(call, 0, call->inputs[INPUT]->type, 3, dims);
    if (call->n_outputs > 1)
        harness_output(call, 1, call->inputs[INPUT]->type, 5, present);
    for (int64_t i = 0; i < s.batch * s.heads; i++)
        attend(call, &s, i / s.heads, i % s.heads);
}

#define RANDOM(type_, constant_, ...)                                                              \
    {                                                                                              \
        .type = (type_), .low = -1, .high = 1, .dims = {__VA_ARGS__}, .constant = (constant_),     \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define T(...) RANDOM(HARNESS_T, false, __VA_ARGS__)
#define F(...) RANDOM(HINGE_FLOAT, false, __VA_ARGS__)
#define W(...) RANDOM(HARNESS_T, true, __VA_ARGS__)
#define INTS(low, high, ...) TENSOR(HINGE_INT32, low, high, __VA_ARGS__)
#define TYPES                                                                                      \
    (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16))
#define HEADS(n) ATTR_INT("num_heads", n)
#define ATTENTION(...)                                                                             \
    CHECK_OP(.op = "Attention", .domain = "com.microsoft", .reference = reference, .ulp = 0.51,    \
             .absolute = 1e-5, .relative = 1e-5, __VA_ARGS__)

/* Where all keys of a query are masked, a larger filter leaves too few digits of the scores. */
#define SOFT ATTR_FLOAT("mask_filter_value", -3)

static void check_masks(void)
{
    ATTENTION(.attributes = {HEADS(2)},
              .inputs = {F(2, 5, 6), F(6, 24), F(24), LIST(HINGE_INT32, 3, 5)});
    ATTENTION(.attributes = {HEADS(2), SOFT},
              .inputs = {F(2, 5, 6), F(6, 24), F(24), LIST(HINGE_INT32, 3, 5, 1, 2)});
    ATTENTION(.attributes = {HEADS(2), SOFT},
              .inputs = {F(2, 5, 6), F(6, 24), F(24), LIST(HINGE_INT32, 3, -5, 4, 99)});
    ATTENTION(.attributes = {HEADS(2), SOFT},
              .inputs = {F(2, 5, 6), F(6, 24), F(24), LIST(HINGE_INT32, 3, -5, 0, 5, 10, 0, 5, 8)});
    ATTENTION(.attributes = {HEADS(2), SOFT},
              .inputs = {F(2, 5, 6), F(6, 24), F(24), INTS(0, 0, 2, 1)});
    ATTENTION(.attributes = {HEADS(2), SOFT},
              .inputs = {F(2, 5, 6), F(6, 24), F(24), INTS(0, 0, 1, 1)});
    ATTENTION(.attributes = {HEADS(2), SOFT, ATTR_INT("unidirectional", 1)},
              .inputs = {F(2, 5, 6), F(6, 24), F(24), INTS(0, 1, 2, 5)});
    ATTENTION(.attributes = {HEADS(2), SOFT},
              .inputs = {F(2, 5, 6), F(6, 24), F(24), INTS(0, 1, 2, 5, 8), F(2, 2, 2, 3, 4)});
    ATTENTION(.attributes = {HEADS(2), SOFT},
              .inputs = {F(2, 5, 6), F(6, 24), F(24), INTS(0, 1, 2, 1, 9, 10), F(2, 2, 2, 3, 4)});
}

#define SHARED ATTR_INT("past_present_share_buffer", 1)

static void check_shared(void)
{
    ATTENTION(.types = TYPES, .n_outputs = 2,
              .attributes = {HEADS(2), SHARED, ATTR_INT("unidirectional", 1)},
              .inputs = {T(2, 2, 6), T(6, 24), T(24), OMITTED, T(2, 2, 2, 9, 4), T(1, 2, 2, 6),
                         LIST(HINGE_INT32, 4)});
    ATTENTION(.attributes = {HEADS(2), SHARED, SOFT},
              .inputs = {F(2, 2, 6), F(6, 24), OMITTED, INTS(0, 1, 2, 6), F(2, 2, 2, 6, 4), OMITTED,
                         CONSTANT_LIST(HINGE_INT32, 4)});
}

#define ROTARY(dim) ATTR_INT("do_rotary", 1), ATTR_INT("rotary_embedding_dim", dim)

static void check_rotary(void)
{
    ATTENTION(.types = TYPES, .attributes = {HEADS(2), ATTR_INT("do_rotary", 1)},
              .inputs = {T(2, 5, 6), T(6, 24), T(24)});
    ATTENTION(.n_outputs = 2, .attributes = {HEADS(2), ROTARY(2), ATTR_INT("unidirectional", 1)},
              .inputs = {F(2, 3, 6), F(6, 24), F(24), OMITTED, F(2, 2, 2, 6, 4)});
    ATTENTION(.attributes = {HEADS(2), ROTARY(4), ATTR_INTS("qkv_hidden_sizes", 12, 12, 4)},
              .inputs = {F(1, 4, 6), F(6, 28)});
    ATTENTION(.n_outputs = 2, .attributes = {HEADS(2), SHARED, ROTARY(0)},
              .inputs = {F(2, 1, 6), F(6, 24), F(24), OMITTED, F(2, 2, 2, 9, 4), OMITTED,
                         LIST(HINGE_INT32, 4)});
}

static void check_errors(void)
{
    ATTENTION(.attributes = {HEADS(5)}, .inputs = {F(2, 5, 6), F(6, 24)}, .fails = HINGE_BAD_SHAPE,
              .says = "24 columns of weights are not queries, keys and values of 5 heads");
    ATTENTION(.attributes = {HEADS(0)}, .inputs = {F(2, 5, 6), F(6, 24)}, .fails = HINGE_BAD_VALUE,
              .says = "num_heads is 0");
    ATTENTION(.attributes = {HEADS(2), ATTR_INTS("qkv_hidden_sizes", 8, 6, 8)},
              .inputs = {F(2, 5, 6), F(6, 24)}, .fails = HINGE_BAD_VALUE,
              .says = "qkv_hidden_sizes are not three, the first two alike");
    ATTENTION(.attributes = {HEADS(2)}, .inputs = {F(2, 5, 7), F(6, 24)}, .fails = HINGE_BAD_SHAPE,
              .says = "as many values as weights have rows");
    ATTENTION(.attributes = {HEADS(2)}, .inputs = {F(2, 5, 6), F(6, 24), F(23)},
              .fails = HINGE_BAD_SHAPE, .says = "bias is not a list of 24 values");
    ATTENTION(.attributes = {HEADS(2)},
              .inputs = {F(2, 5, 6), F(6, 24), OMITTED, LIST(HINGE_INT32, 1, 2, 3)},
              .fails = HINGE_BAD_SHAPE, .says = "mask_index of rank 1 fits no batch of 2");
    ATTENTION(.attributes = {HEADS(2)},
              .inputs = {F(2, 5, 6), F(6, 24), OMITTED, OMITTED, F(2, 2, 3, 4, 4)},
              .fails = HINGE_BAD_SHAPE, .says = "past is not 2 x 2 x 2 x past x 4");
    ATTENTION(.attributes = {HEADS(2)},
              .inputs = {F(2, 5, 6), F(6, 24), OMITTED, OMITTED, OMITTED, F(2, 2, 5, 4)},
              .fails = HINGE_BAD_SHAPE,
              .says = "attention_bias does not broadcast to 2 x 2 x 5 x 5");
    ATTENTION(.attributes = {HEADS(2), ATTR_INTS("qkv_hidden_sizes", 8, 8, 4)}, .n_outputs = 2,
              .inputs = {F(2, 5, 6), F(6, 20)}, .fails = HINGE_BAD_SHAPE,
              .says = "keys of 4 elements and values of 2 with a past");
    ATTENTION(.attributes = {HEADS(2), ROTARY(3)}, .inputs = {F(2, 5, 6), F(6, 24)},
              .fails = HINGE_BAD_VALUE, .says = "3 of 4 elements of a head cannot be turned");
    ATTENTION(.attributes = {HEADS(2), ROTARY(6)}, .inputs = {F(2, 5, 6), F(6, 24)},
              .fails = HINGE_BAD_VALUE, .says = "6 of 4 elements of a head cannot be turned");
    ATTENTION(.attributes = {HEADS(2), SHARED}, .inputs = {F(2, 5, 6), F(6, 24)},
              .fails = HINGE_BAD_MODEL, .says = "goes with past and past_sequence_length");
    ATTENTION(.attributes = {HEADS(2), SHARED},
              .inputs = {F(2, 2, 6), F(6, 24), OMITTED, OMITTED, F(2, 2, 2, 5, 4), OMITTED,
                         LIST(HINGE_INT32, 4)},
              .fails = HINGE_BAD_VALUE, .says = "5 rows are no room for 4 and 2");
    ATTENTION(.attributes = {HEADS(2), SHARED},
              .inputs = {F(2, 2, 6), F(6, 24), OMITTED, OMITTED, F(2, 2, 2, 5, 4), OMITTED,
                         LIST(HINGE_INT32, -4)},
              .fails = HINGE_BAD_VALUE, .says = "past_sequence_length is -4");
}

void test_microsoft_attention(void)
{
    ATTENTION(.types = TYPES, .attributes = {HEADS(2)}, .inputs = {T(2, 7, 6), W(6, 24), W(24)});
    ATTENTION(.types = TYPES, .attributes = {HEADS(3), ATTR_FLOAT("scale", 0.3F)},
              .inputs = {T(1, 70, 20), W(20, 54)});
    ATTENTION(.types = TYPES, .n_outputs = 2,
              .attributes = {HEADS(2), ATTR_INT("unidirectional", 1)},
              .inputs = {T(2, 5, 6), T(6, 24), T(24), OMITTED, T(2, 2, 2, 3, 4)});
    ATTENTION(.types = TYPES, .n_outputs = 2, .attributes = {HEADS(2)},
              .inputs = {T(2, 0, 6), T(6, 24), T(24), OMITTED, T(2, 2, 2, 3, 4)});
    ATTENTION(.types = TYPES, .n_outputs = 2, .attributes = {HEADS(4)},
              .inputs = {T(2, 3, 6), T(6, 24)});
    ATTENTION(.types = TYPES, .attributes = {HEADS(2), ATTR_INTS("qkv_hidden_sizes", 8, 8, 12)},
              .inputs = {T(2, 5, 6), T(6, 28), T(28), OMITTED, OMITTED, T(1, 2, 5, 5)});
    ATTENTION(.types = TYPES, .attributes = {HEADS(2)},
              .inputs = {T(2, 5, 6), T(6, 24), T(24), OMITTED, OMITTED, T(2, 1, 5, 5)});
    ATTENTION(.attributes = {HEADS(2)}, .inputs = {F(0, 5, 6), F(6, 24)});
    check_masks();
    check_shared();
    check_rotary();
    check_errors();
    CHECK_OP(.op = "Attention", .domain = "com.microsoft", .reference = reference, .absolute = 1e-3,
             .bench = true, .attributes = {HEADS(12)},
             .inputs = {F(1, 128, 768), RANDOM(HINGE_FLOAT, true, 768, 2304), F(2304)});
}
