/* What the QLinear operators of com.microsoft share: scales and zero points of one number. */
#ifndef OPERATORS_MICROSOFT_QLINEAR_H
#define OPERATORS_MICROSOFT_QLINEAR_H

#include "operators/quantize/quantize.h"

struct qlinear {
    float scale;
    int32_t zero_point;
};

/* Fails where inputs scale and zero_point (which may be left out) are not one number each. */
static inline hinge_status qlinear_check(const struct hinge_node *node, unsigned scale,
                                         unsigned zero_point)
{
    const unsigned both[2] = {scale, zero_point};
    for (int i = 0; i < 2; i++) {
        const hinge_tensor *input = op_input(node, both[i]);
        if (input && hinge_count(input) != 1)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u has %lld elements, not one", both[i],
                           (long long)hinge_count(input));
    }
    return HINGE_OK;
}

/* Their values, of a run. */
static inline struct qlinear qlinear_read(const struct hinge_node *node, unsigned scale,
                                          unsigned zero_point)
{
    const hinge_tensor *zero = op_input(node, zero_point);
    struct qlinear q = {.scale = *(const float *)node->inputs[scale]->data};
    if (zero)
        quantize_load(zero->type, &q.zero_point, zero->data, 0, 1);
    return q;
}

/* Count numbers in float32, at most QUANTIZE_BLOCK, to 8 bits. */
static inline void qlinear_store(struct qlinear q, hinge_type type, void *y, int64_t at,
                                 const float *x, int64_t count)
{
    quantize_floats(type, y, at, x, q.scale, q.zero_point, count);
}

/* Requantized: what each byte of a number becomes by f, which is NULL for the number itself. */
typedef double qlinear_function(const struct hinge_node *node, double x);
static inline void qlinear_table(const struct hinge_node *node, struct qlinear x, struct qlinear y,
                                 hinge_type type, qlinear_function *f, uint8_t *table)
{
    float values[256];
    for (int i = 0; i < 256; i++) {
        const int32_t number = type == HINGE_INT8 ? (int8_t)i : i;
        const float restored = (float)(number - x.zero_point) * x.scale;
        values[i] = f ? (float)f(node, (double)restored) : restored;
    }
    qlinear_store(y, type, table, 0, values, 256);
}

/* y[i] = table[x[i]]; y may be x. */
static inline void qlinear_map(const uint8_t *restrict table, const uint8_t *x, uint8_t *y,
                               int64_t count)
{
    int64_t i = 0;
    for (; i + 4 <= count; i += 4) { /* what is read may not be written before */
        const uint8_t a = table[x[i]], b = table[x[i + 1]];
        const uint8_t c = table[x[i + 2]], d = table[x[i + 3]];
        y[i] = a;
        y[i + 1] = b;
        y[i + 2] = c;
        y[i + 3] = d;
    }
    for (; i < count; i++)
        y[i] = table[x[i]];
}

#endif
