/* Type protos: kind and element types as a code, and the shape of a tensor. */
#include "load/parts.h"

#include <string.h>

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

/* A data type at one level; 0 is one that the model leaves open. */
static hinge_status add_element(struct load *load, int32_t type, unsigned level,
                                hinge_type_code *code)
{
    if (type != HINGE_NO_TYPE && !hinge_type_bits((hinge_type)type))
        return status_fail(load->error, HINGE_BAD_MODEL, "has unknown data type %d", (int)type);
    *code |= (hinge_type_code)(uint32_t)type << 8 * level;
    return HINGE_OK;
}

/* Adds what proto says from level on, and finds the shape that it ends with (NULL: none). */
static hinge_status add_levels(struct load *load, const Onnx__TypeProto *proto, unsigned level,
                               hinge_type_code *code, const Onnx__TensorShapeProto **shape)
{
    *shape = NULL;
    if (!proto || proto->value_case == ONNX__TYPE_PROTO__VALUE__NOT_SET)
        return HINGE_OK;
    bool takes_two = proto->value_case == ONNX__TYPE_PROTO__VALUE_MAP_TYPE ||
                     proto->value_case == ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE;
    if (level + takes_two >= HINGE_MAX_TYPE_LEVELS)
        return status_fail(load->error, HINGE_LIMIT, "has a type of more than %d levels",
                           HINGE_MAX_TYPE_LEVELS);
    unsigned shift = 8 * level;
    hinge_status status;
    switch (proto->value_case) {
    case ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE:
        *shape = proto->tensor_type->shape;
        return add_element(load, proto->tensor_type->elem_type, level, code);
    case ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE:
        *code |= (hinge_type_code)HINGE_SPARSE << shift;
        *shape = proto->sparse_tensor_type->shape;
        return add_element(load, proto->sparse_tensor_type->elem_type, level + 1, code);
    case ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE:
        *code |= (hinge_type_code)HINGE_SEQUENCE << shift;
        return add_levels(load, proto->sequence_type->elem_type, level + 1, code, shape);
    case ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE:
        *code |= (hinge_type_code)HINGE_OPTIONAL << shift;
        return add_levels(load, proto->optional_type->elem_type, level + 1, code, shape);
    case ONNX__TYPE_PROTO__VALUE_MAP_TYPE:
        *code |= (hinge_type_code)HINGE_MAP << shift;
        status = add_element(load, proto->map_type->key_type, level + 1, code);
        return status ? status
                      : add_levels(load, proto->map_type->value_type, level + 2, code, shape);
    default: return HINGE_OK; /* opaque: only its own operators could say what it is */
    }
}

hinge_status load_type_code(struct load *load, const Onnx__TypeProto *proto, hinge_type_code *code)
{
    const Onnx__TensorShapeProto *shape;
    *code = 0;
    return add_levels(load, proto, 0, code, &shape);
}

hinge_status load_type(struct load_scope *scope, const Onnx__TypeProto *proto,
                       struct load_declaration *declared)
{
    const Onnx__TensorShapeProto *shape;
    *declared = (struct load_declaration){.tensor.rank = -1};
    hinge_status status = add_levels(scope->load, proto, 0, &declared->code, &shape);
    if (status)
        return status;
    hinge_tensor *tensor = &declared->tensor;
    tensor->type = (hinge_type)(declared->code & 255);
    switch (tensor->type) {
    case HINGE_SEQUENCE:
    case HINGE_OPTIONAL:
    case HINGE_MAP:
        tensor->rank = 1;
        tensor->dims[0] = tensor->type == HINGE_MAP ? 2 : -1;
        return HINGE_OK;
    default: return shape ? load_dims(scope, shape, tensor, &declared->dim_names) : HINGE_OK;
    }
}
