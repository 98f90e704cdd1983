/* SequenceConstruct: tensors of different shapes, of numbers and of strings. */
#include "tests/operators/values.h"

void test_sequenceconstruct(void)
{
    CHECK_VALUES(.op = "SequenceConstruct", .inputs = {FLOATS(1, 2), NUMBER(HINGE_FLOAT, 3)},
                 .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1, 2), NUMBER(HINGE_FLOAT, 3))});
    CHECK_VALUES(.op = "SequenceConstruct", .inputs = {STRINGS("", "ab")},
                 .outputs = {SEQUENCE(HINGE_STRING, STRINGS("", "ab"))});
    CHECK_VALUES(.op = "SequenceConstruct", .inputs = {FLOATS(1), {0}}, .n_inputs = 2,
                 .fails = HINGE_BAD_MODEL, .says = "input 1 is left out");
    CHECK_VALUES(.op = "SequenceConstruct",
                 .inputs = {FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 3, -1), FLOATS(1, 2)),
                            FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 7), FLOATS(3))},
                 .outputs = {
                     SEQUENCE(FLOAT_MAP_TYPE(HINGE_INT64),
                              FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 3, -1), FLOATS(1, 2)),
                              FLOAT_MAP(HINGE_INT64, LIST_OF(HINGE_INT64, 7), FLOATS(3)))});
}
