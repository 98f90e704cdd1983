/* NumPy's .npz files: zip archives with a .npy file for each array, stored or compressed. A hinge
 * whose module for them is missing refuses them with a sentence. */
#ifndef TOOL_NPZ_H
#define TOOL_NPZ_H

#include "files/npy.h"

struct npz;

/* Opens the archive at path (-: standard input), whose bytes are untrusted. One thread at a time
 * may use it. */
bool npz_open(const char *path, struct npz **npz, hinge_error *error);
void npz_close(struct npz *npz); /* NULL is allowed */

/* The arrays' names, without the ending .npy, which stay until npz_close. */
size_t npz_n(const struct npz *npz);
const char *npz_name(const struct npz *npz, size_t index);
/* SIZE_MAX where there is none of that name. */
size_t npz_find(const struct npz *npz, const char *name);

/* Type and shape of the array at index, which is below npz_n, and how many bytes its elements take;
 * wanted is as npy_parse has it. Reads no element. */
bool npz_header(struct npz *npz, size_t index, hinge_type wanted, struct npy_header *header,
                hinge_error *error);
/* Reads it. Errors name it, not the archive. */
bool npz_read(struct npz *npz, size_t index, hinge_type wanted, struct array *array,
              hinge_error *error);

/* Writes n tensors, which are no containers, not compressed, as file_write writes. The same tensors
 * give the same bytes. */
bool npz_write(const char *path, const char *const *names, const hinge_tensor *tensors, size_t n,
               hinge_error *error);

#endif
