/* Records read ahead, by threads of their own, in the order of the shards that this process is
 * given. */
#ifndef TOOL_READER_H
#define TOOL_READER_H

#include "batch/plan.h"

#include <pthread.h>

struct record {
    size_t number;
    struct array *arrays;        /* by sources */
    struct source_state *states; /* by sources, as they were before it was read */
    bool is_read;
    hinge_error error; /* where it is not */
};

/* Records of one shard that may be run together. */
struct records {
    size_t shard, n;
    bool is_last; /* of the shard */
    bool is_ready;
    struct record *items;
};

struct reader {
    const struct job *job;
    const struct plan *plan;
    struct team *team;
    struct records *ring; /* of batches on their way */
    size_t capacity, begun, taken;
    size_t shard, next; /* where the next batch begins */
    bool is_at_end, stop, failed;
    hinge_error error;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t *threads;
    size_t n_threads;
};

/* Starts n_threads. Nobody else may call the team's functions from several threads at once until
 * reader_stop, but team_add under an engine. On failure nothing is to be stopped. */
bool reader_start(struct reader *reader, const struct job *job, const struct plan *plan,
                  struct team *team, size_t n_threads, hinge_error *error);
/* Waits for the next batch, which is the caller's until reader_release. *records is NULL where
 * there is none any more. */
bool reader_take(struct reader *reader, struct records **records, hinge_error *error);
void reader_release(struct reader *reader, struct records *records);
void reader_stop(struct reader *reader);

#endif
