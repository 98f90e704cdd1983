/* ZipMap: with both kinds of keys, for rows and for one row. */
#include "tests/operators/values.h"

#define INTS(...)                                                                                  \
    {                                                                                              \
        .name = "classlabels_int64s", .type = HINGE_ATTR_INTS,                                     \
        .ints = (const int64_t[]){__VA_ARGS__}, .count = HARNESS_COUNT(int64_t, __VA_ARGS__)       \
    }
#define KEYS                                                                                       \
    {                                                                                              \
        .name = "classlabels_strings", .type = HINGE_ATTR_STRINGS, .count = 2,                     \
        .strings = (const hinge_string[])                                                          \
        {                                                                                          \
            {"no", 2},                                                                             \
            {                                                                                      \
                "yes", 3                                                                           \
            }                                                                                      \
        }                                                                                          \
    }

void test_zipmap(void)
{
    CHECK_VALUES(.op = "ZipMap", .domain = "ai.onnx.ml", .attributes = {INTS(3, -1)},
                 .inputs = {TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 1, 2, 3, 4)},
                 .outputs = {
                     SEQUENCE(FLOAT_MAP_TYPE(HINGE_INT64),
                              FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 3, -1), FLOATS(1, 2)),
                              FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 3, -1), FLOATS(3, 4)))});
    CHECK_VALUES(.op = "ZipMap", .domain = "ai.onnx.ml", .attributes = {KEYS},
                 .inputs = {TENSOR_OF(HINGE_FLOAT, 2, DIMS(3, 2), 1, 2, 3, 4, 5, 6)},
                 .outputs = {
                     SEQUENCE(FLOAT_MAP_TYPE(HINGE_STRING),
                              FLOAT_MAP(HINGE_STRING, STRINGS("no", "yes"), FLOATS(1, 2)),
                              FLOAT_MAP(HINGE_STRING, STRINGS("no", "yes"), FLOATS(3, 4)),
                              FLOAT_MAP(HINGE_STRING, STRINGS("no", "yes"), FLOATS(5, 6)))});
    CHECK_VALUES(.op = "ZipMap", .domain = "ai.onnx.ml", .attributes = {KEYS},
                 .inputs = {FLOATS(1, 2)},
                 .outputs = {
                     SEQUENCE(FLOAT_MAP_TYPE(HINGE_STRING),
                              FLOAT_MAP(HINGE_STRING, STRINGS("no", "yes"), FLOATS(1, 2)))});
    CHECK_VALUES(.op = "ZipMap", .domain = "ai.onnx.ml", .attributes = {KEYS},
                 .inputs = {TENSOR_OF(HINGE_FLOAT, 2, DIMS(0, 2), 0)},
                 .outputs = {EMPTY(HINGE_SEQUENCE, FLOAT_MAP_TYPE(HINGE_STRING))});
    CHECK_VALUES(.op = "ZipMap", .domain = "ai.onnx.ml", .attributes = {KEYS},
                 .inputs = {FLOATS(1, 2, 3)}, .fails = HINGE_BAD_SHAPE,
                 .says = "X has 3 columns for 2 labels");
    CHECK_VALUES(.op = "ZipMap", .domain = "ai.onnx.ml", .attributes = {KEYS},
                 .inputs = {NUMBER(HINGE_FLOAT, 1)}, .fails = HINGE_BAD_SHAPE,
                 .says = "X has rank 0");
    CHECK_VALUES(.op = "ZipMap", .domain = "ai.onnx.ml", .attributes = {KEYS, INTS(1, 2)},
                 .inputs = {FLOATS(1, 2)}, .fails = HINGE_BAD_MODEL, .says = "exactly one");
    CHECK_VALUES(.op = "ZipMap", .domain = "ai.onnx.ml", .inputs = {FLOATS(1, 2)},
                 .fails = HINGE_BAD_MODEL, .says = "exactly one");
}
