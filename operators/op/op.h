/* What operator files share: the end of a table, shape inference that many operators have in
 * common, and checks that say what is wrong. */
#ifndef OPERATORS_OP_OP_H
#define OPERATORS_OP_OP_H

#include <hinge/plugin.h>

/* The newest opset of each family's domain that its operators were checked against. */
#define OP_LATEST_OPSET 28
#define OP_LATEST_OPSET_ML 5
#define OP_LATEST_OPSET_MICROSOFT 1
#define OP_LATEST_OPSET_TRAINING 1

/* Types for signatures. */
#define OP_TYPES_FLOAT "float16 bfloat16 float double"
#define OP_TYPES_SIGNED "int8 int16 int32 int64"
#define OP_TYPES_UNSIGNED "uint8 uint16 uint32 uint64"
#define OP_TYPES_NUMBER OP_TYPES_FLOAT " " OP_TYPES_SIGNED " " OP_TYPES_UNSIGNED
/* What the standard's arithmetic began with. */
#define OP_TYPES_WIDE OP_TYPES_FLOAT " int32 int64 uint32 uint64"
/* All that tensors could have in that version of the standard's IR; in IR 13, all known here, which
 * is what operators take that only move elements, though the standard lists fewer for most of them.
 */
#define OP_TYPES_ALL_IR3                                                                           \
    "float16 float double " OP_TYPES_SIGNED " " OP_TYPES_UNSIGNED                                  \
    " bool string complex64 complex128"
#define OP_TYPES_ALL_IR4 OP_TYPES_ALL_IR3 " bfloat16"
#define OP_TYPES_ALL_IR13                                                                          \
    OP_TYPES_ALL_IR4 " float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz float8e8m0"           \
                     " uint2 int2 uint4 int4 float4e2m1"

/* Last entry of an operator table. */
#define OP_END                                                                                     \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* Rows of a table of kernels: one that serves every floating-point type. */
#define OP_FLOATING(run)                                                                           \
    {HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run},                                 \
    {                                                                                              \
        HINGE_BFLOAT16, run                                                                        \
    }

/* Fails with a sentence: return OP_FAIL(node, HINGE_BAD_SHAPE, "axis %d …", axis). */
#define OP_FAIL(node, status, ...) ((node)->host->fail((node), (status), __VA_ARGS__))

/* infer: output 0 has input 0's shape. */
hinge_status op_infer_same(const struct hinge_node *node);
/* infer: output 0 has the shape that the inputs, any number of them, broadcast to. */
hinge_status op_infer_broadcast(const struct hinge_node *node);

/* Sets an output's dims; NULL with rank 0 for a scalar. Outputs that nobody wants are skipped. A
 * dimension of -1 is one that run sets through host->resize. Fails where rank is too high; that no
 * dimension is below -1 and all sizes fit is checked by the host. */
hinge_status op_set_dims(const struct hinge_node *node, unsigned output, int32_t rank,
                         const int64_t *dims);
/* The same for an output that has this type anyway. */
hinge_status op_set_output(const struct hinge_node *node, unsigned output, hinge_type type,
                           int32_t rank, const int64_t *dims);

/* Makes axis in [-rank, rank) one in [0, rank); fails naming what otherwise. rank 0 accepts none.
 */
hinge_status op_axis(const struct hinge_node *node, const char *what, int64_t axis, int32_t rank,
                     int32_t *normal);

/* The known int64 (or int32) values of an input as int64; HINGE_NEEDS_DATA where it is not known
 * yet. Fails where it is not an integer tensor of rank 0 or 1 or has more than max elements. */
hinge_status op_input_ints(const struct hinge_node *node, unsigned input, int64_t *values,
                           size_t max, size_t *count);

/* The grain of a parallel job of items that take work_each steps of work (elements read, about): as
 * many items as make enough steps together. */
static inline int64_t op_grain(int64_t enough, int64_t work_each)
{
    return work_each < enough ? enough / (work_each + 1) + 1 : 1;
}

/* The input, or NULL where it is left out or the node has fewer. */
static inline const hinge_tensor *op_input(const struct hinge_node *node, unsigned index)
{
    return index < node->n_inputs ? node->inputs[index] : NULL;
}

static inline hinge_tensor *op_output(const struct hinge_node *node, unsigned index)
{
    return index < node->n_outputs ? node->outputs[index] : NULL;
}

#endif
