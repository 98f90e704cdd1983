/* The files of a model: its own, and those that hold its external data. Small ones are read, which
 * is no slower than to map them and leaves them free to be changed; the others are mapped. */
#ifndef LOAD_FILES_H
#define LOAD_FILES_H

#include "base/memory.h"

#include <sys/types.h>

struct load_files;

struct load_file {
    struct load_file *next;
    const char *location; /* as the model gives it; "" for the model's own */
    const uint8_t *bytes;
    size_t size;
    size_t copied; /* bytes of it that tensors hold as copies */
    size_t read;   /* bytes read since pages were last given back */
    size_t stored; /* bytes that it takes on its disk, at most its size: holes are left out */
    dev_t device;  /* with inode, what tells the file from others */
    ino_t inode;
    bool is_mapped, is_read; /* or else the caller's bytes */
    bool is_counted;         /* its size was added to the model's budget */
};

/* Opens the model file at path, or takes bytes that stay the caller's. On success the caller gives
 * *files back with files_close. */
hinge_status files_open(const char *path, const hinge_allocator *allocator,
                        struct load_files **files, hinge_error *error);
hinge_status files_over(const void *bytes, size_t size, const hinge_allocator *allocator,
                        struct load_files **files, hinge_error *error);

/* The model's own file. */
struct load_file *files_model(struct load_files *files);

/* Finds the file at location, relative to the model's folder, and maps it the first time. Absolute
 * paths, "..", and symbolic links that lead out of the folder are refused. Where the model's path
 * is a symbolic link, the folder of the file that it leads to is the model's folder as well. */
hinge_status files_external(struct load_files *files, const char *location, struct load_file **file,
                            hinge_error *error);

/* Copies size bytes of file, from offset on, which the caller has found to be there. */
void files_copy(struct load_file *file, size_t offset, size_t size, void *out);

/* Says that size more bytes of file were read and are not needed again. Every few megabytes the
 * map's pages leave memory, so that what is copied is not there twice. */
void files_done(struct load_file *file, size_t size);

/* See load_release. */
void files_release(const struct load_files *files, const void *bytes, size_t size);

/* Writes a new file that replaces the one at path only when it is complete. A path that is there
 * and no regular file (a pipe, a link, /dev/stdout) is written directly. */
hinge_status files_write(const char *path, const void *bytes, size_t size,
                         const hinge_allocator *allocator, hinge_error *error);

/* NULL is allowed. */
void files_close(struct load_files *files);

#endif
