/* CategoryMapper in both directions. */
#include "tests/operators/harness.h"

#include <string.h>

static void reference(struct harness_call *call)
{
    const struct harness_attribute *strings = harness_attr(call, "cats_strings");
    const struct harness_attribute *ints = harness_attr(call, "cats_int64s");
    const struct harness_attribute *otherwise = harness_attr(call, "default_string");
    const hinge_tensor *x = call->inputs[0];
    const bool to_string = x->type == HINGE_INT64;
    hinge_tensor *y =
        harness_output(call, 0, to_string ? HINGE_STRING : HINGE_INT64, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        int64_t k = (int64_t)ints->count - 1;
        for (; k >= 0; k--)
            if (to_string ? harness_get_int(x, i) == ints->ints[k]
                          : !strcmp(harness_get_string(x, i).bytes, strings->strings[k]))
                break;
        const char *text = k >= 0 ? strings->strings[k] : otherwise ? otherwise->s : "_Unused";
        if (to_string)
            harness_set_string(y, i, (hinge_string){text, strlen(text)});
        else
            harness_set_int(y, i,
                            k >= 0 ? ints->ints[k] : harness_attr_int(call, "default_int64", -1));
    }
}

#define MAPPER .op = "CategoryMapper", .domain = "ai.onnx.ml", .reference = reference
#define LISTS ATTR_STRINGS("cats_strings", "a", "b", "", "a"), ATTR_INTS("cats_int64s", 5, -3, 5, 9)
#define WORDS                                                                                      \
    {                                                                                              \
        .type = HINGE_STRING, .rank = 2, .dims = {2, 2}, .strings = (const char *const[])          \
        {                                                                                          \
            "b", "", "a", "none"                                                                   \
        }                                                                                          \
    }

void test_categorymapper(void)
{
    CHECK_OP(MAPPER, .inputs = {WORDS}, .attributes = {LISTS});
    CHECK_OP(MAPPER, .inputs = {WORDS}, .attributes = {LISTS, ATTR_INT("default_int64", 4)});
    CHECK_OP(MAPPER, .inputs = {TENSOR(HINGE_INT64, -4, 9, HARNESS_N)}, .attributes = {LISTS});
    CHECK_OP(MAPPER, .inputs = {SCALAR(HINGE_INT64, 2, 2)},
             .attributes = {LISTS, ATTR_STRING("default_string", "?")});
    CHECK_OP(MAPPER, .inputs = {WORDS}, .attributes = {ATTR_STRINGS("cats_strings", "a")},
             .fails = HINGE_BAD_MODEL, .says = "cats_strings has 1 entries, cats_int64s 0");
}
