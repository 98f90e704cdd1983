/* Constant: each of its attributes as the tensor it stands for. */
#include "tests/operators/harness.h"

#define ONE(element, ...)                                                                          \
    {                                                                                              \
        .type = (element), .values = (const double[])                                              \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

void test_constant(void)
{
    CHECK_OP(.op = "Constant", .opsets = {7, 9, 11, 12, 13, 19, 21, 23},
             .attributes = {ATTR_TENSOR("value", LIST(HINGE_INT32, 3, -1, 4))},
             .expect = {LIST(HINGE_INT32, 3, -1, 4)});
    CHECK_OP(.op = "Constant", .attributes = {ATTR_TENSOR("value", LIST(HINGE_UINT4, 3, 15, 4))},
             .expect = {LIST(HINGE_UINT4, 3, 15, 4)});
    CHECK_OP(.op = "Constant", .attributes = {ATTR_FLOAT("value_float", 1.5F)},
             .expect = {ONE(HINGE_FLOAT, 1.5)});
    CHECK_OP(.op = "Constant", .attributes = {ATTR_FLOATS("value_floats", 1.5F, -2)},
             .expect = {LIST(HINGE_FLOAT, 1.5, -2)});
    CHECK_OP(.op = "Constant", .attributes = {ATTR_INT("value_int", -7)},
             .expect = {ONE(HINGE_INT64, -7)});
    CHECK_OP(.op = "Constant", .attributes = {ATTR_INTS("value_ints", 1, 2, 3)},
             .expect = {LIST(HINGE_INT64, 1, 2, 3)});
    CHECK_OP(.op = "Constant", .attributes = {ATTR_STRING("value_string", "hinge")},
             .expect = {{.type = HINGE_STRING, .strings = (const char *const[]){"hinge"}}});
    CHECK_OP(.op = "Constant", .attributes = {ATTR_STRINGS("value_strings", "", "b")},
             .expect = {{.type = HINGE_STRING,
                         .rank = 1,
                         .dims = {2},
                         .strings = (const char *const[]){"", "b"}}});
    CHECK_OP(.op = "Constant", .fails = HINGE_BAD_MODEL, .says = "0 values are given");
    CHECK_OP(.op = "Constant",
             .attributes = {ATTR_INT("value_int", 1), ATTR_FLOAT("value_float", 1)},
             .fails = HINGE_BAD_MODEL, .says = "2 values are given");
}
