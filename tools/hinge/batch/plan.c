#include "batch/plan.h"

#include "files/folder.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "shard-"

static bool is_shard(const char *name)
{
    size_t n = strlen(PREFIX),
           digits = strspn(name + (strncmp(name, PREFIX, n) ? 0 : n), "0123456789");
    return strncmp(name, PREFIX, n) == 0 && digits >= 6 && name[n + digits] == '\0';
}

static bool look_at(struct plan *plan, const struct job *job, size_t shard, bool renew,
                    hinge_error *error)
{
    struct manifest manifest;
    if (!manifest_read(job, shard, &manifest, error))
        return false;
    if (!manifest.is_current && !renew)
        return error_set(error, HINGE_BAD_ARGUMENT,
                         "%.200s/" PREFIX "%06zu was made before its inputs changed (%.200s): "
                         "--renew makes such shards again",
                         job->folder, shard, manifest.changed);
    if (renew && (!manifest.is_current || manifest.n_failed))
        return true;
    plan->is_done[shard] = true;
    plan->n_done++;
    plan->n_done_records += job_size(job, shard);
    plan->n_failed += manifest.n_failed;
    return true;
}

bool plan_make(struct plan *plan, const struct job *job, const struct team *team, bool renew,
               hinge_error *error)
{
    char **names;
    size_t n;
    *plan = (struct plan){.n_shards = job_n_shards(job)};
    for (size_t shard = 0; shard < plan->n_shards; shard++)
        plan->n_mine += team_has(team, shard);
    if (!folder_list(job->folder, is_shard, &names, &n, error))
        return false;
    plan->is_done = calloc(plan->n_shards + 1, sizeof *plan->is_done);
    bool ok = plan->is_done || error_no_memory(error);
    for (size_t i = 0; i < n && ok; i++) {
        size_t shard = strtoull(names[i] + strlen(PREFIX), NULL, 10);
        if (shard < plan->n_shards && team_has(team, shard) && !plan->is_done[shard])
            ok = look_at(plan, job, shard, renew, error);
    }
    folder_free_names(names, n);
    if (!ok)
        plan_free(plan);
    return ok;
}

bool plan_share(struct plan *plan, const struct job *job, struct team *team, hinge_error *error)
{
    if (!plan->is_done) {
        plan->n_shards = job_n_shards(job);
        plan->is_done = calloc(plan->n_shards + 1, sizeof *plan->is_done);
        if (!plan->is_done)
            return error_no_memory(error);
    }
    return team_share(team, plan->is_done, plan->n_shards * sizeof *plan->is_done, error);
}

void plan_free(struct plan *plan)
{
    free(plan->is_done);
    *plan = (struct plan){0};
}
