#include "inputs/inputs.h"

#include "describe/describe.h"
#include "files/value_file.h"
#include "inputs/random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* 1x3x224x224, or "scalar" for rank 0. */
static bool parse_shape(const char *text, hinge_tensor *tensor)
{
    tensor->rank = 0;
    if (strcmp(text, "scalar") == 0)
        return true;
    for (const char *p = text;; p++) {
        int64_t dim = 0;
        if (*p < '0' || *p > '9' || tensor->rank == HINGE_MAX_RANK)
            return false;
        for (; *p >= '0' && *p <= '9'; p++)
            if (__builtin_mul_overflow(dim, 10, &dim) ||
                __builtin_add_overflow(dim, *p - '0', &dim))
                return false;
        tensor->dims[tensor->rank++] = dim;
        if (*p != 'x' && *p != ',')
            return *p == '\0';
    }
}

bool inputs_shape(hinge_tensor *shape, const hinge_session *session, size_t index,
                  const struct input_options *options, hinge_error *error)
{
    const char *name = hinge_input_name(session, index);
    const char *given = options_find(&options->shapes, name);
    char declared[TEXT_SHAPE_SIZE];
    *shape = *hinge_input_info(session, index);
    describe_input(declared, session, index);
    if (hinge_is_container(shape->type))
        return error_set(error, HINGE_BAD_ARGUMENT, "input \"%s\" is %s: give --input %s=FILE.pb",
                         name, declared, name);
    if (given)
        return parse_shape(given, shape) ||
               error_set(error, HINGE_BAD_ARGUMENT,
                         "--shape %.100s=%.60s: a shape is written like 1x3x224x224 (scalar: one "
                         "element)",
                         name, given);
    if (shape->rank < 0)
        return error_set(error, HINGE_BAD_SHAPE,
                         "input \"%s\" is %s: give its shape, --shape %s=1x…, or a file", name,
                         declared, name);
    for (int32_t i = 0; i < shape->rank; i++) {
        const char *symbol = hinge_input_dim_name(session, index, i);
        const char *size = options_find(&options->dims, symbol);
        if (shape->dims[i] >= 0)
            continue;
        if (!symbol || !*symbol)
            return error_set(error, HINGE_BAD_SHAPE,
                             "input \"%s\" is %s: dimension %d has no size and no name: give the "
                             "shape, --shape %s=1x…",
                             name, declared, i, name);
        if (!size)
            return error_set(error, HINGE_BAD_SHAPE,
                             "input \"%s\" is %s: the size of \"%s\" is not known: give --dim "
                             "%s=1, or another size",
                             name, declared, symbol, symbol);
        shape->dims[i] = strtoll(size, NULL, 10);
    }
    return true;
}

static bool check_file(const hinge_tensor *tensor, const hinge_session *session, size_t index,
                       hinge_error *error)
{
    const hinge_tensor *info = hinge_input_info(session, index);
    bool fits = info->rank < 0 || info->rank == tensor->rank || hinge_is_container(info->type);
    for (int32_t i = 0; fits && i < info->rank && !hinge_is_container(info->type); i++)
        fits = info->dims[i] < 0 || info->dims[i] == tensor->dims[i];
    if (info->type != HINGE_NO_TYPE && info->type != tensor->type)
        fits = false;
    if (fits)
        return true;
    char expected[TEXT_SHAPE_SIZE], got[TEXT_SHAPE_SIZE];
    return error_set(error, HINGE_BAD_SHAPE, "expected %.250s, got %.250s",
                     describe_input(expected, session, index), describe_value(got, tensor, 0));
}

bool inputs_read(const char *path, const hinge_session *session, size_t index, struct array *array,
                 hinge_error *error)
{
    return value_file_read(path, hinge_input_type(session, index), array, error);
}

