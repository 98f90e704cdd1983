/* Walks a result and the operands broadcast to it in rows along which every operand either advances
 * by one element or stands still. Neighbouring dimensions that all operands cross alike are merged
 * first, so equal shapes are one row, and a per-channel operand gives one row a channel. */
#ifndef KERNELS_BROADCAST_H
#define KERNELS_BROADCAST_H

#include <hinge/tensor.h>

#define BROADCAST_MAX 3

struct broadcast {
    int32_t rank, n_operands;
    int64_t dims[HINGE_MAX_RANK];
    int64_t steps[BROADCAST_MAX][HINGE_MAX_RANK]; /* in elements; 0: stands still */
};

/* The result's dimensions, then each operand's, which must broadcast to them; then merging. */
void broadcast_begin(struct broadcast *plan, int32_t rank, const int64_t *dims);
void broadcast_operand(struct broadcast *plan, int32_t rank, const int64_t *dims);
void broadcast_merge(struct broadcast *plan);

/* A position in the result. Operand k's element there is offsets[k] + within × its inner step. */
struct broadcast_cursor {
    int64_t at[HINGE_MAX_RANK], offsets[BROADCAST_MAX], within;
};

void broadcast_seek(const struct broadcast *plan, struct broadcast_cursor *cursor, int64_t at);
void broadcast_next_row(const struct broadcast *plan, struct broadcast_cursor *cursor);

static inline int64_t broadcast_inner(const struct broadcast *plan)
{
    return plan->dims[plan->rank - 1];
}

static inline int64_t broadcast_inner_step(const struct broadcast *plan, int operand)
{
    return plan->steps[operand][plan->rank - 1];
}

/* Element of the operand at the cursor. */
static inline int64_t broadcast_offset(const struct broadcast *plan,
                                       const struct broadcast_cursor *cursor, int operand)
{
    return cursor->offsets[operand] + cursor->within * broadcast_inner_step(plan, operand);
}

/* How many of count elements lie in the cursor's row. */
static inline int64_t broadcast_piece(const struct broadcast *plan,
                                      const struct broadcast_cursor *cursor, int64_t count)
{
    const int64_t left = broadcast_inner(plan) - cursor->within;
    return left < count ? left : count;
}

/* Goes on by count elements, at most to the row's end. */
static inline void broadcast_advance(const struct broadcast *plan, struct broadcast_cursor *cursor,
                                     int64_t count)
{
    cursor->within += count;
    if (cursor->within == broadcast_inner(plan))
        broadcast_next_row(plan, cursor);
}

#endif
