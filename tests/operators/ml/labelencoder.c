/* LabelEncoder against a search through the keys from their end. */
#include "tests/operators/harness.h"

#include <math.h>
#include <string.h>

/* The lists of keys or values that a case states: the tensor, or one of the attributes. */
struct list {
    const struct harness_attribute *a;
    hinge_type type;
    int64_t count;
};

static struct list find(const struct harness_call *call, const char *tensor, const char *strings,
                        const char *ints, const char *floats)
{
    const struct harness_attribute *a;
    if ((a = harness_attr(call, tensor)))
        return (struct list){a, a->tensor->type, a->tensor->dims[0]};
    if ((a = harness_attr(call, strings)))
        return (struct list){a, HINGE_STRING, (int64_t)a->count};
    if ((a = harness_attr(call, ints)))
        return (struct list){a, HINGE_INT64, (int64_t)a->count};
    a = harness_attr(call, floats);
    return (struct list){a, HINGE_FLOAT, (int64_t)a->count};
}

static const char *text(const struct list *list, int64_t i)
{
    return list->a->tensor ? list->a->tensor->strings[i] : list->a->strings[i];
}

static double number(const struct list *list, int64_t i)
{
    if (list->a->tensor)
        return list->a->tensor->values[i];
    return list->type == HINGE_INT64 ? (double)list->a->ints[i] : (double)list->a->floats[i];
}

static bool matches(const struct list *keys, int64_t k, const hinge_tensor *x, int64_t i)
{
    if (keys->type == HINGE_STRING) {
        const hinge_string s = harness_get_string(x, i);
        return s.size == strlen(text(keys, k)) && !memcmp(s.bytes, text(keys, k), s.size);
    }
    const double a = number(keys, k), b = harness_get(x, i);
    return a == b || (isnan(a) && isnan(b));
}

static void set_text(hinge_tensor *y, int64_t i, const char *string)
{
    harness_set_string(y, i, (hinge_string){string, strlen(string)});
}

static void reference(struct harness_call *call)
{
    const struct list keys =
        find(call, "keys_tensor", "keys_strings", "keys_int64s", "keys_floats");
    const struct list values =
        find(call, "values_tensor", "values_strings", "values_int64s", "values_floats");
    const struct harness_attribute *otherwise = harness_attr(call, "default_tensor");
    const struct harness_attribute *string = harness_attr(call, "default_string");
    const hinge_tensor *x = call->inputs[0];
    hinge_tensor *y = harness_output(call, 0, values.type, x->rank, x->dims);
    for (int64_t i = 0; i < hinge_count(x); i++) {
        int64_t k = keys.count - 1;
        while (k >= 0 && !matches(&keys, k, x, i))
            k--;
        if (values.type == HINGE_STRING)
            set_text(y, i,
                     k >= 0      ? text(&values, k)
                     : otherwise ? otherwise->tensor->strings[0]
                     : string    ? string->s
                                 : "_Unused");
        else if (k >= 0)
            harness_set(y, i, number(&values, k));
        else if (otherwise)
            harness_set(y, i, otherwise->tensor->values[0]);
        else if (harness_is_floating(values.type))
            harness_set(y, i, (double)harness_attr_float(call, "default_float", -0.0F));
        else
            harness_set_int(y, i, harness_attr_int(call, "default_int64", -1));
    }
}

static void reference_1(struct harness_call *call)
{
    const struct harness_attribute *classes = harness_attr(call, "classes_strings");
    const struct harness_attribute *string = harness_attr(call, "default_string");
    const hinge_tensor *x = call->inputs[0];
    const bool to_string = x->type == HINGE_INT64;
    hinge_tensor *y =
        harness_output(call, 0, to_string ? HINGE_STRING : HINGE_INT64, x->rank, x->dims);
    const struct list keys = {classes, HINGE_STRING, (int64_t)classes->count};
    for (int64_t i = 0; i < hinge_count(x); i++) {
        if (to_string) {
            const int64_t k = harness_get_int(x, i);
            set_text(y, i,
                     k >= 0 && k < keys.count ? classes->strings[k]
                     : string                 ? string->s
                                              : "_Unused");
            continue;
        }
        int64_t k = keys.count - 1;
        while (k >= 0 && !matches(&keys, k, x, i))
            k--;
        harness_set_int(y, i, k >= 0 ? k : harness_attr_int(call, "default_int64", -1));
    }
}

