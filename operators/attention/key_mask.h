/* Masks of keys as com.microsoft has them: integers, of which those above 0 let a key be read, or
 * how many keys of each batch may be; the score of another key gets a number added. */
#ifndef OPERATORS_ATTENTION_KEY_MASK_H
#define OPERATORS_ATTENTION_KEY_MASK_H

#include <hinge/tensor.h>

struct key_mask {
    /* int32, of rank 1: the end of each batch's keys, then, where there are two for each batch, the
     * beginnings; 2: batch x keys; 3: batch x queries x keys; 4: batch x 1 x rows x keys, of which
     * query 0 has row first_row. */
    const hinge_tensor *mask;
    int64_t n_batch, first_row;
    int64_t first_key; /* that of the mask's first column; those before may be read */
    float filter;
};

/* Of a query's scores, of keys [begin, begin + count). */
void key_mask_add(const struct key_mask *m, int64_t batch, int64_t query, int64_t begin,
                  int64_t count, float *scores);

#endif
