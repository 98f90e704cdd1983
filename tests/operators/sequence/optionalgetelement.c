/* OptionalGetElement: what an optional holds, or from 18 on the input itself. */
#include "tests/operators/values.h"

void test_optionalgetelement(void)
{
    for (uint32_t opset = 15; opset <= 18; opset += 3) {
        CHECK_VALUES(.op = "OptionalGetElement", .opset = opset,
                     .inputs = {HOLDING(HINGE_FLOAT, FLOATS(1, 2))}, .outputs = {FLOATS(1, 2)});
        CHECK_VALUES(.op = "OptionalGetElement", .opset = opset,
                     .inputs = {HOLDING(SEQUENCE_TYPE(HINGE_FLOAT),
                                        SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(2)))},
                     .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(2))});
        CHECK_VALUES(.op = "OptionalGetElement", .opset = opset,
                     .inputs = {EMPTY(HINGE_OPTIONAL, HINGE_FLOAT)}, .fails = HINGE_BAD_VALUE,
                     .says = "has no element");
    }
    CHECK_VALUES(.op = "OptionalGetElement", .inputs = {FLOATS(1, 2)}, .outputs = {FLOATS(1, 2)});
    CHECK_VALUES(.op = "OptionalGetElement", .inputs = {SEQUENCE(HINGE_STRING, STRINGS("a"))},
                 .outputs = {SEQUENCE(HINGE_STRING, STRINGS("a"))});
}
