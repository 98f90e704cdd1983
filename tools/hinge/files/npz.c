#include "base/module.h"
#include "files/modules/npz_zip.h"

#include <string.h>

static const struct npz_module *open_module(const char *path, hinge_error *error)
{
    static struct module module = {.name = "npz",
                                   .symbol = "hinge_npz",
                                   .needs = ".npz files need libzip",
                                   .has_version = true};
    const struct npz_module *found = module_open(&module, error);
    if (!found)
        error_prefix(error, "%.200s", path);
    return found;
}

bool npz_open(const char *path, struct npz **npz, hinge_error *error)
{
    const struct npz_module *module = open_module(path, error);
    *npz = NULL;
    return module && module->open(path, npz, error);
}

void npz_close(struct npz *npz)
{
    if (npz)
        npz->module->close(npz);
}

size_t npz_n(const struct npz *npz)
{
    return npz->n;
}

const char *npz_name(const struct npz *npz, size_t index)
{
    return npz->names[index];
}

size_t npz_find(const struct npz *npz, const char *name)
{
    for (size_t i = 0; i < npz->n; i++)
        if (strcmp(npz->names[i], name) == 0)
            return i;
    return SIZE_MAX;
}

bool npz_header(struct npz *npz, size_t index, hinge_type wanted, struct npy_header *header,
                hinge_error *error)
{
    return npz->module->header(npz, index, wanted, header, error);
}

bool npz_read(struct npz *npz, size_t index, hinge_type wanted, struct array *array,
              hinge_error *error)
{
    return npz->module->read(npz, index, wanted, array, error);
}

bool npz_write(const char *path, const char *const *names, const hinge_tensor *tensors, size_t n,
               hinge_error *error)
{
    const struct npz_module *module = open_module(path, error);
    return module && module->write(path, names, tensors, n, error);
}
