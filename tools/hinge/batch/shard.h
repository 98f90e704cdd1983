/* The shard in hand: a folder that appears in the output folder when it is whole. */
#ifndef TOOL_SHARD_H
#define TOOL_SHARD_H

#include "batch/column.h"
#include "batch/manifest.h"
#include "batch/work.h"

struct shard {
    const struct job *job;
    size_t number;
    char folder[JOB_PATH_SIZE];  /* in that of the work */
    struct column *columns;      /* one for each output, unless they are separate */
    char **files;                /* their names */
    struct source_state *states; /* by records and sources */
    struct failures failures;
};

/* On failure nothing is to be freed. */
bool shard_begin(struct shard *shard, const struct job *job, const struct work *work, size_t number,
                 hinge_error *error);

/* Takes the states of the record's sources. Records come in their order, each once, by shard_add
 * or shard_fail. */
void shard_note(struct shard *shard, size_t record, const struct source_state *states);
/* Adds what came out. With HINGE_IO or HINGE_NO_MEMORY the shard is lost; with another status
 * nothing of this record was kept. */
bool shard_add(struct shard *shard, size_t record, const hinge_tensor *results, hinge_error *error);
bool shard_fail(struct shard *shard, size_t record, const char *reason, hinge_error *error);

/* Writes what is left and the manifest, waits for the disk, and gives the folder its name. One that
 * is there already is replaced where renew says so, and otherwise as good as this one. */
bool shard_finish(struct shard *shard, const struct work *work, bool renew, hinge_error *error);
/* Removes what has no name yet. */
void shard_free(struct shard *shard);

#endif
