/* SequenceAt: from either end, and beyond. */
#include "tests/operators/values.h"

#define AT(position, ...)                                                                          \
    CHECK_VALUES(.op = "SequenceAt",                                                               \
                 .inputs = {SEQUENCE(HINGE_STRING, STRINGS("a"), STRINGS("b", "c")), position},    \
                 __VA_ARGS__)

void test_sequenceat(void)
{
    AT(INT64(0), .outputs = {STRINGS("a")});
    AT(INT64(1), .outputs = {STRINGS("b", "c")});
    AT(NUMBER(HINGE_INT32, -2), .outputs = {STRINGS("a")});
    AT(INT64(2), .fails = HINGE_BAD_VALUE, .says = "position 2 is not in [-2, 2)");
    CHECK_VALUES(.op = "SequenceAt", .inputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT), INT64(0)},
                 .fails = HINGE_BAD_VALUE, .says = "of a sequence of 0 elements");
    CHECK_VALUES(.op = "SequenceAt",
                 .inputs = {SEQUENCE(
                                FLOAT_MAP_TYPE(HINGE_INT64),
                                FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 3, -1), FLOATS(1, 2)),
                                FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 7), FLOATS(3))),
                            INT64(1)},
                 .outputs = {FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 7), FLOATS(3))});
    CHECK_VALUES(.op = "SequenceAt",
                 .inputs = {SEQUENCE(FLOAT_MAP_TYPE(HINGE_STRING),
                                     FLOAT_MAP(HINGE_STRING, STRINGS("no", "yes"), FLOATS(1, 2))),
                            INT64(-1)},
                 .outputs = {FLOAT_MAP(HINGE_STRING, STRINGS("no", "yes"), FLOATS(1, 2))});
}
