#include "inputs/samples.h"

#include "base/names.h"
#include "files/value_file.h"

#include <dirent.h>
#include <errno.h>
#include <hinge/plugin.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE 4096
#define DATA_SET "test_data_set_"

static bool make_path(char *path, const char *folder, const char *file, hinge_error *error)
{
    int n = snprintf(path, PATH_SIZE, "%s/%s", folder, file);
    return (n >= 0 && n < PATH_SIZE) || error_set(error, HINGE_LIMIT, "the path is too long");
}

/* What a folder holds */

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return names_compare((*a)->d_name, (*b)->d_name);
}

static enum samples_kind kind_of(const char *folder, const char *name)
{
    char path[PATH_SIZE];
    struct stat status;
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (*name == '.' || n < 0 || n >= PATH_SIZE || stat(path, &status) != 0)
        return SAMPLES_ONE;
    if (S_ISDIR(status.st_mode))
        return strncmp(name, DATA_SET, strlen(DATA_SET)) == 0 ? SAMPLES_DATA_SETS : SAMPLES_FOLDERS;
    return value_file_is_one(name) ? SAMPLES_FILES : SAMPLES_ONE;
}

/* The form whose entries are there; test data sets go before the others, which may lie beside
 * them. */
static enum samples_kind form_of(const char *folder, struct dirent *const *entries, int n)
{
    bool has[SAMPLES_FOLDERS + 1] = {false};
    for (int i = 0; i < n; i++)
        has[kind_of(folder, entries[i]->d_name)] = true;
    return has[SAMPLES_DATA_SETS] ? SAMPLES_DATA_SETS
           : has[SAMPLES_FILES]   ? SAMPLES_FILES
                                  : SAMPLES_FOLDERS;
}

static bool list_folder(struct samples *samples, hinge_error *error)
{
    struct dirent **entries;
    int n = scandir(samples->folder, &entries, NULL, by_name);
    if (n < 0)
        return error_set(error, HINGE_IO, "%.400s: %s", samples->folder, strerror(errno));
    samples->kind = form_of(samples->folder, entries, n);
    samples->names = calloc((size_t)n + 1, sizeof *samples->names);
    bool ok = samples->names || error_no_memory(error);
    for (int i = 0; i < n; i++) {
        if (ok && kind_of(samples->folder, entries[i]->d_name) == samples->kind) {
            samples->names[samples->n] = strdup(entries[i]->d_name);
            ok = samples->names[samples->n++] || error_no_memory(error);
        }
        free(entries[i]);
    }
    free(entries);
    return ok && (samples->n ||
                  error_set(error, HINGE_BAD_ARGUMENT,
                            "%.400s holds no .npy or .pb file, and no folder", samples->folder));
}

/* The input that the files are for: the only one that no option names. */
static bool find_input(struct samples *samples, hinge_error *error)
{
    size_t n_open = 0;
    for (size_t i = 0; i < hinge_n_inputs(samples->session); i++)
        if (!hinge_input_has_default(samples->session, i) &&
            !options_find(&samples->inputs->files, hinge_input_name(samples->session, i))) {
            samples->input = i;
            n_open++;
        }
    return n_open == 1 ||
           error_set(
               error, HINGE_BAD_ARGUMENT,
               "%.300s holds files for one input, and %zu inputs have no --input: give those, "
               "or a folder for each sample with a file for each input",
               samples->folder, n_open);
}

bool samples_open(struct samples *samples, const hinge_session *session,
                  const struct input_options *inputs, const struct sample_options *options,
                  hinge_error *error)
{
    *samples = (struct samples){.session = session,
                                .inputs = inputs,
                                .folder = options->folder,
                                .random_allowed = options->random_allowed,
                                .kind = options->n_random ? SAMPLES_RANDOM : SAMPLES_ONE,
                                .n = options->n_random ? options->n_random : 1};
    if (!options->folder)
        return true;
    samples->n = 0;
    bool ok = list_folder(samples, error) &&
              (samples->kind != SAMPLES_FILES || find_input(samples, error));
    if (!ok)
        samples_close(samples);
    return ok;
}

bool samples_more(const struct samples *samples)
{
    return samples->row < samples->n_rows || samples->next < samples->n;
}

/* Making one */

/* How many rows of the file are run at once: all, or as many as the model's fixed first dimension
 * says, where the file has a multiple of them. */
static int64_t rows_at_once(const struct samples *samples)
{
    const hinge_tensor *info = hinge_input_info(samples->session, samples->input);
    const hinge_tensor *file = &samples->file.tensor;
    int64_t fixed = info->rank > 0 ? info->dims[0] : -1;
    bool divides = file->rank == info->rank && fixed > 0 && file->dims[0] > fixed &&
                   file->dims[0] % fixed == 0 && hinge_type_bits(file->type) >= 8;
    return divides ? fixed : file->rank > 0 ? file->dims[0] : 1;
}

