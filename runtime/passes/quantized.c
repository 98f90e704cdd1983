#include "passes/quantized.h"

#include <math.h>

static bool is_constant(const struct graph *graph, uint32_t value)
{
    return graph_is_constant(graph, value) && graph->values[value].tensor.data;
}

static bool are_scales(const struct graph *graph, uint32_t value)
{
    if (!is_constant(graph, value) || graph->values[value].tensor.type != HINGE_FLOAT)
        return false;
    const hinge_tensor *tensor = &graph->values[value].tensor;
    const float *scales = tensor->data;
    const int64_t count = hinge_count(tensor);
    for (int64_t i = 0; i < count; i++)
        if (!(scales[i] > 0) || !isfinite(scales[i]))
            return false;
    return count > 0;
}

/* An attribute that this opset's operator lacks is 0. */
static int64_t attribute_of(const struct graph_node *node, const char *name)
{
    const struct hinge_attribute *attribute = pass_attribute(node, name, HINGE_ATTR_INT);
    return attribute ? attribute->i : 0;
}

static bool read(const struct graph *graph, const struct graph_node *node, uint32_t flag,
                 struct quantized *q)
{
    if (node->removed || !node->definition || !(node->definition->flags & flag) ||
        node->n_inputs < 2 || node->n_outputs != 1 || node->outputs[0] == GRAPH_NONE ||
        node->inputs[0] == GRAPH_NONE || attribute_of(node, "block_size") != 0 ||
        !are_scales(graph, node->inputs[1]))
        return false;
    *q = (struct quantized){.scale = node->inputs[1],
                            .zero_point = node->n_inputs > 2 ? node->inputs[2] : GRAPH_NONE,
                            .n_scales = hinge_count(&graph->values[node->inputs[1]].tensor),
                            .axis = attribute_of(node, "axis")};
    return q->zero_point == GRAPH_NONE ||
           (is_constant(graph, q->zero_point) &&
            hinge_count(&graph->values[q->zero_point].tensor) == q->n_scales);
}

static bool set_integers(const struct graph *graph, uint32_t integers, struct quantized *q)
{
    q->integers = integers;
    q->type = (hinge_type)graph->values[integers].type_code;
    return q->zero_point == GRAPH_NONE || graph->values[q->zero_point].tensor.type == q->type;
}

bool quantized_of_dequantize(const struct graph *graph, const struct graph_node *node,
                             struct quantized *q)
{
    return read(graph, node, HINGE_OP_DEQUANTIZES, q) &&
           graph->values[node->outputs[0]].type_code == HINGE_FLOAT &&
           set_integers(graph, node->inputs[0], q) &&
           (q->type == HINGE_INT8 || q->type == HINGE_UINT8 || q->type == HINGE_INT32);
}

bool quantized_of_quantize(const struct graph *graph, const struct graph_node *node,
                           struct quantized *q)
{
    if (!read(graph, node, HINGE_OP_QUANTIZES, q))
        return false;
    const int64_t precision = attribute_of(node, "precision");
    return (precision == 0 || precision == HINGE_FLOAT) &&
           graph->values[node->inputs[0]].type_code == HINGE_FLOAT &&
           set_integers(graph, node->outputs[0], q) &&
           (q->type == HINGE_INT8 || q->type == HINGE_UINT8);
}

bool quantized_of_value(const struct graph *graph, uint32_t value, struct quantized *q)
{
    return value != GRAPH_NONE && graph->values[value].producer != GRAPH_NONE &&
           quantized_of_dequantize(graph, &graph->nodes[graph->values[value].producer], q);
}

float quantized_scale(const struct graph *graph, const struct quantized *q, int64_t i)
{
    return ((const float *)graph->values[q->scale].tensor.data)[i];
}

int32_t quantized_zero_point(const struct graph *graph, const struct quantized *q, int64_t i)
{
    if (q->zero_point == GRAPH_NONE)
        return 0;
    const void *points = graph->values[q->zero_point].tensor.data;
    switch (q->type) {
    case HINGE_INT8: return ((const int8_t *)points)[i];
    case HINGE_UINT8: return ((const uint8_t *)points)[i];
    default: return ((const int32_t *)points)[i];
    }
}

bool quantized_same(const struct graph *graph, const struct quantized *a, const struct quantized *b)
{
    return a->type == b->type && a->n_scales == 1 && b->n_scales == 1 &&
           quantized_scale(graph, a, 0) == quantized_scale(graph, b, 0) &&
           quantized_zero_point(graph, a, 0) == quantized_zero_point(graph, b, 0);
}
