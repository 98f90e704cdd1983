/* What SVMClassifier and SVMRegressor share: the kernel function over support vectors. */
#ifndef ML_SVM_H
#define ML_SVM_H

#include "operators/op/op.h"

enum svm_kernel { SVM_LINEAR, SVM_POLY, SVM_RBF, SVM_SIGMOID };

struct svm {
    enum svm_kernel kernel;
    double gamma, coef0, degree;
};

/* From the attributes kernel_type and kernel_params. */
hinge_status svm_of(const struct hinge_node *node, unsigned type, unsigned params, struct svm *svm);

/* to[k] = kernel(row of x, vector k). */
void svm_apply(const struct svm *svm, const hinge_tensor *x, int64_t row, const float *vectors,
               int64_t n, double *to);

#endif
