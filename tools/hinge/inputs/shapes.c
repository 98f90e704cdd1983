#include "inputs/shapes.h"

#include "describe/describe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool shapes_parse(const char *text, hinge_tensor *tensor)
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

/* What is still to be said, as parts of one sentence. */
struct missing {
    char sizes[200], hints[150], inputs[200];
    unsigned n;
    size_t index; /* of the latest input that lacks something, and one more */
};

static void add_missing(struct missing *missing, const hinge_session *session, size_t index,
                        const char *size, const char *hint)
{
    char declared[TEXT_SHAPE_SIZE];
    if (missing->n > 0 && strstr(missing->sizes, size))
        return;
    text_append(missing->sizes, sizeof missing->sizes, "%s%s", missing->n++ ? ", " : "", size);
    if (!strstr(missing->hints, hint))
        text_append(missing->hints, sizeof missing->hints, " %s", hint);
    if (missing->index == index + 1)
        return;
    text_append(missing->inputs, sizeof missing->inputs, "%sinput \"%.60s\" is %.100s",
                missing->index ? ", " : "", hinge_input_name(session, index),
                describe_input(declared, session, index));
    missing->index = index + 1;
}

/* A dimension that the model calls symbol, or does not name. */
static void add_missing_dim(struct missing *missing, const hinge_session *session, size_t index,
                            int32_t axis, const char *symbol)
{
    char size[100], hint[100];
    const char *name = hinge_input_name(session, index);
    if (symbol && *symbol) {
        snprintf(size, sizeof size, "\"%.60s\"", symbol);
        snprintf(hint, sizeof hint, "--dim %.60s=1", symbol);
    } else {
        snprintf(size, sizeof size, "dimension %d of \"%.60s\"", axis, name);
        snprintf(hint, sizeof hint, "--shape %.60s=1x…", name);
    }
    add_missing(missing, session, index, size, hint);
}

static bool tell(const struct missing *missing, hinge_error *error)
{
    return error_set(error, HINGE_BAD_SHAPE,
                     "the size%s of %s %s not known: give%s, or --default-dim for 1 each (%s)",
                     missing->n > 1 ? "s" : "", missing->sizes, missing->n > 1 ? "are" : "is",
                     missing->hints, missing->inputs);
}

/* The size of a symbolic dimension in an input that is there; -1: in none. */
static int64_t size_in_others(const char *symbol, const hinge_tensor *shapes,
                              const hinge_session *session)
{
    for (size_t i = 0; i < hinge_n_inputs(session); i++) {
        const hinge_tensor *info = hinge_input_info(session, i);
        bool is_there = shapes[i].type != HINGE_NO_TYPE && !hinge_is_container(shapes[i].type);
        for (int32_t axis = 0; is_there && axis < info->rank && axis < shapes[i].rank; axis++) {
            const char *name = hinge_input_dim_name(session, i, axis);
            if (name && *name && shapes[i].dims[axis] >= 0 && strcmp(name, symbol) == 0)
                return shapes[i].dims[axis];
        }
    }
    return -1;
}

static void find_dims(hinge_tensor *shape, size_t index, const hinge_tensor *shapes,
                      const hinge_session *session, const struct input_options *options,
                      struct missing *missing)
{
    for (int32_t axis = 0; axis < shape->rank; axis++) {
        const char *symbol = hinge_input_dim_name(session, index, axis);
        bool has_name = symbol && *symbol;
        const char *size = has_name ? options_find(&options->dims, symbol) : NULL;
        int64_t *dim = &shape->dims[axis];
        if (*dim < 0 && size)
            *dim = strtoll(size, NULL, 10);
        if (*dim < 0 && has_name)
            *dim = size_in_others(symbol, shapes, session);
        if (*dim < 0 && options->has_default_dim)
            *dim = (int64_t)options->default_dim;
        if (*dim < 0)
            add_missing_dim(missing, session, index, axis, symbol);
    }
}

static bool find_shape(hinge_tensor *shape, size_t index, const hinge_tensor *shapes,
                       const hinge_session *session, const struct input_options *options,
                       struct missing *missing, hinge_error *error)
{
    const char *name = hinge_input_name(session, index);
    const char *given = options_find(&options->shapes, name);
    char declared[TEXT_SHAPE_SIZE];
    *shape = *hinge_input_info(session, index);
    shape->data = NULL;
    if (hinge_is_container(shape->type))
        return error_set(error, HINGE_BAD_ARGUMENT, "input \"%s\" is %s: give --input %s=FILE.pb",
                         name, describe_input(declared, session, index), name);
    if (given)
        return shapes_parse(given, shape) ||
               error_set(error, HINGE_BAD_ARGUMENT,
                         "--shape %.100s=%.60s: a shape is written like 1x3x224x224 (scalar: one "
                         "element)",
                         name, given);
    if (shape->rank < 0)
        return error_set(error, HINGE_BAD_SHAPE,
                         "input \"%s\" is %s: give its shape, --shape %s=1x…, or a file", name,
                         describe_input(declared, session, index), name);
    find_dims(shape, index, shapes, session, options, missing);
    return true;
}

bool shapes_find(hinge_tensor *shapes, const hinge_session *session,
                 const struct input_options *options, hinge_error *error)
{
    size_t n = hinge_n_inputs(session);
    struct missing missing = {.n = 0};
    hinge_tensor *found = calloc(n + 1, sizeof *found);
    bool good = found || error_no_memory(error);
    for (size_t i = 0; i < n && good; i++) {
        bool is_default = hinge_input_has_default(session, i) &&
                          !options_find(&options->shapes, hinge_input_name(session, i));
        found[i] = shapes[i];
        if (shapes[i].type == HINGE_NO_TYPE && !is_default)
            good = find_shape(&found[i], i, shapes, session, options, &missing, error);
    }
    good = good && (missing.n == 0 || tell(&missing, error));
    if (good && n)
        memcpy(shapes, found, n * sizeof *found);
    free(found);
    return good;
}
