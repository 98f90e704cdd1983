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
    for (size_t v = 0; v < graph->n_values; v++) {
        const struct graph_value *value = &graph->values[v];
        require(value->name && value->name[0]);
        require(value->outer == GRAPH_NONE || (parent && value->outer < parent->n_values));
        require(value->producer == GRAPH_NONE || value->producer < graph->n_nodes);
        require(value->tensor.rank >= -1 && value->tensor.rank <= HINGE_MAX_RANK);
        for (int32_t i = 0; i < value->tensor.rank; i++)
            require(value->tensor.dims[i] >= -1);
        if (value->storage == GRAPH_NOT_CONSTANT)
            require(!value->tensor.data);
        else
            check_tensor(&value->tensor);
    }
    for (uint32_t i = 0; i < graph->n_inputs; i++)
        require(graph->inputs[i] < graph->n_values && graph->values[graph->inputs[i]].is_input);
    for (uint32_t i = 0; i < graph->n_outputs; i++)
        require(graph->outputs[i] < graph->n_values && graph->values[graph->outputs[i]].is_output);
    for (uint32_t n = 0; n < graph->n_nodes; n++)
        check_node(graph, n);
    for (uint32_t f = 0; f < graph->n_functions; f++) {
        check_graph(graph->functions[f].body, NULL);
        for (uint32_t a = 0; a < graph->functions[f].n_attributes; a++)
            check_attribute(graph, &graph->functions[f].attributes[a]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hinge_allocator allocator = {limited_alloc, limited_release, NULL};
    struct loaded_model *model;
    hinge_error error = {0};
    hinge_status status = load_memory(data, size, &allocator, &model, &error);
    if (status) {
        require(!model && error.status == status && error.message[0]);
        require(memchr(error.message, 0, sizeof error.message) &&
                memchr(error.node, 0, sizeof error.node));
    } else {
        check_graph(model->graph, NULL);
    }
    load_close(model);
    require(in_use == 0);
    return 0;
}
