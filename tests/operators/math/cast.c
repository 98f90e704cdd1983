/* Cast and CastLike against C's conversions, element by element, and float8 against a search among
 * all its numbers. */
#include <math.h>
#include <string.h>

#include "tests/operators/harness/float8.h"

#define FLOAT8                                                                                     \
    (HARNESS_TYPE(HINGE_FLOAT8E4M3FN) | HARNESS_TYPE(HINGE_FLOAT8E4M3FNUZ) |                       \
     HARNESS_TYPE(HINGE_FLOAT8E5M2) | HARNESS_TYPE(HINGE_FLOAT8E5M2FNUZ))

/* What each version adds to the types of the one before it. */
static const struct version {
    uint32_t opset, types;
} versions[] = {
    {6, HARNESS_INTEGERS | HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_FLOAT) |
            HARNESS_TYPE(HINGE_DOUBLE) | HARNESS_TYPE(HINGE_BOOL)},
    {9, 0},
    {13, HARNESS_TYPE(HINGE_BFLOAT16)},
    {19, FLOAT8},
    {21, HARNESS_TYPE(HINGE_UINT4) | HARNESS_TYPE(HINGE_INT4)},
    {23, HARNESS_TYPE(HINGE_FLOAT4E2M1)},
    {24, HARNESS_TYPE(HINGE_FLOAT8E8M0)},
    {25, HARNESS_TYPE(HINGE_UINT2) | HARNESS_TYPE(HINGE_INT2)},
};

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

static double real_of(const hinge_tensor *x, int64_t i)
{
    return float8_is(x->type) ? float8_value(x->type, (unsigned)harness_get_int(x, i))
                              : harness_get(x, i);
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const hinge_type to =
        call->n_inputs > 1 ? call->inputs[1]->type : (hinge_type)harness_attr_int(call, "to", 0);
    const bool from_real = harness_is_floating(x->type) || float8_is(x->type);
    const bool saturate = harness_attr_int(call, "saturate", 1) != 0;
    const struct harness_attribute *mode = harness_attr(call, "round_mode");
    hinge_tensor *y = harness_output(call, 0, to, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        if (x->type == to && !harness_is_floating(to))
            harness_set_int(y, i, harness_get_int(x, i));
        else if (harness_is_floating(to))
            harness_set(y, i, real_of(x, i));
        else if (float8_is(to))
            harness_set_int(y, i,
                            float8_nearest(to, real_of(x, i), saturate, mode ? mode->s : "up"));
        else if (to == HINGE_BOOL)
            harness_set_int(y, i, from_real ? real_of(x, i) != 0 : harness_get_int(x, i) != 0);
        else
            harness_set_int(y, i, from_real ? integer_of(real_of(x, i)) : harness_get_int(x, i));
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
             .inputs = {LIST(HINGE_FLOAT, 10, -300, 99999992, 1e8, 0.0001, 1e-5, 0.5)},
             .expect = {STRINGS("10", "-300", "99999992", "1e+08", "0.0001", "1e-05", "0.5")});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_STRING)},
             .inputs = {LIST(HINGE_DOUBLE, 10, -1e16, 1e17)},
             .expect = {STRINGS("10", "-10000000000000000", "1e+17")});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_STRING)},
             .inputs = {LIST(HINGE_INT64, -9, 0, 1234567)},
             .expect = {STRINGS("-9", "0", "1234567")});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_STRING)},
             .inputs = {LIST(HINGE_BOOL, 0, 1)}, .expect = {STRINGS("False", "True")});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_FLOAT)},
             .inputs = {STRINGS("3.14", "1e-5", "NaN", "-INF", "1000")},
             .expect = {LIST(HINGE_FLOAT, 3.14, 1e-5, NAN, -INFINITY, 1000)});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_INT64)},
             .inputs = {STRINGS("-4", "17", "2.9", "1e3")},
             .expect = {LIST(HINGE_INT64, -4, 17, 2, 1000)});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_INT4)},
             .inputs = {STRINGS("-4", "7", "1", "2", "3", "4", "5", "6", "-8")},
             .expect = {LIST(HINGE_INT4, -4, 7, 1, 2, 3, 4, 5, 6, -8)});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_STRING)},
             .inputs = {LIST(HINGE_UINT2, 0, 1, 2, 3, 1)},
             .expect = {STRINGS("0", "1", "2", "3", "1")});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_FLOAT8E5M2)},
             .inputs = {STRINGS("1", "-INF", "1e9")},
             .expect = {LIST(HINGE_FLOAT8E5M2, 0x3c, 0xfb, 0x7b)});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_STRING)},
             .inputs = {LIST(HINGE_FLOAT4E2M1, 1, 0xd, 6, 0, 7, 2, 3, 4, 0xf)},
             .expect = {STRINGS("0.5", "-3", "4", "0", "6", "1", "1.5", "2", "-6")});
    CHECK_OP(.op = "CastLike",
             .inputs = {STRINGS("1.5", "+inf"), {.type = HINGE_FLOAT, .rank = 1, .dims = {0}}},
             .expect = {LIST(HINGE_FLOAT, 1.5, INFINITY)});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_FLOAT)},
             .inputs = {STRINGS("1", "one")}, .fails = HINGE_BAD_VALUE,
             .says = "element 1 is no number");
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_INT32)}, .inputs = {STRINGS("")},
             .fails = HINGE_BAD_VALUE, .says = "no number");
}

