/* GroupQueryAttention of com.microsoft as numbers: what its node says, checked. */
#ifndef OPERATORS_ATTENTION_GROUPQUERYATTENTION_NODE_H
#define OPERATORS_ATTENTION_GROUPQUERYATTENTION_NODE_H

#include "operators/attention/heads.h"

/* Attributes, inputs and outputs. */
enum {
    GQA_NUM_HEADS,
    GQA_KV_NUM_HEADS,
    GQA_SCALE,
    GQA_SOFTCAP,
    GQA_LOCAL_WINDOW_SIZE,
    GQA_CAUSAL,
    GQA_DO_ROTARY,
    GQA_ROTARY_INTERLEAVED,
    GQA_SMOOTH_SOFTMAX,
    GQA_QK_OUTPUT,
    GQA_QK_NORM_EPSILON,
    GQA_SLIDING_WINDOW_CACHE,
    GQA_KV_CACHE_BIT_WIDTH,
    GQA_K_QUANT_TYPE,
    GQA_V_QUANT_TYPE
};
enum {
    GQA_QUERY,
    GQA_KEY,
    GQA_VALUE,
    GQA_PAST_KEY,
    GQA_PAST_VALUE,
    GQA_SEQLENS_K,
    GQA_TOTAL,
    GQA_COS_CACHE,
    GQA_SIN_CACHE,
    GQA_POSITION_IDS,
    GQA_ATTENTION_BIAS,
    GQA_HEAD_SINK,
    GQA_K_SCALE,
    GQA_V_SCALE,
    GQA_Q_NORM_WEIGHT,
    GQA_K_NORM_WEIGHT
};
enum { GQA_Y, GQA_PRESENT_KEY, GQA_PRESENT_VALUE, GQA_OUTPUT_QK };

extern const struct hinge_attribute_def gqa_attributes[];

/* What shapes tell. room: past rows and new ones, the most that there can be. */
struct gqa_sizes {
    int64_t batch, length, heads, kv_heads, size, past, room;
};

/* Whether the caches hold a window alone (sliding_window_cache). */
static inline bool gqa_is_window(const struct hinge_node *node)
{
    return node->attributes[GQA_SLIDING_WINDOW_CACHE].i != 0;
}

/* How many bits a number of the caches takes where these are quantized; 0: they are not. */
unsigned gqa_cache_bits(const struct hinge_node *node);

/* For types: the caches are of the past's, or the query's type, or those of quantized ones. */
hinge_status gqa_types(const struct hinge_node *node, const hinge_type_code *inputs,
                       hinge_type_code *outputs);
hinge_status gqa_init(struct hinge_node *node);
hinge_status gqa_infer(const struct hinge_node *node);
hinge_status gqa_read_sizes(const struct hinge_node *node, struct gqa_sizes *s);
/* Heads of query, or of all three side by side. */
int64_t gqa_query_heads(const struct hinge_node *node, const struct gqa_sizes *s);
/* total is total_sequence_length. */
hinge_status gqa_check_total(const struct hinge_node *node, const struct gqa_sizes *s,
                             int64_t total);
/* Sets the outputs' shapes that it decides, -1 where it is not known; from run, of those that are
 * open. */
hinge_status gqa_set_caches(const struct hinge_node *node, const struct gqa_sizes *s, int64_t total,
                            bool is_run);

#endif
