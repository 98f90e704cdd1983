/* ReduceSum-1, -11, -13, ReduceMean, ReduceProd, ReduceL1, ReduceL2, ReduceSumSquare, ReduceLogSum,
 * ReduceLogSumExp-1, -11, -13, -18, ReduceMax, ReduceMin-1, -11, -12, -13, -18, -20.
 *
 * Floating-point types are accumulated in double. Integers wrap; their means, norms and logarithms
 * are truncated. Of no elements: a sum is 0, a product 1, a mean NaN (0 for integers), a largest or
 * smallest the type's least or largest value. */
#include <math.h>

#include "operators/kernels/reduce.h"
#include "operators/op/reduce.h"

REDUCE_STEPS(sum, 0, x, vf64_add(t, x))
REDUCE_STEPS(prod, 1, x, vf64_mul(t, x))
REDUCE_STEPS(max, -INFINITY, x, vf64_max_nan(t, x))
REDUCE_STEPS(min, INFINITY, x, vf64_min_nan(t, x))
REDUCE_EXTREMUM(greatest_float, max_float, -INFINITY, max)
REDUCE_EXTREMUM(least_float, min_float, INFINITY, min)
REDUCE_STEPS(l1, 0, vf64_abs(x), vf64_add(t, x))
REDUCE_STEPS(square, 0, vf64_mul(x, x), vf64_add(t, x))

REDUCE_STEP_INT(sum_int, (uint64_t)t + (uint64_t)x)
REDUCE_STEP_INT(prod_int, (uint64_t)t *(uint64_t)x)
REDUCE_STEP_INT(max_int, t > x ? t : x)
REDUCE_STEP_INT(min_int, t < x ? t : x)
REDUCE_STEP_INT(l1_int, (uint64_t)t + (x < 0 ? 0 - (uint64_t)x : (uint64_t)x))
REDUCE_STEP_INT(square_int, (uint64_t)t + (uint64_t)x * (uint64_t)x)

static double mean_of(double total, int64_t count)
{
    return total / (double)count;
}

static int64_t mean_of_ints(int64_t total, int64_t count)
{
    return count ? total / count : 0;
}

static double root_of(double total, int64_t count)
{
    (void)count;
    return sqrt(total);
}

static double log_of(double total, int64_t count)
{
    (void)count;
    return log(total);
}

/* A reduction and its kernel. Without a step for integers they are computed as double. */
#define REDUCTION(name, float_steps, steps, ...)                                                   \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        static const struct op_reduction reduction = {                                             \
            .step_float = float_steps##_float, .step_double = steps##_double, __VA_ARGS__};        \
        return op_reduce(node, &reduction);                                                        \
    }

REDUCTION(reduce_sum, sum, sum, .step_int = sum_int)
REDUCTION(reduce_mean, sum, sum, .step_int = sum_int, .finish = mean_of, .finish_int = mean_of_ints)
REDUCTION(reduce_prod, prod, prod, .start = 1, .start_int = 1, .step_int = prod_int)
REDUCTION(reduce_max, greatest, max, .start = -INFINITY, .start_int = INT64_MIN,
          .step_int = max_int, .ordered = true)
REDUCTION(reduce_min, least, min, .start = INFINITY, .start_int = INT64_MAX, .step_int = min_int,
          .ordered = true)
REDUCTION(reduce_l1, l1, l1, .step_int = l1_int)
REDUCTION(reduce_l2, square, square, .finish = root_of)
REDUCTION(reduce_sum_square, square, square, .step_int = square_int)
REDUCTION(reduce_log_sum, sum, sum, .finish = log_of)
REDUCTION(reduce_log_sum_exp, greatest, max, .start = -INFINITY, .finish = log_of,
          .shifted_exponentials = true)

const struct hinge_op op_reductions[] = {
    OP_REDUCE_ENTRIES("ReduceSum", 13, "reduce: Expand(dy, Shape(x))", OP_TYPES_WIDE,
                      OP_REDUCE_TYPES(reduce_sum)),
    OP_REDUCE_ENTRIES("ReduceMean", 18,
                      "reduce: n = CastLike(Size(x), dy) / CastLike(Size(y), dy); "
                      "Expand(dy / n, Shape(x))",
                      OP_TYPES_WIDE, OP_REDUCE_TYPES(reduce_mean)),
    OP_REDUCE_ENTRIES("ReduceProd", 18, NULL, OP_TYPES_WIDE, OP_REDUCE_TYPES(reduce_prod)),
    OP_REDUCE_ENTRIES("ReduceMax", 18, "reduce_extremum:", OP_TYPES_WIDE " int8 uint8 bool",
                      OP_REDUCE_TYPES(reduce_max), OP_REDUCE_SMALL_TYPES(reduce_max)),
    OP_REDUCE_ENTRIES("ReduceMin", 18, "reduce_extremum:", OP_TYPES_WIDE " int8 uint8 bool",
                      OP_REDUCE_TYPES(reduce_min), OP_REDUCE_SMALL_TYPES(reduce_min)),
    OP_REDUCE_ENTRIES("ReduceL1", 18, "reduce: dy * Sign(x)", OP_TYPES_WIDE,
                      OP_REDUCE_TYPES(reduce_l1)),
    OP_REDUCE_ENTRIES("ReduceL2", 18, "reduce: dy * x / y", OP_TYPES_WIDE,
                      OP_REDUCE_TYPES(reduce_l2)),
    OP_REDUCE_ENTRIES("ReduceSumSquare", 18, "reduce: dy * 2 * x", OP_TYPES_WIDE,
                      OP_REDUCE_TYPES(reduce_sum_square)),
    OP_REDUCE_ENTRIES("ReduceLogSum", 18, "reduce: Expand(dy * Exp(-y), Shape(x))", OP_TYPES_WIDE,
                      OP_REDUCE_TYPES(reduce_log_sum)),
    OP_REDUCE_ENTRIES("ReduceLogSumExp", 18, "reduce: dy * Exp(x - y)", OP_TYPES_WIDE,
                      OP_REDUCE_TYPES(reduce_log_sum_exp)),
    OP_END,
};