#define ENCODER .op = "LabelEncoder", .domain = "ai.onnx.ml", .reference = reference
#define TEXTS(...)                                                                                 \
    {                                                                                              \
        .type = HINGE_STRING, .rank = 1, .dims = {(int64_t)HARNESS_COUNT(char *, __VA_ARGS__)},    \
        .strings = (const char *const[])                                                           \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define WORDS TEXTS("b", "", "a longer word", "c", "a longer wore", "a", "b", "a longer word ")

static void test_many_keys(void)
{
    static float keys[1000];
    static int64_t values[1000];
    for (int i = 0; i < 1000; i++) {
        keys[i] = (float)(i * 37 % 1009 - 500);
        values[i] = INT64_C(1) << (i % 62);
    }
    CHECK_OP(
        ENCODER, .opsets = {2, 4}, .inputs = {TENSOR(HINGE_FLOAT, -600, 600, 50)},
        .attributes = {
            {.name = "keys_floats", .type = HINGE_ATTR_FLOATS, .floats = keys, .count = 1000},
            {.name = "values_int64s", .type = HINGE_ATTR_INTS, .ints = values, .count = 1000}});
    static double exact[1009];
    for (int i = 0; i < 1009; i++)
        exact[i] = i - 500;
    CHECK_OP(
        ENCODER, .opsets = {2, 4},
        .inputs = {{.type = HINGE_FLOAT, .rank = 1, .dims = {1009}, .values = exact}},
        .attributes = {
            {.name = "keys_floats", .type = HINGE_ATTR_FLOATS, .floats = keys, .count = 1000},
            {.name = "values_int64s", .type = HINGE_ATTR_INTS, .ints = values, .count = 1000}});
    for (int i = 0; i < 1000; i++)
        keys[i] = 3;
    CHECK_OP(
        ENCODER, .inputs = {LIST(HINGE_FLOAT, 3, 4)},
        .attributes = {
            {.name = "keys_floats", .type = HINGE_ATTR_FLOATS, .floats = keys, .count = 1000},
            {.name = "values_int64s", .type = HINGE_ATTR_INTS, .ints = values, .count = 1000}});
}

static void test_refusals(void)
{
    CHECK_OP(ENCODER, .opsets = {2, 4}, .inputs = {LIST(HINGE_FLOAT, 1)},
             .attributes = {ATTR_INTS("keys_int64s", 1), ATTR_INTS("values_int64s", 1)},
             .fails = HINGE_BAD_MODEL, .says = "the keys have another type than X");
    CHECK_OP(ENCODER, .opsets = {2, 4}, .inputs = {LIST(HINGE_INT64, 1)},
             .attributes = {ATTR_INTS("keys_int64s", 1), ATTR_INTS("values_int64s", 1, 2)},
             .fails = HINGE_BAD_MODEL, .says = "there are 1 keys for 2 values");
    CHECK_OP(ENCODER, .inputs = {LIST(HINGE_INT64, 1)},
             .attributes = {ATTR_INTS("keys_int64s", 1), ATTR_FLOATS("keys_floats", 1),
                            ATTR_INTS("values_int64s", 1)},
             .fails = HINGE_BAD_MODEL, .says = "there are 2 lists of keys, not one");
    CHECK_OP(ENCODER, .inputs = {LIST(HINGE_INT64, 1)}, .attributes = {ATTR_INTS("keys_int64s", 1)},
             .fails = HINGE_BAD_MODEL, .says = "there are 0 lists of values, not one");
    CHECK_OP(ENCODER, .inputs = {LIST(HINGE_INT64, 1)},
             .attributes = {ATTR_INTS("keys_int64s", 1), ATTR_INTS("values_int64s", 1),
                            ATTR_TENSOR("default_tensor", LIST(HINGE_INT64, 1, 2))},
             .fails = HINGE_BAD_MODEL, .says = "default_tensor is not one element");
    CHECK_OP(ENCODER, .inputs = {LIST(HINGE_INT64, 1)},
             .attributes = {ATTR_INTS("keys_int64s", 1),
                            ATTR_TENSOR("values_tensor", LIST(HINGE_UINT8, 1))},
             .fails = HINGE_BAD_MODEL, .says = "the values have no type that is allowed");
}

void test_labelencoder(void)
{
    CHECK_OP(.op = "LabelEncoder", .domain = "ai.onnx.ml", .opsets = {1}, .inputs = {WORDS},
             .attributes = {ATTR_STRINGS("classes_strings", "a", "b", "b", "a longer word")},
             .reference = reference_1);
    CHECK_OP(.op = "LabelEncoder", .domain = "ai.onnx.ml", .opsets = {1},
             .inputs = {TENSOR(HINGE_INT64, -2, 5, HARNESS_N)},
             .attributes = {ATTR_STRINGS("classes_strings", "a", "b", "b", "a longer word"),
                            ATTR_STRING("default_string", "none")},
             .reference = reference_1);
    CHECK_OP(.op = "LabelEncoder", .domain = "ai.onnx.ml", .opsets = {1}, .inputs = {WORDS},
             .attributes = {ATTR_INT("default_int64", 9), ATTR_STRINGS("classes_strings", "c")},
             .reference = reference_1);
    CHECK_OP(ENCODER, .opsets = {2, 3, 4}, .inputs = {WORDS},
             .attributes = {ATTR_STRINGS("keys_strings", "a", "a longer word", "", "a"),
                            ATTR_FLOATS("values_floats", 1, 2, 3, 4)});
    CHECK_OP(ENCODER, .opsets = {2, 4}, .inputs = {TENSOR(HINGE_INT64, -2, 6, 2, HARNESS_N)},
             .attributes = {ATTR_INTS("keys_int64s", 3, -1, 5, 3, 4),
                            ATTR_STRINGS("values_strings", "a", "b", "c", "d", "e"),
                            ATTR_STRING("default_string", "?")});
    CHECK_OP(ENCODER, .opsets = {2, 4}, .inputs = {TENSOR(HINGE_FLOAT, -2, 6, HARNESS_N)},
             .attributes = {ATTR_FLOATS("keys_floats", NAN, INFINITY, -0.0F),
                            ATTR_INTS("values_int64s", 1, 2, 3), ATTR_INT("default_int64", 8)});
    CHECK_OP(ENCODER, .inputs = {LIST(HINGE_INT64, 3, 4, -0x1p62, 0x1p62, -0x1p63, 0)},
             .attributes = {ATTR_INTS("keys_int64s", 3, -(INT64_C(1) << 62), INT64_MIN, 3),
                            ATTR_INTS("values_int64s", 1, 2, 3, 4)},
             .expect = {LIST(HINGE_INT64, 4, -1, 2, -1, 3, -1)});
    const hinge_type all[] = {HINGE_INT64, HINGE_INT32, HINGE_INT16, HINGE_DOUBLE, HINGE_FLOAT};
    for (int i = 0; i < 5; i++)
        CHECK_OP(ENCODER, .inputs = {TENSOR(all[i], -2, 6, HARNESS_N)},
                 .attributes = {ATTR_TENSOR("keys_tensor", LIST(all[i], 3, -1, 5, 3, 4)),
                                ATTR_TENSOR("values_tensor", LIST(all[i], 1, 2, 3, 4, 5))});
    CHECK_OP(ENCODER, .inputs = {TENSOR(HINGE_INT64, -2, 6, 9)},
             .attributes = {ATTR_INTS("keys_int64s", 3, -1, 5, 3, 4),
                            ATTR_TENSOR("values_tensor", LIST(HINGE_INT16, 1, 2, 3, 4, 5)),
                            ATTR_TENSOR("default_tensor", LIST(HINGE_INT16, -7))});
    CHECK_OP(ENCODER, .inputs = {SCALAR(HINGE_INT64, 5, 6)},
             .attributes = {ATTR_INTS("keys_int64s", 3, 5),
                            ATTR_TENSOR("values_tensor", TEXTS("a", "b")),
                            ATTR_TENSOR("default_tensor", TEXTS("other"))});
    test_many_keys();
    test_refusals();
}
