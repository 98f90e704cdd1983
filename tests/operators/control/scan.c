/* Scan: every axis and direction against a loop over coordinates, batches, and what is refused. */
#include "tests/operators/values.h"

#include <stdio.h>
#include <string.h>

/* (sum, x) -> (sum + x, 10 sum + x) elementwise, x and sum of one shape. */
static hinge_status add_up(struct values_call *call)
{
    const hinge_tensor *sum = call->inputs[0], *x = call->inputs[1];
    values_tensor(call, 0, HINGE_FLOAT, x->rank, x->dims);
    values_tensor(call, 1, HINGE_FLOAT, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        harness_set(&call->outputs[0], i, harness_get(sum, i) + harness_get(x, i));
        harness_set(&call->outputs[1], i, 10 * harness_get(sum, i) + harness_get(x, i));
    }
    return HINGE_OK;
}

static hinge_status never(struct values_call *call)
{
    (void)call;
    return HINGE_CANCELLED;
}

#define INTS(label, ...)                                                                           \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_INTS, .ints = (const int64_t[]){__VA_ARGS__},          \
        .count = HARNESS_COUNT(int64_t, __VA_ARGS__)                                               \
    }
#define BODY(function, n_in, n_out, ...)                                                           \
    {                                                                                              \
        .name = "body", .type = HINGE_ATTR_GRAPH, .graph = {                                       \
            function,                                                                              \
            n_in,                                                                                  \
            n_out,                                                                                 \
            {__VA_ARGS__}                                                                          \
        }                                                                                          \
    }
#define SCANS(n)                                                                                   \
    {                                                                                              \
        .name = "num_scan_inputs", .type = HINGE_ATTR_INT, .i = (n)                                \
    }
#define ADD_UP BODY(add_up, 2, 2, HINGE_FLOAT, HINGE_FLOAT)

/* Of x [2, 3, 4]: element t of the slices along axis, e being the coordinates of the others. */
static double x_at(int axis, int64_t t, const int64_t e[2])
{
    int64_t at[3], k = 0;
    for (int d = 0; d < 3; d++)
        at[d] = d == axis ? t : e[k++];
    return (double)((at[0] * 3 + at[1]) * 4 + at[2] + 1);
}

static void check_axes(int axis, bool backward, int out_axis, bool out_backward, int64_t negative)
{
    static const int64_t dims[] = {2, 3, 4};
    double x[24], state[12] = {0}, zero[12] = {0}, y[24];
    int64_t length = dims[axis], rest[2], y_dims[3];
    int k = 0;
    for (int d = 0; d < 3; d++)
        if (d != axis)
            rest[k++] = dims[d];
    k = 0;
    for (int d = 0; d < 3; d++)
        y_dims[d] = d == out_axis ? length : rest[k++];
    for (int i = 0; i < 24; i++)
        x[i] = i + 1;
    for (int64_t t = 0; t < length; t++)
        for (int64_t e[2] = {0, 0}; e[0] < rest[0]; e[0]++)
            for (e[1] = 0; e[1] < rest[1]; e[1]++) {
                double value = x_at(axis, backward ? length - 1 - t : t, e);
                double *sum = &state[e[0] * rest[1] + e[1]];
                int64_t at[3], n = 0;
                for (int d = 0; d < 3; d++)
                    at[d] = d == out_axis ? (out_backward ? length - 1 - t : t) : e[n++];
                y[(at[0] * y_dims[1] + at[1]) * y_dims[2] + at[2]] = 10 * *sum + value;
                *sum += value;
            }
    const struct values_case c = {
        .op = "Scan",
        .opset = negative ? 11 : 9,
        .attributes = {ADD_UP, SCANS(1), INTS("scan_input_axes", axis - negative),
                       INTS("scan_output_axes", out_axis - negative),
                       INTS("scan_input_directions", backward),
                       INTS("scan_output_directions", out_backward)},
        .inputs = {{.type = HINGE_FLOAT, .rank = 2, .dims = {rest[0], rest[1]}, .numbers = zero},
                   {.type = HINGE_FLOAT, .rank = 3, .dims = {2, 3, 4}, .numbers = x}},
        .outputs = {{.type = HINGE_FLOAT, .rank = 2, .dims = {rest[0], rest[1]}, .numbers = state},
                    {.type = HINGE_FLOAT,
                     .rank = 3,
                     .dims = {y_dims[0], y_dims[1], y_dims[2]},
                     .numbers = y}},
        .n_calls = length,
    };
    values_check(__FILE__, __LINE__, &c);
}

