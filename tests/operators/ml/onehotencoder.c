/* OneHotEncoder against a search through the categories. */
#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

static void reference(struct harness_call *call)
{
    const struct harness_attribute *ints = harness_attr(call, "cats_int64s");
    const struct harness_attribute *strings = harness_attr(call, "cats_strings");
    const hinge_tensor *x = call->inputs[0];
    const int64_t n = (int64_t)(ints ? ints->count : strings->count);
    int64_t dims[HINGE_MAX_RANK] = {0};
    memcpy(dims, x->dims, sizeof dims);
    dims[x->rank] = n;
    hinge_tensor *y = harness_output(call, 0, HINGE_FLOAT, x->rank + 1, dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        int64_t at = n - 1;
        for (; at >= 0; at--)
            if (ints ? trunc(harness_get(x, i)) == (double)ints->ints[at]
                     : !strcmp(harness_get_string(x, i).bytes, strings->strings[at]))
                break;
        if (at >= 0)
            harness_set(y, i * n + at, 1);
    }
}

#define ENCODER .op = "OneHotEncoder", .domain = "ai.onnx.ml", .reference = reference
#define NUMBERS                                                                                    \
    (HARNESS_TYPE(HINGE_INT64) | HARNESS_TYPE(HINGE_INT32) | HARNESS_TYPE(HINGE_DOUBLE) |          \
     HARNESS_TYPE(HINGE_FLOAT))

void test_onehotencoder(void)
{
    CHECK_OP(ENCODER, .types = NUMBERS, .inputs = {TENSOR(HARNESS_T, -4, 9, HARNESS_N)},
             .attributes = {ATTR_INTS("cats_int64s", 3, 0, -1, 7, 3)});
    CHECK_OP(ENCODER, .types = NUMBERS, .inputs = {TENSOR(HARNESS_T, 0, 1, 2, HARNESS_N)},
             .attributes = {ATTR_INTS("cats_int64s", 0, 1)});
    CHECK_OP(ENCODER,
             .inputs = {{.type = HINGE_STRING,
                         .rank = 2,
                         .dims = {2, 2},
                         .strings = (const char *const[]){"a", "hinge", "", "a"}}},
             .attributes = {ATTR_STRINGS("cats_strings", "b", "", "a")});
    CHECK_OP(ENCODER, .inputs = {SCALAR(HINGE_INT32, 1, 2)},
             .attributes = {ATTR_INTS("cats_int64s", 1, 2), ATTR_INT("zeros", 0)});
    CHECK_OP(ENCODER, .inputs = {LIST(HINGE_INT32, 1, 2, 3)},
             .attributes = {ATTR_INTS("cats_int64s", 1, 2), ATTR_INT("zeros", 0)},
             .fails = HINGE_BAD_VALUE, .says = "element 2 of X is no category");
    CHECK_OP(ENCODER, .inputs = {LIST(HINGE_INT32, 1)},
             .attributes = {ATTR_STRINGS("cats_strings", "b")}, .fails = HINGE_BAD_MODEL,
             .says = "there are no categories of the type of X");
    CHECK_OP(ENCODER, .inputs = {LIST(HINGE_INT32, 1)},
             .attributes = {ATTR_STRINGS("cats_strings", "b"), ATTR_INTS("cats_int64s", 1)},
             .fails = HINGE_BAD_MODEL, .says = "both cats_int64s and cats_strings");
    CHECK_OP(ENCODER,
             .inputs = {{.type = HINGE_INT32,
                         .rank = HINGE_MAX_RANK,
                         .dims = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}},
             .attributes = {ATTR_INTS("cats_int64s", 1)}, .fails = HINGE_BAD_SHAPE,
             .says = "X has rank 16");
}
