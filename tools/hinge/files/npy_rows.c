#include "files/npy_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* NumPy's headers have 64 bytes to a few hundred. */
#define HEADER_LIMIT ((size_t)1 << 20)

/* Reads size bytes from offset on; what is missing is an error. */
static bool read_at(int descriptor, void *bytes, size_t size, size_t offset, hinge_error *error)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(descriptor, (char *)bytes + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(error, HINGE_IO, "%s", strerror(errno));
        if (n == 0)
            return error_set(error, HINGE_IO, "the file has become shorter");
        done += (size_t)n;
    }
    return true;
}

static bool read_header(struct npy_rows *rows, hinge_error *error)
{
    size_t size = (size_t)rows->status.st_size;
    size_t n = size < HEADER_LIMIT ? size : HEADER_LIMIT;
    struct npy_header *header = &rows->header;
    unsigned char *bytes = malloc(n + 1);
    if (!bytes)
        return error_no_memory(error);
    bool ok = read_at(rows->descriptor, bytes, n, 0, error) &&
              npy_parse_header(bytes, n, rows->wanted, header, error) &&
              npy_check_size(header, size - header->size, error);
    free(bytes);
    if (!ok)
        return false;
    if (header->rank == 0)
        return error_set(error, HINGE_BAD_SHAPE, "a single element has no rows");
    if (header->fortran && header->rank > 1)
        return error_set(error, HINGE_UNSUPPORTED,
                         "a row does not lie in one piece in Fortran order: save "
                         "numpy.ascontiguousarray of it");
    if (header->dims[0] > 0)
        rows->row_size = (size - header->size) / (size_t)header->dims[0];
    return true;
}

bool npy_rows_open(struct npy_rows *rows, const char *path, hinge_type wanted, hinge_error *error)
{
    *rows = (struct npy_rows){.descriptor = open(path, O_RDONLY | O_CLOEXEC), .wanted = wanted};
    if (rows->descriptor < 0 || fstat(rows->descriptor, &rows->status) != 0)
        error_set(error, HINGE_IO, "%s", strerror(errno));
    else if (!S_ISREG(rows->status.st_mode))
        error_set(error, HINGE_IO, "not a regular file");
    else if (read_header(rows, error))
        return true;
    npy_rows_close(rows);
    return error_prefix(error, "%.400s", path);
}

bool npy_rows_read(const struct npy_rows *rows, size_t index, struct array *array,
                   hinge_error *error)
{
    struct npy_header row = rows->header;
    row.rank--;
    memmove(row.dims, row.dims + 1, (size_t)row.rank * sizeof *row.dims);
    *array = (struct array){0};
    unsigned char *bytes = malloc(rows->row_size + 1);
    if (!bytes)
        return error_no_memory(error);
    bool ok = read_at(rows->descriptor, bytes, rows->row_size, row.size + index * rows->row_size,
                      error) &&
              npy_take(&row, bytes, rows->row_size, rows->wanted, array, error);
    free(bytes);
    return ok;
}

void npy_rows_close(struct npy_rows *rows)
{
    if (rows->descriptor >= 0)
        close(rows->descriptor);
    rows->descriptor = -1;
}
