#include "batch/manifest.h"

#include "files/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool failures_add(struct failures *failures, size_t record, const char *reason, hinge_error *error)
{
    struct failure failure = {record, strdup(reason)};
    struct failure *bigger = realloc(failures->items, (failures->n + 1) * sizeof *bigger);
    if (bigger)
        failures->items = bigger;
    if (!failure.reason || !bigger) {
        free(failure.reason);
        return error_no_memory(error);
    }
    failures->items[failures->n++] = failure;
    return true;
}

void failures_free(struct failures *failures)
{
    for (size_t i = 0; i < failures->n; i++)
        free(failures->items[i].reason);
    free(failures->items);
    *failures = (struct failures){0};
}

static json_t *state_json(const struct source_state *state, bool *good)
{
    char modified[48];
    json_t *file = json_object();
    json_put(file, "file", json_text(state->name, strlen(state->name)), good);
    snprintf(modified, sizeof modified, "%" PRId64 ".%09ld", (int64_t)state->modified.tv_sec,
             state->modified.tv_nsec);
    json_put(file, "size", state->is_there ? json_integer(state->size) : json_null(), good);
    json_put(file, "modified", state->is_there ? json_string(modified) : json_null(), good);
    return file;
}

/* Of a source that is one file, one entry, and otherwise one for each record. */
static json_t *inputs_json(const struct job *job, size_t size, const struct source_state *states,
                           bool *good)
{
    json_t *list = json_array();
    for (size_t s = 0; s < job->n_sources; s++) {
        const char *name = hinge_input_name(job->session, job->sources[s].input);
        size_t n = source_is_one_file(&job->sources[s]) ? 1 : size;
        json_t *input = json_object(), *files = json_array();
        for (size_t r = 0; r < n; r++)
            json_add(files, state_json(&states[r * job->n_sources + s], good), good);
        json_put(input, "name", json_text(name, strlen(name)), good);
        json_put(input, "files", files, good);
        json_add(list, input, good);
    }
    return list;
}

static json_t *outputs_json(const struct job *job, char *const *files, bool *good)
{
    json_t *list = json_array();
    for (size_t i = 0; i < hinge_n_outputs(job->session); i++) {
        const char *name = hinge_output_name(job->session, i);
        json_t *output = json_object();
        json_put(output, "name", json_text(name, strlen(name)), good);
        json_put(output, "file", files[i] ? json_text(files[i], strlen(files[i])) : json_null(),
                 good);
        json_add(list, output, good);
    }
    return list;
}

bool manifest_write(const char *folder, const struct job *job, size_t shard,
                    const struct source_state *states, const struct failures *failures,
                    char *const *files, hinge_error *error)
{
    char path[JOB_PATH_SIZE];
    bool good = true;
    json_t *root = json_object(), *failed = json_array();
    json_put(root, "hinge", json_string(hinge_version()), &good);
    json_put(root, "model_sha256", json_string(job->model_hash), &good);
    json_put(root, "first", json_integer((json_int_t)job_first(job, shard)), &good);
    json_put(root, "records", json_integer((json_int_t)job_size(job, shard)), &good);
    json_put(root, "inputs", inputs_json(job, job_size(job, shard), states, &good), &good);
    json_put(root, "outputs", outputs_json(job, files, &good), &good);
    for (size_t i = 0; i < failures->n; i++) {
        const struct failure *failure = &failures->items[i];
        json_t *entry = json_object();
        json_put(entry, "record", json_integer((json_int_t)failure->record), &good);
        json_put(entry, "reason", json_text(failure->reason, strlen(failure->reason)), &good);
        json_add(failed, entry, &good);
    }
    json_put(root, "failed", failed, &good);
    char *text = good ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    bool ok = (text || error_no_memory(error)) && job_path(path, folder, MANIFEST_NAME, error) &&
              file_write(path, &(struct file_part){text, strlen(text)}, 1, error);
    free(text);
    return ok;
}

/* The first file whose entry is not what it is now. */
static void find_change(const json_t *before, const json_t *now, char *changed, size_t size)
{
    for (size_t s = 0; s < json_array_size(now); s++) {
        const json_t *old = json_object_get(json_array_get(before, s), "files");
        const json_t *new = json_object_get(json_array_get(now, s), "files");
        for (size_t r = 0; r < json_array_size(new); r++)
            if (!json_equal(json_array_get(old, r), json_array_get(new, r))) {
                const json_t *name = json_object_get(json_array_get(new, r), "file");
                snprintf(changed, size, "%s", json_string_value(name));
                return;
            }
    }
    snprintf(changed, size, "the number of files");
}

bool manifest_read(const struct job *job, size_t shard, struct manifest *manifest,
                   hinge_error *error)
{
    char folder[JOB_PATH_SIZE], path[JOB_PATH_SIZE];
    size_t size = job_size(job, shard);
    json_error_t reason;
    if (!job_shard_path(folder, job->folder, shard, error) ||
        !job_path(path, folder, MANIFEST_NAME, error))
        return false;
    json_t *root = json_load_file(path, 0, &reason), *failed = json_object_get(root, "failed");
    if (!json_is_array(failed)) {
        error_set(error, HINGE_BAD_FORMAT,
                  "%.300s: %.160s: remove the folder to have the shard made again", path,
                  root ? "no manifest" : reason.text);
        json_decref(root);
        return false;
    }
    bool good = true;
    struct source_state *states = calloc(size * job->n_sources, sizeof *states);
    if (!states) {
        json_decref(root);
        return error_no_memory(error);
    }
    for (size_t r = 0; r < size; r++)
        for (size_t s = 0; s < job->n_sources; s++)
            if (r == 0 || !source_is_one_file(&job->sources[s]))
                states[r * job->n_sources + s] =
                    source_state(&job->sources[s], job_first(job, shard) + r);
    json_t *now = inputs_json(job, size, states, &good), *before = json_object_get(root, "inputs");
    *manifest = (struct manifest){.n_failed = json_array_size(failed),
                                  .is_current = good && json_equal(before, now)};
    if (!manifest->is_current)
        find_change(before, now, manifest->changed, sizeof manifest->changed);
    json_decref(now);
    json_decref(root);
    free(states);
    return good || error_no_memory(error);
}
