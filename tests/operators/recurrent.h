/* What the tests of LSTM, GRU and RNN share: the walk in double over directions, entries of the
 * batch and steps, one after the other, and the activations by their formulas. */
#ifndef TESTS_OPERATORS_RECURRENT_H
#define TESTS_OPERATORS_RECURRENT_H

#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { MAX_HIDDEN = 400 };

struct recurrence {
    const struct harness_call *call;
    int n_gates, n_activations;
    const char *const *activations; /* by default */
    int64_t length, batch, input, hidden, n_directions;
    bool batch_first;
    /* Where the walk is, and the states before the step, which it changes. */
    int64_t direction, entry, step;
    double h[MAX_HIDDEN], c[MAX_HIDDEN];
};

static inline const hinge_tensor *recurrence_input(const struct recurrence *r, unsigned input)
{
    return input < r->call->n_inputs ? r->call->inputs[input] : NULL;
}

/* Sums of row gate * hidden + unit of the weights: with X, with h, and the two biases. */
static inline double recurrence_x(const struct recurrence *r, int gate, int64_t unit)
{
    const int64_t row = (r->direction * r->n_gates + gate) * r->hidden + unit;
    const int64_t at =
        r->batch_first ? r->entry * r->length + r->step : r->step * r->batch + r->entry;
    double sum = 0;
    for (int64_t i = 0; i < r->input; i++)
        sum += harness_get(r->call->inputs[0], at * r->input + i) *
               harness_get(r->call->inputs[1], row * r->input + i);
    return sum;
}

static inline double recurrence_h(const struct recurrence *r, int gate, int64_t unit,
                                  const double *h)
{
    const int64_t row = (r->direction * r->n_gates + gate) * r->hidden + unit;
    double sum = 0;
    for (int64_t i = 0; i < r->hidden; i++)
        sum += h[i] * harness_get(r->call->inputs[2], row * r->hidden + i);
    return sum;
}

static inline double recurrence_bias(const struct recurrence *r, bool of_h, int gate, int64_t unit)
{
    const hinge_tensor *b = recurrence_input(r, 3);
    const int64_t at = (r->direction * 2 + of_h) * r->n_gates + gate;
    return b ? harness_get(b, at * r->hidden + unit) : 0;
}

static inline bool recurrence_takes(const char *name, bool beta)
{
    static const char *const alphas[] = {"LeakyRelu", "ThresholdedRelu", "Elu"};
    static const char *const both[] = {"Affine", "ScaledTanh", "HardSigmoid"};
    for (int i = 0; i < 3; i++)
        if ((!beta && !strcasecmp(name, alphas[i])) || !strcasecmp(name, both[i]))
            return true;
    return false;
}

static inline const char *recurrence_name(const struct recurrence *r, int64_t which)
{
    const struct harness_attribute *names = harness_attr(r->call, "activations");
    return names ? names->strings[which] : r->activations[which % r->n_activations];
}

/* The value for an activation: the next one that those in front of it leave. */
static inline double recurrence_value(const struct recurrence *r, const char *attribute,
                                      int64_t which, double otherwise)
{
    const struct harness_attribute *given = harness_attr(r->call, attribute);
    size_t n = 0;
    for (int64_t i = 0; i < which; i++)
        n += recurrence_takes(recurrence_name(r, i), !strcmp(attribute, "activation_beta"));
    return given && n < given->count ? (double)given->floats[n] : otherwise;
}

/* Activation number k of the direction. */
static inline double recurrence_activation(const struct recurrence *r, int k, double x)
{
    const int64_t which = r->direction * r->n_activations + k;
    const char *name = recurrence_name(r, which);
    const double a = recurrence_value(r, "activation_alpha", which,
                                      !strcasecmp(name, "LeakyRelu")     ? (double)0.01F
                                      : !strcasecmp(name, "HardSigmoid") ? (double)0.2F
                                                                         : 1);
    const double b =
        recurrence_value(r, "activation_beta", which, strcasecmp(name, "HardSigmoid") ? 0 : 0.5);
    if (!strcasecmp(name, "Sigmoid"))
        return 1 / (1 + exp(-x));
    if (!strcasecmp(name, "Tanh"))
        return tanh(x);
    if (!strcasecmp(name, "Relu"))
        return fmax(x, 0);
    if (!strcasecmp(name, "Affine"))
        return a * x + b;
    if (!strcasecmp(name, "LeakyRelu"))
        return x >= 0 ? x : a * x;
    if (!strcasecmp(name, "ThresholdedRelu"))
        return x >= a ? x : 0;
    if (!strcasecmp(name, "ScaledTanh"))
        return a * tanh(b * x);
    if (!strcasecmp(name, "HardSigmoid"))
        return fmin(fmax(a * x + b, 0), 1);
    if (!strcasecmp(name, "Elu"))
        return x >= 0 ? x : a * expm1(x);
    if (!strcasecmp(name, "Softsign"))
        return x / (1 + fabs(x));
    return log1p(exp(-fabs(x))) + fmax(x, 0); /* Softplus */
}

