/* QLinearSoftmax against the formula in double, y's scale being one over a whole number. */
#include "tests/operators/qlinear.h"

static double quantized(struct harness_call *call, double part)
{
    const double least = call->outputs[0]->type == HINGE_INT8 ? -128 : 0;
    const double steps = floor((double)(1 / (float)harness_get(call->inputs[3], 0)));
    const double sum = nearbyint(part * steps) + harness_get(call->inputs[4], 0);
    return sum > least + 255 ? least + 255 : sum;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const bool flat = harness_attr_int(call, "opset", 13) < 13;
    int64_t axis = harness_attr_int(call, "axis", -1), extent = 1, inner = 1;
    axis += axis < 0 ? x->rank : 0;
    for (int64_t d = axis; d < x->rank; d++) {
        if (d == axis || flat)
            extent *= x->dims[d];
        else
            inner *= x->dims[d];
    }
    harness_output_like(call, 0, x);
    for (int64_t r = 0; extent && r < hinge_count(x) / extent; r++) {
        const int64_t first = r / inner * extent * inner + r % inner;
        double sum = 0, most = -INFINITY;
        for (int64_t i = 0; i < extent; i++)
            most = fmax(most, qlinear_get(call, 0, first + i * inner));
        for (int64_t i = 0; i < extent; i++)
            sum += exp(qlinear_get(call, 0, first + i * inner) - most);
        for (int64_t i = 0; i < extent; i++)
            harness_set(call->outputs[0], first + i * inner,
                        quantized(call, exp(qlinear_get(call, 0, first + i * inner) - most) / sum));
    }
}

#define SOFTMAX(...)                                                                               \
    CHECK_OP(.op = "QLinearSoftmax", .domain = "com.microsoft", .types = QLINEAR_EIGHT,            \
             .reference = reference, __VA_ARGS__)
#define S QLINEAR_SCALE(0.02, 0.1)
#define Y QLINEAR_SCALE(0.003, 0.005), SCALAR(HARNESS_T, 0, 9)

void test_qlinearsoftmax(void)
{
    SOFTMAX(.inputs = {Q(3, HARNESS_N), S, QLINEAR_ZERO, Y}, .attributes = {ATTR_INT("opset", 13)},
            .absolute = 1);
    for (int opset = 11; opset < 15; opset += 3) {
        SOFTMAX(.inputs = {Q(3, 4, 17), S, OMITTED, Y}, .absolute = 1,
                .attributes = {ATTR_INT("opset", opset), ATTR_INT("axis", 1)});
        SOFTMAX(.inputs = {Q(3, 4, 17), S, QLINEAR_ZERO, Y}, .absolute = 1,
                .attributes = {ATTR_INT("opset", opset), ATTR_INT("axis", -3)});
    }
    /* 1 / 0.003921569 is 254.99998 in float32. */
    CHECK_OP(.op = "QLinearSoftmax", .domain = "com.microsoft",
             .inputs = {LIST(HINGE_UINT8, 0, 100), LIST(HINGE_FLOAT, 1), OMITTED,
                        LIST(HINGE_FLOAT, 0.003921569), LIST(HINGE_UINT8, 0)},
             .expect = {LIST(HINGE_UINT8, 0, 254)}, .attributes = {ATTR_INT("opset", 13)});
    SOFTMAX(.inputs = {Q(3), S, QLINEAR_ZERO, Y}, .fails = HINGE_BAD_SHAPE, .says = "axis 1",
            .attributes = {ATTR_INT("opset", 13), ATTR_INT("axis", 1)});
}
