/*
 * Random numbers that depend on the seed and on the element they are for alone, not on threads:
 * Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
 * 2011), a bijection of a counter under a key. The key is the seed, the counter the number of a
 * pair of elements. Without a seed the key comes from the operating system, anew for each run.
 */
#ifndef OPERATORS_OP_RANDOM_H
#define OPERATORS_OP_RANDOM_H

#include "operators/op/op.h"

struct random {
    uint32_t key[2];
};

/* From run: the seed is an attribute, a float (its bits are the key) or an int; NULL or not
 * present: there is none. */
hinge_status random_seed(const struct hinge_node *node, const struct hinge_attribute *seed,
                         struct random *random);

/* Numbers for the elements [first, first + count): multiples of 2^-53 in [0, 1); and normal ones of
 * mean 0 and deviation 1, by Box and Muller's method. */
void random_uniform(const struct random *random, int64_t first, int64_t count, double *to);
void random_normal(const struct random *random, int64_t first, int64_t count, double *to);

/* Turns a stretch of such numbers into elements of output 0, [first, first + count). */
typedef void random_finish(const struct hinge_node *node, int64_t first, int64_t count,
                           double *numbers);

/* Kernel: output 0 from random_uniform or random_normal and finish. */
hinge_status random_run(const struct hinge_node *node, unsigned seed_attribute,
                        void (*draw)(const struct random *, int64_t, int64_t, double *),
                        random_finish *finish);

/* Attributes of RandomUniform and RandomNormal, and of those with Like; infer by shape. */
enum { RANDOM_DTYPE, RANDOM_SEED, RANDOM_FIRST, RANDOM_SECOND, RANDOM_SHAPE };
hinge_status random_infer_shape(const struct hinge_node *node);

#define RANDOM_ENTRIES(onnx_name, from, to, inputs, types, shaped, like, kernel)                   \
    {.name = (onnx_name),                                                                          \
     .since = (from),                                                                              \
     .until = (to),                                                                                \
     .signature = "() -> (output: T); T@dtype: " types,                                            \
     .flags = HINGE_OP_NONDETERMINISTIC,                                                           \
     .attributes = (shaped),                                                                       \
     .infer = random_infer_shape,                                                                  \
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, kernel})},                                           \
    {                                                                                              \
        .name = onnx_name "Like", .since = (from), .until = (to),                                  \
        .signature = "(input: T1) -> (output: T2); T1: " inputs "; T2@dtype: " types,              \
        .flags = HINGE_OP_NONDETERMINISTIC | HINGE_OP_SHAPE_ONLY, .attributes = (like),            \
        .kernels = HINGE_KERNELS({HINGE_NO_TYPE, kernel})                                          \
    }

#endif
