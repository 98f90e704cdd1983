/* ai.onnx.ml Imputer-1: elements that equal one value (NaN equals NaN) become another: one for all,
 * or one for each feature (the last dimension). */
#include "operators/op/op.h"

#define GRAIN 16384

enum { VALUE_FLOATS, VALUE_INTS, REPLACED_FLOAT, REPLACED_INT };

static bool is_integer(const struct hinge_node *node)
{
    return node->inputs[0]->type == HINGE_INT64 || node->inputs[0]->type == HINGE_INT32;
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const bool integer = is_integer(node);
    const struct hinge_attribute *list = &node->attributes[integer ? VALUE_INTS : VALUE_FLOATS];
    const char *name = integer ? "imputed_value_int64s" : "imputed_value_floats";
    if (list->count == 0)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s is not there or empty", name);
    if (list->count != 1 && (x->rank == 0 || (int64_t)list->count != x->dims[x->rank - 1]))
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "%s has %zu values, neither 1 nor one for each feature", name, list->count);
    for (size_t i = 0; i < list->count && x->type == HINGE_INT32; i++)
        if (list->ints[i] < INT32_MIN || list->ints[i] > INT32_MAX)
            return OP_FAIL(node, HINGE_BAD_VALUE, "%s holds %lld, which is no int32", name,
                           (long long)list->ints[i]);
    return op_infer_same(node);
}

#define IMPUTER(name, element, list, as_list, replaced_value, is_replaced)                         \
    static void name##_part(void *argument, int64_t begin, int64_t end, unsigned thread)           \
    {                                                                                              \
        const struct hinge_node *node = argument;                                                  \
        const struct hinge_attribute *values = &node->attributes[list];                            \
        const int64_t n = (int64_t)values->count;                                                  \
        const element *x_at = node->inputs[0]->data;                                               \
        const element first = (element)values->as_list[0];                                         \
        const replaced_value;                                                                      \
        element *y_at = node->outputs[0]->data;                                                    \
        (void)thread;                                                                              \
        for (int64_t i = begin; i < end && n == 1; i++) {                                          \
            const element x = x_at[i];                                                             \
            y_at[i] = (is_replaced) ? first : x;                                                   \
        }                                                                                          \
        for (int64_t i = begin, feature = begin % n; i < end && n > 1; i++) {                      \
            const element x = x_at[i];                                                             \
            y_at[i] = (is_replaced) ? (element)values->as_list[feature] : x;                       \
            feature = feature + 1 == n ? 0 : feature + 1;                                          \
        }                                                                                          \
    }                                                                                              \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        node->host->parallel(node, hinge_count(node->inputs[0]), GRAIN, name##_part,               \
                             (void *)(uintptr_t)node);                                             \
        return HINGE_OK;                                                                           \
    }

#define IMPUTER_FLOAT(name, element)                                                               \
    IMPUTER(name, element, VALUE_FLOATS, floats,                                                   \
            element replaced = (element)node->attributes[REPLACED_FLOAT].f,                        \
            (x == replaced) | ((x != x) & (replaced != replaced)))
#define IMPUTER_INT(name, element)                                                                 \
    IMPUTER(name, element, VALUE_INTS, ints, int64_t replaced = node->attributes[REPLACED_INT].i,  \
            (int64_t)x == replaced)

IMPUTER_FLOAT(imputer_f32, float)
IMPUTER_FLOAT(imputer_f64, double)
IMPUTER_INT(imputer_i64, int64_t)
IMPUTER_INT(imputer_i32, int32_t)

static const struct hinge_attribute_def attributes[] = {
    [VALUE_FLOATS] = {.name = "imputed_value_floats", .type = HINGE_ATTR_FLOATS},
    [VALUE_INTS] = {.name = "imputed_value_int64s", .type = HINGE_ATTR_INTS},
    [REPLACED_FLOAT] = {.name = "replaced_value_float", .type = HINGE_ATTR_FLOAT},
    [REPLACED_INT] = {.name = "replaced_value_int64", .type = HINGE_ATTR_INT},
    {.name = NULL}};

const struct hinge_op op_imputer[] = {
    {.name = "Imputer",
     .domain = "ai.onnx.ml",
     .since = 1,
     .flags = HINGE_OP_IN_PLACE,
     .signature = "(X: T) -> (Y: T); T: float double int64 int32",
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, imputer_f32}, {HINGE_DOUBLE, imputer_f64},
                              {HINGE_INT64, imputer_i64}, {HINGE_INT32, imputer_i32})},
    OP_END,
};
