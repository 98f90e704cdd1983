/* A model that answers: its session, and the contexts that requests for it share. */
#ifndef SERVE_MODEL_H
#define SERVE_MODEL_H

#include "serve/models/join.h"
#include "serve/models/living.h"
#include "serve/models/stats.h"
#include "serve/settings.h"

#include <stdatomic.h>

/* Whoever holds it may use it, however long it has been exchanged or unloaded since. */
struct model {
    char *name, *version;
    hinge_session *session;
    struct contexts contexts;
    struct join join;
    struct stats stats;
    size_t n_queued_limit;
    atomic_size_t n_queued; /* requests that wait for a context */
    atomic_size_t n_holders;
    struct living *living; /* NULL: not among them yet */
    struct model *previous, *next;
};

/* Opens the file; the one who calls holds it. It is among the living for as long as it is held. */
bool model_open(struct model **model, const char *name, const char *version, const char *path,
                const struct settings *settings, struct living *living, hinge_error *error);
void model_hold(struct model *model);
/* The last one to let it go closes it. NULL is allowed. */
void model_release(struct model *model);

/* Whether the protocol can carry it: a tensor it can, what holds values it cannot. */
bool model_has_output(const struct model *model, size_t index);

/* True where run->take had the outputs. */
bool model_run(struct model *model, struct model_run *run, hinge_error *error);

#endif
