/* What happened to the requests for one model, counted since it was loaded. */
#ifndef SERVE_STATS_H
#define SERVE_STATS_H

#include <stdatomic.h>
#include <stdint.h>

/* Histograms with the upper bounds of stats_seconds and stats_rows, and what is above. */
#define STATS_N_SECONDS 13
#define STATS_N_ROWS 8
extern const double stats_seconds[STATS_N_SECONDS];
extern const double stats_rows[STATS_N_ROWS];

struct stats {
    atomic_ullong n_ok, n_bad, n_refused, n_late, n_failed; /* 2xx, 4xx, 503, 504, other 5xx */
    atomic_ullong seconds[STATS_N_SECONDS + 1], total_ns;   /* of those that were answered well */
    atomic_ullong rows[STATS_N_ROWS + 1], total_rows;       /* of the runs that they were part of */
};

/* status: of HTTP; n_rows 0: not known. Thread-safe. */
void stats_add(struct stats *stats, unsigned status, uint64_t ns, uint64_t n_rows);

#endif
