/* What operators on sequences, optionals and maps share, and the texts for what is wrong with
 * values. */
#ifndef OPERATORS_OP_VALUES_H
#define OPERATORS_OP_VALUES_H

#include "operators/op/op.h"

/* Types for signatures: sequences, optionals, and optional sequences of those. */
#define OP_TYPES_SEQUENCE(types) "seq(" types ")"
#define OP_TYPES_OPTIONAL(types) "optional(" types ") optional(seq(" types "))"

/* Maps as ai.onnx.ml's ZipMap makes sequences of. The standard's operators on sequences know only
 * those of tensors; to most of them it makes no difference. */
#define OP_TYPES_MAPS "map(string, float) map(int64, float)"

#define OP_TEXT_SIZE 384

/* A type as signatures write it, "seq(float)", and dimensions, "[2, 3]", written to text. */
const char *op_type_text(hinge_type_code code, char text[OP_TEXT_SIZE]);
const char *op_dims_text(const hinge_tensor *x, char text[OP_TEXT_SIZE]);

static inline bool op_same_dims(const hinge_tensor *a, const hinge_tensor *b)
{
    bool same = a->rank == b->rank;
    for (int32_t d = 0; d < a->rank && same; d++)
        same = a->dims[d] == b->dims[d];
    return same;
}

/* Makes value a container of n values, returned in *elements to be filled. */
hinge_status op_elements(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                         int64_t n, hinge_tensor **elements);

static inline hinge_tensor *op_element(const hinge_tensor *container, int64_t i)
{
    return (hinge_tensor *)container->data + i;
}

/* For infer: nothing is known of the shape of an output, should it be a tensor. */
static inline void op_open_output(const struct hinge_node *node, unsigned output)
{
    hinge_tensor *y = op_output(node, output);
    if (y && !hinge_is_container(y->type))
        y->rank = -1;
}

/* For run: whether an output still needs host->resize. */
bool op_is_open(const hinge_tensor *y);

/* For run: the one int32 or int64 at an input, called name in errors. */
hinge_status op_input_int(const struct hinge_node *node, unsigned input, const char *name,
                          int64_t *value);

/* For run: the same as an index in [-n, limit), counted from n where negative. */
hinge_status op_input_position(const struct hinge_node *node, unsigned input, int64_t n,
                               int64_t limit, int64_t *position);

#endif
