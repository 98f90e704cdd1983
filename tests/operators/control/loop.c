/* Loop: every way of ending, states of every kind, what is gathered of every size. */
#include "tests/operators/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double number(const hinge_tensor *x)
{
    return harness_get(x, 0);
}

/* (i, condition, state) -> (true, state + i, [state, i]) */
static hinge_status add_up(struct values_call *call)
{
    double i = number(call->inputs[0]), state = number(call->inputs[2]);
    if (i != (double)call->n || number(call->inputs[1]) == 0)
        return HINGE_BAD_VALUE;
    values_number(call, 0, HINGE_BOOL, 1);
    values_number(call, 1, HINGE_FLOAT, state + i);
    float *pair = values_tensor(call, 2, HINGE_FLOAT, 1, (const int64_t[]){2});
    pair[0] = (float)state;
    pair[1] = (float)i;
    return HINGE_OK;
}

/* The same, ending itself with the third. */
static hinge_status add_three(struct values_call *call)
{
    hinge_status status = call->n < 3 ? HINGE_OK : HINGE_CANCELLED;
    if (status)
        return status;
    bool condition = number(call->inputs[1]) != 0;
    if (condition != (call->n < 3))
        return HINGE_BAD_VALUE;
    status = add_up(call);
    *(uint8_t *)call->outputs[0].data = call->n < 2;
    return status;
}

/* The same, saying false each time. */
static hinge_status add_false(struct values_call *call)
{
    double i = number(call->inputs[0]), state = number(call->inputs[2]);
    if ((number(call->inputs[1]) != 0) != (call->n == 0))
        return HINGE_BAD_VALUE;
    values_number(call, 0, HINGE_BOOL, 0);
    values_number(call, 1, HINGE_FLOAT, state + i);
    values_number(call, 2, HINGE_FLOAT, state);
    return HINGE_OK;
}

static hinge_status until_cancelled(struct values_call *call)
{
    return call->n < 5000 ? add_up(call) : HINGE_CANCELLED;
}

static hinge_status never(struct values_call *call)
{
    (void)call;
    return HINGE_CANCELLED;
}

#define BODY(function, inputs, outputs, ...)                                                       \
    {                                                                                              \
        {                                                                                          \
            .name = "body", .type = HINGE_ATTR_GRAPH, .graph = {                                   \
                function,                                                                          \
                inputs,                                                                            \
                outputs,                                                                           \
                {HINGE_BOOL, __VA_ARGS__}                                                          \
            }                                                                                      \
        }                                                                                          \
    }
#define ADD_UP(function) BODY(function, 3, 3, HINGE_FLOAT, HINGE_FLOAT)
#define START NUMBER(HINGE_FLOAT, 10)
#define NO_FLOATS                                                                                  \
    {                                                                                              \
        .type = HINGE_FLOAT, .rank = 1                                                             \
    }

static void ways_of_ending(void)
{
    static const uint32_t opsets[] = {1, 11, 13, 16, 25};
    for (size_t i = 0; i < sizeof opsets / sizeof *opsets; i++)
        CHECK_VALUES(.op = "Loop", .opset = opsets[i], .attributes = ADD_UP(add_up),
                     .inputs = {INT64(3), BOOLEAN(1), START},
                     .outputs = {NUMBER(HINGE_FLOAT, 13),
                                 TENSOR_OF(HINGE_FLOAT, 2, DIMS(3, 2), 10, 0, 10, 1, 11, 2)},
                     .n_calls = 3);
    /* M and cond as lists of one; the condition ends it; without M. */
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(add_up),
                 .inputs = {LIST_OF(HINGE_INT64, 2), LIST_OF(HINGE_BOOL, 1), START},
                 .outputs = {NUMBER(HINGE_FLOAT, 11),
                             TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 10, 0, 10, 1)},
                 .n_calls = 2);
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(add_three),
                 .inputs = {INT64(0x1p62), BOOLEAN(1), START},
                 .outputs = {NUMBER(HINGE_FLOAT, 13),
                             TENSOR_OF(HINGE_FLOAT, 2, DIMS(3, 2), 10, 0, 10, 1, 11, 2)},
                 .n_calls = 3);
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(add_three), .inputs = {{0}, BOOLEAN(1), START},
                 .outputs = {NUMBER(HINGE_FLOAT, 13),
                             TENSOR_OF(HINGE_FLOAT, 2, DIMS(3, 2), 10, 0, 10, 1, 11, 2)},
                 .n_calls = 3);
    /* Without cond what the body says ends nothing. */
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(add_false), .inputs = {INT64(3), {0}, START},
                 .outputs = {NUMBER(HINGE_FLOAT, 13), FLOATS(10, 10, 11)}, .n_calls = 3);
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(until_cancelled), .inputs = {{0}, {0}, START},
                 .n_outputs = 2, .fails = HINGE_CANCELLED);
}

