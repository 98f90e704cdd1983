/* The ranks of an MPI job as a team of hinge batch: a module, so that the command itself needs no
 * MPI. Counters lie in a window of rank 0; the others add to them by one-sided calls, for which
 * rank 0 does not have to stop its work. */
#include "base/module.h"
#include "batch/team.h"

#include <limits.h>
#include <mpi.h>
#include <pthread.h>
#include <time.h>

static struct {
    MPI_Win window;
    int64_t *counters;
    int rank, n;
    /* What a network card cannot add by itself is added by rank 0's process, when it is in MPI. */
    pthread_t progress;
    bool has_progress;
    volatile bool stop;
} team;

static void *make_progress(void *unused)
{
    const struct timespec pause = {.tv_nsec = 200000};
    (void)unused;
    while (!team.stop) {
        int flag;
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static bool start(unsigned *rank, unsigned *n)
{
    int provided;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS ||
        provided < MPI_THREAD_MULTIPLE)
        return false;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &team.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &team.n);
    *rank = (unsigned)team.rank;
    *n = (unsigned)team.n;
    MPI_Aint size = team.rank == 0 ? TEAM_N_COUNTERS * (MPI_Aint)sizeof *team.counters : 0;
    if (MPI_Win_allocate(size, sizeof *team.counters, MPI_INFO_NULL, MPI_COMM_WORLD, &team.counters,
                         &team.window) != MPI_SUCCESS)
        return false;
    MPI_Win_set_errhandler(team.window, MPI_ERRORS_RETURN);
    MPI_Win_lock_all(0, team.window);
    for (int i = 0; team.rank == 0 && i < TEAM_N_COUNTERS; i++)
        team.counters[i] = 0;
    MPI_Win_sync(team.window);
    if (team.rank == 0 && team.n > 1)
        team.has_progress = pthread_create(&team.progress, NULL, make_progress, NULL) == 0;
    return MPI_Barrier(MPI_COMM_WORLD) == MPI_SUCCESS;
}

static bool add(unsigned counter, int64_t n, int64_t *before)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    bool ok = MPI_Fetch_and_op(&n, before, MPI_INT64_T, 0, (MPI_Aint)counter, MPI_SUM,
                               team.window) == MPI_SUCCESS &&
              MPI_Win_flush(0, team.window) == MPI_SUCCESS;
    pthread_mutex_unlock(&mutex);
    return ok;
}

static bool share(void *bytes, size_t size)
{
    char *at = bytes;
    for (size_t n; size > 0; size -= n, at += n) {
        n = size < INT_MAX ? size : INT_MAX;
        if (MPI_Bcast(at, (int)n, MPI_BYTE, 0, MPI_COMM_WORLD) != MPI_SUCCESS)
            return false;
    }
    return true;
}

static bool sum(int64_t *numbers, size_t n)
{
    const void *from = team.rank == 0 ? MPI_IN_PLACE : numbers;
    return MPI_Reduce(from, numbers, (int)n, MPI_INT64_T, MPI_SUM, 0, MPI_COMM_WORLD) ==
           MPI_SUCCESS;
}

static void stop(bool well)
{
    if (!well)
        MPI_Abort(MPI_COMM_WORLD, 1);
    MPI_Barrier(MPI_COMM_WORLD);
    team.stop = true;
    if (team.has_progress)
        pthread_join(team.progress, NULL);
    MPI_Win_unlock_all(team.window);
    MPI_Win_free(&team.window);
    MPI_Finalize();
}

MODULE_EXPORT const struct team_engine hinge_team_engine = {MODULE_VERSION, start, add,
                                                            share,          sum,   stop};
