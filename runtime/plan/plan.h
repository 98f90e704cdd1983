/*
 * A plan: everything about a run that the input shapes decide. Shapes of all values, the steps that
 * are left once shape arithmetic is done, where each value lies in the arena. Constant once made;
 * kept per shape signature and shared by all contexts.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "session.h"

enum plan_place {
    PLAN_UNUSED,   /* nobody wants it */
    PLAN_CONSTANT, /* known now: tensor.data */
    PLAN_INPUT,    /* the caller's memory of model input `where` */
    PLAN_BLOCK,    /* block `where` */
    PLAN_DYNAMIC   /* its shape depends on data: memory of its own in the context */
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
    uint32_t node;
    bool dynamic; /* infer again when the inputs are there */
    bool skip;    /* a view and nothing else: nothing to do */
};

struct plan_block {
    size_t size, offset;
    uint32_t first, last; /* steps between which it is in use */
    uint32_t output;      /* model output that may be written straight to the caller's memory */
};

struct plan {
    struct plan *next;
    size_t n_users; /* contexts, guarded by the session's lock */
    struct arena arena;
    hinge_tensor *inputs; /* the signature: type and dims of each model input */
    struct plan_value *values;
    struct plan_step *steps;
    struct plan_block *blocks;
    size_t n_values, n_steps, n_blocks, n_dynamic;
    size_t arena_size, scratch_size;
};

/* The plan for these inputs (type, rank, dims), from the session's or made anew; released with
 * plan_release. Takes the session's lock. */
hinge_status plan_get(hinge_session *session, const hinge_tensor *inputs, struct plan **plan,
                      hinge_error *error);
void plan_release(hinge_session *session, struct plan *plan);
bool plan_fits(const hinge_session *session, const struct plan *plan, const hinge_tensor *inputs);
void plan_destroy(struct plan *plan);

/* Whether somebody wants the node's output: the first ones that the operator always has, and those
 * that are read. */
bool plan_is_wanted(const struct graph *graph, const struct graph_node *node, uint32_t output);

/* layout.c: which values share memory, and the blocks' offsets. */
hinge_status layout_plan(const hinge_session *session, struct plan *plan);

#endif
