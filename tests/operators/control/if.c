/* If: either branch, of different shapes and of every kind of value. */
#include "tests/operators/values.h"

static hinge_status long_branch(struct values_call *call)
{
    float *y = values_tensor(call, 0, HINGE_FLOAT, 1, (const int64_t[]){3});
    for (int i = 0; i < 3; i++)
        y[i] = (float)i;
    values_number(call, 1, HINGE_INT64, 1);
    return HINGE_OK;
}

static hinge_status short_branch(struct values_call *call)
{
    values_number(call, 0, HINGE_FLOAT, 7);
    values_number(call, 1, HINGE_INT64, 2);
    return HINGE_OK;
}

static hinge_status never(struct values_call *call)
{
    (void)call;
    return HINGE_CANCELLED;
}

static hinge_status sequence_branch(struct values_call *call)
{
    hinge_tensor *elements = values_elements(call, 0, HINGE_SEQUENCE, 1);
    static float number = 5;
    values_copy(call, elements, &(const hinge_tensor){HINGE_FLOAT, 1, {1}, &number});
    return HINGE_OK;
}

static hinge_status nothing_branch(struct values_call *call)
{
    values_elements(call, 0, HINGE_SEQUENCE, 0);
    return HINGE_OK;
}

#define BRANCHES(then, otherwise, n, ...)                                                          \
    {                                                                                              \
        {.name = "then_branch", .type = HINGE_ATTR_GRAPH, .graph = {then, 0, n, {__VA_ARGS__}}},   \
        {                                                                                          \
            .name = "else_branch", .type = HINGE_ATTR_GRAPH, .graph = {                            \
                otherwise,                                                                         \
                0,                                                                                 \
                n,                                                                                 \
                {__VA_ARGS__}                                                                      \
            }                                                                                      \
        }                                                                                          \
    }

void test_if(void)
{
    static const uint32_t opsets[] = {1, 11, 13, 16, 25};
    for (size_t i = 0; i < sizeof opsets / sizeof *opsets; i++) {
        CHECK_VALUES(.op = "If", .opset = opsets[i], .inputs = {BOOLEAN(1)},
                     .attributes = BRANCHES(long_branch, never, 2, HINGE_FLOAT, HINGE_INT64),
                     .outputs = {FLOATS(0, 1, 2), INT64(1)}, .n_calls = 1);
        CHECK_VALUES(.op = "If", .opset = opsets[i], .inputs = {LIST_OF(HINGE_BOOL, 0)},
                     .attributes = BRANCHES(long_branch, short_branch, 2, HINGE_FLOAT, HINGE_INT64),
                     .outputs = {NUMBER(HINGE_FLOAT, 7), INT64(2)}, .n_calls = 1);
    }
    CHECK_VALUES(.op = "If", .inputs = {BOOLEAN(0)},
                 .attributes = BRANCHES(long_branch, short_branch, 2, HINGE_FLOAT, HINGE_INT64),
                 .outputs = {{0}, INT64(2)}, .n_calls = 1);
    CHECK_VALUES(.op = "If", .inputs = {BOOLEAN(1)},
                 .attributes =
                     BRANCHES(sequence_branch, nothing_branch, 1, SEQUENCE_TYPE(HINGE_FLOAT)),
                 .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(5))}, .n_calls = 1);
    CHECK_VALUES(.op = "If", .inputs = {BOOLEAN(0)},
                 .attributes =
                     BRANCHES(sequence_branch, nothing_branch, 1, SEQUENCE_TYPE(HINGE_FLOAT)),
                 .outputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT)}, .n_calls = 1);
    CHECK_VALUES(.op = "If", .inputs = {LIST_OF(HINGE_BOOL, 0, 1)},
                 .attributes = BRANCHES(never, never, 1, HINGE_FLOAT), .fails = HINGE_BAD_SHAPE,
                 .says = "cond has the shape [2], not one element");
    CHECK_VALUES(.op = "If", .inputs = {BOOLEAN(0)},
                 .attributes = BRANCHES(never, never, 1, HINGE_FLOAT), .fails = HINGE_CANCELLED);
    CHECK_VALUES(.op = "If", .inputs = {BOOLEAN(0)}, .n_outputs = 2,
                 .attributes = BRANCHES(never, never, 1, HINGE_FLOAT), .fails = HINGE_BAD_MODEL,
                 .says = "then_branch has 1 outputs, fewer than 2");
    CHECK_VALUES(.op = "If", .inputs = {BOOLEAN(0)},
                 .attributes = {{"then_branch", HINGE_ATTR_GRAPH,
                                 .graph = {never, 0, 1, {HINGE_FLOAT}}},
                                {"else_branch", HINGE_ATTR_GRAPH,
                                 .graph = {never, 0, 1, {SEQUENCE_TYPE(HINGE_INT64)}}}},
                 .fails = HINGE_BAD_MODEL,
                 .says = "output 0 is float of then_branch, seq(int64) of else_branch");
    CHECK_VALUES(.op = "If", .inputs = {BOOLEAN(0)},
                 .attributes = {{"then_branch", HINGE_ATTR_GRAPH,
                                 .graph = {never, 0, 1, {HINGE_FLOAT}}},
                                {"else_branch", HINGE_ATTR_GRAPH,
                                 .graph = {never, 0, 2, {HINGE_FLOAT, HINGE_FLOAT}}}},
                 .fails = HINGE_BAD_MODEL, .says = "then_branch has 1 outputs, else_branch 2");
}
