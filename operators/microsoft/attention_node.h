/* Attention and QAttention of com.microsoft as numbers: what their nodes say, checked; and what
 * they do alike once queries, keys and values are there. */
#ifndef OPERATORS_MICROSOFT_ATTENTION_NODE_H
#define OPERATORS_MICROSOFT_ATTENTION_NODE_H

#include "operators/attention/heads.h"
#include "operators/op/op.h"

extern const struct hinge_attribute_def attention_attributes[];
extern const struct hinge_attribute_def qattention_attributes[];

/* Inputs; those behind weights are NULL where they are left out. */
struct attention_inputs {
    const hinge_tensor *x, *weights, *bias, *mask, *past, *added;
};

/* width is that of queries, keys and values side by side; total counts past and new keys, -1 where
 * past_sequence_length, which is past then, is not known. Present has capacity rows. */
struct attention_sizes {
    struct attention_inputs in;
    int64_t batch, sequence, past, total, capacity, heads;
    int64_t input_hidden, hidden, value_hidden, width;
    int64_t head, value_head;
    int64_t pairs; /* that a rotary embedding turns in each head; 0: there is none */
    bool joins;    /* keys and values are copied beside those of the past */
};

/* Offsets in the scratch memory, and its size: first what the projection takes. */
struct attention_layout {
    size_t project, bias, projected, joined, spans, rows, angles, turned, attention, size;
};

/* past_length: that of past_sequence_length where past and present share a buffer, or -1. */
hinge_status attention_read(const struct hinge_node *node, int64_t past_length,
                            struct attention_sizes *sizes);
/* What heads_place needs for it; not to be moved. */
struct attention_turn {
    struct heads_turn turn;
    hinge_tensor cosine, sine, first;
    int64_t zero;
};
/* angles: memory for 2 * sequence * pairs. */
void attention_open_turn(const struct attention_sizes *sizes, float *angles,
                         struct attention_turn *turn);
/* Queries or keys as they are, or turned, at to. */
struct attention_matrix attention_place_turned(const struct attention_sizes *sizes,
                                               struct heads *heads, float *to);
/* Whether there is a past_sequence_length. */
bool attention_shares(const struct hinge_node *node);
hinge_status attention_infer(const struct hinge_node *node);
/* Whether there is nothing to compute. */
static inline bool attention_is_empty(const struct hinge_node *node)
{
    const hinge_tensor *present = op_output(node, 1);
    return hinge_count(node->outputs[0]) == 0 && (!present || hinge_count(present) == 0);
}
/* project: bytes that the projection takes. */
hinge_status attention_lay_out(const struct hinge_node *node, const struct attention_sizes *sizes,
                               size_t project, struct attention_layout *layout);
/* Halves to as many floats, or back. */
void attention_convert(const struct hinge_node *node, const hinge_tensor *halves, float *floats,
                       bool to_halves);
/* The bias as float, in scratch memory where it is of another type; NULL: none. */
const float *attention_bias(const struct hinge_node *node, const struct attention_sizes *sizes,
                            const struct attention_layout *layout);
/* The outputs, from what the projection has left at layout->projected. */
void attention_attend(const struct hinge_node *node, const struct attention_sizes *sizes,
                      const struct attention_layout *layout);

#endif
