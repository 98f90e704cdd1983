/* What a caller hands in, against what the model declares. Nothing of it is believed. */
#include "base/tensor.h"
#include "run/context.h"

#include <stdio.h>
#include <string.h>

struct input {
    const char *name;
    bool with_data;
    hinge_error *error;
};

static hinge_status check_value(const struct input *input, const hinge_tensor *value,
                                hinge_type_code code, const hinge_tensor *declared);

static hinge_status fail(const struct input *input, const char *what)
{
    return status_fail(input->error, HINGE_BAD_ARGUMENT, "input \"%.100s\" %s", input->name, what);
}

static hinge_status check_tensor(const struct input *input, const hinge_tensor *value,
                                 const hinge_tensor *declared)
{
    size_t size;
    if (!tensor_size(value, &size) || !tensor_fits(value, declared)) {
        char wanted[128], had[128];
        return status_fail(input->error, HINGE_BAD_ARGUMENT,
                           "input \"%.100s\" is of shape %s, not %s", input->name,
                           tensor_shape_text(declared, wanted, sizeof wanted),
                           value->rank < 0 ? "none" : tensor_shape_text(value, had, sizeof had));
    }
    return input->with_data && size && !value->data ? fail(input, "has no data") : HINGE_OK;
}

/* The values of a map: of one element each in a tensor, or a sequence of what they are. */
static hinge_status check_map(const struct input *input, const hinge_tensor *parts,
                              hinge_type_code code)
{
    hinge_type_code key = code >> 8 & 0xff, of = hinge_element_code(code);
    const hinge_tensor list = {.rank = 1, .dims = {-1}};
    hinge_status status = check_value(input, &parts[0], key, &list);
    if (status)
        return status;
    if (of < HINGE_N_TYPES && parts[1].type != HINGE_SEQUENCE)
        status = check_value(input, &parts[1], of, &list);
    else
        status = check_value(input, &parts[1], of << 8 | HINGE_SEQUENCE, &TENSOR_UNKNOWN);
    return !status && parts[0].dims[0] != parts[1].dims[0]
               ? fail(input, "is a map with another number of keys than of values")
               : status;
}

static hinge_status check_container(const struct input *input, const hinge_tensor *value,
                                    hinge_type_code code)
{
    if (value->type == HINGE_SPARSE)
        return fail(input, "is a sparse tensor, which no operator reads");
    if (value->rank != 1 || value->dims[0] < 0 || value->dims[0] > INT32_MAX)
        return fail(input, "is a container whose rank is not 1, or without a number of elements");
    if ((value->type == HINGE_OPTIONAL && value->dims[0] > 1) ||
        (value->type == HINGE_MAP && value->dims[0] != 2))
        return fail(input, "is an optional of more than one element, or a map of other than two");
    if (!input->with_data)
        return HINGE_OK;
    const hinge_tensor *elements = value->data;
    if (!elements && value->dims[0])
        return fail(input, "has no data");
    if (value->type == HINGE_MAP)
        return check_map(input, elements, code);
    hinge_status status = HINGE_OK;
    for (int64_t i = 0; i < value->dims[0] && !status; i++)
        status = check_value(input, &elements[i], hinge_element_code(code), &TENSOR_UNKNOWN);
    return status;
}

static hinge_status check_value(const struct input *input, const hinge_tensor *value,
                                hinge_type_code code, const hinge_tensor *declared)
{
    if (value->type != (hinge_type)(code & 0xff)) {
        char wanted[HINGE_TYPE_CODE_TEXT], had[HINGE_TYPE_CODE_TEXT];
        return status_fail(
            input->error, HINGE_BAD_ARGUMENT, "input \"%.100s\" is of type %s, not %s", input->name,
            hinge_type_code_text(code, wanted, sizeof wanted),
            hinge_type_code_text((hinge_type_code)value->type & 0xff, had, sizeof had));
    }
    return hinge_is_container(value->type) ? check_container(input, value, code)
                                           : check_tensor(input, value, declared);
}

/* Whether a value, which has been checked, lies where results of the context's runs do: they hold
 * until the next one begins. */
static bool is_own(const hinge_context *context, const hinge_tensor *value)
{
    const struct frame *frame = &context->frames[0];
    uintptr_t begin = (uintptr_t)value->data, own = (uintptr_t)frame->memory;
    size_t size;
    if (!tensor_size(value, &size) || !size)
        return false;
    if ((begin < own + frame->memory_size && own < begin + size) ||
        pool_find(&context->pool, value->data))
        return true;
    const hinge_tensor *elements = value->data;
    for (int64_t i = 0; hinge_is_container(value->type) && i < value->dims[0]; i++)
        if (is_own(context, &elements[i]))
            return true;
    return false;
}

/* A tensor that is zero stands for the default. */
static bool is_left_out(const hinge_tensor *tensor)
{
    return tensor->type == HINGE_NO_TYPE && tensor->rank == 0 && !tensor->data;
}

hinge_status context_take_inputs(hinge_context *context, const hinge_tensor *inputs,
                                 size_t n_inputs, bool with_data, hinge_error *error)
{
    const struct graph *graph = context->session->graph;
    uint32_t n_needed = 0;
    while (n_needed < graph->n_inputs && !graph->values[graph->inputs[n_needed]].default_tensor)
        n_needed++;
    if (n_inputs < n_needed || n_inputs > graph->n_inputs) {
        char most[32] = "";
        if (n_needed < graph->n_inputs)
            snprintf(most, sizeof most, " to %u", (unsigned)graph->n_inputs);
        return status_fail(error, HINGE_BAD_ARGUMENT, "the model has %u%s inputs, not %zu",
                           (unsigned)n_needed, most, n_inputs);
    }
    if (n_inputs && !inputs)
        return status_fail(error, HINGE_BAD_ARGUMENT, "there are no inputs");
    for (uint32_t i = 0; i < graph->n_inputs; i++) {
        const struct graph_value *value = &graph->values[graph->inputs[i]];
        if (value->default_tensor && (i >= n_inputs || is_left_out(&inputs[i]))) {
            context->inputs[i] = *value->default_tensor;
            continue;
        }
        const struct input input = {value->name, with_data, error};
        hinge_status status = check_value(&input, &inputs[i], value->type_code, &value->tensor);
        if (!status && with_data && is_own(context, &inputs[i]))
            status = fail(&input, "lies in memory of the context, which this run writes");
        if (status)
            return status;
        context->inputs[i] = inputs[i];
    }
    return HINGE_OK;
}

void context_keep_inputs(hinge_context *context)
{
    for (uint32_t i = 0; i < context->session->graph->n_inputs; i++) {
        hinge_tensor *input = &context->inputs[i];
        size_t size;
        if (!hinge_type_bits(input->type) || input->type == HINGE_STRING ||
            !tensor_size(input, &size) || size > CONTEXT_SMALL_SIZE || !size)
            continue;
        memcpy(context->small[i], input->data, size);
        input->data = context->small[i];
    }
}