static void axes_and_directions(void)
{
    for (int axis = 0; axis < 3; axis++)
        for (int out_axis = 0; out_axis < 3; out_axis++)
            for (int ways = 0; ways < 4; ways++)
                check_axes(axis, ways & 1, out_axis, ways & 2, ways == 1 ? 3 : 0);
}

/* (a, b) -> (a b's first number, b's text) with two scan inputs of different types. */
static hinge_status pair(struct values_call *call)
{
    values_number(call, 0, HINGE_INT64,
                  harness_get(call->inputs[0], 0) + (double)call->inputs[1]->rank);
    values_copy(call, &call->outputs[1], call->inputs[1]);
    return HINGE_OK;
}

/* Halves of bytes: (x) -> (x) */
static hinge_status echo(struct values_call *call)
{
    values_copy(call, &call->outputs[0], call->inputs[0]);
    return HINGE_OK;
}

/* A delay line: (a, b, x) -> (x, a, b). */
static hinge_status delay(struct values_call *call)
{
    static const int from[] = {2, 0, 1};
    for (uint32_t k = 0; k < 3; k++)
        values_copy(call, &call->outputs[k], call->inputs[from[k]]);
    return HINGE_OK;
}

static void kinds_of_values(void)
{
    static const uint32_t opsets[] = {9, 11, 16, 25};
    for (size_t i = 0; i < sizeof opsets / sizeof *opsets; i++)
        CHECK_VALUES(.op = "Scan", .opset = opsets[i], .attributes = {ADD_UP, SCANS(1)},
                     .inputs = {NUMBER(HINGE_FLOAT, 1), FLOATS(2, 3, 4)},
                     .outputs = {NUMBER(HINGE_FLOAT, 10), FLOATS(12, 33, 64)}, .n_calls = 3);
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(pair, 2, 2, HINGE_INT64, HINGE_STRING), SCANS(2),
                                INTS("scan_input_axes", 0, 1), INTS("scan_input_directions", 1, 0)},
                 .inputs = {LIST_OF(HINGE_INT64, 1, 2),
                            {.type = HINGE_STRING,
                             .rank = 2,
                             .dims = {2, 2},
                             .strings = (const char *const[]){"a", "bb", "", "d"}}},
                 .outputs = {LIST_OF(HINGE_INT64, 3, 2),
                             {.type = HINGE_STRING,
                              .rank = 2,
                              .dims = {2, 2},
                              .strings = (const char *const[]){"a", "", "bb", "d"}}},
                 .n_calls = 2);
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(echo, 1, 1, HINGE_INT4), SCANS(1),
                                INTS("scan_output_axes", 1)},
                 .inputs = {TENSOR_OF(HINGE_INT4, 2, DIMS(3, 3), 1, 2, 3, 4, 5, 6, 7, -8, -1)},
                 .outputs = {TENSOR_OF(HINGE_INT4, 2, DIMS(3, 3), 1, 4, 7, 2, 5, -8, 3, 6, -1)},
                 .n_calls = 3);
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(delay, 3, 3, HINGE_FLOAT, HINGE_FLOAT, HINGE_FLOAT), SCANS(1),
                                INTS("scan_input_axes", 1)},
                 .inputs = {FLOATS(-1, -2), FLOATS(-3, -4),
                            TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 4), 1, 2, 3, 4, 5, 6, 7, 8)},
                 .outputs = {FLOATS(4, 8), FLOATS(3, 7),
                             TENSOR_OF(HINGE_FLOAT, 2, DIMS(4, 2), -3, -4, -1, -2, 1, 5, 2, 6)},
                 .n_calls = 4);
    /* Outputs that nobody wants, or that the node has not. */
    CHECK_VALUES(.op = "Scan", .attributes = {ADD_UP, SCANS(1)},
                 .inputs = {NUMBER(HINGE_FLOAT, 1), FLOATS(2, 3, 4)},
                 .outputs = {{0}, FLOATS(12, 33, 64)}, .n_calls = 3);
    CHECK_VALUES(.op = "Scan", .attributes = {ADD_UP, SCANS(1)},
                 .inputs = {NUMBER(HINGE_FLOAT, 1), FLOATS(2, 3, 4)},
                 .outputs = {NUMBER(HINGE_FLOAT, 10)}, .n_calls = 3);
}

