#include "serve/models/repository.h"

#include "files/json.h"
#include "serve/models/repository_entry.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The list. Only who holds loading changes it; lock keeps the others out meanwhile. */

/* Where the entry is, or would be. */
static size_t place_of(const struct repository *repository, const char *name, const char *version,
                       bool *found)
{
    size_t i = 0;
    int order = -1;
    while (i < repository->n &&
           (order = repository_entry_compare(repository->entries[i], name, version)) < 0)
        i++;
    *found = i < repository->n && order == 0;
    return i;
}

static struct repository_entry *insert(struct repository *repository, size_t place,
                                       const char *name, const char *version, const char *path)
{
    struct repository_entry *entry = repository_entry_create(name, version, path);
    if (!entry)
        return NULL;
    pthread_mutex_lock(&repository->lock);
    if (repository->n == repository->capacity) {
        size_t capacity = repository->capacity ? 2 * repository->capacity : 16;
        void *bigger = realloc(repository->entries, capacity * sizeof *repository->entries);
        if (!bigger) {
            pthread_mutex_unlock(&repository->lock);
            repository_entry_free(entry);
            return NULL;
        }
        repository->entries = bigger;
        repository->capacity = capacity;
    }
    memmove(repository->entries + place + 1, repository->entries + place,
            (repository->n - place) * sizeof *repository->entries);
    repository->entries[place] = entry;
    repository->n++;
    pthread_mutex_unlock(&repository->lock);
    return entry;
}

static void remove_unseen(struct repository *repository)
{
    for (size_t i = 0; i < repository->n;) {
        struct repository_entry *entry = repository->entries[i];
        if (entry->is_seen) {
            i++;
            continue;
        }
        pthread_mutex_lock(&repository->lock);
        repository->n--;
        memmove(repository->entries + i, repository->entries + i + 1,
                (repository->n - i) * sizeof *repository->entries);
        pthread_mutex_unlock(&repository->lock);
        repository_entry_free(entry);
    }
}

static void exchange(struct repository *repository, struct repository_entry *entry,
                     struct model *model)
{
    pthread_mutex_lock(&repository->lock);
    struct model *old = entry->model;
    entry->model = model;
    pthread_mutex_unlock(&repository->lock);
    model_release(old);
}

static void set_reason(struct repository *repository, struct repository_entry *entry,
                       const char *reason)
{
    size_t size = strnlen(reason, sizeof entry->reason - 1);
    pthread_mutex_lock(&repository->lock);
    memcpy(entry->reason, reason, size);
    entry->reason[size] = '\0';
    pthread_mutex_unlock(&repository->lock);
}

/* Where the file as it is now cannot be loaded, the model that was there goes on answering. */
static void load(struct repository *repository, struct repository_entry *entry, hinge_error *error)
{
    struct model *model;
    watch_begin(&entry->watch, entry->path);
    if (model_open(&model, entry->name, entry->version, entry->path, repository->settings,
                   &repository->living, error)) {
        watch_narrow(&entry->watch, entry->path, model->session);
        exchange(repository, entry, model);
        set_reason(repository, entry, "");
    } else {
        set_reason(repository, entry, error->message);
        error_say("", error->message);
    }
}

/* The folder */

/* What a look at the folder is for. */
struct look {
    struct repository *repository;
    const char *name;   /* loaded even where it has not changed; NULL: none */
    bool is_incomplete; /* something could not be looked at: what was not seen may be there */
    hinge_error *error; /* of the last that failed */
};

static void visit_failed(struct look *look)
{
    look->is_incomplete |= errno != ENOENT && errno != ENOTDIR;
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static void look_at(struct look *look, const char *name, const char *version, const char *path)
{
    bool found, is_named = look->name && strcmp(look->name, name) == 0;
    if (!is_file(path)) {
        visit_failed(look);
        return;
    }
    size_t place = place_of(look->repository, name, version, &found);
    struct repository_entry *entry = found ? look->repository->entries[place]
                                           : insert(look->repository, place, name, version, path);
    if (!entry) {
        look->is_incomplete = true;
        error_no_memory(look->error);
        return;
    }
    entry->is_seen = true;
    if (is_named)
        entry->is_unloaded = false;
    if (!entry->is_unloaded && (is_named || !watch_is_same(&entry->watch)))
        load(look->repository, entry, look->error);
}

static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}

/* A positive number without zeros in front. */
static bool is_version(const char *name)
{
    size_t size = strlen(name);
    return size > 0 && size < 19 && name[0] != '0' && strspn(name, "0123456789") == size;
}

/* Calls visit with what the folder holds, but for hidden names. False where it cannot be read. */
typedef void visitor(struct look *look, const char *path, const char *folder_name,
                     const char *name);

static bool visit_all(struct look *look, const char *path, const char *folder_name, visitor *visit)
{
    DIR *folder = opendir(path);
    if (!folder)
        return false;
    struct dirent *found;
    while ((found = readdir(folder)))
        if (found->d_name[0] != '.')
            visit(look, path, folder_name, found->d_name);
    closedir(folder);
    return true;
}

static void visit_version(struct look *look, const char *path, const char *model,
                          const char *version)
{
    char *folder = is_version(version) ? join(path, version) : NULL;
    char *file = folder ? join(folder, "model.onnx") : NULL;
    if (file)
        look_at(look, model, version, file);
    else
        look->is_incomplete |= is_version(version);
    free(file);
    free(folder);
}

