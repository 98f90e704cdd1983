#include "bind/bind.h"

#include "base/tensor.h"
#include "plugins/signature.h"

#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 64

struct binding {
    const struct registry *registry;
    struct host_caller caller;
    struct bind_missing *missing;
    size_t n_missed;     /* nodes, those that miss what others do included */
    hinge_status failed; /* of a list that could not grow */
    unsigned depth;
};

/* One node being bound. */
struct candidate {
    struct binding *binding;
    struct graph *graph;
    uint32_t node;
    hinge_type_code *inputs, *outputs;
    struct arena arena;
};

static struct binding *binding_of(struct host_caller *caller)
{
    return (struct binding *)(void *)((char *)caller - offsetof(struct binding, caller));
}

/* What a model declares of its inner values is not believed; what it declares of an output stays
 * its description until more is known. */
static void set_type(struct graph *graph, uint32_t index, hinge_type_code code)
{
    struct graph_value *value = &graph->values[index];
    value->type_code = code;
    if (value->is_static && value->tensor.type == (hinge_type)(code & 0xff))
        return; /* a pass has put another node before a value that it knew */
    if (!value->is_output || graph->parent || value->tensor.type != (hinge_type)(code & 0xff))
        value->tensor = tensor_of_code(code);
}

/* What is missing */

static void miss(struct binding *binding, const struct graph *graph, const struct graph_node *node,
                 const char *text)
{
    struct bind_missing *missing = binding->missing;
    binding->n_missed++;
    for (size_t i = 0; i < missing->n; i++)
        if (strcmp(missing->texts[i], text) == 0)
            return;
    void *texts = missing->texts;
    const char *copy = arena_string(&missing->arena, text, strlen(text));
    if (!copy || !memory_grow(missing->arena.allocator, &texts, &missing->capacity, missing->n,
                              sizeof *missing->texts)) {
        binding->failed = HINGE_NO_MEMORY;
        return;
    }
    missing->texts = texts;
    if (missing->n == 0)
        snprintf(missing->node, sizeof missing->node, "%s", graph_node_name(graph, node));
    missing->texts[missing->n++] = copy;
}

/* No entry is right for the node's operator and opset. */
static void miss_operator(struct binding *binding, const struct graph *graph,
                          const struct graph_node *node)
{
    const char *domain = *node->domain ? node->domain : "ai.onnx";
    const struct registry_entry *first;
    size_t count = registry_find(binding->registry, node, &first);
    uint32_t oldest = UINT32_MAX, newest = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t until = registry_until(&first[i]);
        oldest = first[i].op->since < oldest ? first[i].op->since : oldest;
        newest = until > newest ? until : newest;
    }
    char text[256];
    if (count == 0)
        snprintf(text, sizeof text, "%.100s::%.100s", domain, node->op);
    else
        snprintf(text, sizeof text, "%.100s::%.100s of opset %u (known for %u to %u)", domain,
                 node->op, (unsigned)node->opset, (unsigned)oldest, (unsigned)newest);
    miss(binding, graph, node, text);
}

/* What the inputs before make of the variable that input bad does not fit, though it might be that
 * type on its own; 0 where that is not so. */
static hinge_type_code bound_by_others(struct candidate *at, const char *signature, uint32_t bad)
{
    struct signature_types alone, before;
    uint32_t unused;
    hinge_type_code *inputs = arena_array(&at->arena, (size_t)bad + 1, sizeof *inputs);
    if (!inputs)
        return 0;
    inputs[bad] = at->inputs[bad];
    if (!signature_match(signature, inputs, bad + 1, &alone, &unused) ||
        !signature_match(signature, at->inputs, bad, &before, &unused))
        return 0;
    for (size_t v = 0; v < SIGNATURE_MAX_VARIABLES; v++)
        if (alone.codes[v] && before.codes[v])
            return before.codes[v];
    return 0;
}

/* Entries are there, but none for these types; entry is the first of them, and bad the parameter
 * that does not fit it. */