static void no_iteration(void)
{
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(never, 2, 2, HINGE_FLOAT, HINGE_FLOAT), SCANS(1)},
                 .inputs = {FLOATS(1, 2), TENSOR_OF(HINGE_FLOAT, 2, DIMS(0, 2), 0)},
                 .outputs = {FLOATS(1, 2), {.type = HINGE_FLOAT, .rank = 1}});
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(never, 2, 2, HINGE_FLOAT, HINGE_FLOAT), SCANS(1),
                                INTS("scan_output_axes", -2)},
                 .inputs = {FLOATS(1, 2), TENSOR_OF(HINGE_FLOAT, 2, DIMS(0, 2), 0)},
                 .outputs = {FLOATS(1, 2), {.type = HINGE_FLOAT, .rank = 2}});
    CHECK_VALUES(.op = "Scan", .opset = 8,
                 .attributes = {BODY(never, 2, 2, HINGE_FLOAT, HINGE_STRING), SCANS(1)},
                 .inputs = {LIST_OF(HINGE_INT64, 0, 0), FLOATS(1, 2),
                            TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 0, 0, 0, 0)},
                 .outputs = {FLOATS(1, 2),
                             {.type = HINGE_STRING,
                              .rank = 2,
                              .dims = {2, 2},
                              .strings = (const char *const[]){"", "", "", ""}}});
}

/* (text) -> (text), made anew. */
static hinge_status batched(struct values_call *call)
{
    values_copy(call, &call->outputs[0], call->inputs[1]);
    values_copy(call, &call->outputs[1], call->inputs[0]);
    return HINGE_OK;
}

static void batches(void)
{
    CHECK_VALUES(.op = "Scan", .opset = 8, .attributes = {ADD_UP, SCANS(1)},
                 .inputs = {{0},
                            TENSOR_OF(HINGE_FLOAT, 2, DIMS(1, 2), 0, 0),
                            TENSOR_OF(HINGE_FLOAT, 3, DIMS(1, 3, 2), 1, 2, 3, 4, 5, 6)},
                 .outputs = {TENSOR_OF(HINGE_FLOAT, 2, DIMS(1, 2), 9, 12),
                             TENSOR_OF(HINGE_FLOAT, 3, DIMS(1, 3, 2), 1, 2, 13, 24, 45, 66)},
                 .n_calls = 3);
    CHECK_VALUES(.op = "Scan", .opset = 8, .attributes = {ADD_UP, SCANS(1)},
                 .inputs = {LIST_OF(HINGE_INT64, 2, 0, 3), FLOATS(100, 200, 300),
                            TENSOR_OF(HINGE_FLOAT, 2, DIMS(3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9)},
                 .outputs = {FLOATS(103, 200, 324), TENSOR_OF(HINGE_FLOAT, 2, DIMS(3, 3), 1001,
                                                              1012, 0, 0, 0, 0, 3007, 3078, 3159)},
                 .n_calls = 5);
    CHECK_VALUES(.op = "Scan", .opset = 8, .attributes = {ADD_UP, SCANS(1), INTS("directions", 1)},
                 .inputs = {LIST_OF(HINGE_INT64, 2, 3), FLOATS(0, 0),
                            TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 3), 1, 2, 3, 4, 5, 6)},
                 .outputs = {FLOATS(3, 15),
                             TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 3), 2, 21, 0, 6, 65, 114)},
                 .n_calls = 5);
    CHECK_VALUES(.op = "Scan", .opset = 8,
                 .attributes = {BODY(batched, 2, 2, HINGE_STRING, HINGE_STRING), SCANS(1)},
                 .inputs = {LIST_OF(HINGE_INT64, 1, 2),
                            STRINGS("x", "y"),
                            {.type = HINGE_STRING,
                             .rank = 2,
                             .dims = {2, 2},
                             .strings = (const char *const[]){"a", "b", "c", "d"}}},
                 .outputs = {STRINGS("a", "d"),
                             {.type = HINGE_STRING,
                              .rank = 2,
                              .dims = {2, 2},
                              .strings = (const char *const[]){"x", "", "y", "c"}}},
                 .n_calls = 3);
}

/* (sum, x) -> (sum, a list that is longer each time) */
static hinge_status longer(struct values_call *call)
{
    values_copy(call, &call->outputs[0], call->inputs[0]);
    memset(values_tensor(call, 1, HINGE_FLOAT, 1, (const int64_t[]){call->n + 1}), 0,
           (size_t)(call->n + 1) * sizeof(float));
    return HINGE_OK;
}

static hinge_status other_state(struct values_call *call)
{
    longer(call);
    values_copy(call, &call->outputs[0], &call->outputs[1]);
    return HINGE_OK;
}

