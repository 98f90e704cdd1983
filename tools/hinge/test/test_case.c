#include "test/test_case.h"

#include "files/file.h"
#include "files/value_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE 4096

static bool make_path(char *path, const char *folder, const char *file, hinge_error *error)
{
    int n = snprintf(path, PATH_SIZE, "%s/%s", folder, file);
    return (n >= 0 && n < PATH_SIZE) || error_set(error, HINGE_LIMIT, "the path is too long");
}

/* How many files KIND_*.pb there are, whatever stands for the star. */
static size_t count_files(const char *folder, const char *kind)
{
    size_t n = 0, length = strlen(kind);
    DIR *stream = opendir(folder);
    for (struct dirent *entry; stream && (entry = readdir(stream));)
        n += strncmp(entry->d_name, kind, length) == 0 && entry->d_name[length] == '_' &&
             file_has_suffix(entry->d_name, ".pb");
    if (stream)
        closedir(stream);
    return n;
}

/* The values of KIND_0.pb to KIND_(n-1).pb. */
struct value_set {
    struct array *arrays;
    size_t n;
};

static void free_set(struct value_set *set)
{
    for (size_t i = 0; set->arrays && i < set->n; i++)
        array_free(&set->arrays[i]);
    free(set->arrays);
    *set = (struct value_set){0};
}

/* As many as there are; what is no input or output of that number is read as a tensor. */
static bool read_set(struct value_set *set, const char *folder, const char *kind,
                     hinge_type_code (*type)(const hinge_session *session, size_t index),
                     const hinge_session *session, hinge_error *error)
{
    set->n = count_files(folder, kind);
    set->arrays = calloc(set->n + 1, sizeof *set->arrays);
    if (!set->arrays)
        return error_no_memory(error);
    for (size_t i = 0; i < set->n; i++) {
        char path[PATH_SIZE], file[64];
        snprintf(file, sizeof file, "%s_%zu.pb", kind, i);
        if (!make_path(path, folder, file, error) ||
            !value_file_read(path, type(session, i), &set->arrays[i], error))
            return false;
    }
    return true;
}

/* The inputs or outputs that the files are for: by their names where each file has that of another
 * one, which is how a data set leaves some out; otherwise by their numbers. places has room for one
 * of each file. */
typedef size_t find_index(const hinge_session *session, const char *name);
static void find_places(size_t *places, const struct value_set *set, find_index *find,
                        const hinge_session *session)
{
    bool by_name = true;
    for (size_t i = 0; i < set->n && by_name; i++) {
        places[i] = find(session, set->arrays[i].value->name);
        by_name = places[i] != SIZE_MAX;
        for (size_t j = 0; j < i && by_name; j++)
            by_name = places[j] != places[i];
    }
    for (size_t i = 0; i < set->n && !by_name; i++)
        places[i] = i;
}

/* inputs are zero, which leaves them to their defaults. */
static bool fill_inputs(hinge_tensor *inputs, const struct value_set *set,
                        const hinge_session *session, hinge_error *error)
{
    size_t n = hinge_n_inputs(session);
    size_t *places = calloc(set->n + 1, sizeof *places);
    if (!places)
        return error_no_memory(error);
    bool ok = set->n <= n;
    if (ok)
        find_places(places, set, hinge_input_index, session);
    for (size_t i = 0; i < set->n && ok; i++)
        inputs[places[i]] = set->arrays[i].tensor;
    for (size_t i = 0; i < n && ok; i++)
        ok = inputs[i].type != HINGE_NO_TYPE || hinge_input_has_default(session, i);
    free(places);
    return ok || error_set(error, HINGE_BAD_MODEL, "the model has %zu inputs, the data set %zu", n,
                           set->n);
}

/* Those that the data set has, which are all or fewer. */
static bool compare_outputs(const hinge_session *session, const hinge_tensor *outputs,
                            const struct value_set *expected, const struct compare_rule *rule,
                            hinge_error *why)
{
    size_t n = hinge_n_outputs(session);
    size_t *places = calloc(expected->n + 1, sizeof *places);
    bool same = places || error_no_memory(why);
    for (size_t i = 0; i < expected->n && same; i++)
        places[i] = i;
    if (same && expected->n < n)
        find_places(places, expected, hinge_output_index, session);
    for (size_t i = 0; i < expected->n && same; i++)
        same = compare_values(&outputs[places[i]], &expected->arrays[i].tensor, rule, why) ||
               error_prefix(why, "output \"%.100s\"", hinge_output_name(session, places[i]));
    free(places);
    return same;
}

static enum test_verdict run_once(const hinge_session *session, const hinge_tensor *inputs,
                                  hinge_tensor *outputs, const struct value_set *expected,
                                  const struct test_case_options *options, hinge_error *why)
{
    hinge_context *context = NULL;
    hinge_run_options run = options_run(options->common);
    size_t n_outputs = hinge_n_outputs(session);
    enum test_verdict verdict = TEST_FAIL;
    run.trace = false;
    hinge_status status = hinge_context_create(session, &context, why);
    if (!status)
        status = hinge_run(context, inputs, hinge_n_inputs(session), outputs, n_outputs, &run, why);
    if (status == HINGE_UNSUPPORTED)
        verdict = TEST_UNSUPPORTED;
    else if (!status && compare_outputs(session, outputs, expected, &options->rule, why))
        verdict = TEST_PASS;
    hinge_context_destroy(context);
    return verdict;
}

