/*
 * The host's side of the operator ABI: nodes as hooks see them, and the services they call. What a
 * hook says is checked here, once, for all that follows.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "base/threads.h"
#include "graph/graph.h"
#include "host/cache.h"
#include "host/pool.h"

#include <pthread.h>

struct host_node;

/* What init made of a node. Constant once made. */
struct node_state {
    void *state;
    struct host_memory *memory;      /* what init allocated */
    size_t memory_size, cached_size; /* in all, and of it in files of the cache */
    bool is_made;
};

/* A value of a run. Hooks see the tensor. */
struct host_value {
    hinge_tensor tensor;   /* first */
    struct buffer *holder; /* what it holds of the pool, or NULL */
};

/* What is the same for all calls of hooks on a session's behalf. */
struct host_session {
    const hinge_allocator *allocator;
    hinge_threads *threads; /* NULL: everything runs inline */
    /* Says that nobody will soon read these bytes of a mapped constant. */
    void (*release)(const void *model, const void *bytes, size_t size);
    const void *model;
    void (*log)(void *user, hinge_log_level level, const char *message);
    void *log_user;
    uint32_t options;      /* enum hinge_node_options */
    uint64_t cpu_features; /* as in hinge_node */
    struct cache *cache;   /* of packed copies; NULL: none */
};

/* On whose behalf hooks are called; serves one thread at a time. */
struct host_caller {
    const struct host_session *session;
    hinge_error *error;   /* where fail writes; may be NULL */
    bool failed;          /* fail was called by the hook at hand */
    hinge_status failure; /* with which status */
    bool is_inline;       /* this process has no threads of the session's (it was forked) */
    struct arena strings;
    pthread_mutex_t *strings_lock; /* NULL: hooks are not given parallel strings */
    struct pool *pool;             /* NULL: no values of unknown size */
    struct threads_stop *stop;     /* NULL: nothing ends the call before its end */
    /* hinge_host.graph_types and call; NULL where bodies cannot be typed or run now. */
    hinge_status (*graph_types)(struct host_node *node, struct graph *body,
                                const hinge_type_code *inputs, uint32_t n_inputs,
                                hinge_type_code *outputs, uint32_t n_outputs);
    hinge_status (*call)(struct host_node *node, struct graph *body, uint32_t flags,
                         const hinge_tensor *const *inputs, uint32_t n_inputs,
                         hinge_tensor *outputs, uint32_t n_outputs);
};

struct host_node {
    struct hinge_node node; /* first: hooks get a pointer to it */
    struct host_caller *caller;
    struct graph *graph;
    const struct graph_node *graph_node;
    struct host_memory **memory; /* where alloc puts it: of init, of prepare; NULL: not now */
    size_t *memory_size;
    size_t *cached_size; /* during init: see node_state */
    size_t *released;    /* during init: bytes of each input given up, from its beginning on */
    uint32_t n_packed;   /* calls of pack so far */
    bool is_hashed;      /* node_hash is there */
    struct hash node_hash;
    /* In a run: values whose buffers nobody needs after this node. */
    const uint32_t *last_reads;
    uint32_t n_last_reads;
    /* For host_run: room for what each output is to be, and then that. */
    hinge_tensor *promised;
    bool is_running; /* run is being called */
    bool is_dynamic; /* the outputs are struct host_value, their data in buffers of the pool */
};

/* Whether the node carries graphs. */
bool host_has_bodies(const struct graph_node *node);

/* Fills the parts of node that do not change: everything but tensors, state and scratch. The arrays
 * of tensors are the caller's; graph_node is a node or spare node of graph. */
void host_node_set(struct host_node *node, struct host_caller *caller, struct graph *graph,
                   const struct graph_node *graph_node, const hinge_tensor **inputs,
                   hinge_tensor **outputs);

/* The node as the graph alone tells of it: inputs with declared types and dims, data of constants.
 * For the hooks that passes ask (is_identity, activation, affine) and init. Memory from arena. */
