#include "tools/onnxruntime/ort_inputs.h"

#include "files/value_file.h"
#include "inputs/random.h"
#include "inputs/shapes.h"

#include <stdlib.h>
#include <string.h>

/* The types behind it have other numbers in ONNX Runtime than in ONNX. */
static const hinge_type last_common_type = HINGE_FLOAT4E2M1;

bool ort_succeeded(const struct ort_api *api, ort_status *status, hinge_error *error)
{
    error->status = HINGE_UNSUPPORTED;
    return ort_api_succeeded(api, status, error->message, sizeof error->message);
}

static bool find_dims(hinge_tensor *shape, const struct ort_api *api, const ort_tensor_info *info,
                      const char *name, const struct input_options *options, hinge_error *error)
{
    const char *symbols[HINGE_MAX_RANK] = {0};
    size_t rank;
    if (!ort_succeeded(api, api->get_dimensions_count(info, &rank), error))
        return false;
    if (rank > HINGE_MAX_RANK)
        return error_set(error, HINGE_UNSUPPORTED, "input \"%s\" has rank %zu", name, rank);
    shape->rank = (int32_t)rank;
    if (!ort_succeeded(api, api->get_dimensions(info, shape->dims, rank), error) ||
        !ort_succeeded(api, api->get_symbolic_dimensions(info, symbols, rank), error))
        return false;
    for (size_t i = 0; i < rank; i++) {
        const char *size = symbols[i] ? options_find(&options->dims, symbols[i]) : NULL;
        if (shape->dims[i] < 0 && size)
            shape->dims[i] = strtoll(size, NULL, 10);
        else if (shape->dims[i] < 0 && options->has_default_dim)
            shape->dims[i] = (int64_t)options->default_dim;
        else if (shape->dims[i] < 0)
            return error_set(error, HINGE_BAD_SHAPE,
                             "the size of dimension %zu of \"%s\" is not known: give --dim, "
                             "--shape or --default-dim",
                             i, name);
    }
    return true;
}

static bool find_shape(hinge_tensor *shape, const struct ort_api *api, const ort_type_info *type,
                       const char *name, const struct input_options *options, hinge_error *error)
{
    const char *given = options_find(&options->shapes, name);
    const ort_tensor_info *info = NULL;
    int element = 0;
    if (!ort_succeeded(api, api->cast_type_info_to_tensor_info(type, &info), error) ||
        (info && !ort_succeeded(api, api->get_tensor_element_type(info, &element), error)))
        return false;
    if (element <= HINGE_NO_TYPE || (hinge_type)element > last_common_type)
        return error_set(error, HINGE_UNSUPPORTED, "input \"%s\" is no tensor that can be made up",
                         name);
    shape->type = (hinge_type)element;
    if (!given)
        return find_dims(shape, api, info, name, options, error);
    return shapes_parse(given, shape) ||
           error_set(error, HINGE_BAD_ARGUMENT, "--shape %s=%s is no shape", name, given);
}

/* ONNX Runtime takes texts that end with a zero byte. */
static bool make_strings(ort_value *value, const struct ort_api *api, const hinge_tensor *tensor,
                         hinge_error *error)
{
    const size_t n = (size_t)array_count(tensor);
    const hinge_string *strings = tensor->data;
    char **texts = calloc(n + 1, sizeof *texts);
    bool good = texts || error_no_memory(error);
    for (size_t i = 0; i < n && good; i++) {
        texts[i] = strndup(strings[i].bytes, strings[i].size);
        good = texts[i] || error_no_memory(error);
    }
    good = good &&
           ort_succeeded(api, api->fill_string_tensor(value, (const char *const *)texts, n), error);
    for (size_t i = 0; i < n && texts; i++)
        free(texts[i]);
    free(texts);
    return good;
}

