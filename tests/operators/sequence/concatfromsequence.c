/* ConcatFromSequence: along each axis, and along new ones. */
#include "tests/operators/values.h"

#define CONCAT(axis_is, new_is, ...)                                                               \
    CHECK_VALUES(.op = "ConcatFromSequence",                                                       \
                 .attributes = {{.name = "axis", .type = HINGE_ATTR_INT, .i = (axis_is)},          \
                                {.name = "new_axis", .type = HINGE_ATTR_INT, .i = (new_is)}},      \
                 __VA_ARGS__)
#define A TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 1), 1, 2)
#define B TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 3, 4, 5, 6)

void test_concatfromsequence(void)
{
    CONCAT(1, 0, .inputs = {SEQUENCE(HINGE_FLOAT, A, B)},
           .outputs = {TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 3), 1, 3, 4, 2, 5, 6)});
    CONCAT(-2, 0, .inputs = {SEQUENCE(HINGE_FLOAT, A, A)},
           .outputs = {TENSOR_OF(HINGE_FLOAT, 2, DIMS(4, 1), 1, 2, 1, 2)});
    CONCAT(0, 1, .inputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1, 2), FLOATS(3, 4), FLOATS(5, 6))},
           .outputs = {TENSOR_OF(HINGE_FLOAT, 2, DIMS(3, 2), 1, 2, 3, 4, 5, 6)});
    CONCAT(-1, 1, .inputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1, 2), FLOATS(3, 4), FLOATS(5, 6))},
           .outputs = {TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 3), 1, 3, 5, 2, 4, 6)});
    CONCAT(0, 1, .inputs = {SEQUENCE(HINGE_INT64, INT64(7), INT64(8))},
           .outputs = {LIST_OF(HINGE_INT64, 7, 8)});
    CONCAT(0, 0, .inputs = {SEQUENCE(HINGE_STRING, STRINGS("a"), STRINGS("", "bc"))},
           .outputs = {STRINGS("a", "", "bc")});
    CONCAT(0, 0, .inputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT)}, .fails = HINGE_BAD_VALUE,
           .says = "no elements");
    CONCAT(0, 0, .inputs = {SEQUENCE(HINGE_FLOAT, A, B)}, .fails = HINGE_BAD_SHAPE,
           .says = "element 1 has the shape [2, 2], which does not fit [2, 1] of element 0");
    CONCAT(0, 1, .inputs = {SEQUENCE(HINGE_FLOAT, A, B)}, .fails = HINGE_BAD_SHAPE,
           .says = "element 1");
    CONCAT(0, 0, .inputs = {SEQUENCE(HINGE_FLOAT, A, FLOATS(1))}, .fails = HINGE_BAD_SHAPE,
           .says = "the shape [1]");
    CONCAT(2, 0, .inputs = {SEQUENCE(HINGE_FLOAT, A)}, .fails = HINGE_BAD_SHAPE,
           .says = "axis 2 is not in [-2, 2)");
    CONCAT(3, 1, .inputs = {SEQUENCE(HINGE_FLOAT, A)}, .fails = HINGE_BAD_SHAPE,
           .says = "axis 3 is not in [-3, 3)");
    CONCAT(0, 2, .inputs = {SEQUENCE(HINGE_FLOAT, A)}, .fails = HINGE_BAD_MODEL,
           .says = "new_axis is 2");
    CONCAT(
        0, 1,
        .inputs = {SEQUENCE(HINGE_FLOAT, {.type = HINGE_FLOAT,
                                          .rank = 16,
                                          .dims = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                                          .numbers = (const double[]){1}})},
        .fails = HINGE_LIMIT, .says = "rank 17, more than 16");
}
