#include "host/host.h"

#include "base/tensor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Whether a hook may say that it failed so. */
static bool is_failure(hinge_status status)
{
    return status != HINGE_OK && (unsigned)status < HINGE_NEEDS_DATA;
}

static hinge_status service_fail(const struct hinge_node *node, hinge_status status,
                                 const char *format, ...)
{
    struct host_caller *caller = host_node_of(node)->caller;
    caller->failed = true;
    if (!is_failure(status))
        status = HINGE_BAD_PLUGIN;
    caller->failure = status;
    if (caller->error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(caller->error->message, sizeof caller->error->message, format, arguments);
        va_end(arguments);
        caller->error->status = status;
        caller->error->node[0] = '\0';
    }
    return status;
}

static void service_log(const struct hinge_node *node, hinge_log_level level, const char *format,
                        ...)
{
    const struct host_session *session = host_node_of(node)->caller->session;
    if (!session->log)
        return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    session->log(session->log_user, level, line);
}

static void service_parallel(const struct hinge_node *node, int64_t count, int64_t grain,
                             hinge_task *task, void *argument)
{
    const struct host_caller *caller = host_node_of(node)->caller;
    threads_run(caller->is_inline ? NULL : caller->session->threads, count, grain, task, argument,
                caller->stop);
}

static void service_release(const struct hinge_node *node, unsigned input, size_t offset,
                            size_t size)
{
    struct host_node *self = host_node_of(node);
    const struct host_session *session = self->caller->session;
    if (!self->released || input >= self->graph_node->n_inputs)
        return;
    uint32_t index = self->graph_node->inputs[input];
    if (!graph_is_constant(self->graph, index))
        return;
    const struct graph_value *value = &self->graph->values[index];
    size_t whole;
    if (!value->tensor.data || !tensor_size(&value->tensor, &whole) || offset > whole ||
        size > whole - offset)
        return;
    if (offset <= self->released[input] && size > self->released[input] - offset)
        self->released[input] = offset + size;
    if (value->storage != GRAPH_OWNED) {
        if (session->release)
            session->release(session->model, (const unsigned char *)value->tensor.data + offset,
                             size);
        return;
    }
    if (value->n_readers == 1 && !value->is_output && self->released[input] == whole)
        graph_drop_constant(self->graph, index);
}

/* Strings are made in parallel tasks too. */
static char *service_alloc_string(const struct hinge_node *node, size_t size)
{
    struct host_caller *caller = host_node_of(node)->caller;
    if (caller->strings_lock)
        pthread_mutex_lock(caller->strings_lock);
    char *bytes = arena_alloc(&caller->strings, size ? size : 1);
    if (caller->strings_lock)
        pthread_mutex_unlock(caller->strings_lock);
    return bytes;
}

static struct graph *body_of(const struct hinge_node *node, unsigned attribute)
{
    const struct graph_node *graph_node = host_node_of(node)->graph_node;
    const struct hinge_attribute_def *defs = graph_node->definition->attributes;
    for (unsigned i = 0; i <= attribute; i++)
        if (!defs || !defs[i].name)
            return NULL;
    return graph_node->bodies[attribute];
}

static hinge_status fail_no_body(const struct hinge_node *node, unsigned attribute)
{
    return service_fail(node, HINGE_BAD_PLUGIN, "attribute %u is no graph that can be used here",
                        attribute);
}

static hinge_status service_graph_types(const struct hinge_node *node, unsigned attribute,
                                        const hinge_type_code *inputs, uint32_t n_inputs,
                                        hinge_type_code *outputs, uint32_t n_outputs)
{
    struct host_node *self = host_node_of(node);
    struct graph *body = body_of(node, attribute);
    if (!body || !self->caller->graph_types)
        return fail_no_body(node, attribute);
    for (uint32_t i = 0; i < n_inputs; i++)
        if (!tensor_is_code(inputs[i]))
            return service_fail(node, HINGE_BAD_PLUGIN,
                                "asks for its body's types with input %u of type %#llx, which is "
                                "none",
                                (unsigned)i, (unsigned long long)inputs[i]);
    hinge_status status =
        self->caller->graph_types(self, body, inputs, n_inputs, outputs, n_outputs);
    self->caller->failed = status != HINGE_OK;
    self->caller->failure = status;
    return status;
}