/* Where the body declares what it returns, the outputs' shapes are known before it is run. */
static void declarations(void)
{
    static const hinge_tensor known[] = {{HINGE_FLOAT, 1, {2}, NULL}, {HINGE_FLOAT, 1, {2}, NULL}};
    static const hinge_tensor open[] = {{HINGE_FLOAT, 1, {2}, NULL}, {HINGE_FLOAT, 1, {-1}, NULL}};
    static const hinge_tensor wrong[] = {{HINGE_FLOAT, 1, {2}, NULL}, {HINGE_FLOAT, 1, {3}, NULL}};
#define DECLARED(list)                                                                             \
    {                                                                                              \
        "body", HINGE_ATTR_GRAPH, .graph = {                                                       \
            add_up,                                                                                \
            2,                                                                                     \
            2,                                                                                     \
            {HINGE_FLOAT, HINGE_FLOAT},                                                            \
            .declared_outputs = list                                                               \
        }                                                                                          \
    }
#define TWICE TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 1, 2, 3, 4)
    CHECK_VALUES(.op = "Scan", .attributes = {DECLARED(known), SCANS(1)},
                 .inputs = {FLOATS(0, 0), TWICE},
                 .outputs = {FLOATS(4, 6), TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 1, 2, 13, 24)},
                 .n_calls = 2, .most_allocations = 3); /* two calls, and the state */
    CHECK_VALUES(.op = "Scan", .attributes = {DECLARED(open), SCANS(1)},
                 .inputs = {FLOATS(0, 0), TWICE},
                 .outputs = {FLOATS(4, 6), TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 1, 2, 13, 24)},
                 .n_calls = 2);
    CHECK_VALUES(.op = "Scan", .opset = 8, .attributes = {DECLARED(known), SCANS(1)},
                 .inputs = {LIST_OF(HINGE_INT64, 1, 0),
                            TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 0, 0, 7, 8),
                            TENSOR_OF(HINGE_FLOAT, 3, DIMS(2, 1, 2), 1, 2, 3, 4)},
                 .outputs = {TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 2), 1, 2, 7, 8),
                             TENSOR_OF(HINGE_FLOAT, 3, DIMS(2, 1, 2), 1, 2, 0, 0)},
                 .n_calls = 1);
    CHECK_VALUES(.op = "Scan",
                 .attributes = {DECLARED(open), SCANS(1), INTS("scan_output_axes", 1)},
                 .inputs = {FLOATS(1, 2), TENSOR_OF(HINGE_FLOAT, 2, DIMS(0, 2), 0)},
                 .outputs = {FLOATS(1, 2), {.type = HINGE_FLOAT, .rank = 2}});
    CHECK_VALUES(.op = "Scan", .attributes = {DECLARED(wrong), SCANS(1)},
                 .inputs = {FLOATS(0, 0), TWICE}, .outputs = {FLOATS(0, 0), TWICE},
                 .fails = HINGE_BAD_SHAPE,
                 .says = "iteration 0 has the shape [2] for scan output 0, which is to be [2, 3]");
}

#define REFUSED(opset_is, attributes_are, status, text, ...)                                       \
    CHECK_VALUES(.op = "Scan", .opset = opset_is, .attributes = attributes_are,                    \
                 .inputs = {__VA_ARGS__}, .fails = status, .says = text)
#define LISTED(...)                                                                                \
    {                                                                                              \
        BODY(never, 2, 2, HINGE_FLOAT, HINGE_FLOAT), SCANS(1), __VA_ARGS__                         \
    }
#define PLAIN_LIST                                                                                 \
    {                                                                                              \
        BODY(never, 2, 2, HINGE_FLOAT, HINGE_FLOAT), SCANS(1)                                      \
    }
#define X FLOATS(1, 2, 3)
#define STATE NUMBER(HINGE_FLOAT, 0)

