/* Upsample-1 of the last two of four dimensions, -7, -9: as Resize-10 does it. The standard has no
 * Upsample from opset 10 on. */
#include "operators/op/copy.h"
#include "operators/resize/resize_plan.h"

#define MODE                                                                                       \
    {                                                                                              \
        .name = "mode", .type = HINGE_ATTR_STRING, .s = "nearest"                                  \
    }

static const struct hinge_attribute_def attributes_1[] = {
    MODE,
    {.name = "height_scale", .type = HINGE_ATTR_FLOAT, .required = true},
    {.name = "width_scale", .type = HINGE_ATTR_FLOAT, .required = true},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_7[] = {
    MODE, {.name = "scales", .type = HINGE_ATTR_FLOATS, .required = true}, {.name = NULL}};
static const struct hinge_attribute_def attributes_9[] = {MODE, {.name = NULL}};

#define UPSAMPLE                                                                                   \
    .name = "Upsample", .infer = resize_infer, .prepare = resize_prepare,                          \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, resize_run})

const struct hinge_op op_upsample[] = {
    {UPSAMPLE, .since = 1, .until = 6,
     .signature = "(X: T) -> (Y: T); T: bool int32 int64 float16 float double",
     .attributes = attributes_1},
    {UPSAMPLE, .since = 7, .until = 8, .signature = "(X: T) -> (Y: T); T: " OP_TYPES_ALL_IR3,
     .attributes = attributes_7},
    {UPSAMPLE, .since = 9, .until = 9,
     .signature = "(X: T, scales: float) -> (Y: T); T: " OP_TYPES_ALL_IR3,
     .attributes = attributes_9, .gradient = "resize:"},
    OP_END,
};
