/*
 * What a Gradient node names in its attributes, xs, zs and y, becomes inputs behind its own: names
 * are the loader's alone, and a function's body loses them when it is inlined. The node thereby
 * also comes after all that is to be differentiated.
 */
#include "load/parts.h"

#include <string.h>

bool load_is_gradient(const struct graph_node *node)
{
    return strcmp(node->op, "Gradient") == 0 &&
           strcmp(node->domain, "ai.onnx.preview.training") == 0;
}

static const char *const lists[] = {"xs", "zs", "y"};
#define N_LISTS (sizeof lists / sizeof lists[0])

/* The names in an attribute; none where it is of another type than it must be, which is found out
 * when the node is bound. */
static const hinge_string *names_of(const struct graph_node *node, const char *name, size_t *n)
{
    *n = 0;
    for (uint32_t a = 0; a < node->n_attributes; a++) {
        const struct hinge_attribute *value = &node->attributes[a].value;
        if (strcmp(node->attributes[a].name, name) != 0)
            continue;
        if (value->type == HINGE_ATTR_STRING)
            *n = 1;
        else if (value->type == HINGE_ATTR_STRINGS)
            *n = value->count;
        return value->type == HINGE_ATTR_STRING ? &value->s : value->strings;
    }
    return NULL;
}

static hinge_status find(struct load_scope *scope, const hinge_string *name, uint32_t *value)
{
    hinge_status status = HINGE_OK;
    struct arena arena = {scope->load->allocator, NULL};
    const char *text = arena_string(&arena, name->bytes, name->size);
    *value = GRAPH_NONE;
    if (!text)
        status = status_no_memory(scope->load->error);
    else if (*text)
        status = load_find_value(scope, text, value);
    if (!status && *value == GRAPH_NONE)
        status = status_fail(scope->load->error, HINGE_BAD_MODEL,
                             "\"%.100s\" is no node's output, no input and no initializer", text);
    arena_free(&arena);
    return status;
}

hinge_status load_gradient(struct load_scope *scope, uint32_t index)
{
    struct graph *graph = scope->graph;
    struct graph_node *node = &graph->nodes[index];
    size_t n_inputs = node->n_inputs, n;
    for (size_t i = 0; i < N_LISTS; i++) {
        (void)names_of(node, lists[i], &n);
        n_inputs += n;
    }
    uint32_t *inputs = arena_array(&graph->arena, n_inputs, sizeof *inputs);
    if (!inputs || n_inputs > UINT32_MAX)
        return status_no_memory(scope->load->error);
    if (node->n_inputs)
        memcpy(inputs, node->inputs, node->n_inputs * sizeof *inputs);
    node->inputs = inputs;
    for (size_t i = 0; i < N_LISTS; i++) {
        const hinge_string *names = names_of(node, lists[i], &n);
        for (size_t k = 0; k < n; k++) {
            uint32_t value;
            hinge_status status = find(scope, &names[k], &value);
            if (status)
                return status;
            graph->values[value].n_readers++;
            inputs[node->n_inputs++] = value;
        }
    }
    return HINGE_OK;
}
