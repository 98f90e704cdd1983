/* Attention score by score, in double. */
#include "tests/operators/attention/plain.h"
#include "tests/operators/harness.h"

#include <math.h>
#include <stdlib.h>

enum { Q, K, V, MASK, PAST_KEY, PAST_VALUE, LENGTHS };

struct sizes {
    int64_t batch, q_heads, kv_heads, q_length, past, added, keys, size, v_size;
    bool flat;
};

static const hinge_tensor *input(const struct harness_call *call, unsigned i)
{
    return i < call->n_inputs ? call->inputs[i] : NULL;
}

static struct sizes sizes_of(const struct harness_call *call)
{
    const hinge_tensor *q = call->inputs[Q], *k = call->inputs[K], *v = call->inputs[V];
    struct sizes s = {.batch = q->dims[0], .flat = q->rank == 3};
    s.q_heads = s.flat ? harness_attr_int(call, "q_num_heads", 0) : q->dims[1];
    s.kv_heads = s.flat ? harness_attr_int(call, "kv_num_heads", 0) : k->dims[1];
    s.q_length = s.flat ? q->dims[1] : q->dims[2];
    s.added = s.flat ? k->dims[1] : k->dims[2];
    s.size = s.flat ? q->dims[2] / s.q_heads : q->dims[3];
    s.v_size = s.flat ? v->dims[2] / s.kv_heads : v->dims[3];
    s.past = input(call, PAST_KEY) ? input(call, PAST_KEY)->dims[2] : 0;
    s.keys = s.past + s.added;
    return s;
}

/* Element e of row i of a head of x. */
static int64_t place(const hinge_tensor *x, int64_t heads, int64_t b, int64_t h, int64_t i,
                     int64_t e)
{
    const int64_t flat[3] = {b, i, x->rank == 3 ? h * (x->dims[2] / heads) + e : 0};
    const int64_t four[4] = {b, h, i, e};
    return harness_index(x, x->rank == 3 ? flat : four);
}

/* Of past and added rows together. */
static double joined(const struct harness_call *call, const struct sizes *s, unsigned past,
                     unsigned added, int64_t b, int64_t h, int64_t i, int64_t e)
{
    const hinge_tensor *x = call->inputs[i < s->past ? past : added];
    return harness_get(x, place(x, s->kv_heads, b, h, i < s->past ? i : i - s->past, e));
}

/* What is added to the score: -Inf where the key may not be read. */
static double bias(const struct harness_call *call, const struct sizes *s, int64_t b, int64_t h,
                   int64_t i, int64_t j)
{
    const hinge_tensor *mask = input(call, MASK), *lengths = input(call, LENGTHS);
    const int64_t left = harness_attr_int(call, "left_window_size", -1);
    const int64_t right = harness_attr_int(call, "right_window_size", -1);
    const int64_t at[4] = {b, h, i, j};
    const int64_t valid = lengths ? harness_get_int(lengths, b) : s->keys;
    const int64_t p = i + (lengths ? valid - s->q_length : s->past);
    if (j >= valid || (harness_attr_int(call, "is_causal", 0) && j > p) ||
        (left >= 0 && j < p - left) || (right >= 0 && j > p + right))
        return -INFINITY;
    if (!mask)
        return 0;
    int64_t in_mask[4] = {0};
    for (int32_t d = 0; d < mask->rank; d++) {
        const int64_t c = at[4 - mask->rank + d];
        const bool last = d == mask->rank - 1;
        if (last && c >= mask->dims[d] && call->opset >= 24)
            return -INFINITY;
        in_mask[d] = mask->dims[d] == 1 ? 0 : c;
    }
    const int64_t m = harness_index(mask, in_mask);
    if (mask->type == HINGE_BOOL)
        return harness_get(mask, m) != 0 ? 0 : -INFINITY;
    return harness_get(mask, m);
}