static enum test_verdict run_set(const hinge_session *session, const char *folder,
                                 const struct test_case_options *options, hinge_error *why)
{
    size_t n_outputs = hinge_n_outputs(session);
    struct value_set given = {0}, expected = {0};
    hinge_tensor *inputs = calloc(hinge_n_inputs(session) + 1, sizeof *inputs);
    hinge_tensor *outputs = calloc(n_outputs + 1, sizeof *outputs);
    bool ok = (inputs && outputs) || error_no_memory(why);
    ok = ok && read_set(&given, folder, "input", hinge_input_type, session, why) &&
         fill_inputs(inputs, &given, session, why) &&
         read_set(&expected, folder, "output", hinge_output_type, session, why);
    if (ok && (expected.n > n_outputs || (expected.n == 0 && n_outputs > 0)))
        ok = error_set(why, HINGE_BAD_MODEL, "the model has %zu outputs, the data set %zu",
                       n_outputs, expected.n);
    enum test_verdict verdict =
        ok ? run_once(session, inputs, outputs, &expected, options, why) : TEST_FAIL;
    if (verdict == TEST_PASS && expected.n < n_outputs)
        error_set(why, HINGE_OK, "compared %zu of %zu outputs, as many as the data set has",
                  expected.n, n_outputs);
    free_set(&given);
    free_set(&expected);
    free(inputs);
    free(outputs);
    return verdict;
}

static int is_data_set(const struct dirent *entry)
{
    return strncmp(entry->d_name, "test_data_set_", 14) == 0;
}

static enum test_verdict run_sets(const hinge_session *session, const char *folder,
                                  const struct test_case_options *options, hinge_error *why)
{
    struct dirent **names;
    int n = scandir(folder, &names, is_data_set, alphasort);
    enum test_verdict verdict = TEST_FAIL;
    if (n < 0)
        error_set(why, HINGE_IO, "the folder cannot be read: %s", strerror(errno));
    else if (n == 0)
        error_set(why, HINGE_BAD_MODEL, "there is no test_data_set_0");
    else
        verdict = TEST_PASS;
    for (int i = 0; i < n; i++) {
        char path[PATH_SIZE];
        if (verdict == TEST_PASS) {
            verdict = make_path(path, folder, names[i]->d_name, why)
                          ? run_set(session, path, options, why)
                          : TEST_FAIL;
            if (verdict != TEST_PASS && n > 1)
                error_prefix(why, "%.60s", names[i]->d_name);
        }
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return verdict;
}

/* The most inputs that one of the data sets gives; 0 where the folder cannot be read. */
static size_t count_inputs(const char *folder)
{
    struct dirent **names;
    size_t most = 0;
    int n = scandir(folder, &names, is_data_set, alphasort);
    for (int i = 0; i < n; i++) {
        char path[PATH_SIZE];
        hinge_error ignored;
        size_t given =
            make_path(path, folder, names[i]->d_name, &ignored) ? count_files(path, "input") : 0;
        most = given > most ? given : most;
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return most;
}

/* Where a data set has more inputs than the model needs, with those that have a default. */
static hinge_status open_model(const char *path, const char *folder, const hinge_options *options,
                               hinge_session **session, hinge_error *why)
{
    hinge_status status = hinge_open(path, options, session, why);
    if (status || count_inputs(folder) <= hinge_n_inputs(*session))
        return status;
    hinge_options with_defaults = *options;
    with_defaults.overridable_defaults = true;
    hinge_close(*session);
    return hinge_open(path, &with_defaults, session, why);
}

enum test_verdict test_case_run(const char *folder, const struct test_case_options *options,
                                hinge_error *why)
{
    char path[PATH_SIZE];
    hinge_session *session;
    if (!make_path(path, folder, "model.onnx", why))
        return TEST_FAIL;
    struct stat at;
    if (stat(folder, &at) != 0)
        return error_set(why, HINGE_IO, "%s", strerror(errno)), TEST_FAIL;
    if (!S_ISDIR(at.st_mode))
        return error_set(why, HINGE_IO, "%s", strerror(ENOTDIR)), TEST_FAIL;
    if (stat(path, &at) != 0)
        return error_set(why, HINGE_IO, "there is no model.onnx, neither here nor a folder below"),
               TEST_FAIL;
    hinge_status status = open_model(path, folder, &options->common->open, &session, why);
    if (status)
        return status == HINGE_UNSUPPORTED ? TEST_UNSUPPORTED : TEST_FAIL;
    enum test_verdict verdict = run_sets(session, folder, options, why);
    hinge_close(session);
    return verdict;
}
