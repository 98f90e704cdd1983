#include "batch/job.h"

#include "batch/work.h"
#include "describe/describe.h"
#include "files/file.h"
#include "files/folder.h"

#include <errno.h>
#include <hinge/plugin.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sources */

static bool open_source(struct job *job, size_t input, const char *path, hinge_error *error)
{
    struct source *source = &job->sources[job->n_sources];
    if (!source_open(source, job->session, input, path, &job->inputs->picture, error))
        return false;
    job->n_sources++;
    if (job->n_sources == 1)
        job->n_records = source->n;
    return source->n == job->n_records ||
           error_set(error, HINGE_BAD_ARGUMENT,
                     "input \"%.100s\" has %zu records (%.150s), and \"%.100s\" has %zu (%.150s)",
                     hinge_input_name(job->session, input), source->n, path,
                     hinge_input_name(job->session, job->sources->input), job->n_records,
                     job->sources->path);
}

static bool open_sources(struct job *job, hinge_error *error)
{
    size_t n = hinge_n_inputs(job->session);
    job->sources = calloc(n + 1, sizeof *job->sources);
    if (!job->sources)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++) {
        const char *name = hinge_input_name(job->session, i);
        const char *path = options_find(&job->inputs->files, name);
        char declared[TEXT_SHAPE_SIZE];
        if (!path && !hinge_input_has_default(job->session, i))
            return error_set(error, HINGE_BAD_ARGUMENT,
                             "input \"%s\" (%s) has no records: give --input %s=SOURCE", name,
                             describe_input(declared, job->session, i), name);
        if (path && !open_source(job, i, path, error))
            return false;
    }
    return job->n_sources > 0 ||
           error_set(error, HINGE_BAD_ARGUMENT, "no input has records: give --input NAME=SOURCE");
}

/* Whether it can be written and joined */

/* A first dimension without a size. Its name, where several have one, is to be the same: what is
 * called otherwise counts something else. */
static bool is_batched(const hinge_tensor *info, const char *name, const char **common)
{
    if (info->rank == 0 || hinge_is_container(info->type) || hinge_type_bits(info->type) < 8 ||
        (info->rank > 0 && info->dims[0] >= 0))
        return false;
    if (!*common)
        *common = name;
    return !name || !*common || strcmp(name, *common) == 0;
}

static bool check_batch(const struct job *job, hinge_error *error)
{
    const hinge_session *session = job->session;
    const char *common = NULL;
    char declared[TEXT_SHAPE_SIZE];
    for (size_t s = 0; s < job->n_sources; s++) {
        size_t i = job->sources[s].input;
        if (!is_batched(hinge_input_info(session, i), hinge_input_dim_name(session, i, 0), &common))
            return error_set(
                error, HINGE_BAD_ARGUMENT,
                "--batch %zu: input \"%s\" is %s: records are joined along a first dimension "
                "that has no size, and the same name everywhere",
                job->batch, hinge_input_name(session, i), describe_input(declared, session, i));
    }
    for (size_t i = 0; i < hinge_n_outputs(session); i++)
        if (!is_batched(hinge_output_info(session, i), hinge_output_dim_name(session, i, 0),
                        &common))
            return error_set(
                error, HINGE_BAD_ARGUMENT,
                "--batch %zu: output \"%s\" is %s, and cannot be taken apart along the first "
                "dimension of the inputs",
                job->batch, hinge_output_name(session, i), describe_output(declared, session, i));
    return true;
}

static bool check_outputs(const struct job *job, hinge_error *error)
{
    for (size_t i = 0; i < hinge_n_outputs(job->session) && !job->separate; i++) {
        hinge_type type = hinge_output_info(job->session, i)->type;
        char declared[TEXT_SHAPE_SIZE];
        if (hinge_is_container(type) || (hinge_type_bits(type) > 0 && hinge_type_bits(type) < 8))
            return error_set(error, HINGE_BAD_ARGUMENT,
                             "output \"%s\" is %s, which has no rows: give --separate",
                             hinge_output_name(job->session, i),
                             describe_output(declared, job->session, i));
    }
    return true;
}

bool job_open(struct job *job, hinge_error *error)
{
    return check_outputs(job, error) && open_sources(job, error) &&
           (job->batch == 1 || check_batch(job, error));
}

