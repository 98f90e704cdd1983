#include "serve/models/repository_entry.h"

#include <stdlib.h>
#include <string.h>

struct repository_entry *repository_entry_create(const char *name, const char *version,
                                                 const char *path)
{
    struct repository_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->name = strdup(name);
    entry->version = strdup(version);
    entry->path = strdup(path);
    if (entry->name && entry->version && entry->path)
        return entry;
    repository_entry_free(entry);
    return NULL;
}

void repository_entry_free(struct repository_entry *entry)
{
    model_release(entry->model);
    watch_free(&entry->watch);
    free(entry->name);
    free(entry->version);
    free(entry->path);
    free(entry);
}

/* Versions have no zeros in front. */
int repository_entry_compare(const struct repository_entry *entry, const char *name,
                             const char *version)
{
    int order = strcmp(entry->name, name);
    size_t size = strlen(entry->version), other = strlen(version);
    if (order != 0)
        return order;
    return size != other ? (size > other) - (size < other) : strcmp(entry->version, version);
}
