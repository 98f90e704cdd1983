#include "run/run_outputs.h"

#include "base/suggest.h"
#include "base/text.h"
#include "describe/summary.h"
#include "files/file.h"
#include "files/npz.h"
#include "files/value_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Outputs behind these were asked for by name. */
static size_t n_model_outputs(const hinge_session *session)
{
    hinge_model_info model = {.size = sizeof model};
    hinge_get_model(session, &model);
    return model.n_model_outputs;
}

static bool no_such_output(const struct option_pair *pair, const hinge_session *session,
                           hinge_error *error)
{
    char list[300] = "", near[SUGGEST_SIZE], wanted[81];
    struct suggest suggest = {.wanted = wanted};
    snprintf(wanted, sizeof wanted, "%.*s", pair->name_size, pair->name);
    for (size_t o = 0; o < n_model_outputs(session); o++) {
        text_append(list, sizeof list, "%s\"%.80s\"", o ? ", " : "", hinge_output_name(session, o));
        suggest_look(&suggest, hinge_output_name(session, o), NULL);
    }
    return error_set(error, HINGE_BAD_ARGUMENT,
                     "--output %s: the model has no such output; it has %s%s", wanted, list,
                     suggest_text(near, &suggest));
}

/* What is no regular file (/dev/stdout, a pipe) has no ending, and gets the form that suits. */
static bool check_ending(const char *path, const char *option, hinge_error *error)
{
    struct stat at;
    return value_file_is_one(path) || file_is_standard(path) ||
           (stat(path, &at) == 0 && !S_ISREG(at.st_mode) && !S_ISDIR(at.st_mode)) ||
           error_set(error, HINGE_BAD_ARGUMENT,
                     "--%s \"%.300s\": the name of the file has to end in .npy or .pb", option,
                     path);
}

static bool check_pairs(const struct run_outputs *outputs, const hinge_session *session,
                        hinge_error *error)
{
    for (size_t i = 0; i < outputs->files.n; i++) {
        const struct option_pairs one = {&outputs->files.items[i], 1};
        if (!options_are_named(&one, session, hinge_output_name, n_model_outputs(session)))
            return no_such_output(one.items, session, error);
        if (!check_ending(one.items->value, "output", error))
            return false;
    }
    for (size_t i = 0; i < outputs->values.pairs.n; i++) {
        const char *path = outputs->values.pairs.items[i].value;
        if (path && !check_ending(path, "value", error))
            return false;
    }
    return true;
}

/* That what goes to standard output is one file, and no text beside it. */
static bool check_standard(const struct run_outputs *outputs, hinge_error *error)
{
    const struct option_pairs *lists[] = {&outputs->files, &outputs->values.pairs};
    size_t n_files = outputs->archive && file_is_standard(outputs->archive),
           n_shown = outputs->json || outputs->top.n > 0;
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < lists[l]->n; i++) {
            const char *path = lists[l]->items[i].value;
            n_files += path && file_is_standard(path);
            n_shown += !path;
        }
    return n_files == 0 || n_files + n_shown == 1 ||
           error_set(error, HINGE_BAD_ARGUMENT,
                     "\"-\" is standard output, which takes one file and no text beside it");
}

static bool check_twice(const struct run_outputs *outputs, const hinge_session *session,
                        hinge_error *error)
{
    for (size_t i = 0; i < n_model_outputs(session); i++) {
        const char *name = hinge_output_name(session, i);
        const struct option_pair *first = options_find_pair(&outputs->files, name);
        const struct option_pair *end = outputs->files.items + outputs->files.n;
        const struct option_pairs rest = {first ? (struct option_pair *)first + 1 : NULL,
                                          first ? (size_t)(end - first) - 1 : 0};
        const struct option_pair *second = options_find_pair(&rest, name);
        if (second)
            return error_set(error, HINGE_BAD_ARGUMENT,
                             "output \"%.100s\" is given twice: to %.150s and %.150s", name,
                             first->value, second->value);
    }
    return true;
}

static bool check_archive(const char *path, const hinge_session *session, hinge_error *error)
{
    char text[HINGE_TYPE_CODE_TEXT];
    if (!file_has_suffix(path, ".npz") && !file_is_standard(path))
        return error_set(error, HINGE_BAD_ARGUMENT,
                         "--outputs \"%.300s\": the name of the file has to end in .npz", path);
    for (size_t i = 0; i < n_model_outputs(session); i++) {
        hinge_type_code type = hinge_output_type(session, i);
        if (hinge_is_container((hinge_type)(type & 0xff)))
            return error_set(error, HINGE_BAD_ARGUMENT,
                             "--outputs %.300s: only a .pb file can hold %s", path,
                             hinge_type_code_text(type, text, sizeof text));
    }
    return true;
}

static bool make_folder(const char *folder, hinge_error *error)
{
    return !folder || mkdir(folder, 0777) == 0 || errno == EEXIST ||
           error_set(error, HINGE_IO, "%s: %s", folder, strerror(errno));
}

