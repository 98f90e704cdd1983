#include "base/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The tree may have been moved: seen from the command's own file. */
static bool find_file(const char *name, char *path, size_t size, hinge_error *error)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    if (n < 0)
        return error_set(error, HINGE_IO, "/proc/self/exe: %s", strerror(errno));
    for (int n_cut = 0; n > 0 && n_cut < 2; n--) /* the command's name, and its folder's */
        n_cut += self[n - 1] == '/';
    int written = snprintf(path, size, "%.*s/" TOOL_MODULES "/%s.so", (int)n, self, name);
    return (written > 0 && (size_t)written < size) ||
           error_set(error, HINGE_LIMIT, "the path of the command is too long");
}

/* The table of sections comes last. Where it is missing dlopen may end the process by a signal. */
static bool is_cut_short(const char *path)
{
    ElfW(Ehdr) head;
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false; /* dlopen says why */
    bool is_elf = read(file, &head, sizeof head) == (ssize_t)sizeof head &&
                  memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 && fstat(file, &status) == 0;
    close(file);
    if (!is_elf)
        return false;
    uint64_t size = (uint64_t)status.st_size, of_table = (uint64_t)head.e_shnum * head.e_shentsize;
    return head.e_shoff > size || of_table > size - head.e_shoff;
}

/* Sentences of dlopen do not all begin with the file that was to be opened: it may be a library
 * that it needs. */
static bool fail(const char *path, hinge_error *error)
{
    const char *why = dlerror();
    bool is_named = strncmp(why, path, strlen(path)) == 0;
    error_set(error, HINGE_IO, "%.500s", why);
    return !is_named && error_prefix(error, "%.300s", path);
}

static void *find_symbol(const struct module *module, const char *path, hinge_error *error)
{
    if (is_cut_short(path)) {
        error_set(error, HINGE_IO, "%.500s: the file is cut short", path);
        return NULL;
    }
    void *handle = dlopen(path, RTLD_NOW | (module->is_global ? RTLD_GLOBAL : RTLD_LOCAL));
    void *address = handle ? dlsym(handle, module->symbol) : NULL;
    const char *const *version = address;
    if (!address)
        fail(path, error);
    else if (module->has_version && strcmp(*version, MODULE_VERSION) != 0)
        error_set(error, HINGE_UNSUPPORTED, "%.400s belongs to version %.20s of Hinge, this is %s",
                  path, *version, MODULE_VERSION);
    else
        return address;
    if (handle)
        dlclose(handle);
    return NULL;
}

void *module_open(struct module *module, hinge_error *error)
{
    char path[4096 + 64];
    void *address = atomic_load(&module->address);
    if (address || !find_file(module->name, path, sizeof path, error))
        return address;
    if (access(path, F_OK) != 0) {
        error_set(error, HINGE_UNSUPPORTED,
                  "%s, and this hinge was built or installed without its module for it: %.300s",
                  module->needs, path);
        return NULL;
    }
    address = find_symbol(module, path, error);
    atomic_store(&module->address, address);
    return address;
}