/* The same of a gate, which clip bounds. */
static inline double recurrence_gate(const struct recurrence *r, int k, double x)
{
    const double most = (double)harness_attr_float(r->call, "clip", INFINITY);
    return recurrence_activation(r, k, fmin(fmax(x, -most), most));
}

/* Where the walk's row of initial_h and the like begins. */
static inline int64_t recurrence_last(const struct recurrence *r)
{
    return (r->batch_first ? r->entry * r->n_directions + r->direction
                           : r->direction * r->batch + r->entry) *
           r->hidden;
}

static inline void recurrence_entry(struct recurrence *r, hinge_tensor *y,
                                    void (*step)(struct recurrence *))
{
    const struct harness_attribute *direction = harness_attr(r->call, "direction");
    const bool backward = r->direction == 1 || (direction && !strcmp(direction->s, "reverse"));
    const hinge_tensor *lengths = recurrence_input(r, 4), *h = recurrence_input(r, 5);
    const hinge_tensor *c = recurrence_input(r, 6);
    const int64_t length = lengths ? harness_get_int(lengths, r->entry) : r->length;
    for (int64_t u = 0; u < r->hidden; u++) {
        r->h[u] = h ? harness_get(h, recurrence_last(r) + u) : 0;
        r->c[u] = c ? harness_get(c, recurrence_last(r) + u) : 0;
    }
    for (int64_t i = 0; i < length; i++) {
        r->step = backward ? length - 1 - i : i;
        step(r);
        const int64_t n = r->n_directions;
        const int64_t at = r->batch_first ? (r->entry * r->length + r->step) * n + r->direction
                                          : (r->step * n + r->direction) * r->batch + r->entry;
        for (int64_t u = 0; u < r->hidden; u++)
            harness_set(y, at * r->hidden + u, r->h[u]);
    }
}

/* All outputs; step changes h and c. */
static inline void recurrence_walk(struct harness_call *call, struct recurrence r,
                                   void (*step)(struct recurrence *))
{
    const hinge_tensor *x = call->inputs[0], *w = call->inputs[2];
    const bool has_cell = r.n_gates == 4;
    r.call = call;
    r.batch_first = harness_attr_int(call, "layout", 0) == 1;
    r.length = x->dims[r.batch_first];
    r.batch = x->dims[!r.batch_first];
    r.input = x->dims[2];
    r.hidden = w->dims[2];
    r.n_directions = w->dims[0];
    const int64_t n = r.n_directions;
    const int64_t dims[2][4] = {{r.length, n, r.batch, r.hidden}, {r.batch, r.length, n, r.hidden}};
    const int64_t last[2][3] = {{n, r.batch, r.hidden}, {r.batch, n, r.hidden}};
    hinge_tensor *y = harness_output(call, 0, x->type, 4, dims[r.batch_first]);
    hinge_tensor *y_h = harness_output(call, 1, x->type, 3, last[r.batch_first]);
    hinge_tensor *y_c = has_cell ? harness_output(call, 2, x->type, 3, last[r.batch_first]) : NULL;
    for (r.direction = 0; r.direction < n; r.direction++)
        for (r.entry = 0; r.entry < r.batch; r.entry++) {
            recurrence_entry(&r, y, step);
            for (int64_t u = 0; u < r.hidden; u++) {
                harness_set(y_h, recurrence_last(&r) + u, r.h[u]);
                if (has_cell)
                    harness_set(y_c, recurrence_last(&r) + u, r.c[u]);
            }
        }
}

/* Inputs: RANDOM(type, constant, largest magnitude, dims…), without special values. */
#define RANDOM(element, is_constant, most, ...)                                                    \
    {                                                                                              \
        .type = (element), .low = -(most), .high = (most), .dims = {__VA_ARGS__},                  \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .constant = (is_constant),           \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define X(...) RANDOM(HINGE_FLOAT, false, 1, __VA_ARGS__)
#define C(...) RANDOM(HINGE_FLOAT, true, 0.5, __VA_ARGS__)
#define XT(...) RANDOM(HARNESS_T, false, 1, __VA_ARGS__)
#define CT(...) RANDOM(HARNESS_T, true, 0.5, __VA_ARGS__)

#define HALVES (HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16))

#endif
