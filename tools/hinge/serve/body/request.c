#include "serve/body/request.h"

#include "serve/body/datatype.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where the reading of the inputs has come to. */
struct cursor {
    const struct model *model;
    struct request *request;
    char *binary; /* what is left of the bytes behind the JSON */
    size_t binary_size, limit;
};

static bool wrong(hinge_error *error, const char *what)
{
    return error_set(error, HINGE_BAD_FORMAT, "%s", what);
}

static bool read_shape(hinge_tensor *tensor, const json_t *shape, hinge_error *error)
{
    size_t i;
    json_t *dim;
    if (!json_is_array(shape))
        return wrong(error, "it has no shape");
    if (json_array_size(shape) > HINGE_MAX_RANK)
        return error_set(error, HINGE_LIMIT, "rank %zu is above %d", json_array_size(shape),
                         HINGE_MAX_RANK);
    tensor->rank = (int32_t)json_array_size(shape);
    json_array_foreach(shape, i, dim)
    {
        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return error_set(error, HINGE_BAD_SHAPE, "dimension %zu is no number of elements", i);
        tensor->dims[i] = json_integer_value(dim);
    }
    return true;
}

/* Before anything is computed with others' rows, and with a sentence that names the input. */
static bool fits(const hinge_tensor *tensor, const hinge_tensor *info, hinge_error *error)
{
    if (info->rank < 0)
        return true;
    if (tensor->rank != info->rank)
        return error_set(error, HINGE_BAD_SHAPE, "it has rank %d, the model's has %d", tensor->rank,
                         info->rank);
    for (int32_t i = 0; i < info->rank; i++)
        if (info->dims[i] >= 0 && tensor->dims[i] != info->dims[i])
            return error_set(error, HINGE_BAD_SHAPE,
                             "dimension %d is %" PRId64 ", the model's is %" PRId64, i,
                             tensor->dims[i], info->dims[i]);
    return true;
}

static bool read_data(struct cursor *cursor, struct elements *elements, const json_t *input,
                      size_t place, hinge_error *error)
{
    const struct envelope_data *data = envelope_find(&cursor->request->envelope, place);
    const json_t *size = json_object_get(json_object_get(input, "parameters"), "binary_data_size");
    bool ok;
    if (size && data)
        return wrong(error, "it has both data and a binary_data_size");
    if (size) {
        if (!json_is_integer(size) || json_integer_value(size) < 0)
            return wrong(error, "binary_data_size is no number of bytes");
        uint64_t wanted = (uint64_t)json_integer_value(size);
        if (wanted > cursor->binary_size)
            return error_set(error, HINGE_BAD_FORMAT,
                             "binary_data_size is %" PRIu64 ", and %zu bytes are left", wanted,
                             cursor->binary_size);
        ok = elements_from_binary(elements, cursor->binary, (size_t)wanted, cursor->limit, error);
        cursor->binary += wanted;
        cursor->binary_size -= (size_t)wanted;
    } else if (data) {
        ok = elements_from_json(elements, data->text, data->size, cursor->limit, error);
    } else {
        return wrong(error, "it has no array data, and no binary_data_size among its parameters");
    }
    if (ok && elements->data)
        cursor->limit -= array_size(&elements->tensor);
    return ok;
}

static bool read_input(struct cursor *cursor, size_t index, const json_t *input, size_t place,
                       hinge_error *error)
{
    struct elements *elements = &cursor->request->inputs[index];
    const hinge_tensor *info = hinge_input_info(cursor->model->session, index);
    const char *datatype = json_string_value(json_object_get(input, "datatype"));
    char wanted[DATATYPE_TEXT];
    elements->tensor.type = info->type;
    datatype_text(wanted, info->type);
    if (!datatype || strcmp(datatype, wanted) != 0)
        return error_set(error, HINGE_BAD_VALUE, "its datatype is %s, not \"%.40s\"", wanted,
                         datatype ? datatype : "");
    return read_shape(&elements->tensor, json_object_get(input, "shape"), error) &&
           fits(&elements->tensor, info, error) && read_data(cursor, elements, input, place, error);
}

