/*
 * A frame: the memory in which a context runs one program. For each plan that it has run it keeps
 * an instance, the values and nodes with all pointers in place, so that a run with known shapes
 * only walks the steps. A body has its frame as the main graph does, and is never in it twice.
 */
#ifndef RUN_FRAME_H
#define RUN_FRAME_H

#include "plan/plan.h"

/* Instances kept in a frame; the least recently used goes first. */
#define FRAME_MOST_INSTANCES 8

/* A value that lies in memory that is not the frame's. */
struct bound_value {
    uint32_t value, where; /* where: the input, or the output whose block it lies in */
};

struct instance {
    struct instance *next;
    struct plan *plan;
    struct arena arena;
    struct host_value *values;     /* for each value */
    struct host_node *nodes;       /* for each step */
    struct host_memory **prepared; /* for each step: what a dynamic one prepared last */
    struct memo **memos;           /* for each step: of a dynamic one, dynamic.c */
    struct bound_value *inputs, *outputs;
    size_t n_inputs, n_outputs;
    const unsigned char *arena_base; /* where the values of the arena point to now */
    bool holds;                      /* some value may hold a buffer */
};

struct frame {
    struct program *program;
    struct host_caller *caller;
    struct instance *instances; /* most recently used first */
    unsigned char *memory;      /* the arena, as large as the largest plan's */
    size_t memory_size;
    void *scratch;
    size_t scratch_size;
    hinge_tensor *inputs; /* for each input and capture: room for a call's */
    void **external;      /* for each output: memory to write it to, NULL: the arena */
    /* Of a body: what its last two calls returned, for each output; the older is at turn. */
    struct buffer **returned[2];
    unsigned turn;
};

hinge_status frame_create(struct frame *frame, struct program *program, struct host_caller *caller);
void frame_destroy(struct frame *frame); /* one that is zero, too */

/* The instance for these inputs and captures, with memory for it, first of the list. The program
 * must be ready. */
hinge_status frame_instance(struct frame *frame, const hinge_tensor *inputs,
                            struct instance **instance, hinge_error *error);
/* Points the instance's values at the inputs' data, the frame's arena, and external. */
void frame_bind(struct frame *frame, struct instance *instance, const hinge_tensor *inputs);
hinge_status frame_reserve_scratch(struct frame *frame, size_t size);
/* Gives up all that values of an instance, or of all the frame's instances, hold. */
void frame_drop_values_of(struct frame *frame, struct instance *instance);
void frame_drop_values(struct frame *frame);
/* Gives up what calls returned. */
void frame_drop_returned(struct frame *frame);

#endif