static hinge_status service_call_with(const struct hinge_node *node, unsigned attribute,
                                      uint32_t flags, const hinge_tensor *const *inputs,
                                      uint32_t n_inputs, hinge_tensor *outputs, uint32_t n_outputs)
{
    struct host_node *self = host_node_of(node);
    struct graph *body = body_of(node, attribute);
    if (!body || !self->caller->call || !self->is_running)
        return fail_no_body(node, attribute);
    hinge_status status =
        self->caller->call(self, body, flags, inputs, n_inputs, outputs, n_outputs);
    /* The hooks of the body's nodes are not this node's. */
    self->caller->failed = status != HINGE_OK;
    self->caller->failure = status;
    return status;
}

static hinge_status service_call(const struct hinge_node *node, unsigned attribute,
                                 const hinge_tensor *const *inputs, uint32_t n_inputs,
                                 hinge_tensor *outputs, uint32_t n_outputs)
{
    return service_call_with(node, attribute, 0, inputs, n_inputs, outputs, n_outputs);
}

static const struct hinge_host services = {
    .size = sizeof(struct hinge_host),
    .fail = service_fail,
    .log = service_log,
    .parallel = service_parallel,
    .alloc = node_alloc,
    .release = service_release,
    .resize = values_resize,
    .alloc_string = service_alloc_string,
    .elements = values_elements,
    .tensor = values_tensor,
    .share = values_share,
    .graph_types = service_graph_types,
    .call = service_call,
    .call_with = service_call_with,
    .extend = values_extend,
    .pack = node_pack,
};

void host_node_set(struct host_node *node, struct host_caller *caller, struct graph *graph,
                   const struct graph_node *graph_node, const hinge_tensor **inputs,
                   hinge_tensor **outputs)
{
    const hinge_threads *threads = caller->session->threads;
    *node = (struct host_node){
        .node = {.size = sizeof node->node,
                 .opset = graph_node->opset,
                 .n_inputs = graph_node->n_inputs,
                 .n_outputs = graph_node->n_outputs,
                 .n_threads = threads ? threads_count(threads) : 1,
                 .options = caller->session->options,
                 .host = &services,
                 .inputs = inputs,
                 .outputs = outputs,
                 .attributes = graph_node->bound,
                 .epilogue = &graph_node->epilogue,
                 .cpu_features = caller->session->cpu_features},
        .caller = caller,
        .graph = graph,
        .graph_node = graph_node,
    };
}

hinge_status host_node_describe(struct host_node *node, struct host_caller *caller,
                                struct graph *graph, const struct graph_node *graph_node,
                                struct arena *arena)
{
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
    host_node_set(node, caller, graph, graph_node, inputs, outputs);
    return HINGE_OK;
}

bool host_is_last_reader(const struct host_node *node, uint32_t value)
{
    for (uint32_t i = 0; i < node->n_last_reads; i++)
        if (node->last_reads[i] == value)
            return true;
    return false;
}

hinge_status host_activation(struct graph *graph, const struct graph_node *node,
                             struct hinge_activation *activation)
{
    const struct hinge_op *op = node->definition;
    *activation = (struct hinge_activation){.kind = HINGE_ACT_NONE};
    if (!op || !op->activation)
        return HINGE_OK;
    struct arena arena = {graph->allocator, NULL};
    struct host_session session = {.allocator = graph->allocator};
    struct host_caller caller = {.session = &session};
    struct host_node view;
    hinge_status status = host_node_describe(&view, &caller, graph, node, &arena);
    if (!status)
        op->activation(&view.node, activation);
    arena_free(&arena);
    activation->row = op->row;
    activation->derivative = op->derivative;
    /* A kind that this runtime does not know is what row computes. */
    if ((unsigned)activation->kind >= HINGE_N_ACTIVATIONS)
        activation->kind = op->row ? HINGE_ACT_OWN : HINGE_ACT_NONE;
    return status;
}

/* What a hook returned, if it is a status that a hook may return. Where it did not mind what a
 * service said, the service's sentence counts. */
static hinge_status check_status(struct host_node *node, const char *hook, hinge_status status)
{
    if (status == HINGE_OK)
        return node->caller->failed ? HINGE_BAD_PLUGIN : HINGE_OK;
    if (!is_failure(status))
        return service_fail(&node->node, HINGE_BAD_PLUGIN,
                            "%s returned %d, which is no status for it", hook, (int)status);
    if (status == HINGE_NO_MEMORY && node->caller->failed) /* a service gave it NULL */
        return node->caller->failure;
    if (status != HINGE_NO_MEMORY && !node->caller->failed)
        return service_fail(&node->node, status, "%s failed without a reason (%s)", hook,
                            hinge_status_text(status));
    return status;
}

