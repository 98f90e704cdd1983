#include "batch/shard.h"

#include "files/folder.h"
#include "files/value_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool make_columns(struct shard *shard, hinge_error *error)
{
    const hinge_session *session = shard->job->session;
    size_t n = hinge_n_outputs(session);
    shard->files = calloc(n + 1, sizeof *shard->files);
    shard->columns = calloc(n + 1, sizeof *shard->columns);
    if (!shard->files || !shard->columns)
        return error_no_memory(error);
    for (size_t i = 0; i < n && !shard->job->separate; i++) {
        char path[JOB_PATH_SIZE], name[VALUE_FILE_OUTPUT_SIZE];
        value_file_of_output(name, i, hinge_output_name(session, i), "npy");
        if (!job_path(path, shard->folder, name, error))
            return false;
        shard->files[i] = strdup(name);
        shard->columns[i].path = strdup(path);
        if (!shard->files[i] || !shard->columns[i].path)
            return error_no_memory(error);
    }
    return true;
}

bool shard_begin(struct shard *shard, const struct job *job, const struct work *work, size_t number,
                 hinge_error *error)
{
    *shard = (struct shard){.job = job, .number = number};
    shard->states = calloc(job_size(job, number) * job->n_sources, sizeof *shard->states);
    bool ok = shard->states || error_no_memory(error);
    ok = ok && job_shard_path(shard->folder, work->path, number, error) &&
         folder_make(shard->folder, error) && make_columns(shard, error);
    if (!ok)
        shard_free(shard);
    return ok;
}

void shard_note(struct shard *shard, size_t record, const struct source_state *states)
{
    size_t n = shard->job->n_sources, row = record - job_first(shard->job, shard->number);
    memcpy(shard->states + row * n, states, n * sizeof *states);
}

/* To a folder of its own, named by its number. */
static bool add_separate(struct shard *shard, size_t record, const hinge_tensor *results,
                         hinge_error *error)
{
    const hinge_session *session = shard->job->session;
    char name[32], folder[JOB_PATH_SIZE];
    snprintf(name, sizeof name, "%09zu", record);
    if (!job_path(folder, shard->folder, name, error) || !folder_make(folder, error))
        return false;
    bool ok = true;
    for (size_t i = 0; i < hinge_n_outputs(session) && ok; i++)
        ok = value_file_write_into(folder, i, hinge_output_name(session, i), &results[i],
                                   hinge_output_type(session, i), error);
    if (!ok)
        folder_remove(folder);
    return ok;
}

bool shard_add(struct shard *shard, size_t record, const hinge_tensor *results, hinge_error *error)
{
    const hinge_session *session = shard->job->session;
    if (shard->job->separate)
        return add_separate(shard, record, results, error);
    for (size_t i = 0; i < hinge_n_outputs(session); i++)
        if (!column_takes(&shard->columns[i], &results[i], error))
            return error_prefix(error, "output \"%s\"", hinge_output_name(session, i));
    for (size_t i = 0; i < hinge_n_outputs(session); i++)
        if (!column_add(&shard->columns[i], &results[i], error))
            return false;
    return true;
}

bool shard_fail(struct shard *shard, size_t record, const char *reason, hinge_error *error)
{
    return failures_add(&shard->failures, record, reason, error);
}

/* Renames the new folder to path. Where one is there, that one is first moved out of the way. */
static bool give_name(struct shard *shard, const struct work *work, const char *path, bool renew,
                      hinge_error *error)
{
    char old[JOB_PATH_SIZE];
    if (rename(shard->folder, path) == 0) {
        *shard->folder = '\0';
        return true;
    }
    if (errno != EEXIST && errno != ENOTEMPTY)
        return error_set(error, HINGE_IO, "%.400s: %s", path, strerror(errno));
    if (!renew)
        return true;
    if (!job_path(old, work->path, "old", error))
        return false;
    if (rename(path, old) != 0 || rename(shard->folder, path) != 0)
        return error_set(error, HINGE_IO, "%.400s: %s", path, strerror(errno));
    *shard->folder = '\0';
    folder_remove(old);
    return true;
}

bool shard_finish(struct shard *shard, const struct work *work, bool renew, hinge_error *error)
{
    const struct job *job = shard->job;
    char path[JOB_PATH_SIZE];
    size_t n = hinge_n_outputs(job->session);
    for (size_t i = 0; i < n && !job->separate; i++) {
        if (!column_finish(&shard->columns[i], error))
            return false;
        if (shard->columns[i].n_rows == 0) {
            free(shard->files[i]);
            shard->files[i] = NULL;
        }
    }
    return manifest_write(shard->folder, job, shard->number, shard->states, &shard->failures,
                          shard->files, error) &&
           folder_sync(shard->folder, true, error) &&
           job_shard_path(path, job->folder, shard->number, error) &&
           give_name(shard, work, path, renew, error) && folder_sync(job->folder, false, error);
}

void shard_free(struct shard *shard)
{
    size_t n = shard->job ? hinge_n_outputs(shard->job->session) : 0;
    for (size_t i = 0; i < n && shard->columns; i++)
        column_free(&shard->columns[i]);
    for (size_t i = 0; i < n && shard->files; i++)
        free(shard->files[i]);
    if (*shard->folder)
        folder_remove(shard->folder);
    free(shard->columns);
    free(shard->files);
    free(shard->states);
    failures_free(&shard->failures);
    *shard = (struct shard){0};
}