static void no_iteration(void)
{
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(never), .inputs = {INT64(0), BOOLEAN(1), START},
                 .outputs = {START, NO_FLOATS});
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(never),
                 .inputs = {INT64(-5), BOOLEAN(1), START}, .outputs = {START});
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(never), .inputs = {INT64(7), BOOLEAN(0), START},
                 .outputs = {START});
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(never), .inputs = {{0}, BOOLEAN(0), START},
                 .outputs = {{0}, NO_FLOATS});
}

/* (i, condition, state) that are lists of one -> (true, state + i) */
static hinge_status add_lists(struct values_call *call)
{
    for (uint32_t i = 0; i < 3; i++)
        if (call->inputs[i]->rank != 1 || call->inputs[i]->dims[0] != 1)
            return HINGE_BAD_SHAPE;
    values_number(call, 0, HINGE_BOOL, 1);
    float *sum = values_tensor(call, 1, HINGE_FLOAT, 1, (const int64_t[]){1});
    *sum = (float)(number(call->inputs[0]) + number(call->inputs[2]));
    return HINGE_OK;
}

/* What the body declares of its inputs and outputs. */
static void declarations(void)
{
    static const hinge_tensor lists[] = {
        {HINGE_INT64, 1, {1}, NULL}, {HINGE_BOOL, 1, {1}, NULL}, {HINGE_FLOAT, 1, {1}, NULL}};
    static const hinge_tensor gathered[] = {
        {HINGE_BOOL, 0, {0}, NULL}, {HINGE_FLOAT, 0, {0}, NULL}, {HINGE_FLOAT, 2, {-1, 3}, NULL}};
    CHECK_VALUES(
            .op = "Loop",
            .attributes =
                {{"body", HINGE_ATTR_GRAPH,
                  .graph = {add_lists, 3, 2, {HINGE_BOOL, HINGE_FLOAT}, .declared_inputs = lists}}},
            .inputs = {INT64(3), BOOLEAN(1), FLOATS(10)}, .outputs = {FLOATS(13)}, .n_calls = 3);
    CHECK_VALUES(.op = "Loop",
                 .attributes = {{"body", HINGE_ATTR_GRAPH,
                                 .graph = {never,
                                           3,
                                           3,
                                           {HINGE_BOOL, HINGE_FLOAT, HINGE_FLOAT},
                                           .declared_outputs = gathered}}},
                 .inputs = {INT64(0), BOOLEAN(1), START},
                 .outputs = {START, {.type = HINGE_FLOAT, .rank = 3, .dims = {0, 0, 3}}});
    /* A declaration that is wrong says nothing. */
    CHECK_VALUES(.op = "Loop",
                 .attributes = {{"body", HINGE_ATTR_GRAPH,
                                 .graph = {add_up,
                                           3,
                                           3,
                                           {HINGE_BOOL, HINGE_FLOAT, HINGE_FLOAT},
                                           .declared_outputs = gathered}}},
                 .inputs = {INT64(2), BOOLEAN(1), START},
                 .outputs = {NUMBER(HINGE_FLOAT, 11),
                             TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 10, 0, 10, 1)},
                 .n_calls = 2);
}

/* (i, condition, list) -> (true, list with i behind it, list's length): the state grows. */
static hinge_status grow(struct values_call *call)
{
    const hinge_tensor *list = call->inputs[2];
    int64_t n = list->dims[0];
    values_number(call, 0, HINGE_BOOL, 1);
    float *longer = values_tensor(call, 1, HINGE_FLOAT, 1, (const int64_t[]){n + 1});
    memcpy(longer, list->data, (size_t)n * sizeof *longer);
    longer[n] = (float)number(call->inputs[0]);
    values_number(call, 2, HINGE_INT64, (double)n);
    return HINGE_OK;
}

