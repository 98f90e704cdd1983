/* QAttention of com.microsoft against plain loops in double over the numbers that its integers
 * stand for. */
#include "tests/operators/harness.h"
#include "tests/operators/microsoft/rotary.h"

#include <math.h>
#include <stdlib.h>

enum { INPUT, WEIGHTS, BIAS, SCALE, WEIGHT_SCALE, MASK, ZERO, WEIGHT_ZERO, PAST };

struct sizes {
    int64_t batch, length, past, total, heads, size, width;
};

static const hinge_tensor *input(const struct harness_call *call, unsigned k)
{
    return call->n_inputs > k ? call->inputs[k] : NULL;
}

static struct sizes sizes_of(const struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[INPUT], *past = input(call, PAST);
    struct sizes s = {.batch = x->dims[0],
                      .length = x->dims[1],
                      .past = past ? past->dims[3] : 0,
                      .heads = harness_attr_int(call, "num_heads", 1),
                      .width = call->inputs[WEIGHTS]->dims[1]};
    s.total = s.past + s.length;
    s.size = s.width / 3 / s.heads;
    return s;
}

/* Number i of a list, the only one of a shorter one, or 0 without a list. */
static double number(const hinge_tensor *x, int64_t i)
{
    return !x ? 0 : harness_get(x, hinge_count(x) > 1 ? i : 0);
}

/* Query, key or value (part): element e of a new row. */
static double projected(const struct harness_call *call, const struct sizes *s, int64_t part,
                        int64_t b, int64_t h, int64_t t, int64_t e)
{
    const hinge_tensor *x = call->inputs[INPUT], *w = call->inputs[WEIGHTS];
    const int64_t column = (part * s->heads + h) * s->size + e, depth = x->dims[2];
    double sum = 0;
    for (int64_t k = 0; k < depth; k++)
        sum += (harness_get(x, (b * s->length + t) * depth + k) - number(input(call, ZERO), 0)) *
               (harness_get(w, k * s->width + column) - number(input(call, WEIGHT_ZERO), column));
    return sum * number(call->inputs[SCALE], 0) * number(call->inputs[WEIGHT_SCALE], column) +
           harness_get(call->inputs[BIAS], column);
}

static double element(const struct harness_call *call, const struct sizes *s, int64_t part,
                      int64_t b, int64_t h, int64_t t, int64_t e)
{
    const int64_t n = part == 2 ? 0 : rotary_pairs(call, s->size);
    if (e >= 2 * n)
        return projected(call, s, part, b, h, t, e);
    return rotary_turned(projected(call, s, part, b, h, t, e % n),
                         projected(call, s, part, b, h, t, e % n + n), e >= n, e % n, n,
                         s->past + t);
}

static double cached(const struct harness_call *call, const struct sizes *s, int64_t part,
                     int64_t b, int64_t h, int64_t t, int64_t e)
{
    if (t >= s->past)
        return element(call, s, part, b, h, t - s->past, e);
    return harness_get(input(call, PAST),
                       ((((part - 1) * s->batch + b) * s->heads + h) * s->past + t) * s->size + e);
}

static bool is_masked(const struct harness_call *call, const struct sizes *s, int64_t b, int64_t j)
{
    const hinge_tensor *mask = input(call, MASK);
    if (!mask || (mask->rank == 2 && mask->dims[1] == 1))
        return false;
    return mask->rank == 1 ? j >= harness_get_int(mask, b)
                           : harness_get_int(mask, b * s->total + j) <= 0;
}

static void attend(struct harness_call *call, const struct sizes *s, int64_t b, int64_t h,
                   int64_t i, double *scores)
{
    const double scale = (double)harness_attr_float(call, "scale", 0);
    const bool causal = harness_attr_int(call, "unidirectional", 0) != 0;
    const int64_t end = causal ? s->past + i + 1 : s->total;
    double most = -INFINITY, sum = 0;
    for (int64_t j = 0; j < end; j++) {
        scores[j] = 0;
        for (int64_t e = 0; e < s->size; e++)
            scores[j] += element(call, s, 0, b, h, i, e) * cached(call, s, 1, b, h, j, e);
        scores[j] *= scale != 0 ? scale : 1 / sqrt((double)s->size);
        if (is_masked(call, s, b, j))
            scores[j] += (double)harness_attr_float(call, "mask_filter_value", -10000);
        most = fmax(most, scores[j]);
    }
    for (int64_t j = 0; j < end; j++)
        sum += scores[j] = exp(scores[j] - most);
    for (int64_t e = 0; e < s->size; e++) {
        double result = 0;
        for (int64_t j = 0; j < end; j++)
            result += scores[j] / sum * cached(call, s, 2, b, h, j, e);
        harness_set(call->outputs[0], ((b * s->length + i) * s->heads + h) * s->size + e, result);
    }
}

