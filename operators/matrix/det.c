/* Det-11, -22: determinants of the matrices in the last two dimensions, by elimination with partial
 * pivoting in double; that of no rows is 1. Inverse of com.microsoft is what the same elimination
 * leaves beside a unit matrix: NaN throughout where a matrix has no inverse. */
#include "operators/kernels/convert.h"
#include "operators/op/copy.h"

#include <math.h>

#define GRAIN 16384

static hinge_status infer_as(const struct hinge_node *node, int32_t dropped)
{
    const hinge_tensor *x = node->inputs[0];
    if (x->rank < 2 || x->dims[x->rank - 1] != x->dims[x->rank - 2])
        return OP_FAIL(node, HINGE_BAD_SHAPE, "the last two dimensions are no square");
    return op_set_dims(node, 0, x->rank - dropped, x->dims);
}

static hinge_status infer(const struct hinge_node *node)
{
    return infer_as(node, 2);
}

static hinge_status inverse_infer(const struct hinge_node *node)
{
    return infer_as(node, 0);
}

/* So many matrices in double a thread. */
static hinge_status prepare_for(const struct hinge_node *node, int64_t count, size_t *scratch)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t n = x->dims[x->rank - 1];
    int64_t size;
    if (!op_multiply(n, n, &size) || !op_multiply(size, count, &size) ||
        !op_multiply(size, (int64_t)sizeof(double) * node->n_threads, &size))
        return HINGE_NO_MEMORY;
    *scratch = (size_t)size;
    return HINGE_OK;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    return prepare_for(node, 1, scratch);
}

static hinge_status inverse_prepare(struct hinge_node *node, size_t *scratch)
{
    return prepare_for(node, 2, scratch);
}

static int64_t find_pivot(const double *a, int64_t n, int64_t column)
{
    int64_t best = column;
    for (int64_t i = column + 1; i < n; i++)
        if (fabs(a[i * n + column]) > fabs(a[best * n + column]))
            best = i;
    return best;
}

/* Columns from first on. */
static void swap_rows(double *a, int64_t n, int64_t i, int64_t k, int64_t first)
{
    for (int64_t j = first; j < n && i != k; j++) {
        const double swapped = a[k * n + j];
        a[k * n + j] = a[i * n + j];
        a[i * n + j] = swapped;
    }
}

/* Overwrites the matrix. */
static double determinant(double *a, int64_t n)
{
    double det = 1;
    for (int64_t k = 0; k < n; k++) {
        const int64_t pivot = find_pivot(a, n, k);
        if (pivot != k)
            det = -det;
        swap_rows(a, n, pivot, k, k);
        det *= a[k * n + k];
        if (a[k * n + k] == 0)
            return det;
        for (int64_t i = k + 1; i < n; i++) {
            const double factor = a[i * n + k] / a[k * n + k];
            for (int64_t j = k + 1; j < n; j++)
                a[i * n + j] -= factor * a[k * n + j];
        }
    }
    return det;
}

static void subtract_row(double *row, const double *from, double factor, int64_t first, int64_t n)
{
    for (int64_t j = first; j < n; j++)
        row[j] -= factor * from[j];
}

/* Overwrites the matrix. */
static void invert(double *a, double *inverse, int64_t n)
{
    for (int64_t i = 0; i < n * n; i++)
        inverse[i] = i / n == i % n;
    for (int64_t k = 0; k < n; k++) {
        const int64_t pivot = find_pivot(a, n, k);
        swap_rows(a, n, pivot, k, k);
        swap_rows(inverse, n, pivot, k, 0);
        const double divisor = a[k * n + k];
        for (int64_t j = 0; j < n * n && divisor == 0; j++)
            inverse[j] = NAN;
        if (divisor == 0)
            return;
        for (int64_t j = 0; j < n; j++) {
            a[k * n + j] /= divisor;
            inverse[k * n + j] /= divisor;
        }
        for (int64_t i = 0; i < n; i++) {
            const double factor = a[i * n + k];
            if (i == k)
                continue;
            subtract_row(a + i * n, a + k * n, factor, k, n);
            subtract_row(inverse + i * n, inverse + k * n, factor, 0, n);
        }
    }
}

static void inverses(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    const int64_t n = x->dims[x->rank - 1], count = n * n;
    double *a = (double *)node->scratch + 2 * (int64_t)thread * count;
    for (int64_t m = begin; m < end; m++) {
        convert_to_double(x->type, a, (const char *)x->data + hinge_size(x->type, m * count),
                          count);
        invert(a, a + count, n);
        convert_from_double(y->type, (char *)y->data + hinge_size(y->type, m * count), a + count,
                            count);
    }
}

static void matrices(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct hinge_node *node = argument;
    const hinge_tensor *x = node->inputs[0];
    hinge_tensor *y = node->outputs[0];
    const int64_t n = x->dims[x->rank - 1], count = n * n;
    double *a = (double *)node->scratch + (int64_t)thread * count;
    for (int64_t m = begin; m < end; m++) {
        convert_to_double(x->type, a, (const char *)x->data + hinge_size(x->type, m * count),
                          count);
        const double det = determinant(a, n);
        convert_from_double(y->type, (char *)y->data + hinge_size(y->type, m), &det, 1);
    }
}

static void run_matrices(const struct hinge_node *node, int64_t n_matrices, hinge_task *task)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t n = x->dims[x->rank - 1], cube = n < GRAIN ? n * n * n : INT64_MAX / 4;
    node->host->parallel(node, n_matrices, op_grain(GRAIN, cube), task, (void *)(uintptr_t)node);
}

static hinge_status run(const struct hinge_node *node)
{
    run_matrices(node, hinge_count(node->outputs[0]), matrices);
    return HINGE_OK;
}

static hinge_status inverse_run(const struct hinge_node *node)
{
    const hinge_tensor *x = node->inputs[0];
    const int64_t n = x->dims[x->rank - 1];
    if (hinge_count(x) > 0)
        run_matrices(node, hinge_count(x) / (n * n), inverses);
    return HINGE_OK;
}

#define DET                                                                                        \
    .name = "Det", .infer = infer, .prepare = prepare,                                             \
    .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})

const struct hinge_op op_det[] = {
    {DET, .since = 11, .until = 21, .signature = "(X: T) -> (Y: T); T: float16 float double"},
    {DET, .since = 22, .signature = "(X: T) -> (Y: T); T: " OP_TYPES_FLOAT},
    {.name = "Inverse",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(X: T) -> (Y: T); T: float16 float double",
     .infer = inverse_infer,
     .prepare = inverse_prepare,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, inverse_run})},
    OP_END,
};
