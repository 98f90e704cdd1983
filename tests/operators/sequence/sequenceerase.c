/* SequenceErase: each position from either end, and those beyond. */
#include "tests/operators/values.h"

#define ERASE(at, ...)                                                                             \
    CHECK_VALUES(.op = "SequenceErase",                                                            \
                 .inputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(2, 2), FLOATS(3)), at},        \
                 __VA_ARGS__)

void test_sequenceerase(void)
{
    ERASE({0}, .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(2, 2))});
    ERASE(INT64(0), .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(2, 2), FLOATS(3))});
    ERASE(INT64(-2), .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(3))});
    ERASE(INT64(3), .fails = HINGE_BAD_VALUE,
          .says = "position 3 is not in [-3, 3) of a sequence of 3 elements");
    CHECK_VALUES(.op = "SequenceErase", .inputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1))},
                 .outputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT)});
    CHECK_VALUES(.op = "SequenceErase", .inputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT)},
                 .fails = HINGE_BAD_VALUE, .says = "has no element");
    CHECK_VALUES(.op = "SequenceErase",
                 .inputs = {SEQUENCE(
                                FLOAT_MAP_TYPE(HINGE_INT64),
                                FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 3, -1), FLOATS(1, 2)),
                                FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 7), FLOATS(3))),
                            INT64(0)},
                 .outputs = {SEQUENCE(FLOAT_MAP_TYPE(HINGE_INT64),
                                      FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 7), FLOATS(3)))});
}
