/* What the normalizing operators share: the elements of a tensor in sets, each set with a mean and
 * a norm of its own, y = (x - mean) / norm scale + bias. Means and moments are found in blocks
 * whose deviations from the block's own mean are added up in float (for double in double), and
 * merged in double: T. Chan, G. Golub, R. LeVeque, "Algorithms for computing the sample variance",
 * The American Statistician 37 (1983). Where float overflows or its squares vanish, double does. */
#ifndef OPERATORS_NORM_ROWS_H
#define OPERATORS_NORM_ROWS_H

#include "operators/op/copy.h"

/* What is added up over a set. */
enum rows_moment {
    ROWS_DEVIATION, /* (x - mean)^2 */
    ROWS_SQUARES,   /* x^2; the mean is 0 */
    ROWS_MAGNITUDES /* |x|; the mean is 0 */
};

/* Scale or bias. Element i of run q, of all runs in order, meets value q % period * unit + i *
 * step, of the tensor broadcast to n_values from its dimension first on. */
struct rows_operand {
    const hinge_tensor *tensor; /* NULL: none */
    int64_t period, unit, step;
    int64_t n_values;
    int32_t first;
    bool broadcast;
    const void *values;
};

/* Dimensions that are walked, outermost first, with their steps in elements. */
struct rows_walk {
    int32_t rank;
    int64_t count, dims[HINGE_MAX_RANK], steps[HINGE_MAX_RANK];
};

struct rows {
    const struct hinge_node *node;
    hinge_type x_type, y_type;
    int32_t rank;
    const int64_t *dims;
    const void *x;
    void *y;
    enum rows_moment moment;
    double (*norm)(double sum, double count, double epsilon);
    double epsilon;
    /* A set begins at each place of kept and column below columns. It consists of length elements,
     * columns apart, at each place of reduced. */
    struct rows_walk kept, reduced;
    int64_t length, columns;
    /* Elements in turn that have the same value of an operand with step 0, or all of those of one
     * with step 1; a divisor of length. Operands need one place in reduced and one column. */
    int64_t run;
    struct rows_operand scale, bias;
    /* Mean and 1 / norm of each set; NULL: not wanted. */
    hinge_tensor *means, *inverses;
    /* Called before anything of a set is read, with its number: fills x. NULL: it is there. */
    void (*fill)(const struct rows *rows, int64_t set);
    const void *argument; /* for fill */
};

/* sqrt(sum / count + epsilon) */
double rows_deviation(double sum, double count, double epsilon);

/* From input 0 to output 0, with ROWS_DEVIATION and rows_deviation. */
struct rows rows_begin(const struct hinge_node *node, double epsilon);
/* Sets of so many elements in turn. */
void rows_contiguous(struct rows *rows, int64_t n_sets, int64_t length);
/* A set is what differs in the dimensions whose bits mask has. */
void rows_reduce(struct rows *rows, uint32_t mask);
/* Sets that are the dimensions from axis on, which is returned counted from the front. */
int32_t rows_from_axis(struct rows *rows, int64_t axis);
/* A list of values for the runs in turn, from the beginning again at its end; and one that has a
 * value for each of count elements of a run. */
void rows_list(struct rows_operand *operand, const hinge_tensor *list);
void rows_list_each(struct rows_operand *operand, const hinge_tensor *list, int64_t count);
/* A tensor that broadcasts to x, sets being x's dimensions from axis on. */
void rows_broadcast(const struct rows *rows, struct rows_operand *operand,
                    const hinge_tensor *tensor, int32_t axis);
/* Checks that fail: whether a tensor is a list of count values, whether it broadcasts to input 0,
 * whether the attribute is a floating-point type. */
hinge_status rows_check_list(const struct hinge_node *node, const char *name,
                             const hinge_tensor *list, int64_t count);
hinge_status rows_check_broadcast(const struct hinge_node *node, const char *name,
                                  const hinge_tensor *tensor);
hinge_status rows_check_stash_type(const struct hinge_node *node, unsigned attribute);

/* For prepare: the scratch memory of a run. */
hinge_status rows_scratch(const struct rows *rows, size_t *scratch);
void rows_run(struct rows *rows);

#endif
