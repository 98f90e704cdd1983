/* The view into sessions, contexts and plugins that inspect.h declares. */
#include <hinge/inspect.h>

#include "load/load.h"
#include "passes/pass.h"
#include "run/context.h"

#include <string.h>

/* Copies what the caller's struct has room for, all but its size. */
static bool give(void *info, const void *full, size_t full_size)
{
    size_t size;
    memcpy(&size, info, sizeof size);
    size = size < full_size ? size : full_size;
    if (size > sizeof size)
        memcpy((char *)info + sizeof size, (const char *)full + sizeof size, size - sizeof size);
    return true;
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

/* A description without the pointer to the data. */
static hinge_tensor without_data(const hinge_tensor *tensor)
{
    hinge_tensor copy = *tensor;
    copy.data = NULL;
    return copy;
}

/* Plugins */

struct hinge_registry {
    hinge_allocator allocator;
    struct registry *registry;
};

hinge_status hinge_registry_open(const hinge_options *options, hinge_registry **result,
                                 hinge_error *error)
{
    *result = NULL;
    hinge_options complete;
    hinge_status status = session_options(options, &complete, error);
    if (status)
        return status;
    hinge_allocator allocator = memory_allocator(&complete.allocator);
    hinge_registry *registry = memory_alloc_zeroed(&allocator, sizeof *registry);
    if (!registry)
        return status_no_memory(error);
    registry->allocator = allocator;
    status = registry_create(&complete, &registry->allocator, &registry->registry, error);
    if (status) {
        hinge_registry_close(registry);
        return status;
    }
    *result = registry;
    return HINGE_OK;
}

void hinge_registry_close(hinge_registry *registry)
{
    if (!registry)
        return;
    registry_destroy(registry->registry);
    hinge_allocator allocator = registry->allocator;
    memory_free(&allocator, registry);
}

size_t hinge_n_plugins(const hinge_registry *registry)
{
    return registry->registry->n_plugins + registry->registry->n_refusals;
}

bool hinge_get_plugin(const hinge_registry *registry, size_t index, hinge_plugin_info *info)
{
    const struct registry *list = registry->registry;
    hinge_plugin_info full = {.name = "", .path = "", .version = ""};
    if (index < list->n_plugins) {
        const struct plugin *plugin = &list->plugins[index];
        const struct hinge_plugin *table = plugin->table;
        full.name = text_or_empty(table->name);
        full.path = text_or_empty(plugin->path);
        full.version = text_or_empty(table->version);
        full.abi = table->abi;
        full.cpu_features = table->cpu_features;
        full.opset = table->opset;
        full.is_builtin = plugin->built_in;
        struct plugin_cursor at = {0, 0};
        while (plugin_next(table, &at))
            full.n_ops++;
    } else if (index - list->n_plugins < list->n_refusals) {
        const struct registry_refusal *refusal = &list->refusals[index - list->n_plugins];
        full.path = text_or_empty(refusal->path);
        full.refused = refusal->reason;
    } else {
        return false;
    }
    return give(info, &full, sizeof full);
}

/* NULL where there is no such plugin or operator. */
static const struct hinge_op *find_op(const hinge_registry *registry, size_t plugin, size_t index)
{
    const struct registry *list = registry->registry;
    if (plugin >= list->n_plugins)
        return NULL;
    struct plugin_cursor at = {0, 0};
    const struct hinge_op *op = plugin_next(list->plugins[plugin].table, &at);
    for (size_t i = 0; op && i < index; i++)
        op = plugin_next(list->plugins[plugin].table, &at);
    return op;
}

bool hinge_get_op(const hinge_registry *registry, size_t plugin, size_t index, hinge_op_info *info)
{
    const struct hinge_op *op = find_op(registry, plugin, index);
    if (!op)
        return false;
    hinge_op_info full = {.name = op->name,
                          .domain = text_or_empty(op->domain),
                          .since = op->since,
                          .until = op->until,
                          .min_inputs = op->inputs.min,
                          .max_inputs = op->inputs.max,
                          .min_outputs = op->outputs.min,
                          .max_outputs = op->outputs.max,
                          .flags = op->flags};
    for (size_t k = 0; k < HINGE_MAX_KERNELS && op->kernels[k].run; k++)
        if (full.n_types < HINGE_MAX_OP_TYPES)
            full.types[full.n_types++] = op->kernels[k].type;
    return give(info, &full, sizeof full);
}

bool hinge_get_op_attribute(const hinge_registry *registry, size_t plugin, size_t op_index,
                            size_t index, hinge_attribute_info *info)
{
    const struct hinge_op *op = find_op(registry, plugin, op_index);
    const struct hinge_attribute_def *attribute = op ? op->attributes : NULL;
    for (size_t i = 0; attribute && attribute->name && i < index; i++)
        attribute++;
    if (!attribute || !attribute->name)
        return false;
    hinge_attribute_info full = {
        .name = attribute->name, .type = attribute->type, .is_required = attribute->required};
    return give(info, &full, sizeof full);
}

/* The graph */

bool hinge_get_model(const hinge_session *session, hinge_model_info *info)
{
    const struct graph *graph = session->graph;
    hinge_model_info full = {.graph_name = text_or_empty(graph->name),
                             .producer_name = text_or_empty(graph->producer_name),
                             .producer_version = text_or_empty(graph->producer_version),
                             .ir_version = graph->ir_version,
                             .n_opsets = graph->n_opsets,
                             .n_values = graph->n_values,
                             .n_nodes = graph->n_nodes,
                             .n_nodes_loaded = session->n_nodes_loaded};
    for (size_t v = 0; v < graph->n_values; v++) {
        const struct graph_value *value = &graph->values[v];
        size_t size;
        if (!value->tensor.data || !host_tensor_size(&value->tensor, &size))
            continue;
        if (value->storage == GRAPH_MAPPED)
            full.mapped_size += size;
        else if (value->storage == GRAPH_OWNED)
            full.owned_size += size;
    }
    pthread_mutex_t *lock = &((hinge_session *)session)->lock;
    pthread_mutex_lock(lock);
    full.packed_size = session->packed_size;
    pthread_mutex_unlock(lock);
    return give(info, &full, sizeof full);
}

bool hinge_get_opset(const hinge_session *session, size_t index, const char **domain,
                     uint32_t *version)
{
    const struct graph *graph = session->graph;
    if (index >= graph->n_opsets)
        return false;
    *domain = text_or_empty(graph->opsets[index].domain);
    *version = graph->opsets[index].version;
    return true;
}

bool hinge_get_node(const hinge_session *session, size_t index, hinge_node_info *info)
{
    if (index >= session->graph->n_nodes)
        return false;
    const struct graph_node *node = &session->graph->nodes[index];
    const struct node_state *state = &session->states[index];
    /* The entry that types have chosen, once they have; a first guess is no answer. */
    bool ready = atomic_load_explicit(&state->ready, memory_order_acquire);
    hinge_node_info full = {.name = node->name,
                            .op = node->op,
                            .domain = node->domain,
                            .opset = node->opset,
                            .since = ready ? state->op->since : 0,
                            .plugin = ready ? text_or_empty(state->plugin->table->name) : "",
                            .activation = node->activation_op,
                            .n_inputs = node->n_inputs,
                            .n_outputs = node->n_outputs,
                            .adds = node->epilogue.addend != 0};
    return give(info, &full, sizeof full);
}

/* The lock keeps the node's definition and attributes as they are meanwhile. */
static hinge_status find_activation(const hinge_session *session, size_t node,
                                    struct hinge_activation *activation)
{
    struct graph *graph = session->graph;
    *activation = graph->nodes[node].epilogue.activation;
    if (activation->kind != HINGE_ACT_NONE)
        return HINGE_OK;
    pthread_mutex_t *lock = &((hinge_session *)session)->lock;
    pthread_mutex_lock(lock);
    hinge_status status = host_activation(graph, (uint32_t)node, activation);
    pthread_mutex_unlock(lock);
    return status;
}

bool hinge_get_activation(const hinge_session *session, size_t index, hinge_activation_info *info)
{
    struct hinge_activation activation;
    if (index >= session->graph->n_nodes || find_activation(session, index, &activation) ||
        activation.kind == HINGE_ACT_NONE)
        return false;
    const struct graph_node *node = &session->graph->nodes[index];
    hinge_activation_info full = {.op = node->activation_op ? node->activation_op : node->op,
                                  .domain =
                                      node->activation_op ? node->activation_domain : node->domain,
                                  .kind = activation.kind,
                                  .alpha = activation.alpha,
                                  .beta = activation.beta,
                                  .is_fused = node->activation_op != NULL,
                                  .has_row = activation.row != NULL,
                                  .has_derivative = activation.derivative != NULL};
    return give(info, &full, sizeof full);
}

hinge_status hinge_apply_activation(const hinge_session *session, size_t node, bool derivative,
                                    const float *x, float *y, size_t count, hinge_error *error)
{
    if (node >= session->graph->n_nodes || count > INT64_MAX)
        return status_fail(error, HINGE_BAD_ARGUMENT, "there is no node %zu", node);
    struct hinge_activation activation;
    if (find_activation(session, node, &activation))
        return status_no_memory(error);
    hinge_activation_row *row = derivative ? activation.derivative : activation.row;
    if (activation.kind == HINGE_ACT_NONE || !row) {
        char text[256];
        return status_fail(error, HINGE_UNSUPPORTED, "%s: %s",
                           graph_node_text(&session->graph->nodes[node], text, sizeof text),
                           activation.kind == HINGE_ACT_NONE ? "is no activation"
                           : derivative                      ? "has no derivative"
                                                             : "has no row function");
    }
    row(&activation, x, y, (int64_t)count);
    return HINGE_OK;
}

size_t hinge_node_input(const hinge_session *session, size_t node, size_t index)
{
    const struct graph *graph = session->graph;
    if (node >= graph->n_nodes || index >= graph->nodes[node].n_inputs ||
        graph->nodes[node].inputs[index] == GRAPH_NONE)
        return HINGE_NO_INDEX;
    return graph->nodes[node].inputs[index];
}

size_t hinge_node_output(const hinge_session *session, size_t node, size_t index)
{
    const struct graph *graph = session->graph;
    if (node >= graph->n_nodes || index >= graph->nodes[node].n_outputs ||
        graph->nodes[node].outputs[index] == GRAPH_NONE)
        return HINGE_NO_INDEX;
    return graph->nodes[node].outputs[index];
}

bool hinge_get_value(const hinge_session *session, size_t index, hinge_value_info *info)
{
    if (index >= session->graph->n_values)
        return false;
    const struct graph_value *value = &session->graph->values[index];
    hinge_value_info full = {.name = value->name,
                             .tensor = without_data(&value->tensor),
                             .producer = value->producer == GRAPH_NONE ? HINGE_NO_INDEX
                                                                       : (size_t)value->producer,
                             .n_readers = value->n_readers,
                             .is_input = value->is_input,
                             .is_output = value->is_output,
                             .is_constant = value->storage != GRAPH_NOT_CONSTANT};
    return give(info, &full, sizeof full);
}

/* The passes */

bool hinge_get_pass(const hinge_session *session, size_t index, hinge_pass_info *info)
{
    const struct pass_log *log = session->pass_log;
    if (index >= log->n_records)
        return false;
    const struct pass_record *record = &log->records[index];
    hinge_pass_info full = {.name = record->name,
                            .disabled = record->disabled,
                            .nodes_before = record->nodes_before,
                            .nodes_after = record->nodes_after,
                            .n_changes = record->n_changes};
    return give(info, &full, sizeof full);
}

const char *hinge_pass_change(const hinge_session *session, size_t pass, size_t index)
{
    const struct pass_log *log = session->pass_log;
    if (pass >= log->n_records || index >= log->records[pass].n_changes)
        return NULL;
    return log->records[pass].changes[index];
}

/* The plan */

hinge_status hinge_plan(hinge_context *context, const hinge_tensor *inputs, size_t n_inputs,
                        hinge_error *error)
{
    const struct graph *graph = context->session->graph;
    hinge_status status = context_check_inputs(graph, inputs, n_inputs, error);
    struct instance *instance;
    return status ? status : context_instance(context, inputs, &instance, error);
}

static const struct plan *latest_plan(const hinge_context *context)
{
    return context->instances ? context->instances->plan : NULL;
}

bool hinge_get_plan(const hinge_context *context, hinge_plan_info *info)
{
    const struct plan *plan = latest_plan(context);
    if (!plan)
        return false;
    hinge_plan_info full = {.arena_size = plan->arena_size,
                            .scratch_size = plan->scratch_size,
                            .n_steps = plan->n_steps};
    for (size_t v = 0; v < plan->n_values; v++) {
        size_t size;
        if (plan->values[v].place == PLAN_DYNAMIC)
            full.n_dynamic++;
        else if (plan->values[v].place == PLAN_BLOCK &&
                 host_tensor_size(&plan->values[v].tensor, &size))
            full.unshared += size;
    }
    return give(info, &full, sizeof full);
}

size_t hinge_plan_step(const hinge_context *context, size_t step)
{
    const struct plan *plan = latest_plan(context);
    return plan && step < plan->n_steps ? plan->steps[step].node : HINGE_NO_INDEX;
}

bool hinge_get_place(const hinge_context *context, size_t value, hinge_place_info *info)
{
    const struct plan *plan = latest_plan(context);
    if (!plan || value >= plan->n_values)
        return false;
    static const hinge_placement placements[] = {
        [PLAN_UNUSED] = HINGE_PLACE_NONE,     [PLAN_CONSTANT] = HINGE_PLACE_CONSTANT,
        [PLAN_INPUT] = HINGE_PLACE_INPUT,     [PLAN_BLOCK] = HINGE_PLACE_ARENA,
        [PLAN_DYNAMIC] = HINGE_PLACE_DYNAMIC,
    };
    const struct plan_value *planned = &plan->values[value];
    hinge_place_info full = {.placement = placements[planned->place],
                             .over = planned->over == GRAPH_NONE ? HINGE_NO_INDEX
                                                                 : (size_t)planned->over,
                             .is_view = planned->is_view,
                             .tensor = without_data(&planned->tensor)};
    if (planned->place == PLAN_BLOCK)
        full.offset = plan->blocks[planned->where].offset;
    return give(info, &full, sizeof full);
}
