/* What the regressors and classifiers of ai.onnx.ml share: rows of features, the transform that
 * scores get at the end, and the labels of classes. */
#ifndef ML_SCORES_H
#define ML_SCORES_H

#include "operators/op/copy.h"

/* X has rank 1 (one row) or 2 (rows of features); anything else fails. */
hinge_status scores_check_rows(const struct hinge_node *node);

static inline int64_t scores_n_rows(const hinge_tensor *x)
{
    return x->rank == 2 ? x->dims[0] : 1;
}

static inline int64_t scores_n_features(const hinge_tensor *x)
{
    return x->dims[x->rank - 1];
}

/* Numbered as TreeEnsemble's attribute. */
enum scores_transform {
    SCORES_NONE,
    SCORES_SOFTMAX,
    SCORES_LOGISTIC,
    SCORES_SOFTMAX_ZERO,
    SCORES_PROBIT,
    SCORES_N_TRANSFORMS
};

/* The one that the string attribute post_transform names. */
hinge_status scores_transform_of(const struct hinge_node *node, unsigned attribute,
                                 enum scores_transform *transform);

/* Transforms one row. SOFTMAX_ZERO is a softmax in which numbers next to 0 are no exponents but
 * stay next to 0. PROBIT is Winitzki's approximation of the inverse normal distribution function,
 * which the standard's reference implementation has, too; of 0 and 1 it is infinite. */
void scores_apply(enum scores_transform transform, double *scores, int64_t n);

/* The same, and then they become row `row` of y, which is of float and has n in each. */
void scores_put(enum scores_transform transform, double *scores, int64_t n, hinge_tensor *y,
                int64_t row);

struct scores_labels {
    hinge_type type;
    int64_t count;
    const struct hinge_attribute *list;
};

/* The labels of the one of two attributes that is there and not empty. */
hinge_status scores_labels_of(const struct hinge_node *node, unsigned strings, unsigned ints,
                              struct scores_labels *labels);

/* For the hook types: output 0 is of their type. */
hinge_status scores_types(const struct hinge_node *node, unsigned strings, unsigned ints,
                          hinge_type_code *outputs);

/* Element row of y becomes label i. */
void scores_set_label(hinge_tensor *y, int64_t row, const struct scores_labels *labels, int64_t i);

/* Element row of y for a class without a label: 0 or "0". */
void scores_set_no_label(hinge_tensor *y, int64_t row);

/* For infer: the labels, one a row, and n scores a row. */
hinge_status scores_set_outputs(const struct hinge_node *node, hinge_type label_type, int64_t n);

/* The scratch of n doubles for each thread. */
hinge_status scores_scratch(const struct hinge_node *node, int64_t n, size_t *scratch);

#endif
