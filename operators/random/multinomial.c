/* Multinomial-7, -22: classes drawn, with replacement, by the unnormalized logarithms of their
 * probabilities that a row of the input holds. The numbers are a function of seed and element of
 * the output (op/random.h). */
#include "operators/kernels/convert.h"
#include "operators/op/copy.h"
#include "operators/op/random.h"

#include <math.h>

#define GRAIN 16384

enum { DTYPE, SAMPLE_SIZE, SEED };

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t n = node->attributes[SAMPLE_SIZE].i;
    if (x->rank != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the input has rank %d, not 2", (int)x->rank);
    if (n < 0)
        return OP_FAIL(node, HINGE_BAD_VALUE, "sample_size is %lld", (long long)n);
    return op_set_dims(node, 0, 2, (const int64_t[]){x->dims[0], n});
}

/* A row of sums a thread. */
static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    int64_t size;
    if (!op_multiply(node->inputs[0]->dims[1], (int64_t)sizeof(double) * node->n_threads, &size))
        return HINGE_NO_MEMORY;
    *scratch = (size_t)size;
    return HINGE_OK;
}

struct job {
    const struct hinge_node *node;
    struct random random;
};

static double read(const hinge_tensor *x, int64_t i)
{
    double value;
    convert_to_double(x->type, &value, (const char *)x->data + hinge_size(x->type, i), 1);
    return value;
}

/* The greatest of a row, NaN where one of it is. */
static double greatest(const hinge_tensor *x, int64_t row)
{
    double most = -INFINITY;
    for (int64_t i = 0; i < x->dims[1]; i++) {
        const double value = read(x, row * x->dims[1] + i);
        if (value > most || isnan(value))
            most = value;
        if (isnan(most))
            break;
    }
    return most;
}

/* The first class whose sum is above the target. */
static int64_t find(const double *sums, int64_t n, double target)
{
    int64_t low = 0, high = n - 1;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (sums[middle] > target)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void rows(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const hinge_tensor *x = job->node->inputs[0];
    hinge_tensor *y = job->node->outputs[0];
    const int64_t n = x->dims[1], n_samples = y->dims[1];
    double *sums = (double *)job->node->scratch + (int64_t)thread * n;
    for (int64_t r = begin; r < end; r++) {
        const double most = greatest(x, r);
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            sums[i] = sum += exp(read(x, r * n + i) - most);
        for (int64_t s = r * n_samples; s < (r + 1) * n_samples; s++) {
            double number;
            random_uniform(&job->random, s, 1, &number);
            const int64_t class = find(sums, n, number * sum);
            if (y->type == HINGE_INT64)
                ((int64_t *)y->data)[s] = class;
            else
                ((int32_t *)y->data)[s] = (int32_t) class;
        }
    }
}

static hinge_status run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0], *y = node->outputs[0];
    struct job job = {.node = node};
    hinge_status status = random_seed(node, &node->attributes[SEED], &job.random);
    if (status || hinge_count(y) == 0)
        return status;
    if (y->type == HINGE_INT32 && x->dims[1] > INT32_MAX)
        return OP_FAIL(node, HINGE_LIMIT, "%lld classes are more than an int32 counts",
                       (long long)x->dims[1]);
    for (int64_t r = 0; r < x->dims[0]; r++) {
        const double most = greatest(x, r);
        if (!isfinite(most))
            return OP_FAIL(node, HINGE_BAD_VALUE, "row %lld has %g for its greatest", (long long)r,
                           most);
    }
    node->host->parallel(node, x->dims[0], op_grain(GRAIN, x->dims[1]), rows, &job);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    [DTYPE] = {.name = "dtype", .type = HINGE_ATTR_INT, .i = HINGE_INT32},
    [SAMPLE_SIZE] = {.name = "sample_size", .type = HINGE_ATTR_INT, .i = 1},
    [SEED] = {.name = "seed", .type = HINGE_ATTR_FLOAT},
    {.name = NULL}};

#define MULTINOMIAL                                                                                \
    .name = "Multinomial", .flags = HINGE_OP_NONDETERMINISTIC, .attributes = attributes,           \
    .infer = infer, .prepare = prepare, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})
#define SIGNATURE(types) "(input: T1) -> (output: T2); T1: " types "; T2@dtype: int32 int64"

const struct hinge_op op_multinomial[] = {
    {MULTINOMIAL, .since = 7, .until = 21, .signature = SIGNATURE("float16 float double")},
    {MULTINOMIAL, .since = 22, .signature = SIGNATURE(OP_TYPES_FLOAT)},
    OP_END,
};
