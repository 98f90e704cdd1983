/* RandomNormal-1, -22, RandomNormalLike-1, -22: mean + scale z, z normal of mean 0 and deviation 1;
 * computed in double. The numbers are a function of seed and element (op/random.h). */
#include "operators/kernels/convert.h"
#include "operators/op/random.h"

static void finish(const struct hinge_node *node, int64_t first, int64_t count, double *numbers)
{
    hinge_tensor *y = node->outputs[0];
    const double mean = (double)node->attributes[RANDOM_FIRST].f;
    const double scale = (double)node->attributes[RANDOM_SECOND].f;
    for (int64_t i = 0; i < count; i++)
        numbers[i] = mean + scale * numbers[i];
    convert_from_double(y->type, (char *)y->data + hinge_size(y->type, first), numbers, count);
}

static hinge_status run(const struct hinge_node *node)
{
    return random_run(node, RANDOM_SEED, random_normal, finish);
}

#define COMMON                                                                                     \
    [RANDOM_SEED] = {.name = "seed", .type = HINGE_ATTR_FLOAT},                                    \
    [RANDOM_FIRST] = {.name = "mean", .type = HINGE_ATTR_FLOAT},                                   \
    [RANDOM_SECOND] = {.name = "scale", .type = HINGE_ATTR_FLOAT, .f = 1}

static const struct hinge_attribute_def shaped[] = {
    [RANDOM_DTYPE] = {.name = "dtype", .type = HINGE_ATTR_INT, .i = HINGE_FLOAT},
    COMMON,
    [RANDOM_SHAPE] = {.name = "shape", .type = HINGE_ATTR_INTS, .required = true},
    {.name = NULL}};

static const struct hinge_attribute_def like[] = {
    [RANDOM_DTYPE] = {.name = "dtype", .type = HINGE_ATTR_INT}, COMMON, {.name = NULL}};

const struct hinge_op op_randomnormal[] = {
    RANDOM_ENTRIES("RandomNormal", 1, 21, OP_TYPES_ALL_IR3, "float16 float double", shaped, like,
                   run),
    RANDOM_ENTRIES("RandomNormal", 22, 0, OP_TYPES_ALL_IR4, OP_TYPES_FLOAT, shaped, like, run),
    OP_END,
};
