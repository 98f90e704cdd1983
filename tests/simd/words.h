/* Every word of the vector vocabulary applied to arrays, so that builds for different widths can be
 * compared bit by bit. */
#ifndef TESTS_SIMD_WORDS_H
#define TESTS_SIMD_WORDS_H

#include <hinge/plugin.h>

#define WORDS_COUNT 16 /* elements: a multiple of every width */
#define WORDS_MAX 96

struct words_results {
    int n;
    const char *names[WORDS_MAX];
    uint32_t bits[WORDS_MAX][2 * WORDS_COUNT]; /* doubles take two */
};

typedef void words_apply(const float *a, const float *b, const float *c, const double *x,
                         const double *y, int n, struct words_results *results);
typedef void words_activation(const struct hinge_activation *activation, const float *x, float *y,
                              int64_t count);
typedef void words_activation_half(const struct hinge_activation *activation, const uint16_t *x,
                                   uint16_t *y, int64_t count);

#define WORDS_BUILD(isa)                                                                           \
    words_apply isa##_words_apply;                                                                 \
    words_activation isa##_activation_f32, isa##_activation_derivative_f32;                        \
    words_activation_half isa##_activation_f16, isa##_activation_bf16;

WORDS_BUILD(scalar)
WORDS_BUILD(avx2)
WORDS_BUILD(avx512)

#endif
