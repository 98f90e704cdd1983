/* What operators with a cache of keys and values do before attention: rows of heads are put where
 * it reads them, a bias added, normalized and turned on the way, behind the rows of a past. */
#ifndef OPERATORS_ATTENTION_HEADS_H
#define OPERATORS_ATTENTION_HEADS_H

#include "operators/attention/attention.h"

/* Which rows of its caches turn row s of a batch in a rotary embedding. */
enum heads_positions {
    HEADS_BEHIND_OFFSET, /* that at the batch's offset and what is skipped, and those after it */
    HEADS_BEHIND_FIRST,  /* that at the first of positions, and those after it */
    HEADS_AT_POSITIONS,  /* as positions has them for each batch and row */
    HEADS_IN_ORDER,      /* one row of the caches for each batch and row */
};

struct heads_turn {
    const hinge_tensor *cosine, *sine; /* n_rows x pairs */
    int64_t n_rows, pairs;
    const hinge_tensor *positions;
    enum heads_positions which;
    bool interleaved;
};

struct heads {
    const struct hinge_node *node;
    struct attention_matrix from, to;
    int64_t n_batch, n_heads, length, size;
    /* Row 0 of a batch has the position offset; NULL: 0. With behind, it goes to that row. */
    const struct attention_span *spans;
    bool behind;
    const hinge_tensor *bias; /* NULL: none; from element bias_first on for head 0, row by row */
    int64_t bias_first;
    const hinge_tensor *norm; /* weights of an RMS normalization, or NULL */
    float epsilon;
    const struct heads_turn *turn; /* or NULL */
    float *rows;                   /* heads_scratch bytes */
};

/* Bytes that heads_place needs for rows of size elements; -1 where they do not fit. */
int64_t heads_scratch(const struct hinge_node *node, int64_t size);
void heads_place(const struct heads *heads);

/* Keys or values of a past in front of new ones, both as batch x heads x rows x size. */
struct heads_past {
    hinge_type type;          /* of the rows; none: as heads are */
    const hinge_tensor *past; /* NULL: none; of heads' type, or that is float */
    char *to;                 /* capacity rows for each head */
    int64_t capacity;
    int64_t first; /* row that the new ones begin at, but where heads' spans say which */
    /* int32, batch x rows of the past: among n_beams batches, the one that a row comes from. */
    const hinge_tensor *beams;
    int64_t n_beams;
};

/* Puts heads (whose to is not read) behind the past, and returns where all lie. With spans, only as
 * many rows of the past count as the offset of a batch says, and what lies behind the new ones
 * becomes 0. */
struct attention_matrix heads_append(const struct heads *heads, const struct heads_past *past);

static inline bool heads_have_dims(const hinge_tensor *x, int32_t rank, const int64_t *dims)
{
    bool same = x->rank == rank;
    for (int32_t d = 0; same && d < rank; d++)
        same = x->dims[d] == dims[d];
    return same;
}

/* The pairs of a head of so many elements that a rotary embedding turns: half of turned, of all
 * where that is 0. Fails where they are no pairs, or not there. */
hinge_status heads_pairs(const struct hinge_node *node, int64_t turned, int64_t head,
                         int64_t *pairs);

/* Room for count elements of size bytes at the end of what takes *end bytes so far, a multiple of
 * 64; false where it does not fit. */
bool heads_take(size_t *end, size_t *at, int64_t count, size_t size);

/* A dense tensor of batch x length x heads x size, and a cache of batch x heads x capacity x size.
 */
struct attention_matrix heads_matrix(const hinge_tensor *x, int64_t heads, int64_t length,
                                     int64_t size);
struct attention_matrix heads_cache(hinge_type type, void *data, int64_t heads, int64_t capacity,
                                    int64_t size);

#endif
