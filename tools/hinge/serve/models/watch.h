/* The files that a model was opened from, or could not be opened from, as they were then. */
#ifndef SERVE_WATCH_H
#define SERVE_WATCH_H

#include <hinge/hinge.h>
#include <stdbool.h>
#include <stddef.h>

struct watched;

/* {0} watches nothing, and is never the same. */
struct watch {
    struct watched *files;
    size_t n, capacity;
    bool failed;
};

/* Before the model at path is opened, when nobody knows yet what else it consists of: takes down
 * that file, its folder, and all files in it. So a change is seen that comes in the course of
 * opening, and for a model that cannot be opened one of any file. */
void watch_begin(struct watch *watch, const char *path);
/* Leaves the model's own file and those with its external data. */
void watch_narrow(struct watch *watch, const char *path, const hinge_session *session);
/* Whether all of them are what they were. Where there was no memory to tell, they are not. */
bool watch_is_same(const struct watch *watch);
void watch_free(struct watch *watch);

#endif
