/* Crop against a walk over its output. */
#include "tests/operators/harness.h"

static void reference(struct harness_call *call)
{
    const hinge_tensor *x = call->inputs[0];
    const int64_t *border = harness_attr(call, "border")->ints;
    const struct harness_attribute *scale = harness_attr(call, "scale");
    const int64_t dims[] = {x->dims[0], x->dims[1],
                            scale ? scale->ints[0] : x->dims[2] - border[1] - border[3],
                            scale ? scale->ints[1] : x->dims[3] - border[0] - border[2]};
    hinge_tensor *y = harness_output(call, 0, x->type, 4, dims);
    for (int64_t i = 0; i < hinge_count(y); i++) {
        int64_t at[HINGE_MAX_RANK];
        harness_coordinates(y, i, at);
        at[2] += border[1];
        at[3] += border[0];
        harness_move(y, i, x, harness_index(x, at));
    }
}

#define CROP(...)                                                                                  \
    CHECK_OP(.op = "Crop", .opsets = {1, 9}, .reference = reference,                               \
             .types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE) |                     \
                      HARNESS_TYPE(HINGE_FLOAT16),                                                 \
             __VA_ARGS__)
#define IMAGE TENSOR(HARNESS_T, -9, 9, 2, 3, 11, 13)
#define FAILS(status, text, ...)                                                                   \
    CHECK_OP(.op = "Crop", .opsets = {9}, .fails = (status), .says = (text), __VA_ARGS__)
#define FLOATS TENSOR(HINGE_FLOAT, -9, 9, 2, 3, 11, 13)

void test_crop(void)
{
    CROP(.inputs = {IMAGE}, .attributes = {ATTR_INTS("border", 1, 2, 3, 4)});
    CROP(.inputs = {IMAGE}, .attributes = {ATTR_INTS("border", 0, 0, 0, 0)});
    CROP(.inputs = {IMAGE}, .attributes = {ATTR_INTS("border", 13, 0, 0, 0)});
    CROP(.inputs = {IMAGE},
         .attributes = {ATTR_INTS("border", 4, 3, 0, 0), ATTR_INTS("scale", 8, 2)});
    CROP(.inputs = {TENSOR(HARNESS_T, -9, 9, HARNESS_N, 2, 3, 5)},
         .attributes = {ATTR_INTS("border", 1, 1, 1, 1)});
    FAILS(HINGE_BAD_SHAPE, "rank 3", .inputs = {TENSOR(HINGE_FLOAT, 0, 1, 3, 4, 5)},
          .attributes = {ATTR_INTS("border", 1, 1, 1, 1)});
    FAILS(HINGE_BAD_VALUE, "border has 3 numbers", .inputs = {FLOATS},
          .attributes = {ATTR_INTS("border", 1, 1, 1)});
    FAILS(HINGE_BAD_VALUE, "or scale 1", .inputs = {FLOATS},
          .attributes = {ATTR_INTS("border", 1, 1, 1, 1), ATTR_INTS("scale", 1)});
    FAILS(HINGE_BAD_VALUE, "borders of 6 and 6 of 11 rows", .inputs = {FLOATS},
          .attributes = {ATTR_INTS("border", 1, 6, 1, 6)});
    FAILS(HINGE_BAD_VALUE, "borders of -1 and 6 of 13 columns", .inputs = {FLOATS},
          .attributes = {ATTR_INTS("border", -1, 1, 6, 1)});
    FAILS(HINGE_BAD_VALUE, "scale of 11 behind 1 of 11 rows", .inputs = {FLOATS},
          .attributes = {ATTR_INTS("border", 1, 1, 1, 1), ATTR_INTS("scale", 11, 1)});
}