hinge_status host_node_describe(struct host_node *node, struct host_caller *caller,
                                struct graph *graph, const struct graph_node *graph_node,
                                struct arena *arena);

/* The activation that the operator says the node is, with its rows; kind HINGE_ACT_NONE where it is
 * none. */
hinge_status host_activation(struct graph *graph, const struct graph_node *node,
                             struct hinge_activation *activation);

/* Asks the operator for the types of its outputs. */
hinge_status host_types(struct host_node *node, const hinge_type_code *inputs,
                        hinge_type_code *outputs);

/* Infers the outputs' shapes and checks what the hook says; their types are set from the graph's.
 * HINGE_NEEDS_DATA passes through without a message. Outputs may keep ranks and dims of -1; those
 * that are containers do. */
hinge_status host_infer(struct host_node *node);

/* Makes the node's state: calls init with what is known at all times. */
hinge_status host_init(struct host_caller *caller, struct graph *graph,
                       const struct graph_node *graph_node, struct node_state *state);
/* fini, and all memory of the state. */
void host_state_clear(const hinge_allocator *allocator, const struct graph_node *graph_node,
                      struct node_state *state);

/* Calls prepare for the node's shapes; what it allocates is appended to *memory, to be freed with
 * host_memory_free. *scratch is what a run needs. */
hinge_status host_prepare(struct host_node *node, struct host_memory **memory, size_t *scratch);

/* node_memory.c: the services that give hooks memory to keep. */
void *node_alloc(const struct hinge_node *node, size_t size);
const void *node_pack(const struct hinge_node *node, size_t size, hinge_fill *fill, void *argument);
void host_memory_free(const hinge_allocator *allocator, struct host_memory **memory);

/* node_key.c: the hash of all that a packed copy of that size may be made of: plugin, operator,
 * attributes, epilogue, the types and dims of inputs and outputs, what is known of the inputs'
 * bytes. False where the node has what is not hashed: constant strings, attributes that are
 * tensors, graphs or types. */
bool node_key(struct host_node *node, size_t size, struct hash *key);

/* Runs the node's kernel, and checks that its outputs are there and as they were to be. Tensors,
 * state, scratch, and room for promised must be. */
hinge_status host_run(struct host_node *node);

/* Puts node and operator in front of the message of a failed call. */
hinge_status host_blame(struct host_caller *caller, const struct graph *graph,
                        const struct graph_node *node, hinge_status status);

/* results.c: what the outputs are before a run; whether they are so after it, whose status it
 * returns where that is a failure. Planned outputs are as they were in any case. */
void results_promise(struct host_node *node);
hinge_status results_check(struct host_node *node, hinge_status status);

/* Whether the node is the last that needs a value of its graph in this run. */
bool host_is_last_reader(const struct host_node *node, uint32_t value);

/* values.c: whether a value that a plugin hands over is one, with all that it holds. */
bool values_are_there(const struct hinge_node *node, const hinge_tensor *value);
/* The services that make values of unknown size. */
hinge_status values_resize(const struct hinge_node *node, unsigned output, int32_t rank,
                           const int64_t *dims);
hinge_tensor *values_elements(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                              int64_t n);
hinge_status values_tensor(const struct hinge_node *node, hinge_tensor *value, hinge_type type,
                           int32_t rank, const int64_t *dims);
hinge_status values_share(const struct hinge_node *node, hinge_tensor *value,
                          const hinge_tensor *from);
hinge_tensor *values_extend(const struct hinge_node *node, unsigned output, unsigned input,
                            int64_t n);

/* Of a tensor that is a value of a run: what it holds. */
static inline struct buffer **host_holder(const hinge_tensor *tensor)
{
    return &((struct host_value *)(uintptr_t)tensor)->holder;
}

/* The host's node around one that a hook was called with. */
static inline struct host_node *host_node_of(const struct hinge_node *node)
{
    return (struct host_node *)(uintptr_t)node;
}

#endif
