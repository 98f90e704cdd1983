/* QuantizeLinear and DequantizeLinear of com.microsoft against the formulas in float32. */
#include <math.h>

#include "tests/operators/harness.h"

static int64_t scale_of(const struct harness_call *call, const hinge_tensor *x, int64_t i)
{
    int64_t axis = harness_attr_int(call, "axis", 0), at[HINGE_MAX_RANK];
    if (hinge_count(call->inputs[1]) == 1)
        return 0;
    harness_coordinates(x, i, at);
    return at[axis + (axis < 0 ? x->rank : 0)];
}

static const double largest[HINGE_N_TYPES] = {
    [HINGE_INT8] = 127,     [HINGE_UINT8] = 255, [HINGE_INT16] = 32767,
    [HINGE_UINT16] = 65535, [HINGE_INT4] = 7,    [HINGE_UINT4] = 15};

static void quantized(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *zero = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const hinge_type type = zero ? zero->type : HINGE_UINT8;
    const double least = harness_is_signed(type) ? -largest[type] - 1 : 0;
    hinge_tensor *y = harness_output(call, 0, type, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t k = scale_of(call, x, i);
        const float quotient = (float)harness_get(x, i) / (float)harness_get(call->inputs[1], k);
        const double sum = nearbyint((double)quotient) + (zero ? harness_get(zero, k) : 0);
        harness_set(y, i, !(sum > least) ? least : sum > largest[type] ? largest[type] : sum);
    }
}

static void restored(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *zero = call->n_inputs > 2 ? call->inputs[2] : NULL;
    hinge_tensor *y = harness_output(call, 0, call->inputs[1]->type, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const int64_t k = scale_of(call, x, i);
        const double number = harness_get(x, i) - (zero ? harness_get(zero, k) : 0);
        harness_set(y, i, (double)((float)number * (float)harness_get(call->inputs[1], k)));
    }
}

#define FLOATS (HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_FLOAT16))
#define QUANTIZE(...)                                                                              \
    CHECK_OP(.op = "QuantizeLinear", .domain = "com.microsoft", .reference = quantized,            \
             .types = FLOATS, __VA_ARGS__)
#define RESTORE(...)                                                                               \
    CHECK_OP(.op = "DequantizeLinear", .domain = "com.microsoft", .reference = restored,           \
             .types = FLOATS, __VA_ARGS__)
#define S(...)                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .low = 0.05, .high = 0.7, .dims = {__VA_ARGS__},                        \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }

void test_microsoft_quantizelinear(void)
{
    const hinge_type all[] = {HINGE_INT8, HINGE_UINT8, HINGE_INT16, HINGE_UINT16,
                              HINGE_INT4, HINGE_UINT4, HINGE_INT32};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        RESTORE(.inputs = {TENSOR(all[k], 0, 7, HARNESS_N), S(1), TENSOR(all[k], 0, 7, 1)});
        RESTORE(.inputs = {TENSOR(all[k], 0, 7, 3, 41), S(3), TENSOR(all[k], 0, 7, 3)},
                .attributes = {ATTR_INT("axis", 0)});
        if (all[k] == HINGE_INT32)
            continue;
        QUANTIZE(.inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N), S(1), TENSOR(all[k], 0, 7, 1)});
        QUANTIZE(.inputs = {TENSOR(HARNESS_T, -9, 9, 2, 3, 41), S(3), TENSOR(all[k], 0, 7, 3)},
                 .attributes = {ATTR_INT("axis", -2)});
    }
    QUANTIZE(.inputs = {TENSOR(HARNESS_T, -9, 9, 7), S(1)});
    QUANTIZE(.inputs = {TENSOR(HARNESS_T, -9, 9, 7), S(7)}, .fails = HINGE_BAD_SHAPE,
             .says = "the scale is not one number");
}
