/* Mod against C's fmod in double, and division by hand between integers. */
#include <math.h>

#include "tests/operators/harness.h"

/* The sign of b. */
static int64_t floored(int64_t a, int64_t b)
{
    if (b == 0)
        return 0;
    int64_t rest = a - a / b * b;
    return rest && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* The sign of a. */
static int64_t truncated(int64_t a, int64_t b)
{
    return b == 0 ? 0 : a - a / b * b;
}

static void floored_reference(struct harness_call *call)
{
    harness_map2_int(call, HINGE_NO_TYPE, floored);
}

static void truncated_reference(struct harness_call *call)
{
    harness_map2_int(call, HINGE_NO_TYPE, truncated);
}

static void real_reference(struct harness_call *call)
{
    harness_map2(call, HINGE_NO_TYPE, fmod);
}

void test_mod(void)
{
    const struct harness_case unsigned_case = {
        .op = "Mod",
        .opsets = {10, 13},
        .types = HARNESS_UNSIGNED,
        .reference = floored_reference,
        .inputs = {SCALAR(HARNESS_T, 0, 99), SCALAR(HARNESS_T, 0, 9)}};
    harness_check_broadcast(__FILE__, __LINE__, &unsigned_case);
    CHECK_BROADCAST(.op = "Mod", .opsets = {10, 13}, .types = HARNESS_SIGNED,
                    .reference = floored_reference,
                    .inputs = {SCALAR(HARNESS_T, -99, 99), SCALAR(HARNESS_T, -9, 9)});
    CHECK_BROADCAST(.op = "Mod", .types = HARNESS_SIGNED, .reference = truncated_reference,
                    .attributes = {ATTR_INT("fmod", 1)},
                    .inputs = {SCALAR(HARNESS_T, -99, 99), SCALAR(HARNESS_T, -9, 9)});
    /* The least integer by -1 would trap. */
    CHECK_OP(.op = "Mod",
             .inputs = {LIST(HINGE_INT32, -2147483648.0, 7), LIST(HINGE_INT32, -1, -1)},
             .expect = {LIST(HINGE_INT32, 0, 0)});
    CHECK_BROADCAST(.op = "Mod", .types = HARNESS_FLOATS, .reference = real_reference,
                    .attributes = {ATTR_INT("fmod", 1)},
                    .inputs = {SCALAR(HARNESS_T, -99, 99), SCALAR(HARNESS_T, 1, 9)});
    /* Quotients up to 2^24 and beyond it, whole ones next to others, and what has no remainder. */
    CHECK_OP(.op = "Mod", .reference = real_reference, .attributes = {ATTR_INT("fmod", 1)},
             .inputs = {TENSOR(HINGE_FLOAT, -1e6, 1e6, 40, 100),
                        TENSOR(HINGE_FLOAT, 0.001, 1, 100)});
    CHECK_OP(.op = "Mod", .reference = real_reference, .attributes = {ATTR_INT("fmod", 1)},
             .inputs = {LIST(HINGE_FLOAT, 16777215, 16777216, -16777218, -0.0, 5, -7, 1e30, 3, -6,
                             INFINITY, NAN, 1e-42, 1),
                        LIST(HINGE_FLOAT, 1.00000012, 0.999999940395, 3, 2, 0, -INFINITY, 3e-5, 3,
                             -2, 2, 1, 3e-45, NAN)});
    CHECK_OP(.op = "Mod", .inputs = {LIST(HINGE_FLOAT, 1), LIST(HINGE_FLOAT, 1)},
             .fails = HINGE_BAD_VALUE, .says = "fmod is 0, which is for integers");
    CHECK_OP(.op = "Mod", .attributes = {ATTR_INT("fmod", 2)},
             .inputs = {LIST(HINGE_INT8, 1), LIST(HINGE_INT8, 1)}, .fails = HINGE_BAD_VALUE,
             .says = "fmod is 2, not 0 or 1");
}
