/* Clocks and memory of this process. */
#ifndef TOOL_MEASURE_H
#define TOOL_MEASURE_H

#include <stddef.h>

/* Milliseconds of CLOCK_MONOTONIC. */
double measure_now_ms(void);
/* The largest resident size so far, in MiB (VmHWM); 0 where the system does not tell. */
double measure_peak_rss_mib(void);

/* Of n > 0 times, which are sorted in the course of it: the smallest, the median, and the smallest
 * one that nine tenths do not exceed. */
struct measure_times {
    double min, median, p90;
};
struct measure_times measure_times(double *times, size_t n);

#endif
