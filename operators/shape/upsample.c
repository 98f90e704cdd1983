/* Upsample-7, -9: as Resize-10 does it. The standard has no Upsample from opset 10 on. */
#include "operators/op_copy.h"
#include "operators/shape/resize_plan.h"

#define MODE                                                                                       \
    {                                                                                              \
        .name = "mode", .type = HINGE_ATTR_STRING, .s = "nearest"                                  \
    }

static const struct hinge_attribute_def attributes_7[] = {
    MODE, {.name = "scales", .type = HINGE_ATTR_FLOATS, .required = true}, {.name = NULL}};
static const struct hinge_attribute_def attributes_9[] = {MODE, {.name = NULL}};

#define UPSAMPLE                                                                                   \
    .name = "Upsample", .outputs = {1, 1}, .infer = resize_infer, .scratch = resize_scratch,       \
    .kernels = {{HINGE_NO_TYPE, resize_run}}

const struct hinge_op op_upsample[] = {
    {UPSAMPLE, .since = 7, .until = 8, .inputs = {1, 1}, .attributes = attributes_7},
    {UPSAMPLE, .since = 9, .until = 9, .inputs = {2, 2}, .attributes = attributes_9},
    OP_END,
};
