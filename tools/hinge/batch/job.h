/* What a batch computes: everything that decides the bytes that come out. It is kept as job.json in
 * the output folder, so that a later start cannot mix results of two jobs. */
#ifndef TOOL_JOB_H
#define TOOL_JOB_H

#include "batch/source.h"
#include "files/hash.h"
#include "files/json.h"

#define JOB_PATH_SIZE 4096

struct job {
    const hinge_session *session;
    const struct model_options *model;
    const struct input_options *inputs; /* the files are sources */
    struct source *sources; /* in the order of the model's inputs, without those left to defaults */
    size_t n_sources;
    size_t n_records;
    size_t shard_size; /* records of a shard; the last one may have fewer */
    size_t batch;      /* records of a run at most */
    bool separate;     /* outputs of a record go to files of their own */
    const char *folder;
    char model_hash[HASH_TEXT_SIZE];
};

/* Opens the sources of the inputs and checks that the model can be run on them in that way.
 * The other fields, but for model_hash, are the caller's to set before. On success and on failure
 * to be closed. */
bool job_open(struct job *job, hinge_error *error);
void job_close(struct job *job);

size_t job_n_shards(const struct job *job);
size_t job_first(const struct job *job, size_t shard);
size_t job_size(const struct job *job, size_t shard);

/* "folder/name" and the path of a shard, or a shard to be, in a folder, into JOB_PATH_SIZE bytes.
 */
bool job_path(char *path, const char *folder, const char *name, hinge_error *error);
bool job_shard_path(char *path, const char *folder, size_t shard, hinge_error *error);

/* Hashes the model, and writes job.json, or where there is one compares it; says what differs. */
bool job_claim(struct job *job, hinge_error *error);

#endif
