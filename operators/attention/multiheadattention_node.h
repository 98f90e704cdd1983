/* MultiHeadAttention of com.microsoft as numbers: what its node says, checked. */
#ifndef OPERATORS_ATTENTION_MULTIHEADATTENTION_NODE_H
#define OPERATORS_ATTENTION_MULTIHEADATTENTION_NODE_H

#include "operators/attention/heads.h"

/* Attributes, inputs and outputs. */
enum { MHA_NUM_HEADS, MHA_MASK_FILTER_VALUE, MHA_SCALE, MHA_UNIDIRECTIONAL };
enum {
    MHA_QUERY,
    MHA_KEY,
    MHA_VALUE,
    MHA_BIAS,
    MHA_KEY_PADDING_MASK,
    MHA_ATTENTION_BIAS,
    MHA_PAST_KEY,
    MHA_PAST_VALUE,
    MHA_PAST_LENGTH,
    MHA_CACHE_INDIRECTION
};
enum { MHA_Y, MHA_PRESENT_KEY, MHA_PRESENT_VALUE, MHA_QK };

extern const struct hinge_attribute_def mha_attributes[];

/* past counts rows of the past, kept those that its tensor has, and capacity those of present,
 * which are what there may be at most; total counts past and new ones. past and total are -1 where
 * past_sequence_length is not known. */
struct mha_sizes {
    int64_t batch, length, new_length, heads, size, value_size;
    int64_t past, kept, total, capacity;
};

hinge_status mha_infer(const struct hinge_node *node);
/* past_length: that of past_sequence_length where it is given, or -1. */
hinge_status mha_read_sizes(const struct hinge_node *node, int64_t past_length,
                            struct mha_sizes *s);
/* Queries, keys or values, whichever input holds them. */
struct attention_matrix mha_matrix(const struct hinge_node *node, const struct mha_sizes *s,
                                   unsigned part);

#endif
