/* A context: all that one thread needs in order to run a session's model. */
#ifndef RUN_CONTEXT_H
#define RUN_CONTEXT_H

#include "plan/session.h"
#include "run/frame.h"

#include <hinge/inspect.h>

/* Inputs of the model of at most so many bytes are copied: see context_keep_inputs. */
#define CONTEXT_SMALL_SIZE 256

struct hinge_context {
    hinge_session *session;
    struct host_caller caller;
    struct pool pool;
    pthread_mutex_t strings_lock;
    struct frame *frames; /* for each graph; those of bodies are made when they are first called */
    hinge_tensor *inputs; /* for each input of the model: what the run at hand is given */
    unsigned char (*small)[CONTEXT_SMALL_SIZE]; /* for each: its copy, where it is small */
    hinge_tensor *bound;    /* for each output of the model: the caller's memory; data NULL: none */
    struct buffer **copies; /* for each output: the copy of what cannot be handed out as it is */
    struct threads_stop stop;
    atomic_bool is_cancelled;
    atomic_bool is_running;
    hinge_run_options options; /* of the run at hand */
};

/* Gives up what the last run handed out. */
void context_drop_results(hinge_context *context);
/* steps.c: walks the steps of an instance, which is bound. */
hinge_status context_run_steps(hinge_context *context, struct frame *frame,
                               struct instance *instance);
/* HINGE_CANCELLED or HINGE_DEADLINE where the run is to end. */
hinge_status context_check_stop(hinge_context *context);
/* call.c: hinge_host.call_with. */
hinge_status context_call(struct host_node *node, struct graph *body, uint32_t flags,
                          const hinge_tensor *const *inputs, uint32_t n_inputs,
                          hinge_tensor *outputs, uint32_t n_outputs);

static inline hinge_context *context_of(struct host_caller *caller)
{
    return (hinge_context *)(void *)((char *)caller - offsetof(hinge_context, caller));
}

/* inputs.c: that there are as many inputs as the model has, of the types and shapes it declares,
 * into context->inputs; those that have a default and are left out get it. With data, that it is
 * there. */
hinge_status context_take_inputs(hinge_context *context, const hinge_tensor *inputs,
                                 size_t n_inputs, bool with_data, hinge_error *error);
/* Copies the small ones, of which shapes are made: an operator reads those of infer again in run,
 * and must find the same there even if the caller writes to them during the run. */
void context_keep_inputs(hinge_context *context);

#endif
