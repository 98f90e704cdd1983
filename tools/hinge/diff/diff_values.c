#include "diff/diff_values.h"

#include <hinge/plugin.h>
#include <stdlib.h>
#include <string.h>

/* The strings' bytes, one behind the other. */
static bool copy_strings(struct array *copy, const hinge_tensor *tensor, hinge_error *error)
{
    const hinge_string *from = tensor->data;
    hinge_string *to = copy->tensor.data;
    int64_t count = array_count(tensor);
    size_t size = 0;
    for (int64_t i = 0; i < count; i++)
        size += from[i].size;
    copy->text = malloc(size + 1);
    if (!copy->text)
        return error_no_memory(error);
    size = 0;
    for (int64_t i = 0; i < count; i++) {
        to[i] = (hinge_string){copy->text + size, from[i].size};
        if (from[i].size)
            memcpy(copy->text + size, from[i].bytes, from[i].size);
        size += from[i].size;
    }
    return true;
}

/* [n, spatial…, channels] as [n, channels, spatial…]. */
static void copy_channels_first(struct array *copy, const hinge_tensor *tensor)
{
    const size_t width = hinge_type_bits(tensor->type) / 8;
    const int64_t n_channels = tensor->dims[tensor->rank - 1];
    const char *from = tensor->data;
    char *to = copy->tensor.data;
    int64_t n_points = 1;
    for (int32_t d = 1; d < tensor->rank - 1; d++)
        n_points *= tensor->dims[d];
    for (int64_t n = 0; n < tensor->dims[0]; n++)
        for (int64_t c = 0; c < n_channels; c++)
            for (int64_t p = 0; p < n_points; p++, to += width)
                memcpy(to, from + (size_t)((n * n_points + p) * n_channels + c) * width, width);
}

bool diff_copy(struct array *copy, const hinge_tensor *tensor, bool is_channels_last,
               hinge_error *error)
{
    int64_t dims[HINGE_MAX_RANK];
    const bool moves = is_channels_last && tensor->rank > 2 && hinge_type_bits(tensor->type) >= 8;
    for (int32_t d = 0; d < tensor->rank; d++)
        dims[d] = tensor->dims[!moves || d == 0 ? d : d == 1 ? tensor->rank - 1 : d - 1];
    if (!array_create(copy, tensor->type, tensor->rank, dims, error))
        return false;
    size_t size = array_size(tensor);
    if (tensor->type == HINGE_STRING && !copy_strings(copy, tensor, error)) {
        array_free(copy);
        return false;
    }
    if (tensor->type == HINGE_STRING || size == 0)
        return true;
    if (moves)
        copy_channels_first(copy, tensor);
    else
        memcpy(copy->tensor.data, tensor->data, size);
    return true;
}

void diff_visit_outputs(const hinge_session *session, const hinge_node_event *event,
                        diff_visit *visit, void *user)
{
    hinge_value_info info = {.size = sizeof info};
    if (event->graph != 0 || event->number == HINGE_NO_INDEX)
        return;
    for (size_t o = 0; o < event->n_outputs; o++) {
        size_t value = hinge_node_output(session, event->number, o);
        if (event->outputs[o] && hinge_get_value(session, value, &info) && *info.name)
            visit(user, value, &info, event->outputs[o]);
    }
}

static void record(void *user, size_t value, const hinge_value_info *info,
                   const hinge_tensor *tensor)
{
    struct diff_values *values = user;
    struct array copy;
    hinge_error error;
    (void)value;
    if (hinge_is_container(tensor->type))
        return;
    if (values->n == values->capacity) {
        size_t capacity = values->capacity ? 2 * values->capacity : 64;
        struct diff_value *bigger = realloc(values->items, capacity * sizeof *bigger);
        if (!bigger) {
            values->no_memory = true;
            return;
        }
        values->items = bigger;
        values->capacity = capacity;
    }
    if (!diff_copy(&copy, tensor, info->is_channels_last, &error)) {
        values->no_memory = true;
        return;
    }
    values->items[values->n++] = (struct diff_value){info->name, copy, DIFF_NOT_SEEN};
}

void diff_record(void *user, const hinge_node_event *event)
{
    struct diff_values *values = user;
    diff_visit_outputs(values->session, event, record, values);
}

static int compare_names(const void *a, const void *b)
{
    const struct diff_value *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* A value and its twin in the other layout are the same; one of them is enough. */
static void sort(struct diff_values *values)
{
    size_t n = 0;
    if (values->n)
        qsort(values->items, values->n, sizeof *values->items, compare_names);
    for (size_t i = 0; i < values->n; i++)
        if (n && strcmp(values->items[n - 1].name, values->items[i].name) == 0)
            array_free(&values->items[i].array);
        else
            values->items[n++] = values->items[i];
    values->n = n;
    values->is_sorted = true;
}

struct diff_value *diff_find(struct diff_values *values, const char *name)
{
    const struct diff_value wanted = {.name = name};
    if (!values->is_sorted)
        sort(values);
    return values->n
               ? bsearch(&wanted, values->items, values->n, sizeof *values->items, compare_names)
               : NULL;
}

void diff_free_values(struct diff_values *values)
{
    for (size_t i = 0; i < values->n; i++)
        array_free(&values->items[i].array);
    free(values->items);
    *values = (struct diff_values){0};
}
