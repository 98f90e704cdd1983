/* Which inputs Resize takes, for all lengths up to 64, all coordinate transformations and
 * roundings, with sizes and with scales that are their quotients rounded to float: against the
 * standard's formulas in rational numbers. */
#include "operators/resize/resize_plan.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 64 };

/* n / d, d > 0 */
struct rational {
    int64_t n, d;
};

static struct rational make(int64_t n, int64_t d)
{
    int64_t a = n < 0 ? -n : n, b = d;
    while (b) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return (struct rational){n / a, d / a};
}

static struct rational plus(struct rational a, struct rational b)
{
    return make(a.n * b.d + b.n * a.d, a.d * b.d);
}

static struct rational minus(struct rational a, struct rational b)
{
    return plus(a, make(-b.n, b.d));
}

static struct rational times(struct rational a, struct rational b)
{
    return make(a.n * b.n, a.d * b.d);
}

static struct rational over(struct rational a, struct rational b)
{
    return times(a, make(b.d, b.n));
}

static int64_t floor_of(struct rational a)
{
    return (a.n >= 0 ? a.n : a.n - a.d + 1) / a.d;
}

static const char *const coordinates[] = {
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",  "align_corners",
    "asymmetric", "tf_crop_and_resize",   "tf_half_pixel_for_nn"};
static const char *const roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};

static struct rational position(int mode, int64_t from, int64_t to, int64_t i)
{
    const struct rational half = {1, 2}, at = {i, 1}, scale = make(to, from);
    const struct rational middle = over(plus(at, half), scale);
    const struct rational last = {from - 1, 1};
    switch (mode) {
    case 2: return to > 1 ? minus(middle, half) : (struct rational){0, 1};
    case 3: return to > 1 ? over(times(at, last), make(to - 1, 1)) : (struct rational){0, 1};
    case 4: return over(at, scale);
    case 5: /* the region from 1/8 to 3/4 */
        return to > 1 ? plus(times(make(1, 8), last),
                             over(times(times(at, make(5, 8)), last), make(to - 1, 1)))
                      : times(make(7, 16), last);
    case 6: return middle;
    default: return minus(middle, half);
    }
}

static int64_t rounded(int rounding, struct rational x)
{
    const struct rational half = {1, 2};
    switch (rounding) {
    case 0: return -floor_of(minus(half, x));
    case 1: return floor_of(plus(x, half));
    case 2: return floor_of(x);
    default: return -floor_of(make(-x.n, x.d));
    }
}

static hinge_status fail(const struct hinge_node *node, hinge_status status, const char *format,
                         ...)
{
    va_list arguments;
    (void)node;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    return status;
}

static struct hinge_attribute text(const char *value)
{
    return (struct hinge_attribute){.type = HINGE_ATTR_STRING, .s = {value, strlen(value)}};
}

/* The plan of Resize-13, or of its versions before 11 where mode is -1. */
static hinge_status plan(int mode, int rounding, const char *kind, bool by_scale, int64_t from,
                         int64_t to, struct resize_plan *result)
{
    float region[] = {0.125F, 0.75F}, scale = (float)to / (float)from;
    const struct hinge_host host = {.size = sizeof host, .fail = fail};
    hinge_tensor x = {.type = HINGE_FLOAT, .rank = 1, .dims = {from}};
    const hinge_tensor roi = {.type = HINGE_FLOAT, .rank = 1, .dims = {2}, .data = region};
    const hinge_tensor scales = {.type = HINGE_FLOAT, .rank = 1, .dims = {1}, .data = &scale};
    const hinge_tensor sizes = {.type = HINGE_INT64, .rank = 1, .dims = {1}, .data = &to};
    const struct hinge_attribute attributes[] = {
        text(kind),    text(coordinates[mode < 0 ? 0 : mode]),
        {.f = -0.75F}, {.i = 0},
        {.f = 0},      text(roundings[rounding])};
    const hinge_tensor *inputs[] = {&x, &roi, by_scale ? &scales : NULL, by_scale ? NULL : &sizes};
    const hinge_tensor *inputs_10[] = {&x, &scales};
    const struct hinge_node node = {.size = sizeof node,
                                    .opset = mode < 0 ? 10 : 13,
                                    .n_inputs = mode < 0 ? 2 : 4,
                                    .host = &host,
                                    .inputs = mode < 0 ? inputs_10 : inputs,
                                    .attributes = attributes};
    return resize_plan(&node, result);
}

static int64_t clamp(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static int wrong(const char *what, int mode, int rounding, bool by_scale, int64_t from, int64_t to,
                 int64_t i)
{
    printf("%s %s %s by %s from %lld to %lld: position %lld\n", what,
           mode < 0 ? "before opset 11" : coordinates[mode], roundings[rounding],
           by_scale ? "scale" : "size", (long long)from, (long long)to, (long long)i);
    return 1;
}

static int check_nearest(int mode, int rounding, bool by_scale, int64_t from, int64_t to)
{
    struct resize_plan p;
    int n_wrong = 0;
    if (plan(mode, rounding, "nearest", by_scale, from, to, &p) || p.dims[0] != to)
        return by_scale ? 0 : wrong("no plan", mode, rounding, by_scale, from, to, 0);
    for (int64_t i = 0; i < to; i++) {
        const struct rational x = position(mode < 0 ? 4 : mode, from, to, i);
        const bool outside = mode == 5 && (x.n < 0 || minus(x, make(from - 1, 1)).n > 0);
        const int64_t expected = rounded(mode < 0 ? (to < from ? 3 : 2) : rounding, x);
        int64_t got;
        double weight;
        if (resize_taps(&p, 0, from, i, &got, &weight) == outside ||
            (!outside && got != clamp(expected, from)))
            n_wrong += wrong("nearest", mode, rounding, by_scale, from, to, i);
    }
    return n_wrong;
}

/* The two inputs next to the position, and the shares that make their mean the position. */
static int check_linear(int mode, bool by_scale, int64_t from, int64_t to)
{
    struct resize_plan p;
    int n_wrong = 0;
    if (plan(mode, 0, "linear", by_scale, from, to, &p) || p.dims[0] != to)
        return by_scale ? 0 : wrong("no plan", mode, 0, by_scale, from, to, 0);
    for (int64_t i = 0; i < to; i++) {
        const struct rational x = position(mode, from, to, i);
        const int64_t whole = floor_of(x);
        const struct rational rest = minus(x, make(whole, 1));
        const double share = (double)rest.n / (double)rest.d;
        int64_t got[2] = {0};
        double weights[2] = {0};
        if (resize_taps(&p, 0, from, i, got, weights) &&
            (got[0] != clamp(whole, from) || got[1] != clamp(whole + 1, from) ||
             fabs(weights[0] - (1 - share)) > 2e-14 || fabs(weights[1] - share) > 2e-14))
            n_wrong += wrong("linear", mode, 0, by_scale, from, to, i);
    }
    return n_wrong;
}

int main(void)
{
    int n_wrong = 0;
    for (int64_t from = 1; from <= LONGEST; from++)
        for (int64_t to = 1; to <= LONGEST; to++)
            for (int by_scale = 0; by_scale < 2; by_scale++) {
                for (int mode = 0; mode < 7; mode++) {
                    for (int rounding = 0; rounding < 4; rounding++)
                        n_wrong += check_nearest(mode, rounding, by_scale, from, to);
                    n_wrong += check_linear(mode, by_scale, from, to);
                }
                n_wrong += by_scale ? check_nearest(-1, 0, true, from, to) : 0;
            }
    printf("%d wrong\n", n_wrong);
    return n_wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
