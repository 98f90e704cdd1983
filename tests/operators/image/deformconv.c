/* DeformConv as a sum over channels and kernel positions of interpolated elements, in double. */
#include "tests/operators/harness.h"

#include <math.h>

/* The element at a position between the elements of a plane, zeros beyond it. */
static double sample(const hinge_tensor *x, const int64_t *plane, const double *position)
{
    const int32_t n = x->rank - 2;
    double sum = 0;
    for (int corner = 0; corner < 1 << n; corner++) {
        int64_t at[HINGE_MAX_RANK] = {plane[0], plane[1]};
        double weight = 1;
        for (int32_t d = 0; d < n; d++) {
            const int upper = corner >> d & 1;
            const double below = floor(position[d]), part = position[d] - below;
            if (below + upper < 0 || below + upper >= (double)x->dims[2 + d])
                weight = 0;
            else
                at[2 + d] = (int64_t)below + upper;
            weight *= upper ? part : 1 - part;
        }
        if (weight != 0)
            sum += weight * harness_get(x, harness_index(x, at));
    }
    return sum;
}

static int64_t listed(const struct harness_call *call, const char *name, int32_t i,
                      int64_t otherwise)
{
    const struct harness_attribute *a = harness_attr(call, name);
    return a ? a->ints[i] : otherwise;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *w = call->inputs[1], *offset = call->inputs[2];
    const hinge_tensor *bias = call->n_inputs > 3 ? call->inputs[3] : NULL;
    const hinge_tensor *mask = call->n_inputs > 4 ? call->inputs[4] : NULL;
    const int64_t groups = harness_attr_int(call, "group", 1);
    const int64_t offset_groups = harness_attr_int(call, "offset_group", 1);
    const int32_t n = x->rank - 2;
    int64_t dims[HINGE_MAX_RANK] = {x->dims[0], w->dims[0]}, positions = 1;
    for (int32_t d = 0; d < n; d++) {
        dims[2 + d] = offset->dims[2 + d];
        positions *= w->dims[2 + d];
    }
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK];
        harness_coordinates(y, i, at);
        const int64_t group = at[1] / (w->dims[0] / groups);
        double sum = bias ? harness_get(bias, at[1]) : 0;
        for (int64_t j = 0; j < w->dims[1] * positions; j++) {
            const int64_t c = group * w->dims[1] + j / positions, k = j % positions;
            const int64_t which = c / (x->dims[1] / offset_groups) * positions + k;
            const int64_t plane[2] = {at[0], c};
            int64_t there[HINGE_MAX_RANK], rest = k;
            double position[HINGE_MAX_RANK];
            for (int32_t d = 0; d < n; d++)
                there[2 + d] = at[2 + d];
            there[0] = at[0];
            for (int32_t d = n; d-- > 0;) {
                there[1] = which * n + d;
                position[d] = (double)(at[2 + d] * listed(call, "strides", d, 1) -
                                       listed(call, "pads", d, 0) +
                                       rest % w->dims[2 + d] * listed(call, "dilations", d, 1)) +
                              harness_get(offset, harness_index(offset, there));
                rest /= w->dims[2 + d];
            }
            there[1] = which;
            sum += sample(x, plane, position) *
                   (mask ? harness_get(mask, harness_index(mask, there)) : 1) *
                   harness_get(w, at[1] * w->dims[1] * positions + j);
        }
        harness_set(y, i, sum);
    }
}

#define M(most, ...)                                                                               \
    {                                                                                              \
        .type = HARNESS_T, .low = -(most), .high = (most), .dims = {__VA_ARGS__},                  \
        .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__), .specials = HARNESS_SPECIALS_NEVER   \
    }
#define DEFORMCONV(...)                                                                            \
    CHECK_OP(.op = "DeformConv", .reference = reference, .absolute = 2e-4, .ulp = 0.6, __VA_ARGS__)
#define FLOAT_ONLY .types = HARNESS_TYPE(HINGE_FLOAT)
#define REFUSED(status, text, x, w, offset, ...)                                                   \
    CHECK_OP(.op = "DeformConv", FLOAT_ONLY, .inputs = {x, w, offset},                             \
             .attributes = {__VA_ARGS__}, .fails = (status), .says = (text))

