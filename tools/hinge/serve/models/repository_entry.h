/* One file of a repository. */
#ifndef SERVE_REPOSITORY_ENTRY_H
#define SERVE_REPOSITORY_ENTRY_H

#include "serve/models/model.h"
#include "serve/models/watch.h"

struct repository_entry {
    char *name, *version, *path;
    struct watch watch;  /* of the files when it was last loaded, or tried */
    struct model *model; /* NULL: it does not answer; the repository's lock guards it and reason */
    char reason[256];    /* why it does not, or why the file as it is now does not */
    bool is_seen, is_unloaded;
};

/* NULL where there is no memory. */
struct repository_entry *repository_entry_create(const char *name, const char *version,
                                                 const char *path);
void repository_entry_free(struct repository_entry *entry);
/* By name, then by version as a number. */
int repository_entry_compare(const struct repository_entry *entry, const char *name,
                             const char *version);

#endif
