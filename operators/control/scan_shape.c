#include "operators/control/scan_shape.h"

static hinge_status check_list(const struct hinge_node *node, unsigned attribute, uint32_t n,
                               const char *name)
{
    const struct hinge_attribute *list = &node->attributes[attribute];
    if (list->present && list->count != n)
        return OP_FAIL(node, HINGE_BAD_MODEL, "%s has %zu entries, not %u", name, list->count,
                       (unsigned)n);
    return HINGE_OK;
}

static hinge_status check_directions(const struct hinge_node *node, unsigned attribute, uint32_t n,
                                     const char *name)
{
    hinge_status status = check_list(node, attribute, n, name);
    for (uint32_t i = 0; i < n && !status; i++)
        if (scan_listed(node, attribute, i) != 0 && scan_listed(node, attribute, i) != 1)
            return OP_FAIL(node, HINGE_BAD_MODEL, "entry %u of %s is %lld, not 0 or 1", (unsigned)i,
                           name, (long long)scan_listed(node, attribute, i));
    return status;
}

hinge_status scan_check_attributes(const struct hinge_node *node)
{
    int64_t n = node->attributes[SCAN_NUM_INPUTS].i;
    uint32_t n_inputs = node->n_inputs - scan_n_leading(node);
    if (node->n_inputs < scan_n_leading(node) || n < 1 || n > n_inputs)
        return OP_FAIL(node, HINGE_BAD_MODEL, "num_scan_inputs is %lld for %u inputs", (long long)n,
                       (unsigned)node->n_inputs);
    uint32_t n_outputs = node->attributes[SCAN_BODY].graph.n_outputs;
    if (n_outputs < scan_n_states(node))
        return OP_FAIL(node, HINGE_BAD_MODEL, "body has %u outputs, fewer than %u states",
                       (unsigned)n_outputs, (unsigned)scan_n_states(node));
    uint32_t n_gathered = n_outputs - scan_n_states(node);
    hinge_status status =
        check_directions(node, SCAN_INPUT_DIRECTIONS, scan_n_scanned(node),
                         scan_is_batched(node) ? "directions" : "scan_input_directions");
    if (scan_is_batched(node) || status)
        return status;
    status = check_directions(node, SCAN_OUTPUT_DIRECTIONS, n_gathered, "scan_output_directions");
    if (!status)
        status = check_list(node, SCAN_INPUT_AXES, scan_n_scanned(node), "scan_input_axes");
    return status ? status : check_list(node, SCAN_OUTPUT_AXES, n_gathered, "scan_output_axes");
}

hinge_status scan_input_axis(const struct hinge_node *node, uint32_t i, int32_t *axis)
{
    const hinge_tensor *x = scan_scanned_input(node, i);
    if (x->rank <= (int32_t)scan_n_leading(node))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "scan input %u has rank %d", (unsigned)i,
                       (int)x->rank);
    *axis = 1;
    return scan_is_batched(node) ? HINGE_OK
                                 : op_axis(node, "scan_input_axes",
                                           scan_listed(node, SCAN_INPUT_AXES, i), x->rank, axis);
}

hinge_status scan_lengths(const struct hinge_node *node, int64_t *n_batch, int64_t *length)
{
    hinge_status status = HINGE_OK;
    *n_batch = 1;
    *length = 0;
    for (uint32_t i = 0; i < scan_n_scanned(node) && !status; i++) {
        const hinge_tensor *x = scan_scanned_input(node, i);
        int32_t axis;
        status = scan_input_axis(node, i, &axis);
        if (status)
            return status;
        if (i > 0 && x->dims[axis] != *length)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "scan input %u is %lld long, scan input 0 %lld",
                           (unsigned)i, (long long)x->dims[axis], (long long)*length);
        if (i > 0 && scan_is_batched(node) && x->dims[0] != *n_batch)
            return OP_FAIL(node, HINGE_BAD_SHAPE,
                           "scan input %u has a batch of %lld, scan input 0 "
                           "one of %lld",
                           (unsigned)i, (long long)x->dims[0], (long long)*n_batch);
        *length = x->dims[axis];
        if (scan_is_batched(node))
            *n_batch = x->dims[0];
    }
    for (uint32_t i = 0; i < scan_n_states(node) && scan_is_batched(node); i++) {
        const hinge_tensor *state = scan_state_input(node, i);
        if (state->rank < 1 || state->dims[0] != *n_batch)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "state %u has no batch of %lld", (unsigned)i,
                           (long long)*n_batch);
    }
    const hinge_tensor *lens = scan_is_batched(node) ? node->inputs[0] : NULL;
    if (lens && (lens->rank != 1 || lens->dims[0] != *n_batch))
        return OP_FAIL(node, HINGE_BAD_SHAPE, "sequence_lens is no list of %lld",
                       (long long)*n_batch);
    return status;
}

hinge_status scan_gathered_shape(const struct hinge_node *node, uint32_t k,
                                 const hinge_tensor *slice, hinge_tensor *y, int32_t *axis)
{
    int64_t n_batch, length;
    hinge_status status = scan_lengths(node, &n_batch, &length);
    y->rank = slice->rank + 1 + (int32_t)scan_n_leading(node);
    if (status)
        return status;
    if (y->rank > HINGE_MAX_RANK)
        return OP_FAIL(node, HINGE_LIMIT, "scan output %u gathers tensors of rank %d", (unsigned)k,
                       (int)slice->rank);
    *axis = 1;
    if (!scan_is_batched(node)) {
        status = op_axis(node, "scan_output_axes", scan_listed(node, SCAN_OUTPUT_AXES, k), y->rank,
                         axis);
        if (status)
            return status;
    }
    int32_t from = 0;
    for (int32_t d = 0; d < y->rank; d++)
        y->dims[d] = d == *axis                        ? length
                     : d == 0 && scan_is_batched(node) ? n_batch
                                                       : slice->dims[from++];
    return HINGE_OK;
}
