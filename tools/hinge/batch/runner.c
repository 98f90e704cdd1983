#include "batch/runner.h"

#include <hinge/plugin.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool runner_open(struct runner *runner, hinge_error *error)
{
    const hinge_session *session = runner->job->session;
    size_t n_outputs = hinge_n_outputs(session), n_sources = runner->job->n_sources;
    runner->inputs = calloc(hinge_n_inputs(session) + 1, sizeof *runner->inputs);
    runner->results = calloc(n_outputs + 1, sizeof *runner->results);
    runner->parts = calloc(n_outputs + 1, sizeof *runner->parts);
    runner->joined = calloc(n_sources, sizeof *runner->joined);
    runner->capacities = calloc(n_sources, sizeof *runner->capacities);
    if (!runner->inputs || !runner->results || !runner->parts || !runner->joined ||
        !runner->capacities)
        return error_no_memory(error);
    return hinge_context_create(session, &runner->context, error) == HINGE_OK;
}

void runner_close(struct runner *runner)
{
    hinge_context_destroy(runner->context);
    for (size_t s = 0; runner->joined && s < runner->job->n_sources; s++)
        free(runner->joined[s]);
    free(runner->inputs);
    free(runner->results);
    free(runner->parts);
    free(runner->joined);
    free(runner->capacities);
    *runner = (struct runner){0};
}

/* A record that could not be read, run or kept. */
static bool fail(struct runner *runner, struct shard *shard, size_t record, const char *reason,
                 hinge_error *error)
{
    int64_t total;
    runner->n_failed++;
    if (runner->on_failure)
        runner->on_failure(runner->user, record, reason);
    if (!shard_fail(shard, record, reason, error) ||
        !team_add(runner->team, TEAM_FAILED, 1, &total, error))
        return false;
    return (uint64_t)total <= runner->max_failed ||
           error_set(error, HINGE_LIMIT, "more than %" PRIu64 " records failed (--max-errors)",
                     runner->max_failed);
}

/* Keeps a record's results, or fails it. */
static bool keep(struct runner *runner, struct shard *shard, size_t record,
                 const hinge_tensor *results, hinge_error *error)
{
    if (shard_add(shard, record, results, error))
        return true;
    if (error->status == HINGE_IO || error->status == HINGE_NO_MEMORY)
        return false;
    hinge_error reason = *error;
    return fail(runner, shard, record, reason.message, error);
}

static bool run(struct runner *runner, hinge_error *error)
{
    const hinge_session *session = runner->job->session;
    hinge_run_options options = options_run(&runner->job->model->common);
    return hinge_run(runner->context, runner->inputs, hinge_n_inputs(session), runner->results,
                     hinge_n_outputs(session), &options, error) == HINGE_OK;
}

static bool run_alone(struct runner *runner, const struct record *record, struct shard *shard,
                      hinge_error *error)
{
    const struct job *job = runner->job;
    hinge_error reason = record->error;
    bool ok = record->is_read;
    for (size_t s = 0; s < job->n_sources && ok; s++)
        runner->inputs[job->sources[s].input] = record->arrays[s].tensor;
    ok = ok && run(runner, &reason);
    return ok ? keep(runner, shard, record->number, runner->results, error)
              : fail(runner, shard, record->number, reason.message, error);
}

/* Several at once */

/* Whether it can stand behind the first one: the same shapes, with a first dimension of 1. */
static bool goes_with(const struct job *job, const struct record *record,
                      const struct record *first)
{
    bool same = record->is_read && first->is_read;
    for (size_t s = 0; s < job->n_sources && same; s++) {
        const hinge_tensor *a = &record->arrays[s].tensor, *b = &first->arrays[s].tensor;
        same = a->type == b->type && a->rank == b->rank && a->rank > 0 && a->dims[0] == 1;
        for (int32_t i = 0; same && i < a->rank; i++)
            same = a->dims[i] == b->dims[i];
    }
    return same;
}

static bool join(struct runner *runner, const struct record *records, size_t n)
{
    for (size_t s = 0; s < runner->job->n_sources; s++) {
        hinge_tensor *input = &runner->inputs[runner->job->sources[s].input];
        *input = records->arrays[s].tensor;
        size_t size = array_size(input), total;
        if (__builtin_mul_overflow(size, n, &total))
            return false;
        if (total > runner->capacities[s] || !runner->joined[s]) {
            free(runner->joined[s]);
            runner->joined[s] = malloc(total + 1);
            runner->capacities[s] = runner->joined[s] ? total : 0;
        }
        if (!runner->joined[s])
            return false;
        for (size_t i = 0; i < n && size; i++)
            memcpy((char *)runner->joined[s] + i * size, records[i].arrays[s].tensor.data, size);
        input->dims[0] = (int64_t)n;
        input->data = runner->joined[s];
    }
    return true;
}

/* The i-th of n records' part of every result; false where one has no part for each. */
static bool take_part(struct runner *runner, size_t i, size_t n)
{
    for (size_t o = 0; o < hinge_n_outputs(runner->job->session); o++) {
        hinge_tensor *part = &runner->parts[o];
        *part = runner->results[o];
        if (hinge_is_container(part->type) || part->rank == 0 || part->dims[0] != (int64_t)n)
            return false;
        part->dims[0] = 1;
        if (part->data)
            part->data = (char *)part->data + i * array_size(part);
    }
    return true;
}

/* Where not all of them can be run together, each is run alone, so that one that fails takes no
 * other with it. */
static bool run_together(struct runner *runner, const struct record *records, size_t n,
                         struct shard *shard, hinge_error *error)
{
    hinge_error unused;
    bool together =
        n > 1 && join(runner, records, n) && run(runner, &unused) && take_part(runner, 0, n);
    for (size_t i = 0; i < n; i++) {
        bool ok;
        if (!together)
            ok = run_alone(runner, &records[i], shard, error);
        else
            ok = take_part(runner, i, n) &&
                 keep(runner, shard, records[i].number, runner->parts, error);
        if (!ok)
            return false;
    }
    return true;
}

bool runner_run(struct runner *runner, const struct records *records, struct shard *shard,
                hinge_error *error)
{
    for (size_t i = 0; i < records->n; i++)
        shard_note(shard, records->items[i].number, records->items[i].states);
    for (size_t i = 0, n; i < records->n; i += n) {
        n = 1;
        while (i + n < records->n &&
               goes_with(runner->job, &records->items[i + n], &records->items[i]))
            n++;
        if (!run_together(runner, &records->items[i], n, shard, error))
            return false;
    }
    return true;
}
