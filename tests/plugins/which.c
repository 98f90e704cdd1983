/* Operators that stand in for others, or for those of the other build of this file: each fills its
 * output with WHICH. The second build has more types. */
#include <hinge/plugin.h>

#include <string.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

static hinge_status fill(const struct hinge_node *node)
{
    hinge_tensor *y = node->outputs[0];
    for (int64_t i = 0; i < hinge_count(y); i++)
        switch ((int)y->type) {
        case HINGE_FLOAT: ((float *)y->data)[i] = WHICH; break;
        case HINGE_DOUBLE: ((double *)y->data)[i] = WHICH; break;
        default: ((int8_t *)y->data)[i] = WHICH; break;
        }
    return HINGE_OK;
}

static const struct hinge_attribute_def conv_attributes[] = {
    {.name = "kernel_shape", .type = HINGE_ATTR_INTS}, {.name = NULL}};

/* Flags that a built-in operator of this name has must not come from here. */
static const struct hinge_op op_conv[] = {
    {.name = "Conv",
     .since = 1,
     .signature = "(X: T, W: T, B?: T) -> (Y: T); T: double int8",
     .attributes = conv_attributes,
     .kernels = HINGE_KERNELS({HINGE_DOUBLE, fill}, {HINGE_INT8, fill})},
    {.name = NULL}};

static const struct hinge_op op_matmul[] = {{.name = "MatMul",
                                             .since = 1,
                                             .signature = "(A: T, B: T) -> (Y: T); T: int8",
                                             .kernels = HINGE_KERNELS({HINGE_INT8, fill})},
                                            {.name = NULL}};

/* Of the opsets before 13 alone. */
static const struct hinge_op op_sign[] = {{.name = "Sign",
                                           .since = 9,
                                           .until = 12,
                                           .signature = "(X: T) -> (Y: T); T: float",
                                           .kernels = HINGE_KERNELS({HINGE_FLOAT, fill})},
                                          {.name = NULL}};

static const struct hinge_op op_which[] = {
    {.name = "Which",
     .domain = "test.plugins",
     .since = 1,
     .signature = WHICH == 1 ? "(X: T) -> (Y: T); T: float" : "(X: T) -> (Y: T); T: float double",
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, fill})},
    {.name = NULL}};

HINGE_PLUGIN("which" TEXT(WHICH), "1", 0, op_conv, op_matmul, op_sign, op_which);
