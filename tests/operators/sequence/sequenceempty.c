/* SequenceEmpty: no elements, of every type. */
#include "tests/operators/values.h"

void test_sequenceempty(void)
{
    CHECK_VALUES(.op = "SequenceEmpty", .outputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT)});
    CHECK_VALUES(.op = "SequenceEmpty", .opset = 11,
                 .attributes = {{.name = "dtype", .type = HINGE_ATTR_INT, .i = HINGE_STRING}},
                 .outputs = {EMPTY(HINGE_SEQUENCE, HINGE_STRING)});
}