static void attend(struct harness_call *call, const struct sizes *s, int64_t b, int64_t h,
                   int64_t i, double *scores)
{
    const int64_t group = s->q_heads / s->kv_heads;
    const struct harness_attribute *given = harness_attr(call, "scale");
    const double scale = given ? (double)given->f : 1 / sqrt((double)s->size);
    const double softcap = (double)harness_attr_float(call, "softcap", 0);
    const int64_t mode = harness_attr_int(call, "qk_matmul_output_mode", 0);
    hinge_tensor *captured = call->n_outputs > 3 ? call->outputs[3] : NULL;
    const int64_t row = ((b * s->q_heads + h) * s->q_length + i) * s->keys;
    double most = -INFINITY, sum = 0;
    for (int64_t j = 0; j < s->keys; j++) {
        double score = 0;
        for (int64_t e = 0; e < s->size; e++)
            score += harness_get(call->inputs[Q], place(call->inputs[Q], s->q_heads, b, h, i, e)) *
                     joined(call, s, PAST_KEY, K, b, h / group, j, e);
        score *= scale;
        if (captured && mode == 0)
            harness_set(captured, row + j, score);
        if (softcap > 0)
            score = softcap * tanh(score / softcap);
        if (captured && mode == 1)
            harness_set(captured, row + j, score);
        score += bias(call, s, b, h, i, j);
        if (captured && mode == 2)
            harness_set(captured, row + j, score);
        scores[j] = score;
        most = fmax(most, score);
    }
    for (int64_t j = 0; j < s->keys; j++)
        sum += scores[j] = most == -INFINITY ? 0 : exp(scores[j] - most);
    for (int64_t j = 0; j < s->keys; j++) {
        scores[j] = sum > 0 ? scores[j] / sum : 0;
        if (captured && mode == 3)
            harness_set(captured, row + j, scores[j]);
    }
    for (int64_t e = 0; e < s->v_size; e++) {
        double y = 0;
        for (int64_t j = 0; j < s->keys; j++)
            y += scores[j] * joined(call, s, PAST_VALUE, V, b, h / group, j, e);
        harness_set(call->outputs[0], place(call->outputs[0], s->q_heads, b, h, i, e), y);
    }
}

static void set_present(struct harness_call *call, const struct sizes *s, unsigned k)
{
    hinge_tensor *y = call->outputs[k];
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK];
        harness_coordinates(y, i, at);
        harness_set(y, i,
                    joined(call, s, k == 1 ? PAST_KEY : PAST_VALUE, k == 1 ? K : V, at[0], at[1],
                           at[2], at[3]));
    }
}

static void reference(struct harness_call *call)
{
    const struct sizes s = sizes_of(call);
    const hinge_type type = call->inputs[Q]->type;
    const int64_t y[4] = {s.batch, s.q_heads, s.q_length, s.v_size};
    const int64_t flat[3] = {s.batch, s.q_length, s.q_heads * s.v_size};
    const int64_t key[4] = {s.batch, s.kv_heads, s.keys, s.size};
    const int64_t value[4] = {s.batch, s.kv_heads, s.keys, s.v_size};
    const int64_t qk[4] = {s.batch, s.q_heads, s.q_length, s.keys};
    double *scores = calloc((size_t)s.keys + 1, sizeof *scores);
    harness_output(call, 0, type, s.flat ? 3 : 4, s.flat ? flat : y);
    if (call->n_outputs > 2) {
        harness_output(call, 1, type, 4, key);
        harness_output(call, 2, call->inputs[V]->type, 4, value);
        set_present(call, &s, 1);
        set_present(call, &s, 2);
    }
    if (call->n_outputs > 3)
        harness_output(call, 3, type, 4, qk);
    for (int64_t r = 0; r < s.batch * s.q_heads * s.q_length; r++)
        attend(call, &s, r / s.q_heads / s.q_length, r / s.q_length % s.q_heads, r % s.q_length,
               scores);
    free(scores);
}

#define M_OF(type_, ...) PLAIN_TENSOR(type_, 2, __VA_ARGS__)
#define M(...) M_OF(HARNESS_T, __VA_ARGS__)
#define BOOLS(...) TENSOR(HINGE_BOOL, 0, 1, __VA_ARGS__)
#define ATTENTION(...)                                                                             \
    CHECK_OP(.op = "Attention", .reference = reference, .ulp = 0.7, .absolute = 3e-5, __VA_ARGS__)
#define FLOAT_ONLY .types = HARNESS_TYPE(HINGE_FLOAT)
#define REFUSED(status, text, ...)                                                                 \
    CHECK_OP(.op = "Attention", FLOAT_ONLY, .fails = (status), .says = (text), __VA_ARGS__)

