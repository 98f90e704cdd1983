/* Col2Im: every pixel collects from all columns that cover it. */
#include "tests/operators/harness.h"

static int64_t listed(const struct harness_call *call, const char *name, int32_t i,
                      int64_t otherwise)
{
    const struct harness_attribute *a = harness_attr(call, name);
    return a ? a->ints[i] : otherwise;
}

/* The element of a position of the block that covers a pixel; -1: none. */
static int64_t column_of(const struct harness_call *call, const int64_t *at, int64_t k)
{
    const hinge_tensor *image = call->inputs[1], *block = call->inputs[2];
    const int32_t n = (int32_t)image->dims[0];
    int64_t column = 0, stride = 1;
    for (int32_t d = n; d-- > 0;) {
        const int64_t extent = harness_get_int(block, d), step = listed(call, "strides", d, 1);
        const int64_t dilation = listed(call, "dilations", d, 1);
        const int64_t padded =
            harness_get_int(image, d) + listed(call, "pads", d, 0) + listed(call, "pads", n + d, 0);
        const int64_t n_blocks = (padded - dilation * (extent - 1) - 1) / step + 1;
        const int64_t from = at[2 + d] + listed(call, "pads", d, 0) - k % extent * dilation;
        k /= extent;
        if (from < 0 || from % step || from / step >= n_blocks)
            return -1;
        column += from / step * stride;
        stride *= n_blocks;
    }
    return column;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0], *image = call->inputs[1], *block = call->inputs[2];
    const int32_t n = (int32_t)image->dims[0];
    int64_t positions = 1, dims[HINGE_MAX_RANK];
    for (int32_t d = 0; d < n; d++) {
        positions *= harness_get_int(block, d);
        dims[2 + d] = harness_get_int(image, d);
    }
    dims[0] = x->dims[0];
    dims[1] = x->dims[1] / positions;
    hinge_tensor *y = harness_output(call, 0, x->type, n + 2, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK], whole = 0;
        double sum = 0;
        harness_coordinates(y, i, at);
        for (int64_t k = 0; k < positions; k++) {
            const int64_t column = column_of(call, at, k);
            const int64_t from[3] = {at[0], at[1] * positions + k, column};
            if (column < 0)
                continue;
            if (harness_is_floating(x->type))
                sum += harness_get(x, harness_index(x, from));
            else
                whole = (int64_t)((uint64_t)whole +
                                  (uint64_t)harness_get_int(x, harness_index(x, from)));
        }
        if (harness_is_floating(x->type))
            harness_set(y, i, sum);
        else
            harness_set_int(y, i, x->type == HINGE_BOOL ? whole != 0 : whole);
    }
}

#define X(...)                                                                                     \
    {                                                                                              \
        .type = HARNESS_T, .low = -9, .high = 9, .dims = {__VA_ARGS__}, .rank = 3,                 \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define SHAPE(...) LIST(HINGE_INT64, __VA_ARGS__)
#define COL2IM(...)                                                                                \
    CHECK_OP(.op = "Col2Im", .reference = reference, .ulp = 0.51, .relative = 1e-14, __VA_ARGS__)
#define FLOAT_ONLY .types = HARNESS_TYPE(HINGE_FLOAT)
#define REFUSED(status, text, ...)                                                                 \
    CHECK_OP(.op = "Col2Im", FLOAT_ONLY, .fails = (status), .says = (text), __VA_ARGS__)

void test_col2im(void)
{
    COL2IM(.types = HARNESS_NUMBERS | HARNESS_TYPE(HINGE_BOOL),
           .inputs = {X(2, 12, 20), SHAPE(5, 7), CONSTANT_LIST(HINGE_INT64, 2, 3)});
    COL2IM(.types = HARNESS_NUMBERS, .inputs = {X(2, 6, 12), SHAPE(5, 6), SHAPE(2, 3)},
           .attributes = {ATTR_INTS("strides", 2, 2), ATTR_INTS("pads", 1, 2, 1, 1)});
    COL2IM(FLOAT_ONLY, .inputs = {X(1, 6, 9), SHAPE(5, 7), SHAPE(2, 3)},
           .attributes = {ATTR_INTS("dilations", 2, 2)});
    COL2IM(FLOAT_ONLY, .inputs = {X(2, 6, 400), SHAPE(402), SHAPE(3)});
    COL2IM(FLOAT_ONLY, .inputs = {X(1, 24, 12), SHAPE(2, 3, 4, 5), SHAPE(1, 2, 2, 3)},
           .attributes = {ATTR_INTS("strides", 1, 1, 1, 2)}, .fails = HINGE_BAD_SHAPE,
           .says = "there are 12 blocks, and 24 fit the image");
    COL2IM(FLOAT_ONLY, .inputs = {X(1, 24, 24), SHAPE(2, 3, 4, 5), SHAPE(1, 2, 2, 3)},
           .attributes = {ATTR_INTS("strides", 1, 1, 1, 2)});
    COL2IM(FLOAT_ONLY, .inputs = {X(0, 6, 20), SHAPE(5, 7), SHAPE(2, 3)});
    REFUSED(HINGE_BAD_SHAPE, "input has rank 2, not 3",
            .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 1, 6), SHAPE(5), SHAPE(2)});
    REFUSED(HINGE_BAD_SHAPE, "image_shape has 2 values, block_shape 1",
            .inputs = {X(1, 6, 4), SHAPE(5, 5), SHAPE(2)});
    REFUSED(HINGE_BAD_SHAPE, "7 rows are no multiple of a block's 2",
            .inputs = {X(1, 7, 4), SHAPE(5), SHAPE(2)});
    REFUSED(HINGE_BAD_VALUE, "the image is 5, the block 0",
            .inputs = {X(1, 6, 4), SHAPE(5), SHAPE(0)});
    REFUSED(HINGE_BAD_VALUE, "strides has the value 0", .inputs = {X(1, 6, 4), SHAPE(5), SHAPE(2)},
            .attributes = {ATTR_INTS("strides", 0)});
    REFUSED(HINGE_BAD_MODEL, "pads has 1 values, not 2", .inputs = {X(1, 6, 4), SHAPE(5), SHAPE(2)},
            .attributes = {ATTR_INTS("pads", 0)});
    CHECK_OP(.op = "Col2Im", .fails = HINGE_UNSUPPORTED, .says = "strings",
             .inputs = {{.type = HINGE_STRING,
                         .rank = 3,
                         .dims = {1, 1, 1},
                         .strings = (const char *const[]){"a"}},
                        SHAPE(1),
                        SHAPE(1)});
}
