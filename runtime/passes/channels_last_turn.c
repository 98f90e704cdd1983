/* Nodes turned into the layout with the channels last: their values, constants and axes. */
#include "passes/channels_last.h"
#include "plugins/signature.h"

#include "base/tensor.h"

#include <string.h>

int32_t layout_old_axis(int32_t d, int32_t rank)
{
    return d == 0 ? 0 : d == rank - 1 ? 1 : d + 1;
}

int32_t layout_new_axis(int32_t d, int32_t rank)
{
    return d == 0 ? 0 : d == 1 ? rank - 1 : d - 1;
}

static uint32_t add_twin(struct layout *l, uint32_t value)
{
    struct graph *graph = l->run->graph;
    /* Of the same name: it is what messages and statistics speak of. */
    const uint32_t twin = graph_add_value(graph, graph->values[value].name);
    if (twin == GRAPH_NONE)
        return GRAPH_NONE;
    const struct graph_value *from = &graph->values[value];
    struct graph_value *to = &graph->values[twin];
    to->type_code = from->type_code;
    to->is_static = from->is_static;
    to->is_channels_last = true;
    to->tensor = tensor_of_code(from->type_code);
    if (from->is_static) {
        to->tensor.rank = from->tensor.rank;
        for (int32_t d = 0; d < to->tensor.rank; d++)
            to->tensor.dims[d] = from->tensor.dims[layout_old_axis(d, to->tensor.rank)];
    }
    l->twins[value] = twin;
    return twin;
}

