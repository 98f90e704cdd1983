/* libFuzzer's way into the loader: any bytes are either refused with a message or give a graph that
 * is sound in all that its users take for granted. What is found is a trap; sanitizers find the
 * rest. */
#include "load/load.h"

#include <stdlib.h>
#include <string.h>

/* Enough for what bytes of a few kilobytes should need; what needs more has to end in
 * HINGE_NO_MEMORY. */
#define MAX_MEMORY ((size_t)64 << 20)

static size_t in_use;
static volatile double sink; /* for what is read only to see that it can be */

/* The size stands in front of what is given out. */
static void *limited_alloc(void *user, size_t size, size_t alignment)
{
    (void)user;
    void *memory;
    if (size > MAX_MEMORY - in_use || posix_memalign(&memory, alignment, alignment + size) != 0)
        return NULL;
    in_use += size;
    unsigned char *given = (unsigned char *)memory + alignment;
    memcpy(given - sizeof size, &size, sizeof size);
    memcpy(given - 2 * sizeof size, &alignment, sizeof alignment);
    return given;
}

static void limited_release(void *user, void *memory)
{
    (void)user;
    size_t size, alignment;
    memcpy(&size, (unsigned char *)memory - sizeof size, sizeof size);
    memcpy(&alignment, (unsigned char *)memory - 2 * sizeof size, sizeof alignment);
    in_use -= size;
    free((unsigned char *)memory - alignment);
}

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Reads all of a tensor's data, and where an element has to be aligned, one as what it is. */
static void check_tensor(const hinge_tensor *tensor)
{
    require(tensor->rank >= 0 && tensor->rank <= HINGE_MAX_RANK && tensor->data);
    require(hinge_type_bits(tensor->type) != 0);
    size_t size = hinge_size(tensor->type, hinge_count(tensor));
    if (tensor->type == HINGE_STRING) {
        const hinge_string *strings = tensor->data;
        for (int64_t i = 0; i < hinge_count(tensor); i++)
            for (size_t j = 0; j < strings[i].size; j++)
                sink += strings[i].bytes[j];
        return;
    }
    for (size_t i = 0; i < size; i++)
        sink += ((const unsigned char *)tensor->data)[i];
    if (tensor->type == HINGE_INT64 && size)
        sink += (double)*(const int64_t *)tensor->data;
    if (tensor->type == HINGE_FLOAT && size)
        sink += (double)*(const float *)tensor->data;
}

static void check_graph(const struct graph *graph, const struct graph *parent);

/* Each level is one that can stand where it stands, or not known. */
static void check_type(hinge_type_code code)
{
    for (;; code >>= 8) {
        hinge_type level = (hinge_type)(code & 255);
        if (level == HINGE_MAP || level == HINGE_SPARSE) {
            code >>= 8;
            require((code & 255) < HINGE_N_TYPES);
        }
        if (level == HINGE_SEQUENCE || level == HINGE_OPTIONAL || level == HINGE_MAP)
            continue;
        require(code >> 8 == 0 && (level < HINGE_N_TYPES || level == HINGE_SPARSE));
        return;
    }
}

static void check_value(const struct graph *graph, const struct graph *parent,
                        const struct graph_value *value)
{
    require(value->name && value->name[0]);
    require(value->outer == GRAPH_NONE || (parent && value->outer < parent->n_values));
    require(value->producer == GRAPH_NONE || value->producer < graph->n_nodes);
    require(value->tensor.rank >= -1 && value->tensor.rank <= HINGE_MAX_RANK);
    for (int32_t i = 0; i < value->tensor.rank; i++)
        require(value->tensor.dims[i] >= -1);
    check_type(value->type_code);
    require(value->tensor.type == (hinge_type)(value->type_code & 255));
    if (value->default_tensor) {
        require(value->is_input && value->has_default);
        check_tensor(value->default_tensor);
    }
    if (value->storage == GRAPH_NOT_CONSTANT) {
        require(!value->tensor.data);
        return;
    }
    check_tensor(&value->tensor);
    require((value->storage == GRAPH_BORROWED) == (value->outer != GRAPH_NONE));
    if (value->storage == GRAPH_BORROWED)
        require(value->tensor.data == parent->values[value->outer].tensor.data);
}

