/* SequenceMap: over one sequence, two, and a tensor beside one. */
#include "tests/operators/values.h"

/* (a, b) -> (a + b elementwise of b's first number, the length of a) */
static hinge_status add(struct values_call *call)
{
    const hinge_tensor *a = call->inputs[0];
    float *sum = values_tensor(call, 0, HINGE_FLOAT, 1, a->dims);
    for (int64_t i = 0; i < a->dims[0]; i++)
        sum[i] = ((const float *)a->data)[i] + *(const float *)call->inputs[1]->data;
    values_number(call, 1, HINGE_INT64, (double)a->dims[0]);
    return HINGE_OK;
}

static hinge_status refuse(struct values_call *call)
{
    return call->n == 1 ? HINGE_CANCELLED : add(call);
}

#define BODY(function)                                                                             \
    {                                                                                              \
        {                                                                                          \
            .name = "body", .type = HINGE_ATTR_GRAPH, .graph = {                                   \
                function,                                                                          \
                2,                                                                                 \
                2,                                                                                 \
                {HINGE_FLOAT, HINGE_INT64}                                                         \
            }                                                                                      \
        }                                                                                          \
    }
#define S SEQUENCE(HINGE_FLOAT, FLOATS(1), FLOATS(2, 3), FLOATS(4))

void test_sequencemap(void)
{
    CHECK_VALUES(.op = "SequenceMap", .attributes = BODY(add), .inputs = {S, FLOATS(10)},
                 .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(11), FLOATS(12, 13), FLOATS(14)),
                             SEQUENCE(HINGE_INT64, INT64(1), INT64(2), INT64(1))},
                 .n_calls = 3);
    CHECK_VALUES(.op = "SequenceMap", .attributes = BODY(add), .inputs = {S, S},
                 .outputs = {{0}, SEQUENCE(HINGE_INT64, INT64(1), INT64(2), INT64(1))},
                 .n_calls = 3);
    CHECK_VALUES(.op = "SequenceMap", .attributes = BODY(add),
                 .inputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT), FLOATS(10)},
                 .outputs = {EMPTY(HINGE_SEQUENCE, HINGE_FLOAT)});
    CHECK_VALUES(.op = "SequenceMap", .attributes = BODY(add),
                 .inputs = {S, SEQUENCE(HINGE_FLOAT, FLOATS(1))}, .fails = HINGE_BAD_SHAPE,
                 .says = "input 1 has 1 elements, input 0 has 3");
    CHECK_VALUES(.op = "SequenceMap", .attributes = BODY(refuse), .inputs = {S, FLOATS(10)},
                 .fails = HINGE_CANCELLED);
    CHECK_VALUES(.op = "SequenceMap", .attributes = BODY(add), .inputs = {S},
                 .fails = HINGE_BAD_MODEL, .says = "body has 2 inputs, not 1");
    CHECK_VALUES(.op = "SequenceMap", .attributes = BODY(add), .inputs = {S, S}, .n_outputs = 3,
                 .fails = HINGE_BAD_MODEL, .says = "body has 2 outputs, fewer than 3");
}
