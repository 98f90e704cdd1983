/*
 * A context: the memory of a run. For each plan that it has run it keeps an instance, the tensors
 * and nodes with all pointers in place, so that a run with known shapes only walks the steps.
 */
#ifndef RUN_CONTEXT_H
#define RUN_CONTEXT_H

#include "plan/plan.h"

struct instance {
    struct instance *next;
    struct plan *plan;
    struct arena arena;
    hinge_tensor *tensors;   /* for each value */
    struct host_node *nodes; /* for each step */
    /* Where the pointers of tensors lead now; when one moves they are set anew. */
    const unsigned char *arena_base;
    void **external; /* for each model output: the caller's memory that its block takes place in */
};

/* Memory of one dynamic value, kept from run to run. */
struct dynamic_memory {
    void *memory;
    size_t size;
};

struct hinge_context {
    hinge_session *session;
    struct instance *instances; /* most recently used first */
    struct host_caller caller;
    unsigned char *memory; /* the arena, as large as the largest plan's */
    size_t memory_size;
    void *scratch;
    size_t scratch_size;
    struct dynamic_memory *dynamic; /* for each value */
    struct dynamic_memory *copies;  /* for each model output that cannot be handed out as it is */
    void **external;                /* for each model output: the caller's memory, in this run */
    atomic_bool cancelled;
};

/* That there are as many inputs as the model has, of the types and shapes it declares. The data are
 * not looked at. */
hinge_status context_check_inputs(const struct graph *graph, const hinge_tensor *inputs,
                                  size_t n_inputs, hinge_error *error);
/* The instance for these inputs, with memory for it. */
hinge_status context_instance(hinge_context *context, const hinge_tensor *inputs,
                              struct instance **instance, hinge_error *error);
/* Points the tensors at the inputs' data and at external (for each model output, NULL: the arena).
 */
void context_bind(hinge_context *context, struct instance *instance, const hinge_tensor *inputs,
                  void *const *external);
/* Makes *memory at least size bytes large, losing what is in it. */
hinge_status context_reserve(hinge_context *context, struct dynamic_memory *memory, size_t size);
hinge_status context_reserve_scratch(hinge_context *context, size_t size);

#endif