/* Every type to every other that the version has. */
static void check_pairs(void)
{
    const size_t n_versions = sizeof versions / sizeof *versions;
    uint32_t types = 0;
    for (size_t v = 0; v < n_versions; v++) {
        const uint32_t opset = versions[v].opset;
        types |= versions[v].types;
        for (int to = 1; to < HINGE_N_TYPES; to++) {
            if (!(types >> to & 1))
                continue;
            CHECK_OP(.op = "Cast", .opsets = {opset}, .reference = reference, .types = types,
                     .signed_zeros = true, .attributes = {ATTR_INT("to", to)},
                     .inputs = {{.type = HARNESS_T,
                                 .rank = 1,
                                 .dims = {v + 1 == n_versions ? 611 : 29},
                                 .low = to == HINGE_BOOL ? -1 : -300,
                                 .high = 300,
                                 .specials = HARNESS_SPECIALS_ALWAYS}});
            if (opset >= 13)
                CHECK_OP(.op = "CastLike", .opsets = {opset < 15 ? 15 : opset},
                         .reference = reference, .types = types,
                         .inputs = {TENSOR(HARNESS_T, 0, 255, 1, 33),
                                    {.type = (hinge_type)to, .rank = 0}});
        }
        for (int to = 1; to < HINGE_N_TYPES; to++)
            if (!(types >> to & 1) && to != HINGE_STRING)
                CHECK_OP(.op = "Cast", .opsets = {opset}, .fails = HINGE_BAD_MODEL,
                         .says = "signature", .attributes = {ATTR_INT("to", to)},
                         .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3)});
    }
}

/* To float8 in every way from the values given, of every floating-point type, or of one. */
static void check_float8(uint32_t types, int64_t count, const double *values)
{
    static const char *const modes[] = {"up", "down", "nearest"};
    for (int to = 1; to < HINGE_N_TYPES; to++)
        for (int k = 0; k < 6 && float8_is((hinge_type)to); k++) {
            if (k >= 2 && to != HINGE_FLOAT8E8M0)
                break;
            CHECK_OP(.op = "Cast", .reference = reference, .types = types,
                     .attributes = {ATTR_INT("to", to), ATTR_INT("saturate", k % 2),
                                    ATTR_STRING("round_mode", modes[k / 2])},
                     .inputs = {{.type = HARNESS_T, .rank = 1, .dims = {count}, .values = values}});
        }
}

static void check_edges(void)
{
    static double edges[3 * FLOAT8_MAX_EDGES];
    for (int type = 1; type < HINGE_N_TYPES; type++) {
        if (!float8_is((hinge_type)type))
            continue;
        const int64_t count = float8_edges((hinge_type)type, edges);
        check_float8(HARNESS_FLOATS, count, edges);
        for (int64_t i = 0; i < count; i++) {
            const float edge = (float)edges[i];
            edges[count + 2 * i] = (double)nextafterf(edge, -INFINITY);
            edges[count + 2 * i + 1] = (double)nextafterf(edge, INFINITY);
        }
        check_float8(HARNESS_TYPE(HINGE_FLOAT), 2 * count, edges + count);
    }
    check_float8(HARNESS_FLOATS, 15,
                 (const double[]){0, -0.0, NAN, copysign(NAN, -1), INFINITY, -INFINITY, 0x1p-149,
                                  -0x1p-149, 0x1.fffffep127, 1e300, -1e300, 5e-324, 1, -1, 464});
}

