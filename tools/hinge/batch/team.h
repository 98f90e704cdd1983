/* Who else works at the same job, and which shards are whose: this process alone, one part of N, or
 * the ranks of an MPI job. */
#ifndef TOOL_TEAM_H
#define TOOL_TEAM_H

#include "base/error.h"

/* Numbers that a team counts together. */
enum team_counter { TEAM_SHARDS, TEAM_FAILED, TEAM_N_COUNTERS };

/* How the members of a team that is more than one process reach each other: what the MPI module
 * exports, as hinge_team_engine. Functions return whether it worked; add may be called by several
 * threads at once, the others by all members together. */
struct team_engine {
    const char *version; /* MODULE_VERSION */
    bool (*start)(unsigned *rank, unsigned *n);
    /* Adds n to a counter, which all have in common, and gives what it was before. */
    bool (*add)(unsigned counter, int64_t n, int64_t *before);
    /* Gives all what rank 0 has. */
    bool (*share)(void *bytes, size_t size);
    /* Gives rank 0 the sums of all. */
    bool (*sum)(int64_t *numbers, size_t n);
    /* Ends the membership; where all is not well, everybody's. */
    void (*stop)(bool well);
};

struct team {
    const struct team_engine *engine; /* NULL: this process is alone */
    unsigned rank, n;
    size_t part, n_parts; /* this process's share where it is alone: part in [0, n_parts) */
    int64_t counters[TEAM_N_COUNTERS];
};

/* Under MPI (which mpirun and srun tell by the environment) takes its ranks, unless part I of N is
 * given (n_parts 0: none). On failure nothing is to be closed. */
bool team_open(struct team *team, size_t part, size_t n_parts, hinge_error *error);
void team_close(struct team *team, bool well);

/* Whether this process may be given the shard. */
bool team_has(const struct team *team, size_t shard);
/* The next shard of this process, in no case one that another is given; at least n_shards when all
 * are given. */
bool team_next(struct team *team, size_t *shard, hinge_error *error);
/* Adds to a counter; total is what it is then. */
bool team_add(struct team *team, enum team_counter counter, int64_t n, int64_t *total,
              hinge_error *error);
bool team_share(struct team *team, void *bytes, size_t size, hinge_error *error);
bool team_sum(struct team *team, int64_t *numbers, size_t n, hinge_error *error);

#endif
