/* Div against a / b; integers truncated, by 0 they give 0, the least by -1 itself. */
#include "tests/operators/harness/aligned.h"
#include "tests/operators/harness/arithmetic.h"

static double of_floats(double a, double b)
{
    return a / b;
}

static int64_t of_signed(int64_t a, int64_t b)
{
    return b == 0 ? 0 : b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

static int64_t of_unsigned(int64_t a, int64_t b)
{
    return b == 0 ? 0 : (int64_t)((uint64_t)a / (uint64_t)b);
}

static void reference(struct harness_call *call)
{
    arithmetic_map2(call, of_floats, of_signed, of_unsigned);
}

void test_div(void)
{
    arithmetic_check_binary("Div", 20, 1, reference);
    CHECK_OP(.op = "Div", .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3), CONSTANT_LIST(HINGE_FLOAT, 1, 0, 2)});
    aligned_check("Div", HARNESS_NUMBERS, HINGE_NO_TYPE, of_floats);
}
