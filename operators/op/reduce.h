/* What the Reduce operators share: axes from an attribute or an input, the walk over the input in
 * rows or columns, and accumulation in double (int64 for integers). */
#ifndef OPERATORS_OP_REDUCE_H
#define OPERATORS_OP_REDUCE_H

#include "operators/op/op.h"

/* Takes count elements into accumulators: all into the first, or (across) each into its own. */
typedef void op_reduce_step_double(double *total, const double *x, int64_t count, bool across);
typedef void op_reduce_step_float(double *total, const float *x, int64_t count, bool across);
typedef void op_reduce_step_int(int64_t *total, const int64_t *x, int64_t count, bool across);

struct op_reduction {
    double start;
    int64_t start_int;
    op_reduce_step_float *step_float;
    op_reduce_step_double *step_double;
    op_reduce_step_int *step_int; /* NULL: integers are computed as double */
    /* From the total of count elements to the result; NULL: the total itself. */
    double (*finish)(double total, int64_t count);
    int64_t (*finish_int)(int64_t total, int64_t count);
    /* The steps find a shift for each result, then e^(x - shift) is added up and finish is given
     * the sum; the result is shifted back. */
    bool shifted_exponentials;
    bool ordered; /* compares elements: uint64 must be made to order as int64 */
};

hinge_status op_reduce(const struct hinge_node *node, const struct op_reduction *reduction);

/* axes as an attribute, and as input 1. */
extern const struct hinge_attribute_def op_reduce_axes_attribute[];
extern const struct hinge_attribute_def op_reduce_axes_input[];
hinge_status op_infer_reduce(const struct hinge_node *node);

/* Entries of a table: axes becomes an input at the given opset. */
#define OP_REDUCE_ENTRIES(onnx_name, axes_input_since, rule, types, ...)                           \
    {.name = (onnx_name),                                                                          \
     .axis = "axes",                                                                               \
     .gradient = (rule),                                                                           \
     .since = 1,                                                                                   \
     .until = (axes_input_since)-1,                                                                \
     .signature = "(data: T) -> (reduced: T); T: " types,                                          \
     .attributes = op_reduce_axes_attribute,                                                       \
     .infer = op_infer_reduce,                                                                     \
     .kernels = HINGE_KERNELS(__VA_ARGS__)},                                                       \
    {                                                                                              \
        .name = (onnx_name), .axis = "axes", .gradient = (rule), .since = (axes_input_since),      \
        .signature = "(data: T, axes?: int64) -> (reduced: T); T: " types,                         \
        .attributes = op_reduce_axes_input, .infer = op_infer_reduce,                              \
        .kernels = HINGE_KERNELS(__VA_ARGS__)                                                      \
    }

/* The types of the arithmetic reductions; those of Max and Min besides. */
#define OP_REDUCE_TYPES(run)                                                                       \
    {HINGE_FLOAT, run}, {HINGE_DOUBLE, run}, {HINGE_FLOAT16, run}, {HINGE_BFLOAT16, run},          \
        {HINGE_INT32, run}, {HINGE_INT64, run}, {HINGE_UINT32, run},                               \
    {                                                                                              \
        HINGE_UINT64, run                                                                          \
    }
#define OP_REDUCE_SMALL_TYPES(run)                                                                 \
    {HINGE_INT8, run}, {HINGE_UINT8, run},                                                         \
    {                                                                                              \
        HINGE_BOOL, run                                                                            \
    }

#endif
