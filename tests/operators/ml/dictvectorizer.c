/* DictVectorizer: maps of every type that it takes. */
#include "tests/operators/values.h"

#define INTS(...)                                                                                  \
    {                                                                                              \
        .name = "int64_vocabulary", .type = HINGE_ATTR_INTS,                                       \
        .ints = (const int64_t[]){__VA_ARGS__}, .count = HARNESS_COUNT(int64_t, __VA_ARGS__)       \
    }
#define WORDS                                                                                      \
    {                                                                                              \
        .name = "string_vocabulary", .type = HINGE_ATTR_STRINGS, .count = 4,                       \
        .strings = (const hinge_string[])                                                          \
        {                                                                                          \
            {"a", 1}, {"c", 1}, {"", 0},                                                           \
            {                                                                                      \
                "z", 1                                                                             \
            }                                                                                      \
        }                                                                                          \
    }
#define MAP(key, element, ...)                                                                     \
    {                                                                                              \
        .type = HINGE_MAP | (hinge_type_code)(key) << 8 | (hinge_type_code)(element) << 16,        \
        .dims = {2}, .elements = (const struct value[])                                            \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define ROW(element, n, ...) TENSOR_OF(element, 2, DIMS(1, n), __VA_ARGS__)
#define VECTORIZER .op = "DictVectorizer", .domain = "ai.onnx.ml"

void test_dictvectorizer(void)
{
    const hinge_type types[] = {HINGE_INT64, HINGE_FLOAT, HINGE_DOUBLE};
    for (int i = 0; i < 3; i++)
        CHECK_VALUES(VECTORIZER, .attributes = {WORDS},
                     .inputs = {MAP(HINGE_STRING, types[i], STRINGS("c", "other", "a"),
                                    LIST_OF(types[i], 8, 9, 4))},
                     .outputs = {ROW(types[i], 4, 4, 8, 0, 0)});
    for (int i = 1; i < 3; i++)
        CHECK_VALUES(VECTORIZER, .attributes = {INTS(7, 5, -1, 7)},
                     .inputs = {MAP(HINGE_INT64, types[i], LIST_OF(HINGE_INT64, 7, -1, 3),
                                    LIST_OF(types[i], 1.5, 2.5, 9))},
                     .outputs = {ROW(types[i], 4, 1.5, 0, 2.5, 1.5)});
    CHECK_VALUES(VECTORIZER, .attributes = {INTS(7, 5)},
                 .inputs = {MAP(HINGE_INT64, HINGE_STRING, LIST_OF(HINGE_INT64, 5, 9),
                                STRINGS("five", "nine"))},
                 .outputs = {{.type = HINGE_STRING,
                              .rank = 2,
                              .dims = {1, 2},
                              .strings = (const char *const[]){"", "five"}}});
    CHECK_VALUES(VECTORIZER, .attributes = {INTS(7, 5)},
                 .inputs = {MAP(HINGE_STRING, HINGE_FLOAT, STRINGS("five"), FLOATS(1))},
                 .fails = HINGE_BAD_MODEL, .says = "the vocabulary has another type");
    CHECK_VALUES(VECTORIZER, .attributes = {WORDS, INTS(7, 5)},
                 .inputs = {MAP(HINGE_STRING, HINGE_FLOAT, STRINGS("five"), FLOATS(1))},
                 .fails = HINGE_BAD_MODEL, .says = "not exactly one");
}