static bool read_inputs(struct cursor *cursor, const json_t *inputs, hinge_error *error)
{
    struct request *request = cursor->request;
    const hinge_session *session = cursor->model->session;
    size_t place;
    json_t *input;
    if (!json_is_array(inputs))
        return wrong(error, "the request has no list inputs");
    json_array_foreach(inputs, place, input)
    {
        const char *name = json_string_value(json_object_get(input, "name"));
        if (!name)
            return error_set(error, HINGE_BAD_FORMAT, "inputs[%zu] has no name", place);
        size_t index = hinge_input_index(session, name);
        if (index == SIZE_MAX)
            return error_set(error, HINGE_BAD_ARGUMENT, "the model has no input \"%.200s\"", name);
        if (request->inputs[index].tensor.type != HINGE_NO_TYPE)
            return error_set(error, HINGE_BAD_ARGUMENT, "input \"%.200s\" is given twice", name);
        if (!read_input(cursor, index, input, place, error))
            return error_prefix(error, "input \"%.200s\"", name);
        request->tensors[index] = request->inputs[index].tensor;
    }
    for (size_t i = 0; i < request->n_inputs; i++)
        if (request->inputs[i].tensor.type == HINGE_NO_TYPE && !hinge_input_has_default(session, i))
            return error_set(error, HINGE_BAD_ARGUMENT, "input \"%.200s\" is missing",
                             hinge_input_name(session, i));
    return cursor->binary_size == 0 ||
           error_set(error, HINGE_BAD_FORMAT, "%zu bytes follow behind the inputs",
                     cursor->binary_size);
}

static bool read_output(const struct model *model, const json_t *output, struct request_output *to,
                        hinge_error *error)
{
    const char *name = json_string_value(json_object_get(output, "name"));
    if (!name)
        return wrong(error, "an output has no name");
    to->index = hinge_output_index(model->session, name);
    if (to->index == SIZE_MAX)
        return error_set(error, HINGE_BAD_ARGUMENT, "the model has no output \"%.200s\"", name);
    if (!model_has_output(model, to->index))
        return error_set(error, HINGE_UNSUPPORTED,
                         "output \"%.200s\" is no tensor, and the protocol cannot carry it", name);
    const json_t *binary = json_object_get(json_object_get(output, "parameters"), "binary_data");
    if (binary)
        to->is_binary = json_is_true(binary);
    return true;
}

static bool read_outputs(struct request *request, const struct model *model, bool is_binary,
                         hinge_error *error)
{
    const json_t *outputs = json_object_get(request->envelope.root, "outputs");
    size_t n = hinge_n_outputs(model->session), n_asked = json_array_size(outputs);
    if (outputs && !json_is_array(outputs))
        return wrong(error, "outputs is no list");
    if (n_asked > n)
        return error_set(error, HINGE_BAD_ARGUMENT, "%zu outputs of a model that has %zu", n_asked,
                         n);
    request->outputs = calloc(n + 1, sizeof *request->outputs);
    if (!request->outputs)
        return error_no_memory(error);
    for (size_t i = 0; i < n_asked; i++) {
        struct request_output *to = &request->outputs[request->n_outputs++];
        to->is_binary = is_binary;
        if (!read_output(model, json_array_get(outputs, i), to, error))
            return false;
    }
    for (size_t i = 0; i < n && n_asked == 0; i++)
        if (model_has_output(model, i))
            request->outputs[request->n_outputs++] = (struct request_output){i, is_binary};
    return true;
}

bool request_read(struct request *request, const struct model *model, char *body, size_t size,
                  size_t json_size, size_t limit, hinge_error *error)
{
    struct cursor cursor = {model, request, body + json_size, size - json_size, limit};
    *request = (struct request){.n_inputs = hinge_n_inputs(model->session)};
    if (!envelope_read(&request->envelope, body, json_size, error))
        return false;
    request->inputs = calloc(request->n_inputs + 1, sizeof *request->inputs);
    request->tensors = calloc(request->n_inputs + 1, sizeof *request->tensors);
    if (!request->inputs || !request->tensors)
        return error_no_memory(error);
    const json_t *root = request->envelope.root, *parameters = json_object_get(root, "parameters");
    const json_t *id = json_object_get(root, "id"),
                 *timeout = json_object_get(parameters, "timeout");
    if (id && !json_is_string(id))
        return wrong(error, "id is no string");
    if (timeout && (!json_is_number(timeout) || json_number_value(timeout) < 0))
        return wrong(error, "timeout is no number of microseconds");
    request->id = json_string_value(id);
    request->timeout_us = json_number_value(timeout);
    bool is_binary = json_is_true(json_object_get(parameters, "binary_data_output"));
    return read_inputs(&cursor, json_object_get(root, "inputs"), error) &&
           read_outputs(request, model, is_binary, error);
}

void request_free(struct request *request)
{
    for (size_t i = 0; request->inputs && i < request->n_inputs; i++)
        elements_free(&request->inputs[i]);
    free(request->inputs);
    free(request->tensors);
    free(request->outputs);
    envelope_free(&request->envelope);
    *request = (struct request){0};
}
