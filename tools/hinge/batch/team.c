#include "batch/team.h"

#include "base/module.h"

#include <stdlib.h>

/* Set for every rank by Open MPI's mpirun, and by srun with PMIx or PMI-2. */
static bool is_under_mpi(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_SIZE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            return true;
    return false;
}

/* Open MPI loads parts of its own that look for its symbols among the global ones. */
static bool load_engine(struct team *team, hinge_error *error)
{
    static struct module module = {
        .name = "batch_mpi",
        .symbol = "hinge_team_engine",
        .needs = "this process was started under MPI, which needs a build with -DHINGE_MPI=ON or "
                 "for each process its --part I/N",
        .has_version = true,
        .is_global = true};
    team->engine = module_open(&module, error);
    return team->engine != NULL;
}

static bool answer(bool ok, hinge_error *error)
{
    return ok || error_set(error, HINGE_IO, "MPI failed");
}

/* srun may start processes in a way that this MPI does not know: each then takes itself for all. */
static bool check_size(const struct team *team, hinge_error *error)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *size = getenv(names[i]);
        if (size && strtoul(size, NULL, 10) != team->n)
            return error_set(error, HINGE_UNSUPPORTED,
                             "%.20s ranks were started, and MPI knows of %u: start them by mpirun, "
                             "or give each its --part I/N",
                             size, team->n);
    }
    return true;
}

bool team_open(struct team *team, size_t part, size_t n_parts, hinge_error *error)
{
    *team = (struct team){.n = 1, .part = n_parts ? part : 0, .n_parts = n_parts ? n_parts : 1};
    if (n_parts || !is_under_mpi())
        return true;
    return load_engine(team, error) && answer(team->engine->start(&team->rank, &team->n), error) &&
           check_size(team, error);
}

void team_close(struct team *team, bool well)
{
    if (team->engine)
        team->engine->stop(well);
    *team = (struct team){0};
}

bool team_has(const struct team *team, size_t shard)
{
    return shard % team->n_parts == team->part;
}

bool team_add(struct team *team, enum team_counter counter, int64_t n, int64_t *total,
              hinge_error *error)
{
    int64_t before = team->counters[counter];
    bool ok = !team->engine || team->engine->add(counter, n, &before);
    team->counters[counter] = before + n;
    *total = before + n;
    return answer(ok, error);
}

bool team_next(struct team *team, size_t *shard, hinge_error *error)
{
    int64_t total = 1;
    bool ok = team_add(team, TEAM_SHARDS, 1, &total, error);
    *shard = (size_t)(total - 1) * team->n_parts + team->part;
    return ok;
}

bool team_share(struct team *team, void *bytes, size_t size, hinge_error *error)
{
    return answer(!team->engine || team->engine->share(bytes, size), error);
}

bool team_sum(struct team *team, int64_t *numbers, size_t n, hinge_error *error)
{
    return answer(!team->engine || team->engine->sum(numbers, n), error);
}
