#include "operators/ml/vectors.h"

#include "operators/kernels/convert.h"

#define CHUNK 512
#define LANES 8

/* The sum of a term for each feature, in LANES partial sums. */
#define SUM(name, element, term)                                                                   \
    static double name(const element *x_at, const float *v_at, int64_t n)                          \
    {                                                                                              \
        double sums[LANES] = {0}, sum = 0;                                                         \
        int64_t i = 0;                                                                             \
        for (; i + LANES <= n; i += LANES)                                                         \
            for (int l = 0; l < LANES; l++) {                                                      \
                const double x = (double)x_at[i + l], v = (double)v_at[i + l];                     \
                sums[l] += (term);                                                                 \
            }                                                                                      \
        for (; i < n; i++) {                                                                       \
            const double x = (double)x_at[i], v = (double)v_at[i];                                 \
            sum += (term);                                                                         \
        }                                                                                          \
        for (int l = 0; l < LANES; l++)                                                            \
            sum += sums[l];                                                                        \
        return sum;                                                                                \
    }

SUM(dot_f32, float, x *v)
SUM(dot, double, x *v)
SUM(distance, double, (x - v) * (x - v))

static void add(double (*f)(const double *x, const float *v, int64_t n), const hinge_tensor *x,
                int64_t row, const float *vectors, int64_t n, double *to)
{
    const int64_t n_features = x->dims[x->rank - 1], size = (int64_t)hinge_size(x->type, 1);
    const char *from = (const char *)x->data + row * n_features * size;
    double chunk[CHUNK];
    for (int64_t at = 0; at < n_features; at += CHUNK) {
        const int64_t count = n_features - at < CHUNK ? n_features - at : CHUNK;
        convert_to_double(x->type, chunk, from + at * size, count);
        for (int64_t k = 0; k < n; k++)
            to[k] += f(chunk, vectors + k * n_features + at, count);
    }
}

void vectors_add_dots(const hinge_tensor *x, int64_t row, const float *vectors, int64_t n,
                      double *to)
{
    const int64_t n_features = x->dims[x->rank - 1];
    if (x->type != HINGE_FLOAT || n_features > CHUNK) {
        add(dot, x, row, vectors, n, to);
        return;
    }
    for (int64_t k = 0; k < n; k++)
        to[k] += dot_f32((const float *)x->data + row * n_features, vectors + k * n_features,
                         n_features);
}

void vectors_add_distances(const hinge_tensor *x, int64_t row, const float *vectors, int64_t n,
                           double *to)
{
    add(distance, x, row, vectors, n, to);
}