static void visit_model(struct look *look, const char *path, const char *unused, const char *model)
{
    (void)unused;
    char *folder = join(path, model);
    errno = ENOMEM;
    if (!folder || !visit_all(look, folder, model, visit_version))
        visit_failed(look);
    free(folder);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* With loading held. A folder that cannot be read says nothing of its models: they stay. */
static bool scan(struct look *look)
{
    struct repository *repository = look->repository;
    const char *path = repository->settings->models;
    for (size_t i = 0; i < repository->n; i++)
        repository->entries[i]->is_seen = false;
    if (is_folder(path)) {
        if (!visit_all(look, path, NULL, visit_model))
            return error_set(look->error, HINGE_IO, "%.300s: %s", path, strerror(errno));
        if (!look->is_incomplete)
            remove_unseen(repository);
        return true;
    }
    /* One file, named as it is. */
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *name = strdup(base), *dot = name ? strrchr(name, '.') : NULL;
    if (!name)
        return error_no_memory(look->error);
    if (dot && dot > name)
        *dot = '\0';
    look_at(look, name, "1", path);
    free(name);
    return true;
}

bool repository_open(struct repository *repository, const struct settings *settings,
                     hinge_error *error)
{
    *repository = (struct repository){.settings = settings};
    pthread_mutex_init(&repository->lock, NULL);
    pthread_mutex_init(&repository->loading, NULL);
    living_create(&repository->living);
    bool folder = is_folder(settings->models);
    if (!folder && !is_file(settings->models))
        return error_set(error, HINGE_IO, "%.300s is no folder and no file", settings->models);
    struct look look = {.repository = repository, .error = error};
    return scan(&look) && (folder || (repository->n == 1 && repository->entries[0]->model));
}

void repository_close(struct repository *repository)
{
    for (size_t i = 0; i < repository->n; i++)
        repository_entry_free(repository->entries[i]);
    free(repository->entries);
    pthread_mutex_destroy(&repository->lock);
    pthread_mutex_destroy(&repository->loading);
    living_destroy(&repository->living);
    *repository = (struct repository){0};
}

void repository_scan(struct repository *repository)
{
    hinge_error error;
    struct look look = {.repository = repository, .error = &error};
    pthread_mutex_lock(&repository->loading);
    if (!scan(&look))
        error_say("", error.message);
    pthread_mutex_unlock(&repository->loading);
}

struct model *repository_find(struct repository *repository, const char *name, const char *version)
{
    struct model *model = NULL;
    pthread_mutex_lock(&repository->lock);
    for (size_t i = 0; i < repository->n; i++) {
        struct repository_entry *entry = repository->entries[i];
        if (entry->model && strcmp(entry->name, name) == 0 &&
            (!version || strcmp(entry->version, version) == 0))
            model = entry->model;
    }
    if (model)
        model_hold(model);
    pthread_mutex_unlock(&repository->lock);
    return model;
}

bool repository_load(struct repository *repository, const char *name, hinge_error *error)
{
    struct look look = {.repository = repository, .name = name, .error = error};
    pthread_mutex_lock(&repository->loading);
    bool ok = scan(&look), found = false;
    for (size_t i = 0; i < repository->n && ok; i++) {
        const struct repository_entry *entry = repository->entries[i];
        if (strcmp(entry->name, name) != 0)
            continue;
        found = true;
        if (entry->reason[0])
            ok = error_set(error, HINGE_BAD_MODEL, "%s", entry->reason);
    }
    pthread_mutex_unlock(&repository->loading);
    return ok && (found || error_set(error, HINGE_BAD_ARGUMENT,
                                     "the repository has no model \"%.200s\"", name));
}

bool repository_unload(struct repository *repository, const char *name, hinge_error *error)
{
    bool found = false;
    pthread_mutex_lock(&repository->loading);
    for (size_t i = 0; i < repository->n; i++) {
        struct repository_entry *entry = repository->entries[i];
        if (strcmp(entry->name, name) != 0)
            continue;
        found = true;
        entry->is_unloaded = true;
        exchange(repository, entry, NULL);
        set_reason(repository, entry, "unloaded");
    }
    pthread_mutex_unlock(&repository->loading);
    return found ||
           error_set(error, HINGE_BAD_ARGUMENT, "the repository has no model \"%.200s\"", name);
}

json_t *repository_index(struct repository *repository, bool only_ready)
{
    json_t *list = json_array();
    bool good = list != NULL;
    pthread_mutex_lock(&repository->lock);
    for (size_t i = 0; i < repository->n; i++) {
        const struct repository_entry *entry = repository->entries[i];
        if (only_ready && !entry->model)
            continue;
        json_t *item = json_object();
        json_put(item, "name", json_text(entry->name, strlen(entry->name)), &good);
        json_put(item, "version", json_string(entry->version), &good);
        json_put(item, "state", json_string(entry->model ? "READY" : "UNAVAILABLE"), &good);
        json_put(item, "reason", json_text(entry->reason, strlen(entry->reason)), &good);
        json_add(list, item, &good);
    }
    pthread_mutex_unlock(&repository->lock);
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

json_t *repository_versions(struct repository *repository, const char *name)
{
    json_t *list = json_array();
    bool good = list != NULL;
    pthread_mutex_lock(&repository->lock);
    for (size_t i = 0; i < repository->n; i++) {
        const struct repository_entry *entry = repository->entries[i];
        if (entry->model && strcmp(entry->name, name) == 0)
            json_add(list, json_string(entry->version), &good);
    }
    pthread_mutex_unlock(&repository->lock);
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

void repository_visit(struct repository *repository, repository_visitor *visit, void *user)
{
    pthread_mutex_lock(&repository->lock);
    for (size_t i = 0; i < repository->n; i++)
        if (repository->entries[i]->model)
            visit(user, repository->entries[i]->model);
    pthread_mutex_unlock(&repository->lock);
}

void repository_cancel(struct repository *repository)
{
    living_cancel(&repository->living);
}
