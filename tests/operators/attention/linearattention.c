/* LinearAttention: the recurrence on whole states, in double. */
#include "tests/operators/attention/plain.h"
#include "tests/operators/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sizes {
    int64_t batch, length, q_heads, kv_heads, k_size, v_size;
    bool gated, delta;
    double scale;
};

static const hinge_tensor *input(const struct harness_call *call, unsigned i)
{
    return i < call->n_inputs ? call->inputs[i] : NULL;
}

/* One token into the state of a head. */
static void update(const struct harness_call *call, const struct sizes *s, int64_t token,
                   int64_t head, double *state)
{
    const hinge_tensor *decay = input(call, 4), *beta = input(call, 5);
    const int64_t at = token * s->kv_heads + head;
    for (int64_t d = 0; d < s->k_size && s->gated; d++) {
        const bool each = decay->dims[2] != s->kv_heads;
        const double g = harness_get(decay, each ? at * s->k_size + d : at);
        for (int64_t m = 0; m < s->v_size; m++)
            state[d * s->v_size + m] *= exp(g);
    }
    for (int64_t m = 0; m < s->v_size; m++) {
        double v = harness_get(call->inputs[2], at * s->v_size + m), found = 0;
        for (int64_t d = 0; d < s->k_size && s->delta; d++)
            found += harness_get(call->inputs[1], at * s->k_size + d) * state[d * s->v_size + m];
        if (s->delta)
            v = harness_get(beta, beta->dims[2] == 1 ? token : at) * (v - found);
        for (int64_t d = 0; d < s->k_size; d++)
            state[d * s->v_size + m] += harness_get(call->inputs[1], at * s->k_size + d) * v;
    }
}

static void reference(struct harness_call *call)
{
    const struct harness_attribute *rule = harness_attr(call, "update_rule");
    const hinge_tensor *q = call->inputs[0], *v = call->inputs[2], *past = input(call, 3);
    const char *name = rule ? rule->s : "gated_delta";
    struct sizes s = {.batch = q->dims[0],
                      .length = q->dims[1],
                      .q_heads = harness_attr_int(call, "q_num_heads", 1),
                      .kv_heads = harness_attr_int(call, "kv_num_heads", 1),
                      .gated = strstr(name, "gated") != NULL,
                      .delta = strstr(name, "delta") != NULL};
    s.k_size = q->dims[2] / s.q_heads;
    s.v_size = v->dims[2] / s.kv_heads;
    s.scale = (double)harness_attr_float(call, "scale", 0);
    s.scale = s.scale != 0 ? s.scale : 1 / sqrt((double)s.k_size);
    const int64_t dims[3] = {s.batch, s.length, s.q_heads * s.v_size},
                  group = s.q_heads / s.kv_heads;
    const int64_t states[4] = {s.batch, s.kv_heads, s.k_size, s.v_size};
    const int64_t count = s.k_size * s.v_size;
    hinge_tensor *y = harness_output(call, 0, q->type, 3, dims);
    hinge_tensor *present = harness_output(call, 1, past ? past->type : q->type, 4, states);
    double *state = calloc((size_t)count + 1, sizeof *state);
    for (int64_t i = 0; i < s.batch * s.kv_heads; i++) {
        for (int64_t e = 0; e < count; e++)
            state[e] = past ? harness_get(past, i * count + e) : 0;
        for (int64_t t = 0; t < s.length; t++) {
            const int64_t token = i / s.kv_heads * s.length + t;
            update(call, &s, token, i % s.kv_heads, state);
            for (int64_t e = 0; e < group * s.v_size; e++) {
                const int64_t head = i % s.kv_heads * group + e / s.v_size, m = e % s.v_size;
                double sum = 0;
                for (int64_t d = 0; d < s.k_size; d++)
                    sum += harness_get(q, (token * s.q_heads + head) * s.k_size + d) *
                           state[d * s.v_size + m];
                harness_set(y, (token * s.q_heads + head) * s.v_size + m, sum * s.scale);
            }
        }
        for (int64_t e = 0; e < count; e++)
            harness_set(present, i * count + e, state[e]);
    }
    free(state);
}

#define M(...) PLAIN_TENSOR(HARNESS_T, 0.5, __VA_ARGS__)
#define HEADS(q, kv) ATTR_INT("q_num_heads", q), ATTR_INT("kv_num_heads", kv)
#define TYPES (HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_DOUBLE))
#define LINEAR(...)                                                                                \
    CHECK_OP(.op = "LinearAttention", .reference = reference, .types = TYPES, .n_outputs = 2,      \
             .ulp = 0.6, .absolute = 1e-5, __VA_ARGS__)
#define REFUSED(status, text, ...)                                                                 \
    CHECK_OP(.op = "LinearAttention", .types = HARNESS_TYPE(HINGE_FLOAT), .n_outputs = 2,          \
             .fails = (status), .says = (text), __VA_ARGS__)

