#include "inputs/inputs.h"

#include "describe/describe.h"
#include "files/file.h"
#include "files/value_file.h"
#include "inputs/random.h"
#include "inputs/shapes.h"
#include "media/sound.h"

#include <hinge/plugin.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool inputs_check(const hinge_tensor *tensor, const hinge_session *session, size_t index,
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

/* Only where its type and shape fit, however large the array is said to be. */
static bool read_member(struct npz *npz, size_t member, const hinge_session *session, size_t index,
                        struct array *array, hinge_error *error)
{
    const hinge_tensor *info = hinge_input_info(session, index);
    char text[HINGE_TYPE_CODE_TEXT];
    struct npy_header header;
    if (hinge_is_container(info->type))
        return error_set(error, HINGE_BAD_ARGUMENT, "only a .pb file can hold %s",
                         hinge_type_code_text(hinge_input_type(session, index), text, sizeof text));
    if (!npz_header(npz, member, info->type, &header, error))
        return false;
    hinge_tensor said = {.type = header.type, .rank = header.rank};
    memcpy(said.dims, header.dims, sizeof said.dims);
    if (info->type != HINGE_NO_TYPE && hinge_type_bits(info->type) < 8 &&
        (said.type == HINGE_INT8 || said.type == HINGE_UINT8))
        said.type = info->type; /* as they are packed */
    return inputs_check(&said, session, index, error) &&
           npz_read(npz, member, info->type, array, error);
}

bool inputs_read(const char *path, const hinge_session *session, size_t index, struct array *array,
                 hinge_error *error)
{
    if (!file_has_suffix(path, ".npz"))
        return value_file_read(path, hinge_input_type(session, index), array, error);
    struct npz *npz;
    *array = (struct array){0};
    if (!npz_open(path, &npz, error))
        return false;
    size_t member = npz_n(npz) == 1 ? 0 : npz_find(npz, hinge_input_name(session, index));
    bool good = member == SIZE_MAX ? error_set(error, HINGE_BAD_ARGUMENT,
                                               "none of its %zu arrays has that name", npz_n(npz))
                                   : read_member(npz, member, session, index, array, error);
    npz_close(npz);
    return good || error_prefix(error, "%.300s", path);
}

/* From the file that an option names. */
static bool read_source(const struct option_pair *pair, const struct input_options *options,
                        const hinge_session *session, size_t index, struct array *array,
                        hinge_error *error)
{
    const hinge_tensor *info = hinge_input_info(session, index);
    switch (pair->source) {
    case SOURCE_VALUE: return inputs_read(pair->value, session, index, array, error);
    case SOURCE_PICTURE: return picture_read(pair->value, &options->picture, info, array, error);
    case SOURCE_SOUND: return sound_read(pair->value, options->sample_rate, info, array, error);
    case SOURCE_ARCHIVE:
        return read_member(pair->archive, pair->member, session, index, array, error) ||
               error_prefix(error, "%.300s", pair->value);
    }
    return false;
}

/* Where a file names it or it is ready; otherwise the tensor stays zero. */
static bool read_input(struct inputs *inputs, const hinge_session *session, size_t index,
                       const struct input_options *options, hinge_error *error)
{
    const char *name = hinge_input_name(session, index);
    const struct option_pair *pair = options_find_pair(&options->files, name);
    struct array *array = &inputs->arrays[index];
    bool is_ready = options->ready && options->ready_index == index;
    if (!pair && !is_ready)
        return true;
    bool read = is_ready || read_source(pair, options, session, index, array, error);
    inputs->tensors[index] = is_ready ? *options->ready : array->tensor;
    return (read && inputs_check(&inputs->tensors[index], session, index, error)) ||
           error_prefix(error, "input \"%s\"", name);
}

