/* What files/npz.c has of the module that reads and writes archives: npz.so, with libzip. */
#ifndef TOOL_NPZ_ZIP_H
#define TOOL_NPZ_ZIP_H

#include "files/npz.h"

/* How an open archive begins, which goes on as the module likes. */
struct npz {
    const struct npz_module *module;
    char **names; /* owned, as files/npz.h has them */
    size_t n;
};

/* The functions of files/npz.h, where close is given an archive. */
struct npz_module {
    const char *version; /* MODULE_VERSION */
    bool (*open)(const char *path, struct npz **npz, hinge_error *error);
    void (*close)(struct npz *npz);
    bool (*header)(struct npz *npz, size_t index, hinge_type wanted, struct npy_header *header,
                   hinge_error *error);
    bool (*read)(struct npz *npz, size_t index, hinge_type wanted, struct array *array,
                 hinge_error *error);
    bool (*write)(const char *path, const char *const *names, const hinge_tensor *tensors, size_t n,
                  hinge_error *error);
};

/* What the module shows. */
extern const struct npz_module hinge_npz;

#endif
