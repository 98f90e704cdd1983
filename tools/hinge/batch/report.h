/* What a user is told of a batch: failures as they come, and a summary. */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include "base/progress.h"
#include "batch/plan.h"

struct report {
    const struct job *job;
    const struct plan *plan;
    double begun_ms;
    struct progress progress;
    size_t n_shards, n_records, n_failed; /* that this process has done */
};

void report_begin(struct report *report, const struct job *job, const struct plan *plan);
/* A struct runner's on_failure, user being the report. */
void report_failure(void *user, size_t record, const char *reason);
/* So many records of the shard in hand have been run. */
void report_records(struct report *report, size_t n);
/* A shard is done. */
void report_shard(struct report *report, size_t n_records, size_t n_failed);
/* The summary of the whole team, on stdout, by rank 0. any_failed says whether records failed,
 * those of earlier starts included. */
bool report_end(struct report *report, struct team *team, bool json, bool *any_failed,
                hinge_error *error);

#endif