static void miss_kernel(struct candidate *at, const struct registry_entry *entry, bool output,
                        uint32_t bad)
{
    const struct graph_node *node = &at->graph->nodes[at->node];
    char text[400], code[64], types[96];
    size_t size;
    const char *name = signature_name(entry->op->signature, output, bad, &size);
    signature_parameter_types(entry->op->signature, output, bad, types, sizeof types);
    hinge_type_code_text(output ? at->outputs[bad] : at->inputs[bad], code, sizeof code);
    int used = snprintf(text, sizeof text, "%.60s::%.60s with %s %.*s of type %s",
                        *node->domain ? node->domain : "ai.onnx", node->op,
                        output ? "output" : "input", (int)(size < 40 ? size : 40), name, code);
    hinge_type_code bound = output ? 0 : bound_by_others(at, entry->op->signature, bad);
    if (bound && used > 0)
        snprintf(text + used, sizeof text - (size_t)used, ", which another input makes %s",
                 hinge_type_code_text(bound, code, sizeof code));
    else if (used > 0)
        snprintf(text + used, sizeof text - (size_t)used, " (not one of: %s)", types);
    miss(at->binding, at->graph, node, text);
}

/* Types */

/* The type that an attribute tells an output's variable. */
static hinge_type_code told_by(const struct candidate *at, const char *name, size_t size)
{
    const struct graph_node *node = &at->graph->nodes[at->node];
    const struct hinge_attribute_def *def = node->definition->attributes;
    for (size_t i = 0; def && def[i].name; i++) {
        const struct hinge_attribute *value = &node->bound[i];
        if (strlen(def[i].name) != size || memcmp(def[i].name, name, size) != 0)
            continue;
        if (value->type == HINGE_ATTR_INT && (value->present || value->i))
            return value->i > 0 && value->i < HINGE_N_TYPES ? (hinge_type_code)value->i : 0;
        if (value->type == HINGE_ATTR_TENSOR && value->present)
            return (hinge_type_code)value->tensor->type;
        if (value->type == HINGE_ATTR_TYPE_PROTO && value->present)
            return value->type_codes[0];
    }
    return node->n_inputs ? at->inputs[0] : 0;
}

/* Types of the outputs by the signature, where it tells them; false where one may not be what an
 * attribute makes it. */
static bool signature_types_of(struct candidate *at, const char *signature,
                               struct signature_types *types, uint32_t *bad)
{
    const struct graph_node *node = &at->graph->nodes[at->node];
    for (uint32_t i = 0; i < node->n_outputs; i++) {
        const char *name;
        size_t size, variable;
        if (signature_attribute(signature, i, types, &name, &size, &variable)) {
            types->codes[variable] = told_by(at, name, size);
            if (!signature_allows(signature, variable, types->codes[variable])) {
                at->outputs[i] = types->codes[variable];
                *bad = i;
                return false;
            }
        }
        at->outputs[i] = signature_output(signature, i, types);
    }
    return true;
}

/* Whether a body of the node returns values of that type, or of that of its elements, or a tensor
 * among the attributes has it. */
static bool is_of_model(const struct graph_node *node, hinge_type_code code)
{
    for (uint32_t i = 0; i < node->n_attributes; i++) {
        const struct hinge_attribute *value = &node->attributes[i].value;
        const struct graph *body = node->attributes[i].graph;
        if (value->present && value->type == HINGE_ATTR_TENSOR && value->tensor->type == code)
            return true;
        for (uint32_t k = 0; body && k < body->n_outputs; k++) {
            hinge_type_code returned = body->values[body->outputs[k]].type_code;
            if (returned == code || returned == hinge_element_code(code))
                return true;
        }
    }
    return false;
}

/* An output of a type that its signature does not have, which a model may want of it. */
static hinge_status refuse_type(const struct hinge_node *view, const struct graph_node *node,
                                uint32_t output, hinge_type_code code)
{
    char text[HINGE_TYPE_CODE_TEXT];
    hinge_type_code_text(code, text, sizeof text);
    if (is_of_model(node, code))
        return view->host->fail(view, HINGE_UNSUPPORTED,
                                "output %u would be %s, which %s-%u does not allow",
                                (unsigned)output, text, node->op, (unsigned)node->opset);
    return view->host->fail(view, HINGE_BAD_PLUGIN,
                            "types makes output %u %s, against its signature", (unsigned)output,
                            text);
}

