/* Dropout-1, -6, -7, -10, -12, -13, -22: y = x and a mask of ones, or where training is asked for
 * (up to opset 6 by the attribute is_test, from 12 on by an input) elements of x times 1 / (1 -
 * ratio), and zeros with the probability ratio. Which these are is a function of seed and element
 * (op/random.h), not that of the standard's reference implementation. No training in float8. */
#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/op/copy.h"
#include "operators/op/random.h"

#define CHUNK 256

enum { RATIO, IS_TEST };            /* up to opset 6 */
enum { SEED };                      /* from opset 12 on */
enum { RATIO_INPUT = 1, TRAINING }; /* likewise */

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *ratio = op_input(node, RATIO_INPUT);
    const hinge_tensor *training = op_input(node, TRAINING);
    if (training && hinge_count(training) != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "training_mode is not one bool");
    if (training && ratio && hinge_count(ratio) != 1)
        return OP_FAIL(node, HINGE_BAD_MODEL, "ratio is not one number");
    hinge_status status = op_infer_same(node);
    return status ? status : op_set_dims(node, 1, x->rank, x->dims);
}

static hinge_status infer_without(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    hinge_status status = op_infer_same(node);
    return status ? status : op_set_dims(node, 1, x->rank, x->dims);
}

static hinge_status keep_all(const struct hinge_node *node)
{
    static const float one = 1;
    static const double one_f64 = 1;
    static const uint16_t one_f16 = 0x3C00;
    static const uint8_t yes = 1;
    hinge_tensor *mask = op_output(node, 1);
    if (mask) {
        const void *value = mask->type == HINGE_FLOAT     ? (const void *)&one
                            : mask->type == HINGE_DOUBLE  ? (const void *)&one_f64
                            : mask->type == HINGE_FLOAT16 ? (const void *)&one_f16
                                                          : (const void *)&yes;
        op_fill(node, mask->data, value, op_element_size(mask), hinge_count(mask));
    }
    return op_run_view(node);
}

struct job {
    const struct hinge_node *node;
    struct random random;
    double ratio;
};

static char *element(const hinge_tensor *x, int64_t i)
{
    return (char *)x->data + (size_t)i * op_element_size(x);
}

static void drop(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const hinge_tensor *x = job->node->inputs[0];
    hinge_tensor *y = op_output(job->node, 0), *mask = op_output(job->node, 1);
    double numbers[CHUNK], elements[CHUNK];
    (void)thread;
    for (int64_t at = begin; at < end; at += CHUNK) {
        const int64_t count = min_i64(end - at, CHUNK);
        random_uniform(&job->random, at, count, numbers);
        convert_to_double(x->type, elements, element(x, at), count);
        for (int64_t i = 0; i < count; i++) {
            numbers[i] = numbers[i] >= job->ratio;
            elements[i] = elements[i] * numbers[i] / (1 - job->ratio);
        }
        if (y)
            convert_from_double(y->type, element(y, at), elements, count);
        if (mask)
            convert_from_double(mask->type, element(mask, at), numbers, count);
    }
}

static hinge_status train(const struct hinge_node *node, double ratio,
                          const struct hinge_attribute *seed)
{
    struct job job = {.node = node, .ratio = ratio};
    if (!(ratio >= 0 && ratio < 1))
        return OP_FAIL(node, HINGE_BAD_VALUE, "ratio is %g, not in [0, 1)", ratio);
    if (ratio == 0)
        return keep_all(node);
    hinge_status status = random_seed(node, seed, &job.random);
    if (!status)
        node->host->parallel(node, hinge_count(node->inputs[0]), 16 * CHUNK, drop, &job);
    return status;
}

/* Up to opset 6. */
static hinge_status run_1(const struct hinge_node *node)
{
    return node->attributes[IS_TEST].i ? keep_all(node)
                                       : train(node, (double)node->attributes[RATIO].f, NULL);
}

/* From opset 12 on. */
static hinge_status run_12(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *given = op_input(node, RATIO_INPUT);
    const hinge_tensor *training = op_input(node, TRAINING);
    double ratio = 0.5;
    if (!training || !*(const uint8_t *)training->data)
        return keep_all(node);
    if (!convert_is_floating(x->type) || (given && !convert_is_floating(given->type)))
        return OP_FAIL(node, HINGE_UNSUPPORTED, "training_mode is true, but for no float8 here");
    if (given)
        convert_to_double(given->type, &ratio, given->data, 1);
    return train(node, ratio, &node->attributes[SEED]);
}

static bool always(const struct hinge_node *node)
{
    (void)node;
    return true;
}

static bool is_test(const struct hinge_node *node)
{
    return node->attributes[IS_TEST].i != 0;
}

static bool is_inference(const struct hinge_node *node)
{
    const hinge_tensor *training = op_input(node, 2);
    return !training || (training->data && training->type == HINGE_BOOL &&
                         hinge_count(training) == 1 && !*(const uint8_t *)training->data);
}

static const struct hinge_attribute_def attributes_1[] = {
    {.name = "ratio", .type = HINGE_ATTR_FLOAT, .f = 0.5F},
    {.name = "is_test", .type = HINGE_ATTR_INT},
    {.name = "consumed_inputs", .type = HINGE_ATTR_INTS},
    {.name = NULL}};
static const struct hinge_attribute_def attributes_7[] = {
    {.name = "ratio", .type = HINGE_ATTR_FLOAT, .f = 0.5F}, {.name = NULL}};
static const struct hinge_attribute_def attributes_12[] = {{.name = "seed", .type = HINGE_ATTR_INT},
                                                           {.name = NULL}};

#define DROPOUT_TYPES OP_TYPES_FLOAT " float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz"
#define INFERENCE                                                                                  \
    .name = "Dropout", .gradient = "dropout:", .flags = HINGE_OP_VIEW, .infer = infer_without
#define TRAINING_TOO                                                                               \
    .name = "Dropout",                                                                             \
    .gradient = "dropout:", .flags = HINGE_OP_IN_PLACE | HINGE_OP_NONDETERMINISTIC

const struct hinge_op op_dropout[] = {
    {TRAINING_TOO, .since = 1, .until = 6, .infer = infer_without,
     .signature = "(data: T) -> (output: T, mask?: T); T: float16 float double",
     .attributes = attributes_1, .is_identity = is_test,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run_1}, {HINGE_DOUBLE, run_1}, {HINGE_FLOAT16, run_1})},
    {INFERENCE, .since = 7, .until = 9,
     .signature = "(data: T) -> (output: T, mask?: T); T: float16 float double",
     .attributes = attributes_7, .is_identity = always,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, keep_all}, {HINGE_DOUBLE, keep_all},
                              {HINGE_FLOAT16, keep_all})},
    {INFERENCE, .since = 10, .until = 11,
     .signature = "(data: T) -> (output: T, mask?: bool); T: float16 float double",
     .attributes = attributes_7, .is_identity = always,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, keep_all})},
    {TRAINING_TOO, .since = 12, .infer = infer,
     .signature = "(data: T, ratio?: T1, training_mode?: bool) -> (output: T, mask?: bool); "
                  "T: " DROPOUT_TYPES "; T1: " DROPOUT_TYPES,
     .attributes = attributes_12, .is_identity = is_inference,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run_12})},
    OP_END,
};