bool run_outputs_check(const struct run_outputs *outputs, const hinge_session *session,
                       hinge_error *error)
{
    return check_pairs(outputs, session, error) && check_twice(outputs, session, error) &&
           check_standard(outputs, error) &&
           (!outputs->archive || check_archive(outputs->archive, session, error)) &&
           make_folder(outputs->folder, error) && make_folder(outputs->values.folder, error);
}

static bool write_archive(const char *path, const hinge_session *session,
                          const hinge_tensor *results, hinge_error *error)
{
    size_t n = n_model_outputs(session);
    const char **names = calloc(n + 1, sizeof *names);
    if (!names)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        names[i] = hinge_output_name(session, i);
    bool good = npz_write(path, names, results, n, error);
    free(names);
    return good;
}

bool run_outputs_write(const struct run_outputs *outputs, const hinge_session *session,
                       const hinge_tensor *results, hinge_error *error)
{
    for (size_t i = 0; i < hinge_n_outputs(session); i++) {
        const char *name = hinge_output_name(session, i);
        const char *paths[] = {options_find(&outputs->files, name),
                               options_find(&outputs->values.pairs, name)};
        const char *folders[] = {i < n_model_outputs(session) ? outputs->folder : NULL,
                                 outputs->values.folder};
        hinge_type_code type = hinge_output_type(session, i);
        for (size_t p = 0; p < 2; p++)
            if (paths[p] && !value_file_write(paths[p], name, &results[i], type, error))
                return false;
        for (size_t f = 0; f < 2; f++)
            if (folders[f] && !value_file_write_into(folders[f], i, name, &results[i], type, error))
                return false;
    }
    return !outputs->archive || write_archive(outputs->archive, session, results, error);
}

/* Whether the value is asked for and goes to no file. */
static bool is_shown_value(const struct run_values *values, const char *name)
{
    for (size_t i = 0; i < values->pairs.n; i++) {
        const struct option_pairs one = {&values->pairs.items[i], 1};
        if (!one.items->value && strlen(name) == (size_t)one.items->name_size &&
            strncmp(one.items->name, name, strlen(name)) == 0)
            return true;
    }
    return false;
}

static int show_json(const struct run_outputs *outputs, const hinge_session *session,
                     const hinge_tensor *results)
{
    bool good = true, has_double = false;
    size_t n = n_model_outputs(session);
    json_t *root = json_object(), *lists[] = {json_array(), json_array()};
    for (size_t i = 0; i < hinge_n_outputs(session); i++) {
        json_t *object = summary_json(hinge_output_name(session, i), &results[i],
                                      hinge_output_type(session, i), outputs->all_json);
        has_double |= results[i].type == HINGE_DOUBLE;
        if (run_top_has(&outputs->top, &results[i]))
            json_put(object, "top", run_top_json(&outputs->top, &results[i]), &good);
        json_add(lists[i >= n], object, &good);
    }
    json_put(root, "outputs", lists[0], &good);
    json_put(root, "values", lists[1], &good);
    return outputs->all_json && has_double ? json_finish_exact(root, good, NULL)
                                           : json_finish(root, good, NULL);
}

/* Labels that nothing was shown with are those of another model. */
static int check_labels(const struct run_outputs *outputs, const hinge_session *session,
                        const hinge_tensor *results)
{
    hinge_error error;
    for (size_t i = 0; i < hinge_n_outputs(session); i++)
        if (run_top_has(&outputs->top, &results[i]))
            return 0;
    if (outputs->top.path)
        error_set(&error, HINGE_BAD_ARGUMENT,
                  "--labels %.300s: no output has scores for its %zu lines", outputs->top.path,
                  outputs->top.n_labels);
    else
        error_set(&error, HINGE_BAD_ARGUMENT, "--top: no output has scores");
    return error_fail(&error);
}

int run_outputs_show(const struct run_outputs *outputs, const hinge_session *session,
                     const hinge_tensor *results)
{
    if (outputs->json) {
        int status = show_json(outputs, session, results);
        return status || outputs->top.n == 0 ? status : check_labels(outputs, session, results);
    }
    size_t n = n_model_outputs(session);
    bool to_files =
        outputs->folder || outputs->archive || outputs->files.n || outputs->values.folder;
    for (size_t i = 0; i < hinge_n_outputs(session); i++) {
        const char *name = hinge_output_name(session, i);
        hinge_type_code type = hinge_output_type(session, i);
        if (run_top_has(&outputs->top, &results[i]))
            run_top_print(stdout, &outputs->top, name, &results[i], type);
        else if ((i < n && !to_files) || is_shown_value(&outputs->values, name))
            summary_print(stdout, name, &results[i], type);
    }
    return outputs->top.n ? check_labels(outputs, session, results) : 0;
}
