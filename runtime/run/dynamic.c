#include "run/dynamic.h"

#include "base/tensor.h"

#include <string.h>

/* Values of an input that are compared, in bytes: those of which shapes are made are fewer. */
#define VALUES_SIZE CONTEXT_SMALL_SIZE

/* What infer and prepare were shown when the step ran last, and said. */
struct memo {
    bool is_made;   /* they were asked, and what follows is all that they could see */
    bool is_closed; /* they see what is not compared: containers, bodies */
    hinge_tensor *inputs, *outputs;
    const hinge_tensor **shown;
    unsigned char (*values)[VALUES_SIZE];
    size_t scratch;
};

hinge_status dynamic_create(struct instance *instance, size_t s)
{
    struct arena *arena = &instance->arena;
    const struct graph_node *node = instance->plan->steps[s].node;
    struct memo *memo = arena_alloc(arena, sizeof *memo);
    if (!memo)
        return HINGE_NO_MEMORY;
    memo->inputs = arena_array(arena, node->n_inputs, sizeof *memo->inputs);
    memo->outputs = arena_array(arena, node->n_outputs, sizeof *memo->outputs);
    memo->shown = arena_array(arena, node->n_inputs, sizeof *memo->shown);
    memo->values = arena_array(arena, node->n_inputs, sizeof *memo->values);
    if (!memo->inputs || !memo->outputs || !memo->shown || !memo->values)
        return HINGE_NO_MEMORY;
    memo->is_closed = host_has_bodies(node);
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i] == GRAPH_NONE)
            continue;
        const struct plan_value *value = &instance->plan->values[node->inputs[i]];
        memo->is_closed |= hinge_is_container(value->tensor.type);
        memo->shown[i] = value->place == PLAN_CONSTANT ? &value->tensor : &memo->inputs[i];
    }
    instance->memos[s] = memo;
    return HINGE_OK;
}

/* An input whose buffer output 0 may take over: nobody else holds it, and nobody reads it after. */
static struct buffer *find_in_place(const struct instance *instance, const struct host_node *node,
                                    const hinge_tensor *output)
{
    const uint32_t *inputs = node->graph_node->inputs;
    for (uint32_t i = 0; i < node->node.n_inputs; i++) {
        if (inputs[i] == GRAPH_NONE || !hinge_may_share(node->graph_node->definition, i))
            continue;
        const struct host_value *input = &instance->values[inputs[i]];
        if (input->holder && input->holder->n_holders == 1 && tensor_same(&input->tensor, output) &&
            host_is_last_reader(node, inputs[i]))
            return pool_hold(input->holder);
    }
    return NULL;
}

/* Memory for an output of known size. */
static struct buffer *place(hinge_context *context, struct instance *instance,
                            const struct plan_step *step, uint32_t index, size_t size)
{
    const struct host_node *host_node = &instance->nodes[step - instance->plan->steps];
    const struct hinge_node *node = &host_node->node;
    uint32_t flags = index == 0 ? step->node->definition->flags : 0;
    if ((flags & HINGE_OP_VIEW) && node->n_inputs && node->inputs[0]) {
        const struct host_value *input = (const void *)node->inputs[0];
        size_t input_size;
        if (input->holder && tensor_size(&input->tensor, &input_size) && input_size == size)
            return pool_hold(input->holder);
    }
    struct buffer *buffer =
        flags & HINGE_OP_IN_PLACE ? find_in_place(instance, host_node, node->outputs[0]) : NULL;
    return buffer ? buffer : pool_take(&context->pool, size);
}

/* Whether the values are few enough to be compared. */
static bool has_few_values(const hinge_tensor *input, size_t *size)
{
    return input->type != HINGE_STRING && tensor_size(input, size) && *size <= VALUES_SIZE;
}

static bool is_constant(const struct memo *memo, uint32_t input)
{
    return memo->shown[input] != &memo->inputs[input];
}

