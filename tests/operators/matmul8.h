/* For tests of products of 8-bit matrices: sums of products of numbers less their zero points. */
#ifndef TESTS_OPERATORS_MATMUL8_H
#define TESTS_OPERATORS_MATMUL8_H

#include <stdlib.h>

#include "tests/operators/harness.h"

/* Element (…, i, j) of a stack of matrices at the coordinates of a batch, broadcast. */
static inline int64_t matmul8_element(const hinge_tensor *t, const int64_t *batch,
                                      int32_t batch_rank, int64_t i, int64_t j)
{
    int64_t at[HINGE_MAX_RANK];
    for (int32_t d = 0; d < t->rank - 2; d++)
        at[d] = t->dims[d] == 1 ? 0 : batch[batch_rank - (t->rank - 2) + d];
    at[t->rank - 2] = i;
    at[t->rank - 1] = j;
    return harness_index(t, at);
}

/* The number of a row (column) in the shape of scales and zero points. */
static inline double matmul8_number(const hinge_tensor *t, const int64_t *batch, int32_t batch_rank,
                                    int64_t i, bool is_b, double otherwise)
{
    if (!t)
        return otherwise;
    if (hinge_count(t) == 1)
        return harness_get(t, 0);
    if (t->rank == 1)
        return harness_get(t, i);
    return harness_get(t, matmul8_element(t, batch, batch_rank, is_b ? 0 : i, is_b ? i : 0));
}

struct matmul8_case {
    hinge_tensor a, b;
    const hinge_tensor *a_zero, *b_zero;
};

/* Calls take for each sum: with the batch's coordinates, row, column, and element of the output. */
typedef void matmul8_take(void *argument, double sum, const int64_t *batch, int32_t batch_rank,
                          int64_t row, int64_t column, int64_t at);

/* The output is made with the type given. */
static inline hinge_tensor *matmul8_sums(struct harness_call *call, struct matmul8_case c,
                                         hinge_type type, matmul8_take *take, void *argument)
{
    const bool vector_a = c.a.rank == 1, vector_b = c.b.rank == 1;
    if (vector_a) {
        c.a.dims[1] = c.a.dims[0];
        c.a.dims[0] = 1;
        c.a.rank = 2;
    }
    if (vector_b) {
        c.b.dims[1] = 1;
        c.b.rank = 2;
    }
    const int64_t rows = c.a.dims[c.a.rank - 2], depth = c.a.dims[c.a.rank - 1];
    const int64_t columns = c.b.dims[c.b.rank - 1];
    const int32_t batch_rank = (c.a.rank > c.b.rank ? c.a.rank : c.b.rank) - 2;
    int64_t dims[HINGE_MAX_RANK], batch = 1;
    int32_t rank = batch_rank;
    for (int32_t d = 0; d < batch_rank; d++) {
        const int32_t in_a = d - batch_rank + c.a.rank - 2, in_b = d - batch_rank + c.b.rank - 2;
        const int64_t of_a = in_a < 0 ? 1 : c.a.dims[in_a], of_b = in_b < 0 ? 1 : c.b.dims[in_b];
        dims[d] = of_a == 1 ? of_b : of_a;
        batch *= dims[d];
    }
    if (!vector_a)
        dims[rank++] = rows;
    if (!vector_b)
        dims[rank++] = columns;
    hinge_tensor *y = harness_output(call, 0, type, rank, dims);
    double *a = harness_numbers(&c.a), *b = harness_numbers(&c.b);
    for (int64_t at = 0; at < batch * rows * columns; at++) {
        const int64_t i = at / columns % rows, j = at % columns;
        int64_t place[HINGE_MAX_RANK], rest = at / columns / rows;
        for (int32_t d = batch_rank; d-- > 0;) {
            place[d] = rest % dims[d];
            rest /= dims[d];
        }
        const double a_zero = matmul8_number(c.a_zero, place, batch_rank, i, false, 0);
        const double b_zero = matmul8_number(c.b_zero, place, batch_rank, j, true, 0);
        const double *row = a + matmul8_element(&c.a, place, batch_rank, i, 0);
        const double *column = b + matmul8_element(&c.b, place, batch_rank, 0, j);
        double sum = 0;
        for (int64_t k = 0; k < depth; k++)
            sum += (row[k] - a_zero) * (column[k * columns] - b_zero);
        take(argument, sum, place, batch_rank, i, j, at);
    }
    free(a);
    free(b);
    return y;
}

#endif
