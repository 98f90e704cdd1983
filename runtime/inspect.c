/* The view into sessions, contexts and plugins that inspect.h declares. */
#include <hinge/inspect.h>

#include "base/tensor.h"
#include "load/files.h"
#include "load/load.h"
#include "plugins/signature.h"
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
        full.n_ops = plugin->n_ops;
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
    return plugin < list->n_plugins && index < list->plugins[plugin].n_ops
               ? list->plugins[plugin].ops[index]
               : NULL;
}

bool hinge_get_op(const hinge_registry *registry, size_t plugin, size_t index, hinge_op_info *info)
{
    const struct hinge_op *op = find_op(registry, plugin, index);
    if (!op)
        return false;
    struct signature_arity arity = signature_arity(op->signature);
    hinge_op_info full = {.name = op->name,
                          .domain = text_or_empty(op->domain),
                          .since = op->since,
                          .until = op->until,
                          .min_inputs = arity.min_inputs,
                          .max_inputs = arity.max_inputs,
                          .min_outputs = arity.min_outputs,
                          .max_outputs = arity.max_outputs,
                          .flags = op->flags,
                          .signature = op->signature};
    for (int type = 1; type < HINGE_N_TYPES; type++)
        if (signature_allows(op->signature, 0, (hinge_type_code)type))
            full.types |= (uint64_t)1 << type;
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

/* The graphs */

static const struct session_graph *graph_of_node(const hinge_session *session, size_t node)
{
    for (uint32_t g = 0; g < session->n_graphs; g++) {
        const struct session_graph *at = &session->graphs[g];
        if (node >= at->first_node && node - at->first_node < at->graph->n_nodes)
            return at;
    }
    return NULL;
}

static const struct session_graph *graph_of_value(const hinge_session *session, size_t value)
{
    for (uint32_t g = 0; g < session->n_graphs; g++) {
        const struct session_graph *at = &session->graphs[g];
        if (value >= at->first_value && value - at->first_value < at->graph->n_values)
            return at;
    }
    return NULL;
}

/* Bytes of a graph's constants. Those of a body may be given up by another thread that runs it for
 * the first time. */
static void count_constants(const hinge_session *session, uint32_t g, hinge_model_info *info)
{
    const struct graph *graph = session->graphs[g].graph;
    struct program *program = session->programs ? &session->programs[g] : NULL;
    if (program)
        pthread_mutex_lock(&program->making);
    for (size_t v = 0; v < graph->n_values; v++) {
        const struct graph_value *value = &graph->values[v];
        size_t size;
        if (!value->tensor.data || !tensor_size(&value->tensor, &size))
            continue;
        if (value->storage == GRAPH_MAPPED)
            info->mapped_size += size;
        else if (value->storage == GRAPH_OWNED)
            info->owned_size += size;
    }
    if (program)
        pthread_mutex_unlock(&program->making);
}

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
                             .n_nodes_loaded = session->n_nodes_loaded,
                             .n_graphs = session->n_graphs,
                             .n_missing = session->missing.n,
                             .n_model_outputs = session->n_model_outputs,
                             .domain = text_or_empty(graph->model_domain),
                             .doc = text_or_empty(graph->model_doc),
                             .graph_doc = text_or_empty(graph->graph_doc),
                             .model_version = graph->model_version,
                             .n_metadata = graph->n_metadata};
    for (uint32_t g = 0; g < session->n_graphs; g++) {
        full.n_all_values += session->graphs[g].graph->n_values;
        full.n_all_nodes += session->graphs[g].graph->n_nodes;
        if (session->programs) {
            full.packed_size += atomic_load(&session->programs[g].packed_size);
            full.cached_size += atomic_load(&session->programs[g].cached_size);
        }
        count_constants(session, g, &full);
    }
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

bool hinge_get_metadata(const hinge_session *session, size_t index, const char **key,
                        const char **value)
{
    if (index >= session->graph->n_metadata)
        return false;
    *key = session->graph->metadata[index].key;
    *value = session->graph->metadata[index].value;
    return true;
}

bool hinge_get_file(const hinge_session *session, size_t index, const char **location,
                    const void **bytes, size_t *size)
{
    const struct load_file *file = files_model(session->model->files);
    for (; file && index > 0; index--)
        file = file->next;
    if (!file)
        return false;
    *location = file->location;
    *bytes = file->bytes;
    *size = file->size;
    return true;
}

const char *hinge_missing(const hinge_session *session, size_t index)
{
    return index < session->missing.n ? session->missing.texts[index] : NULL;
}

bool hinge_get_graph(const hinge_session *session, size_t index, hinge_graph_info *info)
{
    if (index >= session->n_graphs)
        return false;
    const struct session_graph *at = &session->graphs[index];
    hinge_graph_info full = {.name = text_or_empty(at->graph->name),
                             .first_node = at->first_node,
                             .n_nodes = at->graph->n_nodes,
                             .first_value = at->first_value,
                             .n_values = at->graph->n_values,
                             .n_inputs = at->graph->n_inputs,
                             .n_outputs = at->graph->n_outputs,
                             .parent_node = at->parent_node,
                             .attribute = at->attribute};
    return give(info, &full, sizeof full);
}

size_t hinge_graph_input(const hinge_session *session, size_t graph, size_t index)
{
    if (graph >= session->n_graphs || index >= session->graphs[graph].graph->n_inputs)
        return HINGE_NO_INDEX;
    return session->graphs[graph].first_value + session->graphs[graph].graph->inputs[index];
}

