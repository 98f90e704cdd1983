/* What a pass is given, and how it reports. A pass rewrites the main graph; it leaves removed nodes
 * marked, the driver sorts and drops them. */
#ifndef PASSES_PASS_H
#define PASSES_PASS_H

#include "passes/passes.h"

struct pass_run {
    hinge_session *session;
    struct graph *graph;
    hinge_error *error;
    struct pass_record *record;
};

/* What one pass did, for hinge inspect. */
struct pass_record {
    const char *name;
    bool disabled;
    size_t nodes_before, nodes_after;
    const char **changes; /* sentences, in the log's arena */
    size_t n_changes, capacity;
};

struct pass_log {
    const hinge_allocator *allocator;
    struct arena arena;
    struct pass_record *records;
    size_t n_records;
};

/* Adds a sentence to the record. A sentence that finds no memory is left out: a log never stops a
 * session. */
void pass_note(struct pass_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Binds the nodes that the pass has added, from the first-th on. */
hinge_status pass_bind(struct pass_run *run, size_t first);

/* shapes.c: infers the node's outputs from what is known of its inputs without a run, and keeps it
 * in the graph's values. Sets *known where all outputs have a type and all their dims. */
hinge_status pass_infer_node(struct pass_run *run, uint32_t node, bool *known);

/* What is known of the values' shapes for every choice of the dims that the model leaves open: with
 * the same ones under two different choices. A fusion that this misleads is found by the planner
 * (see addend_fits), and the run ends with an error. Ends with arena_free(&shapes.arena), which a
 * failure leaves to the caller as well. Values added later are unknown. */
struct pass_shapes {
    struct arena arena;
    hinge_tensor *probes[2]; /* for each value */
    size_t n_values;
};
hinge_status pass_find_shapes(struct pass_run *run, struct pass_shapes *shapes);
/* Whether type and shape of both are known to be always the same. */
bool pass_same_shape(const struct pass_shapes *shapes, uint32_t a, uint32_t b);
/* Type and rank, where they are known, and the dims that are always the same, -1 for others. */
hinge_tensor pass_shape(const struct pass_shapes *shapes, uint32_t value);

/* Whether nobody wants any output of node but the first. */
bool pass_has_one_output(const struct graph *graph, const struct graph_node *node);
/* Makes node compute what its only reader does too: the reader's output becomes the node's, the
 * reader goes. */
void pass_absorb(struct pass_run *run, uint32_t node, uint32_t reader);
/* The node that produces value, when nobody but the one that asks reads it and it is bound, else
 * GRAPH_NONE. */
uint32_t pass_sole_producer(const struct graph *graph, uint32_t value);

hinge_status pass_inline_functions(struct pass_run *run);
hinge_status pass_fold_constants(struct pass_run *run);
hinge_status pass_remove_no_ops(struct pass_run *run);
hinge_status pass_remove_dead(struct pass_run *run);
hinge_status pass_fold_affine(struct pass_run *run);
hinge_status pass_fuse_addend(struct pass_run *run);
hinge_status pass_fuse_activation(struct pass_run *run);

#endif
