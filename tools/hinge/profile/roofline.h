/* How close nodes come to the machine's limits, as in Williams, Waterman and Patterson, "Roofline:
 * an insightful visual performance model for multicore architectures", 2009. */
#ifndef TOOL_ROOFLINE_H
#define TOOL_ROOFLINE_H

#include "inspect/inspect_report.h"
#include "profile/peak.h"

#include <stdint.h>

struct roofline {
    struct peak peak;
    const char *isa;
    unsigned n_threads;
};

/* What a node does, in one call or in sum; -1 where it is not known. */
struct roofline_work {
    int64_t multiply_adds;
    int64_t bytes;
};
#define ROOFLINE_NOT_KNOWN ((struct roofline_work){-1, -1})

/* Of a node, as planned. bytes are those of its inputs and outputs, each once; none of what is only
 * seen under another shape. Within bodies nothing is known. */
struct roofline_work roofline_count(const struct inspect *inspect, size_t node);

/* The work of n calls beside that of others. */
struct roofline_work roofline_add(struct roofline_work sum, struct roofline_work work, uint64_t n);

/* In a given time: rates a second, and what part of the peaks they are; negative where not known.
 */
struct roofline_rates {
    double flops, flops_share, bytes, bytes_share;
};
struct roofline_rates roofline_rates(const struct roofline *roofline, struct roofline_work work,
                                     double seconds);

/* The time that the work takes at least, by the one peak or the other; negative where nothing is
 * known. */
double roofline_seconds(const struct roofline *roofline, struct roofline_work work);

#endif