static bool make_input(struct inputs *inputs, const hinge_session *session, size_t index,
                       const struct input_options *options, hinge_error *error)
{
    const char *name = hinge_input_name(session, index);
    const char *path = options_find(&options->files, name);
    const hinge_tensor *info = hinge_input_info(session, index);
    struct array *array = &inputs->arrays[index];
    char declared[TEXT_SHAPE_SIZE];
    bool is_ready = options->ready && options->ready_index == index;
    if (path || is_ready) {
        bool read = is_ready || inputs_read(path, session, index, array, error);
        inputs->tensors[index] = is_ready ? *options->ready : array->tensor;
        return (read && check_file(&inputs->tensors[index], session, index, error)) ||
               error_prefix(error, "input \"%s\"", name);
    }
    if (hinge_input_has_default(session, index) && !options_find(&options->shapes, name))
        return true;
    if (!options->random)
        return error_set(error, HINGE_BAD_ARGUMENT,
                         "input \"%s\" (%s) has no value: give --input %s=FILE.npy, or --random",
                         name, describe_input(declared, session, index), name);
    hinge_tensor shape;
    bool made = inputs_shape(&shape, session, index, options, error) &&
                (array_create(array, info->type, shape.rank, shape.dims, error) ||
                 error_prefix(error, "input \"%s\"", name)) &&
                random_fill(array, index, options->seed, options->int_max, error);
    inputs->tensors[index] = array->tensor;
    return made;
}

/* That every name given on the command line is one of the model's. */
static bool check_names(const struct option_pairs *pairs, const char *option,
                        const hinge_session *session, hinge_error *error)
{
    for (size_t i = 0; i < pairs->n; i++) {
        const struct option_pair *pair = &pairs->items[i];
        bool found = false;
        for (size_t j = 0; j < hinge_n_inputs(session) && !found; j++) {
            const char *name = hinge_input_name(session, j);
            found = strlen(name) == (size_t)pair->name_size &&
                    memcmp(name, pair->name, strlen(name)) == 0;
        }
        if (found)
            continue;
        char list[400] = "";
        for (size_t j = 0; j < hinge_n_inputs(session); j++) {
            size_t used = strlen(list);
            snprintf(list + used, sizeof list - used, "%s\"%.80s\"", j ? ", " : "",
                     hinge_input_name(session, j));
        }
        return error_set(
            error, HINGE_BAD_ARGUMENT, "--%s %.*s: the model has no such input; it has %s", option,
            pair->name_size > 80 ? 80 : pair->name_size, pair->name, *list ? list : "none");
    }
    return true;
}

static bool check_dims(const struct option_pairs *dims, const hinge_session *session,
                       hinge_error *error)
{
    for (size_t i = 0; i < dims->n; i++) {
        bool found = false;
        struct option_pairs one = {&dims->items[i], 1};
        for (size_t j = 0; j < hinge_n_inputs(session); j++)
            for (int32_t axis = 0; axis < hinge_input_info(session, j)->rank; axis++)
                found |= options_find(&one, hinge_input_dim_name(session, j, axis)) != NULL;
        if (!found)
            return error_set(error, HINGE_BAD_ARGUMENT,
                             "--dim %.*s: no input of the model has a dimension of that name",
                             one.items->name_size > 80 ? 80 : one.items->name_size,
                             one.items->name);
    }
    return true;
}

bool inputs_check_names(const hinge_session *session, const struct input_options *options,
                        hinge_error *error)
{
    return check_names(&options->files, "input", session, error) &&
           check_names(&options->shapes, "shape", session, error) &&
           check_dims(&options->dims, session, error);
}

bool inputs_make(struct inputs *inputs, const hinge_session *session,
                 const struct input_options *options, hinge_error *error)
{
    size_t n = hinge_n_inputs(session);
    *inputs = (struct inputs){n, calloc(n + 1, sizeof *inputs->arrays),
                              calloc(n + 1, sizeof *inputs->tensors)};
    bool ok = (inputs->arrays && inputs->tensors) || error_no_memory(error);
    ok = ok && inputs_check_names(session, options, error);
    for (size_t i = 0; i < n && ok; i++)
        ok = make_input(inputs, session, i, options, error);
    if (!ok)
        inputs_free(inputs);
    return ok;
}

void inputs_free(struct inputs *inputs)
{
    for (size_t i = 0; inputs->arrays && i < inputs->n; i++)
        array_free(&inputs->arrays[i]);
    free(inputs->arrays);
    free(inputs->tensors);
    *inputs = (struct inputs){0};
}
