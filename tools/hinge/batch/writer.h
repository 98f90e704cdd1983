/* Writes shards out that are complete, in a thread of its own: runs go on while it waits for the
 * disk. */
#ifndef TOOL_WRITER_H
#define TOOL_WRITER_H

#include "batch/shard.h"

#include <pthread.h>

struct writer {
    const struct work *work;
    bool renew; /* as shard_finish has it */
    struct shard shard;
    bool has_shard, is_ending, has_failed;
    hinge_error error;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t thread;
};

/* On failure nothing is to be stopped. */
bool writer_start(struct writer *writer, const struct work *work, bool renew, hinge_error *error);
/* Takes the shard over, once the one before is written, and leaves it empty; false where that one
 * could not be. */
bool writer_give(struct writer *writer, struct shard *shard, hinge_error *error);
/* Waits for the last one; false where one could not be written. */
bool writer_stop(struct writer *writer, hinge_error *error);

#endif