static hinge_status ask_types(struct candidate *at)
{
    struct graph_node *node = &at->graph->nodes[at->node];
    struct host_node view;
    if (host_node_describe(&view, &at->binding->caller, at->graph, node, &at->arena))
        return status_no_memory(at->binding->caller.error);
    size_t n_missed = at->binding->n_missed;
    hinge_status status = host_types(&view, at->inputs, at->outputs);
    for (uint32_t i = 0; i < node->n_outputs && !status; i++)
        if (node->outputs[i] != GRAPH_NONE && !at->outputs[i] && at->binding->n_missed == n_missed)
            status = view.node.host->fail(&view.node, HINGE_BAD_MODEL,
                                          "the type of output %u cannot be told", (unsigned)i);
        else if (!signature_output_allows(node->definition->signature, i, at->outputs[i]))
            status = refuse_type(&view.node, node, i, at->outputs[i]);
    return status;
}

/* Tries one entry. *fits tells whether it is the one; a failure is the model's. */
static hinge_status try_entry(struct candidate *at, const struct registry_entry *entry, bool *fits,
                              bool *output, uint32_t *bad)
{
    struct graph_node *node = &at->graph->nodes[at->node];
    struct host_caller *caller = &at->binding->caller;
    const char *signature = entry->op->signature;
    struct signature_types types;
    *fits = *output = false;
    if (node->n_inputs <= signature_arity(signature).max_inputs &&
        !signature_match(signature, at->inputs, node->n_inputs, &types, bad))
        return HINGE_OK;
    hinge_status status = registry_bind(entry, at->graph, node, NULL, caller->error);
    caller->failed = true;
    if (status)
        return status;
    *output = true;
    if (!signature_types_of(at, signature, &types, bad))
        return HINGE_OK;
    status = ask_types(at);
    if (status)
        return status;
    const struct hinge_kernel *kernel = registry_kernel(entry->op, types.codes[0], types.codes[1]);
    *output = false;
    *bad = 0;
    *fits = kernel != NULL;
    node->run = kernel ? kernel->run : NULL;
    return HINGE_OK;
}

static void unbind(struct graph_node *node)
{
    node->definition = NULL;
    node->plugin = NULL;
    node->run = NULL;
    node->bound = NULL;
    node->bodies = NULL;
}

/* The best entry that fits. A failure of one (arity, attributes) counts when no other fits. */
static hinge_status choose(struct candidate *at, bool *found)
{
    struct graph_node *node = &at->graph->nodes[at->node];
    const struct registry_entry *first, *refused = NULL;
    size_t count = registry_find(at->binding->registry, node, &first), n_covering = 0;
    size_t n_missed = at->binding->n_missed;
    uint32_t bad = 0;
    bool output = false;
    hinge_error *error = at->binding->caller.error, kept = {.status = HINGE_OK};
    *found = false;
    for (size_t i = 0; i < count; i++) {
        if (!registry_covers(&first[i], node->opset))
            continue;
        bool own_output;
        uint32_t own_bad = 0;
        n_covering++;
        hinge_status status = try_entry(at, &first[i], found, &own_output, &own_bad);
        if (*found || status == HINGE_NO_MEMORY || at->binding->n_missed > n_missed)
            return status;
        if (status && !kept.status) {
            kept.status = status;
            if (error)
                kept = *error;
            kept.status = status;
        } else if (!status && !refused) {
            refused = &first[i];
            bad = own_bad;
            output = own_output;
        }
    }
    unbind(node);
    if (!n_covering)
        miss_operator(at->binding, at->graph, node);
    else if (kept.status && error)
        *error = kept;
    if (kept.status)
        return kept.status;
    if (refused)
        miss_kernel(at, refused, output, bad);
    return HINGE_OK;
}

/* Walking */

static hinge_status bind_graph(struct binding *binding, struct graph *graph);

/* Where the node itself cannot be bound, what is missing in its bodies is still told. */
static hinge_status bind_bodies(struct binding *binding, const struct graph_node *node)
{
    hinge_status status = HINGE_OK;
    for (uint32_t a = 0; a < node->n_attributes && !status; a++)
        if (node->attributes[a].graph)
            status = bind_graph(binding, node->attributes[a].graph);
    return status;
}