/* (i, condition, list) -> (true, list, list): gathers what does not fit together. */
static hinge_status grow_gathered(struct values_call *call)
{
    hinge_status status = grow(call);
    values_copy(call, &call->outputs[2], &call->outputs[1]);
    return status;
}

/* Text that is made in the iteration and gone two later: (i, condition, text) -> (true, text i,
 * text). */
static hinge_status write_text(struct values_call *call)
{
    char text[32];
    snprintf(text, sizeof text, "%.0f", number(call->inputs[0]));
    hinge_string string = {text, strlen(text)};
    const hinge_tensor made = {HINGE_STRING, 1, {1}, &string};
    values_number(call, 0, HINGE_BOOL, 1);
    values_copy(call, &call->outputs[1], &made);
    values_copy(call, &call->outputs[2], call->inputs[2]);
    return HINGE_OK;
}

/* What is handed to the body comes back: (i, condition, a, b) -> (condition, b, a, i). */
static hinge_status swap(struct values_call *call)
{
    static const int from[] = {1, 3, 2, 0};
    for (uint32_t k = 0; k < 4; k++)
        values_copy(call, &call->outputs[k], call->inputs[from[k]]);
    return HINGE_OK;
}

/* Four elements of 4 bits in each slice, the second half 8 more than the first. */
static hinge_status nibbles(struct values_call *call)
{
    values_number(call, 0, HINGE_BOOL, 1);
    uint8_t *bytes = values_tensor(call, 1, HINGE_UINT4, 1, (const int64_t[]){3});
    bytes[0] = (uint8_t)((2 * call->n + 1) << 4 | 2 * call->n);
    bytes[1] = (uint8_t)(call->n + 8);
    return HINGE_OK;
}

static void states_and_slices(void)
{
    CHECK_VALUES(.op = "Loop", .attributes = BODY(grow, 3, 3, HINGE_FLOAT, HINGE_INT64),
                 .inputs = {INT64(3), BOOLEAN(1), FLOATS(7)},
                 .outputs = {FLOATS(7, 0, 1, 2), LIST_OF(HINGE_INT64, 1, 2, 3)}, .n_calls = 3);
    CHECK_VALUES(.op = "Loop", .attributes = BODY(write_text, 3, 3, HINGE_STRING, HINGE_STRING),
                 .inputs = {INT64(5), {0}, STRINGS("x")},
                 .outputs = {STRINGS("4"),
                             {.type = HINGE_STRING,
                              .rank = 2,
                              .dims = {5, 1},
                              .strings = (const char *const[]){"x", "0", "1", "2", "3"}}},
                 .n_calls = 5);
    CHECK_VALUES(.op = "Loop",
                 .attributes = BODY(swap, 4, 4, HINGE_FLOAT, HINGE_FLOAT, HINGE_INT64),
                 .inputs = {INT64(5), BOOLEAN(1), FLOATS(1), FLOATS(2, 3)},
                 .outputs = {FLOATS(2, 3), FLOATS(1), LIST_OF(HINGE_INT64, 0, 1, 2, 3, 4)},
                 .n_calls = 5);
    CHECK_VALUES(.op = "Loop", .attributes = BODY(nibbles, 2, 2, HINGE_UINT4),
                 .inputs = {INT64(3), BOOLEAN(1)},
                 .outputs = {TENSOR_OF(HINGE_UINT4, 2, DIMS(3, 3), 0, 1, 8, 2, 3, 9, 4, 5, 10)},
                 .n_calls = 3);
}

static hinge_status count_to_3000(struct values_call *call)
{
    values_number(call, 0, HINGE_BOOL, call->n < 2999);
    values_number(call, 1, HINGE_INT64, (double)call->n);
    return HINGE_OK;
}

static hinge_status thousands(struct values_call *call)
{
    int64_t n = 100000;
    values_number(call, 0, HINGE_BOOL, call->n < 9);
    float *y = values_tensor(call, 1, HINGE_FLOAT, 1, &n);
    for (int64_t i = 0; i < n; i++)
        y[i] = (float)(call->n + i);
    return HINGE_OK;
}

