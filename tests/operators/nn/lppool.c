/* LpPool and GlobalLpPool: every window against all of its image, in double. */
#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

static double exponent(const struct harness_call *call)
{
    return call->opset < 2 ? (double)harness_attr_float(call, "p", 2)
                           : (double)harness_attr_int(call, "p", 2);
}

static int64_t listed(const struct harness_call *call, const char *name, int32_t i,
                      int64_t otherwise)
{
    const struct harness_attribute *a = harness_attr(call, name);
    return a ? a->ints[i] : otherwise;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const int32_t n = x->rank - 2;
    const bool ceil = harness_attr_int(call, "ceil_mode", 0) != 0;
    int64_t dims[HINGE_MAX_RANK] = {x->dims[0], x->dims[1]}, reach[3], first[3];
    for (int32_t d = 0; d < n; d++) {
        reach[d] = (listed(call, "kernel_shape", d, 1) - 1) * listed(call, "dilations", d, 1) + 1;
        const int64_t stride = listed(call, "strides", d, 1), begin = listed(call, "pads", d, 0);
        const int64_t room = x->dims[2 + d] + begin + listed(call, "pads", n + d, 0) - reach[d];
        dims[2 + d] = room / stride + 1;
        if (ceil && room % stride && dims[2 + d] * stride < x->dims[2 + d] + begin)
            dims[2 + d]++;
    }
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK], from[HINGE_MAX_RANK], positions = 1;
        double sum = 0;
        harness_coordinates(y, i, at);
        for (int32_t d = 0; d < n; d++) {
            first[d] = at[2 + d] * listed(call, "strides", d, 1) - listed(call, "pads", d, 0);
            positions *= listed(call, "kernel_shape", d, 1);
        }
        memcpy(from, at, sizeof from);
        for (int64_t k = 0; k < positions; k++) {
            int64_t rest = k;
            bool inside = true;
            for (int32_t d = n; d-- > 0;) {
                const int64_t extent = listed(call, "kernel_shape", d, 1);
                from[2 + d] = first[d] + rest % extent * listed(call, "dilations", d, 1);
                rest /= extent;
                inside &= from[2 + d] >= 0 && from[2 + d] < x->dims[2 + d];
            }
            if (inside)
                sum += pow(fabs(harness_get(x, harness_index(x, from))), exponent(call));
        }
        harness_set(y, i, pow(sum, 1 / exponent(call)));
    }
}

static void global_reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    int64_t dims[HINGE_MAX_RANK] = {0}, pixels = 1;
    for (int32_t d = 0; d < x->rank; d++) {
        dims[d] = d < 2 ? x->dims[d] : 1;
        pixels *= d < 2 ? 1 : x->dims[d];
    }
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        double sum = 0;
        for (int64_t k = 0; k < pixels; k++)
            sum += pow(fabs(harness_get(x, i * pixels + k)), exponent(call));
        harness_set(y, i, pow(sum, 1 / exponent(call)));
    }
}

#define X(...) TENSOR(HARNESS_T, -9, 9, __VA_ARGS__)
#define LPPOOL(...)                                                                                \
    CHECK_OP(.op = "LpPool", .reference = reference, .ulp = 0.51, .relative = 1e-14, __VA_ARGS__)
#define GLOBAL(...)                                                                                \
    CHECK_OP(.op = "GlobalLpPool", .reference = global_reference, .ulp = 0.51, .relative = 1e-13,  \
             __VA_ARGS__)
#define FLOAT_ONLY .types = HARNESS_TYPE(HINGE_FLOAT)
#define OLDER .types = HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_BFLOAT16)

void test_lppool(void)
{
    LPPOOL(.types = HARNESS_FLOATS, .inputs = {X(2, 3, 9, HARNESS_N)},
           .attributes = {ATTR_INTS("kernel_shape", 3, 1), ATTR_INTS("pads", 1, 0, 1, 0),
                          ATTR_INTS("strides", 2, 1)});
    for (int p = 1; p < 4; p++) {
        LPPOOL(OLDER, .opsets = {2, 11, 18, 21}, .inputs = {X(2, 3, 9, 10)},
               .attributes = {ATTR_INTS("kernel_shape", 3, 2), ATTR_INT("p", p)});
        LPPOOL(FLOAT_ONLY, .inputs = {X(1, 2, 5, 6, 7)},
               .attributes = {ATTR_INTS("kernel_shape", 3, 2, 2), ATTR_INT("p", p),
                              ATTR_INTS("dilations", 1, 2, 3)});
        GLOBAL(.types = HARNESS_FLOATS, .inputs = {X(2, 3, HARNESS_N)},
               .attributes = {ATTR_INT("p", p)});
    }
    LPPOOL(OLDER, .opsets = {1}, .inputs = {X(2, 3, 20)},
           .attributes = {ATTR_INTS("kernel_shape", 3), ATTR_FLOAT("p", 1.5F)});
    LPPOOL(FLOAT_ONLY, .inputs = {X(1, 1, 20)},
           .attributes = {ATTR_INTS("kernel_shape", 3), ATTR_INTS("strides", 4),
                          ATTR_INT("ceil_mode", 1)});
    LPPOOL(FLOAT_ONLY, .inputs = {X(1, 0, 20)}, .attributes = {ATTR_INTS("kernel_shape", 3)});
    GLOBAL(OLDER, .opsets = {2, 21}, .inputs = {X(2, 3, 9, 10)});
    GLOBAL(OLDER, .opsets = {1}, .inputs = {X(2, 3, 9)}, .attributes = {ATTR_FLOAT("p", 2.5F)});
    GLOBAL(FLOAT_ONLY, .inputs = {X(2, 3, 0)});
    GLOBAL(FLOAT_ONLY, .inputs = {X(2, 3)});
    CHECK_OP(.op = "LpPool", FLOAT_ONLY, .inputs = {X(2, 3, 5)}, .fails = HINGE_BAD_VALUE,
             .says = "p is 0", .attributes = {ATTR_INTS("kernel_shape", 3), ATTR_INT("p", 0)});
    CHECK_OP(.op = "LpPool", FLOAT_ONLY, .inputs = {X(2, 3, 5)}, .fails = HINGE_BAD_MODEL,
             .says = "kernel_shape is missing");
    CHECK_OP(.op = "GlobalLpPool", FLOAT_ONLY, .inputs = {X(2, 3, 5)}, .fails = HINGE_BAD_VALUE,
             .says = "p is -1", .attributes = {ATTR_INT("p", -1)});
    CHECK_OP(.op = "GlobalLpPool", FLOAT_ONLY, .inputs = {X(2)}, .fails = HINGE_BAD_SHAPE,
             .says = "rank 1");
}
