/* How far results are from the exact ones, and whether they keep what else is known of a function.
 */
#ifndef EXACTNESS_JUDGE_H
#define EXACTNESS_JUDGE_H

#include <hinge/plugin.h>

#include "tools/exactness/reference.h"

/* Inputs of one function and type as bits, the second numbers where it takes pairs, and the exact
 * results as double. */
struct judge_sample {
    const struct reference *reference;
    hinge_type type;
    size_t count;
    const uint32_t *inputs;
    const double *seconds, *exact;
};

/* What was found so far. */
struct judge_tally {
    uint64_t n_inputs, n_misrounded, n_disordered, n_outside, n_different;
    double worst; /* in units of the last place */
    uint32_t worst_at, disordered_at;
};

double judge_number(hinge_type type, uint32_t bits);
uint32_t judge_bits(hinge_type type, const void *values, size_t i);

/* Errors, order, and limits of results; smaller errors than at_least need not be exact. */
void judge_results(const struct judge_sample *sample, const void *results, double at_least,
                   struct judge_tally *tally);
/* The order alone, of those inputs that are neighbours of the one before them. */
void judge_order(const struct judge_sample *sample, const void *results, struct judge_tally *tally);
/* Counts inputs whose result and that of the opposite input (mirrored) lack the symmetry. */
void judge_symmetry(const struct judge_sample *sample, const void *results, const void *mirrored,
                    struct judge_tally *tally);
/* How many results differ in their bits, NaN being one value. */
uint64_t judge_differences(const struct judge_sample *sample, const void *a, const void *b);
void judge_merge(struct judge_tally *into, const struct judge_tally *from);

#endif
