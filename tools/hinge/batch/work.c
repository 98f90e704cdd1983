#include "batch/work.h"

#include "files/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".work-"
#define LOCK "lock"

static bool is_work(const char *name)
{
    return strncmp(name, PREFIX, strlen(PREFIX)) == 0;
}

/* A lock of POSIX: those work across machines on network file systems, too. */
static int take_lock(const char *path, int flags)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0666);
    if (descriptor >= 0 && fcntl(descriptor, F_SETLK, &lock) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

static bool is_content(const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, LOCK) != 0;
}

/* The lock goes last: who is killed in the course of this leaves a folder that has one, or is
 * empty. */
static void remove_work(const char *path)
{
    char inner[JOB_PATH_SIZE], **names;
    size_t n;
    hinge_error unused;
    if (folder_list(path, is_content, &names, &n, &unused)) {
        for (size_t i = 0; i < n; i++)
            if (job_path(inner, path, names[i], &unused))
                folder_remove(inner);
        folder_free_names(names, n);
    }
    folder_remove(path);
}

/* Where the lock is missing, its owner was killed before it made it, or is about to: an empty
 * folder goes, and the owner will notice. */
static void remove_abandoned(const char *folder, const char *name)
{
    char path[JOB_PATH_SIZE], lock[JOB_PATH_SIZE];
    hinge_error unused;
    if (!job_path(path, folder, name, &unused) || !job_path(lock, path, LOCK, &unused) ||
        rmdir(path) == 0)
        return;
    int descriptor = take_lock(lock, 0);
    if (descriptor < 0)
        return;
    remove_work(path);
    close(descriptor);
}

/* Whether the descriptor is that of the file at path, which another process may have removed. */
static bool is_at(int descriptor, const char *path)
{
    struct stat here, there;
    return fstat(descriptor, &here) == 0 && stat(path, &there) == 0 && here.st_ino == there.st_ino;
}

static bool make(struct work *work, const char *folder, hinge_error *error)
{
    char lock[JOB_PATH_SIZE];
    if (!job_path(work->path, folder, PREFIX "XXXXXX", error))
        return false;
    if (!mkdtemp(work->path))
        return error_set(error, HINGE_IO, "%.400s: %s", folder, strerror(errno));
    if (job_path(lock, work->path, LOCK, error)) {
        work->lock = take_lock(lock, O_CREAT);
        if (work->lock >= 0 && is_at(work->lock, lock))
            return true;
        error_set(error, HINGE_IO, "%.400s: %s", lock, strerror(errno));
    }
    work_close(work);
    return false;
}

bool work_open(struct work *work, const char *folder, hinge_error *error)
{
    char **names;
    size_t n;
    *work = (struct work){.lock = -1};
    if (!folder_list(folder, is_work, &names, &n, error))
        return false;
    for (size_t i = 0; i < n; i++)
        remove_abandoned(folder, names[i]);
    folder_free_names(names, n);
    /* A process that starts at the same time may take the new folder for an abandoned one, in the
     * moment before it is locked. */
    for (int attempt = 0; attempt < 16; attempt++)
        if (make(work, folder, error))
            return true;
    return false;
}

void work_close(struct work *work)
{
    if (*work->path)
        remove_work(work->path);
    if (work->lock >= 0)
        close(work->lock);
    *work = (struct work){.lock = -1};
}
