/* The activation that the attributes of FusedConv and FusedGemm name. */
#ifndef OPERATORS_MICROSOFT_FUSED_ACTIVATION_H
#define OPERATORS_MICROSOFT_FUSED_ACTIVATION_H

#include "operators/op/op.h"

/* The activation of the standard with that name, with its own parameters in place of those that
 * are not given; HINGE_ACT_NONE where the name is empty. Fails where it is not known. */
hinge_status fused_activation(const struct hinge_node *node, hinge_string name,
                              const float *parameters, size_t n_parameters,
                              struct hinge_activation *activation);

#endif
