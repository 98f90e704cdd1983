/* AffineGrid: theta times each homogeneous position, in double. */
#include "tests/operators/harness.h"

static double position(int64_t i, int64_t extent, bool align)
{
    const double step = align && extent > 1 ? 2 / (double)(extent - 1) : 2 / (double)extent;
    return extent == 1 ? 0 : align ? -1 + step * (double)i : -1 + step / 2 + step * (double)i;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *theta = call->inputs[0], *size = call->inputs[1];
    const int32_t n = (int32_t)size->dims[0] - 2;
    const bool align = harness_attr_int(call, "align_corners", 0) != 0;
    int64_t dims[5] = {harness_get_int(size, 0)};
    for (int32_t d = 0; d < n; d++)
        dims[1 + d] = harness_get_int(size, 2 + d);
    dims[1 + n] = n;
    hinge_tensor *y = harness_output(call, 0, theta->type, n + 2, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK];
        harness_coordinates(y, i, at);
        const int64_t row = (at[0] * n + at[1 + n]) * (n + 1);
        double sum = harness_get(theta, row + n);
        for (int32_t k = 0; k < n; k++)
            sum += harness_get(theta, row + k) * position(at[n - k], dims[n - k], align);
        harness_set(y, i, sum);
    }
}

#define THETA(...)                                                                                 \
    {                                                                                              \
        .type = HARNESS_T, .low = -2, .high = 2, .dims = {__VA_ARGS__}, .rank = 3,                 \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define AFFINEGRID(...)                                                                            \
    CHECK_OP(.op = "AffineGrid", .reference = reference, .types = HARNESS_FLOATS, .ulp = 0.51,     \
             .absolute = 1e-15, __VA_ARGS__)
#define REFUSED(theta, text, ...)                                                                  \
    CHECK_OP(.op = "AffineGrid", .types = HARNESS_TYPE(HINGE_FLOAT),                               \
             .inputs = {theta, LIST(HINGE_INT64, __VA_ARGS__)}, .says = (text),                    \
             .fails = HINGE_BAD_SHAPE)

void test_affinegrid(void)
{
    for (int align = 0; align < 2; align++) {
        AFFINEGRID(.inputs = {THETA(2, 2, 3), LIST(HINGE_INT64, 2, 3, 5, 7)},
                   .attributes = {ATTR_INT("align_corners", align)});
        AFFINEGRID(.inputs = {THETA(3, 3, 4), CONSTANT_LIST(HINGE_INT64, 3, 1, 1, 6, 35)},
                   .attributes = {ATTR_INT("align_corners", align)});
        AFFINEGRID(.inputs = {THETA(1, 2, 3), LIST(HINGE_INT64, 1, 1, 70, 61)},
                   .attributes = {ATTR_INT("align_corners", align)});
    }
    AFFINEGRID(.inputs = {THETA(0, 2, 3), LIST(HINGE_INT64, 0, 1, 4, 4)});
    AFFINEGRID(.inputs = {THETA(2, 2, 3), LIST(HINGE_INT64, 2, 1, 0, 4)});
    REFUSED(THETA(1, 2, 3), "size has 3 values", 1, 2, 3);
    REFUSED(THETA(1, 2, 3), "matrices 3 x 4", 1, 2, 3, 4, 5);
    REFUSED(THETA(2, 2, 3), "for 1 grids", 1, 2, 3, 4);
    CHECK_OP(.op = "AffineGrid", .types = HARNESS_TYPE(HINGE_FLOAT),
             .inputs = {THETA(1, 2, 3), LIST(HINGE_INT64, 1, 2, -3, 4)}, .fails = HINGE_BAD_VALUE,
             .says = "size 2 is -3");
}
