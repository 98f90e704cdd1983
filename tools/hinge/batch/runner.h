/* Runs the model on batches of records, and takes apart what comes out. */
#ifndef TOOL_RUNNER_H
#define TOOL_RUNNER_H

#include "batch/reader.h"
#include "batch/shard.h"

struct runner {
    const struct job *job;
    hinge_context *context;
    hinge_tensor *inputs;  /* as the model has them */
    hinge_tensor *results; /* of a run */
    hinge_tensor *parts;   /* of them, a record's */
    void **joined;         /* by sources: the records' data behind each other */
    size_t *capacities;
    struct team *team;
    uint64_t max_failed; /* records that may fail in all; UINT64_MAX: any number */
    /* Told of every record that fails; NULL: nobody. */
    void (*on_failure)(void *user, size_t record, const char *reason);
    void *user;
    size_t n_failed;
};

/* job and team are the caller's to set before, the lower fields too. On failure to be freed as
 * well. */
bool runner_open(struct runner *runner, hinge_error *error);
/* Runs the records, which are of this shard, and adds what comes out, or the reasons why not. What
 * fails here is the whole batch. */
bool runner_run(struct runner *runner, const struct records *records, struct shard *shard,
                hinge_error *error);
void runner_close(struct runner *runner);

#endif