/* As many slices as come, in few allocations; large slices with a trip count never reached. */
static void growing(void)
{
    double *numbers = malloc(1000000 * sizeof *numbers);
    if (!numbers)
        abort();
    for (int i = 0; i < 3000; i++)
        numbers[i] = i;
    CHECK_VALUES(.op = "Loop", .attributes = BODY(count_to_3000, 2, 2, HINGE_INT64),
                 .inputs = {{0}, BOOLEAN(1)},
                 .outputs = {{.type = HINGE_INT64, .rank = 1, .dims = {3000}, .numbers = numbers}},
                 .n_calls = 3000, .most_allocations = 3001);
    for (int i = 0; i < 1000000; i++)
        numbers[i] = i / 100000 + i % 100000;
    CHECK_VALUES(
            .op = "Loop", .attributes = BODY(thousands, 2, 2, HINGE_FLOAT),
            .inputs = {INT64(1000000), BOOLEAN(1)},
            .outputs = {{.type = HINGE_FLOAT, .rank = 2, .dims = {10, 100000}, .numbers = numbers}},
            .n_calls = 10, .most_allocations = 13);
    free(numbers);
}

/* (i, condition, sequence) -> (true, sequence with i behind it) */
static hinge_status append(struct values_call *call)
{
    const hinge_tensor *sequence = call->inputs[2];
    int64_t n = sequence->dims[0];
    hinge_tensor *elements = values_elements(call, 1, HINGE_SEQUENCE, n + 1);
    float i = (float)number(call->inputs[0]);
    for (int64_t k = 0; k < n; k++)
        values_copy(call, &elements[k], (const hinge_tensor *)sequence->data + k);
    values_copy(call, &elements[n], &(const hinge_tensor){HINGE_FLOAT, 1, {1}, &i});
    values_number(call, 0, HINGE_BOOL, 1);
    return HINGE_OK;
}

/* The same for a state that is an optional to the body, and a sequence from it. */
static hinge_status append_to_optional(struct values_call *call)
{
    const hinge_tensor *optional = call->inputs[2];
    const hinge_tensor none = {HINGE_SEQUENCE, 1, {0}, NULL};
    if (optional->type != HINGE_OPTIONAL || (call->n && !optional->dims[0]))
        return HINGE_BAD_VALUE;
    const hinge_tensor *inputs[] = {call->inputs[0], call->inputs[1],
                                    optional->dims[0] ? optional->data : &none};
    struct values_call inner = *call;
    inner.inputs = inputs;
    return append(&inner);
}

#define OPTIONAL_TYPE (HINGE_OPTIONAL | SEQUENCE_TYPE(HINGE_FLOAT) << 8)

static void containers(void)
{
    CHECK_VALUES(.op = "Loop", .opset = 13,
                 .attributes = BODY(append, 3, 2, SEQUENCE_TYPE(HINGE_FLOAT)),
                 .inputs = {INT64(3), BOOLEAN(1), SEQUENCE(HINGE_FLOAT, FLOATS(7, 8))},
                 .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(7, 8), FLOATS(0), FLOATS(1), FLOATS(2))},
                 .n_calls = 3);
    CHECK_VALUES(.op = "Loop",
                 .attributes = BODY(append_to_optional, 3, 2, SEQUENCE_TYPE(HINGE_FLOAT)),
                 .inputs = {INT64(2), BOOLEAN(1),
                            EMPTY(HINGE_OPTIONAL, SEQUENCE_TYPE(HINGE_FLOAT))},
                 .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(0), FLOATS(1))}, .n_calls = 2);
    CHECK_VALUES(.op = "Loop",
                 .attributes = BODY(append_to_optional, 3, 2, SEQUENCE_TYPE(HINGE_FLOAT)),
                 .inputs = {INT64(0), BOOLEAN(1),
                            HOLDING(SEQUENCE_TYPE(HINGE_FLOAT), SEQUENCE(HINGE_FLOAT, FLOATS(5)))},
                 .outputs = {SEQUENCE(HINGE_FLOAT, FLOATS(5))});
    CHECK_VALUES(.op = "Loop", .attributes = BODY(never, 3, 2, SEQUENCE_TYPE(HINGE_FLOAT)),
                 .inputs = {INT64(0), BOOLEAN(1),
                            EMPTY(HINGE_OPTIONAL, SEQUENCE_TYPE(HINGE_FLOAT))},
                 .fails = HINGE_BAD_VALUE, .says = "state 0 is an optional without element");
    CHECK_VALUES(.op = "Loop", .attributes = BODY(never, 3, 2, OPTIONAL_TYPE),
                 .inputs = {INT64(0), BOOLEAN(1),
                            EMPTY(HINGE_OPTIONAL, SEQUENCE_TYPE(HINGE_FLOAT))},
                 .outputs = {EMPTY(HINGE_OPTIONAL, SEQUENCE_TYPE(HINGE_FLOAT))});
}