static void check_attribute(const struct graph *graph, const struct graph_attribute *attribute)
{
    const struct hinge_attribute *value = &attribute->value;
    require(attribute->name && attribute->name[0]);
    if (attribute->reference || !value->present)
        return;
    if (value->type == HINGE_ATTR_GRAPH)
        check_graph(attribute->graph, graph);
    else
        require(!attribute->graph);
    if (value->type == HINGE_ATTR_TENSOR || value->type == HINGE_ATTR_SPARSE_TENSOR)
        check_tensor(value->tensor);
    for (size_t i = 0; i < value->count; i++)
        switch (value->type) {
        case HINGE_ATTR_FLOATS: sink = (double)value->floats[i]; break;
        case HINGE_ATTR_INTS: sink = (double)value->ints[i]; break;
        case HINGE_ATTR_STRINGS: require(value->strings[i].bytes != NULL); break;
        case HINGE_ATTR_TENSORS:
        case HINGE_ATTR_SPARSE_TENSORS: check_tensor(&value->tensor[i]); break;
        case HINGE_ATTR_TYPE_PROTO:
        case HINGE_ATTR_TYPE_PROTOS: check_type(value->type_codes[i]); break;
        default: abort();
        }
}

static void check_node(const struct graph *graph, uint32_t index)
{
    const struct graph_node *node = &graph->nodes[index];
    require(node->op[0] && node->opset > 0 && node->name && node->overload && !node->removed);
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i] == GRAPH_NONE)
            continue;
        require(node->inputs[i] < graph->n_values);
        uint32_t producer = graph->values[node->inputs[i]].producer;
        require(producer == GRAPH_NONE || producer < index);
    }
    for (uint32_t i = 0; i < node->n_outputs; i++)
        require(node->outputs[i] == GRAPH_NONE ||
                (node->outputs[i] < graph->n_values &&
                 graph->values[node->outputs[i]].producer == index));
    for (uint32_t i = 0; i < node->n_attributes; i++)
        check_attribute(graph, &node->attributes[i]);
}

static void check_graph(const struct graph *graph, const struct graph *parent)
{
    require(graph && graph->parent == parent && graph->name);
    for (size_t v = 0; v < graph->n_values; v++)
        check_value(graph, parent, &graph->values[v]);
    for (uint32_t i = 0; i < graph->n_inputs; i++)
        require(graph->inputs[i] < graph->n_values && graph->values[graph->inputs[i]].is_input);
    for (uint32_t i = 0; i < graph->n_outputs; i++)
        require(graph->outputs[i] < graph->n_values && graph->values[graph->outputs[i]].is_output);
    for (uint32_t d = 0; d < graph->n_defaults; d++) {
        require(graph->defaults[d].value < graph->n_values);
        check_type(graph->defaults[d].declared_code);
    }
    for (uint32_t n = 0; n < graph->n_nodes; n++)
        check_node(graph, n);
    for (uint32_t f = 0; f < graph->n_functions; f++) {
        check_graph(graph->functions[f].body, NULL);
        for (uint32_t a = 0; a < graph->functions[f].n_attributes; a++)
            check_attribute(graph, &graph->functions[f].attributes[a]);
    }
}

static void try_model(const uint8_t *data, size_t size, bool overridable_defaults)
{
    hinge_allocator allocator = {limited_alloc, limited_release, NULL};
    const struct load_options options = {.overridable_defaults = overridable_defaults};
    struct loaded_model *model;
    hinge_error error = {0};
    hinge_status status = load_memory(data, size, &options, &allocator, &model, &error);
    if (status) {
        require(!model && error.status == status && error.message[0]);
        require(memchr(error.message, 0, sizeof error.message) &&
                memchr(error.node, 0, sizeof error.node));
    } else {
        check_graph(model->graph, NULL);
    }
    load_close(model);
    require(in_use == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_model(data, size, false);
    try_model(data, size, true);
    return 0;
}
