#include "run/host.h"

#include "load/load.h"
#include "plugins/registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct host_memory {
    struct host_memory *next;
    _Alignas(MEMORY_ALIGNMENT) unsigned char bytes[];
};

static struct host_node *host_node_of(const struct hinge_node *node)
{
    /* The node is the first member of the struct that the host itself made. */
    return (struct host_node *)(uintptr_t)node;
}

static hinge_status service_fail(const struct hinge_node *node, hinge_status status,
                                 const char *format, ...)
{
    struct host_caller *caller = host_node_of(node)->caller;
    caller->failed = true;
    if (caller->error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(caller->error->message, sizeof caller->error->message, format, arguments);
        va_end(arguments);
        caller->error->status = status;
    }
    return status;
}

static void service_parallel(const struct hinge_node *node, int64_t count, int64_t grain,
                             hinge_task *task, void *argument)
{
    struct threads *threads = host_node_of(node)->caller->threads;
    if (threads)
        threads_run(threads, count, grain, task, argument);
    else if (count > 0)
        task(argument, 0, count, 0);
}

static void *service_alloc(const struct hinge_node *node, size_t size)
{
    struct host_node *self = host_node_of(node);
    struct host_memory *memory;
    size_t whole;
    if (!memory_add(size, sizeof *memory, &whole) ||
        !(memory = memory_alloc(self->caller->allocator, whole)))
        return NULL;
    memory->next = self->state->memory;
    self->state->memory = memory;
    self->state->memory_size += whole;
    return memory->bytes;
}

static void service_release(const struct hinge_node *node, unsigned input, size_t offset,
                            size_t size)
{
    struct host_node *self = host_node_of(node);
    struct graph *graph = self->caller->graph;
    const struct graph_node *graph_node = &graph->nodes[self->index];
    if (!self->released || input >= graph_node->n_inputs)
        return;
    uint32_t index = graph_node->inputs[input];
    if (!graph_is_constant(graph, index))
        return;
    const struct graph_value *value = &graph->values[index];
    size_t whole;
    if (!value->tensor.data || !host_tensor_size(&value->tensor, &whole) || offset > whole ||
        size > whole - offset)
        return;
    if (value->storage == GRAPH_MAPPED) {
        if (self->caller->model)
            load_release(self->caller->model, (const unsigned char *)value->tensor.data + offset,
                         size);
        return;
    }
    self->released[input] += size;
    if (value->n_readers == 1 && !value->is_output && self->released[input] >= whole)
        graph_drop_constant(graph, index);
}

static hinge_status service_resize(const struct hinge_node *node, unsigned output, int32_t rank,
                                   const int64_t *dims)
{
    struct host_node *self = host_node_of(node);
    hinge_tensor *tensor = output < node->n_outputs ? node->outputs[output] : NULL;
    if (!tensor)
        return HINGE_OK;
    if (!self->caller->resize)
        return service_fail(node, HINGE_UNSUPPORTED, "output %u cannot be resized here", output);
    return self->caller->resize(self->caller, tensor, rank, dims);
}

static char *service_alloc_string(const struct hinge_node *node, size_t size)
{
    return arena_alloc(&host_node_of(node)->caller->strings, size ? size : 1);
}

static const struct hinge_host services = {
    .size = sizeof(struct hinge_host),
    .fail = service_fail,
    .parallel = service_parallel,
    .alloc = service_alloc,
    .release = service_release,
    .resize = service_resize,
    .alloc_string = service_alloc_string,
};

void host_node_set(struct host_node *node, struct host_caller *caller, uint32_t index,
                   const hinge_tensor **inputs, hinge_tensor **outputs)
{
    const struct graph_node *graph_node = &caller->graph->nodes[index];
    *node = (struct host_node){
        .node = {.size = sizeof node->node,
                 .opset = graph_node->opset,
                 .n_inputs = graph_node->n_inputs,
                 .n_outputs = graph_node->n_outputs,
                 .n_threads = caller->threads ? threads_count(caller->threads) : 1,
                 .host = &services,
                 .inputs = inputs,
                 .outputs = outputs,
                 .attributes = graph_node->bound,
                 .epilogue = &graph_node->epilogue},
        .caller = caller,
        .index = index,
    };
}

