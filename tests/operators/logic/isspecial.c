/* IsNaN and IsInf against C's classification of the value, which for float8 is decoded by hand. */
#include <math.h>

#include "tests/operators/harness.h"

/* The element, or for float8 a number of its class. */
static double element(const hinge_tensor *x, int64_t i)
{
    const int64_t bits = x->type == HINGE_FLOAT8E4M3FN || x->type == HINGE_FLOAT8E4M3FNUZ ||
                                 x->type == HINGE_FLOAT8E5M2 || x->type == HINGE_FLOAT8E5M2FNUZ
                             ? harness_get_int(x, i)
                             : -1;
    const int64_t e5 = bits / 4 % 32, m2 = bits % 4, e4 = bits / 8 % 16, m3 = bits % 8;
    const double sign = bits / 128 ? -1 : 1;
    switch (x->type) {
    case HINGE_FLOAT8E4M3FN: return e4 == 15 && m3 == 7 ? NAN : sign;
    case HINGE_FLOAT8E5M2: return e5 == 31 ? m2 == 0 ? sign * INFINITY : NAN : sign;
    case HINGE_FLOAT8E4M3FNUZ:
    case HINGE_FLOAT8E5M2FNUZ: return bits == 128 ? NAN : sign;
    default: return harness_get(x, i);
    }
}

static void isnan_reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output(call, 0, HINGE_BOOL, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(y); i++)
        harness_set_int(y, i, isnan(element(x, i)) != 0);
}

static void isinf_reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const bool negative = harness_attr_int(call, "detect_negative", 1) != 0;
    const bool positive = harness_attr_int(call, "detect_positive", 1) != 0;
    hinge_tensor *y = harness_output(call, 0, HINGE_BOOL, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        const double value = element(x, i);
        harness_set_int(y, i, isinf(value) && (value < 0 ? negative : positive));
    }
}

#define FLOAT8S                                                                                    \
    (HARNESS_TYPE(HINGE_FLOAT8E4M3FN) | HARNESS_TYPE(HINGE_FLOAT8E4M3FNUZ) |                       \
     HARNESS_TYPE(HINGE_FLOAT8E5M2) | HARNESS_TYPE(HINGE_FLOAT8E5M2FNUZ))

static void check(const char *op, uint32_t first_opset, int64_t negative, int64_t positive)
{
    const bool isnan = op[2] == 'N';
    struct harness_case c = {.op = op, .opsets = {first_opset, 20}, .types = HARNESS_FLOATS};
    c.reference = isnan ? isnan_reference : isinf_reference;
    c.inputs[0] = (struct harness_tensor)TENSOR(HARNESS_T, -9, 9, HARNESS_N);
    if (!isnan) {
        c.attributes[0] = (struct harness_attribute)ATTR_INT("detect_negative", negative);
        c.attributes[1] = (struct harness_attribute)ATTR_INT("detect_positive", positive);
    }
    CHECK_CASE(&c);
    c.types = FLOAT8S;
    c.opsets[0] = 20;
    c.inputs[0] = (struct harness_tensor)TENSOR(HARNESS_T, 0, 255, 1000);
    CHECK_CASE(&c);
}

void test_isspecial(void)
{
    check("IsNaN", 9, 0, 0);
    for (int64_t negative = 0; negative < 2; negative++)
        for (int64_t positive = 0; positive < 2; positive++)
            check("IsInf", 10, negative, positive);
    CHECK_OP(.op = "IsInf", .inputs = {LIST(HINGE_FLOAT, -INFINITY, 0, INFINITY, NAN)},
             .expect = {LIST(HINGE_BOOL, 1, 0, 1, 0)});
}
