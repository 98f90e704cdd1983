/* Softmax and LogSoftmax against the definition in double, row by row. */
#include <math.h>

#include "tests/operators/harness.h"

static void rows(struct harness_call *call, bool logarithm)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output_like(call, 0, x);
    const bool flat = call->opset < 13;
    int64_t axis = harness_attr_int(call, "axis", flat ? 1 : -1);
    int64_t count = 1, inner = 1;
    if (axis < 0)
        axis += x->rank;
    for (int32_t d = axis < 0 ? 0 : (int32_t)axis; d < x->rank; d++) {
        if (flat || d == axis)
            count *= x->dims[d];
        else
            inner *= x->dims[d];
    }
    for (int64_t start = 0; start < hinge_count(x); start++) {
        if (start / inner % count != 0)
            continue;
        double max = -INFINITY, sum = 0;
        for (int64_t i = 0; i < count; i++)
            max = fmax(max, harness_get(x, start + i * inner));
        for (int64_t i = 0; i < count; i++)
            sum += exp(harness_get(x, start + i * inner) - max);
        for (int64_t i = 0; i < count; i++) {
            const double shifted = harness_get(x, start + i * inner) - max;
            harness_set(y, start + i * inner, logarithm ? shifted - log(sum) : exp(shifted) / sum);
        }
    }
}

static void softmax(struct harness_call *call)
{
    rows(call, false);
}

static void log_softmax(struct harness_call *call)
{
    rows(call, true);
}

/* The difference x - max is rounded to the type, at most 2^-24 of 18 in float: the exponential has
 * that as a relative error, the logarithm as an absolute one. Double has room for it in its own
 * units. */
#define CHECK(name, units, ...)                                                                    \
    CHECK_OP(.op = (name), .ulp = (units), .absolute = (name)[0] == 'L' ? 4e-6 : 0,                \
             .reference = (name)[0] == 'L' ? log_softmax : softmax, __VA_ARGS__)

static void check(const char *name)
{
    CHECK(name, 24, .opsets = {1, 11, 13},
          .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
          .inputs = {TENSOR(HARNESS_T, -9, 9, 3, HARNESS_N)});
    CHECK(name, 0.6, .types = HARNESS_TYPE(HINGE_FLOAT16) | HARNESS_TYPE(HINGE_BFLOAT16),
          .inputs = {TENSOR(HARNESS_T, -4, 4, 2, HARNESS_N, 3)},
          .attributes = {ATTR_INT("axis", 1)});
    CHECK(name, 24, .opsets = {12, 13},
          .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
          .attributes = {ATTR_INT("axis", 0)}, .inputs = {TENSOR(HARNESS_T, -9, 9, 5, HARNESS_N)});
    CHECK(name, 24, .opsets = {12, 13},
          .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE),
          .attributes = {ATTR_INT("axis", -2)}, .inputs = {TENSOR(HARNESS_T, -9, 9, 2, 7, 19)});
    CHECK(name, 24, .opsets = {11}, .attributes = {ATTR_INT("axis", 2)},
          .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3)});
    CHECK(name, 24, .inputs = {LIST(HINGE_FLOAT, 1000, 1001, -1000)});
    CHECK(name, 24, .types = HARNESS_FLOATS, .inputs = {SCALAR(HARNESS_T, -9, 9)});
    CHECK(name, 24, .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 64, 1000)});
    CHECK_OP(.op = name, .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 2, 3)}, .fails = HINGE_BAD_SHAPE,
             .attributes = {ATTR_INT("axis", 2)}, .says = "axis 2");
}

void test_softmax(void)
{
    check("Softmax");
    check("LogSoftmax");
    CHECK_OP(.op = "Softmax", .bench = true, .reference = softmax, .ulp = 24,
             .inputs = {TENSOR(HINGE_FLOAT, -9, 9, 12, 128, 128)});
}
