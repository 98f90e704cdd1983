/* A folder in the output folder, of one process: what it has in hand lies there until it is whole.
 * It is locked for as long as the process lives, so that a later start can tell what a process that
 * was killed has left behind, and removes it. */
#ifndef TOOL_WORK_H
#define TOOL_WORK_H

#include "batch/job.h"

struct work {
    char path[JOB_PATH_SIZE];
    int lock;
};

/* Removes what nobody works in any more, and makes a new one. On failure nothing is to be closed.
 */
bool work_open(struct work *work, const char *folder, hinge_error *error);
void work_close(struct work *work);

#endif
