/* How the inputs, outputs and attributes of a Scan fit together. */
#ifndef CONTROL_SCAN_SHAPE_H
#define CONTROL_SCAN_SHAPE_H

#include "operators/op/body.h"

enum {
    SCAN_BODY,
    SCAN_NUM_INPUTS,
    SCAN_INPUT_DIRECTIONS,
    SCAN_OUTPUT_DIRECTIONS, /* from here on not in Scan-8 */
    SCAN_INPUT_AXES,
    SCAN_OUTPUT_AXES
};

static inline bool scan_is_batched(const struct hinge_node *node)
{
    return node->opset < 9;
}

/* Inputs in front of the states. */
static inline uint32_t scan_n_leading(const struct hinge_node *node)
{
    return scan_is_batched(node) ? 1 : 0;
}

static inline uint32_t scan_n_scanned(const struct hinge_node *node)
{
    return (uint32_t)node->attributes[SCAN_NUM_INPUTS].i;
}

static inline uint32_t scan_n_states(const struct hinge_node *node)
{
    return node->n_inputs - scan_n_leading(node) - scan_n_scanned(node);
}

static inline const hinge_tensor *scan_state_input(const struct hinge_node *node, uint32_t i)
{
    return node->inputs[scan_n_leading(node) + i];
}

static inline const hinge_tensor *scan_scanned_input(const struct hinge_node *node, uint32_t i)
{
    return node->inputs[scan_n_leading(node) + scan_n_states(node) + i];
}

/* Entry i of a list with an entry for each scan input or output, 0 where it is left out. */
static inline int64_t scan_listed(const struct hinge_node *node, unsigned attribute, uint32_t i)
{
    const struct hinge_attribute *list = &node->attributes[attribute];
    return list->present && i < list->count ? list->ints[i] : 0;
}

/* That the attributes fit the numbers of inputs and outputs. */
hinge_status scan_check_attributes(const struct hinge_node *node);

/* Axis of scan input i that the slices are along; fails where it has none. */
hinge_status scan_input_axis(const struct hinge_node *node, uint32_t i, int32_t *axis);

/* Length of the scan inputs, and of the batch (1 where there is none). Fails where the inputs do
 * not fit together. */
hinge_status scan_lengths(const struct hinge_node *node, int64_t *n_batch, int64_t *length);

/* The shape of gathered output k for slices of this shape: y's rank and dims, and the axis that the
 * slices are along. */
hinge_status scan_gathered_shape(const struct hinge_node *node, uint32_t k,
                                 const hinge_tensor *slice, hinge_tensor *y, int32_t *axis);

#endif
