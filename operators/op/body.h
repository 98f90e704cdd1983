/* What operators that run graphs share: the types of their values, and the memory for calls. */
#ifndef OPERATORS_OP_BODY_H
#define OPERATORS_OP_BODY_H

#include "operators/op/values.h"

/* Inputs or outputs of such a graph at most. */
#define OP_BODY_MAX 512

/* For types: tells the graph at an attribute, called name in errors, its n_inputs inputs' types and
 * sets those of its outputs, of which there must be n_least at least. */
hinge_status op_body_types(const struct hinge_node *node, unsigned attribute, const char *name,
                           const hinge_type_code *inputs, uint32_t n_inputs,
                           hinge_type_code outputs[OP_BODY_MAX], uint32_t n_least);

/* What the graph declares of an input or output: rank and dims, -1 where it does not say. NULL
 * where nothing is known. */
const hinge_tensor *op_body_declared_input(const struct hinge_node *node, unsigned attribute,
                                           uint32_t input);
const hinge_tensor *op_body_declared_output(const struct hinge_node *node, unsigned attribute,
                                            uint32_t output);

/* A graph on its way through many calls. */
struct op_body {
    unsigned attribute;
    uint32_t n_inputs, n_outputs;
    const hinge_tensor **inputs; /* the caller's to set before each call */
    hinge_tensor *outputs;       /* of the last call */
    hinge_tensor *earlier;       /* of the one before, which hold until the next */
};

/* Bytes of memory that op_body_open wants, 64-byte aligned, and a multiple of 64. */
size_t op_body_size(const struct hinge_node *node, unsigned attribute);
void op_body_open(struct op_body *body, const struct hinge_node *node, unsigned attribute,
                  void *memory);
/* flags: enum hinge_call_flags. */
hinge_status op_body_call(const struct hinge_node *node, struct op_body *body, uint32_t flags);

static inline size_t op_round_up(size_t size)
{
    return (size + 63) / 64 * 64;
}

#endif
