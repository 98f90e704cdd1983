#include "test_case.h"

#include "array.h"
#include "file.h"
#include "tensor_pb.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Tensors from KIND_0.pb to KIND_(n-1).pb, and no other. */
static bool read_tensors(const char *folder, const char *kind, struct array *arrays, size_t n,
                         hinge_error *error)
{
    size_t n_files = count_files(folder, kind);
    if (n_files != n)
        return error_set(error, HINGE_BAD_MODEL, "the model has %zu %ss, the data set %zu", n, kind,
                         n_files);
    for (size_t i = 0; i < n; i++) {
        char path[PATH_SIZE], file[64];
        snprintf(file, sizeof file, "%s_%zu.pb", kind, i);
        if (!make_path(path, folder, file, error) || !tensor_pb_read(path, &arrays[i], error))
            return false;
    }
    return true;
}

static bool compare_outputs(const hinge_session *session, const hinge_tensor *outputs,
                            const struct array *expected, const struct compare_rule *rule,
                            hinge_error *why)
{
    for (size_t i = 0; i < hinge_n_outputs(session); i++)
        if (!compare_tensors(&outputs[i], &expected[i].tensor, rule, why))
            return error_prefix(why, "output \"%.100s\"", hinge_output_name(session, i));
    return true;
}

static enum test_verdict run_set(const hinge_session *session, const char *folder,
                                 const struct compare_rule *rule, hinge_error *why)
{
    size_t n_inputs = hinge_n_inputs(session), n_outputs = hinge_n_outputs(session);
    struct array *inputs = calloc(n_inputs + 1, sizeof *inputs);
    struct array *expected = calloc(n_outputs + 1, sizeof *expected);
    hinge_tensor *tensors = calloc(n_inputs + 1, sizeof *tensors);
    hinge_tensor *outputs = calloc(n_outputs + 1, sizeof *outputs);
    hinge_context *context = NULL;
    enum test_verdict verdict = TEST_FAIL;
    hinge_status status = HINGE_OK;
    bool ok = (inputs && expected && tensors && outputs) || error_no_memory(why);
    ok = ok && read_tensors(folder, "input", inputs, n_inputs, why) &&
         read_tensors(folder, "output", expected, n_outputs, why);
    for (size_t i = 0; i < n_inputs && ok; i++)
        tensors[i] = inputs[i].tensor;
    if (ok) {
        status = hinge_context_create(session, &context, why);
        if (!status)
            status = hinge_run(context, tensors, n_inputs, outputs, n_outputs, NULL, why);
        if (status == HINGE_UNSUPPORTED)
            verdict = TEST_UNSUPPORTED;
    }
    if (ok && !status && compare_outputs(session, outputs, expected, rule, why))
        verdict = TEST_PASS;
    hinge_context_destroy(context);
    for (size_t i = 0; inputs && i < n_inputs; i++)
        array_free(&inputs[i]);
    for (size_t i = 0; expected && i < n_outputs; i++)
        array_free(&expected[i]);
    free(inputs);
    free(expected);
    free(tensors);
    free(outputs);
    return verdict;
}

static int is_data_set(const struct dirent *entry)
{
    return strncmp(entry->d_name, "test_data_set_", 14) == 0;
}

static enum test_verdict run_sets(const hinge_session *session, const char *folder,
                                  const struct compare_rule *rule, hinge_error *why)
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
                          ? run_set(session, path, rule, why)
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

enum test_verdict test_case_run(const char *folder, const hinge_options *options,
                                const struct compare_rule *rule, hinge_error *why)
{
    char path[PATH_SIZE];
    hinge_session *session;
    if (!make_path(path, folder, "model.onnx", why))
        return TEST_FAIL;
    hinge_status status = hinge_open(path, options, &session, why);
    if (status)
        return status == HINGE_UNSUPPORTED ? TEST_UNSUPPORTED : TEST_FAIL;
    enum test_verdict verdict = run_sets(session, folder, rule, why);
    hinge_close(session);
    return verdict;
}
