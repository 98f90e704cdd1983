/*
 * Each operator's rule against central differences, in double: with all shapes known, with the
 * first dimension left open, and with nothing known before the run; then in the other types, cast
 * from and to double, against that. What is differentiated is sin y, so that no two elements of y
 * have the same derivative.
 */
#ifndef TESTS_GRADIENT_SUPPORT_CASES_H
#define TESTS_GRADIENT_SUPPORT_CASES_H

#include "tests/gradient/support/differences.h"

#define MAX_INPUTS 5
#define MAX_ATTRIBUTES 6

struct input {
    enum {
        NONE,
        NUMBERS,
        INTS,
        BOOLS,
        FLOATS,
        LEFT_OUT
    } kind; /* NUMBERS are differentiated by; others are constant */
    int rank;
    int64_t dims[5];
    double low, high;
    int64_t ints[8];
    float floats[8];
};

struct attribute {
    const char *name;
    enum { INT = 1, FLOAT, STRING, LIST } kind;
    int64_t i;
    float f;
    const char *s;
    size_t n;
    int64_t ints[8];
};

struct rule_case {
    const char *op, *domain;
    int64_t opset; /* 0: 21 */
    struct input inputs[MAX_INPUTS];
    struct attribute attributes[MAX_ATTRIBUTES];
    bool needs_rank; /* of its inputs */
    bool is_exact;   /* ties among rounded numbers, or integers that they would be cast to */
};

#define COUNT(...) (sizeof((const double[]){__VA_ARGS__}) / sizeof(double))
#define N(least, most, ...)                                                                        \
    {                                                                                              \
        .kind = NUMBERS, .low = (least), .high = (most), .rank = (int)COUNT(__VA_ARGS__),          \
        .dims = {                                                                                  \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define I(...)                                                                                     \
    {                                                                                              \
        .kind = INTS, .rank = 1, .dims = {(int64_t)COUNT(__VA_ARGS__)}, .ints = { __VA_ARGS__ }    \
    }
#define I2(rows, columns, ...)                                                                     \
    {                                                                                              \
        .kind = INTS, .rank = 2, .dims = {rows, columns}, .ints = { __VA_ARGS__ }                  \
    }
#define B(...)                                                                                     \
    {                                                                                              \
        .kind = BOOLS, .rank = 1, .dims = {(int64_t)COUNT(__VA_ARGS__)}, .ints = { __VA_ARGS__ }   \
    }
#define F(...)                                                                                     \
    {                                                                                              \
        .kind = FLOATS, .rank = 1, .dims = {(int64_t)COUNT(__VA_ARGS__)}, .floats = {              \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define GAP                                                                                        \
    {                                                                                              \
        .kind = LEFT_OUT                                                                           \
    }
#define SCALAR(least, most)                                                                        \
    {                                                                                              \
        .kind = NUMBERS, .low = (least), .high = (most)                                            \
    }
#define AI(label, value)                                                                           \
    {                                                                                              \
        .name = (label), .kind = INT, .i = (value)                                                 \
    }
#define AF(label, value)                                                                           \
    {                                                                                              \
        .name = (label), .kind = FLOAT, .f = (value)                                               \
    }
#define AS(label, value)                                                                           \
    {                                                                                              \
        .name = (label), .kind = STRING, .s = (value)                                              \
    }
#define AL(label, ...)                                                                             \
    {                                                                                              \
        .name = (label), .kind = LIST, .n = COUNT(__VA_ARGS__), .ints = { __VA_ARGS__ }            \
    }
#define UNARY(name, ...)                                                                           \
    {                                                                                              \
        .op = (name), .inputs = { __VA_ARGS__ }                                                    \
    }

void check_case(const struct rule_case *c);
/* The model with all shapes known must not open, since there is no derivative: says tells why. */
void check_refused(const struct rule_case *c, const char *says);

#define CHECK_ALL(cases)                                                                           \
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases)[0]; i++)                                  \
    check_case(&(cases)[i])

#endif
