/* A .npy file by rows (indices of its first dimension), for files larger than memory. */
#ifndef TOOL_NPY_ROWS_H
#define TOOL_NPY_ROWS_H

#include "files/npy.h"

#include <sys/stat.h>

/* Rows are read where they lie, not mapped: of a file that somebody cuts short, or a disk that
 * fails, the reader is told by an error and not by SIGBUS. */
struct npy_rows {
    int descriptor;
    hinge_type wanted;
    struct npy_header header; /* of rank 1 at least, in C order */
    size_t row_size;          /* bytes a row takes in the file */
    struct stat status;
};

/* On success *rows is to be closed with npy_rows_close; on failure nothing is. wanted as in
 * npy_parse. */
bool npy_rows_open(struct npy_rows *rows, const char *path, hinge_type wanted, hinge_error *error);
/* Row number index, an array of one dimension less. Thread-safe. */
bool npy_rows_read(const struct npy_rows *rows, size_t index, struct array *array,
                   hinge_error *error);
void npy_rows_close(struct npy_rows *rows);

#endif
