/* What elementwise operators share: from a loop over a row of elements to an operator's kernel,
 * with broadcasting, half types, and large jobs split over the threads. */
#ifndef OPERATORS_OP_ELEMENTWISE_H
#define OPERATORS_OP_ELEMENTWISE_H

#include "operators/op/op.h"

/* Iterations of the loop that follows do not depend on each other: y is x itself or apart from it.
 * gcc's own test would take the slow way when they are the same. */
#if defined(__clang__)
#define OP_INDEPENDENT
#else
#define OP_INDEPENDENT _Pragma("GCC ivdep")
#endif

/* y[i] = f(x[i]); y may be x. For float16 and bfloat16 the row computes in float, where y is of
 * that type too, or from float to y's. */
typedef void op_unary_row(void *y, const void *x, int64_t count);
hinge_status op_unary(const struct hinge_node *node, op_unary_row *row);

/* y[i] = f(a[i], b[i]); y may be a or b. For float16 and bfloat16 the row computes in float. What
 * is broadcast along a row is repeated for it. */
typedef void op_binary_row(void *y, const void *a, const void *b, int64_t count);
hinge_status op_binary(const struct hinge_node *node, op_binary_row *row);

/* The same with a row of its own for operands of which one stands still, a or b: for what takes no
 * longer than reading another operand. */
typedef void op_still_row(void *y, const void *a, const void *b, bool still_a, int64_t count);
hinge_status op_binary_still(const struct hinge_node *node, op_binary_row *row,
                             op_still_row *still);

/* y[i] = f(b[i], a[i]). */
hinge_status op_binary_exchanged(const struct hinge_node *node, op_binary_row *row);

/* The broadcasting of opsets 1 to 6: with broadcast = 1 the dims of b, each that of a or 1, lie
 * side by side in a's from axis on, or at their end; otherwise they are a's. The entries have these
 * attributes and hooks, and the kernels of the newer ones. */
enum { OP_ALIGNED_AXIS, OP_ALIGNED_BROADCAST, OP_ALIGNED_CONSUMED_INPUTS };
extern const struct hinge_attribute_def op_aligned_attributes[];
hinge_status op_infer_aligned(const struct hinge_node *node);
hinge_status op_prepare_aligned(struct hinge_node *node, size_t *scratch);

#define OP_ALIGNED_ENTRY(onnx_name, types, y, ...)                                                 \
    {                                                                                              \
        .name = (onnx_name), .since = 1, .until = 6,                                               \
        .signature = "(A: T, B: T) -> (C: " y "); T: " types, .flags = HINGE_OP_IN_PLACE,          \
        .attributes = op_aligned_attributes, .infer = op_infer_aligned,                            \
        .prepare = op_prepare_aligned, .kernels = HINGE_KERNELS(__VA_ARGS__)                       \
    }

/* For kernels that do without op_binary: the plan of both inputs, whatever the opset. */
struct broadcast;
void op_binary_plan(const struct hinge_node *node, struct broadcast *plan);

/* y = f(… f(x0, x1) …, xn), then finish(y, n inputs) where it is there. */
typedef void op_finish_row(void *y, uint32_t n_inputs, int64_t count);
hinge_status op_variadic(const struct hinge_node *node, op_binary_row *row, op_finish_row *finish);

/* A row from an expression in x, over elements of one type to another. */
#define OP_UNARY_ROW(name, from, to, expression)                                                   \
    static void name(void *y_row, const void *x_row, int64_t count)                                \
    {                                                                                              \
        const from *x_at = x_row;                                                                  \
        to *y_at = y_row;                                                                          \
        OP_INDEPENDENT                                                                             \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const from x = x_at[i];                                                                \
            y_at[i] = (to)(expression);                                                            \
        }                                                                                          \
    }

/* A kernel `name` with such a row. */
#define OP_UNARY(name, from, to, expression)                                                       \
    OP_UNARY_ROW(name##_row, from, to, expression)                                                 \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        return op_unary(node, name##_row);                                                         \
    }

/* The same for float or double from an expression in vectors (kernels/simd/simd.h). */
#define OP_UNARY_VF32(name, expression) OP_UNARY_VECTOR(name, float, vf32, VF32_LANES, expression)
#define OP_UNARY_VF64(name, expression) OP_UNARY_VECTOR(name, double, vf64, VF64_LANES, expression)

#define OP_UNARY_VECTOR(name, element, vector, lanes, expression)                                  \
    static void name##_row(void *y_row, const void *x_row, int64_t count)                          \
    {                                                                                              \
        const element *x_at = x_row;                                                               \
        element *y_at = y_row;                                                                     \
        int64_t i = 0;                                                                             \
        for (; i + lanes <= count; i += lanes) {                                                   \
            const vector x = vector##_load(x_at + i);                                              \
            vector##_store(y_at + i, (expression));                                                \
        }                                                                                          \
        if (i < count) {                                                                           \
            const vector x = vector##_load_n(x_at + i, (int)(count - i));                          \
            vector##_store_n(y_at + i, (expression), (int)(count - i));                            \
        }                                                                                          \
    }                                                                                              \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        return op_unary(node, name##_row);                                                         \
    }

