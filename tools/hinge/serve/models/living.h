/* All models that are open: those that answer, and those that were exchanged or unloaded and still
 * have requests to finish. */
#ifndef SERVE_LIVING_H
#define SERVE_LIVING_H

#include <pthread.h>
#include <stdbool.h>

struct model;

struct living {
    pthread_mutex_t lock;
    struct model *first;
    bool is_ending;
};

void living_create(struct living *living);
void living_destroy(struct living *living);
void living_add(struct living *living, struct model *model);
void living_remove(struct living *living, struct model *model);
/* Ends the runs of all, and of those that come later. */
void living_cancel(struct living *living);

#endif
