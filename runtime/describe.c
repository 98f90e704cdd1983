/* What hinge.h says of a session's inputs and outputs, and of the library. */
#include "base/tensor.h"
#include "plan/session.h"

#include <string.h>

size_t hinge_n_inputs(const hinge_session *session)
{
    return session->graph->n_inputs;
}

size_t hinge_n_outputs(const hinge_session *session)
{
    return session->graph->n_outputs;
}

static const struct graph_value *find(const struct graph *graph, const uint32_t *list, size_t n,
                                      size_t index)
{
    return index < n ? &graph->values[list[index]] : NULL;
}

static const struct graph_value *input(const hinge_session *session, size_t index)
{
    const struct graph *graph = session->graph;
    return find(graph, graph->inputs, graph->n_inputs, index);
}

static const struct graph_value *output(const hinge_session *session, size_t index)
{
    const struct graph *graph = session->graph;
    return find(graph, graph->outputs, graph->n_outputs, index);
}

static const char *dim_name(const struct graph_value *value, int32_t axis)
{
    bool there = value && value->dim_names && axis >= 0 && axis < value->tensor.rank;
    return there ? value->dim_names[axis] : NULL;
}

const char *hinge_input_name(const hinge_session *session, size_t index)
{
    const struct graph_value *value = input(session, index);
    return value ? value->name : NULL;
}

const char *hinge_output_name(const hinge_session *session, size_t index)
{
    const struct graph_value *value = output(session, index);
    return value ? value->name : NULL;
}

const hinge_tensor *hinge_input_info(const hinge_session *session, size_t index)
{
    const struct graph_value *value = input(session, index);
    return value ? &value->tensor : NULL;
}

const hinge_tensor *hinge_output_info(const hinge_session *session, size_t index)
{
    const struct graph_value *value = output(session, index);
    return value ? &value->tensor : NULL;
}

hinge_type_code hinge_input_type(const hinge_session *session, size_t index)
{
    const struct graph_value *value = input(session, index);
    return value ? value->type_code : 0;
}

hinge_type_code hinge_output_type(const hinge_session *session, size_t index)
{
    const struct graph_value *value = output(session, index);
    return value ? value->type_code : 0;
}

static size_t index_of(const struct graph *graph, const uint32_t *list, uint32_t n,
                       const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(graph->values[list[i]].name, name) == 0)
            return i;
    return SIZE_MAX;
}

size_t hinge_input_index(const hinge_session *session, const char *name)
{
    return index_of(session->graph, session->graph->inputs, session->graph->n_inputs, name);
}

size_t hinge_output_index(const hinge_session *session, const char *name)
{
    return index_of(session->graph, session->graph->outputs, session->graph->n_outputs, name);
}

bool hinge_input_has_default(const hinge_session *session, size_t index)
{
    const struct graph_value *value = input(session, index);
    return value && value->default_tensor;
}

const char *hinge_input_dim_name(const hinge_session *session, size_t index, int32_t axis)
{
    return dim_name(input(session, index), axis);
}

const char *hinge_output_dim_name(const hinge_session *session, size_t index, int32_t axis)
{
    return dim_name(output(session, index), axis);
}

int64_t hinge_tensor_count(const hinge_tensor *tensor)
{
    hinge_tensor bytes = *tensor;
    bytes.type = HINGE_UINT8;
    return hinge_tensor_size(&bytes);
}

int64_t hinge_tensor_size(const hinge_tensor *tensor)
{
    size_t size;
    return tensor_size(tensor, &size) ? (int64_t)size : -1;
}

const char *hinge_version(void)
{
    return HINGE_VERSION;
}

bool hinge_supports(const char *feature)
{
    static const char *const features[] = {"bodies",         "sequences",      "bound-outputs",
                                           "shared-threads", "values-by-name", "default-inputs",
                                           "memory-limit",   "deadline",       "cache"};
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        if (strcmp(features[i], feature) == 0)
            return true;
    return false;
}
