/* IsNaN-9, -13, -20, and IsInf-10, -20, which may look for one sign only. Of the float8 types
 * e4m3fn has no infinity, and those ending in uz have none, and one NaN, the bits of -0. */
#include <math.h>

#include "operators/op/elementwise.h"

enum { DETECT_NEGATIVE, DETECT_POSITIVE };

OP_UNARY(isnan_f32, float, uint8_t, isnan(x) != 0)
OP_UNARY(isnan_f64, double, uint8_t, isnan(x) != 0)
OP_UNARY(isnan_e4m3fn, uint8_t, uint8_t, (x & 0x7f) == 0x7f)
OP_UNARY(isnan_e5m2, uint8_t, uint8_t, (x & 0x7f) > 0x7c)
OP_UNARY(isnan_uz, uint8_t, uint8_t, x == 0x80)

/* The rows of IsInf, by what they detect: bit 0 negative, bit 1 positive. */
#define ROWS(name, type, negative, positive)                                                       \
    OP_UNARY_ROW(isinf_none_##name, type, uint8_t, (x != x) & 0)                                   \
    OP_UNARY_ROW(isinf_negative_##name, type, uint8_t, x == (negative))                            \
    OP_UNARY_ROW(isinf_positive_##name, type, uint8_t, x == (positive))                            \
    OP_UNARY_ROW(isinf_both_##name, type, uint8_t, (x == (negative)) | (x == (positive)))          \
    static hinge_status isinf_##name(const struct hinge_node *node)                                \
    {                                                                                              \
        static op_unary_row *const rows[] = {isinf_none_##name, isinf_negative_##name,             \
                                             isinf_positive_##name, isinf_both_##name};            \
        const struct hinge_attribute *a = node->attributes;                                        \
        return op_unary(node,                                                                      \
                        rows[(a[DETECT_NEGATIVE].i != 0) | (a[DETECT_POSITIVE].i != 0) << 1]);     \
    }

ROWS(f32, float, -INFINITY, INFINITY)
ROWS(f64, double, (double)-INFINITY, (double)INFINITY)
ROWS(e5m2, uint8_t, 0xfc, 0x7c)
OP_UNARY(isinf_finite, uint8_t, uint8_t, x & 0)

static const struct hinge_attribute_def attributes[] = {
    [DETECT_NEGATIVE] = {.name = "detect_negative", .type = HINGE_ATTR_INT, .i = 1},
    [DETECT_POSITIVE] = {.name = "detect_positive", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL}};

#define FLOAT8 " float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz"

const struct hinge_op op_isspecial[] = {
    {.name = "IsNaN",
     .since = 9,
     .signature = "(X: T1) -> (Y: bool); T1: " OP_TYPES_FLOAT FLOAT8,
     .flags = HINGE_OP_ELEMENTWISE,
     .infer = op_infer_same,
     .kernels = HINGE_KERNELS(OP_FLOATS(isnan), {HINGE_FLOAT8E4M3FN, isnan_e4m3fn},
                              {HINGE_FLOAT8E4M3FNUZ, isnan_uz}, {HINGE_FLOAT8E5M2, isnan_e5m2},
                              {HINGE_FLOAT8E5M2FNUZ, isnan_uz})},
    {.name = "IsInf",
     .since = 10,
     .signature = "(X: T1) -> (Y: bool); T1: " OP_TYPES_FLOAT FLOAT8,
     .flags = HINGE_OP_ELEMENTWISE,
     .attributes = attributes,
     .infer = op_infer_same,
     .kernels = HINGE_KERNELS(OP_FLOATS(isinf), {HINGE_FLOAT8E4M3FN, isinf_finite},
                              {HINGE_FLOAT8E4M3FNUZ, isinf_finite}, {HINGE_FLOAT8E5M2, isinf_e5m2},
                              {HINGE_FLOAT8E5M2FNUZ, isinf_finite})},
    OP_END,
};