static void masks(void)
{
    ATTENTION(FLOAT_ONLY, .inputs = {M(2, 4, 5, 8), M(2, 2, 7, 8), M(2, 2, 7, 6), BOOLS(5, 7)});
    ATTENTION(FLOAT_ONLY, .inputs = {M(2, 4, 5, 8), M(2, 2, 7, 8), M(2, 2, 7, 6), M(4, 1, 7)});
    ATTENTION(FLOAT_ONLY, .inputs = {M(2, 4, 5, 8), M(2, 2, 7, 8), M(2, 2, 7, 6), M(2, 1, 5, 7)},
              .attributes = {ATTR_INT("is_causal", 1)});
    ATTENTION(FLOAT_ONLY, .opsets = {23},
              .inputs = {M(2, 4, 5, 8), M(2, 2, 7, 8), M(2, 2, 7, 6), BOOLS(2, 4, 5, 1)});
    ATTENTION(FLOAT_ONLY, .opsets = {24, 25},
              .inputs = {M(2, 4, 5, 8), M(2, 2, 7, 8), M(2, 2, 7, 6), BOOLS(2, 4, 5, 4)});
    ATTENTION(FLOAT_ONLY, .opsets = {24},
              .inputs = {M(2, 4, 5, 8), M(2, 2, 7, 8), M(2, 2, 7, 6), M(5, 1)});
    ATTENTION(.types = HARNESS_NUMBERS & ~HARNESS_UNSIGNED,
              .inputs = {M_OF(HINGE_FLOAT, 1, 1, 5, 8), M_OF(HINGE_FLOAT, 1, 1, 150, 8),
                         M_OF(HINGE_DOUBLE, 1, 1, 150, 6), M(5, 150)});
    ATTENTION(.types = HARNESS_UNSIGNED,
              .inputs = {M_OF(HINGE_FLOAT, 1, 1, 5, 8), M_OF(HINGE_FLOAT, 1, 1, 150, 8),
                         M_OF(HINGE_FLOAT16, 1, 1, 150, 6), TENSOR(HARNESS_T, 0, 3, 5, 150)});
    for (int causal = 0; causal < 2; causal++) {
        const double lengths[] = {7, 3, 0};
        ATTENTION(FLOAT_ONLY, .opsets = {24, 25}, .attributes = {ATTR_INT("is_causal", causal)},
                  .inputs = {M(3, 4, 5, 8),
                             M(3, 2, 7, 8),
                             M(3, 2, 7, 6),
                             BOOLS(4, 5, 7),
                             OMITTED,
                             OMITTED,
                             {.type = HINGE_INT64, .rank = 1, .dims = {3}, .values = lengths}});
        ATTENTION(FLOAT_ONLY,
                  .attributes = {ATTR_INT("is_causal", causal), ATTR_INT("left_window_size", 2),
                                 ATTR_INT("right_window_size", 1)},
                  .inputs = {M(3, 4, 5, 8),
                             M(3, 2, 7, 8),
                             M(3, 2, 7, 6),
                             BOOLS(4, 5, 7),
                             OMITTED,
                             OMITTED,
                             {.type = HINGE_INT64, .rank = 1, .dims = {3}, .values = lengths}});
        ATTENTION(FLOAT_ONLY, .n_outputs = 4,
                  .attributes = {ATTR_INT("is_causal", causal), ATTR_INT("left_window_size", 3),
                                 ATTR_INT("qk_matmul_output_mode", 3)},
                  .inputs = {M(1, 2, 70, 8), M(1, 2, 90, 8), M(1, 2, 90, 6)});
        ATTENTION(FLOAT_ONLY,
                  .attributes = {ATTR_INT("is_causal", causal), ATTR_INT("left_window_size", 9)},
                  .inputs = {M(1, 2, 170, 8), M(1, 2, 200, 8), M(1, 2, 200, 6)});
    }
}

static void captures(void)
{
    for (int mode = 0; mode < 4; mode++) {
        ATTENTION(.types = HARNESS_FLOATS, .opsets = {23, 24, 25}, .n_outputs = 4,
                  .inputs = {M(2, 4, 5, 8), M(2, 2, 7, 8), M(2, 2, 7, 6), M(5, 10), M(2, 2, 3, 8),
                             M(2, 2, 3, 6)},
                  .attributes = {ATTR_INT("qk_matmul_output_mode", mode), ATTR_FLOAT("softcap", 2),
                                 ATTR_INT("is_causal", 1)});
        ATTENTION(FLOAT_ONLY, .n_outputs = 4, .unwanted = 6,
                  .inputs = {M(2, 5, 32), M(2, 7, 16), M(2, 7, 12), BOOLS(5, 10), M(2, 2, 3, 8),
                             M(2, 2, 3, 6)},
                  .attributes = {ATTR_INT("q_num_heads", 4), ATTR_INT("kv_num_heads", 2),
                                 ATTR_INT("qk_matmul_output_mode", mode), ATTR_FLOAT("scale", 0.2F),
                                 ATTR_INT("softmax_precision", HINGE_DOUBLE)});
    }
}