/* A body whose types the operator has not asked for has those that the model declares. */
static hinge_status bind_untold(struct candidate *at)
{
    const struct graph_node *node = &at->graph->nodes[at->node];
    hinge_status status = HINGE_OK;
    for (uint32_t a = 0; a < node->n_attributes && !status; a++) {
        struct graph *body = node->attributes[a].graph;
        if (!body || body->is_bound)
            continue;
        status = bind_graph(at->binding, body);
        for (uint32_t i = 0; i < body->n_inputs && !status; i++)
            if (!body->values[body->inputs[i]].type_code)
                status = status_fail(at->binding->caller.error, HINGE_BAD_PLUGIN,
                                     "%s does not tell the type of input \"%.60s\" of its body",
                                     node->op, body->values[body->inputs[i]].name);
    }
    return status;
}

/* Types of the node's inputs; false where one is not known. */
static bool find_inputs(const struct candidate *at)
{
    const struct graph_node *node = &at->graph->nodes[at->node];
    bool known = true;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i] == GRAPH_NONE)
            continue;
        at->inputs[i] = at->graph->values[node->inputs[i]].type_code;
        known &= at->inputs[i] != 0;
    }
    return known;
}

static bool is_there(const struct binding *binding, const struct graph_node *node)
{
    const struct registry_entry *first;
    size_t count = registry_find(binding->registry, node, &first);
    for (size_t i = 0; i < count; i++)
        if (registry_covers(&first[i], node->opset))
            return true;
    return false;
}

static hinge_status bind_one(struct candidate *at)
{
    struct graph_node *node = &at->graph->nodes[at->node];
    at->inputs = arena_array(&at->arena, node->n_inputs, sizeof *at->inputs);
    at->outputs = arena_array(&at->arena, node->n_outputs, sizeof *at->outputs);
    if (!at->inputs || !at->outputs)
        return status_no_memory(at->binding->caller.error);
    bool found = false;
    hinge_status status = HINGE_OK;
    if (find_inputs(at)) {
        status = choose(at, &found);
        if (status)
            return host_blame(&at->binding->caller, at->graph, node, status);
    } else if (!is_there(at->binding, node)) {
        miss_operator(at->binding, at->graph, node);
    } else {
        at->binding->n_missed++;
    }
    for (uint32_t i = 0; i < node->n_outputs && found; i++)
        if (node->outputs[i] != GRAPH_NONE && at->outputs[i])
            set_type(at->graph, node->outputs[i], at->outputs[i]);
    return found ? bind_untold(at) : bind_bodies(at->binding, node);
}

/* Types of what is there before any node: declared ones, constants, values of the enclosing graph.
 */
static void begin_values(struct graph *graph)
{
    for (size_t v = 0; v < graph->n_values; v++) {
        struct graph_value *value = &graph->values[v];
        if (!value->type_code)
            value->type_code = (hinge_type_code)value->tensor.type;
        if (value->outer == GRAPH_NONE)
            continue;
        const struct graph_value *outer = &graph->parent->values[value->outer];
        value->type_code = outer->type_code;
        if (value->storage == GRAPH_NOT_CONSTANT)
            value->tensor = tensor_of_code(outer->type_code);
    }
}

/* Kernels may count on the outputs that their operator always has, wanted or not. */
static hinge_status add_missing_outputs(struct graph *graph, uint32_t index,
                                        const hinge_type_code *codes)
{
    for (uint32_t i = 0; i < graph->nodes[index].min_outputs; i++) {
        if (graph->nodes[index].outputs[i] != GRAPH_NONE)
            continue;
        uint32_t value = graph_add_value(graph, "");
        if (value == GRAPH_NONE)
            return HINGE_NO_MEMORY;
        graph_set_output(graph, index, i, value);
        set_type(graph, value, codes[i]);
    }
    return HINGE_OK;
}

static hinge_status bind_index(struct binding *binding, struct graph *graph, uint32_t index)
{
    struct candidate at = {binding, graph, index, NULL, NULL, {graph->allocator, NULL}};
    hinge_status status = bind_one(&at);
    if (!status && graph->nodes[index].definition && add_missing_outputs(graph, index, at.outputs))
        status = status_no_memory(binding->caller.error);
    arena_free(&at.arena);
    if (!status && binding->failed)
        status = status_no_memory(binding->caller.error);
    return status;
}