/* That every input has a value or a default. */
static bool check_all_there(const struct inputs *inputs, const hinge_session *session,
                            hinge_error *error)
{
    char list[300] = "", declared[TEXT_SHAPE_SIZE];
    const char *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < inputs->n; i++) {
        const char *name = hinge_input_name(session, i);
        if (inputs->tensors[i].type != HINGE_NO_TYPE || hinge_input_has_default(session, i))
            continue;
        text_append(list, sizeof list, "%s\"%.80s\" (%.120s)", n++ ? ", " : "", name,
                    describe_input(declared, session, i));
        first = first ? first : name;
    }
    return n == 0 || error_set(error, HINGE_BAD_ARGUMENT,
                               "input%s %s %s no value: give --input %.80s=FILE.npy%s, or --random",
                               n > 1 ? "s" : "", list, n > 1 ? "have" : "has", first,
                               n > 1 ? " and so on" : "");
}

static bool make_random(struct inputs *inputs, const hinge_session *session,
                        const struct input_options *options, hinge_error *error)
{
    hinge_tensor *shapes = calloc(inputs->n + 1, sizeof *shapes);
    bool good = shapes || error_no_memory(error);
    if (good && inputs->n)
        memcpy(shapes, inputs->tensors, inputs->n * sizeof *shapes);
    good = good && shapes_find(shapes, session, options, error);
    for (size_t i = 0; i < inputs->n && good; i++) {
        struct array *array = &inputs->arrays[i];
        if (inputs->tensors[i].type != HINGE_NO_TYPE || shapes[i].type == HINGE_NO_TYPE)
            continue;
        good = (array_create(array, shapes[i].type, shapes[i].rank, shapes[i].dims, error) ||
                error_prefix(error, "input \"%s\"", hinge_input_name(session, i))) &&
               random_fill(array, i, options->seed, options->int_max, error);
        inputs->tensors[i] = array->tensor;
    }
    free(shapes);
    return good;
}

/* How the pair was given. */
static const char *option_of(const struct option_pair *pair)
{
    static const char *const names[] = {[SOURCE_VALUE] = "input",
                                        [SOURCE_PICTURE] = "image",
                                        [SOURCE_SOUND] = "audio",
                                        [SOURCE_ARCHIVE] = "inputs"};
    return names[pair->source];
}

static bool check_twice(const struct option_pairs *files, const hinge_session *session,
                        hinge_error *error)
{
    for (size_t i = 0; i < hinge_n_inputs(session); i++) {
        const char *name = hinge_input_name(session, i);
        const struct option_pair *first = options_find_pair(files, name);
        size_t behind = first ? (size_t)(first - files->items) + 1 : files->n;
        const struct option_pairs rest = {files->items + behind, files->n - behind};
        const struct option_pair *second = options_find_pair(&rest, name);
        if (second)
            return error_set(error, HINGE_BAD_ARGUMENT,
                             "input \"%.100s\" is given twice: by --%s %.100s and --%s %.100s",
                             name, option_of(first), first->value, option_of(second),
                             second->value);
    }
    return true;
}

/* "a", "b" and 3 with values of their own: of files of IR version 3 weights are among the inputs.
 */
static void list_inputs(char *list, size_t size, const hinge_session *session)
{
    size_t n = hinge_n_inputs(session), used = 0, n_own = 0;
    for (size_t i = 0; i < n; i++) {
        if (hinge_input_has_default(session, i)) {
            n_own++;
            continue;
        }
        int more = snprintf(list + used, size - used, "%s\"%.80s\"", used ? ", " : "",
                            hinge_input_name(session, i));
        used = more < 0 || (size_t)more >= size - used ? size - 1 : used + (size_t)more;
    }
    if (n_own)
        snprintf(list + used, size - used, "%s%zu with values of their own", used ? " and " : "",
                 n_own);
    else if (!used)
        snprintf(list, size, "none");
}

/* That every name given on the command line is one of the model's. option is that of files where
 * it is NULL. */
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
        char list[400];
        list_inputs(list, sizeof list, session);
        return error_set(error, HINGE_BAD_ARGUMENT,
                         "--%s %.*s: the model has no such input; it has %s",
                         option ? option : option_of(pair),
                         pair->name_size > 80 ? 80 : pair->name_size, pair->name, list);
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
    return check_names(&options->files, NULL, session, error) &&
           check_twice(&options->files, session, error) &&
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
        ok = read_input(inputs, session, i, options, error);
    ok = ok && (options->random ? make_random(inputs, session, options, error)
                                : check_all_there(inputs, session, error));
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
