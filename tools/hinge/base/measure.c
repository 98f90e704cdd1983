#include "base/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double measure_now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

double measure_peak_rss_mib(void)
{
    char line[256];
    double kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %lf", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib / 1024;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct measure_times measure_times(double *times, size_t n)
{
    qsort(times, n, sizeof *times, compare);
    return (struct measure_times){times[0], (times[(n - 1) / 2] + times[n / 2]) / 2,
                                  times[(9 * n + 9) / 10 - 1]};
}
