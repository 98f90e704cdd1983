/* What tests of passes share: a model is opened with some passes and without, run on the same
 * random inputs, and the outputs compared. */
#ifndef TESTS_PASSES_SUPPORT_REWRITE_H
#define TESTS_PASSES_SUPPORT_REWRITE_H

#include "tests/support/main.h"
#include "tests/support/model.h"

#include <hinge/inspect.h>

#define DOMAIN "test.plugins"

/* From a sequence that is the same in every run. */
uint32_t random_below(uint32_t n);
float random_float(void); /* in [-1, 1) */

/* A random constant of these dims. */
void add_weights(struct model *model, const char *name, int rank, const int64_t *dims);

/* Checks that the model's outputs are the same, within 1e-5, with all passes, without any but
 * inline-functions, and without the named one, which then changes nothing. Returns the number of
 * changes that the named pass makes with all others there. Unknown dimensions are run as 3. */
size_t check_pass(struct model *model, const char *pass);

/* Checks that output 0 has the same bits with and without fuse-activation, which must make one
 * change, in the built-in plugin of that ISA; does nothing where the CPU lacks it. Without
 * channels-last. */
void check_fused_bits(struct model *model, const char *isa);

/* Checks that two models with the same inputs give the same outputs, within 1e-5. */
void compare_models(struct model *a, struct model *b);

/* The number of nodes left when all passes ran. */
size_t count_nodes(struct model *model);

/* Opens the model with the n-th allocation failing, for every n, until it opens; all memory must
 * have been given back each time. */
void check_allocation_failures(struct model *model);

/* Opening without the named pass must fail, with a message that has says in it. */
void check_disabling_fails(struct model *model, const char *pass, const char *says);

/* Opening must fail with this status and a message that has says in it. */
void check_fails(struct model *model, hinge_status status, const char *says);

#endif
