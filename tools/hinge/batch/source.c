#include "batch/source.h"

#include "files/file.h"
#include "files/folder.h"
#include "files/npz.h"
#include "files/value_file.h"

#include <hinge/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PATH_SIZE 4096

static bool is_picture(const char *name)
{
    static const char *const endings[] = {"png", "jpg",  "jpeg", "webp", "bmp",
                                          "tif", "tiff", "jp2",  "ppm",  "pgm"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot + 1, endings[i]) == 0)
            return true;
    return false;
}

static bool is_record(const char *name)
{
    return *name != '.' && (value_file_is_one(name) || is_picture(name));
}

/* The part of the path up to its last slash, and that included; "" where there is none. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
}

static bool open_list(struct source *source, hinge_error *error)
{
    unsigned char *bytes;
    size_t size, n_lines = 0, count = 0;
    if (!file_read(source->path, &bytes, &size, error))
        return false;
    for (size_t i = 0; i < size; i++)
        n_lines += bytes[i] == '\n';
    source->folder = folder_of(source->path);
    source->names = calloc(n_lines + 1, sizeof *source->names);
    bool ok = (source->folder && source->names) || error_no_memory(error);
    for (size_t at = 0; ok && at < size;) {
        const unsigned char *line = bytes + at, *end = memchr(line, '\n', size - at);
        size_t length = end ? (size_t)(end - line) : size - at;
        at += length + 1;
        if (length && line[length - 1] == '\r')
            length--;
        if (length == 0)
            continue;
        source->names[count] = strndup((const char *)line, length);
        ok = source->names[count] || error_no_memory(error);
        count += ok;
    }
    source->n = count;
    free(bytes);
    return ok;
}

static bool open_folder(struct source *source, hinge_error *error)
{
    size_t size = strlen(source->path) + 2;
    source->folder = malloc(size);
    if (!source->folder)
        return error_no_memory(error);
    snprintf(source->folder, size, "%s/", source->path);
    return folder_list(source->path, is_record, &source->names, &source->n, error);
}

/* What is compressed cannot be read by rows: the array is kept in memory. */
static bool open_archive(struct source *source, const char *name, hinge_type type,
                         hinge_error *error)
{
    struct npz *npz = NULL;
    if (!npz_open(source->path, &npz, error))
        return false;
    size_t index = npz_n(npz) == 1 ? 0 : npz_find(npz, name);
    const hinge_tensor *tensor = &source->archived.tensor;
    bool ok;
    if (index == SIZE_MAX)
        ok = error_set(error, HINGE_BAD_ARGUMENT, "%.300s has no array of that name", source->path);
    else
        ok = npz_read(npz, index, type, &source->archived, error) ||
             error_prefix(error, "%.300s", source->path);
    if (ok && (tensor->rank == 0 || hinge_type_bits(tensor->type) < 8))
        ok = error_set(error, HINGE_BAD_SHAPE, "%.300s: %s has no rows", source->path,
                       tensor->rank ? hinge_type_text(tensor->type) : "a single element");
    source->n = ok ? (size_t)tensor->dims[0] : 0;
    npz_close(npz);
    return ok;
}

static bool read_archived(const struct source *source, size_t record, struct array *array,
                          hinge_error *error)
{
    const hinge_tensor *all = &source->archived.tensor;
    if (!array_create(array, all->type, all->rank - 1, all->dims + 1, error))
        return false;
    size_t size = array_size(&array->tensor);
    memcpy(array->tensor.data, (const char *)all->data + record * size, size);
    return true;
}

