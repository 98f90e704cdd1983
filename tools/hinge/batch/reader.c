#include "batch/reader.h"

#include <stdlib.h>
#include <string.h>

static void empty(const struct job *job, struct records *records)
{
    for (size_t i = 0; i < records->n; i++)
        for (size_t s = 0; s < job->n_sources; s++)
            array_free(&records->items[i].arrays[s]);
    records->is_ready = false;
}

static void read_record(const struct job *job, struct record *record)
{
    record->is_read = true;
    for (size_t s = 0; s < job->n_sources; s++)
        record->states[s] = source_state(&job->sources[s], record->number);
    for (size_t s = 0; s < job->n_sources && record->is_read; s++)
        record->is_read =
            source_read(&job->sources[s], record->number, &record->arrays[s], &record->error);
}

/* Makes the beginning of the next batch known: a shard that is not done, asked for when the one
 * before has been read, no sooner. false at the end. */
static bool find_next(struct reader *reader)
{
    const struct plan *plan = reader->plan;
    while (reader->shard == SIZE_MAX && !reader->is_at_end) {
        size_t shard = 0;
        reader->failed = !team_next(reader->team, &shard, &reader->error);
        if (reader->failed || shard >= plan->n_shards)
            reader->is_at_end = true;
        else if (!plan->is_done[shard])
            reader->shard = shard;
        reader->next = 0;
    }
    return !reader->is_at_end;
}

/* Takes the next batch in hand; the caller holds the mutex. */
static struct records *begin(struct reader *reader)
{
    const struct job *job = reader->job;
    struct records *records = &reader->ring[reader->begun++ % reader->capacity];
    size_t size = job_size(job, reader->shard), left = size - reader->next;
    records->shard = reader->shard;
    records->n = left < job->batch ? left : job->batch;
    records->is_last = records->n == left;
    for (size_t i = 0; i < records->n; i++)
        records->items[i].number = job_first(job, reader->shard) + reader->next + i;
    reader->next += records->n;
    if (records->is_last)
        reader->shard = SIZE_MAX;
    return records;
}

static void *read_ahead(void *argument)
{
    struct reader *reader = argument;
    pthread_mutex_lock(&reader->mutex);
    while (!reader->stop) {
        if (reader->begun - reader->taken == reader->capacity) {
            pthread_cond_wait(&reader->changed, &reader->mutex);
            continue;
        }
        if (!find_next(reader))
            break;
        struct records *records = begin(reader);
        pthread_mutex_unlock(&reader->mutex);
        for (size_t i = 0; i < records->n; i++)
            read_record(reader->job, &records->items[i]);
        pthread_mutex_lock(&reader->mutex);
        records->is_ready = true;
        pthread_cond_broadcast(&reader->changed);
    }
    pthread_cond_broadcast(&reader->changed);
    pthread_mutex_unlock(&reader->mutex);
    return NULL;
}

static bool make_ring(struct reader *reader, hinge_error *error)
{
    const struct job *job = reader->job;
    reader->ring = calloc(reader->capacity, sizeof *reader->ring);
    for (size_t r = 0; reader->ring && r < reader->capacity; r++) {
        struct record *items = calloc(job->batch, sizeof *items);
        reader->ring[r].items = items;
        for (size_t i = 0; i < job->batch; i++) {
            if (!items)
                return error_no_memory(error);
            items[i].arrays = calloc(job->n_sources, sizeof *items[i].arrays);
            items[i].states = calloc(job->n_sources, sizeof *items[i].states);
            if (!items[i].arrays || !items[i].states)
                return error_no_memory(error);
        }
    }
    return reader->ring || error_no_memory(error);
}

bool reader_start(struct reader *reader, const struct job *job, const struct plan *plan,
                  struct team *team, size_t n_threads, hinge_error *error)
{
    *reader = (struct reader){.job = job,
                              .plan = plan,
                              .team = team,
                              .capacity = n_threads + 1,
                              .shard = SIZE_MAX,
                              .mutex = PTHREAD_MUTEX_INITIALIZER,
                              .changed = PTHREAD_COND_INITIALIZER,
                              .threads = calloc(n_threads, sizeof *reader->threads)};
    bool ok = (reader->threads || error_no_memory(error)) && make_ring(reader, error);
    for (size_t i = 0; i < n_threads && ok; i++) {
        int code = pthread_create(&reader->threads[i], NULL, read_ahead, reader);
        ok = code == 0 || error_set(error, HINGE_LIMIT, "no thread: %s", strerror(code));
        reader->n_threads += ok;
    }
    if (!ok)
        reader_stop(reader);
    return ok;
}

bool reader_take(struct reader *reader, struct records **records, hinge_error *error)
{
    struct records *next = &reader->ring[reader->taken % reader->capacity];
    pthread_mutex_lock(&reader->mutex);
    while (!next->is_ready && !(reader->is_at_end && reader->begun == reader->taken))
        pthread_cond_wait(&reader->changed, &reader->mutex);
    bool ok = next->is_ready || !reader->failed;
    *records = next->is_ready ? next : NULL;
    if (!ok)
        *error = reader->error;
    pthread_mutex_unlock(&reader->mutex);
    return ok;
}

void reader_release(struct reader *reader, struct records *records)
{
    empty(reader->job, records);
    pthread_mutex_lock(&reader->mutex);
    reader->taken++;
    pthread_cond_broadcast(&reader->changed);
    pthread_mutex_unlock(&reader->mutex);
}

void reader_stop(struct reader *reader)
{
    pthread_mutex_lock(&reader->mutex);
    reader->stop = true;
    pthread_cond_broadcast(&reader->changed);
    pthread_mutex_unlock(&reader->mutex);
    for (size_t i = 0; i < reader->n_threads; i++)
        pthread_join(reader->threads[i], NULL);
    for (size_t r = 0; reader->ring && r < reader->capacity; r++) {
        struct records *records = &reader->ring[r];
        if (records->items)
            empty(reader->job, records);
        for (size_t i = 0; records->items && i < reader->job->batch; i++) {
            free(records->items[i].arrays);
            free(records->items[i].states);
        }
        free(records->items);
    }
    free(reader->ring);
    free(reader->threads);
    pthread_mutex_destroy(&reader->mutex);
    pthread_cond_destroy(&reader->changed);
    *reader = (struct reader){0};
}
