/* Scaled dot-product attention, softmax(Q K' + bias) V, in float32 or float64: for each key and
 * value head a block of rows of all queries that read it at a time, whose scores are as long as the
 * keys and stay in a thread's memory. */
#ifndef OPERATORS_ATTENTION_ATTENTION_H
#define OPERATORS_ATTENTION_ATTENTION_H

#include "operators/op/op.h"

/* Row i of a head: element e at data[batch * … + head * … + i * row + e], all strides in elements.
 */
struct attention_matrix {
    hinge_type type;
    char *data;
    int64_t batch, head, row;
};

/* Of a batch: its query i may read key j for i + offset - left <= j <= i + offset + right (-1: no
 * bound; causal is 0 to the right) and j < n_valid. Key 0 meets column skipped of the mask. */
struct attention_span {
    int64_t n_valid, offset, skipped;
};

/* Bytes for those of n batches, a multiple of 64. */
static inline size_t attention_spans_size(int64_t n)
{
    return ((size_t)n * sizeof(struct attention_span) + 63) / 64 * 64;
}

enum attention_capture { ATTENTION_PRODUCT, ATTENTION_CAPPED, ATTENTION_BIASED, ATTENTION_WEIGHTS };

/* Adds to the scores, of the type computed in, of a query and keys [begin, begin + count). */
typedef void attention_filter(const void *argument, int64_t batch, int64_t query, int64_t begin,
                              int64_t count, void *scores);

struct attention {
    const struct hinge_node *node;
    int64_t n_batch, n_kv_heads, group; /* queries' heads for each of keys' */
    int64_t q_length, kv_length, head_size, v_head_size;
    struct attention_matrix q, k, v, y;
    double scale, softcap; /* softcap 0: none */
    bool softmax_f64;
    int64_t left, right;
    const struct attention_span *spans; /* of each batch */
    const float *sinks; /* of each query head, a score that takes weight from the keys; or NULL */
    attention_filter *filter; /* NULL: none */
    const void *filter_argument;
    const hinge_tensor *mask; /* NULL: none; with strides of batch, head, query and key */
    int64_t mask_strides[4], mask_length; /* keys behind mask_length are not read */
    struct {
        void *data; /* dense; NULL: not wanted */
        hinge_type type;
        int64_t length; /* keys, at most kv_length */
        enum attention_capture what;
        double unread; /* score of keys that a query may not read */
    } captured;
    void *scratch;
};

/* Bytes of scratch for each thread, a multiple of 64; -1 where they do not fit. */
int64_t attention_scratch_f32(const struct attention *a);
int64_t attention_scratch_f64(const struct attention *a);
void attention_run_f32(const struct attention *a);
void attention_run_f64(const struct attention *a);

#endif