static hinge_status two_conditions(struct values_call *call)
{
    values_tensor(call, 0, HINGE_BOOL, 1, (const int64_t[]){2});
    return HINGE_OK;
}

static void refusals(void)
{
    CHECK_VALUES(.op = "Loop", .attributes = BODY(grow_gathered, 3, 3, HINGE_FLOAT, HINGE_FLOAT),
                 .inputs = {INT64(3), BOOLEAN(1), FLOATS(7)}, .n_outputs = 2,
                 .outputs = {FLOATS(0), FLOATS(0)}, .fails = HINGE_BAD_SHAPE,
                 .says = "iteration 1 has the shape [3] for output 1, the first had [2]");
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(never),
                 .inputs = {LIST_OF(HINGE_INT64, 1, 2), BOOLEAN(1), START},
                 .fails = HINGE_BAD_SHAPE, .says = "M has the shape [2], not one element");
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(never),
                 .inputs = {INT64(1), LIST_OF(HINGE_BOOL, 1, 1), START}, .fails = HINGE_BAD_SHAPE,
                 .says = "cond has the shape [2]");
    CHECK_VALUES(.op = "Loop",
                 .attributes = {{"body", HINGE_ATTR_GRAPH,
                                 .graph = {two_conditions, 2, 1, {HINGE_BOOL}}}},
                 .inputs = {INT64(1), BOOLEAN(1)}, .n_outputs = 0, .fails = HINGE_BAD_MODEL,
                 .says = "body has 1 outputs, fewer than 2");
    CHECK_VALUES(.op = "Loop", .attributes = BODY(two_conditions, 2, 2, HINGE_FLOAT),
                 .inputs = {INT64(1), BOOLEAN(1)}, .outputs = {{0}}, .n_outputs = 1,
                 .fails = HINGE_BAD_SHAPE, .says = "the body's condition has the shape [2]");
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(never), .inputs = {INT64(1), BOOLEAN(1)},
                 .fails = HINGE_BAD_MODEL, .says = "body has 3 inputs, not 2");
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(never), .inputs = {INT64(1)},
                 .fails = HINGE_BAD_MODEL, .says = "1 inputs, not 2 to");
    CHECK_VALUES(.op = "Loop", .opset = 10, .attributes = BODY(never, 2, 2, HINGE_FLOAT),
                 .inputs = {INT64(1), BOOLEAN(1)}, .fails = HINGE_BAD_MODEL,
                 .says = "2 inputs, not 3 to");
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(never), .inputs = {INT64(1), BOOLEAN(1)},
                 .n_inputs = 3, .fails = HINGE_BAD_MODEL,
                 .says = "the initial value of state 0 is left out");
    CHECK_VALUES(.op = "Loop", .attributes = ADD_UP(never),
                 .inputs = {INT64(1), BOOLEAN(1), INT64(1)}, .fails = HINGE_BAD_MODEL,
                 .says = "state 0 is int64, and float after an iteration");
    CHECK_VALUES(.op = "Loop",
                 .attributes = {{"body", HINGE_ATTR_GRAPH,
                                 .graph = {never, 3, 2, {HINGE_INT64, HINGE_FLOAT}}}},
                 .inputs = {INT64(1), BOOLEAN(1), START}, .fails = HINGE_BAD_MODEL,
                 .says = "the body's condition is int64, not bool");
    CHECK_VALUES(.op = "Loop", .attributes = BODY(never, 2, 2, SEQUENCE_TYPE(HINGE_FLOAT)),
                 .inputs = {INT64(1), BOOLEAN(1)}, .fails = HINGE_BAD_MODEL,
                 .says = "output 0 gathers seq(float), which is no tensor");
}

void test_loop(void)
{
    ways_of_ending();
    no_iteration();
    declarations();
    states_and_slices();
    growing();
    containers();
    refusals();
}