static void large(void)
{
    ATTENTION(FLOAT_ONLY, .inputs = {M(1, 2, HARNESS_N, 4), M(1, 1, 9, 4), M(1, 1, 9, 3)});
    ATTENTION(FLOAT_ONLY, .inputs = {M(1, 2, 1, 4), M(1, 1, HARNESS_N, 4), M(1, 1, HARNESS_N, 3)});
    ATTENTION(.types = HARNESS_FLOATS,
              .inputs = {M(1, 2, 130, 64), M(1, 1, 300, 64), M(1, 1, 300, 40)});
    ATTENTION(.types = HARNESS_FLOATS, .inputs = {M(2, 130, 128), M(2, 90, 64), M(2, 90, 70)},
              .attributes = {ATTR_INT("q_num_heads", 4), ATTR_INT("kv_num_heads", 2),
                             ATTR_INT("is_causal", 1)});
    ATTENTION(.types = HARNESS_FLOATS,
              .inputs = {M(2, 1, 128), M(2, 1, 64), M(2, 1, 70), OMITTED, M(2, 2, 300, 32),
                         M(2, 2, 300, 35)},
              .n_outputs = 3,
              .attributes = {ATTR_INT("q_num_heads", 4), ATTR_INT("kv_num_heads", 2)});
    ATTENTION(FLOAT_ONLY, .inputs = {M(1, 2, 0, 4), M(1, 1, 9, 4), M(1, 1, 9, 3)}, .n_outputs = 4);
    ATTENTION(FLOAT_ONLY, .inputs = {M(1, 2, 3, 4), M(1, 1, 0, 4), M(1, 1, 0, 3)}, .n_outputs = 4);
    ATTENTION(FLOAT_ONLY, .inputs = {M(0, 2, 3, 4), M(0, 1, 5, 4), M(0, 1, 5, 3)});
    ATTENTION(FLOAT_ONLY, .inputs = {M(1, 12, 128, 64), M(1, 12, 128, 64), M(1, 12, 128, 64)},
              .bench = true);
    ATTENTION(FLOAT_ONLY, .inputs = {M(1, 12, 1, 64), M(1, 12, 1024, 64), M(1, 12, 1024, 64)},
              .bench = true);
}

static void errors(void)
{
    REFUSED(HINGE_BAD_SHAPE, "Q has rank 2", .inputs = {M(2, 3), M(2, 3), M(2, 3)});
    REFUSED(HINGE_BAD_SHAPE, "K has rank 3", .inputs = {M(1, 2, 3, 4), M(1, 3, 8), M(1, 2, 3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "Q has 8 elements for 0 heads",
            .inputs = {M(1, 3, 8), M(1, 3, 8), M(1, 3, 8)});
    REFUSED(HINGE_BAD_MODEL, "Q has 2 heads, the attribute says 2",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4)},
            .attributes = {ATTR_INT("q_num_heads", 2)});
    REFUSED(HINGE_BAD_SHAPE, "head size of K (1, 2, 3, 5)",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 5), M(1, 2, 3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "3 heads of Q are no multiple of 2",
            .inputs = {M(1, 3, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4)});
    REFUSED(HINGE_BAD_MODEL, "come together only",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4), OMITTED, M(1, 2, 3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "past_value is not 1 x 2",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4), OMITTED, M(1, 2, 3, 4),
                       M(1, 2, 3, 5)});
    REFUSED(HINGE_BAD_MODEL, "does not go with past_key",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4), OMITTED, M(1, 2, 3, 4),
                       M(1, 2, 3, 4), LIST(HINGE_INT64, 1)});
    REFUSED(HINGE_BAD_SHAPE, "attn_mask has 2 for 3 at axis 2",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4), BOOLS(2, 3)});
    REFUSED(HINGE_BAD_SHAPE, "attn_mask has 4 for 3 at axis 3",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4), BOOLS(3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "attn_mask has 2 for 3 at axis 3", .opsets = {23},
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4), BOOLS(3, 2)});
    REFUSED(HINGE_BAD_SHAPE, "nonpad_kv_seqlen is not of 1 values",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4), OMITTED, OMITTED, OMITTED,
                       LIST(HINGE_INT64, 1, 1)});
    REFUSED(HINGE_BAD_VALUE, "nonpad_kv_seqlen[0] is 4, not in [0, 3]",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4), OMITTED, OMITTED, OMITTED,
                       LIST(HINGE_INT64, 4)});
    REFUSED(HINGE_BAD_VALUE, "qk_matmul_output_mode is 4",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4)},
            .attributes = {ATTR_INT("qk_matmul_output_mode", 4)});
    REFUSED(HINGE_BAD_VALUE, "softmax_precision is 7",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4)},
            .attributes = {ATTR_INT("softmax_precision", 7)});
    REFUSED(HINGE_BAD_VALUE, "right_window_size is -2",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4)},
            .attributes = {ATTR_INT("right_window_size", -2)});
}

void test_attention(void)
{
    masks();
    captures();
    large();
    errors();
}
