/* Optional: of a tensor, of a sequence, of nothing; a type that does not fit. */
#include "tests/operators/values.h"

#define TYPE(code)                                                                                 \
    {                                                                                              \
        {                                                                                          \
            .name = "type", .type = HINGE_ATTR_TYPE_PROTO, .type_code = (code)                     \
        }                                                                                          \
    }

void test_optional(void)
{
    CHECK_VALUES(.op = "Optional", .inputs = {FLOATS(1, 2)},
                 .outputs = {HOLDING(HINGE_FLOAT, FLOATS(1, 2))});
    CHECK_VALUES(.op = "Optional", .inputs = {SEQUENCE(HINGE_STRING, STRINGS("a"))},
                 .attributes = TYPE(SEQUENCE_TYPE(HINGE_STRING)),
                 .outputs = {
                     HOLDING(SEQUENCE_TYPE(HINGE_STRING), SEQUENCE(HINGE_STRING, STRINGS("a")))});
    CHECK_VALUES(.op = "Optional", .attributes = TYPE(SEQUENCE_TYPE(HINGE_FLOAT)),
                 .outputs = {EMPTY(HINGE_OPTIONAL, SEQUENCE_TYPE(HINGE_FLOAT))});
    CHECK_VALUES(.op = "Optional", .attributes = TYPE(HINGE_BOOL), .n_inputs = 1,
                 .outputs = {EMPTY(HINGE_OPTIONAL, HINGE_BOOL)});
    CHECK_VALUES(.op = "Optional", .fails = HINGE_BAD_MODEL, .says = "neither an input nor a type");
    CHECK_VALUES(.op = "Optional", .inputs = {FLOATS(1)},
                 .attributes = TYPE(SEQUENCE_TYPE(HINGE_FLOAT)), .fails = HINGE_BAD_MODEL,
                 .says = "the input is float, the type says seq(float)");
}
