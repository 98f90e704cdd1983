/* MaxUnpool: the elements put one by one. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *indices = call->inputs[1];
    const hinge_tensor *given = call->n_inputs > 2 ? call->inputs[2] : NULL;
    const int32_t n = x->rank - 2;
    const struct harness_attribute *kernel = harness_attr(call, "kernel_shape");
    const struct harness_attribute *strides = harness_attr(call, "strides");
    const struct harness_attribute *pads = harness_attr(call, "pads");
    int64_t dims[HINGE_MAX_RANK], shape[HINGE_MAX_RANK];
    for (int32_t d = 0; d < x->rank; d++) {
        dims[d] = x->dims[d];
        if (d >= 2)
            dims[d] = (x->dims[d] - 1) * (strides ? strides->ints[d - 2] : 1) +
                      kernel->ints[d - 2] - (pads ? pads->ints[d - 2] + pads->ints[n + d - 2] : 0);
        shape[d] = given ? harness_get_int(given, d) : dims[d];
    }
    hinge_tensor *y = harness_output(call, 0, x->type, x->rank, shape), implied = *y;
    for (int32_t d = 0; d < x->rank; d++)
        implied.dims[d] = dims[d];
    for (int64_t i = 0; i < hinge_count(x); i++) {
        int64_t at[HINGE_MAX_RANK];
        harness_coordinates(&implied, harness_get_int(indices, i), at);
        harness_move(y, harness_index(y, at), x, i);
    }
}

#define X(...) TENSOR(HARNESS_T, -9, 9, __VA_ARGS__)
#define OLDER .types = HARNESS_FLOATS & ~HARNESS_TYPE(HINGE_BFLOAT16)
#define FLOAT_ONLY .types = HARNESS_TYPE(HINGE_FLOAT)
#define REFUSED(status, text, ...)                                                                 \
    CHECK_OP(.op = "MaxUnpool", FLOAT_ONLY, .fails = (status), .says = (text),                     \
             .attributes = {ATTR_INTS("kernel_shape", 2, 2), ATTR_INTS("pads", 0, 0, 1, 0)},       \
             .inputs = {__VA_ARGS__})

static const double places[] = {5, 7, 13, 15, 21, 16, 31, 30};

#define PLACES(...)                                                                                \
    {                                                                                              \
        .type = HINGE_INT64, .rank = (int32_t)HARNESS_COUNT(int64_t, __VA_ARGS__),                 \
        .dims = {__VA_ARGS__}, .values = places                                                    \
    }

void test_maxunpool(void)
{
    CHECK_OP(.op = "MaxUnpool", .reference = reference, .types = HARNESS_FLOATS,
             .inputs = {X(1, 2, 2, 2), PLACES(1, 2, 2, 2)},
             .attributes = {ATTR_INTS("kernel_shape", 2, 2), ATTR_INTS("strides", 2, 2)});
    CHECK_OP(.op = "MaxUnpool", .reference = reference, OLDER, .opsets = {9, 11, 21},
             .inputs = {X(1, 2, 2, 2), PLACES(1, 2, 2, 2), LIST(HINGE_INT64, 1, 3, 5, 4)},
             .attributes = {ATTR_INTS("kernel_shape", 2, 2), ATTR_INTS("strides", 2, 2)});
    CHECK_OP(.op = "MaxUnpool", .reference = reference, FLOAT_ONLY,
             .inputs = {X(1, 1, 8), PLACES(1, 1, 8)},
             .attributes = {ATTR_INTS("kernel_shape", 4), ATTR_INTS("strides", 5),
                            ATTR_INTS("pads", 1, 1)});
    CHECK_OP(.op = "MaxUnpool", .reference = reference, FLOAT_ONLY,
             .inputs = {X(1, 1, 2, 2, 2), PLACES(1, 1, 2, 2, 2)},
             .attributes = {ATTR_INTS("kernel_shape", 3, 3, 3)});
    CHECK_OP(.op = "MaxUnpool", .reference = reference, FLOAT_ONLY,
             .inputs = {X(0, 1, 2, 2), PLACES(0, 1, 2, 2)},
             .attributes = {ATTR_INTS("kernel_shape", 2, 2)});
    REFUSED(HINGE_BAD_SHAPE, "do not have X's shape", X(1, 1, 2, 2), PLACES(1, 1, 2, 3));
    REFUSED(HINGE_BAD_VALUE, "index 7 at position 1 is not in [0, 6)", X(1, 1, 2, 2),
            PLACES(1, 1, 2, 2));
    REFUSED(HINGE_BAD_SHAPE, "output_shape has 3 values, not 4", X(1, 1, 2, 2), PLACES(1, 1, 2, 2),
            LIST(HINGE_INT64, 1, 2, 3));
    REFUSED(HINGE_BAD_SHAPE, "output_shape is 2 at axis 3, less than 3", X(1, 1, 2, 2),
            PLACES(1, 1, 2, 2), LIST(HINGE_INT64, 1, 1, 2, 2));
    CHECK_OP(.op = "MaxUnpool", FLOAT_ONLY, .inputs = {X(1, 1, 8), PLACES(1, 1, 8)},
             .attributes = {ATTR_INTS("kernel_shape", 1), ATTR_INTS("pads", 9, 9)},
             .fails = HINGE_BAD_SHAPE, .says = "take all of axis 2");
}