hinge_status host_node_describe(struct host_node *node, struct host_caller *caller, uint32_t index,
                                struct arena *arena)
{
    struct graph *graph = caller->graph;
    const struct graph_node *graph_node = &graph->nodes[index];
    const hinge_tensor **inputs = arena_array(arena, graph_node->n_inputs, sizeof *inputs);
    hinge_tensor **outputs = arena_array(arena, graph_node->n_outputs, sizeof *outputs);
    if (!inputs || !outputs)
        return HINGE_NO_MEMORY;
    for (uint32_t i = 0; i < graph_node->n_inputs; i++)
        if (graph_node->inputs[i] != GRAPH_NONE)
            inputs[i] = &graph->values[graph_node->inputs[i]].tensor;
    for (uint32_t i = 0; i < graph_node->n_outputs; i++)
        if (graph_node->outputs[i] != GRAPH_NONE)
            outputs[i] = &graph->values[graph_node->outputs[i]].tensor;
    host_node_set(node, caller, index, inputs, outputs);
    return HINGE_OK;
}

hinge_status host_activation(struct graph *graph, uint32_t index,
                             struct hinge_activation *activation)
{
    const struct hinge_op *op = graph->nodes[index].definition;
    *activation = (struct hinge_activation){.kind = HINGE_ACT_NONE};
    if (!op || !op->activation)
        return HINGE_OK;
    struct arena arena = {graph->allocator, NULL};
    struct host_caller caller = {.allocator = graph->allocator, .graph = graph};
    struct host_node view;
    hinge_status status = host_node_describe(&view, &caller, index, &arena);
    if (!status)
        op->activation(&view.node, activation);
    arena_free(&arena);
    activation->row = op->row;
    activation->derivative = op->derivative;
    if (activation->kind == HINGE_ACT_OWN && !op->row)
        activation->kind = HINGE_ACT_NONE;
    return status;
}

bool host_tensor_size(const hinge_tensor *tensor, size_t *size)
{
    size_t count = 1, bits;
    bool empty = false;
    if (tensor->rank < 0 || tensor->rank > HINGE_MAX_RANK)
        return false;
    /* A zero does not excuse the others: whoever multiplies them in another order must fit too. */
    for (int32_t i = 0; i < tensor->rank; i++) {
        if (tensor->dims[i] < 0)
            return false;
        empty |= tensor->dims[i] == 0;
        if (tensor->dims[i] && !memory_multiply(count, (size_t)tensor->dims[i], &count))
            return false;
    }
    if (!memory_multiply(count, hinge_type_bits(tensor->type), &bits) || bits > PTRDIFF_MAX - 7)
        return false;
    *size = empty ? 0 : (bits + 7) / 8;
    return true;
}

static bool is_partly_unknown(const hinge_tensor *tensor)
{
    for (int32_t i = 0; i < tensor->rank; i++)
        if (tensor->dims[i] < 0)
            return true;
    return false;
}

static bool addend_fits(const struct hinge_node *node)
{
    const hinge_tensor *addend = node->inputs[node->epilogue->addend], *y = node->outputs[0];
    if (addend->type != y->type || addend->rank != y->rank)
        return false;
    for (int32_t d = 0; d < y->rank; d++)
        if (addend->dims[d] != y->dims[d])
            return false;
    return true;
}

hinge_status host_infer(struct host_node *node, const struct hinge_op *op,
                        const struct hinge_attribute *attributes)
{
    struct hinge_node *view = &node->node;
    view->attributes = attributes;
    node->caller->failed = false;
    hinge_status status = HINGE_OK;
    if (op->infer) {
        status = op->infer(view);
    } else if (view->outputs[0]) {
        void *data = view->outputs[0]->data;
        *view->outputs[0] = *view->inputs[0];
        view->outputs[0]->data = data;
    }
    if (status)
        return status;
    if (view->epilogue->addend && !addend_fits(view))
        return service_fail(view, HINGE_BAD_SHAPE, "the fused addend is not of the output's shape");
    for (uint32_t i = 0; i < view->n_outputs; i++) {
        const hinge_tensor *output = view->outputs[i];
        size_t size;
        if (!output)
            continue;
        if (!hinge_type_bits(output->type) || output->rank < 0 || output->rank > HINGE_MAX_RANK)
            return service_fail(view, HINGE_BAD_PLUGIN,
                                "infer leaves output %u without a type or rank", (unsigned)i);
        for (int32_t d = 0; d < output->rank; d++)
            if (output->dims[d] < -1)
                return service_fail(view, HINGE_BAD_SHAPE, "dimension %d of output %u is %lld",
                                    (int)d, (unsigned)i, (long long)output->dims[d]);
        if (!is_partly_unknown(output) && !host_tensor_size(output, &size))
            return service_fail(view, HINGE_LIMIT, "the size of output %u does not fit",
                                (unsigned)i);
    }
    return HINGE_OK;
}

static hinge_type key_type(const struct hinge_node *node, const struct hinge_op *op)
{
    const hinge_tensor *key = op->key < node->n_inputs ? node->inputs[op->key]
                              : node->n_outputs > 0    ? node->outputs[0]
                                                       : NULL;
    return key ? key->type : HINGE_NO_TYPE;
}

