/* Bernoulli-15, -22: 1 with the probability that the element of the input is, otherwise 0. The
 * numbers are a function of seed and element (op/random.h). */
#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/op/random.h"

#define CHUNK 256

enum { DTYPE, SEED };

static void read(const hinge_tensor *x, int64_t first, int64_t count, double *p)
{
    convert_to_double(x->type, p, (const char *)x->data + hinge_size(x->type, first), count);
}

static void finish(const struct hinge_node *node, int64_t first, int64_t count, double *numbers)
{
    hinge_tensor *y = node->outputs[0];
    double p[CHUNK];
    for (int64_t at = 0; at < count; at += CHUNK) {
        const int64_t n = min_i64(CHUNK, count - at);
        read(node->inputs[0], first + at, n, p);
        for (int64_t i = 0; i < n; i++)
            numbers[at + i] = numbers[at + i] < p[i];
    }
    convert_from_double(y->type, (char *)y->data + hinge_size(y->type, first), numbers, count);
}

static hinge_status run(const struct hinge_node *node)
{
    const int64_t count = hinge_count(node->inputs[0]);
    double p[CHUNK];
    for (int64_t at = 0; at < count; at += CHUNK) {
        const int64_t n = min_i64(CHUNK, count - at);
        read(node->inputs[0], at, n, p);
        for (int64_t i = 0; i < n; i++)
            if (!(p[i] >= 0 && p[i] <= 1))
                return OP_FAIL(node, HINGE_BAD_VALUE, "element %lld is %g, no probability",
                               (long long)(at + i), p[i]);
    }
    return random_run(node, SEED, random_uniform, finish);
}

static const struct hinge_attribute_def attributes[] = {
    [DTYPE] = {.name = "dtype", .type = HINGE_ATTR_INT},
    [SEED] = {.name = "seed", .type = HINGE_ATTR_FLOAT},
    {.name = NULL}};

#define BERNOULLI                                                                                  \
    .name = "Bernoulli", .flags = HINGE_OP_NONDETERMINISTIC, .attributes = attributes,             \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})
#define SIGNATURE(types)                                                                           \
    "(input: T1) -> (output: T2); T1: " types "; T2@dtype: " OP_TYPES_NUMBER " bool"

const struct hinge_op op_bernoulli[] = {
    {BERNOULLI, .since = 15, .until = 21, .signature = SIGNATURE("float16 float double")},
    {BERNOULLI, .since = 22, .signature = SIGNATURE(OP_TYPES_FLOAT)},
    OP_END,
};
