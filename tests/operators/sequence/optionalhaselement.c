/* OptionalHasElement: optionals with and without; from 18 on whatever else, and nothing. */
#include "tests/operators/values.h"

void test_optionalhaselement(void)
{
    for (uint32_t opset = 15; opset <= 18; opset += 3) {
        CHECK_VALUES(.op = "OptionalHasElement", .opset = opset,
                     .inputs = {HOLDING(HINGE_FLOAT, FLOATS(1))}, .outputs = {BOOLEAN(1)});
        CHECK_VALUES(.op = "OptionalHasElement", .opset = opset,
                     .inputs = {EMPTY(HINGE_OPTIONAL, HINGE_FLOAT)}, .outputs = {BOOLEAN(0)});
    }
    CHECK_VALUES(.op = "OptionalHasElement", .inputs = {FLOATS(1)}, .outputs = {BOOLEAN(1)});
    CHECK_VALUES(.op = "OptionalHasElement", .inputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT)},
                 .outputs = {BOOLEAN(1)});
    CHECK_VALUES(.op = "OptionalHasElement", .outputs = {BOOLEAN(0)});
    CHECK_VALUES(.op = "OptionalHasElement", .n_inputs = 1, .outputs = {BOOLEAN(0)});
}
