#include "tests/operators/harness/arithmetic.h"

void arithmetic_map2(struct harness_call *call, double (*of_floats)(double a, double b),
                     int64_t (*of_signed)(int64_t a, int64_t b),
                     int64_t (*of_unsigned)(int64_t a, int64_t b))
{
    const hinge_type type = call->inputs[0]->type;
    if (harness_is_floating(type))
        harness_map2(call, HINGE_NO_TYPE, of_floats);
    else
        harness_map2_int(call, HINGE_NO_TYPE, harness_is_signed(type) ? of_signed : of_unsigned);
}

hinge_tensor *arithmetic_fold(struct harness_call *call, double (*f)(double a, double b))
{
    hinge_tensor *y = harness_output_broadcast(call, 0, call->inputs[0]->type);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        double result =
            harness_get(call->inputs[0], harness_broadcast_index(y, i, call->inputs[0]));
        for (unsigned n = 1; n < call->n_inputs; n++)
            result = f(result, harness_get(call->inputs[n],
                                           harness_broadcast_index(y, i, call->inputs[n])));
        harness_set(y, i, result);
    }
    return y;
}

/* A list of 999 numbers up to ±bound, integers' special values too. */
#define SPECIAL(bound)                                                                             \
    {                                                                                              \
        .type = HARNESS_T, .rank = 1, .dims = {999}, .low = -(bound), .high = (bound),             \
        .specials = HARNESS_SPECIALS_ALWAYS                                                        \
    }

static void check_misfit(const char *op)
{
    CHECK_OP(.op = op, .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 2, 3), TENSOR(HINGE_FLOAT, 0, 1, 2, 4)},
             .fails = HINGE_BAD_SHAPE, .says = "broadcast");
}

static void check_left_out(const char *op)
{
    CHECK_OP(.op = op,
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3), OMITTED, TENSOR(HINGE_FLOAT, 0, 1, 3)},
             .fails = HINGE_BAD_MODEL, .says = "left out");
}

static void check_constants(const char *op, double neutral, arithmetic_reference *reference)
{
    CHECK_OP(.op = op, .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 4, 5),
                        CONSTANT(HINGE_FLOAT, 1, 2, 3, 1, 1)});
    CHECK_OP(.op = op, .reference = reference,
             .inputs = {CONSTANT(HINGE_FLOAT, 1, 2, 1, 3, 1), TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 4)});
    CHECK_OP(.op = op, .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3), CONSTANT(HINGE_FLOAT, 1, 2, 3)});
    CHECK_OP(.op = op, .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 3, 3, 3), CONSTANT(HINGE_FLOAT, 1, 2, 3, 1, 3)});
    CHECK_OP(.op = op, .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 4, 3), CONSTANT_LIST(HINGE_FLOAT, neutral)});
    CHECK_OP(.op = op, .reference = reference,
             .inputs = {TENSOR(HINGE_INT64, -9, 9, 4, 3), CONSTANT_LIST(HINGE_INT64, neutral)});
    CHECK_OP(.op = op, .reference = reference, .signed_zeros = true,
             .inputs = {LIST(HINGE_FLOAT, -0.0, 0, 2),
                        CONSTANT_LIST(HINGE_FLOAT, neutral, neutral, neutral)});
    CHECK_OP(.op = op, .reference = reference,
             .inputs = {SCALAR(HINGE_FLOAT, -9, 9), CONSTANT_LIST(HINGE_FLOAT, neutral)});
}

void arithmetic_check_binary(const char *op, double limit, double neutral,
                             arithmetic_reference *reference)
{
    CHECK_BROADCAST(.op = op, .opsets = {7, 13, 14}, .types = HARNESS_NUMBERS,
                    .inputs = {SCALAR(HARNESS_T, -limit, limit), SCALAR(HARNESS_T, -limit, limit)},
                    .reference = reference);
    CHECK_OP(.op = op, .types = HARNESS_NUMBERS, .reference = reference,
             .inputs = {SPECIAL(limit), SPECIAL(limit)});
    check_constants(op, neutral, reference);
    check_misfit(op);
}

void arithmetic_check_extremum(const char *op, arithmetic_reference *reference,
                               arithmetic_reference *several)
{
    CHECK_BROADCAST(.op = op, .opsets = {8, 12, 13}, .types = HARNESS_NUMBERS,
                    .inputs = {SCALAR(HARNESS_T, -99, 99), SCALAR(HARNESS_T, -99, 99)},
                    .reference = reference);
    CHECK_OP(.op = op, .types = HARNESS_NUMBERS, .reference = reference,
             .inputs = {SPECIAL(99), SPECIAL(99)});
    CHECK_OP(.op = op, .opsets = {1, 6, 8, 12}, .types = HARNESS_NUMBERS, .reference = several,
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N)});
    CHECK_OP(.op = op, .types = HARNESS_NUMBERS, .reference = several,
             .inputs = {TENSOR(HARNESS_T, -9, 9, 3, 1), TENSOR(HARNESS_T, -9, 9, 2, 3, HARNESS_N),
                        TENSOR(HARNESS_T, -9, 9, HARNESS_N)});
    CHECK_OP(.op = op, .types = HARNESS_NUMBERS, .reference = several,
             .inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N), TENSOR(HARNESS_T, -9, 9, 1),
                        TENSOR(HARNESS_T, -9, 9, HARNESS_N)});
    check_misfit(op);
    check_left_out(op);
}

/* Without special values: sums of these are not within a bound of ULP. */
#define PLAIN(n_axes, ...)                                                                         \
    {                                                                                              \
        .type = HARNESS_T, .low = 1, .high = 9, .rank = (n_axes), .dims = {__VA_ARGS__},           \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }

void arithmetic_check_sum(const char *op, arithmetic_reference *reference)
{
    /* Two or three roundings, of terms whose sum may be the smaller number. */
    CHECK_OP(.op = op, .opsets = {1, 6, 8, 13}, .types = HARNESS_FLOATS, .reference = reference,
             .inputs = {TENSOR(HARNESS_T, 1, 9, HARNESS_N)});
    CHECK_OP(.op = op, .types = HARNESS_FLOATS, .reference = reference, .ulp = 1.5,
             .inputs = {TENSOR(HARNESS_T, 1, 9, HARNESS_N), TENSOR(HARNESS_T, 1, 9, 3, HARNESS_N)});
    CHECK_OP(.op = op, .types = HARNESS_FLOATS, .reference = reference, .ulp = 2.5,
             .inputs = {PLAIN(2, HARNESS_N, 1), PLAIN(3, 2, HARNESS_N, 3),
                        SCALAR(HARNESS_T, 1, 9)});
    CHECK_OP(.op = op, .types = HARNESS_FLOATS, .reference = reference, .ulp = 3.5,
             .inputs = {PLAIN(1, 700), PLAIN(1, 700), PLAIN(1, 700), PLAIN(1, 700)});
    check_left_out(op);
}
