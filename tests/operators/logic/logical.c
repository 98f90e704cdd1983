/* And, Or, Xor, Not against C's operators. */
#include "tests/operators/harness/aligned.h"

static int64_t both(int64_t a, int64_t b)
{
    return a && b;
}

static int64_t either(int64_t a, int64_t b)
{
    return a || b;
}

static int64_t one_of(int64_t a, int64_t b)
{
    return !a != !b;
}

static int64_t negation(int64_t x)
{
    return !x;
}

static void and_reference(struct harness_call *call)
{
    harness_map2_int(call, HINGE_BOOL, both);
}

static void or_reference(struct harness_call *call)
{
    harness_map2_int(call, HINGE_BOOL, either);
}

static void xor_reference(struct harness_call *call)
{
    harness_map2_int(call, HINGE_BOOL, one_of);
}

static void not_reference(struct harness_call *call)
{
    harness_map_int(call, negation);
}

static double real_and(double a, double b)
{
    return a != 0 && b != 0;
}

static double real_or(double a, double b)
{
    return a != 0 || b != 0;
}

static double real_xor(double a, double b)
{
    return (a != 0) != (b != 0);
}

void test_logical(void)
{
    CHECK_BROADCAST(.op = "And", .opsets = {7, 13}, .reference = and_reference,
                    .inputs = {SCALAR(HINGE_BOOL, 0, 1), SCALAR(HINGE_BOOL, 0, 1)});
    CHECK_BROADCAST(.op = "Or", .opsets = {7, 13}, .reference = or_reference,
                    .inputs = {SCALAR(HINGE_BOOL, 0, 1), SCALAR(HINGE_BOOL, 0, 1)});
    CHECK_BROADCAST(.op = "Xor", .opsets = {7, 13}, .reference = xor_reference,
                    .inputs = {SCALAR(HINGE_BOOL, 0, 1), SCALAR(HINGE_BOOL, 0, 1)});
    CHECK_OP(.op = "Not", .opsets = {1, 13}, .reference = not_reference,
             .inputs = {TENSOR(HINGE_BOOL, 0, 1, HARNESS_N)});
    /* Bytes that no writer of booleans should leave are true all the same. */
    CHECK_OP(.op = "Xor", .reference = xor_reference,
             .inputs = {LIST(HINGE_BOOL, 0, 1, 2, 255), LIST(HINGE_BOOL, 2, 128, 3, 0)});
    CHECK_OP(.op = "Not", .reference = not_reference, .inputs = {LIST(HINGE_BOOL, 0, 1, 2, 255)});
    aligned_check("And", HARNESS_TYPE(HINGE_BOOL), HINGE_BOOL, real_and);
    aligned_check("Or", HARNESS_TYPE(HINGE_BOOL), HINGE_BOOL, real_or);
    aligned_check("Xor", HARNESS_TYPE(HINGE_BOOL), HINGE_BOOL, real_xor);
}
