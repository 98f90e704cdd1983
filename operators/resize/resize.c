/* Resize-10, -11, -13, -18, -19: nearest, linear and cubic interpolation along any axes. Before
 * opset 11 positions are asymmetric; nearest is then the floor when enlarging, the ceiling when
 * shrinking. Linear and cubic for numbers but 64-bit integers; integers are cut off, with antialias
 * rounded. */
#include "operators/op/copy.h"
#include "operators/resize/resize_plan.h"

#define FROM_11                                                                                    \
    {.name = "mode", .type = HINGE_ATTR_STRING, .s = "nearest"},                                   \
        {.name = "coordinate_transformation_mode", .type = HINGE_ATTR_STRING, .s = "half_pixel"},  \
        {.name = "cubic_coeff_a", .type = HINGE_ATTR_FLOAT, .f = -0.75F},                          \
        {.name = "exclude_outside", .type = HINGE_ATTR_INT},                                       \
        {.name = "extrapolation_value", .type = HINGE_ATTR_FLOAT},                                 \
    {                                                                                              \
        .name = "nearest_mode", .type = HINGE_ATTR_STRING, .s = "round_prefer_floor"               \
    }

static const struct hinge_attribute_def attributes_10[] = {
    {.name = "mode", .type = HINGE_ATTR_STRING, .s = "nearest"}, {.name = NULL}};
static const struct hinge_attribute_def attributes_11[] = {FROM_11, {.name = NULL}};
static const struct hinge_attribute_def attributes_18[] = {
    FROM_11,
    {.name = "antialias", .type = HINGE_ATTR_INT},
    {.name = "axes", .type = HINGE_ATTR_INTS},
    {.name = "keep_aspect_ratio_policy", .type = HINGE_ATTR_STRING, .s = "stretch"},
    {.name = NULL}};

/* 11 demands roi and scales, but exporters leave them out. */
#define RESIZE_11                                                                                  \
    "(X: T1, roi?: T2, scales?: float, sizes?: int64) -> (Y: T1); T1: " OP_TYPES_ALL_IR4           \
    "; T2: float16 float double"

#define RESIZE                                                                                     \
    .name = "Resize", .infer = resize_infer, .prepare = resize_prepare,                            \
    .gradient = "resize:", .kernels = HINGE_KERNELS({HINGE_NO_TYPE, resize_run})

const struct hinge_op op_resize[] = {
    {RESIZE, .since = 10, .until = 10,
     .signature = "(X: T, scales: float) -> (Y: T); T: " OP_TYPES_ALL_IR4,
     .attributes = attributes_10},
    {RESIZE, .since = 11, .until = 17, .signature = RESIZE_11, .attributes = attributes_11},
    {RESIZE, .since = 18, .signature = RESIZE_11, .attributes = attributes_18},
    OP_END,
};
