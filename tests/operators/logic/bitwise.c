/* BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot against C's operators. */
#include "tests/operators/harness.h"

static int64_t both(int64_t a, int64_t b)
{
    return a & b;
}

static int64_t either(int64_t a, int64_t b)
{
    return a | b;
}

static int64_t one_of(int64_t a, int64_t b)
{
    return a ^ b;
}

static int64_t complement(int64_t x)
{
    return ~x;
}

static void and_reference(struct harness_call *call)
{
    harness_map2_int(call, HINGE_NO_TYPE, both);
}

static void or_reference(struct harness_call *call)
{
    harness_map2_int(call, HINGE_NO_TYPE, either);
}

static void xor_reference(struct harness_call *call)
{
    harness_map2_int(call, HINGE_NO_TYPE, one_of);
}

static void not_reference(struct harness_call *call)
{
    harness_map_int(call, complement);
}

#define ANY                                                                                        \
    {                                                                                              \
        .type = HARNESS_T, .low = 0, .high = 127, .specials = HARNESS_SPECIALS_ALWAYS              \
    }

void test_bitwise(void)
{
    CHECK_BROADCAST(.op = "BitwiseAnd", .types = HARNESS_INTEGERS, .reference = and_reference,
                    .inputs = {ANY, ANY});
    CHECK_BROADCAST(.op = "BitwiseOr", .types = HARNESS_INTEGERS, .reference = or_reference,
                    .inputs = {ANY, ANY});
    CHECK_BROADCAST(.op = "BitwiseXor", .types = HARNESS_INTEGERS, .reference = xor_reference,
                    .inputs = {ANY, ANY});
    CHECK_OP(.op = "BitwiseNot", .types = HARNESS_INTEGERS, .reference = not_reference,
             .inputs = {{.type = HARNESS_T,
                         .rank = 1,
                         .dims = {HARNESS_N},
                         .low = 0,
                         .high = 127,
                         .specials = HARNESS_SPECIALS_ALWAYS}});
    CHECK_OP(.op = "BitwiseNot", .reference = not_reference,
             .inputs = {SCALAR(HINGE_INT32, -9, 9)});
}
