/* CastMap: both forms, from and to every type. */
#include "tests/operators/harness.h"
#include "tests/operators/values.h"

#define MAP(element, ...)                                                                          \
    {                                                                                              \
        .type = HINGE_MAP | (hinge_type_code)HINGE_INT64 << 8 | (hinge_type_code)(element) << 16,  \
        .dims = {2}, .elements = (const struct value[])                                            \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define KEYS(...) LIST_OF(HINGE_INT64, __VA_ARGS__)
#define TEXT(label, text)                                                                          \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_STRING, .s = (text)                                    \
    }
#define SPARSE(n)                                                                                  \
    TEXT("map_form", "SPARSE"),                                                                    \
    {                                                                                              \
        .name = "max_map", .type = HINGE_ATTR_INT, .i = (n)                                        \
    }
#define ROW(element, n, ...) TENSOR_OF(element, 2, DIMS(1, n), __VA_ARGS__)
#define TEXTS(n, ...)                                                                              \
    {                                                                                              \
        .type = HINGE_STRING, .rank = 2, .dims = {1, n}, .strings = (const char *const[])          \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define CASTMAP .op = "CastMap", .domain = "ai.onnx.ml"
#define NUMBERS MAP(HINGE_FLOAT, KEYS(5, -2, 9, 0, 3), FLOATS(1.5, 2, -3.75, 4, 5))

void test_castmap(void)
{
    CHECK_VALUES(CASTMAP, .inputs = {NUMBERS},
                 .outputs = {ROW(HINGE_FLOAT, 5, 2, 4, 5, 1.5, -3.75)});
    CHECK_VALUES(CASTMAP, .attributes = {TEXT("cast_to", "TO_INT64")}, .inputs = {NUMBERS},
                 .outputs = {ROW(HINGE_INT64, 5, 2, 4, 5, 1, -3)});
    CHECK_VALUES(
        CASTMAP, .attributes = {TEXT("cast_to", "TO_STRING")}, .inputs = {NUMBERS},
        .outputs = {TEXTS(5, "2.000000", "4.000000", "5.000000", "1.500000", "-3.750000")});
    CHECK_VALUES(CASTMAP, .attributes = {TEXT("cast_to", "TO_STRING"), SPARSE(4)},
                 .inputs = {MAP(HINGE_STRING, KEYS(3, 1), STRINGS("three", "one"))},
                 .outputs = {TEXTS(4, "0.f", "one", "0.f", "three")});
    CHECK_VALUES(CASTMAP, .attributes = {TEXT("cast_to", "TO_FLOAT"), SPARSE(4)},
                 .inputs = {MAP(HINGE_STRING, KEYS(3, 1), STRINGS("-3.5", "1e2"))},
                 .outputs = {ROW(HINGE_FLOAT, 4, 0, 100, 0, -3.5)});
    CHECK_VALUES(CASTMAP, .attributes = {TEXT("cast_to", "TO_INT64")},
                 .inputs = {MAP(HINGE_STRING, KEYS(3, 1), STRINGS("-3", "12345678901"))},
                 .outputs = {ROW(HINGE_INT64, 2, 12345678901.0, -3)});
    CHECK_VALUES(CASTMAP, .attributes = {TEXT("cast_to", "TO_INT64"), SPARSE(2)},
                 .inputs = {MAP(HINGE_STRING, KEYS(1), STRINGS("3x"))}, .fails = HINGE_BAD_VALUE,
                 .says = "\"3x\" is no number");
    CHECK_VALUES(CASTMAP, .inputs = {MAP(HINGE_STRING, KEYS(1), STRINGS(""))},
                 .fails = HINGE_BAD_VALUE, .says = "\"\" is no number");
    CHECK_VALUES(CASTMAP, .attributes = {SPARSE(3)}, .inputs = {NUMBERS}, .fails = HINGE_BAD_VALUE,
                 .says = "the map has key 5, and max_map is 3");
    CHECK_VALUES(CASTMAP, .attributes = {TEXT("cast_to", "TO_INT32")}, .inputs = {NUMBERS},
                 .fails = HINGE_BAD_MODEL, .says = "cast_to is not");
    CHECK_VALUES(CASTMAP, .attributes = {TEXT("map_form", "SOME")}, .inputs = {NUMBERS},
                 .fails = HINGE_BAD_MODEL, .says = "map_form is not DENSE or SPARSE");
    CHECK_VALUES(CASTMAP, .attributes = {SPARSE(-1)}, .inputs = {NUMBERS}, .fails = HINGE_BAD_MODEL,
                 .says = "max_map is -1");
}
