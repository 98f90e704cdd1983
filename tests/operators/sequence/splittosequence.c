/* SplitToSequence: by default, by a size, by a list, along each axis. */
#include "tests/operators/values.h"

#define AXIS(value)                                                                                \
    {                                                                                              \
        .name = "axis", .type = HINGE_ATTR_INT, .i = (value)                                       \
    }
#define KEEPDIMS(value)                                                                            \
    {                                                                                              \
        .name = "keepdims", .type = HINGE_ATTR_INT, .i = (value)                                   \
    }
#define X TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 3), 1, 2, 3, 4, 5, 6)

void test_splittosequence(void)
{
    CHECK_VALUES(.op = "SplitToSequence", .opset = 11, .inputs = {X},
                 .outputs = {SEQUENCE(HINGE_FLOAT, TENSOR_OF(HINGE_FLOAT, 2, DIMS(1, 3), 1, 2, 3),
                                      TENSOR_OF(HINGE_FLOAT, 2, DIMS(1, 3), 4, 5, 6))});
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {X}, .attributes = {AXIS(-1), KEEPDIMS(0)},
                 .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1, 4), FLOATS(2, 5), FLOATS(3, 6))});
    /* With split, keepdims says nothing. */
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {X, INT64(2)},
                 .attributes = {AXIS(1), KEEPDIMS(0)},
                 .outputs = {SEQUENCE(HINGE_FLOAT,
                                      TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 1, 2, 4, 5),
                                      TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 1), 3, 6))});
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {X, LIST_OF(HINGE_INT32, 1, 0, 2)},
                 .attributes = {AXIS(1)},
                 .outputs = {SEQUENCE(HINGE_FLOAT, TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 1), 1, 4),
                                      TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 0), 0),
                                      TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 2, 3, 5, 6))});
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {STRINGS("a", "b")},
                 .attributes = {KEEPDIMS(0)},
                 .outputs = {SEQUENCE(
                     HINGE_STRING, {.type = HINGE_STRING, .strings = (const char *const[]){"a"}},
                     {.type = HINGE_STRING, .strings = (const char *const[]){"b"}})});
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {TENSOR_OF(HINGE_INT8, 2, DIMS(0, 3), 0)},
                 .outputs = {EMPTY(HINGE_SEQUENCE, HINGE_INT8)});
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {X, INT64(0)}, .fails = HINGE_BAD_VALUE,
                 .says = "split is 0, not positive");
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {X, LIST_OF(HINGE_INT64, 1, 2)},
                 .fails = HINGE_BAD_SHAPE, .says = "part 1 of split is 2 with 1 left");
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {X, LIST_OF(HINGE_INT64, 1, -1)},
                 .fails = HINGE_BAD_SHAPE, .says = "part 1 of split is -1");
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {X, LIST_OF(HINGE_INT64, 1)},
                 .fails = HINGE_BAD_SHAPE, .says = "leave over 1 of 2");
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {X, TENSOR_OF(HINGE_INT64, 2, DIMS(1, 1), 1)},
                 .fails = HINGE_BAD_SHAPE, .says = "split has rank 2");
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {X}, .attributes = {AXIS(2)},
                 .fails = HINGE_BAD_SHAPE, .says = "axis 2 is not in [-2, 2)");
    CHECK_VALUES(.op = "SplitToSequence", .inputs = {NUMBER(HINGE_FLOAT, 1)},
                 .fails = HINGE_BAD_SHAPE, .says = "axis 0");
}