static bool make_from_file(struct samples *samples, struct input_options *options,
                           struct inputs *inputs, hinge_error *error)
{
    char path[PATH_SIZE];
    if (samples->row >= samples->n_rows) {
        array_free(&samples->file);
        const char *name = samples->names[samples->next++];
        if (!make_path(path, samples->folder, name, error) ||
            !inputs_read(path, samples->session, samples->input, &samples->file, error))
            return false;
        samples->row = 0;
        samples->n_rows = samples->file.tensor.rank > 0 ? samples->file.tensor.dims[0] : 1;
    }
    hinge_tensor part = samples->file.tensor;
    int64_t n = rows_at_once(samples);
    const char *name = samples->names[samples->next - 1];
    snprintf(samples->label, sizeof samples->label, "%.200s", name);
    if (n < samples->n_rows) {
        snprintf(samples->label, sizeof samples->label, "%.200s, row %" PRId64, name, samples->row);
        part.dims[0] = n;
        part.data = (char *)part.data + (size_t)samples->row * (array_size(&samples->file.tensor) /
                                                                (size_t)samples->n_rows);
    }
    samples->row += n > 0 ? n : 1;
    options->ready = &part;
    options->ready_index = samples->input;
    return inputs_make(inputs, samples->session, options, error);
}

/* The file of an input in a sample's folder; empty where there is none. */
static bool find_file(const struct samples *samples, const char *folder, size_t index, char *path,
                      hinge_error *error)
{
    char file[300];
    bool is_set = samples->kind == SAMPLES_DATA_SETS;
    for (int i = is_set; i < 2; i++) {
        if (is_set)
            snprintf(file, sizeof file, "input_%zu.pb", index);
        else
            snprintf(file, sizeof file, "%.250s%s", hinge_input_name(samples->session, index),
                     i ? ".pb" : ".npy");
        for (char *p = file; *p; p++)
            *p = *p == '/' ? '_' : *p;
        struct stat status;
        if (!make_path(path, folder, file, error))
            return false;
        if (stat(path, &status) == 0)
            return true;
    }
    *path = '\0';
    return true;
}

static bool make_from_folder(const struct samples *samples, const char *folder,
                             struct input_options *options, struct inputs *inputs,
                             hinge_error *error)
{
    size_t n = hinge_n_inputs(samples->session), n_given = options->files.n;
    char(*paths)[PATH_SIZE] = calloc(n + 1, sizeof *paths);
    struct option_pair *pairs = calloc(n_given + n + 1, sizeof *pairs);
    bool ok = (paths && pairs) || error_no_memory(error);
    if (ok && n_given)
        memcpy(pairs, options->files.items, n_given * sizeof *pairs);
    options->files.items = pairs;
    for (size_t i = 0; i < n && ok; i++) {
        const char *name = hinge_input_name(samples->session, i);
        ok = find_file(samples, folder, i, paths[i], error);
        if (ok && *paths[i])
            pairs[options->files.n++] = (struct option_pair){
                .name = name, .value = paths[i], .name_size = (int)strlen(name)};
    }
    ok = ok && inputs_make(inputs, samples->session, options, error);
    free(paths);
    free(pairs);
    return ok;
}

bool samples_make(struct samples *samples, struct inputs *inputs, hinge_error *error)
{
    struct input_options options = *samples->inputs;
    *inputs = (struct inputs){0};
    if (samples->kind == SAMPLES_ONE) {
        samples->next++;
        snprintf(samples->label, sizeof samples->label, "the input");
        return inputs_make(inputs, samples->session, &options, error);
    }
    if (samples->kind == SAMPLES_RANDOM) {
        options.seed += samples->next++;
        snprintf(samples->label, sizeof samples->label, "random, seed %" PRIu64, options.seed);
        return inputs_make(inputs, samples->session, &options, error);
    }
    options.random = samples->random_allowed;
    bool ok;
    if (samples->kind == SAMPLES_FILES) {
        ok = make_from_file(samples, &options, inputs, error);
    } else {
        char path[PATH_SIZE];
        const char *name = samples->names[samples->next++];
        snprintf(samples->label, sizeof samples->label, "%.200s", name);
        ok = make_path(path, samples->folder, name, error) &&
             make_from_folder(samples, path, &options, inputs, error);
    }
    return ok || error_prefix(error, "sample \"%.200s\"", samples->names[samples->next - 1]);
}

void samples_close(struct samples *samples)
{
    for (size_t i = 0; samples->names && i < samples->n; i++)
        free(samples->names[i]);
    free(samples->names);
    array_free(&samples->file);
    *samples = (struct samples){0};
}
