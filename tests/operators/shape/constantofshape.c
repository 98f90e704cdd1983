/* ConstantOfShape: the stated shape, every element the value. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const struct harness_attribute *value = harness_attr(call, "value");
    int64_t dims[HINGE_MAX_RANK], rank = hinge_count(call->inputs[0]);
    for (int64_t d = 0; d < rank; d++)
        dims[d] = harness_get_int(call->inputs[0], d);
    hinge_tensor *y =
        harness_output(call, 0, value ? value->tensor->type : HINGE_FLOAT, (int32_t)rank, dims);
    for (int64_t i = 0; i < hinge_count(y) && value; i++)
        harness_set(y, i, value->tensor->values[0]);
}

static void check_value(hinge_type type, double value)
{
    CHECK_OP(.op = "ConstantOfShape", .inputs = {CONSTANT_LIST(HINGE_INT64, 5, 7)},
             .attributes = {ATTR_TENSOR("value",
                                        {.type = type, .rank = 1, .dims = {1}, .values = &value})},
             .reference = reference);
}

void test_constantofshape(void)
{
    CHECK_OP(.op = "ConstantOfShape", .opsets = {9, 20, 21, 23},
             .inputs = {CONSTANT_LIST(HINGE_INT64, 2, 3)}, .reference = reference);
    CHECK_OP(.op = "ConstantOfShape", .inputs = {CONSTANT_LIST(HINGE_INT64, 3, 0, 2)},
             .reference = reference);
    CHECK_OP(.op = "ConstantOfShape", .inputs = {{.type = HINGE_INT64, .rank = 1, .dims = {0}}},
             .reference = reference);
    CHECK_OP(.op = "ConstantOfShape", .inputs = {LIST(HINGE_INT64, 300, 401)},
             .attributes = {ATTR_TENSOR("value", LIST(HINGE_DOUBLE, 0.25))},
             .reference = reference);
    for (int type = 1; type < HINGE_N_TYPES; type++)
        if ((HARNESS_NUMBERS | HARNESS_TYPE(HINGE_BOOL) | HARNESS_TYPE(HINGE_INT4) |
             HARNESS_TYPE(HINGE_UINT2)) >>
                type &
            1)
            check_value((hinge_type)type, 1);
    check_value(HINGE_INT4, -3);
    CHECK_OP(.op = "ConstantOfShape", .inputs = {LIST(HINGE_INT64, 2, -1)},
             .fails = HINGE_BAD_SHAPE, .says = "dimension 1 is -1");
    CHECK_OP(.op = "ConstantOfShape", .inputs = {LIST(HINGE_INT64, 2)},
             .attributes = {ATTR_TENSOR("value", LIST(HINGE_FLOAT, 1, 2))},
             .fails = HINGE_BAD_MODEL, .says = "value has 2 elements");
}
