/* Cast and CastLike against C's conversions, element by element. */
#include <math.h>

#include "tests/operators/harness.h"

static const hinge_type types[] = {HINGE_FLOAT, HINGE_DOUBLE, HINGE_FLOAT16, HINGE_BFLOAT16,
                                   HINGE_INT8,  HINGE_INT16,  HINGE_INT32,   HINGE_INT64,
                                   HINGE_UINT8, HINGE_UINT16, HINGE_UINT32,  HINGE_UINT64,
                                   HINGE_BOOL};

/* A real number as the integer it becomes before its high bits are dropped. */
static int64_t integer_of(double value)
{
    if (isnan(value))
        return 0;
    if (value >= 0x1p64)
        return -1;
    if (value >= 0x1p63)
        return (int64_t)(uint64_t)value;
    return value < -0x1p63 ? INT64_MIN : (int64_t)value;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const hinge_type to =
        call->n_inputs > 1 ? call->inputs[1]->type : (hinge_type)harness_attr_int(call, "to", 0);
    const bool from_real = harness_is_floating(x->type);
    hinge_tensor *y = harness_output(call, 0, to, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        if (harness_is_floating(to))
            harness_set(y, i, harness_get(x, i));
        else if (to == HINGE_BOOL)
            harness_set_int(y, i, from_real ? harness_get(x, i) != 0 : harness_get_int(x, i) != 0);
        else
            harness_set_int(y, i,
                            from_real ? integer_of(harness_get(x, i)) : harness_get_int(x, i));
    }
}

#define STRINGS(...)                                                                               \
    {                                                                                              \
        .type = HINGE_STRING, .rank = 1, .dims = {(int64_t)HARNESS_COUNT(char *, __VA_ARGS__)},    \
        .strings = (const char *const[])                                                           \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static void check_strings(void)
{
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_STRING)},
             .inputs = {LIST(HINGE_FLOAT, 0.1, -2, 1e30, 0.97676110, NAN, INFINITY, -INFINITY)},
             .expect = {STRINGS("0.1", "-2", "1e+30", "0.9767611", "NaN", "INF", "-INF")});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_STRING)},
             .inputs = {LIST(HINGE_INT64, -9, 0, 1234567)},
             .expect = {STRINGS("-9", "0", "1234567")});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_STRING)},
             .inputs = {LIST(HINGE_BOOL, 0, 1)}, .expect = {STRINGS("False", "True")});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_FLOAT)},
             .inputs = {STRINGS("3.14", "1e-5", "NaN", "-INF", "1000")},
             .expect = {LIST(HINGE_FLOAT, 3.14, 1e-5, NAN, -INFINITY, 1000)});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_INT64)},
             .inputs = {STRINGS("-4", "17", "2.9")}, .expect = {LIST(HINGE_INT64, -4, 17, 2)});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_FLOAT)},
             .inputs = {STRINGS("1", "one")}, .fails = HINGE_BAD_VALUE,
             .says = "element 1 is no number");
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_INT32)}, .inputs = {STRINGS("")},
             .fails = HINGE_BAD_VALUE, .says = "no number");
}

void test_cast(void)
{
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
        CHECK_OP(.op = "Cast", .opsets = {6, 9, 13, 19, 21}, .reference = reference,
                 .types = HARNESS_NUMBERS | HARNESS_TYPE(HINGE_BOOL), .signed_zeros = true,
                 .attributes = {ATTR_INT("to", types[k])},
                 .inputs = {{.type = HARNESS_T,
                             .rank = 1,
                             .dims = {611},
                             .low = -300,
                             .high = 300,
                             .specials = HARNESS_SPECIALS_ALWAYS}});
        CHECK_OP(.op = "CastLike", .opsets = {15, 19}, .reference = reference,
                 .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_INT64),
                 .inputs = {TENSOR(HARNESS_T, -300, 300, 2, 33), {.type = types[k], .rank = 0}});
    }
    CHECK_OP(.op = "Cast", .reference = reference, .attributes = {ATTR_INT("to", HINGE_FLOAT16)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, HARNESS_N)});
    CHECK_OP(.op = "Cast", .reference = reference, .attributes = {ATTR_INT("to", HINGE_FLOAT)},
             .inputs = {TENSOR(HINGE_INT64, -9, 9, HARNESS_N)});
    /* Rounded once: by way of float these would go to the even neighbour. */
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_FLOAT16)}, .reference = reference,
             .inputs = {LIST(HINGE_DOUBLE, 1 + 0x1p-11 + 0x1p-40, 1 + 0x3p-11 - 0x1p-40)});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_FLOAT4E2M1)},
             .fails = HINGE_BAD_MODEL, .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3)},
             .says = "signature");
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", 99)}, .fails = HINGE_BAD_MODEL,
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3)}, .says = "signature");
    check_strings();
}
