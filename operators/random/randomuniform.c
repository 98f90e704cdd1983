/* RandomUniform-1, -22, RandomUniformLike-1, -22: low + (high - low) u, u uniform in [0, 1) and a
 * multiple of a unit in the last place of 1/2 of the output's type, so that by the default range 1
 * never comes; computed in double. The numbers are a function of seed and element (op/random.h). */
#include "operators/kernels/convert.h"
#include "operators/op/random.h"

#include <math.h>

static int significand_bits(hinge_type type)
{
    switch (type) {
    case HINGE_DOUBLE: return 53;
    case HINGE_FLOAT: return 24;
    case HINGE_FLOAT16: return 11;
    default: return 8;
    }
}

static void finish(const struct hinge_node *node, int64_t first, int64_t count, double *numbers)
{
    hinge_tensor *y = node->outputs[0];
    const double high = (double)node->attributes[RANDOM_FIRST].f;
    const double low = (double)node->attributes[RANDOM_SECOND].f;
    const double units = ldexp(1, significand_bits(y->type));
    for (int64_t i = 0; i < count; i++)
        numbers[i] = low + (high - low) * (floor(numbers[i] * units) / units);
    convert_from_double(y->type, (char *)y->data + hinge_size(y->type, first), numbers, count);
}

static hinge_status run(const struct hinge_node *node)
{
    return random_run(node, RANDOM_SEED, random_uniform, finish);
}

#define COMMON                                                                                     \
    [RANDOM_SEED] = {.name = "seed", .type = HINGE_ATTR_FLOAT},                                    \
    [RANDOM_FIRST] = {.name = "high", .type = HINGE_ATTR_FLOAT, .f = 1},                           \
    [RANDOM_SECOND] = {.name = "low", .type = HINGE_ATTR_FLOAT}

static const struct hinge_attribute_def shaped[] = {
    [RANDOM_DTYPE] = {.name = "dtype", .type = HINGE_ATTR_INT, .i = HINGE_FLOAT},
    COMMON,
    [RANDOM_SHAPE] = {.name = "shape", .type = HINGE_ATTR_INTS, .required = true},
    {.name = NULL}};

static const struct hinge_attribute_def like[] = {
    [RANDOM_DTYPE] = {.name = "dtype", .type = HINGE_ATTR_INT}, COMMON, {.name = NULL}};

const struct hinge_op op_randomuniform[] = {
    RANDOM_ENTRIES("RandomUniform", 1, 21, OP_TYPES_ALL_IR3, "float16 float double", shaped, like,
                   run),
    RANDOM_ENTRIES("RandomUniform", 22, 0, OP_TYPES_ALL_IR4, OP_TYPES_FLOAT, shaped, like, run),
    OP_END,
};