static hinge_status bind_graph(struct binding *binding, struct graph *graph)
{
    if (binding->depth >= MAX_DEPTH)
        return status_fail(binding->caller.error, HINGE_LIMIT,
                           "graphs are nested more than %d deep", MAX_DEPTH);
    binding->depth++;
    begin_values(graph);
    graph->is_bound = true;
    hinge_status status = HINGE_OK;
    for (uint32_t n = 0; n < graph->n_nodes && !status; n++)
        if (!graph->nodes[n].removed)
            status = bind_index(binding, graph, n);
    binding->depth--;
    return status;
}

static hinge_status body_types(struct host_node *node, struct graph *body,
                               const hinge_type_code *inputs, uint32_t n_inputs,
                               hinge_type_code *outputs, uint32_t n_outputs)
{
    if (n_inputs != body->n_inputs || n_outputs != body->n_outputs)
        return node->node.host->fail(&node->node, HINGE_BAD_MODEL,
                                     "its body \"%.60s\" has %u inputs and %u outputs, not %u "
                                     "and %u",
                                     body->name, (unsigned)body->n_inputs,
                                     (unsigned)body->n_outputs, (unsigned)n_inputs,
                                     (unsigned)n_outputs);
    for (uint32_t i = 0; i < n_inputs; i++)
        if (inputs[i])
            set_type(body, body->inputs[i], inputs[i]);
    hinge_status status = bind_graph(binding_of(node->caller), body);
    for (uint32_t i = 0; i < n_outputs && !status; i++)
        outputs[i] = body->values[body->outputs[i]].type_code;
    return status;
}

static hinge_status check_inputs(struct graph *graph, hinge_error *error)
{
    for (uint32_t i = 0; i < graph->n_inputs; i++) {
        struct graph_value *value = &graph->values[graph->inputs[i]];
        if (!value->type_code)
            return status_fail(error, HINGE_BAD_MODEL,
                               "input \"%.100s\" is declared without a type", value->name);
        value->is_static = tensor_is_known(&value->tensor);
    }
    return HINGE_OK;
}

hinge_status bind_fail(const struct registry *registry, const struct bind_missing *missing,
                       hinge_error *error)
{
    status_fail(error, HINGE_UNSUPPORTED, "no plugin has %s", missing->n > 1 ? "these: " : "");
    if (!error)
        return HINGE_UNSUPPORTED;
    size_t used = strlen(error->message);
    for (size_t i = 0; i < missing->n; i++) {
        size_t room = sizeof error->message - used;
        if (strlen(missing->texts[i]) + 100 > room) {
            used += (size_t)snprintf(error->message + used, room, " and %zu more", missing->n - i);
            break;
        }
        used +=
            (size_t)snprintf(error->message + used, room, "%s%s", i ? ", " : "", missing->texts[i]);
    }
    if (registry->n_refusals)
        snprintf(error->message + used, sizeof error->message - used,
                 " (%zu plugin%s could not be used: %s)", registry->n_refusals,
                 registry->n_refusals > 1 ? "s" : "", registry->refusals[0].path);
    memcpy(error->node, missing->node, sizeof error->node);
    return HINGE_UNSUPPORTED;
}

hinge_status bind_model(const struct registry *registry, const struct host_session *session,
                        struct graph *graph, bool may_miss, struct bind_missing *missing,
                        hinge_error *error)
{
    *missing = (struct bind_missing){.arena = {session->allocator, NULL}};
    struct binding binding = {
        .registry = registry,
        .caller = {.session = session, .error = error, .graph_types = body_types},
        .missing = missing};
    hinge_status status = bind_graph(&binding, graph);
    if (!status && !may_miss && missing->n)
        return bind_fail(registry, missing, error);
    return status ? status : check_inputs(graph, error);
}

void bind_missing_free(struct bind_missing *missing)
{
    if (missing->arena.allocator)
        memory_free(missing->arena.allocator, missing->texts);
    arena_free(&missing->arena);
    *missing = (struct bind_missing){.n = 0};
}

hinge_status bind_node(const struct registry *registry, const struct host_session *session,
                       struct graph *graph, uint32_t node, hinge_error *error)
{
    struct bind_missing missing = {.arena = {session->allocator, NULL}};
    struct binding binding = {
        .registry = registry, .caller = {.session = session, .error = error}, .missing = &missing};
    hinge_status status = bind_index(&binding, graph, node);
    if (!status && missing.n)
        status = bind_fail(registry, &missing, error);
    bind_missing_free(&missing);
    return status;
}
