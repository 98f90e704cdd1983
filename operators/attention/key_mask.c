#include "operators/attention/key_mask.h"

#include "operators/op/index.h"

static void add_ends(const struct key_mask *m, int64_t batch, int64_t begin, int64_t count,
                     float *scores)
{
    const int64_t end = op_index_raw(m->mask, batch);
    const int64_t first =
        m->mask->dims[0] == 2 * m->n_batch ? op_index_raw(m->mask, m->n_batch + batch) : 0;
    for (int64_t i = 0; i < count; i++)
        scores[i] += begin + i >= end || begin + i < first ? m->filter : 0;
}

void key_mask_add(const struct key_mask *m, int64_t batch, int64_t query, int64_t begin,
                  int64_t count, float *scores)
{
    const hinge_tensor *mask = m->mask;
    if (mask->rank == 1) {
        add_ends(m, batch, begin, count, scores);
        return;
    }
    const int64_t row = mask->rank == 2   ? batch
                        : mask->rank == 3 ? batch * mask->dims[1] + query
                                          : batch * mask->dims[2] + m->first_row + query;
    const int32_t *values = (const int32_t *)mask->data + row * mask->dims[mask->rank - 1];
    const int64_t first = begin < m->first_key ? m->first_key : begin;
    for (int64_t key = first; key < begin + count; key++)
        scores[key - begin] += values[key - m->first_key] > 0 ? 0 : m->filter;
}