bool source_open(struct source *source, const hinge_session *session, size_t input,
                 const char *path, const struct picture_options *picture, hinge_error *error)
{
    struct stat status;
    *source = (struct source){.session = session,
                              .input = input,
                              .path = path,
                              .picture = picture,
                              .rows.descriptor = -1};
    bool ok;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        ok = open_folder(source, error);
    } else if (file_has_suffix(path, ".txt")) {
        ok = open_list(source, error);
    } else if (file_has_suffix(path, ".npy")) {
        hinge_type type = hinge_input_info(session, input)->type;
        ok = npy_rows_open(&source->rows, path, type, error);
        source->n = ok ? (size_t)source->rows.header.dims[0] : 0;
        source->status = source->rows.status;
    } else if (file_has_suffix(path, ".npz")) {
        ok = open_archive(source, hinge_input_name(session, input),
                          hinge_input_info(session, input)->type, error);
        source->status = status;
    } else {
        ok = error_set(
            error, HINGE_BAD_ARGUMENT,
            "%.400s: neither a folder, nor a .npy or .npz file, nor a .txt file with names", path);
    }
    ok = ok && (source->n || error_set(error, HINGE_BAD_ARGUMENT, "%.400s holds no record", path));
    if (!ok)
        error_prefix(error, "input \"%s\"", hinge_input_name(session, input));
    if (ok && source_is_one_file(source)) { /* all rows fit, or none */
        struct array first;
        ok = source_read(source, 0, &first, error);
        array_free(&first);
    }
    if (!ok)
        source_close(source);
    return ok;
}

void source_close(struct source *source)
{
    npy_rows_close(&source->rows);
    array_free(&source->archived);
    folder_free_names(source->names, source->names ? source->n : 0);
    free(source->folder);
    *source = (struct source){.rows.descriptor = -1};
}

bool source_is_one_file(const struct source *source)
{
    return source->folder == NULL;
}

static bool make_path(const struct source *source, size_t record, char path[PATH_SIZE])
{
    const char *name = source->names[record];
    int n = snprintf(path, PATH_SIZE, "%s%s", *name == '/' ? "" : source->folder, name);
    return n >= 0 && n < PATH_SIZE;
}

struct source_state source_state(const struct source *source, size_t record)
{
    char path[PATH_SIZE];
    struct stat status = source->status;
    struct source_state state = {.is_there = true};
    if (source_is_one_file(source)) {
        const char *slash = strrchr(source->path, '/');
        state.name = slash ? slash + 1 : source->path;
    } else {
        state.name = source->names[record];
        state.is_there = make_path(source, record, path) && stat(path, &status) == 0;
    }
    if (state.is_there) {
        state.size = status.st_size;
        state.modified = status.st_mtim;
    }
    return state;
}

/* Gives the array the rank of the input, where one dimension is all that it lacks. */
static void put_one_in_front(const struct source *source, hinge_tensor *tensor)
{
    int32_t rank = hinge_input_info(source->session, source->input)->rank;
    bool has_rows = source_is_one_file(source) && rank < 0;
    if (hinge_is_container(tensor->type) || tensor->rank >= HINGE_MAX_RANK ||
        !(has_rows || rank == tensor->rank + 1))
        return;
    memmove(tensor->dims + 1, tensor->dims, (size_t)tensor->rank * sizeof *tensor->dims);
    tensor->dims[0] = 1;
    tensor->rank++;
}

bool source_read(const struct source *source, size_t record, struct array *array,
                 hinge_error *error)
{
    char path[PATH_SIZE];
    const char *name = hinge_input_name(source->session, source->input);
    hinge_type_code type = hinge_input_type(source->session, source->input);
    bool ok;
    *array = (struct array){0};
    if (source->archived.tensor.data)
        ok = read_archived(source, record, array, error);
    else if (source_is_one_file(source))
        ok = npy_rows_read(&source->rows, record, array, error);
    else if (!make_path(source, record, path))
        ok = error_set(error, HINGE_LIMIT, "the name of the file is too long");
    else if (is_picture(path))
        ok = picture_read(path, source->picture, hinge_input_info(source->session, source->input),
                          array, error);
    else
        ok = value_file_read(path, type, array, error);
    if (ok) {
        put_one_in_front(source, &array->tensor);
        ok = inputs_check(&array->tensor, source->session, source->input, error) ||
             error_prefix(error, "%.300s", source_is_one_file(source) ? source->path : path);
    }
    if (!ok)
        array_free(array);
    return ok || error_prefix(error, "input \"%s\"", name);
}
