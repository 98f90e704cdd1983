#include "batch/writer.h"

#include <string.h>

static void *write_out(void *argument)
{
    struct writer *writer = argument;
    pthread_mutex_lock(&writer->mutex);
    for (;;) {
        while (!writer->has_shard && !writer->is_ending)
            pthread_cond_wait(&writer->changed, &writer->mutex);
        if (!writer->has_shard)
            break;
        pthread_mutex_unlock(&writer->mutex);
        hinge_error error;
        bool ok = shard_finish(&writer->shard, writer->work, writer->renew, &error);
        shard_free(&writer->shard);
        pthread_mutex_lock(&writer->mutex);
        writer->has_shard = false;
        if (!ok) {
            writer->has_failed = true;
            writer->error = error;
        }
        pthread_cond_broadcast(&writer->changed);
    }
    pthread_mutex_unlock(&writer->mutex);
    return NULL;
}

bool writer_start(struct writer *writer, const struct work *work, bool renew, hinge_error *error)
{
    *writer = (struct writer){.work = work,
                              .renew = renew,
                              .mutex = PTHREAD_MUTEX_INITIALIZER,
                              .changed = PTHREAD_COND_INITIALIZER};
    int code = pthread_create(&writer->thread, NULL, write_out, writer);
    return code == 0 || error_set(error, HINGE_LIMIT, "no thread: %s", strerror(code));
}

bool writer_give(struct writer *writer, struct shard *shard, hinge_error *error)
{
    pthread_mutex_lock(&writer->mutex);
    while (writer->has_shard)
        pthread_cond_wait(&writer->changed, &writer->mutex);
    bool ok = !writer->has_failed;
    if (ok) {
        writer->shard = *shard;
        writer->has_shard = true;
        *shard = (struct shard){0};
        pthread_cond_broadcast(&writer->changed);
    } else {
        *error = writer->error;
    }
    pthread_mutex_unlock(&writer->mutex);
    if (!ok)
        shard_free(shard);
    return ok;
}

bool writer_stop(struct writer *writer, hinge_error *error)
{
    pthread_mutex_lock(&writer->mutex);
    writer->is_ending = true;
    pthread_cond_broadcast(&writer->changed);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->changed);
    pthread_mutex_destroy(&writer->mutex);
    if (writer->has_failed)
        *error = writer->error;
    return !writer->has_failed;
}
