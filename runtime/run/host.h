/*
 * The host's side of the operator ABI: nodes as hooks see them, and the services they call.
 */
#ifndef RUN_HOST_H
#define RUN_HOST_H

#include "graph/graph.h"
#include "run/threads.h"

#include <stdatomic.h>

struct loaded_model;
struct registry;

/* What a node needs in order to run, made once: operator entry, kernel, attributes, prepared state.
 */
struct node_state {
    atomic_bool ready;
    const struct hinge_op *op;
    const struct plugin *plugin;
    const struct hinge_attribute *attributes;
    hinge_status (*run)(const struct hinge_node *node);
    hinge_type key_type;
    void *state;
    struct host_memory *memory; /* what init allocated */
    size_t memory_size;
};

/* On whose behalf hooks are called; serves one thread at a time. */
struct host_caller {
    const hinge_allocator *allocator;
    struct threads *threads; /* NULL: everything runs inline */
    struct graph *graph;
    const struct loaded_model *model; /* with the maps under constants; NULL: none */
    hinge_error *error;               /* where fail writes; may be NULL */
    bool failed;                      /* fail was called since the last host_begin */
    struct arena strings;
    /* Gives a dynamic output its memory; NULL where outputs all have theirs before run. */
    hinge_status (*resize)(struct host_caller *caller, hinge_tensor *tensor, int32_t rank,
                           const int64_t *dims);
};

struct host_node {
    struct hinge_node node; /* first: hooks get a pointer to it */
    struct host_caller *caller;
    struct node_state *state;
    uint32_t index;   /* of the graph node */
    size_t *released; /* during init: bytes of each input given up */
};

/* Fills the parts of node that do not change: everything but tensors, state and scratch. The arrays
 * of tensors are the caller's. */
void host_node_set(struct host_node *node, struct host_caller *caller, uint32_t index,
                   const hinge_tensor **inputs, hinge_tensor **outputs);

/* The node as the graph alone tells of it: inputs with declared types and dims, data of constants.
 * For the hooks that passes ask (is_identity, activation, affine). Memory from arena. */
hinge_status host_node_describe(struct host_node *node, struct host_caller *caller, uint32_t index,
                                struct arena *arena);

/* The activation that the operator says the node is, with its rows; kind HINGE_ACT_NONE where it is
 * none. */
hinge_status host_activation(struct graph *graph, uint32_t index,
                             struct hinge_activation *activation);

/* Infers the outputs' types and shapes by op's hook and checks what it says. HINGE_NEEDS_DATA
 * passes through without a message. Outputs may keep dimensions of -1. */
hinge_status host_infer(struct host_node *node, const struct hinge_op *op,
                        const struct hinge_attribute *attributes);

/* Makes the node's state ready: chooses the entry with a kernel for the input types, binds
 * attributes, calls init with the data of graph constants only. Outputs must be inferred where the
 * type of output 0 chooses the kernel. Not thread-safe: the caller holds the session's lock. */
hinge_status host_prepare(struct host_node *node, const struct registry *registry);
/* fini, and all memory of the state. */
void host_state_clear(const hinge_allocator *allocator, struct node_state *state);

/* Runs the node's kernel; tensors, state and scratch must be there. */
hinge_status host_run(struct host_node *node);

/* Scratch that a run needs. */
hinge_status host_scratch(struct host_node *node, size_t *size);

/* Puts node and operator in front of the message of a failed call. */
hinge_status host_blame(struct host_caller *caller, const struct graph_node *node,
                        hinge_status status);

/* The size of a tensor in bytes; false where a dimension is unknown, negative, or it does not fit.
 */
bool host_tensor_size(const hinge_tensor *tensor, size_t *size);

#endif
