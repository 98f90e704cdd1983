/* The discrete Fourier transform of any length in double, in O(n log n): Stockham's passes of radix
 * 2, 3, 4, 5, 7, 11 and 13, or where a larger prime divides the length, Bluestein's convolution of
 * a length that has only 2, 3 and 5. The error is that of double times the logarithm of the length.
 *
 * Own code, since no library does it: FFTW is under another licence and plans behind a lock,
 * KISS FFT takes O(p^2) for a prime p. */
#ifndef OPERATORS_SIGNAL_FFT_H
#define OPERATORS_SIGNAL_FFT_H

#include <stddef.h>
#include <stdint.h>

#define FFT_MAX_LENGTH ((int64_t)1 << 28)

struct fft;

/* Bytes of the tables for a length in [1, FFT_MAX_LENGTH]; making them, in memory that is aligned
 * to 64 bytes. */
size_t fft_size(int64_t length);
const struct fft *fft_make(void *memory, int64_t length);

/* Replaces z[k] = re[k] + i im[k] by the sum over j of z[j] e^(-2 pi i j k / length). work has room
 * for fft_work_count numbers. Swapping re and im, before and after, gives the inverse times length.
 */
int64_t fft_work_count(const struct fft *fft);
void fft_run(const struct fft *fft, double *re, double *im, double *work);

#endif
