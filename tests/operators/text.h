/* What the tests of operators on strings share. */
#ifndef TESTS_OPERATORS_TEXT_H
#define TESTS_OPERATORS_TEXT_H

#include "tests/operators/harness.h"

/* STRINGS("a", "b") of rank 1; STRINGS_OF(dims in braces, …) of any; no strings: {NULL}. */
#define STRINGS(...)                                                                               \
    {                                                                                              \
        .type = HINGE_STRING, .rank = 1, .dims = {(int64_t)HARNESS_COUNT(char *, __VA_ARGS__)},    \
        .strings = (const char *const[])                                                           \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define ROW_OF_STRINGS(...)                                                                        \
    {                                                                                              \
        .type = HINGE_STRING, .rank = 2, .dims = {1, (int64_t)HARNESS_COUNT(char *, __VA_ARGS__)}, \
        .strings = (const char *const[])                                                           \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define MATRIX_OF_STRINGS(columns, ...)                                                            \
    {                                                                                              \
        .type = HINGE_STRING, .rank = 2,                                                           \
        .dims = {(int64_t)HARNESS_COUNT(char *, __VA_ARGS__) / (columns), (columns)},              \
        .strings = (const char *const[])                                                           \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
/* n times the same strings, in turn. */
#define EMPTY_STRINGS(...)                                                                         \
    {                                                                                              \
        .type = HINGE_STRING, .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__),                \
        .dims = {__VA_ARGS__}, .strings = (const char *const[])                                    \
        {                                                                                          \
            ""                                                                                     \
        }                                                                                          \
    }

#endif
