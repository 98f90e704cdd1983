/* Values: their names, and what a model declares of their types. */
#include "load/parts.h"

#include <string.h>

const char *load_domain(const char *domain)
{
    return !domain || strcmp(domain, "ai.onnx") == 0 ? "" : domain;
}

hinge_status load_new_value(struct load_scope *scope, const char *name, const char *what,
                            uint32_t *value)
{
    hinge_error *error = scope->load->error;
    if (!name || name[0] == '\0')
        return status_fail(error, HINGE_BAD_MODEL, "an %s has no name", what);
    if (names_find(&scope->names, name) != NAMES_NONE)
        return status_fail(error, HINGE_BAD_MODEL, "%s \"%.100s\": another value has that name",
                           what, name);
    *value = graph_add_value(scope->graph, name);
    if (*value == GRAPH_NONE ||
        !names_add(&scope->names, scope->graph->values[*value].name, *value))
        return status_no_memory(error);
    return HINGE_OK;
}

hinge_status load_find_value(struct load_scope *scope, const char *name, uint32_t *value)
{
    *value = names_find(&scope->names, name);
    if (*value != NAMES_NONE || !scope->parent)
        return HINGE_OK;
    uint32_t outer;
    hinge_status status = load_find_value(scope->parent, name, &outer);
    if (status || outer == GRAPH_NONE)
        return status;
    status = load_new_value(scope, name, "outer value", value);
    if (status)
        return status;
    struct graph_value *seen = &scope->parent->graph->values[outer];
    struct graph_value *stands_for_it = &scope->graph->values[*value];
    seen->n_readers++;
    stands_for_it->outer = outer;
    stands_for_it->dim_names = seen->dim_names;
    stands_for_it->tensor = seen->tensor;
    stands_for_it->tensor.data = NULL;
    return HINGE_OK;
}

static hinge_status load_dims(struct load_scope *scope, const Onnx__TensorShapeProto *shape,
                              hinge_tensor *tensor, const char *const **dim_names)
{
    struct load *load = scope->load;
    if (shape->n_dim > HINGE_MAX_RANK)
        return status_fail(load->error, HINGE_UNSUPPORTED, "has rank %zu; %d is the largest",
                           shape->n_dim, HINGE_MAX_RANK);
    tensor->rank = (int32_t)shape->n_dim;
    const char **names = NULL;
    for (size_t i = 0; i < shape->n_dim; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = shape->dim[i];
        tensor->dims[i] = -1;
        if (dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE) {
            /* Some exporters write -1 for a dimension that is not known. */
            if (dim->dim_value < -1)
                return status_fail(load->error, HINGE_BAD_MODEL, "has dimension %lld at axis %zu",
                                   (long long)dim->dim_value, i);
            tensor->dims[i] = dim->dim_value;
        } else if (dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM &&
                   dim->dim_param[0]) {
            if (!names)
                names = arena_array(&scope->graph->arena, shape->n_dim, sizeof *names);
            if (!names)
                return status_no_memory(load->error);
            names[i] = arena_string(&scope->graph->arena, dim->dim_param, strlen(dim->dim_param));
            if (!names[i])
                return status_no_memory(load->error);
        }
    }
    *dim_names = names;
    return HINGE_OK;
}

hinge_status load_type(struct load_scope *scope, const Onnx__TypeProto *proto, hinge_tensor *tensor,
                       const char *const **dim_names)
{
    *tensor = (hinge_tensor){.rank = -1};
    *dim_names = NULL;
    if (!proto || proto->value_case == ONNX__TYPE_PROTO__VALUE__NOT_SET)
        return HINGE_OK;
    if (proto->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return status_fail(scope->load->error, HINGE_UNSUPPORTED,
                           "is a sequence, map, optional or sparse tensor; only dense tensors are "
                           "supported");
    int32_t type = proto->tensor_type->elem_type;
    if (type != HINGE_NO_TYPE && !hinge_type_bits((hinge_type)type))
        return status_fail(scope->load->error, HINGE_BAD_MODEL, "has unknown data type %d",
                           (int)type);
    tensor->type = (hinge_type)type;
    return proto->tensor_type->shape
               ? load_dims(scope, proto->tensor_type->shape, tensor, dim_names)
               : HINGE_OK;
}
