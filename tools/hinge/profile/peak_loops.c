/* What keeps a core's arithmetic, or the way to its memory, busy: built for each ISA, by names of
 * its own (PEAK_FMA, PEAK_READ). */
#include "profile/peak_loops.h"

#include "operators/kernels/simd/simd.h"

enum { N_SUMS = 12 }; /* independent ones, more than an FMA's latency times those in a cycle */

#define FLOPS_A_ROUND (2.0 * N_SUMS * VF32_LANES)

static float sum_of(const vf32 *sums, int n)
{
    vf32 sum = vf32_zero();
    for (int i = 0; i < n; i++)
        sum = vf32_add(sum, sums[i]);
    return vf32_reduce_add(sum);
}

double PEAK_FMA(size_t n_rounds, float *result)
{
    const vf32 factor = vf32_set1(0.5F), term = vf32_set1(*result);
    vf32 sums[N_SUMS];
    for (int i = 0; i < N_SUMS; i++)
        sums[i] = vf32_set1((float)i);
    for (size_t round = 0; round < n_rounds; round++)
        for (int i = 0; i < N_SUMS; i++)
            sums[i] = vf32_fma(sums[i], factor, term);
    *result = sum_of(sums, N_SUMS);
    return FLOPS_A_ROUND * (double)n_rounds;
}

void PEAK_READ(const float *x, size_t count, float *result)
{
    enum { N = PEAK_READ_MULTIPLE / VF32_LANES };
    vf32 sums[N];
    for (int i = 0; i < N; i++)
        sums[i] = vf32_set1(*result);
    for (size_t at = 0; at < count; at += PEAK_READ_MULTIPLE) {
        for (size_t line = 0; line < PEAK_READ_MULTIPLE; line += 16)
            simd_prefetch(x + at + line);
        for (int i = 0; i < N; i++)
            sums[i] = vf32_add(sums[i], vf32_load(x + at + i * VF32_LANES));
    }
    *result = sum_of(sums, N);
}
