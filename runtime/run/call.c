/*
 * Bodies: a node calls one as the caller of hinge_run runs the model, and what the body captures of
 * the graph around it comes along. What a call returns is written to buffers that the next call may
 * read as its inputs while it writes to others: the states of a loop move from one to the other and
 * are not copied. Containers of which the caller says that they are needed no more are held by the
 * body alone, so that it may change them in their place; tensors stay, as views of an input may
 * outlive it.
 */
#include "base/tensor.h"
#include "run/context.h"

static hinge_status make_frame(hinge_context *context, const struct graph *body,
                               struct frame **result)
{
    struct frame *frame = &context->frames[body->index];
    *result = frame;
    if (frame->program)
        return HINGE_OK;
    return frame_create(frame, &context->session->programs[body->index], &context->caller);
}

/* The call's inputs, then the captures as the enclosing graph's run has them now. */
static hinge_status take_inputs(hinge_context *context, struct host_node *node, struct frame *frame,
                                const hinge_tensor *const *inputs)
{
    const struct graph *body = frame->program->graph;
    const struct host_value *outer = context->frames[node->graph->index].instances->values;
    for (uint32_t i = 0; i < body->n_inputs; i++) {
        const struct graph_value *value = &body->values[body->inputs[i]];
        const hinge_tensor *input = inputs[i];
        if (!values_are_there(&node->node, input) ||
            input->type != (hinge_type)(value->type_code & 0xff))
            return node->node.host->fail(&node->node, HINGE_BAD_PLUGIN,
                                         "calls its body without a value for input %u (\"%.60s\")",
                                         (unsigned)i, value->name);
        frame->inputs[i] = *input;
    }
    for (uint32_t i = 0; i < body->n_captures; i++)
        frame->inputs[body->n_inputs + i] = outer[body->values[body->captures[i]].outer].tensor;
    return HINGE_OK;
}

/* Gives outputs that are written as they are a buffer each. */
static hinge_status take_outputs(struct frame *frame, const struct instance *instance)
{
    const struct plan *plan = instance->plan;
    const struct graph *body = frame->program->graph;
    struct buffer **returned = frame->returned[frame->turn];
    for (uint32_t i = 0; i < body->n_outputs; i++) {
        const struct plan_value *value = &plan->values[body->outputs[i]];
        pool_drop(frame->caller->pool, returned[i]);
        returned[i] = NULL;
        frame->external[i] = NULL;
        if (value->place != PLAN_BLOCK || plan->blocks[value->where].output != i)
            continue;
        returned[i] = pool_take(frame->caller->pool, plan->blocks[value->where].size);
        if (!returned[i])
            return HINGE_NO_MEMORY;
        frame->external[i] = returned[i]->bytes;
    }
    return HINGE_OK;
}

/* Whether the value's bytes hold as long as the node runs: those of a constant, of a capture, or of
 * one of the node's own inputs. */
static bool is_lasting(const struct host_node *node, const struct frame *frame,
                       const struct plan_value *value, const hinge_tensor *const *inputs)
{
    if (value->place == PLAN_CONSTANT)
        return true;
    if (value->place != PLAN_INPUT)
        return false;
    if (value->where >= frame->program->graph->n_inputs)
        return true;
    for (uint32_t i = 0; i < node->node.n_inputs; i++)
        if (node->node.inputs[i] == inputs[value->where])
            return true;
    return false;
}

static hinge_status give_outputs(const struct host_node *node, struct frame *frame,
                                 const struct instance *instance, const hinge_tensor *const *inputs,
                                 hinge_tensor *outputs, uint32_t n_outputs)
{
    const struct graph *body = frame->program->graph;
    struct pool *pool = frame->caller->pool;
    struct buffer **returned = frame->returned[frame->turn];
    for (uint32_t i = 0; i < n_outputs; i++) {
        const struct host_value *value = &instance->values[body->outputs[i]];
        outputs[i] = value->tensor;
        if (frame->external[i])
            continue;
        struct buffer *buffer = pool_hold(pool_find(pool, value->tensor.data));
        if (!buffer &&
            !is_lasting(node, frame, &instance->plan->values[body->outputs[i]], inputs)) {
            hinge_status status = pool_share(pool, &value->tensor, &outputs[i], &buffer);
            if (status)
                return status;
        }
        returned[i] = buffer;
    }
    return HINGE_OK;
}