static void reference(struct harness_call *call)
{
    const struct sizes s = sizes_of(call);
    const int64_t y[] = {s.batch, s.length, s.width / 3};
    const int64_t present[] = {2, s.batch, s.heads, s.total, s.size};
    double *scores = calloc((size_t)s.total + 1, sizeof *scores);
    if (!scores)
        abort();
    harness_output(call, 0, call->inputs[BIAS]->type, 3, y);
    if (call->n_outputs > 1) {
        const hinge_tensor *all = harness_output(call, 1, call->inputs[BIAS]->type, 5, present);
        for (int64_t i = 0; i < hinge_count(all); i++) {
            const int64_t row = i / s.size, head = row / s.total;
            harness_set(call->outputs[1], i,
                        cached(call, &s, 1 + head / s.heads / s.batch, head / s.heads % s.batch,
                               head % s.heads, row % s.total, i % s.size));
        }
    }
    for (int64_t i = 0; i < s.batch * s.heads * s.length; i++)
        attend(call, &s, i / s.length / s.heads, i / s.length % s.heads, i % s.length, scores);
    free(scores);
}

#define RANDOM(type_, low_, high_, ...)                                                            \
    {                                                                                              \
        .type = (type_), .low = (low_), .high = (high_), .dims = {__VA_ARGS__},                    \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define U8(...) TENSOR(HINGE_UINT8, 0, 255, __VA_ARGS__)
#define S8(...) TENSOR(HINGE_INT8, -128, 127, __VA_ARGS__)
#define T(...) RANDOM(HARNESS_T, -1, 1, __VA_ARGS__)
#define SCALES(...) RANDOM(HARNESS_T, 0.003, 0.01, __VA_ARGS__)
#define ONE SCALES(1)
#define TYPES (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16))
#define HEADS ATTR_INT("num_heads", 2)
/* Where all keys of a query are masked, a larger filter leaves too few digits of the scores. */
#define SOFT ATTR_FLOAT("mask_filter_value", -3)
#define QATTENTION(...)                                                                            \
    CHECK_OP(.op = "QAttention", .domain = "com.microsoft", .reference = reference, .ulp = 0.51,   \
             .absolute = 1e-5, .relative = 1e-5, .types = TYPES, __VA_ARGS__)

static void check_errors(void)
{
    QATTENTION(.attributes = {HEADS}, .inputs = {U8(2, 5, 6), U8(6, 24), T(24), SCALES(2), ONE},
               .fails = HINGE_BAD_SHAPE,
               .says = "input_scale or input_zero_point is not one number");
    QATTENTION(.attributes = {HEADS}, .inputs = {U8(2, 5, 6), U8(6, 24), T(24), ONE, SCALES(23)},
               .fails = HINGE_BAD_SHAPE, .says = "weight_scale is neither one number nor");
    QATTENTION(.attributes = {HEADS}, .inputs = {U8(2, 5, 6), U8(6, 24), T(23), ONE, ONE},
               .fails = HINGE_BAD_SHAPE, .says = "bias is not a list of 24 values");
    QATTENTION(.attributes = {ATTR_INT("num_heads", 5)},
               .inputs = {U8(2, 5, 6), U8(6, 24), T(24), ONE, ONE}, .fails = HINGE_BAD_SHAPE,
               .says = "24 columns of weights are not queries, keys and values of 5 heads");
    QATTENTION(.attributes = {ATTR_INT("num_heads", 8), ATTR_INT("do_rotary", 1)},
               .inputs = {U8(2, 5, 6), U8(6, 24), T(24), ONE, ONE}, .fails = HINGE_BAD_VALUE,
               .says = "1 of 1 elements of a head cannot be turned in pairs");
}

void test_qattention(void)
{
    QATTENTION(.attributes = {HEADS}, .inputs = {U8(2, 5, 6), U8(6, 24), T(24), ONE, ONE});
    QATTENTION(.attributes = {HEADS, ATTR_FLOAT("scale", 0.3F)}, .n_outputs = 2,
               .inputs = {S8(2, 5, 6), CONSTANT(HINGE_INT8, -128, 127, 6, 24), T(24), ONE,
                          SCALES(24), OMITTED, S8(1), S8(24)});
    QATTENTION(.attributes = {HEADS, SOFT, ATTR_INT("unidirectional", 1)}, .n_outputs = 2,
               .inputs = {U8(2, 3, 6), S8(6, 24), T(24), ONE, ONE, TENSOR(HINGE_INT32, 0, 1, 2, 5),
                          U8(1), S8(1), T(2, 2, 2, 2, 4)});
    QATTENTION(.attributes = {HEADS, SOFT},
               .inputs = {U8(2, 3, 6), S8(6, 24), T(24), ONE, ONE, LIST(HINGE_INT32, 2, 1), U8(1)});
    QATTENTION(.attributes = {HEADS}, .inputs = {U8(2, 3, 6), S8(6, 24), T(24), ONE, ONE,
                                                 TENSOR(HINGE_INT32, 0, 0, 2, 1)});
    QATTENTION(.attributes = {HEADS}, .n_outputs = 2,
               .inputs = {U8(0, 3, 6), S8(6, 24), T(24), ONE, ONE});
    QATTENTION(.attributes = {HEADS, SOFT, ATTR_INT("do_rotary", 1)}, .n_outputs = 2,
               .inputs = {U8(2, 3, 6), S8(6, 24), T(24), ONE, ONE, OMITTED, U8(1), S8(1),
                          T(2, 2, 2, 2, 4)});
    check_errors();
    QATTENTION(.bench = true, .attributes = {ATTR_INT("num_heads", 12)},
               .inputs = {U8(1, 128, 768), CONSTANT(HINGE_INT8, -128, 127, 768, 2304), T(2304), ONE,
                          ONE, OMITTED, U8(1), S8(1)});
}
