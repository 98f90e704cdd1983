/* BitShift against multiplication and division by powers of two. */
#include <string.h>

#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *by = call->inputs[1];
    const bool left = !strcmp(harness_attr(call, "direction")->s, "LEFT");
    hinge_tensor *y = harness_output_broadcast(call, 0, x->type);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        uint64_t value = (uint64_t)harness_get_int(x, harness_broadcast_index(y, i, x));
        const uint64_t shift = (uint64_t)harness_get_int(by, harness_broadcast_index(y, i, by));
        for (uint64_t k = 0; k < shift && k < 64; k++)
            value = left ? value * 2 : value / 2;
        harness_set_int(y, i, (int64_t)value);
    }
}

#define OPERANDS(least, most)                                                                      \
    {                                                                                              \
        SCALAR(HARNESS_T, 0, 255), SCALAR(HARNESS_T, least, most)                                  \
    }

void test_bitshift(void)
{
    CHECK_BROADCAST(.op = "BitShift", .types = HARNESS_UNSIGNED, .reference = reference,
                    .attributes = {ATTR_STRING("direction", "LEFT")}, .inputs = OPERANDS(0, 70));
    CHECK_BROADCAST(.op = "BitShift", .types = HARNESS_UNSIGNED, .reference = reference,
                    .attributes = {ATTR_STRING("direction", "RIGHT")}, .inputs = OPERANDS(0, 9));
    CHECK_OP(.op = "BitShift", .types = HARNESS_TYPE(HINGE_UINT64), .reference = reference,
             .attributes = {ATTR_STRING("direction", "RIGHT")},
             .inputs = {LIST(HINGE_UINT64, 1e15, 255, 1, 1e15),
                        LIST(HINGE_UINT64, 40, 0, 64, 1e9)});
    CHECK_OP(.op = "BitShift", .attributes = {ATTR_STRING("direction", "UP")},
             .inputs = {LIST(HINGE_UINT8, 1), LIST(HINGE_UINT8, 1)}, .fails = HINGE_BAD_VALUE,
             .says = "direction is \"UP\", not LEFT or RIGHT");
}
