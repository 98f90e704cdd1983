/* What DFT and STFT share: numbers of any floating-point type one by one, and parameters that are
 * inputs of one integer. */
#ifndef OPERATORS_SIGNAL_SIGNAL_H
#define OPERATORS_SIGNAL_SIGNAL_H

#include "operators/kernels/convert.h"
#include "operators/op/op.h"

static inline double signal_get(hinge_type type, const void *x, int64_t i)
{
    double value;
    if (type == HINGE_FLOAT)
        return (double)((const float *)x)[i];
    if (type == HINGE_DOUBLE)
        return ((const double *)x)[i];
    convert_to_double(type, &value, (const uint16_t *)x + i, 1);
    return value;
}

static inline void signal_put(hinge_type type, void *y, int64_t i, double value)
{
    if (type == HINGE_FLOAT)
        ((float *)y)[i] = (float)value;
    else if (type == HINGE_DOUBLE)
        ((double *)y)[i] = value;
    else
        convert_from_double(type, (uint16_t *)y + i, &value, 1);
}

/* The integer of an input, or what stands in *value where it is left out; HINGE_NEEDS_DATA where it
 * is not known yet. */
static inline hinge_status signal_integer(const struct hinge_node *node, unsigned input,
                                          const char *name, int64_t *value)
{
    size_t count;
    int64_t given;
    if (!op_input(node, input))
        return HINGE_OK;
    if (hinge_count(node->inputs[input]) != 1)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not one number", name);
    hinge_status status = op_input_ints(node, input, &given, 1, &count);
    if (!status)
        *value = given;
    return status;
}

#endif