static void refused_models(void)
{
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(never, 2, 2, HINGE_FLOAT, HINGE_FLOAT), SCANS(0)},
                 .inputs = {STATE, X}, .fails = HINGE_BAD_MODEL, .says = "num_scan_inputs is 0");
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(never, 2, 2, HINGE_FLOAT, HINGE_FLOAT), SCANS(3)},
                 .inputs = {STATE, X}, .fails = HINGE_BAD_MODEL,
                 .says = "num_scan_inputs is 3 for 2 inputs");
    CHECK_VALUES(.op = "Scan", .attributes = {BODY(never, 3, 1, HINGE_FLOAT), SCANS(1)},
                 .inputs = {STATE, STATE, X}, .fails = HINGE_BAD_MODEL,
                 .says = "body has 1 outputs, fewer than 2 states");
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(never, 2, 2, HINGE_INT64, HINGE_FLOAT), SCANS(1)},
                 .inputs = {STATE, X}, .fails = HINGE_BAD_MODEL,
                 .says = "state 0 is float, and int64 after an iteration");
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(never, 2, 2, HINGE_FLOAT, SEQUENCE_TYPE(HINGE_FLOAT)),
                                SCANS(1)},
                 .inputs = {STATE, X}, .n_outputs = 2, .fails = HINGE_BAD_MODEL,
                 .says = "output 1 gathers seq(float)");
    CHECK_VALUES(.op = "Scan", .attributes = PLAIN_LIST, .inputs = {STATE, X}, .n_outputs = 3,
                 .fails = HINGE_BAD_MODEL, .says = "body has 2 outputs, fewer than 3");
    REFUSED(0, LISTED(INTS("scan_input_axes", 0, 0)), HINGE_BAD_MODEL,
            "scan_input_axes has 2 entries, not 1", STATE, X);
    REFUSED(0, LISTED(INTS("scan_output_axes", 0, 0)), HINGE_BAD_MODEL,
            "scan_output_axes has 2 entries, not 1", STATE, X);
    REFUSED(0, LISTED(INTS("scan_input_directions", 2)), HINGE_BAD_MODEL,
            "entry 0 of scan_input_directions is 2, not 0 or 1", STATE, X);
    REFUSED(0, LISTED(INTS("scan_output_directions", -1)), HINGE_BAD_MODEL,
            "entry 0 of scan_output_directions is -1", STATE, X);
    REFUSED(8, LISTED(INTS("directions", 1, 1)), HINGE_BAD_MODEL, "directions has 2 entries", {0},
            X, X);
    CHECK_VALUES(.op = "Scan", .attributes = PLAIN_LIST, .inputs = {{0}, X},
                 .fails = HINGE_BAD_MODEL, .says = "input 0 is left out");
}

static void refused_shapes(void)
{
    REFUSED(0, LISTED(INTS("scan_input_axes", 1)), HINGE_BAD_SHAPE,
            "scan_input_axes 1 is not in [-1, 1)", STATE, X);
    REFUSED(0, PLAIN_LIST, HINGE_BAD_SHAPE, "scan input 0 has rank 0", STATE, STATE);
    CHECK_VALUES(.op = "Scan", .attributes = {BODY(never, 2, 1, HINGE_FLOAT), SCANS(2)},
                 .inputs = {X, FLOATS(1, 2)}, .fails = HINGE_BAD_SHAPE,
                 .says = "scan input 1 is 2 long, scan input 0 3");
    CHECK_VALUES(.op = "Scan", .attributes = {ADD_UP, SCANS(1), INTS("scan_output_axes", 1)},
                 .inputs = {STATE, X}, .outputs = {STATE, X}, .fails = HINGE_BAD_SHAPE,
                 .says = "scan_output_axes 1 is not in [-1, 1)");
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(longer, 2, 2, HINGE_FLOAT, HINGE_FLOAT), SCANS(1)},
                 .inputs = {STATE, X}, .outputs = {STATE, X}, .fails = HINGE_BAD_SHAPE,
                 .says = "iteration 1 has the shape [2] for scan output 0, which is to be [3, 1]");
    CHECK_VALUES(.op = "Scan",
                 .attributes = {BODY(other_state, 2, 2, HINGE_FLOAT, HINGE_FLOAT), SCANS(1)},
                 .inputs = {STATE, X}, .outputs = {STATE, X}, .fails = HINGE_BAD_SHAPE,
                 .says = "state 0 has the shape [], and [1] after iteration 0");
    REFUSED(8, PLAIN_LIST, HINGE_BAD_SHAPE, "scan input 0 has rank 1", {0}, X, X);
    REFUSED(8, PLAIN_LIST, HINGE_BAD_SHAPE, "state 0 has no batch of 2", {0}, X,
            TENSOR_OF(HINGE_FLOAT, 2, DIMS(2, 1), 1, 2));
    REFUSED(8, PLAIN_LIST, HINGE_BAD_SHAPE, "sequence_lens is no list of 3",
            LIST_OF(HINGE_INT64, 1, 1), X, TENSOR_OF(HINGE_FLOAT, 2, DIMS(3, 1), 1, 2, 3));
    REFUSED(8, PLAIN_LIST, HINGE_BAD_VALUE, "entry 2 of sequence_lens is 2, not in [0, 1]",
            LIST_OF(HINGE_INT64, 0, 0, 2), X, TENSOR_OF(HINGE_FLOAT, 2, DIMS(3, 1), 1, 2, 3));
}

void test_scan(void)
{
    axes_and_directions();
    kinds_of_values();
    no_iteration();
    declarations();
    batches();
    refused_models();
    refused_shapes();
}
