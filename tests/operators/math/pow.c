/* Pow against C's pow in double, and repeated multiplication between integers. */
#include <math.h>

#include "tests/operators/harness/aligned.h"

static int64_t of_integers(int64_t a, int64_t b)
{
    uint64_t result = 1;
    if (b < 0)
        return a == 1 || (a == -1 && b % 2 == 0) ? 1 : a == -1 ? -1 : 0;
    for (int64_t i = 0; i < b; i++)
        result *= (uint64_t)a;
    return (int64_t)result;
}

static void reference(struct harness_call *call)
{
    const bool real = harness_is_floating(call->inputs[0]->type);
    if (real || harness_is_floating(call->inputs[1]->type))
        harness_map2(call, HINGE_NO_TYPE, pow);
    else
        harness_map2_int(call, HINGE_NO_TYPE, of_integers);
}

void test_pow(void)
{
    /* powf is within an ULP. */
    CHECK_BROADCAST(.op = "Pow", .opsets = {7, 12, 13, 15}, .types = HARNESS_FLOATS, .ulp = 1,
                    .reference = reference,
                    .inputs = {SCALAR(HARNESS_T, 0.1, 9), SCALAR(HARNESS_T, -3, 3)});
    CHECK_BROADCAST(.op = "Pow", .types = HARNESS_TYPE(HINGE_INT32) | HARNESS_TYPE(HINGE_INT64),
                    .reference = reference,
                    .inputs = {SCALAR(HARNESS_T, -9, 9), SCALAR(HARNESS_T, -3, 40)});
    CHECK_OP(.op = "Pow", .types = HARNESS_NUMBERS, .ulp = 1, .reference = reference,
             .inputs = {TENSOR(HINGE_FLOAT, 0.1, 9, HARNESS_N),
                        TENSOR(HARNESS_T, 0, 5, HARNESS_N)});
    CHECK_OP(.op = "Pow", .types = HARNESS_NUMBERS, .reference = reference,
             .inputs = {{.type = HINGE_INT32, .rank = 1, .dims = {37}, .low = 1, .high = 9},
                        {.type = HARNESS_T,
                         .rank = 1,
                         .dims = {37},
                         .low = 0,
                         .high = 4,
                         .specials = HARNESS_SPECIALS_NEVER}});
    static const double exponents[] = {2, 0.5, 1, 3, -1, 0};
    for (size_t k = 0; k < sizeof exponents / sizeof *exponents; k++)
        CHECK_OP(.op = "Pow", .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
                 .reference = reference, .ulp = 1, .signed_zeros = true,
                 .inputs = {
                     TENSOR(HARNESS_T, -9, 9, HARNESS_N),
                     {.type = HARNESS_T, .rank = 0, .values = &exponents[k], .constant = true}});
    CHECK_OP(.op = "Pow", .fails = HINGE_BAD_MODEL, .says = "signature",
             .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3), TENSOR(HINGE_BOOL, 0, 1, 3)});
    CHECK_OP(.op = "Pow", .inputs = {TENSOR(HINGE_FLOAT, 1, 2, 2, 3), TENSOR(HINGE_INT64, 1, 2, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "broadcast");
    aligned_check("Pow", HARNESS_FLOATS, HINGE_NO_TYPE, pow);
}
