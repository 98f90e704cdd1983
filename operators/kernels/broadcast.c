#include "operators/kernels/broadcast.h"

void broadcast_begin(struct broadcast *plan, int32_t rank, const int64_t *dims)
{
    plan->rank = rank;
    plan->n_operands = 0;
    for (int32_t d = 0; d < rank; d++)
        plan->dims[d] = dims[d];
}

void broadcast_operand(struct broadcast *plan, int32_t rank, const int64_t *dims)
{
    int64_t *steps = plan->steps[plan->n_operands++];
    const int32_t lead = plan->rank - rank;
    int64_t step = 1;
    for (int32_t d = plan->rank; d-- > 0;) {
        const int64_t dim = d < lead ? 1 : dims[d - lead];
        steps[d] = dim == 1 ? 0 : step;
        step *= dim;
    }
}

static bool merges(const struct broadcast *plan, int32_t outer, int32_t inner)
{
    for (int32_t k = 0; k < plan->n_operands; k++)
        if (plan->steps[k][outer] != plan->steps[k][inner] * plan->dims[inner])
            return false;
    return true;
}

static void move(struct broadcast *plan, int32_t to, int32_t from)
{
    plan->dims[to] = plan->dims[from];
    for (int32_t k = 0; k < plan->n_operands; k++)
        plan->steps[k][to] = plan->steps[k][from];
}

void broadcast_merge(struct broadcast *plan)
{
    int32_t last = HINGE_MAX_RANK; /* the dimensions kept so far stand from here to the end */
    for (int32_t d = plan->rank; d-- > 0;) {
        if (plan->dims[d] == 1)
            continue;
        if (last < HINGE_MAX_RANK && merges(plan, d, last))
            plan->dims[last] *= plan->dims[d];
        else
            move(plan, --last, d);
    }
    if (last == HINGE_MAX_RANK) {
        plan->dims[--last] = 1;
        for (int32_t k = 0; k < plan->n_operands; k++)
            plan->steps[k][last] = 1;
    }
    plan->rank = HINGE_MAX_RANK - last;
    for (int32_t d = 0; d < plan->rank; d++)
        move(plan, d, last + d);
}

void broadcast_seek(const struct broadcast *plan, struct broadcast_cursor *cursor, int64_t at)
{
    for (int32_t k = 0; k < plan->n_operands; k++)
        cursor->offsets[k] = 0;
    cursor->within = at % broadcast_inner(plan);
    int64_t row = at / broadcast_inner(plan);
    for (int32_t d = plan->rank - 1; d-- > 0; row /= plan->dims[d]) {
        cursor->at[d] = row % plan->dims[d];
        for (int32_t k = 0; k < plan->n_operands; k++)
            cursor->offsets[k] += cursor->at[d] * plan->steps[k][d];
    }
}

void broadcast_next_row(const struct broadcast *plan, struct broadcast_cursor *cursor)
{
    cursor->within = 0;
    for (int32_t d = plan->rank - 1; d-- > 0;) {
        for (int32_t k = 0; k < plan->n_operands; k++)
            cursor->offsets[k] += plan->steps[k][d];
        if (++cursor->at[d] < plan->dims[d])
            return;
        for (int32_t k = 0; k < plan->n_operands; k++)
            cursor->offsets[k] -= plan->steps[k][d] * plan->dims[d];
        cursor->at[d] = 0;
    }
}
