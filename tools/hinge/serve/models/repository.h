/* The models that are there: those of a folder of NAME/VERSION/model.onnx, or one file. */
#ifndef SERVE_REPOSITORY_H
#define SERVE_REPOSITORY_H

#include "serve/models/model.h"

#include <jansson.h>

struct repository_entry;

/* Every function may be called from any thread once it is open. */
struct repository {
    const struct settings *settings;
    pthread_mutex_t lock;              /* of the list; held for moments */
    pthread_mutex_t loading;           /* one looks at the folder at a time; taken before lock */
    struct repository_entry **entries; /* by name and number of version */
    size_t n, capacity;
    struct living living;
};

/* Loads what is there. One file must be a model; of a folder, what cannot be loaded is told on
 * stderr and listed with its reason. repository_close is due in any case. */
bool repository_open(struct repository *repository, const struct settings *settings,
                     hinge_error *error);
void repository_close(struct repository *repository);

/* The model, to be released by model_release; of several versions (version NULL) the highest. NULL
 * where there is none. */
struct model *repository_find(struct repository *repository, const char *name, const char *version);

/* Looks at the folder again: what is new or has changed is loaded, and takes the place of the old
 * one when it is ready; what has gone goes. */
void repository_scan(struct repository *repository);
/* All versions of a model, from the files as they are now; afterwards it follows the folder again.
 * Fails where there is none, or one cannot be loaded. */
bool repository_load(struct repository *repository, const char *name, hinge_error *error);
/* It stays away until it is loaded again. Requests that have begun are finished. */
bool repository_unload(struct repository *repository, const char *name, hinge_error *error);

/* [{"name": …, "version": …, "state": …, "reason": …}] of all, or those that answer. */
json_t *repository_index(struct repository *repository, bool only_ready);
/* Calls visit with every model that answers; it must not call the repository. */
typedef void repository_visitor(void *user, const struct model *model);
void repository_visit(struct repository *repository, repository_visitor *visit, void *user);
/* ["1", "2"]: the versions of a model that answer. */
json_t *repository_versions(struct repository *repository, const char *name);
/* Ends the runs of all models, those included that were exchanged or unloaded. */
void repository_cancel(struct repository *repository);

#endif
