/* The machine's limits, measured: multiply-adds in registers, and reading memory. */
#ifndef TOOL_PEAK_H
#define TOOL_PEAK_H

#include "base/error.h"

struct peak {
    double flops; /* float32 operations a second, two for a multiply-add */
    double bytes; /* read from memory a second */
};

/* With n_threads and the vectors of isa ("avx2"), which the CPU must have. Takes half a second, and
 * 256 MiB meanwhile, more than caches hold. */
bool peak_measure(struct peak *peak, const char *isa, unsigned n_threads, hinge_error *error);

#endif