/* init sees the data of constants only: what else is known belongs to these input shapes, and the
 * state serves all. */
static hinge_status call_init(struct host_node *node)
{
    struct hinge_node *view = &node->node;
    const hinge_allocator *allocator = node->caller->allocator;
    struct graph *graph = node->caller->graph;
    const struct graph_node *graph_node = &graph->nodes[node->index];
    size_t n = view->n_inputs;
    struct arena arena = {allocator, NULL};
    hinge_tensor *tensors = arena_array(&arena, n, sizeof *tensors);
    const hinge_tensor **inputs = arena_array(&arena, n, sizeof *inputs);
    size_t *released = arena_array(&arena, n, sizeof *released);
    hinge_status status = HINGE_NO_MEMORY;
    if (tensors && inputs && released) {
        for (size_t i = 0; i < n; i++) {
            if (!view->inputs[i])
                continue;
            uint32_t value = graph_node->inputs[i];
            tensors[i] = *view->inputs[i];
            tensors[i].data =
                graph_is_constant(graph, value) ? graph->values[value].tensor.data : NULL;
            inputs[i] = &tensors[i];
        }
        const hinge_tensor *const *kept = view->inputs;
        view->inputs = inputs;
        node->released = released;
        status = node->state->op->init(view);
        node->released = NULL;
        view->inputs = kept;
        node->state->state = view->state;
    }
    arena_free(&arena);
    return status;
}

hinge_status host_prepare(struct host_node *node, const struct registry *registry)
{
    struct node_state *state = node->state;
    struct graph *graph = node->caller->graph;
    struct graph_node *graph_node = &graph->nodes[node->index];
    struct hinge_node *view = &node->node;
    node->caller->failed = false;

    hinge_type type = key_type(view, graph_node->definition);
    const struct registry_entry *entry = registry_find(registry, graph_node, type);
    if (!entry)
        return service_fail(view, HINGE_UNSUPPORTED, "no kernel for %s", hinge_type_text(type));
    if (entry->op != graph_node->definition) {
        hinge_status status = registry_bind_node(entry, graph, graph_node, node->caller->error);
        if (status) {
            node->caller->failed = true;
            return status;
        }
    }
    const struct hinge_kernel *kernel = registry_kernel(entry->op, type);
    if (!kernel) /* the entry takes its key from elsewhere */
        return service_fail(view, HINGE_UNSUPPORTED, "no kernel for %s", hinge_type_text(type));
    state->op = entry->op;
    state->plugin = entry->plugin;
    state->attributes = graph_node->bound;
    state->run = kernel->run;
    state->key_type = type;
    view->attributes = state->attributes;
    view->state = NULL;
    hinge_status status = entry->op->init ? call_init(node) : HINGE_OK;
    if (status) {
        host_state_clear(node->caller->allocator, state);
        return status;
    }
    atomic_store_explicit(&state->ready, true, memory_order_release);
    return HINGE_OK;
}

void host_state_clear(const hinge_allocator *allocator, struct node_state *state)
{
    if (state->op && state->op->fini) {
        struct hinge_node view = {.size = sizeof view, .host = &services, .state = state->state};
        state->op->fini(&view);
    }
    while (state->memory) {
        struct host_memory *next = state->memory->next;
        memory_free(allocator, state->memory);
        state->memory = next;
    }
    atomic_store(&state->ready, false);
    state->op = NULL;
    state->state = NULL;
    state->memory_size = 0;
}

/* A kernel may take its first output for granted: a node of which nobody wants anything, as a model
 * with unnamed outputs has them, is not run. */
static bool is_wanted(const struct hinge_node *node)
{
    for (uint32_t i = 0; i < node->n_outputs; i++)
        if (node->outputs[i])
            return true;
    return false;
}

hinge_status host_run(struct host_node *node)
{
    node->caller->failed = false;
    return is_wanted(&node->node) ? node->state->run(&node->node) : HINGE_OK;
}

hinge_status host_scratch(struct host_node *node, size_t *size)
{
    *size = 0;
    node->caller->failed = false;
    return node->state->op->scratch ? node->state->op->scratch(&node->node, size) : HINGE_OK;
}

hinge_status host_blame(struct host_caller *caller, const struct graph_node *node,
                        hinge_status status)
{
    hinge_error *error = caller->error;
    if (!error || status == HINGE_OK)
        return status;
    if (!caller->failed)
        status_fail(error, status, "%s", hinge_status_text(status));
    char text[256];
    status_prefix(error, "%s", graph_node_text(node, text, sizeof text));
    error->status = status;
    snprintf(error->node, sizeof error->node, "%s", node->name);
    return status;
}
