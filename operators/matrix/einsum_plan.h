/* An Einsum as steps: conversions to the type that is computed in, sums over indices that only one
 * operand has, and products of two operands, from left to right. */
#ifndef OPERATORS_MATRIX_EINSUM_PLAN_H
#define OPERATORS_MATRIX_EINSUM_PLAN_H

#include "operators/kernels/gemm/gemm_multiply.h"
#include "operators/matrix/einsum_term.h"
#include "operators/op/copy.h"

/* Indices of an intermediate result at most. */
enum { EINSUM_MAX_RANK = COPY_MAX_RANK };

/* An operand: each label at most once, none of extent 1, strides in elements. */
struct einsum_view {
    enum { EINSUM_INPUT, EINSUM_SCRATCH, EINSUM_OUTPUT } where;
    int64_t at; /* the input, or bytes into the scratch memory */
    int32_t rank;
    uint8_t labels[EINSUM_MAX_RANK];
    int64_t extents[EINSUM_MAX_RANK], strides[EINSUM_MAX_RANK];
};

enum einsum_kind {
    EINSUM_CONVERT,  /* all of an input to the type that is computed in */
    EINSUM_SUM,      /* x has to's indices and behind them those that are summed over */
    EINSUM_MULTIPLY, /* x and y have to's indices, with strides of 0 where they lack one */
    EINSUM_GEMM,     /* x is batch, rows, depth; y is batch, depth, columns; to is dense */
    EINSUM_STORE,    /* x, dense, to the output's type */
};

struct einsum_step {
    enum einsum_kind kind;
    struct einsum_view x, y, to;
    int32_t n_batch, n_rows, n_columns, n_depth; /* indices of each kind */
    int64_t offsets_at;                          /* bytes into the scratch memory */
};

struct einsum_plan {
    hinge_type type; /* that is computed in: of float, double, int32 and int64 */
    bool zero;       /* an extent is 0: so is what there is of the output */
    int64_t size;    /* bytes of scratch */
    int64_t gemm_at; /* where the products' own begins */
    int32_t n_steps;
    struct einsum_step steps[];
};

hinge_status einsum_plan(struct hinge_node *node, struct einsum_plan **plan);

/* The product of a step, without data. */
struct gemm_call einsum_call(const struct hinge_node *node, const struct einsum_plan *plan,
                             const struct einsum_step *step);

hinge_status einsum_run(const struct hinge_node *node);

static inline int64_t einsum_count(const int64_t *extents, int32_t begin, int32_t end)
{
    int64_t count = 1;
    for (int32_t d = begin; d < end; d++)
        count *= extents[d];
    return count;
}

#endif