static bool make_value(ort_value **value, const struct ort_api *api, const hinge_tensor *tensor,
                       hinge_error *error)
{
    ort_memory_info *memory = NULL;
    ort_allocator *allocator = NULL;
    const size_t rank = (size_t)tensor->rank;
    const int type = (int)tensor->type;
    if (tensor->type == HINGE_STRING)
        return ort_succeeded(api, api->get_allocator_with_default_options(&allocator), error) &&
               ort_succeeded(
                   api, api->create_tensor_as_ort_value(allocator, tensor->dims, rank, type, value),
                   error) &&
               make_strings(*value, api, tensor, error);
    if (!ort_succeeded(api, api->create_cpu_memory_info(0, 0, &memory), error))
        return false;
    bool good = ort_succeeded(
        api,
        api->create_tensor_with_data_as_ort_value(memory, tensor->data, array_size(tensor),
                                                  tensor->dims, rank, type, value),
        error);
    api->release_memory_info(memory);
    return good;
}

/* Of the type and shape that the session has. */
static bool make_up(struct array *array, size_t index, const char *name, const struct ort_api *api,
                    const ort_session *session, const struct input_options *options,
                    hinge_error *error)
{
    ort_type_info *type = NULL;
    hinge_tensor shape = {.data = NULL};
    if (!ort_succeeded(api, api->session_get_input_type_info(session, index, &type), error))
        return false;
    bool good = find_shape(&shape, api, type, name, options, error);
    api->release_type_info(type);
    return good && array_create(array, shape.type, shape.rank, shape.dims, error) &&
           random_fill(array, index, options->seed, options->int_max, error);
}

static bool read_input(struct array *array, const char *path, hinge_error *error)
{
    return value_file_read(path, 0, array, error) &&
           (array->tensor.type <= last_common_type ||
            error_set(error, HINGE_UNSUPPORTED, "\"%s\" has a type of other numbers", path));
}

static bool make_input(struct ort_inputs *inputs, size_t index, const struct ort_api *api,
                       const ort_session *session, const struct input_options *options,
                       hinge_error *error)
{
    struct array *array = &inputs->arrays[index];
    ort_allocator *allocator = NULL;
    if (!ort_succeeded(api, api->get_allocator_with_default_options(&allocator), error) ||
        !ort_succeeded(
            api, api->session_get_input_name(session, index, allocator, &inputs->names[index]),
            error))
        return false;
    const char *name = inputs->names[index], *path = options_find(&options->files, name);
    return (path ? read_input(array, path, error)
                 : make_up(array, index, name, api, session, options, error)) &&
           make_value(&inputs->values[index], api, &array->tensor, error);
}

bool ort_inputs_make(struct ort_inputs *inputs, const struct ort_api *api,
                     const ort_session *session, const struct input_options *options,
                     hinge_error *error)
{
    size_t n;
    if (!ort_succeeded(api, api->session_get_input_count(session, &n), error))
        return false;
    *inputs = (struct ort_inputs){n, calloc(n + 1, sizeof *inputs->names),
                                  calloc(n + 1, sizeof *inputs->arrays),
                                  calloc(n + 1, sizeof *inputs->values)};
    bool good = (inputs->names && inputs->arrays && inputs->values) || error_no_memory(error);
    if (!good)
        inputs->n = 0;
    for (size_t i = 0; i < n && good; i++)
        good = make_input(inputs, i, api, session, options, error);
    if (!good)
        ort_inputs_free(inputs, api);
    return good;
}

void ort_inputs_free(struct ort_inputs *inputs, const struct ort_api *api)
{
    ort_allocator *allocator = NULL;
    api->release_status(api->get_allocator_with_default_options(&allocator));
    for (size_t i = 0; i < inputs->n; i++) {
        if (inputs->values[i])
            api->release_value(inputs->values[i]);
        if (inputs->names[i])
            api->release_status(api->allocator_free(allocator, inputs->names[i]));
        array_free(&inputs->arrays[i]);
    }
    free(inputs->names);
    free(inputs->arrays);
    free(inputs->values);
    *inputs = (struct ort_inputs){0};
}
