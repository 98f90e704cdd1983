/* What a pass is given, and how it reports. A pass rewrites one graph; it leaves removed nodes
 * marked, the driver sorts and drops them. */
#ifndef PASSES_PASS_H
#define PASSES_PASS_H

#include "passes/passes.h"

struct pass_run {
    struct passes *passes;
    struct graph *graph;
    hinge_error *error;
    struct pass_record *record;
};

/* Adds a sentence to the record. A sentence that finds no memory is left out: a log never stops a
 * session. */
void pass_note(struct pass_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Binds a node that the pass has added. */
hinge_status pass_bind(struct pass_run *run, uint32_t node);
/* Whether some plugin has the operator at that opset. */
bool pass_has_operator(const struct pass_run *run, const char *op, const char *domain,
                       uint32_t opset);
/* The operator at that opset that has a kernel for inputs of these types (0: left out), as the
 * binding of a node will choose it; NULL where there is none. */
const struct hinge_op *pass_find_operator(const struct pass_run *run, const char *op,
                                          const char *domain, uint32_t opset,
                                          const hinge_type_code *types, uint32_t n);
/* What the operator of a bound node says of its derivatives, its own plugin or the first other that
 * has the operator and says something; NULL where none does. */
const char *pass_gradient(const struct pass_run *run, const struct graph_node *node);
/* A bound node's attribute of that name and type, whether the model gives it or not; NULL where its
 * operator declares none. */
const struct hinge_attribute *pass_attribute(const struct graph_node *node, const char *name,
                                             enum hinge_attribute_type type);
/* Gives node an attribute, in the place of one of that name. It has to be bound again. */
hinge_status pass_set_attribute(struct graph *graph, uint32_t node,
                                const struct graph_attribute *attribute);
/* A caller for hooks that need no services but fail. */
struct host_caller pass_caller(const struct pass_run *run, hinge_error *error);

/* shapes.c: infers the node's outputs from what is known of its inputs without a run, and keeps it
 * in the graph's values. Sets *known where all dims of all outputs are known. */
hinge_status pass_infer_node(struct pass_run *run, uint32_t node, bool *known);

/* Shapes as they are with the dims that the model leaves open chosen twice: what is the same both
 * times is expected, not proven, and whoever builds on it keeps a way back (pass_keep). Ends with
 * arena_free(&shapes.arena), which a failure leaves to the caller as well. Values added later are
 * unknown. */
struct pass_shapes {
    struct arena arena;
    hinge_tensor *probes[2]; /* for each value */
    int32_t *ranks;          /* for each value: its rank in every run, proven; -1 where not known */
    size_t n_values;
};
hinge_status pass_find_shapes(struct pass_run *run, struct pass_shapes *shapes);
/* Whether both have the same type and shape under both choices. */
bool pass_same_shape(const struct pass_shapes *shapes, uint32_t a, uint32_t b);
/* Type and rank, where they are the same, and the dims that are, -1 for others. */
hinge_tensor pass_shape(const struct pass_shapes *shapes, uint32_t value);
/* Whether all dims of value are known for every run. */
bool pass_is_static(const struct graph *graph, uint32_t value);
/* The rank that value has in every run; -1 where that is not known. */
int32_t pass_rank(const struct pass_shapes *shapes, uint32_t value);

/* Whether one may stand for the other as far as is known: they are of one type, and not of shapes
 * that differ. */
bool pass_is_alike(const struct graph *graph, uint32_t input, uint32_t output);
/* Whether nobody wants any output of node but the first. */
bool pass_has_one_output(const struct graph *graph, const struct graph_node *node);
/* Whether the node is a Transpose of the standard without a way back. */
bool pass_is_transpose(const struct graph_node *node);
/* Makes node compute what its only reader does too: the reader's output becomes the node's, the
 * reader goes. Where node has a way back, the reader is its last step. */
hinge_status pass_absorb(struct pass_run *run, uint32_t node, uint32_t reader);
/* Makes what `from` is now (its own way back, or itself) the next steps of node's way back, to be
 * taken where node does not fit the shapes of a run. from may be node. */
hinge_status pass_keep(struct pass_run *run, uint32_t node, uint32_t from);
/* Removes node, and the constants that nobody reads any more: shapes, axes. */
void pass_remove_node(struct graph *graph, uint32_t node);
/* The node that produces value, when nobody but the one that asks reads it and it is bound, else
 * GRAPH_NONE. */
uint32_t pass_sole_producer(const struct graph *graph, uint32_t value);

hinge_status pass_inline_functions(struct pass_run *run);
hinge_status pass_expand_gradients(struct pass_run *run);
hinge_status pass_fold_constants(struct pass_run *run);
hinge_status pass_fold_weights(struct pass_run *run);
hinge_status pass_move_dequantize(struct pass_run *run);
hinge_status pass_use_integers(struct pass_run *run);
hinge_status pass_remove_no_ops(struct pass_run *run);
hinge_status pass_remove_dead(struct pass_run *run);
hinge_status pass_fuse_patterns(struct pass_run *run);
hinge_status pass_fold_affine(struct pass_run *run);
hinge_status pass_fuse_swish(struct pass_run *run);
hinge_status pass_fuse_shuffle(struct pass_run *run);
hinge_status pass_channels_last(struct pass_run *run);
hinge_status pass_merge_transposes(struct pass_run *run);
hinge_status pass_fuse_addend(struct pass_run *run);
hinge_status pass_fuse_activation(struct pass_run *run);
hinge_status pass_concat_in_place(struct pass_run *run);

#endif
