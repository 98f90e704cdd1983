/* What the losses over classes share: the attributes, labels, weights and reductions. Losses are
 * computed and added up in double, in an order that does not depend on the number of threads. */
#ifndef LOSS_LOSS_H
#define LOSS_LOSS_H

#include "operators/op/op.h"

struct loss {
    const struct hinge_node *node;
    const hinge_tensor *scores, *labels, *weights; /* weights NULL: all 1 */
    int64_t classes, pixels; /* scores are samples × classes × pixels, labels samples × pixels */
    /* The losses, not weighted, of the labels [first, first + count) into to; for a label that is
     * ignored any number. */
    void (*row)(const struct loss *loss, int64_t first, int64_t count, double *to);
    int64_t work_each; /* elements that row reads for a label, about */
    double *partial;   /* for each block the sums of losses and weights; NULL: not reduced */
};

enum { LOSS_IGNORE_INDEX, LOSS_REDUCTION };
extern const struct hinge_attribute_def loss_attributes[];

bool loss_is_ignored(const struct loss *loss, int64_t label);
/* A label of those that have been checked: one that is ignored, or a class (see op/index.h). */
int64_t loss_label(const struct loss *loss, int64_t i);

/* Hooks: infer sets output 0 alone. */
hinge_status loss_infer(const struct hinge_node *node);
hinge_status loss_prepare(struct hinge_node *node, size_t *scratch);
/* Kernel, of what row and work_each say. */
hinge_status loss_run(struct loss *loss);

/* Fills in all but row and work_each. */
void loss_read(const struct hinge_node *node, struct loss *loss);

#endif
