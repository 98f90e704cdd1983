/*
 * A plan: everything about a run that the input shapes decide. Shapes of all values, the steps that
 * are left once shape arithmetic is done, what operators prepared for them, where each value lies
 * in the arena. Constant once made; kept per shape signature and shared by all contexts.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "plan/program.h"

/* Shape signatures that a program keeps plans for; the least recently used goes first. */
#define PLAN_MOST 32

enum plan_place {
    PLAN_UNUSED,   /* nobody wants it */
    PLAN_CONSTANT, /* known now: tensor.data */
    PLAN_INPUT,    /* the caller's memory of input `where` */
    PLAN_BLOCK,    /* block `where` */
    PLAN_DYNAMIC   /* its shape depends on data: memory of its own as it appears */
};

struct plan_value {
    hinge_tensor tensor; /* type, rank and dims unless dynamic; data where known */
    enum plan_place place;
    uint32_t where;
    uint32_t
        over; /* value whose memory it shares: GRAPH_NONE, or the source of a view or in-place */
    bool is_view;
};

struct plan_step {
    const struct graph_node *node; /* of the graph's nodes or spare ones */
    const struct node_state *state;
    void *prepared;
    uint32_t index;    /* of the node, or of the one whose way back it belongs to */
    uint32_t n_spares; /* steps that follow, to be taken instead where this one's infer fails */
    uint32_t release, n_releases; /* values that nobody needs after it: in plan.releases */
    bool dynamic;                 /* infer again when the inputs are there */
    bool skip;                    /* a view and nothing else: nothing to do */
};

struct plan_block {
    size_t size, offset;
    uint32_t first, last; /* steps between which it is in use */
    uint32_t output;      /* output that may be written straight to the caller's memory */
};

struct plan {
    struct plan *next;
    size_t n_users; /* contexts, guarded by the program's lock */
    struct arena arena;
    struct host_memory *memory; /* what prepare allocated */
    hinge_tensor *inputs;       /* the signature: type and dims of each input and capture */
    struct plan_value *values;
    struct plan_step *steps;
    struct plan_block *blocks;
    uint32_t
        *releases; /* values that may hold a buffer: dynamic ones, and containers among inputs */
    size_t n_values, n_steps, n_blocks, n_dynamic, n_releases;
    size_t arena_size, scratch_size;
};

/* The plan for these inputs (program_n_inputs: type, rank, dims), from the program's or made anew;
 * released with plan_release. The program must be ready. */
hinge_status plan_get(struct program *program, const hinge_tensor *inputs, struct plan **plan,
                      hinge_error *error);
void plan_release(struct program *program, struct plan *plan);
bool plan_fits(const struct program *program, const struct plan *plan, const hinge_tensor *inputs);
void plan_destroy(struct plan *plan);

/* Whether somebody wants the node's output: the first ones that the operator always has, and those
 * that are read. */
bool plan_is_wanted(const struct graph *graph, const struct graph_node *node, uint32_t output);

/* layout.c: which values share memory, the blocks' offsets, when dynamic values go. */
hinge_status layout_plan(const struct program *program, struct plan *plan);

#endif
