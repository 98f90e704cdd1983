/* What the optimizers of ai.onnx.preview.training share: the groups of their inputs (tensors X to
 * be optimized, as many gradients G, and as many of each kind of state), and a walk over the
 * elements in double. The tensors of an X have one shape; there is no broadcasting among them. */
#ifndef TRAINING_TRAINING_H
#define TRAINING_TRAINING_H

#include "operators/op/op.h"

#define TRAINING_MAX_STATES 2

/* Computes count new elements: x and states hold the old ones on entry. */
typedef void training_step(const struct hinge_node *node, double *x, const double *gradient,
                           double *const *states, int64_t count);

/* Inputs 0 and 1: the learning rate, and how many updates there have been. */
double training_rate(const struct hinge_node *node);
int64_t training_count(const struct hinge_node *node);

/* Hooks, given the number of states. */
hinge_status training_types(const struct hinge_node *node, const hinge_type_code *inputs,
                            hinge_type_code *outputs, uint32_t n_states);
hinge_status training_infer(const struct hinge_node *node, uint32_t n_states);
hinge_status training_run(const struct hinge_node *node, uint32_t n_states, training_step *step);

#define TRAINING_SIGNATURE                                                                         \
    "(R: T1, T: T2, inputs*: T3) -> (outputs*: T3); T1: float double; T2: int64; T3: float double"

#endif
