/* Values of any kind in files of their own: .npy for tensors, .pb (the messages of <hinge/value.h>)
 * for all. */
#ifndef TOOL_VALUE_FILE_H
#define TOOL_VALUE_FILE_H

#include "base/array.h"

bool value_file_is_one(const char *path);

/* Reads the file at path for something of that type (0: a tensor of any type). What is in a .pb
 * file is of the kind that type says, a tensor there of the element type that it has. */
bool value_file_read(const char *path, hinge_type_code type, struct array *array,
                     hinge_error *error);

/* Writes a .pb file where path ends so, or where no other holds the value and path has no ending
 * that is known (/dev/stdout); otherwise a .npy file. */
bool value_file_write(const char *path, const char *name, const hinge_tensor *value,
                      hinge_type_code type, hinge_error *error);

/* Writes into folder, by a name that a model gives to its index-th output: as NAME.npy or NAME.pb.
 * Of a name that would lead elsewhere output_INDEX_NAME is made, changed so that it does not, and
 * of one that is of this form already, so that no two are the same. */
bool value_file_write_into(const char *folder, size_t index, const char *name,
                           const hinge_tensor *value, hinge_type_code type, hinge_error *error);

#endif
