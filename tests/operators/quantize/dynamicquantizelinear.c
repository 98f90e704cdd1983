/* DynamicQuantizeLinear against the formula, step by step in float32. */
#include "tests/operators/harness.h"

#include <math.h>

static double saturated(double value)
{
    return !(value > 0) ? 0 : value > 255 ? 255 : value;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    float least = 0, largest = 0;
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const float value = (float)harness_get(x, i);
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
    }
    const float scale = largest > least ? (largest - least) / 255 : 1;
    const double zero_point = nearbyint(saturated((double)(-least / scale)));
    hinge_tensor *y = harness_output(call, 0, HINGE_UINT8, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        const float quotient = (float)harness_get(x, i) / scale;
        harness_set(y, i, saturated(nearbyint((double)quotient) + zero_point));
    }
    harness_set(harness_output(call, 1, HINGE_FLOAT, 0, NULL), 0, (double)scale);
    harness_set(harness_output(call, 2, HINGE_UINT8, 0, NULL), 0, zero_point);
}

#define DYNAMIC(...)                                                                               \
    CHECK_OP(.op = "DynamicQuantizeLinear", .reference = reference, .n_outputs = 3, __VA_ARGS__)

void test_dynamicquantizelinear(void)
{
    DYNAMIC(.inputs = {TENSOR(HINGE_FLOAT, -9, 3, HARNESS_N)});
    DYNAMIC(.inputs = {TENSOR(HINGE_FLOAT, 2, 3, 3, HARNESS_N)});
    DYNAMIC(.inputs = {TENSOR(HINGE_FLOAT, -9, -3, 3, HARNESS_N)});
    DYNAMIC(.inputs = {TENSOR(HINGE_FLOAT, -2, 9, 5, 30001)});
    DYNAMIC(.inputs = {TENSOR(HINGE_FLOAT, 0, 0, 40)});
    DYNAMIC(.inputs = {SCALAR(HINGE_FLOAT, 1, 2)});
    DYNAMIC(.inputs = {TENSOR(HINGE_FLOAT, -2, 9, 7, 9)}, .unwanted = 2);
    DYNAMIC(.inputs = {TENSOR(HINGE_FLOAT, -2, 9, 7, 9)}, .unwanted = 5);
    CHECK_OP(.op = "DynamicQuantizeLinear", .n_outputs = 3,
             .inputs = {LIST(HINGE_FLOAT, NAN, -1, 2, INFINITY)},
             .expect = {LIST(HINGE_UINT8, 0, 0, 0, 0),
                        {.type = HINGE_FLOAT, .values = (const double[]){INFINITY}},
                        {.type = HINGE_UINT8, .values = (const double[]){0}}});
}