static hinge_status check_type(struct host_node *node, uint32_t output, hinge_type_code known,
                               hinge_type_code said)
{
    char texts[2][HINGE_TYPE_CODE_TEXT];
    if (!tensor_is_code(said))
        return service_fail(&node->node, HINGE_BAD_PLUGIN,
                            "types gives output %u the type %#llx, which is none", (unsigned)output,
                            (unsigned long long)said);
    if (known && said != known)
        return service_fail(&node->node, HINGE_BAD_PLUGIN, "types makes output %u %s, but it is %s",
                            (unsigned)output, hinge_type_code_text(said, texts[0], sizeof texts[0]),
                            hinge_type_code_text(known, texts[1], sizeof texts[1]));
    return HINGE_OK;
}

hinge_status host_types(struct host_node *node, const hinge_type_code *inputs,
                        hinge_type_code *outputs)
{
    const struct hinge_op *op = node->graph_node->definition;
    node->caller->failed = false;
    if (!op->types)
        return HINGE_OK;
    struct arena arena = {node->caller->session->allocator, NULL};
    uint32_t n = node->node.n_outputs;
    hinge_type_code *said = arena_array(&arena, n, sizeof *said);
    if (!said)
        return HINGE_NO_MEMORY;
    if (n)
        memcpy(said, outputs, n * sizeof *said);
    hinge_status status = check_status(node, "types", op->types(&node->node, inputs, said));
    for (uint32_t i = 0; i < n && !status; i++) {
        status = check_type(node, i, outputs[i], said[i]);
        outputs[i] = said[i];
    }
    arena_free(&arena);
    return status;
}

static bool addend_fits(const struct hinge_node *node)
{
    const hinge_tensor *addend = node->inputs[node->epilogue->addend], *y = node->outputs[0];
    return !y || tensor_same(addend, y);
}

/* Outputs as they are before infer: of their types, and with nothing else known. */
static void begin_outputs(struct host_node *node)
{
    for (uint32_t i = 0; i < node->node.n_outputs; i++)
        if (node->node.outputs[i])
            *node->node.outputs[i] =
                tensor_of_code(node->graph->values[node->graph_node->outputs[i]].type_code);
}

static hinge_status check_output(struct host_node *node, uint32_t index)
{
    const struct hinge_node *view = &node->node;
    hinge_tensor *output = view->outputs[index];
    hinge_type_code code = node->graph->values[node->graph_node->outputs[index]].type_code;
    hinge_type type = (hinge_type)(code & 0xff);
    if (hinge_is_container(type)) { /* nothing of it is for infer to say */
        *output = tensor_of_code(code);
        return HINGE_OK;
    }
    if (output->type != type)
        return service_fail(view, HINGE_BAD_PLUGIN, "infer makes output %u %s, but it is %s",
                            (unsigned)index, hinge_type_text(output->type), hinge_type_text(type));
    if (output->data)
        return service_fail(view, HINGE_BAD_PLUGIN, "infer gives output %u data", (unsigned)index);
    if (output->rank < -1 || output->rank > HINGE_MAX_RANK)
        return service_fail(view, HINGE_BAD_PLUGIN, "infer gives output %u rank %d",
                            (unsigned)index, (int)output->rank);
    bool known = output->rank >= 0;
    for (int32_t d = 0; d < output->rank; d++) {
        if (output->dims[d] < -1)
            return service_fail(view, HINGE_BAD_SHAPE, "dimension %d of output %u is %lld", (int)d,
                                (unsigned)index, (long long)output->dims[d]);
        known &= output->dims[d] >= 0;
    }
    if (known && !tensor_is_known(output))
        return service_fail(view, HINGE_LIMIT, "the size of output %u does not fit",
                            (unsigned)index);
    return HINGE_OK;
}

bool host_has_bodies(const struct graph_node *node)
{
    for (uint32_t a = 0; a < node->n_attributes; a++)
        if (node->attributes[a].graph)
            return true;
    return false;
}

