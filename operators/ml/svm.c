#include "operators/ml/svm.h"

#include <math.h>
#include <string.h>

#include "operators/ml/vectors.h"

hinge_status svm_of(const struct hinge_node *node, unsigned type, unsigned params, struct svm *svm)
{
    static const char *const names[] = {
        [SVM_LINEAR] = "LINEAR", [SVM_POLY] = "POLY", [SVM_RBF] = "RBF", [SVM_SIGMOID] = "SIGMOID"};
    const struct hinge_attribute *list = &node->attributes[params];
    const hinge_string name = node->attributes[type].s;
    *svm = (struct svm){.kernel = SVM_LINEAR};
    if (list->count != 0 && list->count != 3)
        return OP_FAIL(node, HINGE_BAD_MODEL, "kernel_params has %zu entries, not 3", list->count);
    if (list->count == 3) {
        svm->gamma = (double)list->floats[0];
        svm->coef0 = (double)list->floats[1];
        svm->degree = (double)list->floats[2];
    }
    for (int i = SVM_LINEAR; i <= SVM_SIGMOID; i++)
        if (name.size == strlen(names[i]) && !memcmp(name.bytes, names[i], name.size)) {
            svm->kernel = (enum svm_kernel)i;
            return HINGE_OK;
        }
    return OP_FAIL(node, HINGE_BAD_MODEL,
                   "kernel_type is \"%.*s\", not LINEAR, POLY, RBF or SIGMOID",
                   (int)(name.size < 32 ? name.size : 32), name.bytes);
}

void svm_apply(const struct svm *svm, const hinge_tensor *x, int64_t row, const float *vectors,
               int64_t n, double *to)
{
    for (int64_t k = 0; k < n; k++)
        to[k] = 0;
    if (svm->kernel == SVM_RBF)
        vectors_add_distances(x, row, vectors, n, to);
    else
        vectors_add_dots(x, row, vectors, n, to);
    for (int64_t k = 0; k < n; k++)
        switch (svm->kernel) {
        case SVM_LINEAR: break;
        case SVM_RBF: to[k] = exp(-svm->gamma * to[k]); break;
        case SVM_POLY: to[k] = pow(svm->gamma * to[k] + svm->coef0, svm->degree); break;
        case SVM_SIGMOID: to[k] = tanh(svm->gamma * to[k] + svm->coef0); break;
        }
}
