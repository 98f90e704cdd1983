/* SequenceInsert: each position from either end, and those beyond. */
#include "tests/operators/values.h"

#define INSERT(at, ...)                                                                            \
    CHECK_VALUES(.op = "SequenceInsert",                                                           \
                 .inputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(2, 2)), FLOATS(3), at},        \
                 __VA_ARGS__)

void test_sequenceinsert(void)
{
    INSERT({0}, .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(2, 2), FLOATS(3))});
    INSERT(INT64(2), .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(2, 2), FLOATS(3))});
    INSERT(INT64(0), .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(3), FLOATS(1), FLOATS(2, 2))});
    INSERT(INT64(-2), .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(3), FLOATS(1), FLOATS(2, 2))});
    INSERT(NUMBER(HINGE_INT32, -1),
           .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(3), FLOATS(2, 2))});
    INSERT(LIST_OF(HINGE_INT64, 1),
           .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(3), FLOATS(2, 2))});
    INSERT(INT64(3), .fails = HINGE_BAD_VALUE,
           .says = "position 3 is not in [-2, 3) of a sequence of 2 elements");
    INSERT(INT64(-3), .fails = HINGE_BAD_VALUE, .says = "position -3");
    INSERT(LIST_OF(HINGE_INT64, 1, 2), .fails = HINGE_BAD_SHAPE,
           .says = "position has the shape [2], not one element");
    CHECK_VALUES(.op = "SequenceInsert",
                 .inputs = {EMPTY(HINGE_SEQUENCE, HINGE_STRING), STRINGS("a", "")},
                 .outputs = {SEQUENCE(HINGE_STRING, STRINGS("a", ""))});
    CHECK_VALUES(.op = "SequenceInsert",
                 .inputs = {SEQUENCE(
                                FLOAT_MAP_TYPE(HINGE_INT64),
                                FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 3, -1), FLOATS(1, 2))),
                            FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 7), FLOATS(3)), INT64(0)},
                 .outputs = {
                     SEQUENCE(FLOAT_MAP_TYPE(HINGE_INT64),
                              FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 7), FLOATS(3)),
                              FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 3, -1), FLOATS(1, 2)))});
}
