/* Inputs for a model that nobody knows: of the types and, where they are sound, the shapes that it
 * declares. */
#ifndef TESTS_FUZZ_INPUTS_H
#define TESTS_FUZZ_INPUTS_H

#include "tests/fuzz/draw.h"

#include <hinge/hinge.h>

#define MAX_INPUTS 64

struct inputs {
    hinge_tensor tensors[MAX_INPUTS];
    size_t n;
    void *blocks[1024]; /* what the tensors' data lie in, each of its own so that sanitizers see its
                           end */
    size_t n_blocks;
};

/* Draws inputs for session, those that have a default left out where that is asked for. Returns
 * false where there are too many of them, or one cannot be made; inputs_free in any case. */
bool inputs_make(struct inputs *inputs, const hinge_session *session, struct draw *draw,
                 bool leave_out_defaults);
void inputs_free(struct inputs *inputs);

#endif
