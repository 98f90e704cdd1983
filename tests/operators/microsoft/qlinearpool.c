/* QLinearAveragePool and QLinearGlobalAveragePool against plain loops. */
#include <string.h>

#include "tests/operators/qlinear.h"

/* Element of x with the channels at axis 1 or last. */
static int64_t element(const hinge_tensor *x, bool last, int64_t image, int64_t channel,
                       const int64_t *place)
{
    int64_t at[HINGE_MAX_RANK];
    at[0] = image;
    at[last ? x->rank - 1 : 1] = channel;
    for (int32_t d = 0; d < x->rank - 2; d++)
        at[(last ? 1 : 2) + d] = place[d];
    return harness_index(x, at);
}

static int64_t list(const struct harness_call *call, const char *name, int64_t i, int64_t otherwise)
{
    const struct harness_attribute *a = harness_attr(call, name);
    return a ? a->ints[i] : otherwise;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const bool last = harness_attr_int(call, "channels_last", 0) != 0;
    const bool is_global = !strcmp(call->c->op, "QLinearGlobalAveragePool");
    const bool counts = harness_attr_int(call, "count_include_pad", 0) != 0;
    const int32_t n = x->rank - 2, first = last ? 1 : 2;
    hinge_tensor y = *x;
    int64_t kernel[3], positions = 1;
    for (int32_t d = 0; d < n; d++) {
        kernel[d] = is_global ? x->dims[first + d] : list(call, "kernel_shape", d, 1);
        const int64_t all =
            x->dims[first + d] + list(call, "pads", d, 0) + list(call, "pads", n + d, 0);
        y.dims[first + d] = (all - kernel[d]) / list(call, "strides", d, 1) + 1;
        positions *= kernel[d];
    }
    hinge_tensor *to = harness_output(call, 0, x->type, y.rank, y.dims);
    for (int64_t i = 0; i < hinge_count(to); i++) {
        int64_t at[HINGE_MAX_RANK], from[3], count = 0;
        double sum = 0;
        harness_coordinates(to, i, at);
        for (int64_t k = 0; k < positions; k++) {
            int64_t rest = k;
            bool inside = true;
            for (int32_t d = n; d-- > 0;) {
                from[d] = at[first + d] * list(call, "strides", d, 1) - list(call, "pads", d, 0) +
                          rest % kernel[d];
                rest /= kernel[d];
                inside = inside && from[d] >= 0 && from[d] < x->dims[first + d];
            }
            count += inside || counts;
            if (inside)
                sum += harness_get(x, element(x, last, at[0], at[last ? n + 1 : 1], from)) -
                       (call->inputs[2] ? harness_get(call->inputs[2], 0) : 0);
        }
        const float mean = (float)sum / (float)count * (float)harness_get(call->inputs[1], 0);
        qlinear_set(call, 3, i, (double)mean);
    }
}

#define POOL(...)                                                                                  \
    CHECK_OP(.domain = "com.microsoft", .types = QLINEAR_EIGHT, .reference = reference, __VA_ARGS__)
#define S QLINEAR_SCALE(0.02, 0.1)
#define REST S, QLINEAR_ZERO, S, QLINEAR_ZERO

void test_qlinearpool(void)
{
    for (int k = 0; k < 4; k++) {
        const int last = k & 1, pads = k >> 1;
        POOL(.op = "QLinearAveragePool", .inputs = {Q(2, 6, 7, 9), REST},
             .attributes = {ATTR_INT("channels_last", last), ATTR_INT("count_include_pad", pads),
                            ATTR_INTS("kernel_shape", 3, 2), ATTR_INTS("strides", 2, 1),
                            ATTR_INTS("pads", 1, 0, 2, 1)});
        POOL(.op = "QLinearAveragePool", .inputs = {Q(1, 3, HARNESS_N), REST},
             .attributes = {ATTR_INT("channels_last", 0), ATTR_INTS("kernel_shape", 1)});
        POOL(.op = "QLinearAveragePool", .inputs = {Q(1, 5, 4, 6, 3), S, OMITTED, S},
             .attributes = {ATTR_INT("channels_last", last), ATTR_INTS("kernel_shape", 2, 3, 2)});
    }
    POOL(.op = "QLinearAveragePool", .inputs = {Q(1, 2, 3, 1100), REST},
         .attributes = {ATTR_INTS("kernel_shape", 2, 5), ATTR_INTS("pads", 1, 2, 1, 3)});
    POOL(.op = "QLinearAveragePool", .inputs = {Q(1, 2, 3, 1100), REST},
         .attributes = {ATTR_INTS("kernel_shape", 3, 4), ATTR_INTS("strides", 1, 7)});
    POOL(.op = "QLinearAveragePool", .inputs = {Q(1, 2, 3, 1100), REST},
         .attributes = {ATTR_INTS("kernel_shape", 3, 4), ATTR_INTS("strides", 1, 3)});
    POOL(.op = "QLinearAveragePool", .inputs = {Q(1, 2, 2, 700), REST},
         .attributes = {ATTR_INTS("kernel_shape", 2, 600)});
    for (int last = 0; last < 2; last++) {
        POOL(.op = "QLinearGlobalAveragePool", .inputs = {Q(2, 5, 7, 9), REST},
             .attributes = {ATTR_INT("channels_last", last)});
        POOL(.op = "QLinearGlobalAveragePool", .inputs = {Q(2, 300, 40), REST},
             .attributes = {ATTR_INT("channels_last", last)});
    }
    POOL(.op = "QLinearGlobalAveragePool", .inputs = {Q(2, 5), REST});
    POOL(.op = "QLinearGlobalAveragePool", .inputs = {Q(2), REST}, .fails = HINGE_BAD_SHAPE,
         .says = "X has rank 1, no channels");
    POOL(.op = "QLinearAveragePool", .inputs = {Q(2, 5, 3), REST}, .fails = HINGE_BAD_MODEL,
         .says = "kernel_shape is missing");
}