static void errors(void)
{
    const struct harness_tensor x = M(2, 1, 4, 5, 5), w = M(2, 2, 4, 3, 3);
    const struct harness_tensor offset = M(2, 1, 18, 3, 3);
    REFUSED(HINGE_BAD_SHAPE, "ranks 2 and 4", M(1, 4, 4), w, offset, ATTR_INT("group", 1));
    REFUSED(HINGE_BAD_SHAPE, "do not fit 2 groups", x, w, offset, ATTR_INT("group", 2));
    REFUSED(HINGE_BAD_SHAPE, "do not fit offset_group 3", x, w, offset,
            ATTR_INT("offset_group", 3));
    REFUSED(HINGE_BAD_SHAPE, "offset does not have 36 channels", x, w, offset,
            ATTR_INT("offset_group", 2));
    REFUSED(HINGE_BAD_MODEL, "strides has 1 values, not 2", x, w, offset, ATTR_INTS("strides", 1));
    REFUSED(HINGE_BAD_VALUE, "dilations has the value 0", x, w, offset,
            ATTR_INTS("dilations", 0, 1));
    REFUSED(HINGE_BAD_VALUE, "pads has the value -1", x, w, offset, ATTR_INTS("pads", 0, 0, 0, -1));
    REFUSED(HINGE_BAD_SHAPE, "kernel_shape is 2 at axis 0, the weight 3", x, w, offset,
            ATTR_INTS("kernel_shape", 2, 3));
    CHECK_OP(.op = "DeformConv", FLOAT_ONLY, .inputs = {x, w, offset, M(1, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "B is not of 2 values");
    CHECK_OP(.op = "DeformConv", FLOAT_ONLY, .inputs = {x, w, offset, OMITTED, M(1, 1, 18, 3, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "mask does not have 9 channels");
}

void test_deformconv(void)
{
    DEFORMCONV(.types = HARNESS_FLOATS, .inputs = {M(2, 2, 3, 7, 8), M(2, 5, 3, 3, 2),
                                                   M(3, 2, 12, 5, 7), M(2, 5), M(1, 2, 6, 5, 7)});
    DEFORMCONV(.types = HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_BFLOAT16), .opsets = {19, 21},
               .inputs = {M(2, 1, 2, 5, 5), M(2, 2, 2, 3, 3), M(1, 1, 18, 3, 3)});
    DEFORMCONV(FLOAT_ONLY,
               .inputs = {M(2, 1, 8, 17, 21), M(2, 6, 4, 3, 3), M(3, 1, 72, 9, 11), OMITTED,
                          M(1, 1, 36, 9, 11)},
               .attributes = {ATTR_INT("group", 2), ATTR_INT("offset_group", 4),
                              ATTR_INTS("strides", 2, 2), ATTR_INTS("pads", 1, 1, 1, 1),
                              ATTR_INTS("kernel_shape", 3, 3)});
    DEFORMCONV(FLOAT_ONLY,
               .inputs = {M(2, 1, 2, 12, 12), M(2, 3, 2, 2, 3), M(3, 1, 12, 13, 8), M(1, 3)},
               .attributes = {ATTR_INTS("dilations", 1, 2), ATTR_INTS("pads", 2, 0, 0, 0)});
    DEFORMCONV(FLOAT_ONLY,
               .inputs = {M(2, 1, 60, 16, 17), M(2, 33, 60, 3, 3), M(3, 1, 18, 14, 15)});
    DEFORMCONV(FLOAT_ONLY, .inputs = {M(2, 2, 3, 40), M(2, 5, 3, 3), M(3, 2, 3, 38)});
    DEFORMCONV(FLOAT_ONLY,
               .inputs = {M(2, 1, 2, 3, 4, 5), M(2, 3, 2, 2, 2, 2), M(2, 1, 24, 2, 3, 4)});
    DEFORMCONV(FLOAT_ONLY, .inputs = {M(2, 0, 2, 5, 5), M(2, 3, 2, 3, 3), M(2, 0, 18, 3, 3)});
    DEFORMCONV(FLOAT_ONLY,
               .inputs = {M(2, 1, 0, 5, 5), M(2, 3, 0, 3, 3), M(2, 1, 18, 3, 3), M(1, 3)});
    DEFORMCONV(FLOAT_ONLY, .inputs = {M(2, 1, 2, 5, 2), M(2, 3, 2, 3, 3), M(2, 1, 18, 3, 0)});
    errors();
    DEFORMCONV(FLOAT_ONLY, .inputs = {M(2, 1, 64, 40, 40), M(2, 64, 64, 3, 3), M(1, 1, 18, 40, 40)},
               .attributes = {ATTR_INTS("pads", 1, 1, 1, 1)}, .bench = true);
}