static void check_all_codes(void)
{
    static double codes[65536];
    static const int to[] = {HINGE_FLOAT,    HINGE_DOUBLE, HINGE_FLOAT16,
                             HINGE_BFLOAT16, HINGE_INT32,  HINGE_BOOL};
    for (int i = 0; i < 256; i++)
        codes[i] = i;
    for (size_t k = 0; k < sizeof to / sizeof *to; k++)
        CHECK_OP(.op = "Cast", .reference = reference,
                 .types = FLOAT8 | HARNESS_TYPE(HINGE_FLOAT8E8M0), .signed_zeros = true,
                 .attributes = {ATTR_INT("to", to[k])},
                 .inputs = {{.type = HARNESS_T, .rank = 1, .dims = {256}, .values = codes}});
    CHECK_OP(.op = "Cast", .reference = reference, .types = HARNESS_TYPE(HINGE_FLOAT4E2M1),
             .signed_zeros = true, .attributes = {ATTR_INT("to", HINGE_FLOAT)},
             .inputs = {{.type = HARNESS_T, .rank = 1, .dims = {16}, .values = codes}});
    /* Halves by their bits, put together from the fields. */
    for (int type = 0; type < 2; type++) {
        const int fraction_bits = type ? 7 : 10, bias = type ? 127 : 15;
        for (int i = 0; i < 65536; i++) {
            const int exponent = (i & 0x7fff) >> fraction_bits;
            const int fraction = i & ((1 << fraction_bits) - 1);
            const double magnitude =
                exponent ? ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits)
                         : ldexp(fraction, 1 - bias - fraction_bits);
            const double special = fraction ? (double)NAN : (double)INFINITY;
            codes[i] = copysign(exponent == 2 * bias + 1 ? special : magnitude, i < 32768 ? 1 : -1);
        }
        check_float8(HARNESS_TYPE(type ? HINGE_BFLOAT16 : HINGE_FLOAT16), 65536, codes);
    }
}

static void check_first_version(void)
{
    static const struct {
        const char *name;
        hinge_type type;
    } names[] = {{"FLOAT", HINGE_FLOAT},   {"INT64", HINGE_INT64},     {"BOOL", HINGE_BOOL},
                 {"UINT8", HINGE_UINT8},   {"FLOAT16", HINGE_FLOAT16}, {"double", HINGE_DOUBLE},
                 {"UINT64", HINGE_UINT64}, {"int16", HINGE_INT16}};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        CHECK_OP(.op = "Cast", .opsets = {1}, .attributes = {ATTR_STRING("to", names[k].name)},
                 .inputs = {LIST(HINGE_INT32, 1, 0, 1)}, .expect = {LIST(names[k].type, 1, 0, 1)});
    CHECK_OP(.op = "Cast", .opsets = {1}, .attributes = {ATTR_STRING("to", "FLOAT128")},
             .inputs = {LIST(HINGE_INT32, 1)}, .fails = HINGE_BAD_MODEL,
             .says = "to is \"FLOAT128\", which is no type");
}

void test_cast(void)
{
    check_pairs();
    check_edges();
    check_all_codes();
    check_first_version();
    check_strings();
    CHECK_OP(.op = "Cast", .reference = reference, .attributes = {ATTR_INT("to", HINGE_FLOAT16)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, HARNESS_N)});
    CHECK_OP(.op = "Cast", .reference = reference, .attributes = {ATTR_INT("to", HINGE_FLOAT)},
             .inputs = {TENSOR(HINGE_INT64, -9, 9, HARNESS_N)});
    CHECK_OP(.op = "Cast", .reference = reference,
             .attributes = {ATTR_INT("to", HINGE_FLOAT8E4M3FN)},
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, HARNESS_N)});
    CHECK_OP(.op = "Cast", .reference = reference, .attributes = {ATTR_INT("to", HINGE_FLOAT)},
             .inputs = {TENSOR(HINGE_FLOAT8E5M2, 0, 255, HARNESS_N)});
    CHECK_OP(.op = "Cast", .reference = reference, .attributes = {ATTR_INT("to", HINGE_INT4)},
             .inputs = {TENSOR(HINGE_UINT2, 0, 3, HARNESS_N)});
    /* Rounded once: by way of float these would go to the even neighbour. */
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", HINGE_FLOAT16)}, .reference = reference,
             .inputs = {LIST(HINGE_DOUBLE, 1 + 0x1p-11 + 0x1p-40, 1 + 0x3p-11 - 0x1p-40)});
    CHECK_OP(.op = "Cast", .attributes = {ATTR_INT("to", 99)}, .fails = HINGE_BAD_MODEL,
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3)}, .says = "signature");
    CHECK_OP(.op = "Cast",
             .attributes = {ATTR_INT("to", HINGE_FLOAT8E8M0), ATTR_STRING("round_mode", "even")},
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3)}, .fails = HINGE_BAD_MODEL,
             .says = "round_mode is \"even\", not up, down or nearest");
}
