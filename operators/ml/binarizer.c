/* ai.onnx.ml Binarizer-1: 1 where x is greater than the threshold, 0 elsewhere. */
#include "operators/op/elementwise.h"

/* x > threshold exactly: an int64 beyond 2^53 is no double. */
static bool is_greater(int64_t x, float threshold)
{
    if (!(threshold < 0x1p63F)) /* NaN too */
        return false;
    if (threshold < -0x1p63F)
        return true;
    const int64_t whole = (int64_t)threshold;
    return x != whole ? x > whole : (float)whole > threshold;
}

struct job {
    const void *x;
    void *y;
    float threshold;
};

#define GRAIN 16384
#define BINARIZER(name, element, expression)                                                       \
    static void name##_part(void *argument, int64_t begin, int64_t end, unsigned thread)           \
    {                                                                                              \
        const struct job *job = argument;                                                          \
        const float threshold = job->threshold;                                                    \
        const element *x_at = job->x;                                                              \
        element *y_at = job->y;                                                                    \
        (void)thread;                                                                              \
        OP_INDEPENDENT                                                                             \
        for (int64_t i = begin; i < end; i++) {                                                    \
            const element x = x_at[i];                                                             \
            y_at[i] = (expression) ? 1 : 0;                                                        \
        }                                                                                          \
    }                                                                                              \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        struct job job = {node->inputs[0]->data, node->outputs[0]->data, node->attributes[0].f};   \
        node->host->parallel(node, hinge_count(node->inputs[0]), GRAIN, name##_part, &job);        \
        return HINGE_OK;                                                                           \
    }

BINARIZER(binarizer_f32, float, x > threshold)
BINARIZER(binarizer_f64, double, x > (double)threshold)
BINARIZER(binarizer_i64, int64_t, is_greater(x, threshold))
BINARIZER(binarizer_i32, int32_t, (double)x > (double)threshold)

static const struct hinge_attribute_def attributes[] = {
    {.name = "threshold", .type = HINGE_ATTR_FLOAT}, {.name = NULL}};

const struct hinge_op op_binarizer[] = {
    {.name = "Binarizer",
     .domain = "ai.onnx.ml",
     .since = 1,
     .flags = HINGE_OP_ELEMENTWISE | HINGE_OP_IN_PLACE,
     .signature = "(X: T) -> (Y: T); T: float double int64 int32",
     .attributes = attributes,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, binarizer_f32}, {HINGE_DOUBLE, binarizer_f64},
                              {HINGE_INT64, binarizer_i64}, {HINGE_INT32, binarizer_i32})},
    OP_END,
};
