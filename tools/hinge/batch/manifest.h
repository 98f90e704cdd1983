/* manifest.json, which says what a shard was made from, and what of it failed. */
#ifndef TOOL_MANIFEST_H
#define TOOL_MANIFEST_H

#include "batch/job.h"

#define MANIFEST_NAME "manifest.json"

/* A failed record; failures of a shard are in the order of their records. */
struct failure {
    size_t record;
    char *reason; /* owned */
};

struct failures {
    struct failure *items;
    size_t n;
};
bool failures_add(struct failures *failures, size_t record, const char *reason, hinge_error *error);
void failures_free(struct failures *failures);

/* Writes the manifest into folder. states has what each record of the shard was read from, by
 * records and then sources; n_rows counts the records that are in the outputs' files, whose names
 * (NULL for none) follow the outputs of the model. */
bool manifest_write(const char *folder, const struct job *job, size_t shard,
                    const struct source_state *states, const struct failures *failures,
                    char *const *files, hinge_error *error);

/* Reads the manifest of a shard that is done: how many records failed, and whether the inputs are
 * still what they were; where they are not, changed is the name of the first that is not. */
struct manifest {
    size_t n_failed;
    bool is_current;
    char changed[200];
};
bool manifest_read(const struct job *job, size_t shard, struct manifest *manifest,
                   hinge_error *error);

#endif
