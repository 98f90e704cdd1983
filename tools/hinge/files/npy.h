/* NumPy's .npy files, format versions 1 to 3 (numpy.lib.format). */
#ifndef TOOL_NPY_H
#define TOOL_NPY_H

#include "base/array.h"

/*
 * Reads an array in C or Fortran order and either byte order: bool, integers, float16/32/64,
 * complex64/128, and strings (U: taken as Unicode code points, S: as bytes, trailing zeros
 * dropped). wanted is the type the reader needs, HINGE_NO_TYPE for whatever the file has. It
 * decides what NumPy has no name for: bfloat16 and the floats of 8 bits come as raw bytes of their
 * size (V2, V1) or as unsigned integers of that size, types below 8 bits as int8 or uint8 elements
 * (values that do not fit are an error). No other conversion is done; the array's type is the
 * file's then. The bytes are untrusted.
 */
bool npy_parse(const unsigned char *bytes, size_t size, hinge_type wanted, struct array *array,
               hinge_error *error);
bool npy_read(const char *path, hinge_type wanted, struct array *array, hinge_error *error);

/* Whether bytes begin like such a file. */
bool npy_is_one(const unsigned char *bytes, size_t size);

/* Writes version 1 (or 3 where version 1 has no room), C order, little endian; the types without a
 * name of NumPy's as npy_parse reads them. Strings must be UTF-8 and have no trailing zeros. */
bool npy_write(const char *path, const hinge_tensor *tensor, hinge_error *error);

/* The same in steps, for who has only a part of the elements at hand. */
struct npy_header {
    char order, kind; /* '<', '>' or '|'; 'f', 'i', 'u', 'b', 'c', 'U', 'S', 'V' */
    size_t item;      /* bytes an element; code points for U */
    bool fortran;
    int32_t rank;
    int64_t dims[HINGE_MAX_RANK];
    hinge_type type; /* of the elements, given what was wanted */
    size_t size;     /* bytes in front of the elements */
};
bool npy_parse_header(const unsigned char *bytes, size_t size, hinge_type wanted,
                      struct npy_header *header, hinge_error *error);
/* That size is exactly what the elements take. */
bool npy_check_size(const struct npy_header *header, size_t size, hinge_error *error);
/* The array out of its elements, which are all those of the header. */
bool npy_take(const struct npy_header *header, const unsigned char *data, size_t size,
              hinge_type wanted, struct array *array, hinge_error *error);

/* What goes in front of elements as npy_write writes them: at least so many bytes, which have room
 * for HINGE_MAX_RANK numbers of up to 19 digits. type is a string's, otherwise NULL. Returns the
 * size. */
#define NPY_HEADER_SIZE 832
size_t npy_make_header(char bytes[NPY_HEADER_SIZE], const char *type, const hinge_tensor *tensor,
                       size_t least);

/* What npy_write writes, of whose parts the data may be the tensor's. copy is the caller's to free;
 * on failure nothing is to be freed. */
struct npy_parts {
    char header[NPY_HEADER_SIZE];
    size_t header_size, size; /* bytes of header and data */
    const void *data;
    unsigned char *copy;
};
bool npy_make(struct npy_parts *parts, const hinge_tensor *tensor, hinge_error *error);

#endif
