/* Which shards are still to be made. */
#ifndef TOOL_PLAN_H
#define TOOL_PLAN_H

#include "batch/manifest.h"
#include "batch/team.h"

struct plan {
    bool *is_done; /* by shards */
    size_t n_shards;
    /* Of the shards that are this process's, or its team's: */
    size_t n_mine, n_done, n_done_records, n_failed;
};

/* Looks for shards in the output folder. One whose inputs have changed since is an error; with
 * renew it is to be made again, and so is one with records that failed. On failure nothing is to be
 * freed. */
bool plan_make(struct plan *plan, const struct job *job, const struct team *team, bool renew,
               hinge_error *error);
/* Gives all members of the team what rank 0 has found. For all but rank 0 *plan is zero before. */
bool plan_share(struct plan *plan, const struct job *job, struct team *team, hinge_error *error);
void plan_free(struct plan *plan);

#endif