/* Whether all that infer and prepare saw is as it was. */
static bool is_the_same(const struct memo *memo, const struct hinge_node *node)
{
    size_t size;
    if (!memo->is_made)
        return false;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        const hinge_tensor *input = node->inputs[i];
        if (!input || is_constant(memo, i))
            continue;
        if (!tensor_same(&memo->inputs[i], input) ||
            (has_few_values(input, &size) && size && memcmp(memo->values[i], input->data, size)))
            return false;
    }
    return true;
}

/* Copies what may be seen of the inputs: data only where the values are compared later. */
static void show_inputs(struct memo *memo, const struct hinge_node *node)
{
    size_t size;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        const hinge_tensor *input = node->inputs[i];
        if (!input || is_constant(memo, i))
            continue;
        memo->inputs[i] = *input;
        memo->inputs[i].data = NULL;
        if (has_few_values(input, &size)) {
            if (size)
                memcpy(memo->values[i], input->data, size);
            memo->inputs[i].data = memo->values[i];
        }
    }
}

static hinge_status prepare(struct frame *frame, struct instance *instance, size_t s,
                            size_t *scratch)
{
    host_memory_free(frame->program->session->allocator, &instance->prepared[s]);
    return host_prepare(&instance->nodes[s], &instance->prepared[s], scratch);
}

/* Without the data of large inputs, like a planned step; false where infer needs those. */
static bool infer_from_shapes(struct memo *memo, struct host_node *node, hinge_status *status)
{
    const hinge_tensor *const *inputs = node->node.inputs;
    if (memo->is_closed)
        return false;
    show_inputs(memo, &node->node);
    node->node.inputs = memo->shown;
    *status = host_infer(node);
    node->node.inputs = inputs;
    return *status != HINGE_NEEDS_DATA;
}

/* Outputs' shapes, what the step prepares, and scratch. */
static hinge_status infer_and_prepare(struct frame *frame, struct instance *instance, size_t s,
                                      size_t *scratch)
{
    struct host_node *node = &instance->nodes[s];
    struct hinge_node *view = &node->node;
    struct memo *memo = instance->memos[s];
    hinge_status status = HINGE_OK;
    if (is_the_same(memo, view)) {
        for (uint32_t i = 0; i < view->n_outputs; i++)
            if (view->outputs[i])
                *view->outputs[i] = memo->outputs[i];
        *scratch = memo->scratch;
        return HINGE_OK;
    }
    memo->is_made = false;
    if (!infer_from_shapes(memo, node, &status)) {
        status = host_infer(node);
        if (status == HINGE_NEEDS_DATA)
            return view->host->fail(view, HINGE_BAD_PLUGIN, "infer needs data that are there");
        return status ? status : prepare(frame, instance, s, scratch);
    }
    for (uint32_t i = 0; i < view->n_outputs && !status; i++)
        if (view->outputs[i])
            memo->outputs[i] = *view->outputs[i];
    if (!status) {
        const hinge_tensor *const *inputs = view->inputs;
        view->inputs = memo->shown;
        status = prepare(frame, instance, s, scratch);
        view->inputs = inputs;
    }
    memo->scratch = *scratch;
    memo->is_made = !status;
    return status;
}

hinge_status dynamic_begin(hinge_context *context, struct frame *frame, struct instance *instance,
                           size_t s)
{
    const struct plan_step *step = &instance->plan->steps[s];
    struct hinge_node *view = &instance->nodes[s].node;
    size_t scratch = 0;
    instance->holds = true;
    for (uint32_t i = 0; i < view->n_outputs; i++)
        if (view->outputs[i]) {
            struct buffer **holder = host_holder(view->outputs[i]);
            pool_drop(&context->pool, *holder);
            *holder = NULL;
        }
    hinge_status status = infer_and_prepare(frame, instance, s, &scratch);
    if (status)
        return status;
    for (uint32_t i = 0; i < view->n_outputs; i++) {
        hinge_tensor *output = view->outputs[i];
        size_t size;
        if (!output || !tensor_size(output, &size))
            continue;
        struct buffer *buffer = place(context, instance, step, i, size);
        if (!buffer)
            return HINGE_NO_MEMORY;
        *host_holder(output) = buffer;
        output->data = buffer->bytes;
    }
    return frame_reserve_scratch(frame, scratch);
}
