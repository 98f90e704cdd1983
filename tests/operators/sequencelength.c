/* SequenceLength: of none and of some. */
#include "tests/operators/values.h"

void test_sequencelength(void)
{
    CHECK_VALUES(.op = "SequenceLength", .inputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT)},
                 .outputs = {INT64(0)});
    CHECK_VALUES(.op = "SequenceLength",
                 .inputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(2), FLOATS(3, 4))},
                 .outputs = {INT64(3)});
}