void job_close(struct job *job)
{
    for (size_t i = 0; i < job->n_sources; i++)
        source_close(&job->sources[i]);
    free(job->sources);
    job->sources = NULL;
    job->n_sources = 0;
}

size_t job_n_shards(const struct job *job)
{
    return job->n_records / job->shard_size + (job->n_records % job->shard_size != 0);
}

size_t job_first(const struct job *job, size_t shard)
{
    return shard * job->shard_size;
}

size_t job_size(const struct job *job, size_t shard)
{
    size_t left = job->n_records - job_first(job, shard);
    return left < job->shard_size ? left : job->shard_size;
}

bool job_path(char *path, const char *folder, const char *name, hinge_error *error)
{
    int n = snprintf(path, JOB_PATH_SIZE, "%s/%s", folder, name);
    return (n >= 0 && n < JOB_PATH_SIZE) ||
           error_set(error, HINGE_LIMIT, "--output: the path is too long");
}

bool job_shard_path(char *path, const char *folder, size_t shard, hinge_error *error)
{
    char name[40];
    snprintf(name, sizeof name, "shard-%06zu", shard);
    return job_path(path, folder, name, error);
}

/* job.json */

static json_t *inputs_json(const struct job *job, bool *good)
{
    json_t *list = json_array();
    for (size_t i = 0; i < job->n_sources; i++) {
        const struct source *source = &job->sources[i];
        const char *name = hinge_input_name(job->session, source->input);
        json_t *input = json_object();
        json_put(input, "name", json_text(name, strlen(name)), good);
        if (source->names) {
            char text[HASH_TEXT_SIZE];
            struct sha256_ctx hash;
            sha256_init(&hash);
            for (size_t r = 0; r < source->n; r++)
                sha256_update(&hash, strlen(source->names[r]) + 1,
                              (const uint8_t *)source->names[r]);
            hash_text(&hash, text);
            json_put(input, "names_sha256", json_string(text), good);
        }
        json_add(list, input, good);
    }
    return list;
}

/* The files that hold weights beside the model's own. */
static json_t *external_json(const struct job *job, bool *good)
{
    json_t *list = json_array();
    const char *location;
    const void *bytes;
    size_t size;
    for (size_t i = 1; hinge_get_file(job->session, i, &location, &bytes, &size); i++) {
        char text[HASH_TEXT_SIZE];
        json_t *file = json_object();
        hash_bytes(bytes, size, text);
        json_put(file, "location", json_text(location, strlen(location)), good);
        json_put(file, "sha256", json_string(text), good);
        json_add(list, file, good);
    }
    return list;
}

/* What the same model may compute otherwise. */
static json_t *options_json(const struct common_options *options, bool *good)
{
    const hinge_options *open = &options->open;
    json_t *object = json_object(), *passes = json_array(), *plugins = json_array();
    for (size_t i = 0; i < open->n_disabled_passes; i++)
        json_add(passes, json_string(open->disabled_passes[i]), good);
    for (size_t i = 0; i < open->n_plugins; i++)
        json_add(plugins, json_text(open->plugins[i], strlen(open->plugins[i])), good);
    json_put(object, "isa", open->isa ? json_string(open->isa) : json_null(), good);
    json_put(object, "disabled_passes", passes, good);
    json_put(object, "plugins", plugins, good);
    json_put(object, "direct_convolution", json_boolean(open->direct_convolution), good);
    return object;
}

static json_t *size_json(const struct picture_size *size)
{
    return json_pack("[I, I]", (json_int_t)size->width, (json_int_t)size->height);
}

/* How pictures become tensors. */
static json_t *picture_json(const struct picture_options *options, bool *good)
{
    json_t *object = json_object(), *mean = json_array(), *std = json_array();
    for (unsigned i = 0; i < options->n_mean; i++)
        json_add(mean, json_number(options->mean[i]), good);
    for (unsigned i = 0; i < options->n_std; i++)
        json_add(std, json_number(options->std[i]), good);
    json_put(object, "resize", size_json(&options->resize), good);
    json_put(object, "crop", size_json(&options->crop), good);
    json_put(object, "scale", json_number(options->scale), good);
    json_put(object, "mean", mean, good);
    json_put(object, "std", std, good);
    json_put(object, "layout", json_integer(options->layout), good);
    json_put(object, "channels", json_integer(options->channels), good);
    return object;
}

