/* How much a node takes: multiply-adds and parameters. */
#ifndef TOOL_INSPECT_COUNT_H
#define TOOL_INSPECT_COUNT_H

#include "inspect/inspect_report.h"

#define INSPECT_NOT_KNOWN (-1)

/* parameters are the elements of the constants that the node reads. multiply_adds are those of the
 * operators that are sums of products: convolutions, products of matrices, recurrent ones and
 * attention; 0 for all others, and INSPECT_NOT_KNOWN where a shape is not known, where the number
 * depends on an attribute or on data, and within bodies, which may run any number of times. */
struct inspect_count {
    int64_t parameters, multiply_adds;
};

struct inspect_count inspect_count_node(const struct inspect *inspect, size_t node);

/* Over all nodes; each constant once. n_not_known nodes are left out of multiply_adds. */
struct inspect_total {
    int64_t parameters, multiply_adds;
    size_t n_not_known;
};
struct inspect_total inspect_count_all(const struct inspect *inspect);

/* A table of the nodes that have any. */
void inspect_print_counts(const struct inspect *inspect);

#endif
