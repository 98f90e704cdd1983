/* What operators that move elements share: copies split over the threads, and lists of integers
 * that are an attribute in older opsets and an input in newer ones. */
#ifndef OPERATORS_OP_COPY_H
#define OPERATORS_OP_COPY_H

#include <string.h>

#include "operators/kernels/copy.h"
#include "operators/op/op.h"

/* An element in units: bytes, or of types below a byte, which are packed, elements. */
static inline size_t op_element_size(const hinge_tensor *x)
{
    const unsigned bits = hinge_type_bits(x->type);
    return bits < 8 ? 1 : bits / 8;
}

/* Strides in units of a dense tensor that is not empty. */
void op_strides(const hinge_tensor *x, int64_t *strides);

/* Product of dims [begin, end). */
int64_t op_dims_count(const hinge_tensor *x, int32_t begin, int32_t end);
/* Whether sums of products of bytes over axes [begin, end) of a weight, and a bias of 2^28, fit
 * int32 (hinge_op.fits_integers), as far as its dims are known. */
bool op_byte_sums_fit(const hinge_tensor *weight, int32_t begin, int32_t end);

/* Does the copy, which it may collapse, between arrays that do not overlap. */
void op_copy(const struct hinge_node *node, struct copy *copy, void *to, const void *from);
/* The same between tensors of one type, from their units to_at and from_at on; the copy's size and
 * strides are in units. */
void op_move(const struct hinge_node *node, struct copy *copy, hinge_tensor *y, int64_t to_at,
             const hinge_tensor *x, int64_t from_at);
/* Moves units that lie side by side on both sides; a single element by one load and one store. */
static inline void op_move_run(hinge_type type, void *to, int64_t to_at, const void *from,
                               int64_t from_at, int64_t count)
{
    const unsigned bits = hinge_type_bits(type);
    if (bits < 8) {
        copy_packed(bits, to, to_at, from, from_at, count);
        return;
    }
    char *y = (char *)to + to_at;
    const char *x = (const char *)from + from_at;
    switch (count) {
    case 1: memcpy(y, x, 1); break;
    case 2: memcpy(y, x, 2); break;
    case 4: memcpy(y, x, 4); break;
    case 8: memcpy(y, x, 8); break;
    default: memcpy(y, x, (size_t)count); break;
    }
}
/* Runs a task that moves to y, on one thread where y is packed. */
void op_move_parallel(const struct hinge_node *node, hinge_tensor *y, int64_t count, int64_t grain,
                      hinge_task *task, void *argument);
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

/* Number i of an input that, as in first versions, counts something in any type. Fails where it is
 * not whole; HINGE_NEEDS_DATA where it is not known yet. */
hinge_status op_whole_number(const struct hinge_node *node, unsigned input, int64_t i,
                             int64_t *whole);

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