static json_t *make_json(const struct job *job, bool *good)
{
    json_t *root = json_object();
    json_put(root, "hinge", json_string(hinge_version()), good);
    json_put(root, "model_sha256", json_string(job->model_hash), good);
    json_put(root, "external_data", external_json(job, good), good);
    json_put(root, "inputs", inputs_json(job, good), good);
    json_put(root, "records", json_integer((json_int_t)job->n_records), good);
    json_put(root, "shard", json_integer((json_int_t)job->shard_size), good);
    json_put(root, "batch", json_integer((json_int_t)job->batch), good);
    json_put(root, "separate", json_boolean(job->separate), good);
    json_put(root, "picture", picture_json(&job->inputs->picture, good), good);
    json_put(root, "options", options_json(&job->model->common, good), good);
    return root;
}

static bool compare(const struct job *job, const json_t *old, const json_t *now, hinge_error *error)
{
    static const struct {
        const char *key, *what;
    } parts[] = {
        {"model_sha256", "another model"},
        {"external_data", "other external data of the model"},
        {"hinge", "another version of Hinge"},
        {"inputs", "other inputs, or other names of their files"},
        {"records", "another number of records"},
        {"shard", "another --shard"},
        {"batch", "another --batch"},
        {"separate", "another --separate"},
        {"picture", "other options of pictures"},
        {"options", "another --isa, --plugin, --disable-pass or --direct-convolution"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        json_t *before = json_object_get(old, parts[i].key);
        json_t *after = json_object_get(now, parts[i].key);
        if (json_equal(before, after))
            continue;
        char *texts[] = {json_dumps(before, JSON_ENCODE_ANY | JSON_COMPACT),
                         json_dumps(after, JSON_ENCODE_ANY | JSON_COMPACT)};
        error_set(error, HINGE_BAD_ARGUMENT,
                  "%.200s was begun with %s (%.80s, now %.80s): give another --output", job->folder,
                  parts[i].what, texts[0] ? texts[0] : "none", texts[1] ? texts[1] : "none");
        free(texts[0]);
        free(texts[1]);
        return false;
    }
    return true;
}

/* Several processes may be first at once: the one whose link comes into being has written it. Until
 * then it lies in a folder that later starts remove. */
static bool create(const struct job *job, const char *path, const char *text, bool *is_there,
                   hinge_error *error)
{
    struct work work;
    char draft[JOB_PATH_SIZE];
    if (!work_open(&work, job->folder, error))
        return false;
    bool ok = job_path(draft, work.path, "job.json", error) &&
              file_write(draft, &(struct file_part){text, strlen(text)}, 1, error);
    if (ok && link(draft, path) != 0) {
        *is_there = errno == EEXIST;
        ok = *is_there || error_set(error, HINGE_IO, "%.400s: %s", path, strerror(errno));
    }
    work_close(&work);
    return ok;
}

bool job_claim(struct job *job, hinge_error *error)
{
    char path[JOB_PATH_SIZE];
    const char *location;
    const void *bytes;
    size_t size;
    if (!job_path(path, job->folder, "job.json", error) || !folder_make(job->folder, error))
        return false;
    if (hinge_get_file(job->session, 0, &location, &bytes, &size))
        hash_bytes(bytes, size, job->model_hash);
    bool good = true, is_there = access(path, F_OK) == 0;
    json_t *now = make_json(job, &good), *old = NULL;
    char *text = good ? json_dumps(now, JSON_INDENT(2)) : NULL;
    bool ok = text || error_no_memory(error);
    if (ok && !is_there)
        ok = create(job, path, text, &is_there, error);
    if (ok && is_there) {
        json_error_t reason;
        old = json_load_file(path, 0, &reason);
        ok = (old || error_set(error, HINGE_BAD_FORMAT, "%.300s: %.200s", path, reason.text)) &&
             compare(job, old, now, error);
    }
    free(text);
    json_decref(old);
    json_decref(now);
    return ok;
}
