/* SequenceLength: of none and of some. */
#include "tests/operators/values.h"

void test_sequencelength(void)
{
    CHECK_VALUES(.op = "SequenceLength", .inputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT)},
                 .outputs = {INT64(0)});
    CHECK_VALUES(.op = "SequenceLength",
                 .inputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(2), FLOATS(3, 4))},
                 .outputs = {INT64(3)});
    CHECK_VALUES(.op = "SequenceLength",
                 .inputs = {SEQUENCE(
                     FLOAT_MAP_TYPE(HINGE_INT64),
                     FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 3, -1), FLOATS(1, 2)),
                     FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 7), FLOATS(3)))},
                 .outputs = {INT64(2)});
}