hinge_status host_infer(struct host_node *node)
{
    struct hinge_node *view = &node->node;
    const struct hinge_op *op = node->graph_node->definition;
    node->caller->failed = false;
    begin_outputs(node);
    hinge_status status = HINGE_OK;
    const int32_t only_rank = node->graph_node->only_rank;
    if (only_rank && view->inputs[0]->rank != only_rank) {
        status = service_fail(view, HINGE_BAD_SHAPE, "input 0 is not of rank %d", (int)only_rank);
    } else if (op->infer) {
        status = op->infer(view);
    } else if (view->n_outputs && view->outputs[0] && view->n_inputs && view->inputs[0] &&
               !hinge_is_container(view->outputs[0]->type) && !host_has_bodies(node->graph_node)) {
        view->outputs[0]->rank = view->inputs[0]->rank;
        memcpy(view->outputs[0]->dims, view->inputs[0]->dims, sizeof view->inputs[0]->dims);
    }
    if (status == HINGE_NEEDS_DATA) {
        begin_outputs(node);
        return status;
    }
    status = check_status(node, "infer", status);
    for (uint32_t i = 0; i < view->n_outputs && !status; i++)
        if (view->outputs[i])
            status = check_output(node, i);
    if (!status && view->epilogue->addend && !addend_fits(view))
        status =
            service_fail(view, HINGE_BAD_SHAPE, "the fused addend is not of the output's shape");
    if (status)
        begin_outputs(node); /* nothing of a failed hook's is kept */
    return status;
}

hinge_status host_init(struct host_caller *caller, struct graph *graph,
                       const struct graph_node *graph_node, struct node_state *state)
{
    const hinge_allocator *allocator = caller->session->allocator;
    struct arena arena = {allocator, NULL};
    struct host_node node;
    if (!graph_node->definition->init)
        return HINGE_OK;
    hinge_status status = host_node_describe(&node, caller, graph, graph_node, &arena);
    if (!status)
        node.released = arena_array(&arena, graph_node->n_inputs, sizeof *node.released);
    if (!status && !node.released)
        status = HINGE_NO_MEMORY;
    if (!status) {
        caller->failed = false;
        node.memory = &state->memory;
        node.memory_size = &state->memory_size;
        node.cached_size = &state->cached_size;
        status = check_status(&node, "init", graph_node->definition->init(&node.node));
        state->state = node.node.state;
        state->is_made = !status;
    }
    arena_free(&arena);
    if (status)
        host_state_clear(allocator, graph_node, state);
    return status;
}

void host_state_clear(const hinge_allocator *allocator, const struct graph_node *graph_node,
                      struct node_state *state)
{
    if (state->is_made && graph_node->definition->fini) {
        struct hinge_node view = {.size = sizeof view, .host = &services, .state = state->state};
        graph_node->definition->fini(&view);
    }
    host_memory_free(allocator, &state->memory);
    *state = (struct node_state){.state = NULL};
}

hinge_status host_prepare(struct host_node *node, struct host_memory **memory, size_t *scratch)
{
    size_t size = 0;
    const struct hinge_op *op = node->graph_node->definition;
    *scratch = 0;
    node->caller->failed = false;
    node->node.prepared = NULL;
    if (!op->prepare)
        return HINGE_OK;
    node->memory = memory;
    node->memory_size = &size;
    hinge_status status = check_status(node, "prepare", op->prepare(&node->node, scratch));
    node->memory = NULL;
    if (!status && *scratch > PTRDIFF_MAX)
        status = service_fail(&node->node, HINGE_BAD_PLUGIN,
                              "prepare asks for %zu bytes of scratch memory", *scratch);
    return status;
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
    struct hinge_node *view = &node->node;
    node->caller->failed = false;
    if (!is_wanted(view))
        return HINGE_OK;
    results_promise(node);
    /* Offsets of 0 may be added to it, not to NULL. */
    static _Alignas(64) unsigned char nothing[64];
    void *const scratch = view->scratch;
    view->scratch = scratch ? scratch : nothing;
    node->is_running = true;
    hinge_status status = check_status(node, "run", node->graph_node->run(view));
    node->is_running = false;
    view->scratch = scratch;
    return results_check(node, status);
}

hinge_status host_blame(struct host_caller *caller, const struct graph *graph,
                        const struct graph_node *node, hinge_status status)
{
    hinge_error *error = caller->error;
    if (!error || status == HINGE_OK)
        return status;
    bool is_own = status == HINGE_NO_MEMORY || status == HINGE_CANCELLED ||
                  status == HINGE_DEADLINE || status == HINGE_LIMIT;
    if (!caller->failed) {
        status_fail(error, status, is_own ? "%s" : "failed without a reason (%s)",
                    hinge_status_text(status));
    }
    char text[256];
    status_prefix(error, "%s", graph_node_text(graph, node, text, sizeof text));
    error->status = status;
    if (!error->node[0])
        snprintf(error->node, sizeof error->node, "%s", graph_node_name(graph, node));
    return status;
}
