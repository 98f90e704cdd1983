/* The loops that peak.c measures, for each ISA. */
#ifndef TOOL_PEAK_LOOPS_H
#define TOOL_PEAK_LOOPS_H

#include <stddef.h>

/* floats: of what a PEAK_READ reads a multiple. */
#define PEAK_READ_MULTIPLE 64

/* Multiply-adds in registers alone; returns how many floating-point operations. *result, which is
 * not 0, makes that nothing of it is known before. */
typedef double peak_fma(size_t n_rounds, float *result);
/* Reads count floats. */
typedef void peak_read(const float *x, size_t count, float *result);

peak_fma peak_fma_scalar, peak_fma_avx2, peak_fma_avx512;
peak_read peak_read_scalar, peak_read_avx2, peak_read_avx512;

#endif