/* A row from an expression in a and b, over elements of one type to another. */
#define OP_BINARY_ROW(name, from, to, expression)                                                  \
    static void name(void *y_row, const void *a_row, const void *b_row, int64_t count)             \
    {                                                                                              \
        const from *a_at = a_row, *b_at = b_row;                                                   \
        to *y_at = y_row;                                                                          \
        OP_INDEPENDENT                                                                             \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const from a = a_at[i], b = b_at[i];                                                   \
            y_at[i] = (to)(expression);                                                            \
        }                                                                                          \
    }

/* A kernel `name` of two inputs from such a row. */
#define OP_BINARY(name, from, to, expression)                                                      \
    OP_BINARY_ROW(name##_row, from, to, expression)                                                \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        return op_binary(node, name##_row);                                                        \
    }

/* A row of elements of one type for operands of which one stands still. */
#define OP_STILL_ROW(name, type, expression)                                                       \
    static void name(void *y_row, const void *a_row, const void *b_row, bool still_a,              \
                     int64_t count)                                                                \
    {                                                                                              \
        type *y_at = y_row;                                                                        \
        if (!still_a) {                                                                            \
            const type b = *(const type *)b_row, *a_at = a_row;                                    \
            OP_INDEPENDENT                                                                         \
            for (int64_t i = 0; i < count; i++) {                                                  \
                const type a = a_at[i];                                                            \
                y_at[i] = expression;                                                              \
            }                                                                                      \
        } else {                                                                                   \
            const type a = *(const type *)a_row, *b_at = b_row;                                    \
            OP_INDEPENDENT                                                                         \
            for (int64_t i = 0; i < count; i++) {                                                  \
                const type b = b_at[i];                                                            \
                y_at[i] = expression;                                                              \
            }                                                                                      \
        }                                                                                          \
    }

/* A kernel with such a row, too. */
#define OP_BINARY_STILL(name, type, expression)                                                    \
    OP_BINARY_ROW(name##_row, type, type, expression)                                              \
    OP_STILL_ROW(name##_still_row, type, expression)                                               \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        return op_binary_still(node, name##_row, name##_still_row);                                \
    }

/* A kernel of any number of inputs. */
#define OP_VARIADIC(name, type, expression, finish)                                                \
    OP_BINARY_ROW(name##_row, type, type, expression)                                              \
    static hinge_status name(const struct hinge_node *node)                                        \
    {                                                                                              \
        return op_variadic(node, name##_row, finish);                                              \
    }

/* The entries of an operator whose first version, that of opsets 1 to 5, has an attribute besides
 * that said what in-place work was allowed. */
extern const struct hinge_attribute_def op_consumed_inputs[];
#define OP_SINCE_1(...)                                                                            \
    {.since = 1, .until = 5, .attributes = op_consumed_inputs, __VA_ARGS__},                       \
    {                                                                                              \
        .since = 6, __VA_ARGS__                                                                    \
    }

/* Rows of a table of kernels: float16 and bfloat16 by way of float; integers of either sign by one
 * kernel where that computes modulo 2^bits, or by one for each type. */
#define OP_FLOATS(name)                                                                            \
    {HINGE_FLOAT, name##_f32}, {HINGE_FLOAT16, name##_f32}, {HINGE_BFLOAT16, name##_f32},          \
    {                                                                                              \
        HINGE_DOUBLE, name##_f64                                                                   \
    }
#define OP_INTEGERS_BY_WIDTH(name)                                                                 \
    {HINGE_INT8, name##_u8}, {HINGE_UINT8, name##_u8}, {HINGE_INT16, name##_u16},                  \
        {HINGE_UINT16, name##_u16}, {HINGE_INT32, name##_u32}, {HINGE_UINT32, name##_u32},         \
        {HINGE_INT64, name##_u64},                                                                 \
    {                                                                                              \
        HINGE_UINT64, name##_u64                                                                   \
    }
#define OP_SIGNED(name)                                                                            \
    {HINGE_INT8, name##_i8}, {HINGE_INT16, name##_i16}, {HINGE_INT32, name##_i32},                 \
    {                                                                                              \
        HINGE_INT64, name##_i64                                                                    \
    }
#define OP_UNSIGNED(name)                                                                          \
    {HINGE_UINT8, name##_u8}, {HINGE_UINT16, name##_u16}, {HINGE_UINT32, name##_u32},              \
    {                                                                                              \
        HINGE_UINT64, name##_u64                                                                   \
    }

/* For affine hooks: the one constant of two float inputs, where it is one number or one a channel
 * (rank, axis and n_channels as the hook gets them). */
struct op_channel_constant {
    const float *values;
    int64_t step; /* 0: one number for all channels */
    unsigned constant, input;
};

bool op_channel_constant(const struct hinge_node *node, int32_t rank, int32_t axis,
                         int64_t n_channels, struct op_channel_constant *found);

/* For is_identity hooks: whether input 1 is known, holds nothing but value (of the same sign, where
 * it is 0), and leaves input 0's shape as it is. */
bool op_is_neutral(const struct hinge_node *node, double value);

#endif