size_t hinge_graph_output(const hinge_session *session, size_t graph, size_t index)
{
    if (graph >= session->n_graphs || index >= session->graphs[graph].graph->n_outputs)
        return HINGE_NO_INDEX;
    return session->graphs[graph].first_value + session->graphs[graph].graph->outputs[index];
}

bool hinge_get_node(const hinge_session *session, size_t index, hinge_node_info *info)
{
    const struct session_graph *at = graph_of_node(session, index);
    if (!at)
        return false;
    const struct graph_node *node = &at->graph->nodes[index - at->first_node];
    hinge_node_info full = {.name = node->name,
                            .op = node->op,
                            .domain = node->domain,
                            .opset = node->opset,
                            .since = node->definition ? node->definition->since : 0,
                            .plugin = node->plugin ? text_or_empty(node->plugin->table->name) : "",
                            .activation = node->activation_op,
                            .n_inputs = node->n_inputs,
                            .n_outputs = node->n_outputs,
                            .adds = node->epilogue.addend != 0,
                            .graph = at->graph->index,
                            .label = graph_node_name(at->graph, node)};
    return give(info, &full, sizeof full);
}

/* The node that index numbers, with its activation; NULL where there is none such. */
static const struct graph_node *find_activation(const hinge_session *session, size_t index,
                                                struct hinge_activation *activation,
                                                hinge_status *status)
{
    const struct session_graph *at = graph_of_node(session, index);
    *status = HINGE_OK;
    *activation = (struct hinge_activation){.kind = HINGE_ACT_NONE};
    if (!at)
        return NULL;
    const struct graph_node *node = &at->graph->nodes[index - at->first_node];
    *activation = *node->epilogue.activation;
    if (activation->kind == HINGE_ACT_NONE)
        *status = host_activation(at->graph, node, activation);
    return node;
}

bool hinge_get_activation(const hinge_session *session, size_t index, hinge_activation_info *info)
{
    struct hinge_activation activation;
    hinge_status status;
    const struct graph_node *node = find_activation(session, index, &activation, &status);
    if (!node || status || activation.kind == HINGE_ACT_NONE)
        return false;
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

hinge_status hinge_apply_activation(const hinge_session *session, size_t index, bool derivative,
                                    const float *x, float *y, size_t count, hinge_error *error)
{
    struct hinge_activation activation;
    hinge_status status;
    const struct graph_node *node = find_activation(session, index, &activation, &status);
    if (!node || count > INT64_MAX)
        return status_fail(error, HINGE_BAD_ARGUMENT, "there is no node %zu", index);
    if (status)
        return status_no_memory(error);
    hinge_activation_row *row = derivative ? activation.derivative : activation.row;
    if (activation.kind == HINGE_ACT_NONE || !row) {
        char text[256];
        const struct graph *graph = graph_of_node(session, index)->graph;
        return status_fail(error, HINGE_UNSUPPORTED, "%s: %s",
                           graph_node_text(graph, node, text, sizeof text),
                           activation.kind == HINGE_ACT_NONE ? "is no activation"
                           : derivative                      ? "has no derivative"
                                                             : "has no row function");
    }
    row(&activation, x, y, (int64_t)count);
    return HINGE_OK;
}

size_t hinge_node_input(const hinge_session *session, size_t node, size_t index)
{
    const struct session_graph *at = graph_of_node(session, node);
    const struct graph_node *found = at ? &at->graph->nodes[node - at->first_node] : NULL;
    if (!found || index >= found->n_inputs || found->inputs[index] == GRAPH_NONE)
        return HINGE_NO_INDEX;
    return at->first_value + found->inputs[index];
}

size_t hinge_node_output(const hinge_session *session, size_t node, size_t index)
{
    const struct session_graph *at = graph_of_node(session, node);
    const struct graph_node *found = at ? &at->graph->nodes[node - at->first_node] : NULL;
    if (!found || index >= found->n_outputs || found->outputs[index] == GRAPH_NONE)
        return HINGE_NO_INDEX;
    return at->first_value + found->outputs[index];
}

bool hinge_get_value(const hinge_session *session, size_t index, hinge_value_info *info)
{
    const struct session_graph *at = graph_of_value(session, index);
    if (!at)
        return false;
    const struct graph_value *value = &at->graph->values[index - at->first_value];
    const hinge_tensor *tensor = &value->tensor;
    hinge_value_info full = {.name = value->name,
                             .tensor = {.type = tensor->type, .rank = tensor->rank},
                             .producer = value->producer == GRAPH_NONE
                                             ? HINGE_NO_INDEX
                                             : at->first_node + value->producer,
                             .n_readers = value->n_readers,
                             .is_input = value->is_input,
                             .is_output = value->is_output,
                             .is_constant = value->storage != GRAPH_NOT_CONSTANT,
                             .type = value->type_code,
                             .graph = at->graph->index,
                             .outer = HINGE_NO_INDEX,
                             .is_channels_last = value->is_channels_last};
    memcpy(full.tensor.dims, tensor->dims, sizeof full.tensor.dims);
    if (value->outer != GRAPH_NONE && at->parent_node != SIZE_MAX)
        full.outer = graph_of_node(session, at->parent_node)->first_value + value->outer;
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

static const struct plan *latest_plan(const hinge_context *context)
{
    return context->frames[0].instances ? context->frames[0].instances->plan : NULL;
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
        else if (plan->values[v].place == PLAN_BLOCK && tensor_size(&plan->values[v].tensor, &size))
            full.unshared += size;
    }
    return give(info, &full, sizeof full);
}

size_t hinge_plan_step(const hinge_context *context, size_t step)
{
    const struct plan *plan = latest_plan(context);
    return plan && step < plan->n_steps ? plan->steps[step].index : HINGE_NO_INDEX;
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