static bool is_captured(const struct graph_node *node, uint32_t value)
{
    for (uint32_t i = 0; i < node->n_captures; i++)
        if (node->captures[i] == value)
            return true;
    return false;
}

/* Where a container that is input i of a call is held for nobody else: what the last call returned,
 * or an input of the node. NULL where there is no such place. */
static struct buffer **find_holder(struct host_node *node, const struct frame *frame,
                                   uint32_t flags, const hinge_tensor *input)
{
    struct buffer **returned = frame->returned[frame->turn ^ 1];
    for (uint32_t i = 0; i < frame->program->graph->n_outputs; i++)
        if (returned[i] && returned[i]->bytes == input->data)
            return &returned[i];
    for (uint32_t i = 0; i < node->node.n_inputs; i++) {
        const uint32_t value = node->graph_node->inputs[i];
        if (node->node.inputs[i] == input && host_is_last_reader(node, value) &&
            ((flags & HINGE_CALL_LAST) || !is_captured(node->graph_node, value)))
            return host_holder(input);
    }
    return NULL;
}

/* Makes the instance hold the containers among its inputs: those that may move in place of who held
 * them, others besides, so that none is taken for its own. */
static void move_inputs(struct host_node *node, struct frame *frame, struct instance *instance,
                        uint32_t flags, const hinge_tensor *const *inputs)
{
    const struct graph *body = frame->program->graph;
    struct host_value *outer =
        context_of(node->caller)->frames[node->graph->index].instances->values;
    for (uint32_t i = 0; i < body->n_inputs + body->n_captures; i++) {
        const bool is_capture = i >= body->n_inputs;
        const uint32_t index = is_capture ? body->captures[i - body->n_inputs] : body->inputs[i];
        struct host_value *value = &instance->values[index];
        struct buffer **holder = NULL;
        if (!hinge_is_container(value->tensor.type))
            continue;
        if (!is_capture && (flags & HINGE_CALL_MOVES))
            holder = find_holder(node, frame, flags, inputs[i]);
        else if (is_capture && (flags & HINGE_CALL_LAST) &&
                 host_is_last_reader(node, body->values[index].outer))
            holder = &outer[body->values[index].outer].holder;
        if (holder && *holder) {
            value->holder = *holder;
            *holder = NULL;
        } else {
            value->holder = pool_hold(pool_find(frame->caller->pool, value->tensor.data));
        }
        instance->holds = true;
    }
}

hinge_status context_call(struct host_node *node, struct graph *body, uint32_t flags,
                          const hinge_tensor *const *inputs, uint32_t n_inputs,
                          hinge_tensor *outputs, uint32_t n_outputs)
{
    hinge_context *context = context_of(node->caller);
    struct frame *frame;
    if (n_inputs != body->n_inputs || n_outputs > body->n_outputs || (n_inputs && !inputs) ||
        (n_outputs && !outputs))
        return node->node.host->fail(&node->node, HINGE_BAD_PLUGIN,
                                     "calls its body with %u inputs for %u outputs, not %u for %u",
                                     (unsigned)n_inputs, (unsigned)n_outputs,
                                     (unsigned)body->n_inputs, (unsigned)body->n_outputs);
    hinge_status status = context_check_stop(context);
    if (status)
        return status_fail(node->caller->error, status, "%s", hinge_status_text(status));
    status = make_frame(context, body, &frame);
    if (!status)
        status = program_make_ready(frame->program, node->caller->error);
    if (!status)
        status = take_inputs(context, node, frame, inputs);
    struct instance *instance = NULL;
    if (!status)
        status = frame_instance(frame, frame->inputs, &instance, node->caller->error);
    if (!status)
        status = take_outputs(frame, instance);
    if (!status) {
        frame_bind(frame, instance, frame->inputs);
        if (flags)
            move_inputs(node, frame, instance, flags, inputs);
        status = context_run_steps(context, frame, instance);
        if (!status)
            status = give_outputs(node, frame, instance, inputs, outputs, n_outputs);
        frame_drop_values_of(frame, instance);
        frame->turn ^= 1;
    }
    if (status == HINGE_NO_MEMORY)
        status_no_memory(node->caller->error);
    return status;
}
