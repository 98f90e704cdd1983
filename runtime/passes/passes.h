/*
 * The passes: rewrites of the graph between loading and planning, in the order of the list in
 * passes.c. Binding the nodes to their operators happens between the first, which inlines
 * functions, and the others. Bodies of nodes are rewritten like the graph that they are in.
 */
#ifndef PASSES_PASSES_H
#define PASSES_PASSES_H

#include "base/budget.h"
#include "host/host.h"
#include "plugins/registry.h"

struct pass_log;

/* What passes work with. */
struct passes {
    const struct registry *registry;
    const struct host_session *session;
    const char *const *disabled; /* names */
    size_t n_disabled;
    struct budget *budget; /* of constants computed now */
    struct pass_log *log;
};

/* Begins: a disabled name that is no pass is HINGE_BAD_ARGUMENT. End with passes_log_destroy. */
hinge_status passes_begin(struct passes *passes, hinge_error *error);
/* Runs the passes before, or after, binding over graph, and over its bodies; leaves sorted graphs
 * without removed nodes. */
hinge_status passes_run(struct passes *passes, struct graph *graph, bool bound, hinge_error *error);

/* What one pass did, for hinge inspect. */
struct pass_record {
    const char *name;
    bool disabled;
    size_t nodes_before, nodes_after; /* of the main graph */
    const char **changes;             /* sentences, in the log's arena */
    size_t n_changes, capacity;
};

struct pass_log {
    const hinge_allocator *allocator;
    struct arena arena;
    struct pass_record *records;
    size_t n_records;
};

/* NULL is allowed. */
void passes_log_destroy(struct pass_log *log);

#endif
