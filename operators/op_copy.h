/* What operators that move elements share: copies split over the threads, and lists of integers
 * that are an attribute in older opsets and an input in newer ones. */
#ifndef OPERATORS_OP_COPY_H
#define OPERATORS_OP_COPY_H

#include "operators/kernels/copy.h"
#include "operators/op.h"

/* Bytes of an element of a type that op_whole_bytes let pass. */
static inline size_t op_element_size(const hinge_tensor *x)
{
    return hinge_type_bits(x->type) / 8;
}

/* Fails, naming the type, where input's elements are smaller than a byte and cannot be moved one by
 * one. */
hinge_status op_whole_bytes(const struct hinge_node *node, unsigned input);

/* Strides in bytes of a dense tensor that is not empty. */
void op_strides(const hinge_tensor *x, int64_t *strides);

/* Product of dims [begin, end). */
int64_t op_dims_count(const hinge_tensor *x, int32_t begin, int32_t end);

/* Does the copy, which it may collapse, between arrays that do not overlap. */
void op_copy(const struct hinge_node *node, struct copy *copy, void *to, const void *from);
void op_copy_bytes(const struct hinge_node *node, void *to, const void *from, size_t size);
/* Fills with count elements of size bytes, all equal to *value. */
void op_fill(const struct hinge_node *node, void *to, const void *value, size_t size,
             int64_t count);

/* Kernel: output 0 is input 0's bytes, moved where it is not the same memory already. */
hinge_status op_run_view(const struct hinge_node *node);

struct op_list {
    bool present;
    size_t count;
    int64_t values[2 * HINGE_MAX_RANK];
};

/* The list at an attribute, or at an input; not present where it is left out. From an input, may
 * return HINGE_NEEDS_DATA. */
hinge_status op_list_attribute(const struct hinge_node *node, unsigned attribute,
                               struct op_list *list);
hinge_status op_list_input(const struct hinge_node *node, unsigned input, struct op_list *list);

/* Makes the list's entries axes in [0, rank), each there at most once. */
hinge_status op_list_axes(const struct hinge_node *node, struct op_list *list, int32_t rank);

/* *product = a × b for a, b >= 0, or false where that does not fit. */
static inline bool op_multiply(int64_t a, int64_t b, int64_t *product)
{
    if (b != 0 && a > INT64_MAX / b)
        return false;
    *product = a * b;
    return true;
}

#endif