/* to = from with its axes in the other order. */
static hinge_status add_transpose(struct layout *l, uint32_t from, uint32_t to, int32_t rank,
                                  int32_t (*axis)(int32_t d, int32_t rank))
{
    struct graph *graph = l->run->graph;
    int64_t *perm = arena_array(&graph->arena, (size_t)rank, sizeof *perm);
    const uint32_t node = graph_add_node(graph, "Transpose", "", 13, &from, 1, &to, 1);
    if (!perm || node == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    for (int32_t d = 0; d < rank; d++)
        perm[d] = axis(d, rank);
    struct graph_attribute attribute = {.name = "perm", .value = {.type = HINGE_ATTR_INTS}};
    attribute.value.present = true;
    attribute.value.count = (size_t)rank;
    attribute.value.ints = perm;
    hinge_status status = pass_set_attribute(graph, node, &attribute);
    return status ? status : pass_bind(l->run, node);
}

/* A constant of this rank and the new layout. */
static uint32_t permuted_constant(struct graph *graph, uint32_t value, int32_t rank)
{
    const hinge_tensor from = graph->values[value].tensor;
    int64_t dims[HINGE_MAX_RANK], strides[HINGE_MAX_RANK], at[HINGE_MAX_RANK] = {0}, stride = 1;
    for (int32_t d = rank - 1; d >= 0; d--) {
        const int32_t missing = rank - from.rank;
        const int64_t dim = d < missing ? 1 : from.dims[d - missing];
        dims[layout_new_axis(d, rank)] = dim;
        strides[layout_new_axis(d, rank)] = stride;
        stride *= dim;
    }
    const uint32_t result = graph_add_constant(graph, "", from.type, rank, dims);
    if (result == GRAPH_NONE)
        return GRAPH_NONE;
    const size_t size = hinge_size(from.type, 1);
    char *to = graph->values[result].tensor.data;
    const int64_t count = hinge_count(&from);
    for (int64_t i = 0, offset = 0; i < count; i++, to += size) {
        memcpy(to, (const char *)from.data + (size_t)offset * size, size);
        for (int32_t d = rank - 1; d >= 0; d--) {
            offset += strides[d];
            if (++at[d] < dims[d])
                break;
            offset -= strides[d] * dims[d];
            at[d] = 0;
        }
    }
    return result;
}

static hinge_status permute_input(struct layout *l, uint32_t node, uint32_t i, int32_t rank)
{
    struct graph *graph = l->run->graph;
    const uint32_t value = graph->nodes[node].inputs[i];
    uint32_t twin = l->twins[value];
    if (graph_is_constant(graph, value)) {
        twin = permuted_constant(graph, value, rank);
        if (twin == GRAPH_NONE)
            return HINGE_NO_MEMORY;
        graph_set_input(graph, node, i, twin);
        if (graph->values[value].n_readers == 0)
            graph_drop_constant(graph, value);
        return HINGE_OK;
    }
    if (twin == GRAPH_NONE) {
        twin = add_twin(l, value);
        hinge_status status = twin == GRAPH_NONE
                                  ? HINGE_NO_MEMORY
                                  : add_transpose(l, value, twin, rank, layout_old_axis);
        if (status)
            return status;
    }
    graph_set_input(graph, node, i, twin);
    return HINGE_OK;
}

bool layout_find_axes(const struct layout *l, const struct graph_node *node, int32_t rank,
                      struct layout_axes *axes)
{
    const char *name = node->definition->axis;
    const int64_t *values = NULL;
    *axes = (struct layout_axes){.input = GRAPH_NONE};
    if (!name)
        return false;
    const struct hinge_attribute *one = pass_attribute(node, name, HINGE_ATTR_INT),
                                 *list = pass_attribute(node, name, HINGE_ATTR_INTS);
    axes->attribute = one ? one : list;
    for (uint32_t i = 0; i < node->n_inputs && !axes->attribute; i++) {
        size_t size;
        const char *parameter = signature_name(node->definition->signature, false, i, &size);
        if (node->inputs[i] != GRAPH_NONE && size == strlen(name) && !memcmp(parameter, name, size))
            axes->input = i;
    }
    if (one) {
        values = &one->i;
        axes->count = 1;
    } else if (list) {
        values = list->ints;
        axes->count = list->count;
    } else if (axes->input != GRAPH_NONE) {
        const hinge_tensor *input = &l->run->graph->values[node->inputs[axes->input]].tensor;
        if (!graph_is_constant(l->run->graph, node->inputs[axes->input]) ||
            input->type != HINGE_INT64 || input->rank != 1 || !input->data)
            return false;
        values = input->data;
        axes->count = (size_t)input->dims[0];
    }
    for (size_t i = 0; i < axes->count; i++) {
        if (i == HINGE_MAX_RANK || values[i] < -rank || values[i] >= rank)
            return false;
        axes->values[i] = values[i] < 0 ? values[i] + rank : values[i];
    }
    return true;
}

static hinge_status move_axes(struct layout *l, uint32_t index, int32_t rank)
{
    struct graph *graph = l->run->graph;
    const struct graph_node *node = layout_node(l, index);
    struct layout_axes axes;
    if (!layout_find_axes(l, node, rank, &axes) || axes.count == 0)
        return HINGE_OK;
    for (size_t i = 0; i < axes.count; i++)
        axes.values[i] = layout_new_axis((int32_t)axes.values[i], rank);
    if (!axes.attribute) {
        const uint32_t before = node->inputs[axes.input];
        const uint32_t constant =
            graph_add_constant(graph, "", HINGE_INT64, 1, (int64_t[]){(int64_t)axes.count});
        if (constant == GRAPH_NONE)
            return HINGE_NO_MEMORY;
        memcpy(graph->values[constant].tensor.data, axes.values, axes.count * sizeof(int64_t));
        graph_set_input(graph, index, axes.input, constant);
        if (graph->values[before].n_readers == 0)
            graph_drop_constant(graph, before);
        return HINGE_OK;
    }
    struct graph_attribute attribute = {.name = node->definition->axis};
    attribute.value.type = axes.attribute->type;
    attribute.value.present = true;
    attribute.value.i = axes.values[0];
    if (axes.attribute->type == HINGE_ATTR_INTS) {
        int64_t *ints = arena_array(&graph->arena, axes.count, sizeof *ints);
        if (!ints)
            return HINGE_NO_MEMORY;
        memcpy(ints, axes.values, axes.count * sizeof *ints);
        attribute.value.ints = ints;
        attribute.value.count = axes.count;
    }
    return pass_set_attribute(graph, index, &attribute);
}

hinge_status layout_turn(struct layout *l, uint32_t index)
{
    struct graph *graph = l->run->graph;
    const uint32_t output = layout_node(l, index)->outputs[0];
    const int32_t rank = layout_rank(l, output);
    hinge_status status = HINGE_OK;
    l->outputs[index] = output;
    for (uint32_t i = 0; i < layout_node(l, index)->n_inputs && !status; i++)
        if (layout_is_permuted(l, index, i))
            status = permute_input(l, index, i, rank);
    if (!status && l->kinds[index] == HAS_AXIS)
        status = move_axes(l, index, rank);
    const uint32_t twin = status ? GRAPH_NONE : add_twin(l, output);
    if (twin == GRAPH_NONE)
        return HINGE_NO_MEMORY;
    struct graph_node *node = &graph->nodes[index];
    node->name = graph_node_name(graph, node);
    graph->values[output].producer = GRAPH_NONE;
    graph_set_output(graph, index, 0, twin);
    if (l->kinds[index] == HAS_FORM) {
        node->op = arena_string(&graph->arena, l->forms[index], strlen(l->forms[index]));
        node->domain = "ai.hinge";
        node->opset = 1;
        if (!node->op)
            return HINGE_NO_MEMORY;
    }
    return pass_bind(l->run, index);
}

hinge_status layout_restore_outputs(struct layout *l)
{
    const struct graph *graph = l->run->graph;
    hinge_status status = HINGE_OK;
    for (uint32_t n = 0; n < l->n_nodes && !status; n++) {
        if (l->kinds[n] == STAYS)
            continue;
        const uint32_t value = l->outputs[n];
        if (graph->values[value].n_readers)
            status =
                add_transpose(l, l->twins[value], value, layout_rank(l, value), layout_new_axis);
    }
    return status;
}
