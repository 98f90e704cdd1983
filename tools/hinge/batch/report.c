#include "batch/report.h"

#include "base/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void report_begin(struct report *report, const struct job *job, const struct plan *plan)
{
    *report = (struct report){.job = job, .plan = plan, .begun_ms = measure_now_ms()};
    uint64_t mine = (uint64_t)plan->n_mine * job->shard_size;
    progress_begin(&report->progress, mine < job->n_records ? mine : job->n_records,
                   plan->n_done_records);
}

void report_failure(void *user, size_t record, const char *reason)
{
    hinge_error error;
    progress_hide(&((struct report *)user)->progress);
    error_set(&error, HINGE_OK, "record %zu: %s", record, reason);
    error_say("", error.message);
}

void report_records(struct report *report, size_t n)
{
    progress_add(&report->progress, n);
}

void report_shard(struct report *report, size_t n_records, size_t n_failed)
{
    report->n_shards++;
    report->n_records += n_records;
    report->n_failed += n_failed;
}

/* Of all members. */
struct sums {
    int64_t shards, records, failed;
    int64_t *ranks; /* shards of each */
    unsigned n_ranks;
};

static bool write_json(const struct report *report, const struct sums *sums, double seconds)
{
    const struct plan *plan = report->plan;
    const char *folder = report->job->folder;
    bool good = true;
    json_t *root = json_object(), *before = json_object(), *ranks = json_array();
    for (unsigned rank = 0; rank < sums->n_ranks; rank++)
        json_add(ranks, json_integer(sums->ranks[rank]), &good);
    json_put(before, "shards", json_integer((json_int_t)plan->n_done), &good);
    json_put(before, "records", json_integer((json_int_t)plan->n_done_records), &good);
    json_put(before, "failed", json_integer((json_int_t)plan->n_failed), &good);
    json_put(root, "output", json_text(folder, strlen(folder)), &good);
    json_put(root, "model_sha256", json_string(report->job->model_hash), &good);
    json_put(root, "hinge", json_string(hinge_version()), &good);
    json_put(root, "shards", json_integer(sums->shards), &good);
    json_put(root, "records", json_integer(sums->records), &good);
    json_put(root, "failed", json_integer(sums->failed), &good);
    json_put(root, "before", before, &good);
    json_put(root, "shards_by_rank", ranks, &good);
    json_put(root, "seconds", json_number(seconds), &good);
    return json_finish(root, good, NULL) == 0;
}

static void write_text(const struct report *report, const struct sums *sums, double seconds)
{
    const struct plan *plan = report->plan;
    printf("%" PRId64 " records in %" PRId64 " shard%s, %" PRId64 " failed, %.1f s", sums->records,
           sums->shards, sums->shards == 1 ? "" : "s", sums->failed, seconds);
    if (sums->records && seconds > 0)
        printf(" (%.4g records/s)", (double)sums->records / seconds);
    int64_t least = sums->shards, most = 0;
    for (unsigned rank = 0; rank < sums->n_ranks; rank++) {
        least = sums->ranks[rank] < least ? sums->ranks[rank] : least;
        most = sums->ranks[rank] > most ? sums->ranks[rank] : most;
    }
    if (sums->n_ranks > 1)
        printf("; %u ranks with %" PRId64 " to %" PRId64 " shards", sums->n_ranks, least, most);
    if (plan->n_done)
        printf("; before: %zu records in %zu shard%s, %zu failed", plan->n_done_records,
               plan->n_done, plan->n_done == 1 ? "" : "s", plan->n_failed);
    putchar('\n');
}

bool report_end(struct report *report, struct team *team, bool json, bool *any_failed,
                hinge_error *error)
{
    struct sums sums = {.ranks = calloc(team->n, sizeof *sums.ranks), .n_ranks = team->n};
    int64_t numbers[] = {(int64_t)report->n_records, (int64_t)report->n_failed};
    if (!sums.ranks)
        return error_no_memory(error);
    sums.ranks[team->rank] = (int64_t)report->n_shards;
    bool ok = team_sum(team, numbers, sizeof numbers / sizeof *numbers, error) &&
              team_sum(team, sums.ranks, team->n, error);
    sums.records = numbers[0];
    sums.failed = numbers[1];
    for (unsigned rank = 0; rank < team->n; rank++)
        sums.shards += sums.ranks[rank];
    *any_failed = sums.failed + (int64_t)report->plan->n_failed > 0;
    double seconds = (measure_now_ms() - report->begun_ms) * 1e-3;
    if (ok && team->rank == 0 && json)
        ok = write_json(report, &sums, seconds) || error_no_memory(error);
    else if (ok && team->rank == 0)
        write_text(report, &sums, seconds);
    free(sums.ranks);
    return ok;
}