static void errors(void)
{
    REFUSED(HINGE_BAD_MODEL, "update_rule is \"rwkv\"",
            .inputs = {M(1, 2, 4), M(1, 2, 4), M(1, 2, 4)},
            .attributes = {HEADS(1, 1), ATTR_STRING("update_rule", "rwkv")});
    REFUSED(HINGE_BAD_VALUE, "q_num_heads 3 is no positive multiple of kv_num_heads 2",
            .inputs = {M(1, 2, 6), M(1, 2, 4), M(1, 2, 4)},
            .attributes = {HEADS(3, 2), ATTR_STRING("update_rule", "linear")});
    REFUSED(HINGE_BAD_MODEL, "needs decay", .inputs = {M(1, 2, 4), M(1, 2, 4), M(1, 2, 4)},
            .attributes = {HEADS(1, 1)});
    REFUSED(HINGE_BAD_MODEL, "does not take beta",
            .inputs = {M(1, 2, 4), M(1, 2, 4), M(1, 2, 4), OMITTED, M(1, 2, 1), M(1, 2, 1)},
            .attributes = {HEADS(1, 1), ATTR_STRING("update_rule", "gated")});
    REFUSED(HINGE_BAD_SHAPE, "query has rank 2", .inputs = {M(1, 2), M(1, 2, 4), M(1, 2, 4)},
            .attributes = {HEADS(1, 1), ATTR_STRING("update_rule", "linear")});
    REFUSED(HINGE_BAD_SHAPE, "value is not 1 x 2 x 2 heads",
            .inputs = {M(1, 2, 4), M(1, 2, 4), M(1, 2, 5)},
            .attributes = {HEADS(2, 2), ATTR_STRING("update_rule", "linear")});
    REFUSED(HINGE_BAD_SHAPE, "a head of key has 3 elements, one of query 2",
            .inputs = {M(1, 2, 4), M(1, 2, 6), M(1, 2, 4)},
            .attributes = {HEADS(2, 2), ATTR_STRING("update_rule", "linear")});
    REFUSED(HINGE_BAD_SHAPE, "decay has 3 elements a head",
            .inputs = {M(1, 2, 4), M(1, 2, 4), M(1, 2, 4), OMITTED, M(1, 2, 6)},
            .attributes = {HEADS(2, 2), ATTR_STRING("update_rule", "gated")});
    REFUSED(HINGE_BAD_SHAPE, "beta is not 1 x 2 x 1 or 2",
            .inputs = {M(1, 2, 4), M(1, 2, 4), M(1, 2, 4), OMITTED, OMITTED, M(1, 2, 3)},
            .attributes = {HEADS(2, 2), ATTR_STRING("update_rule", "delta")});
    REFUSED(HINGE_BAD_SHAPE, "past_state is not 1 x 2 x 2 x 2",
            .inputs = {M(1, 2, 4), M(1, 2, 4), M(1, 2, 4), M(1, 2, 2, 3)},
            .attributes = {HEADS(2, 2), ATTR_STRING("update_rule", "linear")});
}

void test_linearattention(void)
{
    LINEAR(.inputs = {M(2, 5, 24), M(2, 5, 12), M(2, 5, 14),
                      PLAIN_TENSOR(HINGE_FLOAT, 1, 2, 2, 6, 7)},
           .attributes = {HEADS(4, 2), ATTR_STRING("update_rule", "linear")});
    LINEAR(.inputs = {M(2, 5, 24), M(2, 5, 12), M(2, 5, 14), M(2, 2, 6, 7), M(2, 5, 12)},
           .attributes = {HEADS(4, 2), ATTR_STRING("update_rule", "gated"),
                          ATTR_FLOAT("scale", 2)});
    LINEAR(.inputs = {M(2, 5, 24), M(2, 5, 12), M(2, 5, 14), OMITTED, OMITTED, M(2, 5, 1)},
           .attributes = {HEADS(4, 2), ATTR_STRING("update_rule", "delta")});
    LINEAR(.inputs = {M(2, 9, 24), M(2, 9, 12), M(2, 9, 14),
                      PLAIN_TENSOR(HINGE_FLOAT16, 1, 2, 2, 6, 7), M(2, 9, 2), M(2, 9, 2)},
           .attributes = {HEADS(4, 2), ATTR_INT("chunk_size", 4)});
    LINEAR(.inputs = {M(1, 3, 80), M(1, 3, 40), M(1, 3, 300),
                      PLAIN_TENSOR(HINGE_BFLOAT16, 1, 1, 1, 40, 300), M(1, 3, 40), M(1, 3, 1)},
           .attributes = {HEADS(2, 1)});
    LINEAR(.inputs = {M(HARNESS_N, 2, 4), M(HARNESS_N, 2, 4), M(HARNESS_N, 2, 4), OMITTED,
                      M(HARNESS_N, 2, 1), M(HARNESS_N, 2, 1)},
           .unwanted = 1, .attributes = {HEADS(1, 1)});
    LINEAR(.inputs = {M(1, 3, 8), M(1, 3, 8), M(1, 3, 8)}, .unwanted = 2,
           .attributes = {HEADS(2, 2), ATTR_STRING("update_rule", "linear")});
    errors();
}
