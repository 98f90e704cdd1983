/* NegativeLogLikelihoodLoss-12, -13, -22: the negated input at each label, weighted by class. The
 * mean is over the weights of the labels that are not ignored: NaN where these are 0. */
#include "operators/kernels/convert.h"
#include "operators/loss/loss.h"
#include "operators/op/copy.h"

static void row(const struct loss *loss, int64_t first, int64_t count, double *to)
{
    const hinge_tensor *x = loss->scores;
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = first + i, label = loss_label(loss, at);
        if (loss_is_ignored(loss, label))
            continue;
        const int64_t from =
            (at / loss->pixels * loss->classes + label) * loss->pixels + at % loss->pixels;
        convert_to_double(x->type, &to[i],
                          (const char *)x->data + (size_t)from * op_element_size(x), 1);
        to[i] = -to[i];
    }
}

static hinge_status run(const struct hinge_node *node)
{
    struct loss loss;
    loss_read(node, &loss);
    loss.row = row;
    loss.work_each = 4;
    return loss_run(&loss);
}

#define LOSS                                                                                       \
    .name = "NegativeLogLikelihoodLoss",                                                           \
    .gradient = "negative_log_likelihood:", .attributes = loss_attributes, .infer = loss_infer,    \
    .prepare = loss_prepare, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})
#define SIGNATURE(types)                                                                           \
    "(input: T, target: Tind, weight?: T) -> (loss: T); T: " types "; Tind: int32 int64"

const struct hinge_op op_negativeloglikelihoodloss[] = {
    {LOSS, .since = 12, .until = 21, .signature = SIGNATURE("float16 float double")},
    {LOSS, .since = 22, .signature = SIGNATURE(OP_TYPES_FLOAT)},
    OP_END,
};
