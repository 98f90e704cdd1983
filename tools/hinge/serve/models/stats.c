#include "serve/models/stats.h"

const double stats_seconds[STATS_N_SECONDS] = {0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005,
                                               0.01,    0.02,   0.05,   0.1,    0.5,   2};
const double stats_rows[STATS_N_ROWS] = {1, 2, 4, 8, 16, 32, 64, 128};

static void add(atomic_ullong *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static atomic_ullong *counter_of(struct stats *stats, unsigned status)
{
    if (status < 400)
        return &stats->n_ok;
    if (status < 500)
        return &stats->n_bad;
    return status == 503 ? &stats->n_refused : status == 504 ? &stats->n_late : &stats->n_failed;
}

void stats_add(struct stats *stats, unsigned status, uint64_t ns, uint64_t n_rows)
{
    unsigned bucket = 0;
    add(counter_of(stats, status), 1);
    if (status >= 400)
        return;
    while (bucket < STATS_N_SECONDS && (double)ns > stats_seconds[bucket] * 1e9)
        bucket++;
    add(&stats->seconds[bucket], 1);
    add(&stats->total_ns, ns);
    if (n_rows == 0)
        return;
    for (bucket = 0; bucket < STATS_N_ROWS && (double)n_rows > stats_rows[bucket];)
        bucket++;
    add(&stats->rows[bucket], 1);
    add(&stats->total_rows, n_rows);
}
